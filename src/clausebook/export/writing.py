"""Words, names and addresses in; Markdown that says just that out.

Whatever a name or a title holds, it stays words: `clausebook.model.escape` lets nothing of it be markup.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence

from clausebook.model import OpenQuestion, Waiver, escape
from clausebook.render.people import Person

_PAGE = re.compile(r"\.html(?=#|$)")
# What would end an address in Markdown, or be read as anything but a part of it.
_IN_ADDRESSES = {ord(char): f"%{ord(char):02X}" for char in ' ()<>[]{}\\`"|'} | {ord("&"): "&amp;"}


def said(text: str) -> str:
    """Words on one line."""
    return escape(" ".join(text.split()))


def heading(level: int, words: str, id: str, number: str = "") -> str:
    """A heading that keeps its address, whatever becomes of its words."""
    marks = f"{'#' * level} {number}".rstrip()
    # A number sign would be taken for the end of a heading: those of references stay.
    return f"{marks} {re.sub('(?<!&)#', '&#35;', said(words))} {{: #{id} }}"


def link(words: str, address: str) -> str:
    """A link to a page of the export, by its source, or to anywhere else."""
    target = address if ":" in address else _PAGE.sub(".md", address)
    return f"[{said(words)}]({target.translate(_IN_ADDRESSES)})"


def listed(items: Iterable[str]) -> str:
    """A list of items that are Markdown already; further lines of an item are its paragraphs."""
    return "\n".join("- " + re.sub(r"\n(?=.)", "\n    ", item) for item in items)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    # A number and a full stop begin no list inside a cell.
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace("&#46;", ".")


def page(title: str, *blocks: str) -> str:
    """A heading and blocks with a blank line between them; empty ones are left out."""
    kept = [heading(1, title, "cb.top"), *(block.strip("\n") for block in blocks if block.strip())]
    # Themes undo the escaping of a heading that they print as the title of the window.
    front = f"---\ntitle: {json.dumps(escaped(title))}\n---\n\n" if "<" in title else ""
    return front + "\n\n".join(kept) + "\n"


def escaped(text: str) -> str:
    """Words on one line as HTML, for what themes print as it stands."""
    return html.escape(" ".join(text.split()), quote=False).replace('"', "&quot;")


def quoted(text: str | None) -> str:
    return f"> {said(text)}" if text else ""


def reach(person: Person) -> str:
    """Name, telephone and email, as far as the edition shows them."""
    parts = [said(person.name)] if person.name else []
    parts += [link(person.phone, f"tel:{person.dial}")] if person.phone else []
    parts += [link(person.email, f"mailto:{person.email}")] if person.email else []
    return " · ".join(parts)


def questions(found: Iterable[OpenQuestion]) -> str:
    """Where the source says two things: both."""
    return listed(
        f"{said(one.about)}\n\n"
        + listed(said(reading) for reading in one.readings)
        + f"\n\nPublished here: {said(one.published) if one.published else 'neither.'}"
        for one in found
    )


def waivers(found: Sequence[Waiver]) -> str:
    """Checks that somebody set aside: which, why, who and for how long."""
    if not found:
        return ""
    lines = [
        f"{said(one.check)}: {said(one.reason)} ({said(one.by)}, {one.start} to {one.until})"
        for one in found
    ]
    return f"{heading(2, 'Checks set aside for now', 'cb.waivers')}\n\n{listed(lines)}"
