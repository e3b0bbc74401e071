"""A key is given and its value is left blank.

Silence is written, never implied: an answer can be `silent`; anything else either has a value or
is left out with its key.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place) -> Problem:
    return Problem(
        rule="empty-value",
        at=at,
        what="this value is empty",
        why="a blank could be printed in its place",
        fix="give it a value, write 'silent' for an answer you do not give, or remove the line",
    )
