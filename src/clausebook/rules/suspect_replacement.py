"""The library clause that an organisation replaced has changed since.

The organisation's own text may miss what the new one says. Until someone looks, it is suspect.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Handbook, ResolvedPolicy
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
    held = [tier.policies[policy.id] for tier in handbook.tiers if policy.id in tier.policies]
    replacements = [made for each in held for made in each.replace]
    for clause in policy.clauses if replacements else ():
        if clause.replaced is None:
            continue
        at = clause.clause.places.get("of")
        for made in replacements:
            if made.of_at == at and made.of != clause.replaced.fingerprint:
                now = clause.replaced.fingerprint
                yield problem(made.of_at, clause.id, made.of, now).about(clause=clause.id)
