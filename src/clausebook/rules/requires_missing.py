"""A clause is left out that another clause needs.

A clause may say which others it makes no sense without. Keep both, or leave out both.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, by: str) -> Problem:
    return Problem(
        rule="requires-missing",
        at=at,
        what=f"'{by}' makes no sense without '{id}', which is left out",
        why="readers would meet a rule that points at nothing",
        fix=f"keep '{id}', or omit '{by}' as well",
    )
