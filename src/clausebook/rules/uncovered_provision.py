"""A provision is listed and nothing in the library can make it.

The list of provisions says what the policy must be able to say. Some clause, choice, parameter or
control field has to cover each.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Library
from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="uncovered-provision",
        at=at,
        what=f"nothing in the library covers '{id}'",
        why="no organisation could make this point, whatever it chose",
        fix="add 'covers' to the clause, choice or control field that makes it",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        covered = {id for clause in policy.clauses.values() for id in clause.covers}
        for parameter in policy.parameters.values():
            covered.update(parameter.covers)
            covered.update(id for choice in parameter.choices.values() for id in choice.covers)
        covered.update(id for ids in policy.control.values() for id in ids)
        for id, at in policy.provisions.items():
            if id not in covered:
                yield problem(at, id).about(policy=policy.id)
