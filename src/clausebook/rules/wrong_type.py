"""A value has the wrong form: a list where one text is wanted, a text where a mapping is wanted, …"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, expected: str) -> Problem:
    return Problem(
        rule="wrong-type",
        at=at,
        what=f"this must be {expected}",
        why="it cannot be read as written",
        fix=f"write {expected}",
    )
