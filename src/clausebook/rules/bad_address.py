"""A web address is not one a reader can follow.

Addresses begin with https:// or http://. Anything else, `javascript:` above all, could do harm in
a reader's browser.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-address",
        at=at,
        what=detail,
        why="a link to it would lead nowhere, or somewhere unsafe",
        fix="write the whole address, beginning with https://",
    )
