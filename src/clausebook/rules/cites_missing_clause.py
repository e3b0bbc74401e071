"""A clause links to another that this organisation, or one of its editions, does not print.

A clause for the public may not link to one for staff and governors only: the link would print the
title of a clause that its readers may not see, and lead nowhere.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, by: str, edition: str | None = None) -> Problem:
    return Problem(
        rule="cites-missing-clause",
        at=at,
        what=f"'{by}' links to '{id}', which is not printed "
        + (f"in the {edition} edition" if edition else "here"),
        why="the link would lead nowhere",
        fix=f"keep '{id}', or replace or omit '{by}'",
    )
