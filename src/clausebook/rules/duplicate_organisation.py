"""Two override files give the same organisation."""

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
