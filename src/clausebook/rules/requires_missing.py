"""A clause is left out that another clause needs."""

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
