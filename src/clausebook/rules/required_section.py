"""A required section prints no clause.

Every policy declares the sections a handbook cannot do without. They count by the clauses that
belong to them in the library, wherever an organisation's own outline puts those clauses.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Handbook, Policy, ResolvedPolicy, Section
from clausebook.once import aside
from clausebook.problem import Place, Problem


def problem(at: Place, id: str, title: str) -> Problem:
    return Problem(
        rule="required-section",
        at=at,
        what=f"the required section '{title}' ({id}) prints nothing",
        why="the policy would be published without a part it needs",
        fix=f"adopt or add a clause in the section '{id}', or answer the question that keeps it empty",
    )


WAIVABLE = True


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> Iterator[Problem]:
    for section in _required(policy.policy):
        if section.id not in policy.printed.sections:
            yield problem(policy.at, section.id, section.title)


@aside
def _required(policy: Policy) -> list[Section]:
    return [section for section in policy.sections if section.required]
