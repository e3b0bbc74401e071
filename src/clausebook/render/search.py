"""A handbook in, what its search knows out: one plain script, so that it works from a folder too.

The browser looks in the rules, the roles and the policies of this edition and in nothing else.
Other words for the same thing come from the registers, as far as this handbook can use them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import NamedTuple

from clausebook.blanks import Blanks, Filled, Variant, only_name
from clausebook.gaps import Cut, letters
from clausebook.lasting import Lasting
from clausebook.markdown import plain
from clausebook.model import Handbook, Library, Policy, ResolvedPolicy, fingerprint
from clausebook.once import aside, once
from clausebook.printed import Printed, PrintedSection, Shared, shared
from clausebook.published import Stale
from clausebook.recent import Recent
from clausebook.render.brief import Brief, brief
from clausebook.render.people import Person, people
from clausebook.render.templates import MARK
from clausebook.typed import dataclass

# Everyday words that mean one thing in a question, whatever a register says about either.
EVERYDAY = (
    ("phone", "mobile", "smartphone", "iPhone", "handset", "mobile phone"),
    ("photo", "photograph", "picture", "pic", "image"),
    ("video", "film", "footage"),
    ("lunch", "lunchtime", "lunch break", "lunch hour"),
    ("email", "e-mail"),
    ("website", "web site", "site", "web page"),
    ("AI", "artificial intelligence", "ChatGPT", "chatbot", "Copilot", "generative AI"),
    ("laptop", "notebook", "Chromebook", "MacBook"),
    ("tablet", "iPad"),
    ("memory stick", "USB stick", "USB", "pen drive", "flash drive", "portable drive"),
    ("CCTV", "security camera", "camera recording"),
    ("login", "log-in", "sign-in"),
    ("social media", "social network", "social networking"),
    ("conviction", "criminal record", "caution"),
    ("lose", "lost", "loss"),
    ("steal", "stolen", "theft"),
    ("report", "notify", "inform", "tell"),
    ("delete", "remove", "erase", "wipe", "take down"),
    ("message", "contact", "text message", "DM", "get in touch"),
    ("Instagram", "insta"),
    ("Facebook", "FB"),
    ("relative", "relation", "family member", "nephew", "niece", "my own child"),
    ("sacked", "fired", "dismissed", "dismissal", "lose my job"),
    ("colleague", "co-worker", "workmate"),
    ("bullying", "cyberbullying", "cyber-bullying", "online bullying"),
)
# The first is what rules say; the others lead to it, but mean more than that.
LEADING = (
    ("gift", "present", "box of chocolates", "voucher", "hospitality"),
    ("break", "breaktime", "playtime"),
    ("computer", "PC", "desktop"),
    ("post", "tweet", "retweet"),
)

_WORD = re.compile(r"\w+")
_STEM = re.compile(r"(\w{1,5})\w*+")
_ONE_WORD = re.compile(r"\w+\Z")
_UNSAFE = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def index(handbook: Handbook, library: Library, everybody: list[Person] | None = None) -> bytes:
    """assets/handbook/index.js: everything the search of this edition may find.

    `everybody`: its people, where they are known already.
    """
    wanted = words(handbook, library)
    policies = {id: searched(policy, wanted) for id, policy in handbook.policies.items()}
    return written(
        handbook, people(handbook) if everybody is None else everybody, policies, wanted
    )[0]


# Where a policy's rules begin and end in a written index, and the numbers of what they point to.
Spot = tuple[int, int, tuple[int, ...]]


class Ruled(NamedTuple):
    """A section whose rules the index holds, the words in its gaps, and the answers in it that are
    lists of policies."""

    section: PrintedSection
    words: tuple[str, ...]
    lists: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What the index needs of one policy: its name, its rules by section, where they are not written already.

    `names`, `phrases` and `stems` are those of the words looked for that it says.
    """

    brief: Brief
    sections: tuple[str, ...]
    asks: tuple[str, ...]
    names: tuple[str, ...]
    phrases: tuple[str, ...]
    stems: str
    rules: tuple[Ruled, ...]


