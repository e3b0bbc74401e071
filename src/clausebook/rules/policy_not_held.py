"""A clause links to a policy this organisation does not hold.

Hold that policy too, or omit or replace the clause that links to it.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, by: str) -> Problem:
    return Problem(
        rule="policy-not-held",
        at=at,
        what=f"'{by}' links to the policy '{id}', which is not held here",
        why="the link would lead nowhere",
        fix=f"hold the policy '{id}', or omit or replace '{by}'",
    )
