"""A file cannot be read as text.

Files are UTF-8 text of at most 2 MB, really inside the handbook's own folder. A byte order mark
and Windows line ends are fine. Save the file again as UTF-8, or remove the link that leads away.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, reason: str) -> Problem:
    return Problem(
        rule="unreadable-file",
        at=at,
        what=f"this file cannot be read: {reason}",
        why="nothing in it would reach a handbook",
        fix="save it as UTF-8 text inside the handbook's folder",
    )
