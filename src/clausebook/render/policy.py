"""A policy of a handbook in, its page out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from clausebook.gaps import Cut, gaps_in, letters
from clausebook.model import (
    Handbook,
    LeftOut,
    OpenQuestion,
    ResolvedClause,
    ResolvedPolicy,
    ResolvedSection,
    Retired,
    Waiver,
)
from clausebook.once import aside
from clausebook.printed import Printed, PrintedSection, Shared, facts, shared
from clausebook.recent import Recent
from clausebook.render.brief import Brief, brief
from clausebook.render.control import CODE, Control, Row, stated
from clausebook.render.origins import Filled, Origin, Origins, by_file
from clausebook.render.people import whoever
from clausebook.render.site import PDFS, Heading, Page, pdf_name
from clausebook.render.templates import MARK, around, html, part
from clausebook.render.words import HTML, Glossary, links_of, said_html, with_pictures, with_tables
from clausebook.typed import dataclass


class Reference(NamedTuple):
    """A clause that refers to another: where it is, and what it is called."""

    href: str
    words: str


class Shown(NamedTuple):
    """What the page of a clause is made of, and nothing else: two that are equal look the same."""

    glossary: Glossary
    policy: str
    printed: Printed
    cited: tuple[Reference, ...]
    origin: Origin | None


# The same of a section: how many words are to stand in its gaps, and for each of its clauses who
# refers to it and where its words come from, if any has one. There are too many for a class.
ShownSection = tuple[
    Glossary,
    PrintedSection,
    int,
    tuple[tuple[Reference, ...], ...] | None,
    tuple[Origin, ...] | None,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    id: str
    number: str
    title: str
    html: str
    cited: tuple[Reference, ...]
    origin: Origin | None
    filled: str


class SectionView(NamedTuple):
    """A section of a page, in parts: its clauses are kept only once. One that has gaps is cut there."""

    parts: tuple[Markup, ...]
    heading: Heading
    cut: Cut[str] | None


_sections: Recent[ShownSection, SectionView] = Recent(each=4)
_tops: Recent[tuple[str, str, str], Markup] = Recent()
_rows: Recent[tuple[str, int], tuple[Markup, ...]] = Recent()
_clauses: Recent[Shown, tuple[Markup, Heading]] = Recent()


class Around(NamedTuple):
    """What a page is made of beside its sections, its check code and what few pages show: two that
    are equal look the same."""

    id: str
    title: str
    summary: str
    control: Control
    pdf: str
    quick: bool
    cited: tuple[Reference, ...]
    governors: bool


NOTHING = dict.fromkeys(("moved", "not_taken", "questions", "waivers"), ())
_arounds: Recent[Around, tuple[Cut[str], Cut[str]]] = Recent(each=10)


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


# Who refers to the clauses of a policy, by their ids, and to it as a whole, by no id.
Cited = Mapping[str, list[Reference]]


# A policy and a clause (or nothing) that are referred to, and the address and words of the clause
# that does so.
Citation = tuple[str, str, str, str]


def citations(policy: ResolvedPolicy) -> list[Citation]:
    """What a policy refers to, itself among others."""
    found: list[Citation] = []
    for section in [one.by(HTML) for one in shared(policy)]:
        found += _cites.made((section, policy.title), _citations)
    return found


_cites: Recent[tuple[PrintedSection, str], tuple[Citation, ...]] = Recent(each=4)


def _citations(key: tuple[PrintedSection, str]) -> tuple[Citation, ...]:
    """What the clauses of a section refer to: others are told the title of its policy too."""
    section, title = key
    found: list[Citation] = []
    for one in section.clauses:
        words = f"{one.number} {one.title}"
        for target, id in links_of(one.text):
            if target in ("", section.policy):
                found.append((section.policy, id, f"#{one.id}", words))
            else:
                found.append((target, id, f"{section.policy}.html#{one.id}", f"{title}, {words}"))
    return tuple(found)


def cited(made: Iterable[Citation]) -> Mapping[str, Cited]:
    """Who refers to each policy."""
    found: dict[str, dict[str, list[Reference]]] = {}
    for policy, clause, href, words in made:
        found.setdefault(policy, {}).setdefault(clause, []).append(Reference(href, words))
    return found


@aside
def _ids(section: PrintedSection) -> tuple[str, ...]:
    return tuple([one.id for one in section.clauses])


def bare(policy: Brief, headings: tuple[Heading, ...], body: str = "") -> Page:
    """The page; without a body as it stays, what others know of it."""
    return Page(
        path=f"{policy.id}.html",
        title=policy.title,
        body=body,
        group=policy.area or "Policies",
        about=policy.summary,
        code=policy.code,
        headings=headings,
        stays=not body,
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
    views = [
        _section(one, resolved, glossary, cites, origins)
        for one, resolved in zip(shared(policy), policy.sections, strict=True)
    ]
    known = Around(
        id=policy.id,
        title=policy.title,
        summary=policy.policy.summary,
        control=stated(policy, handbook, within, whoever(handbook)),
        pdf=pdf if pdf in files else "",
        quick=any(map(_summed_up, facts(policy))),
        cited=tuple(cites.get("", ())),
        governors=governors,
    )
    seldom = _seldom(policy, handbook)
    rare = any(seldom.values())
    before, after = _around(known, seldom) if rare else _arounds.made(known, _around)
    # The sections are nearly all of a page: they are put where they belong, and copied once.
    own = (policy.fingerprint,)
    texts = before.parts(own)
    for _, parts in views:
        texts += parts
    texts += after.parts(own)
    headings = tuple([heading for heading, _ in views])
    return bare(brief(policy), headings, "".join(texts))


def _around(known: Around, seldom: Mapping[str, object] = NOTHING) -> tuple[Cut[str], Cut[str]]:
    """What stands around the sections of a page, cut where its check code belongs."""
    code, sections = f"{MARK}code", f"{MARK}sections"
    rows = [*known.control.rows, Row(CODE, (code,))]
    made = html(
        "policy.html",
        policy=known,
        control=known.control,
        summary=known.summary,
        rows=Markup("".join(map(_row, rows))),
        sections=sections,
        pdf=known.pdf,
        quick=known.quick,
        cited=known.cited,
        governors=known.governors,
        **seldom,
    )
    before, after = made.split(sections)
    return Cut(before, (code,)), Cut(after, (code,))


def _seldom(policy: ResolvedPolicy, handbook: Handbook) -> dict[str, object]:
    """What few pages show."""
    governors = handbook.edition == "governors"
    return {
        "moved": _moved(policy),
        "not_taken": _not_taken(policy, handbook) if governors else [],
        "questions": _questions(policy) if governors else [],
        "waivers": _waivers(policy, handbook) if governors else [],
    }


@aside
def _summed_up(section: PrintedSection) -> bool:
    """Whether any of its clauses has a summary."""
    return any(one.clause.summary for one in section.clauses)


def _row(row: Row) -> Markup:
    """A row of what is known of a policy: most have the same label as in any other."""
    before, *after = _rows.made((row.label, len(row.lines)), _row_around)
    lines = [x for line, text in zip(row.lines, after, strict=True) for x in (escape(line), text)]
    return Markup("".join([before, *lines]))


def _row_around(facts: tuple[str, int]) -> tuple[Markup, ...]:
    label, lines = facts
    return around("_policy.html", "row", Row(label, (MARK,) * lines))


def _section(
    one: Shared,
    resolved: ResolvedSection,
    glossary: Glossary,
    cites: Cited,
    origins: Origins | None,
) -> tuple[Heading, Sequence[str]]:
    """A section's heading, and its part of the page."""
    section = one.whole if origins else glossary.of(one)
    cited: tuple[tuple[Reference, ...], ...] | None = None
    if cites and not cites.keys().isdisjoint(_ids(section)):
        cited = tuple([tuple(cites.get(clause.id, ())) for clause in section.clauses])
        if one.words and any(gaps_in(reference.words) for each in cited for reference in each):
            section = one.whole  # no letter of theirs may be taken for a gap
    told = tuple(map(origins.of, resolved.clauses)) if origins else None
    shown = (glossary, section, one.gapped(section), cited, told)
    # Many sections say in one school what they say in another, and most clauses do.
    view = _sections.made(shown, _section_view)
    return view.heading, view.parts if view.cut is None else view.cut.parts(one.words)


