"""A number lies outside what its parameter allows.

The library says from what to what a number makes sense, so that a slip of the finger (111 for 11)
is not published as a rule.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, detail: str) -> Problem:
    return Problem(
        rule="answer-range",
        at=at,
        what=f"the answer to '{id}' {detail}",
        why="a slip of the finger would be published as a rule",
        fix="give a number within the range, or have the library change it",
    )
