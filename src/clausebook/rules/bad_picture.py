"""A picture or crest cannot be shown, or is more than a picture.

The file must be what its ending says, and a picture and nothing else: no script, no link and nothing
that is fetched from elsewhere. An SVG has a `viewBox`, so that it can be shown in any size. A crest,
which stands on every page of a handbook, has at most 200 KB; a picture of a clause 500 KB.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str, most: int) -> Problem:
    return Problem(
        rule="bad-picture",
        at=at,
        what=f"this picture cannot be used: {detail}",
        why="it would stand on pages, and a handbook loads nothing from elsewhere",
        fix=f"export it again as a plain SVG (shapes only) or as a PNG of at most {most // 1000} KB",
    )
