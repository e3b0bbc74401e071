"""A text cites law or guidance that is repealed, superseded or otherwise not what it should be.

The register says what took its place and how sure it is; the severity follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem
from clausebook.rules.outdated_phrase import severity


def problem(at: Place, title: str, message: str) -> Problem:
    return Problem(
        rule="dead-law",
        at=at,
        what=f"{title} is cited here",
        why=message,
        fix="cite what took its place, by its id",
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for wording in clause.wordings:
        for name in wording.names:
            space, _, key = name.partition(".")
            law = library.registers.law.get(key) if space == "law" else None
            if law is not None and law.severity != "ok":
                found = problem(wording.find(key), law.title, law.message or law.status)
                if law.severity == "info":  # good law, about which an author should know something
                    found = replace(found, fix="nothing is wrong: check that the clause still fits")
                yield replace(found, severity=severity(law.severity, law.confidence))
