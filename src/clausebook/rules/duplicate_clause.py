"""Two clauses of a policy have the same id.

The id is the clause's permanent address. Overrides, links and approvals point to it.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, first: Place) -> Problem:
    return Problem(
        rule="duplicate-clause",
        at=at,
        what=f"the clause id '{id}' is already used at {first}",
        why="changes and links could not tell the two apart",
        fix="give this clause an id of its own",
    )
