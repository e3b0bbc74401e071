"""A register row names a source the register does not list.

Every fact in a register can be checked: its sources are listed at the top of the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-source",
        at=at,
        what=f"no source is called '{id}'",
        why="nobody could check where the fact comes from",
        fix=did_you_mean(id, known, "add it under 'sources'"),
    )
