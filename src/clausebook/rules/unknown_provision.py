"""A clause says it covers a provision the policy does not list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-provision",
        at=at,
        what=f"no provision is called '{id}'",
        why="it would count for nothing when coverage is checked",
        fix=did_you_mean(id, known, "add it to provisions.yml"),
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for index, id in enumerate(clause.covers):
        if id not in policy.provisions:
            at = clause.places.get(f"covers.{index}", clause.at)
            yield problem(at, id, policy.provisions)


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        for parameter in policy.parameters.values():
            covers = [
                (id, choice.at) for choice in parameter.choices.values() for id in choice.covers
            ]
            covers += [(id, parameter.at) for id in parameter.covers]
            for id, at in covers:
                if id not in policy.provisions:
                    yield problem(at, id, policy.provisions).about(policy=policy.id)
        for ids in policy.control.values():
            for id in ids:
                if id not in policy.provisions:
                    yield problem(policy.at, id, policy.provisions).about(policy=policy.id)
