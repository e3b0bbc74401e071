"""A policy in, its quick guide out: do, do not, you may, and whom to ask, on one side of paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from clausebook.render.templates import MARK, around, html, part

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
    return any(clause.clause.summary and clause.strength for clause in policy.facts)


def bare(policy: Brief) -> Page:
    """The page as it stays: without its body, what others know of it."""
    return Page(
        path=f"quick/{policy.id}.html",
        title=f"Quick guide: {policy.title}",
        listed=False,
        about=f"{policy.title} in short: what to do, what not to do and whom to ask.",
        code=policy.code,
        stays=True,
    )


def page(policy: ResolvedPolicy, handbook: Handbook) -> Page:
    people = _people(policy, handbook)
    rules, more = _guides.made(
        (policy.id, ROOM - 3 * len(people), tuple(map(_short, facts(policy)))), _guide
    )
    body = html(
        "quick.html",
        policy=policy,
        rules=rules,
        more=more,
        people=Markup("".join([_asked(*one) for one in people])),
    )
    return replace(bare(brief(policy)), body=body, stays=False)


class Short(NamedTuple):
    """A rule as a guide may show it."""

    id: str
    words: str
    strength: Strength


_Shorts = tuple[tuple[Short, ...], ...]
# A policy, how much room there is for its rules, and these by section.
_Key = tuple[str, int, _Shorts]
_guides: Recent[_Key, tuple[Markup, int]] = Recent(each=4)
_abouts: Recent[tuple[str, str], tuple[Markup, ...]] = Recent()
_contacts: Recent[Person, Markup] = Recent(5_000)


@aside
def _short(section: PrintedSection) -> tuple[Short, ...]:
    return tuple(
        [
            Short(one.id, one.summary, one.strength)
            for one in section.clauses
            if one.strength is not None and one.summary is not None
        ]
    )


def _guide(key: _Key) -> tuple[Markup, int]:
    """The lists of a guide, which are the same in most schools, and how many rules they leave out."""
    policy, room, shorts = key
    guide = _chosen([(one, one) for section in shorts for one in section], room)
    lists = [
        [(one.id, one.words) for one in listed] for listed in (guide.do, guide.dont, guide.may)
    ]
    return part("_rules.html", "lists", policy, *lists), guide.more


def _asked(one: Person, about: str) -> Markup:
    """Whom to ask, and about what: schools ask other people about the same things."""
    before, *after = _abouts.made((one.title, about), _about_html)
    return Markup(_contacts.made(one, _contact).join((before, *after)))


def _about_html(facts: tuple[str, str]) -> tuple[Markup, ...]:
    return around("_rules.html", "asked", *facts, MARK)


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
    asked: dict[str, list[str]] = {}
    for section in facts(policy):
        for id, title in _asks(section):
            if id in handbook.roles:
                asked.setdefault(id, []).append(title)
    owner = policy.held.owner
    if owner and owner in handbook.roles and owner not in asked:
        asked[owner] = []
    return [
        (person(handbook.roles[id], handbook.edition), _about(titles))
        for id, titles in list(asked.items())[:4]
    ]


@aside
def _asks(section: PrintedSection) -> tuple[tuple[str, str], ...]:
    """Whom the clauses of a section say to ask, and the title of each."""
    return tuple([(one.clause.ask, one.title) for one in section.clauses if one.clause.ask])


def _about(titles: list[str]) -> str:
    return "; ".join(titles[:2]) if titles else "Anything else about this policy"
