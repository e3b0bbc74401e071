"""A key is not one Clausebook knows.

Usually a misspelling. What stands under an unknown key would never be read.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, key: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-key",
        at=at,
        what=f"'{key[:60]}' is not a key that can stand here",
        why="what it says would be ignored",
        fix=did_you_mean(key, known),
    )
