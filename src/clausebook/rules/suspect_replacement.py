"""The library clause that an organisation replaced has changed since.

The organisation's own text may miss what the new one says. Until someone looks, it is suspect.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Clause, Handbook, Printed, ResolvedPolicy
from clausebook.once import aside
from clausebook.problem import Place, Problem


def problem(at: Place, id: str, was: str, now: str) -> Problem:
    return Problem(
        rule="suspect-replacement",
        at=at,
        what=f"the library text that '{id}' replaced has changed",
        why="the replacement was made for another text and may now be wrong",
        fix=f"compare the two ('clausebook explain'), then change 'of: {was}' to 'of: {now}'",
    )


WAIVABLE = True


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> Iterator[Problem]:
    for clause, was in _replaced(policy.printed):
        at, now = clause.places.get("of"), was.fingerprint
        held = [tier.policies[policy.id] for tier in handbook.tiers if policy.id in tier.policies]
        for made in [made for each in held for made in each.replace]:
            if made.of_at == at and made.of != now:
                yield problem(made.of_at, clause.id, made.of, now).about(clause=clause.id)


@aside
def _replaced(printed: Printed) -> list[tuple[Clause, Clause]]:
    """The clauses that took the place of another, with that one."""
    return [(one.clause, one.replaced) for one in printed.clauses if one.replaced is not None]
