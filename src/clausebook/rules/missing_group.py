"""A folder of schools has no file for the group itself.

A folder in schools/ is a group. Its own file, group.yml, says at least its name and kind.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, folder: str) -> Problem:
    return Problem(
        rule="missing-group",
        at=at,
        what=f"the folder '{folder}' has no group.yml",
        why="the schools in it would have no group above them",
        fix=f"add {folder}/group.yml, or move the files up",
    )
