"""A role is needed that the organisation does not have.

Clauses speak of roles, never of people. A clause in force that tells staff to go to the
safeguarding lead needs to know what that role is called here.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-role",
        at=at,
        what=f"the organisation has no role '{id}'",
        why="a rule would tell staff to ask nobody",
        fix=f"add it under 'roles': '{id}: {{title: …}}'",
    )
