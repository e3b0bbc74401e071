"""A clause says it covers a provision the policy does not list.

Provisions are listed in the policy's provisions.yml. What is not listed there counts for nothing.
"""

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
        for where, id in _covered(policy):
            if id not in policy.provisions:
                at = policy.places.get(where, policy.at)
                yield problem(at, id, policy.provisions).about(policy=policy.id)


def _covered(policy: Policy) -> Iterator[tuple[str, str]]:
    """What choices, parameters and control fields cover, and where policy.yml says so."""
    for parameter in policy.parameters.values():
        here = f"parameters.{parameter.id}"
        for index, id in enumerate(parameter.covers):
            yield f"{here}.covers.{index}", id
        for choice in parameter.choices.values():
            for index, id in enumerate(choice.covers):
                yield f"{here}.choices.{choice.id}.covers.{index}", id
    for name, ids in policy.control.items():
        for index, id in enumerate(ids):
            yield f"control.{name}.{index}", id
