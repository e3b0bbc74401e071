"""An answer, term or other value is given and nothing published depends on it.

A school's value must be used by the school; a group's by some organisation below it.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, kind: str) -> Problem:
    return Problem(
        rule="unused-value",
        at=at,
        what=f"nothing published uses the {kind} '{id}'",
        why="somebody believes the handbook says this, and it does not",
        fix="remove the line, or switch on the clause that needs it",
    )
