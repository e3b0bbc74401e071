"""An answer does not have the form its parameter asks for.

A `choice` is one id, `choices` and `lines` are lists, `titles` is a mapping. The message says which
form is wanted.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, expected: str) -> Problem:
    return Problem(
        rule="answer-type",
        at=at,
        what=f"the answer to '{id}' must be {expected}",
        why="it cannot be printed as written",
        fix=f"write {expected}",
    )
