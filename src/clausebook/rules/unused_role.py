"""A role is defined and nothing shows it.

A role is used when a clause prints it, an answer names it, it owns a policy, or it says what it is
`for` under "Whom do I tell?".
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="unused-role",
        at=at,
        what=f"nothing uses the role '{id}'",
        why="its holder's details would be kept for no reader",
        fix="say what it is for ('for: …') so that it appears under \"Whom do I tell?\", or remove it",
    )
