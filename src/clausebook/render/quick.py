"""A policy in, its quick guide out: do, do not, you may, and whom to ask, on one side of paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, TypeVar

from markupsafe import Markup

from clausebook.model import Handbook, ResolvedClause, ResolvedPolicy, Strength
from clausebook.once import aside
from clausebook.printed import PrintedSection, facts
from clausebook.recent import Recent
from clausebook.render.brief import Brief, brief
from clausebook.render.people import Person, person
from clausebook.render.site import Page
from clausebook.render.templates import MARK, html, part

# What fits on three screens of a phone and one side of A4, counted in lines of a phone.
ROOM = 64
_CHARS_A_LINE = 40
# The strongest duties come first: what is left out is what binds least.
_ORDER = (
    Strength.MUST_NOT,
    Strength.MUST,
    Strength.SHOULD_NOT,
    Strength.SHOULD,
    Strength.ADVISED_NOT,
    Strength.ADVISED,
    Strength.MAY,
)
_RANK = {strength: place for place, strength in enumerate(_ORDER)}
_FORBIDDEN = frozenset(strength for strength in Strength if strength.forbids)


Rule = TypeVar("Rule")


@dataclass(slots=True)
class Guide(Generic[Rule]):
    do: list[Rule] = field(default_factory=list)
    dont: list[Rule] = field(default_factory=list)
    may: list[Rule] = field(default_factory=list)
    more: int = 0


def has_guide(policy: ResolvedPolicy) -> bool:
    return any(_rules(section).shorts for section in facts(policy))


def bare(policy: Brief, body: str = "") -> Page:
    """The page; without a body as it stays, what others know of it."""
    return Page(
        path=f"quick/{policy.id}.html",
        title=f"Quick guide: {policy.title}",
        body=body,
        listed=False,
        about=f"{policy.title} in short: what to do, what not to do and whom to ask.",
        code=policy.code,
        stays=not body,
    )


def page(policy: ResolvedPolicy, handbook: Handbook) -> Page:
    people, known = _asked(policy, handbook), _known(handbook)
    rules = tuple([_rules(section) for section in facts(policy)])
    asked = tuple([(known[id].title, about) for id, about in people])
    before, *after = _guides.made(_Guide(policy.id, policy.title, rules, asked), _guide)
    said = [before]
    for (id, _), text in zip(people, after, strict=True):
        said += (known[id].contact, text)
    return bare(brief(policy), "".join(said))


def contacts(handbook: Handbook) -> dict[str, str]:
    """How guides say to reach the holder of each role."""
    return {id: str(one.contact) for id, one in _known(handbook).items()}


def again(
    policy: Brief, raw: bytes, then: Mapping[str, str], now: Mapping[str, str]
) -> Page | None:
    """A page as it is published, with how to reach people as that is now; None where one of them was
    reached in words that could be a part of how another was."""
    other = {then[id].encode(): now[id].encode() for id in then if then[id] != now[id]}
    if not other:
        return bare(policy)
    every = [one.encode() for one in then.values()]
    if any(not was or sum(was in one for one in every) > 1 for was in other):
        return None
    old = re.compile(b"|".join(map(re.escape, other)))
    return replace(bare(policy), stays=False, written=old.sub(lambda was: other[was[0]], raw))


class Short(NamedTuple):
    """A rule as a guide may show it."""

    id: str
    words: str
    strength: Strength


class Rules:
    """The rules of a section as guides may show them: one object for all sections that have the same."""

    __slots__ = ("shorts",)

    def __init__(self, shorts: tuple[Short, ...]) -> None:
        self.shorts = shorts


class _Guide(NamedTuple):
    """What a guide is made of but for how to reach people: its rules by section, and whom it says to
    ask about what."""

    id: str
    title: str
    rules: tuple[Rules, ...]
    asked: tuple[tuple[str, str], ...]


class _Known(NamedTuple):
    """Somebody to ask: the title, and how to reach them."""

    title: str
    contact: Markup


_every: Recent[tuple[Short, ...], Rules] = Recent(each=4)
_guides: Recent[_Guide, tuple[str, ...]] = Recent(each=4)
_abouts: Recent[tuple[str, str], Markup] = Recent()
_contacts: Recent[Person, Markup] = Recent(5_000)


@aside
def _rules(section: PrintedSection) -> Rules:
    shorts = [
        Short(one.id, one.summary, one.strength)
        for one in section.clauses
        if one.strength is not None and one.summary is not None
    ]
    return _every.made(tuple(shorts), Rules)


def _guide(known: _Guide) -> tuple[str, ...]:
    """A guide around how to reach each of those whom it says to ask: schools name other people for
    the same."""
    id, _, rules, asked = known
    shorts = [(one, one) for section in rules for one in section.shorts]
    guide = _chosen(shorts, ROOM - 3 * len(asked))
    lists = [
        [(one.id, one.words) for one in listed] for listed in (guide.do, guide.dont, guide.may)
    ]
    made = html(
        "quick.html",
        policy=known,
        rules=part("_rules.html", "lists", id, *lists),
        more=guide.more,
        people=Markup("".join([_abouts.made(one, _about_html) for one in asked])),
    )
    return tuple(made.split(MARK))


def _about_html(facts: tuple[str, str]) -> Markup:
    return part("_rules.html", "asked", *facts, MARK)


@aside
def _known(handbook: Handbook) -> dict[str, _Known]:
    """Everybody there is to ask."""
    every = [person(role, handbook.edition) for role in handbook.roles.values()]
    return {one.id: _Known(one.title, _contacts.made(one, _contact)) for one in every}


def _contact(one: Person) -> Markup:
    return part("_person.html", "contact", one)


def chosen(clauses: Iterable[ResolvedClause], room: int) -> Guide[ResolvedClause]:
    """As many rules as there is room for, the strongest first, each list in the policy's order."""
    return _chosen(
        [
            (clause, Short(clause.id, clause.summary.words, clause.strength))
            for clause in clauses
            if clause.strength is not None and clause.summary
        ],
        room,
    )


