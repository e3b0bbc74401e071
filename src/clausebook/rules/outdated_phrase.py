"""A word or phrase has gone out of date.

The register of phrases says what replaced it, since when, and how sure it is. A row of medium
confidence is never worse than a warning, one of low confidence than a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from clausebook.model import Clause, Library, Phrase, Policy
from clausebook.problem import Place, Problem, Severity
from clausebook.rules import for_one_library


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
    any_words, rules = compiled(library.registers.phrases)
    for wording in clause.wordings:
        prose = wording.prose
        worded = any_words.search(prose) is not None
        for pattern, phrase in rules:
            if not worded and not phrase.pattern:
                continue
            for found in pattern.finditer(prose):
                yield replace(
                    problem(wording.place(found.start()), found[0], phrase.message, phrase.instead),
                    severity=severity(phrase.severity, phrase.confidence),
                )


Rules = tuple[tuple[re.Pattern[str], Phrase], ...]


@for_one_library
def compiled(phrases: Mapping[str, Phrase]) -> tuple[re.Pattern[str], Rules]:
    """What to look for, phrase by phrase; before that, for the words of any of them at once."""
    made: list[tuple[re.Pattern[str], Phrase]] = []
    for phrase in phrases.values():
        flags = 0 if phrase.exact else re.I
        if phrase.pattern:
            try:
                made.append((re.compile(phrase.pattern, flags), phrase))
            except re.error:
                continue
        else:
            words = "|".join(re.escape(w) for w in sorted(phrase.find, key=len, reverse=True))
            made.append((re.compile(rf"(?<!\w)(?:{words})(?!\w)", flags), phrase))
    words = any_of(word for _, phrase in made if not phrase.pattern for word in phrase.find)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I), tuple(made)


def any_of(words: Iterable[str]) -> str:
    """Finds whether any of many words is there: by first letters, so that most are passed over."""
    begun: dict[str, list[str]] = {}
    for word in words:
        begun.setdefault(word[:1], []).append(re.escape(word[1:]))
    groups = (f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in begun.items())
    return "|".join(groups) or "(?!)"
