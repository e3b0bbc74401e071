"""A crest cannot be shown, or is more than a picture.

A crest stands on every page of a handbook, so the file must be what its ending says, at most
200 KB, and a picture and nothing else: no script, no link and nothing that is fetched from
elsewhere. An SVG has a `viewBox`, so that it can be shown in any size.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-crest",
        at=at,
        what=f"this crest cannot be used: {detail}",
        why="it would stand on every page, and a handbook loads nothing from elsewhere",
        fix="export it again as a plain SVG (shapes only) or as a PNG of at most 200 KB",
    )
