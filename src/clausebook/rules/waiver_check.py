"""A waiver names a check that does not exist or cannot be waived.

`clausebook rules` lists the checks, and the manual page of each says whether it can be waived.
Mistakes in files never can.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, check: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="waiver-check",
        at=at,
        what=f"'{check}' is not a check that can be waived",
        why="the waiver would do nothing",
        fix=did_you_mean(check, known),
    )
