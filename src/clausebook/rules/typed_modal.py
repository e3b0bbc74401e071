"""A clause with a strength types another one into its prose.

The modal of a duty comes from its strength. A typed "must" beside it says a second duty, or the
same one at another strength.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem
from clausebook.rules import said_in


def problem(at: Place, word: str) -> Problem:
    return Problem(
        rule="typed-modal",
        at=at,
        what=f"'{word}' is typed in a clause that has a strength",
        why="when an organisation sets another strength, the clause would contradict itself",
        fix="use {{ modal }}, or give the second duty a clause of its own",
    )


_TYPED = re.compile(r"\b(must not|must|should not|should|shall not|shall|are advised)\b", re.I)
_ONE_OF = frozenset(("must", "should", "shall", "advised"))


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if clause.strength is None or _ONE_OF.isdisjoint(said_in(clause)):
        return
    for found in _TYPED.finditer(clause.text.source):
        yield problem(clause.text.place(found.start()), found[0])
