"""A folder of schools has no file for the group itself."""

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
