"""A policy in, its quick guide out: do, do not, you may, and whom to ask, on one side of paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from clausebook.model import Handbook, ResolvedClause, ResolvedPolicy, Strength
from clausebook.recent import Recent
from clausebook.render.people import Person, person
from clausebook.render.site import Page
from clausebook.render.templates import html, part

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


@dataclass(slots=True)
class Guide:
    do: list[ResolvedClause] = field(default_factory=list)
    dont: list[ResolvedClause] = field(default_factory=list)
    may: list[ResolvedClause] = field(default_factory=list)
    more: int = 0


def has_guide(policy: ResolvedPolicy) -> bool:
    return any(clause.summary and clause.strength for clause in policy.clauses)


def bare(policy: ResolvedPolicy) -> Page:
    """The page as it stays: without its body, what others know of it."""
    return Page(
        path=f"quick/{policy.id}.html",
        title=f"Quick guide: {policy.title}",
        listed=False,
        about=f"{policy.title} in short: what to do, what not to do and whom to ask.",
        code=policy.fingerprint,
        stays=True,
    )


def page(policy: ResolvedPolicy, handbook: Handbook) -> Page:
    people = _people(policy, handbook)
    guide = chosen(policy.clauses, ROOM - 3 * len(people))
    body = html(
        "quick.html", policy=policy, rules=_rules(policy, guide), more=guide.more, people=people
    )
    return replace(bare(policy), body=body, stays=False)


# A rule by its id, with its words.
_Rules = tuple[tuple[str, str], ...]
_lists: Recent[tuple[str, _Rules, _Rules, _Rules], Markup] = Recent()


def _rules(policy: ResolvedPolicy, guide: Guide) -> Markup:
    """The lists of a guide, which are the same in most schools."""
    key = (policy.id, _said(guide.do), _said(guide.dont), _said(guide.may))
    return _lists.made(key, lambda key: part("_rules.html", "lists", *key))


def _said(clauses: list[ResolvedClause]) -> _Rules:
    return tuple([(clause.id, clause.summary.words) for clause in clauses if clause.summary])


def chosen(clauses: Iterable[ResolvedClause], room: int) -> Guide:
    """As many rules as there is room for, the strongest first, each list in the policy's order."""
    short = [
        (clause, clause.strength)
        for clause in clauses
        if clause.strength is not None and clause.summary
    ]
    ranked = sorted(short, key=lambda one: _RANK[one[1]])
    kept: set[str] = set()
    # Taken in turn from what is forbidden and what is asked, so that neither crowds the other out.
    forbidden = [clause for clause, strength in ranked if strength in _FORBIDDEN]
    asked = [clause for clause, strength in ranked if strength not in _FORBIDDEN]
    for clause in _in_turn(forbidden, asked):
        lines = _lines(clause)
        if lines > room:
            break
        room -= lines
        kept.add(clause.id)
    guide = Guide(more=len(short) - len(kept))
    for clause, strength in short:
        if clause.id not in kept:
            continue
        if strength in _FORBIDDEN:
            guide.dont.append(clause)
        elif strength is Strength.MAY:
            guide.may.append(clause)
        else:
            guide.do.append(clause)
    return guide


def _in_turn(first: list[ResolvedClause], second: list[ResolvedClause]) -> Iterable[ResolvedClause]:
    for index in range(max(len(first), len(second))):
        yield from first[index : index + 1]
        yield from second[index : index + 1]


def _lines(clause: ResolvedClause) -> int:
    words = clause.summary.words if clause.summary else ""
    return -(-len(words) // _CHARS_A_LINE)


def _people(policy: ResolvedPolicy, handbook: Handbook) -> list[tuple[Person, str]]:
    """Whom the policy sends its readers to, and about what; its owner last."""
    asked: dict[str, list[str]] = {}
    for clause in policy.clauses:
        if clause.clause.ask in handbook.roles and clause.clause.ask:
            asked.setdefault(clause.clause.ask, []).append(clause.title.words)
    owner = policy.held.owner
    if owner and owner in handbook.roles and owner not in asked:
        asked[owner] = []
    return [
        (person(handbook.roles[id], handbook.edition), _about(titles))
        for id, titles in list(asked.items())[:4]
    ]


def _about(titles: list[str]) -> str:
    return "; ".join(titles[:2]) if titles else "Anything else about this policy"
