"""An answer that can hold several values is printed without saying how to join them.

Say how its values are joined: `any` (a, b or c), `all` (a, b and c) or `bullets`.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, name: str) -> Problem:
    return Problem(
        rule="template-list",
        at=at,
        what=f"'{name}' can hold several values and is printed as one",
        why="its values would run together",
        fix="join them with '| any', '| all' or '| bullets'",
    )
