"""A clause has a strength and its text does not print it.

The strength of a duty is set, not typed: an organisation that makes a rule "should" instead of
"must" changes one word in its override file, and the sentence follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="missing-modal",
        at=at,
        what=f"'{id}' has a strength, but its text has no {{{{ modal }}}}",
        why="setting another strength would change nothing readers see",
        fix="write {{ modal }} where the text says must, should or may",
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if clause.strength is not None and "modal" not in clause.text.names:
        yield problem(clause.text.at, clause.id)
