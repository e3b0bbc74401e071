"""A pack is named that the policy does not have.

The packs of a policy are listed in its policy.yml, each with what it brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-pack",
        at=at,
        what=f"no pack is called '{id}'",
        why="its clauses would be left out",
        fix=did_you_mean(id, known, "this policy has no packs"),
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if clause.pack is not None and clause.pack not in policy.packs:
        at = clause.places.get("pack", clause.at)
        yield problem(at, clause.pack, policy.packs)
