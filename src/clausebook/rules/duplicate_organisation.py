"""Two override files give the same organisation.

An organisation's id is the name of its file, wherever the file stands, and the name of its folder
on the website. Two of the same name would overwrite each other.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, first: Place) -> Problem:
    return Problem(
        rule="duplicate-organisation",
        at=at,
        what=f"the organisation '{id}' is already given by {first.file}",
        why="one handbook would overwrite the other",
        fix="rename one of the files",
    )
