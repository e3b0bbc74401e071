"""A waiver allows something that is not the case.

It would hide the next real finding of that kind. Take it out.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, check: str) -> Problem:
    return Problem(
        rule="waiver-unused",
        at=at,
        what=f"the waiver for '{check}' is not needed",
        why="it would hide the next real problem of that kind",
        fix="remove it",
    )
