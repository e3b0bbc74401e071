"""A policy is said to be approved, and no approval is stated.

The handbook never says that something was approved without saying by whom or when.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Handbook, ResolvedPolicy
from clausebook.problem import Place, Problem


def problem(at: Place) -> Problem:
    return Problem(
        rule="approval-stated",
        at=at,
        what="the policy is 'approved elsewhere', but no approval is given",
        why="nobody could say who approved it, or when",
        fix="add it under 'approvals', write 'state: draft', or add a waiver that says why it is unknown",
    )


WAIVABLE = True


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> Iterator[Problem]:
    if policy.state == "approved elsewhere" and not policy.approvals:
        yield problem(policy.held.places.get("state", policy.at))