def searched(policy: ResolvedPolicy, wanted: Words) -> Searched:
    """A policy's rules for the index, and which of the words looked for they say."""
    lists, every = _lists(policy.policy), shared(policy)
    found = tuple([wanted.of(one) for one in every])
    said, asks, stems = _sayings.made((wanted, found), _said)
    own = [_own_stems(one.words) for one in every if one.words]
    more = (frozenset[str]().union(*own) & wanted.stems) - said.stems
    return Searched(
        brief=brief(policy),
        sections=tuple([section.title for section in policy.sections]),
        asks=asks,
        names=said.names,
        phrases=said.phrases,
        stems=_listed(said.stems | more) if more else stems,
        rules=tuple([_ruled(*one, lists) for one in zip(every, found, strict=True)]),
    )


def _ruled(one: Shared, section: PrintedSection, lists: frozenset[str]) -> Ruled:
    words = one.words if one.gapped(section) else ()
    return Ruled(section, words, lists & _answers(section) if lists else lists)


@aside
def _lists(policy: Policy) -> frozenset[str]:
    """The answers that are lists of policies."""
    every = policy.parameters.items()
    return frozenset([f"answer.{id}" for id, one in every if one.type == "titles"])


class _Saying(NamedTuple):
    """Which of the words looked for something says."""

    names: tuple[str, ...]
    phrases: tuple[str, ...]
    stems: frozenset[str]


def _together(every: list[_Saying]) -> _Saying:
    """What several things say."""
    return _Saying(
        names=tuple(dict.fromkeys([name for one in every for name in one.names])),
        phrases=tuple(dict.fromkeys([phrase for one in every for phrase in one.phrases])),
        stems=frozenset[str]().union(*[one.stems for one in every]),
    )


_Sections = tuple[PrintedSection, ...]
_sayings: Recent[tuple[Words, _Sections], tuple[_Saying, tuple[str, ...], str]] = Recent(each=10)
_said_in: Recent[tuple[Words, PrintedSection], _Saying] = Recent(each=4)
_said_by: Recent[tuple[Words, Printed], _Saying] = Recent()


def _said(key: tuple[Words, _Sections]) -> tuple[_Saying, tuple[str, ...], str]:
    """What the sections of a policy say, but for what stands in gaps, whom they say to ask, and the
    stems as a list."""
    wanted, sections = key
    said = _together([_said_in.made((wanted, section), _in_section) for section in sections])
    asks = dict.fromkeys([ask for section in sections for ask in _asks(section)])
    return said, tuple(asks), _listed(said.stems)


def _listed(stems: Iterable[str]) -> str:
    return " ".join(sorted(stems))


def _in_section(key: tuple[Words, PrintedSection]) -> _Saying:
    wanted, section = key
    return _together([_said_by.made((wanted, one), _in_rule) for one in section.clauses])


def _in_rule(key: tuple[Words, Printed]) -> _Saying:
    wanted, one = key
    _, _, about, beside = _about_of(one)
    stems = {*beside.split(), *_stems_of(one.text)}
    names, phrases = wanted.said(stems, lambda: f"{one.title}\n{_words.of(one.text)}\n{about}")
    return _Saying(names, phrases, wanted.stems & stems)


@lru_cache(maxsize=10_000)
def _own_stems(words: tuple[str, ...]) -> frozenset[str]:
    """The stems of what stands in gaps."""
    return frozenset(_stems("\n".join(words).casefold()))


