"""A parameter is named that the policy does not have.

The parameters of a policy are listed in its policy.yml, each with the question it asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-parameter",
        at=at,
        what=f"no parameter is called '{id}'",
        why="the answer would never appear in the handbook",
        fix=did_you_mean(id, known, "see the parameters in policy.yml"),
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for id in clause.when:
        if id not in policy.parameters:
            at = clause.places.get(f"when.{id}", clause.places.get("when", clause.at))
            yield problem(at, id, policy.parameters)
    for wording in clause.wordings:
        for name in wording.names:
            space, _, key = name.partition(".")
            if space == "answer" and key not in policy.parameters:
                yield problem(wording.find(key), key, policy.parameters)
