"""An id or a file name is not written as ids are.

Ids become addresses, file names and anchors on every kind of computer, so they are lower-case
letters, digits and hyphens (or underscores for parameters, roles and terms), at most 60
characters, and no name that Windows keeps for itself.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-id",
        at=at,
        what=detail,
        why="it becomes part of web addresses and file names",
        fix="use lower-case letters and digits, with single hyphens (or underscores) between words",
    )
