"""A text prints a strength the clause does not have.

Give the clause a strength in its facts, or take `{{ modal }}` out of its text.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="modal-without-strength",
        at=at,
        what=f"the text of '{id}' prints {{{{ modal }}}}, but the clause has no strength",
        why="there is nothing to print",
        fix="add 'strength: must' (or another) to its facts",
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if clause.strength is None:
        for wording in clause.wordings:
            if "modal" in wording.names:
                yield problem(wording.find("modal"), clause.id)
