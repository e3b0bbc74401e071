"""The HTML of a document in; out, why it cannot become an accessible, archivable PDF, before any page
is laid out.

A `Reason` names the nearest element with an id and the words at fault, so that whoever knows the
source can turn it into a problem with a file and a line. Needs no system library.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from clausebook import printable
from clausebook.pdf.tags import SVG, alternative, name_of, scope_of, span_of
from clausebook.typed import dataclass

ALLOWED = frozenset(
    """
    a abbr address article aside b bdi bdo blockquote body br caption cite code col colgroup data dd
    del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 head header hgroup hr html
    i img ins kbd label li main mark meta nav ol p pre q s samp section small span strong style sub
    summary sup table tbody td tfoot th thead time title tr u ul var wbr
    """.split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
ADDRESS = re.compile(r"(https?://|mailto:|tel:|handbook:|#)[^\s]")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
IDENTITY = re.compile(r"[!-~]+")
OPACITY = re.compile(r"(?<![-\w])(opacity|filter|mix-blend-mode)\s*:", re.I)
WORDS = 80
# A table that says it is wider or longer than this is an attack or a slip.
SPANS = 200
# Elements in elements. WeasyPrint gives up at about 150.
DEPTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a document cannot be rendered: where, what, why it matters and how to put it right."""

    rule: str
    near: str | None  # the id of the element, or of the nearest before or around it
    words: str  # what stands there
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        at = f"#{self.near}: " if self.near else ""
        return (
            f"{at}{self.what} ('{self.words}') [{self.rule}]"
            if self.words
            else f"{at}{self.what} [{self.rule}]"
        )


