"""An outline gives the same clause or section two places.

A clause has one number and one place. Name it under one section only, and each section once.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="outline-twice",
        at=at,
        what=f"'{id}' has two places in the outline",
        why="a clause has one number and one place",
        fix="keep one of them",
    )
