"""A section is named that the policy does not declare.

Sections are declared in policy.yml, and each has a file of its name with its clauses.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-section",
        at=at,
        what=f"no section is called '{id}'",
        why="clauses in it would have no place in the handbook",
        fix=did_you_mean(id, known, "declare it under 'sections' in policy.yml"),
    )
