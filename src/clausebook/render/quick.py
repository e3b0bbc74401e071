"""A policy in, its quick guide out: do, do not, you may, and whom to ask, on one side of paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clausebook.model import Handbook, ResolvedClause, ResolvedPolicy, Strength
from clausebook.render.people import Person, person
from clausebook.render.site import Page
from clausebook.render.templates import html

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


@dataclass(slots=True)
class Guide:
    do: list[ResolvedClause] = field(default_factory=list)
    dont: list[ResolvedClause] = field(default_factory=list)
    may: list[ResolvedClause] = field(default_factory=list)
    more: int = 0


def has_guide(policy: ResolvedPolicy) -> bool:
    return any(clause.summary and clause.strength for clause in policy.clauses)


def page(policy: ResolvedPolicy, handbook: Handbook) -> Page:
    people = _people(policy, handbook)
    guide = chosen(policy.clauses, ROOM - 3 * len(people))
    return Page(
        path=f"quick/{policy.id}.html",
        title=f"Quick guide: {policy.title}",
        listed=False,
        about=f"{policy.title} in short: what to do, what not to do and whom to ask.",
        code=policy.fingerprint,
        body=html("quick.html", policy=policy, guide=guide, people=people),
    )


def chosen(clauses: Iterable[ResolvedClause], room: int) -> Guide:
    """As many rules as there is room for, the strongest first, each list in the policy's order."""
    short = [clause for clause in clauses if clause.summary and clause.strength]
    ranked = sorted(short, key=lambda clause: _ORDER.index(clause.strength or Strength.MAY))
    kept: set[str] = set()
    # Taken in turn from what is forbidden and what is asked, so that neither crowds the other out.
    forbidden = [c for c in ranked if c.strength and c.strength.forbids]
    asked = [c for c in ranked if c.strength and not c.strength.forbids]
    for clause in _in_turn(forbidden, asked):
        lines = _lines(clause)
        if lines > room:
            break
        room -= lines
        kept.add(clause.id)
    guide = Guide(more=len(short) - len(kept))
    for clause in short:
        if clause.id not in kept:
            continue
        if clause.strength and clause.strength.forbids:
            guide.dont.append(clause)
        elif clause.strength is Strength.MAY:
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
