"""A policy does not say when it is next due for review.

Without a date nobody is reminded. Where the source states none, the handbook says "not stated"
and a waiver records that somebody knows.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Handbook, ResolvedPolicy
from clausebook.problem import Place, Problem


def problem(at: Place) -> Problem:
    return Problem(
        rule="review-date",
        at=at,
        what="no date is given for the next review",
        why="nobody would be reminded to look at the policy again",
        fix="add 'review: {next: 2027-05}', or a waiver for 'review-date' that says why there is none",
    )


WAIVABLE = True


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> Iterator[Problem]:
    if policy.review is None or policy.review.next is None:
        yield problem(policy.review.at if policy.review else policy.at)
