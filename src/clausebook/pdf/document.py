"""A manuscript in, the HTML of its printed document out: cover, contents, rules, notes, history."""

from __future__ import annotations

import html as escaping
import re

import segno

from clausebook.changes import SAME, Change, Difference
from clausebook.model import ResolvedClause, ResolvedPolicy
from clausebook.pdf.manuscript import Manuscript
from clausebook.pdf.redline import redline
from clausebook.render.site import pdf_name
from clausebook.render.templates import html
from clausebook.render.words import Glossary, text_html, with_pictures
from clausebook.render.words import address as address_of
from clausebook.shipped import shipped
from clausebook.typed import dataclass

_LINK = re.compile(r'<a href="(https?://[^"]*)">(.*?)</a>', re.S)
_PAGE = re.compile(r'href="([a-z0-9-]+)\.html(#[a-z0-9-]+)?"')
# About what fits on a page, to tell beforehand whether a document is long enough for contents.
WORDS_A_PAGE = 420
CONTENTS_FROM = 6
DRAFT = "draft.svg"
# The first of each in a document is the template's own: what comes before is on the cover, escaped.
_CONTENTS = re.compile("<!-- contents -->\n(.*?)<!-- /contents -->\n", re.S)


@dataclass(frozen=True, slots=True)
class Note:
    """An address that a reader of paper cannot click, once per document."""

    number: int
    words: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The HTML of a document, with contents and without, and what goes with it."""

    long: str
    short: str
    assets: dict[str, bytes]


def document(made_from: Manuscript) -> Document:
    notes = _Notes(made_from.organisation_id)
    texts = {rule.id: text_html(rule.text.markdown) for rule in made_from.rules}
    glossary = Glossary({term.id: term for term in made_from.terms})
    made = html(
        "pdf/policy.html",
        made_from=made_from,
        sections=[
            {
                "section": section,
                "rules": [
                    {
                        "rule": rule,
                        "html": with_pictures(
                            notes.without_addresses(texts[rule.id]),
                            rule.pictures,
                            made_from.policy,
                        ),
                    }
                    for rule in section.rules
                ],
            }
            for section in made_from.sections
        ],
        notes=notes.found,
        terms=glossary.used(list(texts.values())),
        changes=[_shown(change) for change in made_from.changes or ()],
        sizes=_sizes(made_from),
        qr=qr(made_from.page) if made_from.page else "",
    )
    return Document(
        long=_CONTENTS.sub(lambda found: found[1], made, count=1),
        short=_CONTENTS.sub("", made, count=1),
        assets=_assets(made_from),
    )


def draft() -> bytes:
    """What stands behind the words of a draft: the word itself as a drawing."""
    return (shipped("overrides") / "pdf" / DRAFT).read_bytes()


def long_enough(made_from: Manuscript) -> bool:
    """A first guess at whether a document has the pages that call for contents."""
    words = sum(len(rule.text.words.split()) + 12 for rule in made_from.rules)
    return words / WORDS_A_PAGE + 2 >= CONTENTS_FROM


@dataclass(frozen=True, slots=True)
class _Shown:
    """A change as governors read it: both texts in one where that reads well, else one by one."""

    heading: str
    what: str
    whose: str
    also: tuple[str, ...]
    parts: tuple[tuple[Difference, ...], ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def _shown(change: Change) -> _Shown:
    # Of clauses that only have other numbers, `also` says which is which now.
    only_numbers = bool(change.also) and not change.clause
    before, after = ("", "") if only_numbers else (change.before, change.after)
    parts = redline(change.differences) if before and after else ()
    return _Shown(
        heading=f"{change.number} {change.title}".strip(),
        what=change.kind.words,
        whose=change.tag.words,
        also=change.also,
        parts=_paragraphs(parts) if any(op != SAME for op, _ in parts) else (),
        before=tuple(before.splitlines()),
        after=tuple(after.splitlines()),
    )


def _paragraphs(parts: tuple[Difference, ...]) -> tuple[tuple[Difference, ...], ...]:
    """Parts of a text, line by line."""
    found: list[list[Difference]] = [[]]
    for op, text in parts:
        first, *more = text.split("\n")
        found[-1].append((op, first))
        found += [[(op, line)] for line in more]
    kept = ([part for part in line if part[1].strip() or part[0] == SAME] for line in found)
    return tuple(tuple(line) for line in kept if any(text.strip() for _, text in line))


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
    assets = {address_of(one, policy.id): one.raw for one in clause.pictures}
    return Document(long=made, short=made, assets=assets)


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


def _sizes(made_from: Manuscript) -> str:
    """Style for the pictures of clauses: in print the sizes that their HTML states count for nothing."""
    widths = {
        address_of(picture, made_from.policy): picture.width
        for rule in made_from.rules
        for picture in rule.pictures
        if picture.width
    }
    return "".join(f'img[src="{name}"] {{ width: {width}px }}\n' for name, width in widths.items())


def _assets(made_from: Manuscript) -> dict[str, bytes]:
    found = {
        address_of(picture, made_from.policy): picture.raw
        for rule in made_from.rules
        for picture in rule.pictures
    }
    if made_from.crest:
        found[made_from.crest] = made_from.crest_bytes
    if made_from.draft:
        found[DRAFT] = draft()
    return found
