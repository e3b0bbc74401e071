"""A clause is listed under `common`, but nobody has written a question that it answers.

The home page shows the first question of each clause that `common` lists, as something readers often
ask. A clause without `questions` would show nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from clausebook.model import Library
from clausebook.problem import Place, Problem
from clausebook.rules import unknown_clause


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="common-question",
        at=at,
        what=f"the clause '{id}' has no questions",
        why="the home page would have no question to show for it",
        fix="give the clause 'questions', the most usual one first, or remove it from this list",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        for index, id in enumerate(policy.common):
            at = policy.places[f"common.{index}"]
            if id not in policy.clauses:
                unknown = unknown_clause.problem(at, id, policy.clauses)
                why = "the home page would have no question to show for it"
                yield replace(unknown, why=why).about(policy=policy.id)
            elif not policy.clauses[id].questions:
                yield problem(at, id).about(policy=policy.id, clause=id)
