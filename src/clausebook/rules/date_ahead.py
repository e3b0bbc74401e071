"""Something that has happened is dated in the future.

Approvals and last reviews lie in the past. The usual cause is a slip in the year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date

from clausebook.model import Dated, Organisation
from clausebook.problem import Place, Problem


def problem(at: Place, what_: str, date: str) -> Problem:
    return Problem(
        rule="date-ahead",
        at=at,
        what=f"{what_} is dated {date}, which is still to come",
        why="a slip in the year would be published as a fact",
        fix="correct the date",
    )


def check_dates(policy: Dated, today: Date) -> Iterator[Problem]:
    if policy.review and policy.review.last and policy.review.last.first > today:
        at = policy.review.places["last"]
        yield problem(at, "the last review", str(policy.review.last))
    for approval in policy.approvals:
        if approval.date.first > today:
            yield problem(approval.at, "an approval", str(approval.date))


def check_people(organisation: Organisation, today: Date) -> Iterator[Problem]:
    for role in organisation.roles:
        if role.checked and role.checked.first > today:
            yield problem(role.places["checked"], "a check of details", str(role.checked))
