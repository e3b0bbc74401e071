"""A strength is set for a clause that is no duty.

Statements, definitions and consequences have no strength: there is no "must" to turn into a
"should". To change what they say, replace the clause.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="strength-not-settable",
        at=at,
        what=f"'{id}' is a statement and has no strength to set",
        why="the change would never appear in the handbook",
        fix="remove this line",
    )