class CannotRender(Exception):
    """A document that cannot become a PDF that keeps its promises."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(str(one) for one in self.reasons))

    def __reduce__(self) -> tuple[type[CannotRender], tuple[tuple[Reason, ...]]]:
        return CannotRender, (self.reasons,)


def document(root: Element) -> tuple[Reason, ...]:
    """What is wrong with a whole document: its head, its headings and its content."""
    look = _Look(root)
    if not look.too_deep(root):  # what follows walks down each branch
        look.head()
        look.headings(whole=True)
        look.content()
    return tuple(look.reasons)


def text(html: str, *, whole: bool = True) -> tuple[Reason, ...]:
    """The same from HTML as text; `whole=False` for a part of a document, such as one clause."""
    import tinyhtml5  # type: ignore[import-untyped]  # brought by WeasyPrint, needs no system library

    root: Element = tinyhtml5.parse(html, namespace_html_elements=False)
    if whole:
        return document(root)
    look = _Look(root)
    if not look.too_deep(root):
        look.headings(whole=False)
        look.content(anchors=False)
    return tuple(look.reasons)


def unprintable(words: str) -> list[str]:
    """The characters in a text that no font which comes with this can print, each once."""
    return list(dict.fromkeys(printable.unprintable().findall(unicodedata.normalize("NFC", words))))


def no_glyph(sign: str) -> tuple[str, str, str]:
    """What is wrong with a character that no font has, why it matters and what to do."""
    return (
        f"no font that comes with this has the character '{sign}' (U+{ord(sign):04X})",
        "it would print as an empty box and be read as nothing",
        "write it another way",
    )


def reason(
    rule: str, root: Element, at: Element | None, words: str, what: str, why: str, fix: str
) -> Reason:
    """A reason that knows the id nearest to an element."""
    near = _nearest(root).get(at) if at is not None else None
    return Reason(rule=rule, near=near, words=_short(words), what=what, why=why, fix=fix)


def holding(root: Element, words: str) -> Element | None:
    """The first, innermost element in which these words stand, or None."""
    words = words.strip()
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in ("title", "style", "meta"):
            own = [element.text or "", *(child.tail or "" for child in element)]
            if words and any(words in part for part in own):
                return element
    return None


def showing(root: Element, name: str) -> Element | None:
    """The picture with this address, or None."""
    return next((one for one in root.iter("img") if one.get("src", "").split("#")[0] == name), None)


def linking(root: Element, target: str) -> Element | None:
    """The first link to an address, or None."""
    return next((one for one in root.iter("a") if one.get("href") == target), None)


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"


def _nearest(root: Element) -> dict[Element, str | None]:
    """For each element its id, or that of the last before it that has one."""
    near: str | None = None
    found = {}
    for element in root.iter():
        near = element.get("id") or near
        found[element] = near
    return found


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


class _Look:
    """One look through a document."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.near = _nearest(root)
        self.around = {child: parent for parent in root.iter() for child in parent}
        self.reasons: list[Reason] = []

    def say(self, rule: str, at: Element, what: str, why: str, fix: str, words: str = "") -> None:
        self.reasons.append(
            Reason(
                rule=rule,
                near=self.near.get(at),
                words=_short(words or _words(at)),
                what=what,
                why=why,
                fix=fix,
            )
        )

    # ------------------------------------------------------------------ the whole

    def head(self) -> None:
        root = self.root
        if not LANGUAGE.fullmatch(root.get("lang", "")):
            self.say(
                "language",
                root,
                "the document does not say its language",
                "a screen reader would guess how to pronounce it",
                'write <html lang="en-GB">',
                root.get("lang", "") or "html",
            )
        title = root.find("head/title")
        if title is None or not _words(title):
            self.say(
                "title",
                root,
                "the document has no title",
                "a reader's window and list of files would show the name of a file",
                "give it a <title>",
                "title",
            )

    def headings(self, *, whole: bool) -> None:
        last = 0
        found = [one for one in self.root.iter() if one.tag in HEADINGS and not self.hidden(one)]
        if whole and not found:
            self.say(
                "no-heading",
                self.root,
                "the document has no heading",
                "nobody can find their way in it by its headings",
                "begin it with an <h1>",
                "h1",
            )
        for number, heading in enumerate(found):
            level = HEADINGS[str(heading.tag)]
            if not name_of(heading):
                self.say(
                    "empty-heading",
                    heading,
                    f"a heading of level {level} has no words",
                    "a screen reader announces a heading and then nothing",
                    "give it words, or take it out",
                    str(heading.tag),
                )
            if number == 0 and whole and level != 1:
                self.say(
                    "first-heading",
                    heading,
                    f"the first heading has level {level}, not 1",
                    "the outline of the document would begin in the middle",
                    "begin with the title as <h1>",
                )
            elif last and level > last + 1:
                self.say(
                    "skipped-heading",
                    heading,
                    f"a heading of level {level} follows one of level {last}",
                    "a reader who goes by headings would think that a part is missing",
                    f"make it level {last + 1}",
                )
            last = level

    def hidden(self, element: Element) -> bool:
        at: Element | None = element
        while at is not None:
            if at.get("aria-hidden") == "true":
                return True
            at = self.around.get(at)
        return False

    # ------------------------------------------------------------------ elements

    def content(self, *, anchors: bool = True) -> None:
        self.identities()
        self.signs()
        head = self.root.find("head")
        in_head = set(head.iter()) if head is not None else set()
        targets = {element.get("id") for element in self.root.iter()}
        for element in self.root.iter():
            if not isinstance(element.tag, str):
                continue  # a comment
            if element.tag == SVG + "svg":
                self.drawing(element)
            if element.tag.startswith(SVG):
                self.inside_drawing(element)
                continue
            if element.tag not in ALLOWED or (element.tag == "style" and element not in in_head):
                self.say(
                    "element",
                    element,
                    f"<{_bare(element)}> does not belong in the text of a document",
                    "it could hide words, fetch something or change how other text looks",
                    "take it out",
                    _words(element) or f"<{_bare(element)}>",
                )
                continue
            self.attributes(element)
            if element.tag == "img" and element.get("alt") is None:
                self.say(
                    "alternative",
                    element,
                    "a picture has no alternative text",
                    "whoever cannot see it would not know what it shows",
                    'say in alt="…" what it tells, or alt="" when it is decoration',
                    element.get("src", "img"),
                )
            elif element.tag == "a":
                self.link(element, targets if anchors else None)
            elif element.tag == "table":
                self.table(element)
            elif element.tag in ("ul", "ol", "dl"):
                self.items(element)

    def signs(self) -> None:
        """Characters that would print as empty boxes."""
        for element in self.root.iter():
            if not isinstance(element.tag, str) or element.tag in ("meta", "style", "title"):
                continue
            own = "".join([element.text or "", *(child.tail or "" for child in element)])
            for sign in unprintable(own):
                self.say("glyph", element, *no_glyph(sign), words=sign)

    def too_deep(self, element: Element, level: int = 1) -> bool:
        """Say once when elements stand in elements without end."""
        if level > DEPTH:
            self.say(
                "too-deep",
                element,
                f"elements stand in each other more than {DEPTH} deep",
                "no page can show that, and no reader follow it",
                "put less into each other",
            )
            return True
        return any(self.too_deep(child, level + 1) for child in element)

    def identities(self) -> None:
        seen: set[str] = set()
        for element in self.root.iter():
            if (own := element.get("id")) is None:
                continue
            if own in seen:
                self.say(
                    "duplicate-id",
                    element,
                    f"the id '{own}' is used twice",
                    "a link to it would lead to one of the two",
                    "give each a name of its own",
                )
            elif not IDENTITY.fullmatch(own):
                self.say(
                    "id",
                    element,
                    f"the id '{own}' is empty or has spaces or letters beyond plain ones",
                    "links to it would not work in every program",
                    "use small letters, digits and hyphens",
                )
            seen.add(own)

    def attributes(self, element: Element) -> None:
        for name, value in element.items():
            if name == "style":
                faint = OPACITY.search(value)
                self.say(
                    "opacity" if faint else "style",
                    element,
                    f"text is made see-through by '{value}'"
                    if faint
                    else f"an element brings its own style '{value}'",
                    "see-through words are drawn into a picture that a screen reader cannot reach"
                    if faint
                    else "it could hide words or make them unreadable",
                    "take the style out",
                )
            elif name.startswith("on"):
                self.say(
                    "script",
                    element,
                    f"an element has a script in its attribute '{name}'",
                    "scripts are not allowed in archived documents",
                    "take it out",
                )
            elif name == "lang" and not LANGUAGE.fullmatch(value):
                self.say(
                    "language",
                    element,
                    f"'{value}' is not the code of a language",
                    "a screen reader would not know how to pronounce it",
                    'write a code such as lang="cy" for Welsh',
                )

    def drawing(self, element: Element) -> None:
        decoration = element.get("aria-hidden") == "true" or element.get("role") in (
            "presentation",
            "none",
        )
        if not decoration and not alternative(element):
            self.say(
                "alternative",
                element,
                "a drawing has no title",
                "whoever cannot see it would not know what it shows",
                'give it a <title>, or aria-hidden="true" when it is decoration',
                _words(element) or "svg",
            )

    def inside_drawing(self, element: Element) -> None:
        name = str(element.tag).removeprefix(SVG)
        if name in ("script", "style", "foreignObject", "a", "image"):
            self.say(
                "element",
                element,
                f"<{name}> does not belong in a drawing",
                "it could fetch something, hide words or run a script",
                "take it out",
                _words(element) or f"<{name}>",
            )
        for attribute in element.attrib:
            if attribute.startswith("on"):
                self.say(
                    "script",
                    element,
                    f"a drawing has a script in its attribute '{attribute}'",
                    "scripts are not allowed in archived documents",
                    "take it out",
                )

    def link(self, element: Element, targets: set[str | None] | None) -> None:
        href = element.get("href")
        if href is None:
            return
        if not name_of(element):
            self.say(
                "empty-link",
                element,
                "a link has no words",
                "a screen reader would announce a link and not say where it leads",
                "give it words that say where it leads",
                href,
            )
        if self.hidden(element):
            self.say(
                "hidden-link",
                element,
                "a link stands in a part that is hidden from screen readers",
                "they would still meet the link, and nothing that says what it is",
                'take the link or aria-hidden="true" out',
            )
        if not ADDRESS.match(href):
            self.say(
                "link-address",
                element,
                f"a link leads to '{href}', which is no full address",
                "a printed or downloaded document has no page beside it to lead to",
                "give the whole address, or the id of a place in the document",
            )
        elif href.startswith("#") and targets is not None and href[1:] not in targets:
            self.say(
                "link-target",
                element,
                f"nothing here has the id '{href[1:]}' that a link leads to",
                "the link would lead nowhere",
                "correct the link, or name the place",
            )
        at = self.around.get(element)
        while at is not None:
            if at.tag == "a" and at.get("href"):
                self.say(
                    "nested-link",
                    element,
                    "a link stands in a link",
                    "nobody can tell which of them is followed",
                    "take one out",
                )
            at = self.around.get(at)

    # ------------------------------------------------------------------ lists and tables

    def items(self, element: Element) -> None:
        allowed = ("dt", "dd", "div") if element.tag == "dl" else ("li",)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in allowed:
                self.say(
                    "stray-in-list",
                    child,
                    f"<{_bare(child)}> stands directly in a list",
                    "a screen reader counts items, and this is none",
                    "put it into an item",
                )
        loose = [element.text or "", *(child.tail or "" for child in element)]
        if words := " ".join("".join(loose).split()):
            self.say(
                "stray-in-list",
                element,
                "words stand in a list but in none of its items",
                "a screen reader counts items, and these are in none",
                "put them into an item",
                words,
            )

    def table(self, element: Element) -> None:
        groups = list(_groups(element))
        rows = [row for group in groups for row in group]
        if not rows:
            self.say(
                "empty-table",
                element,
                "a table has no rows",
                "a screen reader would announce a table and find nothing in it",
                "give it rows, or take it out",
                _words(element) or "table",
            )
            return
        for cell in (cell for row in rows for cell in row):
            if cell.tag == "th" and cell.get("scope", "").lower() not in (
                "",
                "row",
                "col",
                "rowgroup",
                "colgroup",
            ):
                self.scope(
                    cell, f"a header cell has the scope '{cell.get('scope')}', which means nothing"
                )
            elif cell.tag == "th" and not scope_of(cell, self.around):
                self.scope(
                    cell, "a header cell does not say whether it is for its row or its column"
                )
        self.grid(element, groups)

    def scope(self, cell: Element, what: str) -> None:
        self.say(
            "header-scope",
            cell,
            what,
            "a screen reader could not say which header a value belongs to",
            'write scope="col" or scope="row" on the <th>',
            _words(cell) or "th",
        )

    def grid(self, element: Element, groups: list[list[Element]]) -> None:
        """Every row has as many columns, spans counted, and no span leaves the table."""
        expected: int | None = None
        for group in groups:
            down: dict[int, int] = {}
            for row in group:
                width, below = _row(row, down)
                if width is None:
                    self.ragged(row, "cells of a table lie on top of each other or span too far")
                    return
                expected = width if expected is None else expected
                if width != expected:
                    self.ragged(
                        row, f"a row of a table has {_columns(width)} where others have {expected}"
                    )
                    return
                down = below
            if down:
                self.ragged(group[-1], "a cell of a table reaches below the last row")
                return

    def ragged(self, row: Element, what: str) -> None:
        self.say(
            "ragged-table",
            row,
            what,
            "a screen reader could not say which column a value is in",
            "give each row the same number of cells, counting those that span several",
            _words(row) or "tr",
        )


