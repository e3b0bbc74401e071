"""Clauses as schools print them: one object for all schools that print a clause in the same words,
and one section for all that print it so but for its gaps.

In: a resolved clause. Out: what any page or file may say of it, but for where its words come from.
What is made of it is kept beside it (see `once.aside`), and goes when it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clausebook.blanks import Blanks, Filled, filled
from clausebook.gaps import Cut, gaps_in, letters, within_words
from clausebook.model import (
    Clause,
    Picture,
    ResolvedClause,
    ResolvedPolicy,
    ResolvedSection,
    Strength,
)
from clausebook.once import aside
from clausebook.recent import Recent


class Printed:
    """A clause in the words of those who print it so."""

    __slots__ = (
        "__dict__", "clause", "covers", "fingerprint", "id", "number", "pictures", "strength", "summary",
        "text", "title",
    )  # fmt: skip

    clause: Clause
    id: str
    number: str
    strength: Strength | None
    title: str
    text: Filled
    summary: str | None
    covers: tuple[str, ...]
    pictures: tuple[Picture, ...]
    fingerprint: str

    def __init__(self, resolved: ResolvedClause, text: Filled) -> None:
        summary = resolved.summary
        self.clause, self.id, self.number = resolved.clause, resolved.id, resolved.number
        self.strength, self.title, self.text = resolved.strength, resolved.title.words, text
        self.summary = summary.words if summary else None
        self.covers, self.pictures = resolved.covers, resolved.pictures
        self.fingerprint = resolved.fingerprint


class PrintedSection:
    """A section of a policy, as all those have it who print all of its clauses in the same words."""

    __slots__ = ("__dict__", "clauses", "id", "made", "number", "policy", "title")

    def __init__(
        self, policy: str, id: str, number: str, title: str, clauses: tuple[Printed, ...]
    ) -> None:
        self.policy, self.id, self.number, self.title = policy, id, number, title
        self.clauses = clauses
        self.made: dict[object, Any] = {}


class Shared:
    """A section of an organisation's: as all have it that print the same, but for what stands in its
    gaps, which are the `words`."""

    __slots__ = ("_resolved", "_whole", "section", "words")

    def __init__(self, section: PrintedSection, resolved: ResolvedSection) -> None:
        self.section, self._resolved, self.words = section, resolved, resolved.words
        self._whole: PrintedSection | None = None

    @property
    def whole(self) -> PrintedSection:
        """The section as it is, without gaps."""
        if not self.words:
            return self.section
        if self._whole is None:
            self._whole = _section(self.section.policy, self._resolved)
        return self._whole

    def gapped(self, section: PrintedSection) -> int:
        """How many words are to stand in its gaps, if this is the section with them."""
        return len(self.words) if section is self.section else 0

    def by(self, converter: Blanks) -> PrintedSection:
        """The section with its gaps, where all else that a converter makes of it is the same
        whatever stands in them; or else as it is."""
        return self.section if not self.words or _fillable(self.section, converter) else self.whole

    def parts(
        self, make: Callable[[PrintedSection], tuple[bytes, ...]], converter: Blanks
    ) -> tuple[bytes, ...]:
        """What is made of the section with a converter."""
        section = self.by(converter)
        if not self.gapped(section):
            return make(section)
        fillings = [words.encode() for words in self._resolved.fillings]
        cut: Cut[bytes] | None = section.made.get(make)
        if cut is None:
            gaps = [letter.encode() for letter in letters(len(fillings))]
            cut = section.made[make] = Cut(b"".join(make(section)), gaps)
        return (cut.filled(fillings),)


_clauses: Recent[tuple[object, ...], Printed] = Recent()
_sections: Recent[tuple[object, ...], PrintedSection] = Recent(each=4)
_alike: Recent[ResolvedSection, PrintedSection] = Recent(each=4)


@aside
def shared(policy: ResolvedPolicy) -> tuple[Shared, ...]:
    """The sections of a policy by what is printed in them."""
    found: list[Shared] = []
    for section in policy.sections:
        first = section.alike
        printed = _alike.get(first) or _alike.put(first, _section(policy.id, first))
        found.append(Shared(printed, section))
    return tuple(found)


def facts(policy: ResolvedPolicy) -> list[PrintedSection]:
    """The sections of a policy, for those who look at nothing that their texts say."""
    return [one.section for one in shared(policy)]


def has_gaps(one: Printed) -> bool:
    """Whether the text of a clause has any, in a section that may have."""
    return any(map(gaps_in, one.text.values))


def _fillable(section: PrintedSection, converter: Blanks) -> bool:
    known: bool | None = section.made.get(converter)
    if known is None:
        texts = [one.text for one in section.clauses if has_gaps(one)]
        known = section.made[converter] = all(
            converter.around(text) and not within_words(converter.of(text)) for text in texts
        )
    return known


def _section(policy: str, section: ResolvedSection) -> PrintedSection:
    clauses = tuple(map(_printed, section.clauses))
    key = (policy, section.id, section.number, section.title, clauses)
    found = _sections.get(key)
    if found is None:
        made = PrintedSection(policy, section.id, section.number, section.title, clauses)
        found = _sections.put(key, made)
    return found


@aside
def _printed(resolved: ResolvedClause) -> Printed:
    text, title, summary = filled(resolved.text), resolved.title, resolved.summary
    # No other clause or strength can come to have one of these numbers: what is kept holds both.
    key = (
        id(resolved.clause),
        id(resolved.strength),
        resolved.number,
        title.words,
        title.covers,
        text,
        summary.words if summary else None,
        resolved.fingerprint,
    )
    return _clauses.get(key) or _clauses.put(key, Printed(resolved, text))
