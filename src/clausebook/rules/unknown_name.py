"""A text names a law, platform, term, role or policy that is in no register.

Laws, platforms and terms are named by their ids in policies/registers/, so that a title or a year
cannot be mistyped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, kind: str, name: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-name",
        at=at,
        what=f"no {kind} is called '{name}'",
        why="nothing could be printed in its place",
        fix=did_you_mean(name, known, "see policies/registers/"),
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    registers = library.registers
    known: dict[str, Iterable[str]] = {
        "law": registers.law,
        "platform": registers.platforms,
        "term": registers.terms,
        "policy": library.policies,
        "org": ("name", "site"),
        "group": ("name",),
        "review": ("last", "next", "cycle"),
        "document": ("kind",),
    }
    if clause.tier == "library" and (registers.terms or registers.roles):
        known["role"] = registers.roles  # an organisation may have roles of its own
    for wording in clause.wordings:
        for name in wording.names:
            space, _, key = name.partition(".")
            if space in known and key not in known[space]:
                yield problem(wording.find(key), space, key, known[space])
    if "role" in known and clause.ask is not None and clause.ask not in registers.roles:
        at = clause.places.get("ask", clause.at)
        yield problem(at, "role", clause.ask, registers.roles)