def _bare(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _columns(number: int) -> str:
    return "1 column" if number == 1 else f"{number} columns"


def _groups(table: Element) -> Iterator[list[Element]]:
    """The rows of each part of a table: a cell cannot span from one part into the next."""
    loose: list[Element] = []
    for child in table:
        if child.tag == "tr":
            loose.append(child)
        elif child.tag in ("thead", "tbody", "tfoot") and len(child):
            yield [row for row in child if row.tag == "tr"]
    if loose:
        yield loose


def _row(row: Element, down: dict[int, int]) -> tuple[int | None, dict[int, int]]:
    """How wide a row is, and which columns its cells take in rows below; None when cells collide."""
    taken = {column for column, rows in down.items() if rows}
    below = {column: rows - 1 for column, rows in down.items() if rows > 1}
    column = 0
    for cell in row:
        if cell.tag not in ("td", "th"):
            continue
        while column in taken:
            column += 1
        wide, high = span_of(cell, "colspan"), span_of(cell, "rowspan")
        if wide > SPANS or high > SPANS:
            return None, below
        for one in range(column, column + wide):
            if one in taken:
                return None, below
            taken.add(one)
            if high > 1:
                below[one] = high - 1
        column += wide
    width = max(taken, default=-1) + 1
    return (width if len(taken) == width else None), below
