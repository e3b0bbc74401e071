"""A picture stands beside the organisations' files and none of them names it.

The usual cause is an old crest that was left behind, or a `brand` that was never written. A crest is
named by the file of its organisation in the same folder: `brand: {crest: our-crest.svg}`.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, name: str) -> Problem:
    return Problem(
        rule="unused-crest",
        at=at,
        what=f"no organisation of this folder has the crest '{name}'",
        why="the picture would never appear in a handbook",
        fix=f"write 'crest: {name}' under 'brand' of its organisation, or take the file away",
    )
