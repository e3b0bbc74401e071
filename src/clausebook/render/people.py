"""Whom to tell: the roles of a handbook, as far as its edition may show who holds them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from clausebook.model import Handbook, Policy, ResolvedPolicy, Role
from clausebook.once import aside
from clausebook.printed import Printed, PrintedSection, facts
from clausebook.recent import Recent
from clausebook.typed import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A role as a page shows it."""

    id: str
    title: str
    about: str
    name: str
    phone: str
    email: str
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def dial(self) -> str:
        return "".join(char for char in self.phone if char.isdigit() or char == "+")


def person(role: Role, edition: str, rules: Iterable[tuple[str, str]] = ()) -> Person:
    """A role with the address and words of each rule that sends readers to it."""
    shown = {text for text, _ in role.shown(edition)}

    def kept(text: str | None) -> str:
        return text if text and text in shown else ""

    return Person(
        id=role.id,
        title=role.title[:1].upper() + role.title[1:],
        about=role.about or "",
        name=kept(role.name),
        phone=kept(role.phone),
        email=kept(role.email),
        rules=tuple(rules),
    )


# A role, and the address and words of a rule that sends readers to it.
Named = tuple[str, str, str]


def people(
    handbook: Handbook, named: Iterable[Named] | None = None, owners: Container[str] | None = None
) -> list[Person]:
    """Everybody a reader may be sent to: those with something to tell them come first.

    `named` and `owners`: who is named by the rules of all policies, and who owns one, where that is
    known already.
    """
    if named is None:
        named = [one for policy in handbook.policies.values() for one in names(policy)]
    rules: dict[str, list[tuple[str, str]]] = {}
    for id, href, words in named:
        rules.setdefault(id, []).append((href, words))
    if owners is None:
        owners = {policy.held.owner for policy in handbook.policies.values() if policy.held.owner}
    found = [
        person(role, handbook.edition, rules.get(id, ()))
        for id, role in handbook.roles.items()
        if role.about or id in rules or id in owners
    ]
    return sorted(found, key=lambda one: not one.about)


def names(policy: ResolvedPolicy) -> list[Named]:
    """The roles that a policy's rules name, or say to ask."""
    found: list[Named] = []
    answers = _answers(policy)
    for section in facts(policy):
        named = _names(section)
        if answers.keys().isdisjoint(named.answers):
            found += named.fixed
        else:
            found += _answered.made((section, tuple(answers.items())), _with_answers)
    return found


_Answered = tuple[PrintedSection, tuple[tuple[str, tuple[str, ...]], ...]]
_answered: Recent[_Answered, tuple[Named, ...]] = Recent(each=4)


def _with_answers(key: _Answered) -> tuple[Named, ...]:
    """Who is named in a section, some of them in answers."""
    section, every = key
    answers = dict(every)
    return tuple(
        [
            (id, f"{section.policy}.html#{one.id}", one.title)
            for one in section.clauses
            for id in dict.fromkeys(_named(one, answers))
        ]
    )


def _answers(policy: ResolvedPolicy) -> dict[str, tuple[str, ...]]:
    """The roles in a policy's answers, by the name that stands for the answer."""
    values = policy.values
    return {f"answer.{id}": values[id].ids for id in _asking(policy.policy) if id in values}


@aside
def _asking(policy: Policy) -> tuple[str, ...]:
    """The parameters whose answers are roles."""
    every = policy.parameters.items()
    return tuple([id for id, one in every if one.type in ("role", "roles")])


class _Names(NamedTuple):
    """Who is named in a section where no role is an answer, and the answers that it prints."""

    fixed: tuple[Named, ...]
    answers: frozenset[str]


@aside
def _names(section: PrintedSection) -> _Names:
    page = f"{section.policy}.html#"
    return _Names(
        fixed=tuple(
            [
                (id, f"{page}{one.id}", one.title)
                for one in section.clauses
                for id in _own_names(one)
            ]
        ),
        answers=frozenset[str]().union(*[one.text.answers for one in section.clauses]),
    )


@aside
def _own_names(one: Printed) -> tuple[str, ...]:
    """Whom a clause names where no role is an answer."""
    return tuple(dict.fromkeys(_named(one, {})))


def _named(one: Printed, answers: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The roles a rule names, by itself or in an answer, and the one it says to ask."""
    asked = one.clause.ask
    named = [asked] if asked else []
    for slot in one.text.slots:
        if slot in answers:
            named += answers[slot]
        elif slot.startswith("role."):
            named.append(slot.removeprefix("role."))
    return named


@aside
def whoever(handbook: Handbook) -> str:
    """The role to ask when nothing else says whom: the head, or the first with something to ask."""
    for one in ("head", *(role.id for role in handbook.roles.values() if role.about)):
        if one in handbook.roles:
            return handbook.roles[one].title
    return ""
