"""A file or folder stands where Clausebook reads files, but it is not one it knows.

The usual cause is a wrong ending (`.yaml` or `.txt`), a copy left behind by a text editor, or a
section file that was put in the wrong folder. Nothing in it would reach a handbook, and nobody
would notice.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, expected: str) -> Problem:
    return Problem(
        rule="unexpected-file",
        at=at,
        what="this file is not read by anything",
        why="its contents would never appear in a handbook",
        fix=f"{expected}; or move it out of this folder",
    )
