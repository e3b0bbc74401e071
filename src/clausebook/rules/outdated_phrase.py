"""A word or phrase has gone out of date.

The register of phrases says what replaced it, since when, and how sure it is. A row of medium
confidence is never worse than a warning, one of low confidence than a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from clausebook.model import Clause, Library, Phrase, Policy
from clausebook.problem import Place, Problem, Severity


def problem(at: Place, found: str, message: str, instead: str) -> Problem:
    return Problem(
        rule="outdated-phrase",
        at=at,
        what=f"'{found}' is out of date",
        why=message,
        fix=f"use {instead}" if instead else "say it in today's words",
    )


_CAP = {"high": "error", "medium": "warning", "low": "info"}
_ORDER = ("info", "warning", "error")


def severity(row: str, confidence: str) -> Severity:
    """A row's severity, as far as its confidence allows."""
    return Severity(min(row, _CAP[confidence], key=_ORDER.index))


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    rules = compiled(tuple(library.registers.phrases.values()))
    for wording in clause.wordings:
        prose = wording.prose
        for pattern, phrase in rules:
            for found in pattern.finditer(prose):
                yield replace(
                    problem(wording.place(found.start()), found[0], phrase.message, phrase.instead),
                    severity=severity(phrase.severity, phrase.confidence),
                )


@lru_cache(maxsize=8)
def compiled(phrases: tuple[Phrase, ...]) -> tuple[tuple[re.Pattern[str], Phrase], ...]:
    made: list[tuple[re.Pattern[str], Phrase]] = []
    for phrase in phrases:
        flags = 0 if phrase.exact else re.I
        if phrase.pattern:
            try:
                made.append((re.compile(phrase.pattern, flags), phrase))
            except re.error:
                continue
        else:
            words = "|".join(re.escape(w) for w in sorted(phrase.find, key=len, reverse=True))
            made.append((re.compile(rf"(?<!\w)(?:{words})(?!\w)", flags), phrase))
    return tuple(made)
