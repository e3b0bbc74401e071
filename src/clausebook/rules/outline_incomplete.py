"""An organisation's own outline leaves a clause without a place.

An outline lists all sections. A clause stands in its own section, unless another section of the
outline names it under `clauses`.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="outline-incomplete",
        at=at,
        what=f"the outline has no place for '{id}'",
        why="the clause would be in force and never printed",
        fix="add its section to the outline, or name it under a section's 'clauses'",
    )