def written(
    handbook: Handbook,
    everybody: list[Person],
    policies: Mapping[str, Searched],
    wanted: Words,
    published: bytes = b"",
    spots: Mapping[str, Spot] = MappingProxyType({}),
) -> tuple[bytes, dict[str, Spot]]:
    """The index of some policies, in the order in which search.js reads its lists.

    `published` is the index in which those stand that are written already, and `spots` is where;
    Stale where the numbers of what they point to are others now. Also returned: where each policy
    stands in this one.
    """
    places = {role.id: place for place, role in enumerate(everybody)}
    said = _Said(handbook, policies.values(), wanted)
    same, means = _other_words(wanted, said)
    before = {
        "edition": _dumped(handbook.edition),
        "policies": _dumped(
            [[p.id, p.title, p.search] for p in (one.brief for one in policies.values())]
        ),
        "sections": _dumped([title for one in policies.values() for title in one.sections]),
        "clauses": "[",
    }
    roles = [
        [r.id, r.title, r.about, [part for part in (r.name, r.phone, r.email) if part]]
        for r in everybody
    ]
    after = {
        "roles": _dumped(roles),
        "ask": _dumped(_fallback(handbook, policies.values(), places)),
        "same": _dumped(same),
        "means": _dumped(means),
        "terms": _dumped(_terms(wanted, said)),
    }
    out = [b"window.clausebookIndex={" + _members(before)]
    at, first, found = len(out[0]), 0, {}
    for place, (id, one) in enumerate(policies.items()):
        numbers = (place, first, *[places.get(ask, -1) for ask in one.asks])
        spot = spots.get(id)
        block = _again(spot, numbers, published) if spot else _block(one, numbers, places)
        if block and len(out) > 1:
            out.append(b",")
            at += 1
        out.append(block)
        found[id] = (at, at + len(block), numbers)
        at += len(block)
        first += len(one.sections)
    out.append(b"]," + _members(after) + b"};\n")
    return b"".join(out), found


def _again(spot: Spot, numbers: tuple[int, ...], published: bytes) -> bytes:
    """A policy's rules as they stand in the index that is published."""
    start, end, then = spot
    if then != numbers:
        raise Stale("the search index counts its rules in another way")
    return published[start:end]


def _block(one: Searched, numbers: tuple[int, ...], places: Mapping[str, int]) -> bytes:
    """A policy's rules as they are to stand in the index."""
    place, first, *_ = numbers
    blocks = [
        _rows(ruled, f"{place},{number}", places) for number, ruled in enumerate(one.rules, first)
    ]
    return b",".join(filter(None, blocks))


def _rows(ruled: Ruled, here: str, places: Mapping[str, int]) -> bytes:
    """The rules of a section, which stands here."""
    section, words, lists = ruled
    asked = tuple([places.get(ask, -1) for ask in _asks(section)])
    found = _written_rows.made((section, len(words), lists, asked), _rows_written)
    rows = found if isinstance(found, bytes) else found.filled([one.encode() for one in words])
    return rows.replace(_HERE, here.encode())


_HERE = MARK.encode()
_Written = tuple[PrintedSection, int, frozenset[str], tuple[int, ...]]
_written_rows: Recent[_Written, bytes | Cut[bytes]] = Recent(each=4)


def _rows_written(key: _Written) -> bytes | Cut[bytes]:
    """The rules of a section with a mark for the place where it stands, cut at its gaps if it has any."""
    section, gaps, lists, asked = key
    numbers = dict(zip(_asks(section), asked, strict=True))
    rows = ",".join(
        [_row(one, numbers.get(one.clause.ask or "", -1), lists) for one in section.clauses]
    )
    return Cut(rows.encode(), [one.encode() for one in letters(gaps)]) if gaps else rows.encode()


def _row(one: Printed, asked: int, lists: AbstractSet[str]) -> str:
    return f"{_row_begun(one)},{asked},{_named(one.text, lists)}]"


@aside
def _row_begun(one: Printed) -> str:
    """What the row of a rule says of it, up to whom readers are to ask."""
    before, after, _, _ = _about_of(one)
    return f"[{MARK},{before}{_within_quotes(_words.of(one.text))}{after}"


