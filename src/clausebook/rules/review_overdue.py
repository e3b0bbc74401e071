"""The date of the next review has passed.

A date falls due at the end of what it states: October 2025 on the 31st. Overdue does not mean
withdrawn: the handbook is still published, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from clausebook.model import Dated
from clausebook.problem import Place, Problem


def problem(at: Place, due: str, days: int) -> Problem:
    return Problem(
        rule="review-overdue",
        at=at,
        what=f"the review was due {due}, {days:,} {'day' if days == 1 else 'days'} ago",
        why="readers are told that the policy has not been looked at in time",
        fix="review the policy and give the new date, or add a dated waiver for 'review-overdue'",
    )


WAIVABLE = True


def check_dates(policy: Dated, today: date) -> Iterator[Problem]:
    review = policy.review
    if review is not None and review.next is not None and review.next.last < today:
        days = (today - review.next.last).days
        found = problem(review.places["next"], str(review.next), days)
        yield replace(found, calendar=True)
