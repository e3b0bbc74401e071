"""A policy of a handbook in, its page as plain Markdown out: each clause in its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import markdown

from clausebook.export.writing import heading, link, listed, page, questions, quoted, said, table
from clausebook.export.writing import waivers as waivers_said
from clausebook.model import Handbook, Picture, ResolvedClause, ResolvedPolicy
from clausebook.render.control import Control, control
from clausebook.render.people import whoever
from clausebook.render.policy import _moved, _not_taken, _waivers
from clausebook.render.quick import has_guide
from clausebook.render.words import address, text_html, with_pictures

# What mkdocs.yml asks for; MkDocs itself adds fenced code.
EXTENSIONS: Mapping[str, Mapping[str, Any]] = {
    "tables": {},
    "attr_list": {},
    "toc": {"permalink": True, "permalink_title": "The address of this part", "marker": ""},
}
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
_SOURCE = re.compile(r'href="([a-z0-9-]+)\.md(#[a-z0-9-]+)?"')
_TAG = re.compile(r"<(\w+)((?: [^<>]*?)?) ?/?>")
_ATTRIBUTE = re.compile(r' ([\w-]+)="([^"]*)"')


class ReadsOtherwise(Exception):
    """A clause that would say something else in plain Markdown than on its own page."""


def policy_page(
    policy: ResolvedPolicy, handbook: Handbook, within: int, note: str | None = None
) -> str:
    governors = handbook.edition == "governors"
    held = control(policy, handbook, within, whoever(handbook))
    blocks = [
        policy.title,
        quoted(note),
        "**Draft.** Nobody has approved this text yet." if held.draft else "",
        said(policy.policy.summary),
        f"Next review due: {held.due.words}." if held.due else "Next review: not stated.",
        said(held.line),
        _elsewhere(policy),
    ]
    for section in policy.sections:
        blocks.append(heading(2, section.title, f"section.{section.id}", section.number))
        for clause in section.clauses:
            blocks.append(heading(3, clause.title.words, clause.id, clause.number))
            blocks.append(clause_text(clause, policy.id))
    if governors:
        blocks += _for_governors(policy, handbook)
    blocks += _moved_addresses(policy)
    return page(*blocks, *_control(held))


def _elsewhere(policy: ResolvedPolicy) -> str:
    links = [link("Quick guide", f"quick/{policy.id}.html")] if has_guide(policy) else []
    links += [link("What changed", "changes.html"), link("Document control", "#cb.control")]
    return " · ".join(links)


# ------------------------------------------------------------------------------ clauses


def clause_text(clause: ResolvedClause, policy: str) -> str:
    """A clause's own Markdown, with its pictures where an export keeps them.

    A brace may begin an attribute list, which clauses do not know: it is written as a reference
    where it would be taken for one. What then still reads otherwise is refused.
    """
    own = clause.text.markdown
    published = _shape(with_pictures(text_html(own), clause.pictures, policy))
    text = _outside_code(own, lambda part: _led(part, clause.pictures, policy))
    for one in (text, _outside_code(text, _without_braces)):
        if _shape(_html(one)) == published:
            return one
    raise ReadsOtherwise(f"{policy}, {clause.number} {clause.title.words}")


def _led(text: str, pictures: Iterable[Picture], policy: str) -> str:
    """Pictures by the address of their file, with their size where it is known."""
    for picture in pictures:
        size = f'{{: width="{picture.width}" height="{picture.height}" }}' if picture.width else ""
        # The address, and any words in quotes that a reader sees who points at the picture.
        found = rf"(?<=\]\()\s*<?{re.escape(picture.name)}>?(\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
        text = re.sub(found, rf"{address(picture, policy)}\1){size}", text)
    return text


def _without_braces(text: str) -> str:
    # Attribute lists of our own, of pictures, stay.
    return re.sub(r'\{(?!: width="\d+" height="\d+" \})', "&#123;", text)


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    kept, place = [], 0
    for code in _CODE.finditer(text):
        kept += [change(text[place : code.start()]), code[0]]
        place = code.end()
    return "".join([*kept, change(text[place:])])


@lru_cache(maxsize=1)
def _parser() -> markdown.Markdown:
    return markdown.Markdown(
        extensions=[*EXTENSIONS, "fenced_code"],
        extension_configs={name: dict(how) for name, how in EXTENSIONS.items()},
    )


@lru_cache(maxsize=50_000)
def _html(text: str) -> str:
    parser = _parser()
    parser.reset()
    return _SOURCE.sub(r'href="\1.html\2"', str(parser.convert(text)))


def _shape(html: str) -> str:
    """HTML with the attributes of each tag by name, and with braces as themselves."""
    html = html.replace("&#123;", "{")
    return _TAG.sub(lambda tag: f"<{tag[1]} {sorted(_ATTRIBUTE.findall(tag[2]))}>", html)


# ------------------------------------------------------------------------------ what follows


def _for_governors(policy: ResolvedPolicy, handbook: Handbook) -> list[str]:
    blocks = []
    if left := _not_taken(policy, handbook):
        lines = [f"**{said(one.title)}** ({said(one.by)}): {said(one.why)}" for one in left]
        blocks += [heading(2, "Left out on purpose", "cb.left-out"), listed(lines)]
    if policy.open_questions:
        blocks += [
            heading(2, "Open questions", "cb.questions"),
            "The source says two things. Neither is settled here in anybody’s name.",
            questions(policy.open_questions),
        ]
    return [*blocks, waivers_said(_waivers(policy, handbook))]


def _moved_addresses(policy: ResolvedPolicy) -> list[str]:
    """Addresses that readers may still hold."""
    lines = []
    for one in _moved(policy):
        line = f"This address was that of a rule withdrawn on {one.date}. {said(one.reason)}"
        if one.successor:
            title = f"{one.successor.number} {one.successor.title.words}"
            line += f" It is now {link(title, f'#{one.successor.id}')}."
        lines.append(f"{line}\n{{: #{one.id} }}")
    return [heading(2, "Rules that are no longer here", "cb.moved"), listed(lines)] if lines else []


def _control(held: Control) -> list[str]:
    rows = [
        ("" if place else said(row.label), said(line))
        for row in held.rows
        for place, line in enumerate(row.lines)
    ]
    return [heading(2, "Document control", "cb.control"), table(("What", "As stated"), rows)]
