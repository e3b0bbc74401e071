"""A value has the wrong form: a list where one text is wanted, a text where a mapping is wanted, …

The message says which form is wanted. A list is written `[one, two]` or as lines that begin with a
hyphen; a mapping as lines of `key: value`.
"""

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
