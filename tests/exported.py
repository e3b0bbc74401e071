"""What a page says, read from its HTML, whoever made the page: to compare an export with its site."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.html_tree import TreeReader

INLINE = frozenset("a abbr b cite code del em i img ins kbd span strong sub sup time".split())
# Inline, and drawn on a line or in a column of their own.
_APART = frozenset(
    "cb-name cb-reach cb-policies__title cb-state cb-policies__about cb-policies__facts".split()
)


class Element:
    """A tag with its attributes, its own text and what is inside it."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.parts: list[Element | str] = []

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    @property
    def elements(self) -> list[Element]:
        return [part for part in self.parts if isinstance(part, Element)]

    @cached_property
    def all(self) -> list[Element]:
        """Itself and every element inside it, in order. A page is read once and never changed."""
        return [self, *(one for part in self.elements for one in part.all)]

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(one.id for one in self.all if one.id)

    def text(self, without: Callable[[Element], bool]) -> str:
        """Its words; blocks are told apart by a space."""
        words = "".join(
            part if isinstance(part, str) else "" if without(part) else part.text(without)
            for part in self.parts
        )
        return words if self.name in INLINE and not self.classes & _APART else f" {words} "


def read(path: Path) -> Element:
    reader = TreeReader(Element)
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.top


@lru_cache(maxsize=128)  # a site and its export at a time
def main(path: Path) -> Element:
    """What holds the page's own words: the element that its heading stands in."""
    found = [
        element
        for element in read(path).all
        if any(part.name == "h1" and part.id == "cb.top" for part in element.elements)
    ]
    assert len(found) == 1, path
    return found[0]


# ------------------------------------------------------------------------------ clauses

Clause = tuple[str, str, str]  # id, number and title, text as HTML


def published_clauses(path: Path) -> list[Clause]:
    """The sections and clauses of a page of ours, in order."""
    found = []
    for element in main(path).all:
        if element.name == "h2":
            found.append((element.id, words(element), ""))
        elif "cb-clause" in element.classes:
            head, *rest = element.elements
            text = [e for e in rest if not e.classes & {"cb-cited", "cb-origin"}]
            found.append((element.id, words(head), canonical(text)))
    return found


def exported_clauses(path: Path) -> list[Clause]:
    """The same of a page that some host of Markdown made of an export."""
    found: list[tuple[Element, list[Element]]] = []
    for element in main(path).elements:
        if element.name in ("h2", "h3"):
            found.append((element, []))
        elif found:
            found[-1][1].append(element)
    return [
        (head.id, words(head), canonical(text) if head.name == "h3" else "") for head, text in found
    ]


def canonical(elements: list[Element]) -> str:
    """HTML in one form: without white space between blocks and without what our pages add to it.

    They add links to defined terms, boxes that tables scroll in, and the scope of table heads.
    """
    written = re.sub(r"\s+", " ", "".join(_canonical(element) for element in elements))
    inline = "|".join(INLINE)
    return re.sub(rf" ?(</?(?!(?:{inline})\b)\w[^>]*>) ?", r"\1", written).strip()


def _canonical(element: Element) -> str:
    inside = "".join(
        html.escape(part) if isinstance(part, str) else _canonical(part) for part in element.parts
    )
    if element.classes & {"cb-term", "cb-scroll"}:
        return inside
    added = ("scope",) if element.name == "th" else ("class",) if element.name == "table" else ()
    attributes = "".join(
        f' {name}="{html.escape(value)}"'
        for name, value in sorted(element.attributes.items())
        if name not in added
    )
    return f"<{element.name}{attributes}>{inside}</{element.name}>"


# ------------------------------------------------------------------------------ words and links

_ADDED = frozenset(
    "cb-copy cb-cited cb-origin cb-actions cb-unseen cb-searching cb-a-to-z headerlink".split()
)


def words(element: Element, without: Callable[[Element], bool] = lambda element: False) -> str:
    """What it says, without what is added around it and without punctuation."""
    text = element.text(
        lambda one: bool(one.classes & _ADDED) or one.name == "script" or without(one)
    )
    return " ".join(re.findall(r"\w+", text))


def links(path: Path, without: Callable[[Element], bool]) -> set[tuple[str, str]]:
    """The addresses on a page, with their words."""
    return {
        (element.attributes["href"], words(element))
        for element in main(path).all
        if element.name == "a"
        and "href" in element.attributes
        and not element.classes & _ADDED
        and not without(element)
    }


def wrong_links(site: Path) -> list[str]:
    """Every address below a site that leads to no file, or to no place in it."""
    found = []
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        if path.name == "404.html":  # it stands at any address: its own are from the top
            continue
        for element in page.all:
            for name in ("href", "src"):
                address = element.attributes.get(name)
                if address is not None and not _leads(path, address, pages):
                    found.append(f"{path.relative_to(site).as_posix()}: {address}")
    return found


def _leads(path: Path, address: str, pages: Mapping[Path, Element]) -> bool:
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "mailto", "tel"):
        return bool(parts.netloc or parts.path)
    target = path.parent / unquote(parts.path) if parts.path else path
    if parts.scheme or not (target / "index.html" if target.is_dir() else target).is_file():
        return False
    if not parts.fragment or target.suffix != ".html":
        return True
    page = pages.get(Path(os.path.normpath(target)))
    return page is not None and parts.fragment in page.ids
