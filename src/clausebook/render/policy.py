"""A policy of a handbook in, its page out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from markupsafe import Markup

from clausebook.model import (
    Handbook,
    LeftOut,
    OpenQuestion,
    Picture,
    ResolvedClause,
    ResolvedPolicy,
    ResolvedSection,
    Retired,
    Text,
    Waiver,
)
from clausebook.recent import Recent
from clausebook.render.control import control
from clausebook.render.origins import Origin, Origins, by_file
from clausebook.render.people import whoever
from clausebook.render.site import PDFS, Heading, Page, pdf_name
from clausebook.render.templates import html, part
from clausebook.render.words import Glossary, html_of, links_of, with_pictures, with_tables


class Reference(NamedTuple):
    """A clause that refers to another: where it is, and what it is called."""

    href: str
    words: str


class Shown(NamedTuple):
    """What the page of a clause is made of, and nothing else: two that are equal look the same."""

    glossary: Glossary
    policy: str
    id: str
    number: str
    title: str
    text: str
    pictures: tuple[Picture, ...]
    cited: tuple[Reference, ...]
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    id: str
    number: str
    title: str
    html: str
    cited: tuple[Reference, ...]
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class SectionView:
    id: str
    number: str
    title: str
    body: Markup
    headings: tuple[Heading, ...]


_clauses: Recent[Shown, tuple[Markup, Heading]] = Recent()


@dataclass(frozen=True, slots=True)
class Moved:
    """An address that was in use once, and where it leads now."""

    id: str
    date: str
    reason: str
    successor: ResolvedClause | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A clause that was left out, by whom and why."""

    title: str
    why: str
    by: str


Cited = Mapping[tuple[str, str], list[Reference]]


# A policy and a clause (or nothing) that are referred to, and the address and words of the clause
# that does so.
Citation = tuple[str, str, str, str]


def citations(policy: ResolvedPolicy) -> list[Citation]:
    """What a policy refers to, itself among others."""
    found: list[Citation] = []
    for clause in policy.clauses:
        for target, id in links_of(clause.text):
            at = target or policy.id
            own = at == policy.id
            href = f"#{clause.id}" if own else f"{policy.id}.html#{clause.id}"
            words = f"{clause.number} {clause.title.words}"
            found.append((at, id, href, words if own else f"{policy.title}, {words}"))
    return found


def cited(made: Iterable[Citation]) -> Cited:
    """Who refers to each clause and policy."""
    found: dict[tuple[str, str], list[Reference]] = {}
    for policy, clause, href, words in made:
        found.setdefault((policy, clause), []).append(Reference(href, words))
    return found


def bare(policy: ResolvedPolicy, headings: tuple[Heading, ...]) -> Page:
    """The page as it stays: without its body, what others know of it."""
    return Page(
        path=f"{policy.id}.html",
        title=policy.title,
        group=policy.policy.area or "Policies",
        about=policy.policy.summary,
        code=policy.fingerprint,
        headings=headings,
        stays=True,
    )


def page(
    policy: ResolvedPolicy,
    handbook: Handbook,
    glossary: Glossary,
    cites: Cited,
    within: int,
    files: Container[str] = (),
) -> Page:
    pdf = f"{PDFS}/{pdf_name(handbook.organisation.id, policy.id)}"
    governors = handbook.edition == "governors"
    origins = Origins(policy, handbook) if governors else None
    sections = [_section(section, policy, glossary, cites, origins) for section in policy.sections]
    held = control(policy, handbook, within, whoever(handbook))
    headings = tuple(
        Heading(
            id=section.id,
            title=f"{section.number} {section.title}",
            under=section.headings,
        )
        for section in sections
    )
    return replace(
        bare(policy, headings),
        stays=False,
        body=html(
            "policy.html",
            policy=policy,
            summary=policy.policy.summary,
            control=held,
            sections=sections,
            pdf=pdf if pdf in files else "",
            quick=any(clause.summary for clause in policy.clauses),
            cited=cites.get((policy.id, ""), []),
            moved=_moved(policy),
            governors=governors,
            not_taken=_not_taken(policy, handbook) if governors else [],
            questions=_questions(policy) if governors else [],
            waivers=_waivers(policy, handbook) if governors else [],
        ),
    )


def _section(
    section: ResolvedSection,
    policy: ResolvedPolicy,
    glossary: Glossary,
    cites: Cited,
    origins: Origins | None,
) -> SectionView:
    made = []
    for clause in section.clauses:
        text = clause.text
        shown = Shown(
            glossary,
            policy.id,
            clause.id,
            clause.number,
            clause.title.words,
            text.markdown,
            clause.pictures,
            tuple(cites.get((policy.id, clause.id), ())),
            origins.of(clause) if origins else None,
        )
        # Most clauses say in one school what they say in another.
        made.append(_clauses.get(shown) or _clauses.put(shown, _clause(shown, text)))
    return SectionView(
        f"section.{section.id}",
        section.number,
        section.title,
        Markup("".join([body for body, _ in made])),
        tuple([heading for _, heading in made]),
    )


def _clause(shown: Shown, text: Text) -> tuple[Markup, Heading]:
    html = with_pictures(shown.glossary.explain(html_of(text)), shown.pictures, shown.policy)
    label = f"{shown.number} {shown.title}"
    view = ClauseView(
        id=shown.id,
        number=shown.number,
        title=shown.title,
        html=with_tables(html, label) if "<table>" in html else html,
        cited=shown.cited,
        origin=shown.origin,
    )
    return part("_clause.html", "clause", view), Heading(id=shown.id, title=label)


def _moved(policy: ResolvedPolicy) -> list[Moved]:
    """Addresses that readers may still hold: each says where it went."""
    printed = {clause.id: clause for clause in policy.clauses}
    return [
        Moved(id, str(retired.date), retired.reason, _successor(retired, policy, printed))
        for id, retired in policy.policy.retired.items()
        if id not in printed
    ]


def _successor(
    retired: Retired, policy: ResolvedPolicy, printed: Mapping[str, ResolvedClause]
) -> ResolvedClause | None:
    """The clause that stands in its place now, through any that were retired in turn."""
    seen: set[str] = set()
    here = retired.successor
    while here and here not in printed and here not in seen:
        seen.add(here)
        later = policy.policy.retired.get(here)
        here = later.successor if later else None
    return printed.get(here) if here else None


def _not_taken(policy: ResolvedPolicy, handbook: Handbook) -> list[NotTaken]:
    """What the organisation or a group above it left out on purpose."""
    files = {tier.at.file for tier in handbook.tiers}
    return [
        NotTaken(_plain_title(left, policy), left.why, by_file(left.at.file, handbook.tiers))
        for left in policy.left_out
        if left.at.file in files
    ]


def _plain_title(left: LeftOut, policy: ResolvedPolicy) -> str:
    """The clause's own title where it holds no names to fill in, else its id as words."""
    clause = policy.policy.clauses.get(left.clause)
    if clause is not None and "{" not in clause.title.source:
        return clause.title.source
    return left.clause.replace("-", " ").capitalize()


def _questions(policy: ResolvedPolicy) -> list[OpenQuestion]:
    return list(policy.open_questions)


def _waivers(policy: ResolvedPolicy, handbook: Handbook) -> list[Waiver]:
    return [w for w in handbook.organisation.waivers if w.policy == policy.id]
