"""A character is in none of the fonts that documents are printed with.

It would come out as an empty box on paper and be read out as nothing, and the document could not be
called accessible. Emoji are the usual case, and letters of scripts that the fonts do not have. Write
the thing in words; for a name in another script, its usual spelling in Latin letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from clausebook.model import Clause, Library, Organisation, Policy
from clausebook.printable import unprintable
from clausebook.problem import Place, Problem


def problem(at: Place, character: str) -> Problem:
    called = unicodedata.name(character, "a character without a name").lower()
    return Problem(
        rule="unprintable-character",
        at=at,
        what=f"'{character}' ({called}, U+{ord(character):04X}) cannot be printed",
        why="no font that documents are made with has it: paper would show an empty box",
        fix="say it in words",
    )


# Characters that no text may hold are told already, by bad-text.
_TOLD = ("Cc", "Cf", "Co", "Cs")


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for wording in clause.wordings:
        for found in unprintable().finditer(wording.source):
            if unicodedata.category(found[0]) not in _TOLD:
                yield problem(wording.place(found.start()), found[0])


def check_organisation(organisation: Organisation, library: Library) -> Iterator[Problem]:
    for text, at in organisation.own_words:
        found = unprintable().search(text)
        if found and unicodedata.category(found[0]) not in _TOLD:
            yield problem(at, found[0])
