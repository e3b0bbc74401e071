"""A clause links to another that this organisation does not print."""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, by: str) -> Problem:
    return Problem(
        rule="cites-missing-clause",
        at=at,
        what=f"'{by}' links to '{id}', which is not printed here",
        why="the link would lead nowhere",
        fix=f"keep '{id}', or replace or omit '{by}'",
    )
