"""Whom to tell: the roles of a handbook, as far as its edition may show who holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clausebook.model import Handbook, ResolvedClause, ResolvedPolicy, Role


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


def people(handbook: Handbook) -> list[Person]:
    """Everybody a reader may be sent to: those with something to tell them come first."""
    rules = _rules(handbook)
    owners = {policy.held.owner for policy in handbook.policies.values() if policy.held.owner}
    found = [
        person(role, handbook.edition, rules.get(id, ()))
        for id, role in handbook.roles.items()
        if role.about or id in rules or id in owners
    ]
    return sorted(found, key=lambda one: not one.about)


def _rules(handbook: Handbook) -> dict[str, list[tuple[str, str]]]:
    """The rules that name each role, or say to ask it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for policy in handbook.policies.values():
        for clause in policy.clauses:
            for id in dict.fromkeys(_named(clause, policy)):
                rule = (f"{policy.id}.html#{clause.id}", clause.title.words)
                found.setdefault(id, []).append(rule)
    return found


def _named(clause: ResolvedClause, policy: ResolvedPolicy) -> Iterable[str]:
    """The roles a rule names, by itself or in an answer, and the one it says to ask."""
    if clause.clause.ask:
        yield clause.clause.ask
    for slot in clause.text.slots:
        space, _, key = slot.partition(".")
        if space == "role":
            yield key
        elif space == "answer" and key in policy.values:
            parameter = policy.policy.parameters.get(key)
            if parameter is not None and parameter.type in ("role", "roles"):
                yield from policy.values[key].ids


def whoever(handbook: Handbook) -> str:
    """The role to ask when nothing else says whom: the head, or the first with something to ask."""
    for one in ("head", *(role.id for role in handbook.roles.values() if role.about)):
        if one in handbook.roles:
            return handbook.roles[one].title
    return ""
