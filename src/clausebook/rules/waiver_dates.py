"""A waiver's dates make no sense, or it runs for longer than two years.

A waiver is a dated permission. One that never ends is a rule nobody follows.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="waiver-dates",
        at=at,
        what=detail,
        why="a waiver has a beginning and an end that somebody will live to see",
        fix="give it an end within two years of its beginning",
    )
