"""An organisation holds a policy, or a waiver or link names one, that does not exist.

A policy's id is the name of its folder in policies/.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-policy",
        at=at,
        what=f"no policy is called '{id}'",
        why="what it says would never be published",
        fix=did_you_mean(id, known),
    )
