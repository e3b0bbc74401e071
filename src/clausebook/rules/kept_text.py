"""The text a replacement replaced is not kept in the repository.

`replace` records the fingerprint of the library text it replaced, and that text is kept, so that
anyone can later compare the two. `clausebook keep` writes the files.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, of: str) -> Problem:
    return Problem(
        rule="kept-text",
        at=at,
        what=f"the text '{of}' that '{id}' replaced is not kept",
        why="nobody could later see what was replaced",
        fix="run 'clausebook keep', or correct 'of' to the fingerprint that 'clausebook explain' shows",
    )
