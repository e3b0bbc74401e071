"""A handbook in, its front page out: search, whom to tell, common questions, every policy."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import NamedTuple

from markupsafe import Markup

from clausebook.model import Handbook, ResolvedPolicy
from clausebook.recent import Recent
from clausebook.render.control import Due, due_of, state_words
from clausebook.render.people import Person, whoever
from clausebook.render.site import PDFS, Heading, Page, whole_name
from clausebook.render.templates import html, part
from clausebook.typed import dataclass

OTHER = "Policies"
EDITIONS = {
    "staff": "For everyone who works here",
    "governors": "For governors and trustees",
    "public": "For parents, carers and the public",
}


class Entry(NamedTuple):
    """A policy in the list of all."""

    id: str
    title: str
    summary: str
    state: str
    draft: bool
    due: Due | None
    quick: bool


@dataclass(frozen=True, slots=True)
class Question:
    words: str
    href: str


def page(
    handbook: Handbook,
    within: int,
    files: Container[str],
    everybody: list[Person],
    guides: Container[str],
    asked: Iterable[Asked],
) -> Page:
    """The front page, for some people, policies that have a quick guide, and common questions."""
    whole = f"{PDFS}/{whole_name(handbook.organisation.id)}"
    entries = {
        id: _entry(policy, handbook, within, quick=id in guides)
        for id, policy in handbook.policies.items()
    }
    areas: dict[str, list[Entry]] = {}
    for id, policy in handbook.policies.items():
        areas.setdefault(policy.policy.area or OTHER, []).append(entries[id])
    by_title = tuple(sorted(entries.values(), key=lambda e: e.title.casefold()))
    return Page(
        path="index.html",
        title=handbook.organisation.name,
        about=f"The policies of {handbook.organisation.name}, searchable.",
        headings=(
            Heading(id="cb.search", title="Find a rule"),
            Heading(id="cb.contacts", title="Whom do I tell?"),
            Heading(id="cb.questions", title="Common questions"),
            Heading(id="cb.policies", title="All policies"),
        ),
        body=html(
            "home.html",
            handbook=handbook,
            audience=EDITIONS[handbook.edition],
            people=[one for one in everybody if one.about or one.rules],
            questions=_in_own_words(asked, handbook),
            areas={area: _listed.made(("area", tuple(of)), _list) for area, of in areas.items()},
            a_to_z=_listed.made(("a_to_z", by_title), _list) if len(by_title) > 1 else "",
            whole=whole if whole in files else "",
            base="",
            variant="page",
        ),
    )


# Lists of policies, each with the macro that makes it: many schools have the same.
_listed: Recent[tuple[str, tuple[Entry, ...]], Markup] = Recent(20)


def _list(key: tuple[str, tuple[Entry, ...]]) -> Markup:
    return part("_home.html", *key)


def _entry(policy: ResolvedPolicy, handbook: Handbook, within: int, *, quick: bool) -> Entry:
    return Entry(
        id=policy.id,
        title=policy.title,
        summary=policy.policy.summary,
        state=state_words(policy),
        draft=policy.state == "draft",
        due=due_of(policy, handbook, within, whoever(handbook)),
        quick=quick,
    )


# A question as the library asks it, and where its answer is.
Asked = tuple[str, str]


def common(policy: ResolvedPolicy) -> list[Asked]:
    """What a policy says is asked most, as far as its answer is here."""
    return [
        (clause.clause.questions[0], f"{policy.id}.html#{clause.id}")
        for wanted in policy.policy.common
        for clause in policy.facts
        if clause.id == wanted and clause.clause.questions
    ]


def _questions(handbook: Handbook) -> list[Question]:
    """The common questions of all policies."""
    every = (one for policy in handbook.policies.values() for one in common(policy))
    return _in_own_words(every, handbook)


def _in_own_words(asked: Iterable[Asked], handbook: Handbook) -> list[Question]:
    return [Question(in_own_words(words, handbook), href) for words, href in asked]


def in_own_words(question: str, handbook: Handbook) -> str:
    """A question as staff here would ask it: questions are written with the library's own word."""
    learner = handbook.terms.get("learner")
    if learner is None or learner.silent:
        return question
    item = learner.items[0]
    words = {"pupil": item.words, "pupils": item.many or item.words}
    return re.sub(r"\bpupils?\b", lambda found: words[found[0]], question)
