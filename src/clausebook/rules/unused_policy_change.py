"""A policy is declined that no group above asks for, or is both declined and held.

`without` declines a policy that a group above holds for all its schools. It needs a reason, and a
policy to decline.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="unused-policy-change",
        at=at,
        what=f"'{id}' cannot be declined here",
        why="no tier above holds it, or this file holds it too",
        fix="remove this line",
    )
