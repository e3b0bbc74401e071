"""A parameter is declared and no clause of the policy uses it.

Schools would be asked a question whose answer changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Library
from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="unused-parameter",
        at=at,
        what=f"no clause uses the parameter '{id}'",
        why="schools would be asked a question whose answer changes nothing",
        fix="use it in a clause, or remove it",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        used: set[str] = set()
        for clause in policy.clauses.values():
            used.update(clause.when)
            for wording in clause.wordings:
                used.update(n.removeprefix("answer.") for n in wording.names)
        for parameter in policy.parameters.values():
            if parameter.id not in used:
                yield problem(parameter.at, parameter.id).about(policy=policy.id)
