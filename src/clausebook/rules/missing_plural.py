"""A text prints a plural that nobody has given.

Only the words that `terms.yml` offers have plurals. Without one the singular would be printed.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem


def problem(at: Place, name: str) -> Problem:
    return Problem(
        rule="missing-plural",
        at=at,
        what=f"'{name}' has no plural, and a text prints it",
        why="the singular would be printed in its place",
        fix="give it 'many: …' in terms.yml, or print it without '| many'",
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for wording in clause.wordings:
        for name in wording.plurals:
            space, _, key = name.partition(".")
            term = library.registers.terms.get(key)
            if space != "term" or (term is not None and term.free):
                yield problem(wording.find(key), name)


def check_library(library: Library) -> Iterator[Problem]:
    clauses = [c for policy in library.policies.values() for c in policy.clauses.values()]
    wanted = {name for clause in clauses for w in clause.wordings for name in w.plurals}
    for term in library.registers.terms.values():
        if f"term.{term.id}" not in wanted:
            continue
        for choice in term.choices.values():
            if choice.many is None and choice.at is not None:
                yield problem(choice.at, choice.words)
