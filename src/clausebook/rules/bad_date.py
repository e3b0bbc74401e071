"""A date is impossible, or can be read in more than one way.

Dates are written 2026-05-12, 2026-05 or 2026: at the precision that is known. "01/11/18" may be
January or November; "May 24" may be a day or a year.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-date",
        at=at,
        what=f"{detail}",
        why="the wrong day would be published, or none",
        fix="write 2026-05-12, 2026-05 or 2026",
    )