def _chosen(short: Sequence[tuple[Rule, Short]], room: int) -> Guide[Rule]:
    ranked = sorted([one for _, one in short], key=lambda one: _RANK[one.strength])
    kept: set[str] = set()
    # Taken in turn from what is forbidden and what is asked, so that neither crowds the other out.
    forbidden = [one for one in ranked if one.strength in _FORBIDDEN]
    asked = [one for one in ranked if one.strength not in _FORBIDDEN]
    for one in _in_turn(forbidden, asked):
        lines = _lines(one)
        if lines > room:
            break
        room -= lines
        kept.add(one.id)
    guide: Guide[Rule] = Guide(more=len(short) - len(kept))
    for rule, one in short:
        if one.id not in kept:
            continue
        if one.strength in _FORBIDDEN:
            guide.dont.append(rule)
        elif one.strength is Strength.MAY:
            guide.may.append(rule)
        else:
            guide.do.append(rule)
    return guide


def _in_turn(first: list[Short], second: list[Short]) -> Iterable[Short]:
    for index in range(max(len(first), len(second))):
        yield from first[index : index + 1]
        yield from second[index : index + 1]


def _lines(one: Short) -> int:
    return -(-len(one.words) // _CHARS_A_LINE)


def _people(policy: ResolvedPolicy, handbook: Handbook) -> list[tuple[Person, str]]:
    """Whom the policy sends its readers to, and about what; its owner last."""
    roles, edition = handbook.roles, handbook.edition
    return [(person(roles[id], edition), about) for id, about in _asked(policy, handbook)]


def _asked(policy: ResolvedPolicy, handbook: Handbook) -> list[tuple[str, str]]:
    """The same by their roles."""
    asked: dict[str, list[str]] = {}
    for section in facts(policy):
        for id, title in _asks(section):
            if id in handbook.roles:
                asked.setdefault(id, []).append(title)
    owner = policy.held.owner
    if owner and owner in handbook.roles and owner not in asked:
        asked[owner] = []
    return [(id, _about(titles)) for id, titles in list(asked.items())[:4]]


@aside
def _asks(section: PrintedSection) -> tuple[tuple[str, str], ...]:
    """Whom the clauses of a section say to ask, and the title of each."""
    return tuple([(one.clause.ask, one.title) for one in section.clauses if one.clause.ask])


def _about(titles: list[str]) -> str:
    return "; ".join(titles[:2]) if titles else "Anything else about this policy"
