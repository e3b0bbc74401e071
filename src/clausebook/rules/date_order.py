"""Two dates contradict each other.

The next review comes after the last one, approvals are listed newest last, and nothing takes effect
before it is approved. Dates of different precision are compared as far as they are known: May 2025
is not after 23 May 2025.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.dates import Stated
from clausebook.model import Dated, Handbook, ResolvedPolicy
from clausebook.once import aside
from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="date-order",
        at=at,
        what=detail,
        why="one of the two must be wrong, and it would be published",
        fix="correct the date that is wrong",
    )


def _after(later: Stated, earlier: Stated) -> bool:
    """At any precision: May 2025 is not after 23 May 2025, nor before it."""
    return later.first > earlier.first and later.last > earlier.last


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> list[Problem]:
    return _found(policy.dated)


@aside
def _found(policy: Dated) -> list[Problem]:
    """Judged once for all of whom the same is said."""
    return list(_faults(policy))


def _faults(policy: Dated) -> Iterator[Problem]:
    review = policy.review
    if review and review.last and review.next and not _after(review.next, review.last):
        detail = f"the next review ({review.next}) is not after the last one ({review.last})"
        yield problem(review.places["next"], detail)
    earlier = None
    for approval in policy.approvals:
        if earlier and approval.date.last < earlier.date.first:
            detail = f"{approval.date} comes after {earlier.date} in the list, newest last"
            yield problem(approval.at, detail)
        if approval.next and approval.next.last <= approval.date.first:
            detail = f"the review set then ({approval.next}) is not after the approval"
            yield problem(approval.at, detail)
        if approval.effective and approval.effective.last < approval.date.first:
            detail = f"it takes effect ({approval.effective}) before it is approved"
            yield problem(approval.at, detail)
        earlier = approval
    latest = policy.approvals[-1] if policy.approvals else None
    if not (latest and review and review.next):
        return
    if not review.last and review.next.last <= latest.date.first:
        detail = f"the next review ({review.next}) is not after the approval ({latest.date})"
        yield problem(review.places["next"], detail)
    if latest.next is None:
        return
    reviewed_since = review.last is not None and review.last.last > latest.date.last
    if latest.next != review.next and not reviewed_since:
        detail = f"the latest approval says {latest.next}, 'review' says {review.next}"
        yield problem(review.places["next"], detail)
