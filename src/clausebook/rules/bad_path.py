"""The name of a file, such as a crest, leads outside the folder or is of a kind that is not shown.

A crest is an .svg or .png file beside the override file, given by its name alone. Folders, `..` and
absolute paths are refused, because they could publish a file that nobody meant to.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-path",
        at=at,
        what=detail,
        why="a handbook holds only files from its own folder",
        fix="put an .svg or .png file beside this one and give its name alone",
    )
