"""A YAML file, or the block of facts above a clause, cannot be understood.

Common causes: a tab used for indentation, a missing space after a colon, a colon inside a value
that needs quotes, or a quotation mark that is never closed.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="yaml-syntax",
        at=at,
        what=f"this is not valid YAML: {detail}",
        why="the whole file is unreadable until this is mended",
        fix="check the indentation (spaces, not tabs), and put values that contain ': ' or ' #' in quotes",
    )
