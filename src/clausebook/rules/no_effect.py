"""A change changes nothing.

An omission of a clause that is not there, an adoption of one that already is, a pack that is
already on: each means that somebody believes the handbook says something else than it does.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, what_: str, why_: str) -> Problem:
    return Problem(
        rule="no-effect",
        at=at,
        what=what_,
        why=why_,
        fix="remove this line, or correct the id",
    )
