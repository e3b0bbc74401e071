"""Sections that say the same in many organisations, but for what these are called and how to reach
somebody there: one for all.

In: a section with words of an organisation's own. Out: the section, with one that stands for all
that print the same clauses in the same words, but for its gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from clausebook.gaps import MOST, fits, gap, gaps_in
from clausebook.model import (
    Item,
    ResolvedClause,
    ResolvedSection,
    Value,
    approved,
    digest,
    encoded,
)
from clausebook.once import aside, once, told
from clausebook.resolve.compose import InForce
from clausebook.resolve.text import keyed

if TYPE_CHECKING:
    from clausebook.resolve.plan import Numbered


class Names:
    """The names in some clauses that stand for what an organisation's own file says.

    `contacts` are those that print who holds a role, and `others` the rest, each with whether it may
    have gaps: where it is what an organisation is called, or for how to reach somebody, and stands in
    texts alone.
    """

    __slots__ = ("contacts", "entries", "gapped", "others")

    def __init__(self, entries: Iterable[InForce], own: AbstractSet[str]) -> None:
        every = self.entries = list(entries)
        named = dict.fromkeys(n for e in every for n in e.varying if n in own)
        contacts = frozenset[str]().union(*[entry.contacts for entry in every])
        elsewhere = {name for entry in every for name in _not_in_text(entry)}
        self.contacts = tuple([(n, n not in elsewhere) for n in named if n in contacts])
        self.others = tuple(
            [(n, n.startswith("org.") and n not in elsewhere) for n in named if n not in contacts]
        )

        self.gapped = any(gapped for _, gapped in (*self.contacts, *self.others))

    def say(self, values: Mapping[str, Value]) -> tuple[list[object], Gaps]:
        """What the names print, to tell one section from another, and the words that can stand in
        gaps, by the names they stand for: of those, it says how many there are."""
        if not self.gapped:
            return self._whole(values), {}
        said: list[object] = []
        gaps: dict[str, tuple[str, ...]] = {}
        for name, gapped in self.others:
            value = values[name]
            if gapped and (words := _name(value)):
                gaps[name] = words
                said.append(None)
            else:
                said.append(value.said)
        for name, gapped in self.contacts:
            value = values[name]
            if gapped and (words := _details(value)):
                gaps[name] = words
                said.append(_with_gaps(value))
            else:
                said.append(value.detailed_said)
        return (said, gaps) if sum(map(len, gaps.values())) <= MOST else (self._whole(values), {})

    def _whole(self, values: Mapping[str, Value]) -> list[object]:
        """What the names print where there are no gaps."""
        said: list[object] = [values[name].said for name, _ in self.others]
        return [*said, *[values[name].detailed_said for name, _ in self.contacts]]


# The words that stand in gaps, by the names that have any.
Gaps = Mapping[str, tuple[str, ...]]


@aside
def _with_gaps(value: Value) -> tuple[object, ...]:
    """What a value says where how to reach somebody stands in gaps."""
    return (value.said, *[len(item.details) for item in value.items])


def _not_in_text(entry: InForce) -> Iterator[str]:
    """The names that decide something, or stand in titles and summaries."""
    for wording in entry.clause.wordings:
        yield from wording.asked if wording is entry.clause.text else wording.names


@aside
def _name(value: Value) -> tuple[str, ...]:
    """What a value prints, if that is one thing, its words are all there is to it and fit a gap."""
    if len(value.items) != 1 or value.live:
        return ()
    item = value.items[0]
    bare = item.at is not None and not (item.id or item.formatter or item.covers or item.cites)
    more = item.many or item.link or item.details
    return (item.words,) if bare and not more and _fits_anywhere(item.words) else ()


@aside
def _details(value: Value) -> tuple[str, ...]:
    """How to reach whom a value stands for, if all of that fits gaps."""
    found = tuple([text for item in value.items for text, _ in item.details])
    return found if all(map(fits, found)) else ()


def _fits_anywhere(words: str) -> bool:
    """Whether some words can also begin a sentence, and own something, as any other words do."""
    first = words[:1]
    return fits(words) and first.isalpha() and first == first.upper() and not words.endswith("s")


class Alike:
    """What all those have in common that print a section in the same words, but for its gaps.

    `section` has letters in its gaps: first those of its texts, and then one for the fingerprint of
    each clause that has any.
    """

    def __init__(self, section: ResolvedSection, gaps: Gaps) -> None:
        self.section = section
        self._names, self._size = frozenset(gaps), len(words_of(gaps))

    @once
    def sound(self) -> bool:
        """Whether its gaps can be told from what it says; if so, its letters are in place now."""
        if not self._names:
            return True
        if not _only_gaps(self.section, self._names) or self._size + len(self._keyed) > MOST:
            return False
        for place, one in enumerate(self._keyed, self._size):
            told(one.clause, "fingerprint", gap(place))
        return True

    @once
    def _keyed(self) -> tuple[_Keyed, ...]:
        """The clauses whose fingerprints are of what stands in gaps."""
        letters = {gap(place): place for place in range(self._size)}
        found = [_Keyed(one, letters) for one in self.section.clauses if gaps_in(one.text.words)]
        # Of what is no part of a fingerprint, such as a telephone number, a gap is none either.
        return tuple([one for one in found if one.text.gaps])

    def fillings(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """What stands in all gaps, where some words stand in those of texts."""
        said = tuple(map(encoded, words))
        return (*words, *[one.fingerprint(said) for one in self._keyed])

    def approved(self, fillings: tuple[str, ...]) -> bytes:
        """What of the section is approved."""
        own, parts = fillings[self._size :], self._approved.copy()
        for (place, number), fingerprint in zip(self._places, own, strict=True):
            parts[place] = approved(number, fingerprint)
        return b"".join(parts)

    @once
    def _places(self) -> list[tuple[int, str]]:
        """Where those clauses stand in what is approved, and their numbers."""
        clauses = {one.clause for one in self._keyed}
        every = enumerate(self.section.clauses, 1)
        return [(place, clause.number) for place, clause in every if clause in clauses]

    @once
    def _approved(self) -> list[bytes]:
        return self.section.approved_parts()


class _Keyed:
    """A clause by what its fingerprint is made of."""

    __slots__ = ("_whole", "clause", "text")

    def __init__(self, clause: ResolvedClause, letters: Mapping[str, int]) -> None:
        self.clause = clause
        self.text = _Coded(keyed(clause.text.runs), letters)
        self._whole = _Coded(clause.signed(gap(0)), {gap(0): 0})

    def fingerprint(self, said: tuple[bytes, ...]) -> str:
        """Its fingerprint, where this stands in gaps."""
        return self._whole.fingerprint((encoded(self.text.fingerprint(said)),))


class _Coded:
    """Parts that a fingerprint is made of, cut at those that stand in gaps."""

    __slots__ = ("_parts", "gaps")

    def __init__(self, parts: Iterable[str], letters: Mapping[str, int]) -> None:
        self._parts, self.gaps = [b""], list[int]()
        for part in parts:
            if part in letters:
                self._parts += (b"", b"")
                self.gaps.append(letters[part])
            else:
                self._parts[-1] += encoded(part)

    def fingerprint(self, said: tuple[bytes, ...]) -> str:
        parts = self._parts.copy()
        parts[1::2] = [said[which] for which in self.gaps]
        return digest(b"".join(parts))


class OwnSection(ResolvedSection):
    """A section with words of an organisation's own: what it says, and where it has it written.

    Its own clauses are made when somebody asks for them.
    """

    _alike: Alike
    _words: tuple[str, ...]

    @classmethod
    def of(
        cls,
        section: Numbered,
        alike: Alike,
        gaps: Gaps,
        make: Callable[[], tuple[ResolvedClause, ...]],
    ) -> OwnSection:
        made = cls.__new__(cls)
        made.__dict__ = {
            "id": section.id,
            "number": section.number,
            "title": section.title,
            "at": section.at,
            "_alike": alike,
            "_words": words_of(gaps),
            "_make": make,
        }
        return made

    def __getattr__(self, name: str) -> Any:
        if name != "clauses":
            raise AttributeError(name)
        clauses = self.__dict__["clauses"] = self.__dict__.pop("_make")()
        return clauses

    @property
    def facts(self) -> tuple[ResolvedClause, ...]:
        return self._alike.section.clauses

    @once
    def alike(self) -> ResolvedSection:
        return self._alike.section if self._alike.sound else self

    @once
    def words(self) -> tuple[str, ...]:
        return self._words if self._alike.sound else ()

    @once
    def fillings(self) -> tuple[str, ...]:
        return self._alike.fillings(self.words) if self.words else ()

    @once
    def approved(self) -> bytes:
        if self.words:
            return self._alike.approved(self.fillings)
        return b"".join(self.approved_parts()) if self.alike is self else self.alike.approved


def with_clauses(section: ResolvedSection, clauses: Iterable[ResolvedClause]) -> ResolvedSection:
    """A section with other clauses: it is like no other any more."""
    kept = tuple(clauses)
    return ResolvedSection(section.id, section.number, section.title, kept, section.at)


def words_of(gaps: Gaps) -> tuple[str, ...]:
    """The words in all gaps, in their order."""
    return tuple(chain.from_iterable(gaps.values())) if gaps else ()


def with_letters(values: Mapping[str, Value], gaps: Gaps) -> dict[str, Value]:
    """The values of the names that have gaps, with letters in place of the words that stand there."""
    letters = map(gap, count())
    return {
        name: replace(values[name], items=tuple(_lettered(values[name].items, letters)))
        for name in gaps
    }


def _lettered(items: tuple[Item, ...], letters: Iterator[str]) -> Iterator[Item]:
    """Things with letters in place of how to reach them, or, where that is not it, of their words."""
    if not any(item.details for item in items):
        yield replace(items[0], words=next(letters))
        return
    for item in items:
        yield replace(item, details=tuple([(next(letters), at) for _, at in item.details]))


def _only_gaps(section: ResolvedSection, gaps: AbstractSet[str]) -> bool:
    """Whether a section has letters of gaps in its gaps and nowhere else."""
    beside = [words for clause in section.clauses for words in _beside_text(clause)]
    return not gaps_in("".join([section.title, *beside])) and not any(
        gaps_in(run.text) and run.slot not in gaps
        for clause in section.clauses
        if gaps_in(clause.text.words)
        for run in clause.text.runs
    )


def _beside_text(clause: ResolvedClause) -> Iterator[str]:
    yield clause.title.words
    yield clause.summary.words if clause.summary else ""
    yield from clause.clause.questions
