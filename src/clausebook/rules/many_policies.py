"""An organisation publishes more than 100 policies.

Searching a handbook happens on the reader's own device, and its home page lists every policy. Up to
100 policies, both are quick on an old telephone; beyond that they grow slow. This is a warning: the
handbook is still published.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from clausebook.model import Organisation
from clausebook.problem import Place, Problem, Severity

MOST = 100


def problem(at: Place, number: int) -> Problem:
    return Problem(
        rule="many-policies",
        at=at,
        what=f"this handbook holds {number} policies",
        why=f"search and pages grow slow beyond {MOST} policies a site",
        fix="decline policies that readers do not need with 'without'",
        severity=Severity.WARNING,
    )


def check_handbook(organisation: Organisation, policies: Collection[str]) -> Iterator[Problem]:
    if len(policies) > MOST:
        yield problem(organisation.at, len(policies))