def _members(facts: Mapping[str, str]) -> bytes:
    return _safe(",".join([f'"{name}":{text}' for name, text in facts.items()]))


def _safe(text: str) -> bytes:
    return _within_script(text).encode()


def _within_script(text: str) -> str:
    for char, safe in _UNSAFE.items():
        text = text.replace(char, safe)
    return text


_dumped = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@aside
def _asks(section: PrintedSection) -> tuple[str, ...]:
    """Whom a section says to ask."""
    return tuple(dict.fromkeys([one.clause.ask for one in section.clauses if one.clause.ask]))


@aside
def _answers(section: PrintedSection) -> frozenset[str]:
    """The names its texts have from answers, some of which may be lists of policies."""
    return frozenset[str]().union(*[one.text.answers for one in section.clauses])


def _about_of(one: Printed) -> _About:
    facts = (one.id, one.number, one.title, one.summary or "", one.clause.questions)
    return _abouts.made(facts, _about)


# How the row of a clause begins and ends, what the index says of it beside its text and title, and
# what the words of both begin with. Plain tuples are pickled soonest.
_About = tuple[str, str, str, str]
_Facts = tuple[str, str, str, str, tuple[str, ...]]
_abouts: Lasting[_Facts, _About] = Lasting("what search says")


def _about(facts: _Facts) -> _About:
    id, number, title, summary, questions = facts
    text = "\n".join([summary, *questions])
    return (
        _within_script(f'{_dumped([id, number, title])[1:-1]},"'),
        _within_script(f'",{_dumped([summary, questions])[1:-1]}'),
        text,
        _in_one(f"{title}\n{text}".casefold()),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _within_quotes(text: str) -> str:
    return _within_script(encode_basestring(text)[1:-1])


_words = Blanks(
    lambda markdown: _one_line(plain(markdown)), lru_cache(maxsize=10_000)(_one_line), "line"
)


def _stems_of(text: Filled) -> list[str]:
    """The stems of a text."""
    if not _words.around(text):
        return _stems(_words.of(text).casefold())
    alone, first, *others = _apart(text.variant)
    beside = [first]
    for value, after in zip(text.values, others, strict=True):
        beside += (value.casefold(), after)
    return [*alone.split(), *_stems("".join(beside))]


_STEMS = only_name("stems")


def _apart(variant: Variant) -> tuple[str, ...]:
    """The stems of the words that no value touches, in one; and what remains of the words around each
    value."""
    found: tuple[str, ...] | None = variant.made.get(_STEMS)
    if found is None:
        found = variant.made[_STEMS] = _parted(_words.cut(variant))
    return found


def _parted(parts: tuple[str, ...]) -> tuple[str, ...]:
    alone: list[str] = []
    beside: list[str] = []
    for part in parts:
        found = _ENDS.fullmatch(part.casefold())
        assert found is not None, "it fits every text"
        first, inner, last = found.groups("")
        alone.append(inner)
        beside.append(f"{first} {last}" if inner else first)
    return (_in_one("\n".join(alone)), *beside)


def _in_one(folded: str) -> str:
    """The stems of a text as they are kept: most words stand in many texts."""
    return " ".join(map(_begun, dict.fromkeys(folded.split())))


@lru_cache(maxsize=10_000)
def _begun(words: str) -> str:
    return " ".join(_stems(words))


# A text's first word, where it begins with one, what follows, and the word that it ends with.
_ENDS = re.compile(r"(\w*)(?:(\W.*\W|\W)(\w*))?", re.S)


def _named(text: Filled, lists: AbstractSet[str]) -> str:
    """The titles of policies a clause sends its reader to, as JSON: what they say, it does not."""
    if lists.isdisjoint(text.answers) and not _names_policies(text.slots):
        return "[]"
    found = [said for name, said in text.named if name in lists or name.startswith("policy.")]
    return _within_script(_dumped(list(dict.fromkeys(found)))) if found else "[]"


@lru_cache(maxsize=20_000)
def _names_policies(slots: tuple[str, ...]) -> bool:
    return any(slot.startswith("policy.") for slot in slots)


def _fallback(handbook: Handbook, policies: Iterable[Searched], places: dict[str, int]) -> int:
    """Whom to ask when no rule answers: the head, who is asked anything, or an owner."""
    owners = [one.brief.owner for one in policies if one.brief.owner]
    asked_anything = [
        id for id, role in handbook.roles.items() if (role.about or "").startswith("Anything")
    ]
    wanted = ["head", *asked_anything, *owners, *_LEADERS]
    return next((places[id] for id in wanted if id in places), -1)


# Where nobody is said to answer anything, those a member of staff would turn to first.
_LEADERS = ("senior_leader", "leadership_team", "line_manager", "manager", "office")


def _terms(wanted: Words, said: _Said) -> list[str]:
    """The defined terms that stand here, in the organisation's own word for its learners."""
    terms = [term for term in wanted.terms if any(map(said.phrase, term.split(" or ")))]
    return list(dict.fromkeys(terms))


# ------------------------------------------------------------------------------ other words


class Group(NamedTuple):
    """Words for one thing; those that are `named` count where one of them stands with its capitals:
    some names are ordinary words."""

    words: tuple[str, ...]
    named: bool = False


class Words:
    """All words that can matter in a handbook, by its roles and the registers: to be looked for."""

    def __init__(
        self, same: Iterable[Group], means: Iterable[tuple[str, ...]], terms: Iterable[str]
    ) -> None:
        # `means`: terms that other words lead to, but not back. "Laptop" leads to "mobile device";
        # someone who lost a laptop is not told about phones.
        self.same, self.means, self.terms = tuple(same), tuple(means), tuple(terms)
        names = [name for group in self.same if group.named for name in group.words]
        self.names = {name: frozenset(_stems(name.casefold())) for name in names}
        phrases = [words for term in self.terms for words in term.split(" or ")]
        self.phrases = {words: _begins(words.casefold()) for words in phrases}
        every = [word for group in self.same for word in group.words]
        every += [words[0] for words in self.means]
        self.stems = frozenset(_stems("\n".join(every).casefold()))
        self._left: Recent[tuple[str, ...], bool] = Recent(1_000)
        self._parts = {
            part for words in (*names, *phrases) for part in _WORD.findall(words.casefold())
        }

    def of(self, one: Shared) -> PrintedSection:
        """A section with its gaps, where no name or phrase could stand in one; or else as it is."""
        if not one.words:
            return one.section
        return one.by(_words) if self._left.made(one.words, self._leaves) else one.whole

    def _leaves(self, words: tuple[str, ...]) -> bool:
        """Whether no name or phrase could hold any of some words."""
        found = _WORD.findall(" ".join(words).casefold())
        ended = [word.removesuffix(end) for word in found for end in ("", "s", "es")]
        return self._parts.isdisjoint(ended)

    def said(
        self, stems: AbstractSet[str], text: Callable[[], str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names and the phrases that stand in a text, of which the stems are known: most have none."""
        names = [name for name, needed in self.names.items() if needed <= stems]
        phrases = [phrase for phrase, needed in self.phrases.items() if needed <= stems]
        if not (names or phrases):
            return (), ()
        said = text()
        folded = said.casefold()
        return (
            tuple([name for name in names if _stands(name, said, ("",))]),
            tuple([one for one in phrases if _stands(one.casefold(), folded, ("", "s", "es"))]),
        )

    @once
    def key(self) -> str:
        """The same where the same words are looked for."""
        return fingerprint(repr((self.same, self.means, self.terms)))


def words(handbook: Handbook, library: Library) -> Words:
    """What is looked for in a handbook."""
    registers = library.registers
    same = [Group(group) for group in EVERYDAY]
    means: list[tuple[str, ...]] = list(LEADING)
    for choices in (registers.terms[id].choices for id in ("learner",) if id in registers.terms):
        same.append(Group(tuple(item.words for item in choices.values())))
    for platform in registers.platforms.values():
        same.append(Group((platform.name, *platform.former, *platform.also), named=True))
    for id, known in registers.roles.items():
        own = [handbook.roles[id].title] if id in handbook.roles else []
        same.append(Group((*own, known.title, *known.also, *known.outdated)))
    for entry in registers.glossary.values():
        terms = entry.term.split(" or ")
        if all(_ONE_WORD.match(term) for term in terms):
            same.append(Group((*terms, *entry.also)))
        else:
            means.append((entry.term, *entry.also))
    return _wanted.made((tuple(same), tuple(means), tuple(_own_terms(handbook, library))), _of)


_Wanted = tuple[tuple[Group, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]
_wanted: Recent[_Wanted, Words] = Recent(100)


def _of(facts: _Wanted) -> Words:
    return Words(*facts)


def _own_terms(handbook: Handbook, library: Library) -> list[str]:
    """The glossary's terms, in the organisation's own word for its learners."""
    value = handbook.terms.get("learner")
    register = library.registers.terms.get("learner")
    choices = register.choices if register else {}
    own = value.items[0].words if value and value.items and choices else None
    any_word = "|".join(re.escape(item.words) for item in choices.values())
    return [
        re.sub(rf"\b({any_word})\b", own, entry.term) if own else entry.term
        for entry in library.registers.glossary.values()
    ]


class _Said:
    """Which of the words looked for a handbook says: in a title, or in any of its policies."""

    def __init__(self, handbook: Handbook, policies: Collection[Searched], wanted: Words) -> None:
        titles = [role.title for role in handbook.roles.values()]
        titles += [one.brief.title for one in policies]
        text = "\n".join(titles)
        self.stems = set(_stems(text.casefold()))
        names, phrases = wanted.said(self.stems, lambda: text)
        self.names, self.phrases = set(names), set(phrases)
        for one in policies:
            self.names.update(one.names)
            self.phrases.update(one.phrases)
            self.stems.update(one.stems.split(" "))

    def exactly(self, words: str) -> bool:
        return words in self.names

    def phrase(self, words: str) -> bool:
        return words in self.phrases

    def scattered(self, words: str) -> bool:
        return self.stems.issuperset(_stems(words.casefold()))


def _stands(words: str, text: str, endings: tuple[str, ...]) -> bool:
    """Whether some words stand in a text and are no part of longer ones, but for an ending.

    Looked for as plain text, which takes a hundredth of the time of a pattern.
    """
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        if not _in_word(text[at - 1 : at]) and any(
            text.startswith(ending, end)
            and not _in_word(text[end + len(ending) : end + len(ending) + 1])
            for ending in endings
        ):
            return True
        at = text.find(words, at + 1)
    return False


def _in_word(char: str) -> bool:
    return char == "_" or char.isalnum()


def _stems(folded: str) -> list[str]:
    """What the words of a text begin with.

    Near enough to tell whether words can be the same: the browser's stemmer decides.
    """
    return _STEM.findall(folded)


def _begins(folded: str) -> frozenset[str]:
    """The stems that a text must have for a phrase to stand in it, whatever its last word ends in."""
    found = _WORD.findall(folded)
    return frozenset([w[:5] for n, w in enumerate(found, 1) if n < len(found) or len(w) >= 5])


def _other_words(wanted: Words, said: _Said) -> tuple[list[list[str]], list[list[str]]]:
    """Groups of words for one thing; and terms that other words lead to, but not back."""
    same = [
        _distinct(group.words)
        for group in wanted.same
        if not group.named or any(map(said.exactly, group.words))
    ]
    return [group for group in same if any(map(said.scattered, group))], [
        _distinct(group) for group in wanted.means if said.scattered(group[0])
    ]


def _distinct(words: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for word in words:
        kept.setdefault(word.casefold(), word)
    return list(kept.values())
