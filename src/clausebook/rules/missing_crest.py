"""The file of a crest is not there.

`brand: {crest: …}` names an .svg or .png file in the same folder as the organisation's own file,
in exactly these letters: some computers tell small letters from capitals, and some do not.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, name: str, folder: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="missing-crest",
        at=at,
        what=f"there is no picture '{name}' in the folder {folder}",
        why="every page would show a broken picture in place of the crest",
        fix=did_you_mean(name, known, f"put the picture into {folder}, or remove this line"),
    )
