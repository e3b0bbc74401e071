"""A strength is set for a clause that is no duty."""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="strength-not-settable",
        at=at,
        what=f"'{id}' is a statement and has no strength to set",
        why="the change would never appear in the handbook",
        fix="remove this line",
    )
