"""A text holds characters that cannot be published, or more than one line where one is wanted.

Control characters, characters that reverse the reading direction and private-use characters make
a text read differently from what is stored.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-text",
        at=at,
        what=detail,
        why="readers would see something else than what is written here",
        fix="type the text again on one line, or use a block with | where several lines are wanted",
    )
