"""A word or phrase has gone out of date.

The register of phrases says what replaced it, since when, and how sure it is. A row of medium
confidence is never worse than a warning, one of low confidence than a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from clausebook.model import Clause, Library, Phrase, Policy
from clausebook.once import aside
from clausebook.problem import Place, Problem, Severity
from clausebook.rules import for_one, said_in
from clausebook.said import telling


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
    words = said_in(clause)
    phrases = [
        phrase
        for phrase, telling_words in with_words(library.registers.phrases)
        if not telling_words.isdisjoint(words)
    ]
    for wording in clause.wordings if phrases else ():
        for phrase in phrases:
            for found in _pattern(phrase).finditer(wording.prose):
                yield replace(
                    problem(wording.place(found.start()), found[0], phrase.message, phrase.instead),
                    severity=severity(phrase.severity, phrase.confidence),
                )


@for_one
def with_words(phrases: Mapping[str, Phrase]) -> tuple[tuple[Phrase, frozenset[str]], ...]:
    """Every phrase, and words of which every text that holds it holds one."""
    return tuple(
        (phrase, frozenset(map(telling, ("",) if phrase.pattern else phrase.find)))
        for phrase in phrases.values()
    )


@aside
def _pattern(phrase: Phrase) -> re.Pattern[str]:
    """What finds a phrase; nothing does where its pattern cannot be read, as bad-pattern says."""
    flags = 0 if phrase.exact else re.I
    if phrase.pattern:
        try:
            return re.compile(phrase.pattern, flags)
        except re.error:
            return re.compile("(?!)")
    words = "|".join(re.escape(word) for word in sorted(phrase.find, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", flags)
