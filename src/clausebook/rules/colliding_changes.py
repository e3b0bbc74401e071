"""Two changes of the same file touch the same clause in ways that cannot both hold.

A clause cannot be omitted and also adopted, replaced or given a strength by one file, nor listed
twice. Keep the change that is meant.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, first: Place) -> Problem:
    return Problem(
        rule="colliding-changes",
        at=at,
        what=f"'{id}' is already changed at line {first.line} of this file",
        why="the two changes cannot both be made",
        fix="keep one of them",
    )
