"""The stated review cycle and the policy's own dates disagree.

A policy that is reviewed every two years and whose dates lie three years apart says two things.
One month's difference is allowed.
"""

from __future__ import annotations

from clausebook.model import Dated, Handbook, ResolvedPolicy
from clausebook.once import aside
from clausebook.problem import Place, Problem


def problem(at: Place, stated: int, actual: int) -> Problem:
    return Problem(
        rule="review-cycle",
        at=at,
        what=f"the cycle is {stated} months, but the dates are {actual} months apart",
        why="readers cannot tell which of the two holds",
        fix="correct the cycle or the date; or keep both and record it under 'open_questions', with a waiver",
    )


WAIVABLE = True


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> list[Problem]:
    return _faults(policy.dated)


@aside
def _faults(policy: Dated) -> list[Problem]:
    """Judged once for all of whom the same is said."""
    review = policy.review
    if review is None or not (review.last and review.next and review.every_months):
        return []
    actual = review.next.months_after(review.last)
    if actual is None or abs(actual - review.every_months) <= 1:
        return []
    return [problem(review.places["every_months"], review.every_months, actual)]
