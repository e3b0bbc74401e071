"""A policy of a handbook in, the HTML of its printed document out: cover, contents, rules, notes, history."""

from __future__ import annotations

import html as escaping
import re
from dataclasses import dataclass

import segno

from clausebook.changes import Change
from clausebook.handbook_file import note
from clausebook.model import Brand, Handbook, ResolvedClause, ResolvedPolicy, brand_of
from clausebook.render.control import Control, Row, control
from clausebook.render.people import whoever
from clausebook.render.site import pdf_name
from clausebook.render.templates import html
from clausebook.render.words import Glossary, pictures_of, text_html, with_pictures
from clausebook.render.words import address as address_of
from clausebook.shipped import shipped

_LINK = re.compile(r'<a href="(https?://[^"]*)">(.*?)</a>', re.S)
_PAGE = re.compile(r'href="([a-z0-9-]+)\.html(#[a-z0-9-]+)?"')
# About what fits on a page, to tell beforehand whether a document is long enough for contents.
WORDS_A_PAGE = 420
CONTENTS_FROM = 6
DRAFT = "draft.svg"


@dataclass(frozen=True, slots=True)
class Note:
    """An address that a reader of paper cannot click, once per document."""

    number: int
    words: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The HTML of a document and what goes with it."""

    name: str
    title: str
    html: str
    assets: dict[str, bytes]


def document(
    policy: ResolvedPolicy,
    handbook: Handbook,
    glossary: Glossary,
    *,
    changes: tuple[Change, ...] | None = None,
    since: str = "",
    contents: bool,
) -> Document:
    notes = _Notes(handbook.organisation.id)
    sections = [
        {
            "id": f"section.{section.id}",
            "number": section.number,
            "title": section.title,
            "clauses": [
                {
                    "id": clause.id,
                    "number": clause.number,
                    "title": clause.title.words,
                    "html": with_pictures(
                        notes.without_addresses(text_html(clause.text.markdown)),
                        clause.pictures,
                        policy.id,
                    ),
                }
                for clause in section.clauses
            ],
        }
        for section in policy.sections
    ]
    texts = [text_html(clause.text.markdown) for clause in policy.clauses]
    governors = handbook.edition == "governors"
    held = control(policy, handbook, 90, whoever(handbook))
    brand = brand_of(handbook.tiers)
    address = handbook.organisation.address
    page = f"{address.rstrip('/')}/{policy.id}.html" if address else ""
    made = html(
        "pdf/policy.html",
        policy=policy,
        organisation=handbook.organisation,
        groups=[tier.name for tier in handbook.tiers[:-1]],
        note=note(handbook),
        control=held,
        rows=_rows(held),
        history=_row(held, "Approval history"),
        signed=_row(held, "Signed"),
        sections=sections,
        contents=contents,
        notes=notes.found,
        terms=glossary.used(texts),
        changes=[c for c in changes or () if c.policy == policy.id] if governors else [],
        compared=governors and changes is not None,
        governors=governors,
        since=since,
        crest=brand.crest if brand and brand.crest_bytes else None,
        crest_text=(brand.crest_text or "") if brand else "",
        sizes=_sizes(policy),
        page=page,
        code=qr(page) if page else "",
        dates=_dates(policy),
    )
    return Document(
        name=pdf_name(handbook.organisation.id, policy.id),
        title=policy.title,
        html=made,
        assets={**_assets(brand, held.draft), **pictures_of([policy])},
    )


def alone(policy: ResolvedPolicy, clause: ResolvedClause) -> Document:
    """One clause as a document, to find out which of a policy's clauses cannot be made."""
    title = escaping.escape(clause.title.words)
    text = with_pictures(text_html(clause.text.markdown), clause.pictures, policy.id)
    text = re.sub(r'href="(#|[a-z0-9-]+\.html)[^"]*"', 'href="#clause.top"', text)
    made = (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        f'<title>{title}</title></head><body><h1 id="clause.top">{title}</h1><h2>{title}</h2>'
        f'<h3 id="{clause.id}">{title}</h3>{text}</body></html>'
    )
    return Document(
        name=clause.id,
        title=clause.title.words,
        html=made,
        assets={address_of(one, policy.id): one.raw for one in clause.pictures},
    )


def long_enough(policy: ResolvedPolicy) -> bool:
    """A first guess at whether a document has the pages that call for contents."""
    words = sum(len(text_html(clause.text.markdown).split()) + 12 for clause in policy.clauses)
    return words / WORDS_A_PAGE + 2 >= CONTENTS_FROM


def qr(address: str) -> str:
    """An address as a picture that a telephone reads: a drawing, so that it prints sharp."""
    code = segno.make(address, error="m")
    drawing = code.svg_inline(omitsize=True, border=4, svgclass=None, lineclass=None)
    said = escaping.escape(f"QR code that leads to {address}")
    return drawing.replace("<path", f"<title>{said}</title><path", 1)


class _Notes:
    """Addresses become numbered notes at the end; links to other policies lead to their files."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        self.found: list[Note] = []

    def without_addresses(self, text: str) -> str:
        text = _LINK.sub(self._noted, text)
        return _PAGE.sub(self._file, text)

    def _noted(self, link: re.Match[str]) -> str:
        address = escaping.unescape(link[1])
        known = next((note for note in self.found if note.address == address), None)
        if known is None:
            words = escaping.unescape(re.sub(r"<[^>]*>", "", link[2]))
            known = Note(len(self.found) + 1, words, address)
            self.found.append(known)
        return f'<a href="{link[1]}">{link[2]}</a><sup class="note">{known.number}</sup>'

    def _file(self, link: re.Match[str]) -> str:
        return f'href="handbook:{pdf_name(self.organisation, link[1])}{link[2] or ""}"'


def _rows(held: Control) -> list[Row]:
    elsewhere = ("Approval history", "Signed", "Check code")
    return [row for row in held.rows if row.label not in elsewhere]


def _row(held: Control, label: str) -> tuple[str, ...]:
    return next((row.lines for row in held.rows if row.label == label), ())


def _dates(policy: ResolvedPolicy) -> str:
    """The day the document states of itself, never the day it was made."""
    stated = policy.approvals[-1].date if policy.approvals else None
    if stated is None and policy.review:
        stated = policy.review.last
    return stated.first.isoformat() if stated else ""


def _sizes(policy: ResolvedPolicy) -> str:
    """Style for the pictures of clauses: in print the sizes that their HTML states count for nothing."""
    widths = {
        address_of(picture, policy.id): picture.width
        for clause in policy.clauses
        for picture in clause.pictures
        if picture.width
    }
    return "".join(f'img[src="{name}"] {{ width: {width}px }}\n' for name, width in widths.items())


def _assets(brand: Brand | None, draft: bool) -> dict[str, bytes]:
    """The crest and, behind the words of a draft, the word itself as a drawing."""
    found = {}
    if brand and brand.crest and brand.crest_bytes:
        found[brand.crest] = brand.crest_bytes
    if draft:
        found[DRAFT] = (shipped("overrides") / "pdf" / DRAFT).read_bytes()
    return found
