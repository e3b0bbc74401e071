"""A parameter is answered `silent` though saying nothing is not possible.

Where a parameter or term can be silent, it says what silence means. The others need an answer once
a clause that prints uses them.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="silence-not-allowed",
        at=at,
        what=f"'{id}' cannot be silent",
        why="the policy needs this answer once the clause is in force",
        fix="answer it, or leave out the clauses that need it",
    )