def _section_view(shown: ShownSection) -> SectionView:
    glossary, section, gapped, cited, origins = shown
    made: list[tuple[Markup, Heading]] = []
    for place, one in enumerate(section.clauses):
        clause = Shown(
            glossary,
            section.policy,
            one,
            cited[place] if cited else (),
            origins[place] if origins else None,
        )
        made.append(_clauses.made(clause, _clause))
    id, title = f"section.{section.id}", f"{section.number} {section.title}"
    top = _tops.made((id, section.number, section.title), _top)
    parts = (top, *[body for body, _ in made])
    heading = Heading(id=id, title=title, under=tuple([heading for _, heading in made]))
    if gapped:
        return SectionView((), heading, Cut("".join(parts), letters(gapped)))
    return SectionView(parts, heading, None)


def _top(facts: tuple[str, str, str]) -> Markup:
    return part("_policy.html", "section", *facts)


def _clause(shown: Shown) -> tuple[Markup, Heading]:
    one, origin = shown.printed, shown.origin
    html = with_pictures(shown.glossary.explain(said_html(one.text)), one.pictures, shown.policy)
    label = f"{one.number} {one.title}"
    filled = origin.filled if origin else ()
    origin = origin._replace(filled=()) if origin else None
    frame = Frame(one.id, one.number, one.title, shown.cited, origin, bool(filled))
    before, *after = _frames.made(frame, _frame)
    html = with_tables(html, label) if "<table>" in html else html
    listed = "".join([_filled.made(value, _filled_html) for value in filled])
    parts = (before, html, after[0], listed, *after[1:])
    return Markup("".join(parts)), Heading(id=one.id, title=label)


class Frame(NamedTuple):
    """What stands around the text of a clause on its page, and around the words that were filled in,
    where any were."""

    id: str
    number: str
    title: str
    cited: tuple[Reference, ...]
    origin: Origin | None
    filled: bool


_frames: Recent[Frame, tuple[Markup, ...]] = Recent()
_filled: Recent[Filled, Markup] = Recent()


def _frame(frame: Frame) -> tuple[Markup, ...]:
    view = ClauseView(
        id=frame.id,
        number=frame.number,
        title=frame.title,
        html=MARK,
        cited=frame.cited,
        origin=frame.origin,
        filled=MARK if frame.filled else "",
    )
    return around("_clause.html", "clause", view)


def _filled_html(one: Filled) -> Markup:
    return part("_clause.html", "filled", one)


def _moved(policy: ResolvedPolicy) -> list[Moved]:
    """Addresses that readers may still hold: each says where it went."""
    if not policy.policy.retired:
        return []
    printed = {clause.id: clause for clause in policy.facts}
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
