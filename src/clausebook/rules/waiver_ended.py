"""A waiver has ended.

Time alone has passed, so this never blocks an urgent edit. Mend what the waiver was for, or renew it
with a reason and a new date.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, check: str, until: str) -> Problem:
    return Problem(
        rule="waiver-ended",
        at=at,
        what=f"the waiver for '{check}' ended on {until}",
        why="what it allowed is a problem again",
        fix="mend what it was for, or renew it with a reason and a new date",
    )
