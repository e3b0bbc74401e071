"""A clause id that was retired is used again, or listed as retired twice.

Links to a retired id lead to the note that says where the clause went. Ids are never reused.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Library
from clausebook.problem import Place, Problem
from clausebook.rules import unknown_clause


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="retired-id",
        at=at,
        what=f"the id '{id}' was retired",
        why="old links would silently show a different rule",
        fix="choose a new id",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        known = {*policy.clauses, *policy.retired}
        for gone in policy.retired.values():
            if gone.successor is not None and gone.successor not in known:
                yield unknown_clause.problem(gone.at, gone.successor, known).about(policy=policy.id)
