"""A value is not one of those that can stand here.

The message lists what can stand there, or says what is wrong with the value. Flags are `true` or
`false`: `yes`, `no` and `on` are words.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(
    at: Place, detail: str, fix: str = "choose one of the values listed in the manual"
) -> Problem:
    return Problem(
        rule="bad-value",
        at=at,
        what=detail,
        why="it cannot be applied",
        fix=fix,
    )
