"""Clauses as schools print them: one object for all schools that print a clause in the same words.

In: a resolved clause. Out: what any page or file may say of it, but for where its words come from.
What is made of it is kept beside it (see `once.aside`), and goes when it does.
"""

from __future__ import annotations

from typing import Any

from clausebook.blanks import Filled, filled
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
        "__dict__", "clause", "covers", "fingerprint", "number", "pictures", "strength", "summary", "text",
        "title",
    )  # fmt: skip

    clause: Clause
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
        self.clause, self.number = resolved.clause, resolved.number
        self.strength, self.title, self.text = resolved.strength, resolved.title.words, text
        self.summary = summary.words if summary else None
        self.covers, self.pictures = resolved.covers, resolved.pictures
        self.fingerprint = resolved.fingerprint

    @property
    def id(self) -> str:
        return self.clause.id


class PrintedSection:
    """A section of a policy, as all those have it who print all of its clauses in the same words."""

    __slots__ = ("__dict__", "clauses", "id", "made", "number", "policy", "title")

    def __init__(
        self, policy: str, id: str, number: str, title: str, clauses: tuple[Printed, ...]
    ) -> None:
        self.policy, self.id, self.number, self.title = policy, id, number, title
        self.clauses = clauses
        self.made: dict[object, Any] = {}


_clauses: Recent[tuple[object, ...], Printed] = Recent()
_sections: Recent[tuple[object, ...], PrintedSection] = Recent(each=4)


@aside
def sections(policy: ResolvedPolicy) -> tuple[PrintedSection, ...]:
    """The sections of a policy by what is printed in them."""
    return tuple([_section(policy.id, section) for section in policy.sections])


def _section(policy: str, section: ResolvedSection) -> PrintedSection:
    clauses = tuple(map(_printed, section.clauses))
    key = (policy, section.id, section.number, section.title, clauses)
    found = _sections.get(key)
    if found is None:
        made = PrintedSection(policy, section.id, section.number, section.title, clauses)
        found = _sections.put(key, made)
    return found


def _printed(resolved: ResolvedClause) -> Printed:
    text, summary = filled(resolved.text), resolved.summary
    # No other clause or strength can come to have one of these numbers: what is kept holds both.
    key = (
        id(resolved.clause),
        id(resolved.strength),
        resolved.number,
        filled(resolved.title),
        text,
        filled(summary) if summary else None,
    )
    return _clauses.get(key) or _clauses.put(key, Printed(resolved, text))
