"""A change, a link or a requirement names a clause the policy does not have.

The usual cause is a misspelling, or a clause of another policy. `clausebook matrix POLICY` lists
the clauses of a policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-clause",
        at=at,
        what=f"no clause is called '{id}'",
        why="this change would never appear in the handbook",
        fix=did_you_mean(id, known, "see 'clausebook matrix' for the clauses of the policy"),
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if clause.tier != "library":
        return  # an organisation's own clauses may link to each other: `resolve` looks at those
    for index, id in enumerate(clause.requires):
        if id not in policy.clauses:
            yield problem(clause.places.get(f"requires.{index}", clause.at), id, policy.clauses)
    for wording in clause.wordings:
        for name in wording.names:
            space, _, key = name.partition(".")
            if space == "clause" and key not in policy.clauses:
                yield problem(wording.find(key), key, policy.clauses)
