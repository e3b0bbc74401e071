"""The same key stands twice in one mapping.

YAML readers quietly keep one of the two. Clausebook does not choose: take one out.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, key: str, first: Place) -> Problem:
    return Problem(
        rule="duplicate-key",
        at=at,
        what=f"'{key}' is already given on line {first.line}",
        why="only one of the two could count, and the other would be lost",
        fix="keep one of them",
    )
