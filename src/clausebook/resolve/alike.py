"""Sections that say the same in many organisations, but for what these are called and how to reach
somebody there: one for all.

In: a section with words of an organisation's own. Out: the section, with one that stands for all
that print the same clauses in the same words, but for its gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import count
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

    `contacts` are those that print who holds a role, and `others` the rest. Those that may have gaps
    are `called`, what an organisation is called, and `reached`, which have them for how to reach
    somebody: as far as they stand in texts alone.
    """

    __slots__ = ("called", "contacts", "entries", "others", "reached")

    def __init__(self, entries: Iterable[InForce], own: AbstractSet[str]) -> None:
        every = self.entries = list(entries)
        named = dict.fromkeys(n for e in every for n in e.varying if n in own)
        contacts = frozenset[str]().union(*[entry.contacts for entry in every])
        self.contacts = tuple(n for n in named if n in contacts)
        self.others = tuple(n for n in named if n not in contacts)
        elsewhere = {name for entry in every for name in _not_in_text(entry)}
        self.called = tuple(n for n in self.others if n.startswith("org.") and n not in elsewhere)
        self.reached = tuple(n for n in self.contacts if n not in elsewhere)

    def gaps(self, values: Mapping[str, Value]) -> Gaps:
        """The words that can stand in gaps, by the names they stand for."""
        found = {name: words for name in self.called if (words := _name(values[name]))}
        found |= {name: words for name in self.reached if (words := _details(values[name]))}
        return found if sum(map(len, found.values())) <= MOST else {}

    def say(self, values: Mapping[str, Value], gaps: Gaps) -> tuple[object, ...]:
        """What the names print, to tell one section from another; of gaps, how many there are."""
        said: list[object] = [None if name in gaps else values[name].said for name in self.others]
        said += [
            _with_gaps(values[name]) if name in gaps else values[name].detailed_said
            for name in self.contacts
        ]
        return tuple(said)


# The words that stand in gaps, by the names that have any.
Gaps = Mapping[str, tuple[str, ...]]


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
        found = [_Keyed(clause, letters) for clause in self.section.clauses]
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
    """Parts that a fingerprint is made of, some of which stand in gaps."""

    __slots__ = ("_parts", "gaps")

    def __init__(self, parts: Iterable[str], letters: Mapping[str, int]) -> None:
        every = list(parts)
        self._parts = list(map(encoded, every))
        self.gaps = [(place, letters[part]) for place, part in enumerate(every) if part in letters]

    def fingerprint(self, said: tuple[bytes, ...]) -> str:
        parts = self._parts.copy()
        for place, which in self.gaps:
            parts[place] = said[which]
        return digest(b"".join(parts))


class OwnSection(ResolvedSection):
    """A section with words of an organisation's own: what it says, and where it has it written.

    Its own clauses are made when somebody asks for them.
    """

    @classmethod
    def of(
        cls,
        section: Numbered,
        alike: Alike,
        gaps: Gaps,
        make: Callable[[], tuple[ResolvedClause, ...]],
    ) -> OwnSection:
        made = cls.__new__(cls)
        made.__dict__.update(
            id=section.id,
            number=section.number,
            title=section.title,
            at=section.at,
            _alike=alike,
            _words=words_of(gaps),
            _make=make,
        )
        return made

    def __getattr__(self, name: str) -> Any:
        if name != "clauses":
            raise AttributeError(name)
        clauses = self.__dict__["clauses"] = self.__dict__.pop("_make")()
        return clauses

    @property
    def facts(self) -> tuple[ResolvedClause, ...]:
        return self._in_common.section.clauses

    @once
    def alike(self) -> ResolvedSection:
        return self._in_common.section if self._in_common.sound else self

    @once
    def words(self) -> tuple[str, ...]:
        words: tuple[str, ...] = self.__dict__["_words"]
        return words if self._in_common.sound else ()

    @once
    def fillings(self) -> tuple[str, ...]:
        return self._in_common.fillings(self.words) if self.words else ()

    @once
    def approved(self) -> bytes:
        if self.words:
            return self._in_common.approved(self.fillings)
        return b"".join(self.approved_parts()) if self.alike is self else self.alike.approved

    @property
    def _in_common(self) -> Alike:
        alike: Alike = self.__dict__["_alike"]
        return alike


def with_clauses(section: ResolvedSection, clauses: Iterable[ResolvedClause]) -> ResolvedSection:
    """A section with other clauses: it is like no other any more."""
    kept = tuple(clauses)
    return ResolvedSection(section.id, section.number, section.title, kept, section.at)


def words_of(gaps: Gaps) -> tuple[str, ...]:
    """The words in all gaps, in their order."""
    return tuple([one for words in gaps.values() for one in words])


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
    return not gaps_in(section.title) and all(
        not any(map(gaps_in, _beside_text(clause)))
        and not any(gaps_in(run.text) and run.slot not in gaps for run in clause.text.runs)
        for clause in section.clauses
    )


def _beside_text(clause: ResolvedClause) -> Iterator[str]:
    yield clause.title.words
    yield clause.summary.words if clause.summary else ""
    yield from clause.clause.questions
