"""A PDF in; what keeps it from being PDF/UA-1 and PDF/A-2a, as far as its structure goes, out.

No validator of PDF/UA can be installed with the project, so this is ours: it reads what the file
says, not what the engine meant. It finds no fault with a file that has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

import pikepdf

from clausebook.pdf.reading import (
    STANDARD,
    Broken,
    Content,
    Element,
    Font,
    Held,
    Key,
    Reading,
    read,
)
from clausebook.pdf.words import said
from clausebook.typed import dataclass

# Where each rule comes from: clauses of ISO 14289-1 (PDF/UA-1), 19005-2 (PDF/A-2), 32000-1 (PDF).
RULES = {
    "active-content": "PDF/A-2 6.6.1, PDF/UA-1 7.15",
    "annotation-unheld": "PDF/UA-1 7.18.1",
    "annotation-unnamed": "PDF/UA-1 7.18.1, 7.18.5",
    "annotation-unprinted": "PDF/A-2 6.3.2",
    "artifact-in-tagged": "PDF/UA-1 7.1",
    "bad-language": "PDF/UA-1 7.2, PDF 14.9.2",
    "caption-place": "PDF/UA-1 7.2, PDF 14.8.4.3",
    "content-shared": "PDF 14.7.4",
    "content-unreachable": "PDF/UA-1 7.1",
    "content-untagged": "PDF/UA-1 7.1",
    "embedded-file": "PDF/UA-1 7.11",
    "encrypted": "PDF/A-2 6.1.3",
    "font-not-embedded": "PDF/UA-1 7.21.4.1",
    "font-not-unicode": "PDF/UA-1 7.21.7",
    "glyph-missing": "PDF/UA-1 7.21.8",
    "header-scope": "PDF/UA-1 7.5",
    "heading-kinds": "PDF/UA-1 7.4.4",
    "heading-order": "PDF/UA-1 7.4.2",
    "id-twice": "PDF/UA-1 7.9, PDF 14.7.2",
    "layer-name": "PDF/UA-1 7.10",
    "link-empty": "PDF/UA-1 7.18.5",
    "link-unheld": "PDF/UA-1 7.18.5",
    "list-shape": "PDF/UA-1 7.2, 7.6",
    "mark-missing": "PDF 14.7.4",
    "marks-unbalanced": "PDF 14.6",
    "no-alternative": "PDF/UA-1 7.3, 7.7",
    "no-identifier": "PDF/A-2 6.1.3",
    "no-language": "PDF/UA-1 7.2",
    "no-outline": "PDF/UA-1 7.17",
    "no-output-intent": "PDF/A-2 6.2.4.3",
    "no-title": "PDF/UA-1 7.1",
    "no-tree": "PDF/UA-1 7.1",
    "not-a-pdf": "PDF 7.5",
    "not-marked": "PDF/UA-1 6.2, 7.1",
    "not-pdf-a": "PDF/A-2 6.6.4",
    "not-pdf-ua": "PDF/UA-1 5",
    "not-standard": "PDF/UA-1 7.1",
    "note-id": "PDF/UA-1 7.9",
    "parent-tree": "PDF 14.7.4.4",
    "tab-order": "PDF/UA-1 7.18.3",
    "table-ragged": "PDF/UA-1 7.2",
    "table-shape": "PDF/UA-1 7.2",
    "tagged-in-artifact": "PDF/UA-1 7.1",
    "title-hidden": "PDF/UA-1 7.1",
    "title-unlike": "PDF/A-2 6.6.3",
    "toc-shape": "PDF/UA-1 7.2",
    "tree-strange": "PDF 14.7.2",
    "widget-unnamed": "PDF/UA-1 7.18.1, 7.18.4",
}
# A document with more headings than this has an outline.
OUTLINE_FROM = 5


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a PDF: a rule of `RULES`, a sentence, and the page where it is known."""

    rule: str
    what: str
    page: int | None = None

    def __str__(self) -> str:
        where = "" if self.page is None else f"page {self.page}: "
        return f"{where}{self.what} [{self.rule}]"


def check(data: bytes | Reading, *, archival: bool = True) -> list[Fault]:
    """What is wrong with a PDF. Without `archival`, what only PDF/A asks for is left out."""
    if isinstance(data, Reading):
        reading = data
    else:
        try:
            reading = read(data)
        except pikepdf.PasswordError:
            return [Fault("encrypted", "the file opens only with a password")]
        except (pikepdf.PdfError, Broken) as error:
            return [Fault("not-a-pdf", f"the file cannot be read ({error})")]
    found: list[Fault] = []
    try:
        checks = _Checks(reading)
        for part in checks.parts(archival):
            found += part
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        found.append(Fault("not-a-pdf", f"the file cannot be read ({error})"))
    return found


class _Checks:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.root: Any = reading.pdf.Root
        self.elements = list(reading.walk())
        self.parents = dict(_numbers(_get(self.root.get("/StructTreeRoot"), "/ParentTree")))
        self.held = {
            kid.key: element
            for element in self.elements
            for kid in element.kids
            if isinstance(kid, Held)
        }

    def parts(self, archival: bool) -> Iterator[Iterator[Fault]]:
        yield self.file()
        yield self.tree()
        yield self.content()
        yield self.annotations()
        yield self.fonts()
        yield self.headings()
        yield self.shapes()
        yield self.tables()
        yield self.names()
        if archival:
            yield self.archive()

    def fault(self, rule: str, what: str, element: Element | None = None) -> Fault:
        if element is None:
            return Fault(rule, what)
        words = said(element, self.reading)
        where = f" (“{words}”)" if words else ""
        return Fault(rule, what + where, _page(element))

    # -------------------------------------------------------------------------- the file

    def file(self) -> Iterator[Fault]:
        pdf, root = self.reading.pdf, self.root
        if pdf.is_encrypted:
            yield Fault("encrypted", "the file is encrypted")
        marked = root.get("/MarkInfo")
        if _get(marked, "/Marked") is not True:
            yield Fault("not-marked", "the file does not say that it is tagged")
        if _get(marked, "/Suspects") is True:
            yield Fault("not-marked", "the file says that its tags may be wrong")
        if root.get("/StructTreeRoot") is None or not self.elements:
            yield Fault("no-tree", "the file has no tagged tree")
        if _get(root.get("/ViewerPreferences"), "/DisplayDocTitle") is not True:
            yield Fault("title-hidden", "a reader's window shows the file's name, not its title")
        language = str(root.get("/Lang", ""))
        if not language:
            yield Fault("no-language", "the file does not say its language")
        elif not _is_language(language):
            yield Fault("bad-language", f"'{language}' is no language")
        about = _About(root.get("/Metadata"))
        if about.ua != "1":
            yield Fault("not-pdf-ua", "the file does not say that it is PDF/UA-1")
        titled = str(pdf.docinfo.get("/Title", "")) if "/Info" in pdf.trailer else ""
        if not about.title.strip():
            yield Fault("no-title", "the file's description has no title")
        if not titled.strip():
            yield Fault("no-title", "the file's information has no title")
        elif about.title.strip() and titled != about.title:
            yield Fault("title-unlike", f"the title is '{titled}' here, '{about.title}' there")
        if _get(root.get("/AcroForm"), "/XFA") is not None:
            yield Fault("active-content", "the file has a form of the old kind (XFA)")
        layers = root.get("/OCProperties")
        for layer in [_get(layers, "/D"), *_each(_get(layers, "/Configs"))]:
            if layer is None:
                continue
            if not str(layer.get("/Name", "")):
                yield Fault("layer-name", "a set of layers has no name")
            if "/AS" in layer:
                yield Fault("layer-name", "layers switch by themselves")
        for name, attached in _names(_get(root.get("/Names"), "/EmbeddedFiles")):
            if not str(_get(attached, "/F") or "") or not str(_get(attached, "/UF") or ""):
                yield Fault("embedded-file", f"the attached file '{name}' has no full name")

    def archive(self) -> Iterator[Fault]:
        about = _About(self.root.get("/Metadata"))
        if (about.part, about.level.upper()) != ("2", "A"):
            yield Fault("not-pdf-a", "the file does not say that it is PDF/A-2a")
        if not _each(self.root.get("/OutputIntents")):
            yield Fault("no-output-intent", "the file does not say which colours it means")
        if "/ID" not in self.reading.pdf.trailer:
            yield Fault("no-identifier", "the file has no identifier")
        if "/AA" in self.root or _runs_script(self.root.get("/OpenAction")):
            yield Fault("active-content", "the file does something by itself when it is opened")
        if "/JavaScript" in (self.root.get("/Names") or {}):
            yield Fault("active-content", "the file holds script")

    # -------------------------------------------------------------------------- the tree

    def tree(self) -> Iterator[Fault]:
        for strange in dict.fromkeys(self.reading.strange):
            yield Fault("tree-strange", strange)
        top: Any = self.root.get("/StructTreeRoot")
        roles: Any = _get(top, "/RoleMap")
        for name in roles.keys() if roles is not None else ():
            if name[1:] in STANDARD:
                yield Fault("not-standard", f"the standard type {name[1:]} is given another sense")
        for element in self.elements:
            if element.kind not in STANDARD:
                yield self.fault("not-standard", f"{element.kind} is no standard type", element)
            above = element.parent.key if element.parent is not None else top.objgen
            if element.parent_key != above:
                yield self.fault(
                    "tree-strange", f"a {element.kind} names another element as its parent", element
                )
            if element.lang is not None and not _is_language(element.lang):
                yield self.fault("bad-language", f"'{element.lang}' is no language", element)

    # -------------------------------------------------------------------------- content

    def content(self) -> Iterator[Fault]:
        holders: dict[int | Key, dict[int, Element]] = {}
        for element in self.elements:
            for kid in element.kids:
                if not isinstance(kid, Content):
                    continue
                if kid.within is None:
                    yield self.fault("mark-missing", f"a {element.kind} is on no page", element)
                elif kid.mcid in holders.setdefault(kid.within, {}):
                    yield self.fault(
                        "content-shared", f"two elements hold mark {kid.mcid}", element
                    )
                else:
                    holders[kid.within][kid.mcid] = element
        for within, painted in self.reading.painted.items():
            page = within + 1 if isinstance(within, int) else None
            if painted.loose:
                what = f"{painted.loose} things are painted outside the tags and artifacts"
                yield Fault("content-untagged", what, page)
            if painted.tagged_in_artifact:
                yield Fault("tagged-in-artifact", "tagged content lies within an artifact", page)
            if painted.artifact_in_tagged:
                yield Fault("artifact-in-tagged", "an artifact lies within tagged content", page)
            if painted.unbalanced:
                yield Fault("marks-unbalanced", "a mark is opened or closed once too often", page)
            if painted.properties_missing:
                yield Fault("mark-missing", "a mark's properties are missing", page)
            for mcid in painted.twice:
                yield Fault("content-shared", f"mark {mcid} stands on the page twice", page)
            yield from self.both_ways(within, holders.pop(within, {}), page)
        for within, left in holders.items():
            for element in left.values():
                what = f"a {element.kind} holds content that is not there ({within})"
                yield self.fault("mark-missing", what, element)

    def both_ways(
        self, within: int | Key, holders: dict[int, Element], page: int | None
    ) -> Iterator[Fault]:
        """From content up to its element, and from the element down to its content."""
        marks = self.reading.painted[within].marks
        if isinstance(within, int):
            holder: Any = self.reading.pages[within]
        else:
            holder = self.reading.pdf.get_object(within)
        number: Any = holder.get("/StructParents")
        listed: Any = self.parents.get(number) if isinstance(number, int) else None
        up = [_key(entry) for entry in _each(listed)]
        for mcid, mark in marks.items():
            if mcid not in holders and mark.painted:
                text = "".join(run.text for run in mark.runs)[:60]
                what = f"no element holds the {mark.tag} with mark {mcid} (“{text}”)"
                yield Fault("content-unreachable", what, page)
        for mcid, element in holders.items():
            if mcid not in marks:
                what = f"a {element.kind} holds mark {mcid}, which is not on its page"
                yield self.fault("mark-missing", what, element)
            if mcid >= len(up) or up[mcid] != element.key:
                what = f"mark {mcid} does not lead to the {element.kind} that holds it"
                yield self.fault("parent-tree", what, element)
        for mcid, key in enumerate(up):
            if key is not None and mcid not in holders:
                what = f"mark {mcid} leads to an element that does not hold it"
                yield Fault("parent-tree", what, page)

    # -------------------------------------------------------------------------- annotations

    def annotations(self) -> Iterator[Fault]:
        for number, page in enumerate(self.reading.pages, start=1):
            shown = [each for each in _each(page.get("/Annots")) if _is_shown(each)]
            if shown and page.get("/Tabs") != "/S":
                yield Fault(
                    "tab-order", "the order of links and fields is not that of reading", number
                )
            for each in shown:
                for rule, what in self.annotation(each):
                    yield Fault(rule, what, number)
        for element in self.elements:
            if element.kind == "Link" and not any(isinstance(kid, Held) for kid in _kids(element)):
                yield self.fault("link-empty", "a Link holds no link to click", element)

    def annotation(self, each: Any) -> Iterator[tuple[str, str]]:
        kind = str(each.get("/Subtype", "/?"))[1:]
        holder = self.held.get(each.objgen)
        contents = str(each.get("/Contents", "")).strip()
        if not int(each.get("/F", 0)) & 4:
            yield "annotation-unprinted", f"a {kind} annotation would not be printed"
        if kind == "PrinterMark":
            return
        named = contents or (holder is not None and holder.alt)
        if kind == "Link":
            if holder is None or not _within(holder, "Link"):
                yield "link-unheld", f"a link is in no Link element ({contents or 'unnamed'})"
            if not contents:
                yield "annotation-unnamed", "a link does not say where it goes"
        elif kind == "Widget":
            if holder is None or holder.kind != "Form":
                yield "annotation-unheld", "a field is in no Form element"
            if not named and not _tooltip(each):
                yield "widget-unnamed", "a field has no name"
        else:
            if holder is None:
                yield "annotation-unheld", f"a {kind} annotation is in no element"
            if not named:
                yield "annotation-unnamed", f"a {kind} annotation says nothing"
        number: Any = each.get("/StructParent")
        up = self.parents.get(number) if isinstance(number, int) else None
        if holder is not None and _key(up) != holder.key:
            yield "parent-tree", f"a {kind} annotation does not lead to the element that holds it"

    # -------------------------------------------------------------------------- fonts

    def fonts(self) -> Iterator[Fault]:
        for font in self.reading.fonts.values():
            if font.used:
                yield from _font(font)

    # -------------------------------------------------------------------------- headings

    def headings(self) -> Iterator[Fault]:
        last = 0
        found = [each for each in self.elements if re.fullmatch("H[1-6]?", each.kind)]
        for element in found:
            level = int(element.kind[1:] or 0)
            if level > last + 1:
                after = f"after H{last}" if last else "before any H1"
                yield self.fault("heading-order", f"H{level} comes {after}", element)
            last = level or last
        if len({len(each.kind) for each in found}) > 1:
            yield Fault("heading-kinds", "headings with and without a level stand side by side")
        if len(found) > OUTLINE_FROM:
            outline: Any = self.root.get("/Outlines")
            if _get(outline, "/First") is None:
                yield Fault("no-outline", f"{len(found)} headings and no outline")
            else:
                yield from self.outline(outline)

    def outline(self, outline: Any) -> Iterator[Fault]:
        left, seen = [outline["/First"]], set()
        while left:
            entry: Any = left.pop()
            if entry.objgen in seen:
                yield Fault("no-outline", "the outline goes round in a circle")
                return
            seen.add(entry.objgen)
            if not str(entry.get("/Title", "")).strip():
                yield Fault("no-outline", "an entry of the outline says nothing")
            if "/Dest" not in entry and "/A" not in entry:
                yield Fault(
                    "no-outline", f"'{entry.get('/Title', '')}' in the outline leads nowhere"
                )
            left += [entry[name] for name in ("/Next", "/First") if name in entry]

    # -------------------------------------------------------------------------- shapes

    def shapes(self) -> Iterator[Fault]:
        for element in self.elements:
            may = _MAY_HOLD.get(element.kind)
            for kid in element.elements if may is not None else ():
                if may is not None and kid.kind not in may[0]:
                    what = f"a {element.kind} holds a {kid.kind}"
                    yield self.fault(may[1], what, kid)
            bare = any(isinstance(kid, Content) for kid in element.kids)
            if may is not None and bare and element.kind != "TOCI":
                what = f"a {element.kind} holds text of its own"
                yield self.fault(may[1], what, element)
            above = _STANDS_IN.get(element.kind)
            if above is not None:
                parent = element.parent.kind if element.parent is not None else "the file"
                if parent not in above[0]:
                    what = f"a {element.kind} stands in {parent}"
                    yield self.fault(above[1], what, element)
            instead = (element.alt or element.actual or "").strip()
            if element.kind in ("Figure", "Formula") and not instead:
                what = f"a {element.kind} has no text alternative"
                yield self.fault("no-alternative", what, element)
            if element.kind == "Note" and not element.id:
                yield self.fault("note-id", "a Note has no ID", element)
            if element.kind in ("L", "Table", "TOC") and not element.elements:
                yield self.fault(_MAY_HOLD[element.kind][1], f"a {element.kind} is empty", element)
            if element.kind == "L":
                yield from self.items(element)

    def items(self, element: Element) -> Iterator[Fault]:
        for item in element.elements:
            bodies = sum(kid.kind == "LBody" for kid in item.elements)
            if item.kind == "LI" and not bodies:
                yield self.fault("list-shape", "a list item has no body", item)

    def names(self) -> Iterator[Fault]:
        counted = Counter(element.id for element in self.elements if element.id is not None)
        for id, times in counted.items():
            if times > 1:
                name = id.decode("latin-1")
                yield Fault("id-twice", f"the ID '{name}' is given {times} times")

    # -------------------------------------------------------------------------- tables

    def tables(self) -> Iterator[Fault]:
        for element in self.elements:
            if element.kind == "Table":
                yield from self.table(element)
            elif element.kind == "Caption" and element.parent is not None:
                yield from self.caption(element, element.parent)

    def caption(self, caption: Element, parent: Element) -> Iterator[Fault]:
        if parent.kind not in ("Table", "L", "TOC"):
            return
        among = parent.elements
        ends = (among[0], among[-1]) if parent.kind == "Table" else (among[0],)
        if caption not in ends or sum(each.kind == "Caption" for each in among) > 1:
            what = f"a caption is neither first nor last in its {parent.kind}"
            yield self.fault("caption-place", what, caption)

    def table(self, table: Element) -> Iterator[Fault]:
        for part in ("THead", "TFoot"):
            if sum(each.kind == part for each in table.elements) > 1:
                yield self.fault("table-shape", f"a table has two {part}", table)
        kinds = {each.kind for each in table.elements}
        if kinds & {"THead", "TFoot"} and not kinds & {"TBody", "TR"}:
            yield self.fault("table-shape", "a table has a head or foot, but no body", table)
        rows = [
            row
            for part in table.elements
            for row in ([part] if part.kind == "TR" else part.elements)
            if row.kind == "TR"
        ]
        yield from self.grid(table, rows)
        cells = [cell for row in rows for cell in row.elements]
        heads = [cell for cell in cells if cell.kind == "TH"]
        yield from self.headers(table, cells, heads)

    def headers(
        self, table: Element, cells: list[Element], heads: list[Element]
    ) -> Iterator[Fault]:
        known = {cell.id for cell in heads if cell.id}
        scoped = all(_scope(cell) for cell in heads)
        bare = 0
        for cell in cells:
            named = {bytes(each) for each in _each(cell.attributes.get("Headers"))}
            if not named <= known:
                yield self.fault("header-scope", "a cell names a header that is not there", cell)
            bare += cell.kind == "TD" and not named
        if heads and not scoped and (bare or not known):
            yield self.fault("header-scope", "a header cell has no scope", table)

    def grid(self, table: Element, rows: list[Element]) -> Iterator[Fault]:
        """Does every row have as many columns, spans counted?"""
        open_spans: dict[int, int] = {}  # column: rows that a cell above still reaches into
        widths = set()
        for row in rows:
            filled = {column for column, left in open_spans.items() if left}
            below = {column: left - 1 for column, left in open_spans.items() if left > 1}
            at = 0
            for cell in row.elements:
                while at in filled:
                    at += 1
                across, down = _span(cell, "ColSpan"), _span(cell, "RowSpan")
                if across > 1000 or down > 10_000:
                    yield self.fault("table-ragged", "a cell spans more than any table has", cell)
                    return
                for column in range(at, at + across):
                    if column in filled:
                        yield self.fault("table-ragged", "two cells lie over one another", cell)
                    filled.add(column)
                    if down > 1:
                        below[column] = down - 1
                at += across
            widths.add(len(filled))
            open_spans = below
        if len(widths) > 1:
            what = f"a table's rows are {min(widths)} to {max(widths)} columns wide"
            yield self.fault("table-ragged", what, table)
        if open_spans:
            yield self.fault("table-ragged", "a cell spans rows below the last", table)


_LIST, _TABLE, _TOC = "list-shape", "table-shape", "toc-shape"
_MAY_HOLD: dict[str, tuple[frozenset[str], str]] = {
    "L": (frozenset({"L", "LI", "Caption"}), _LIST),
    "LI": (frozenset({"Lbl", "LBody"}), _LIST),
    "Table": (frozenset({"TR", "THead", "TBody", "TFoot", "Caption"}), _TABLE),
    "THead": (frozenset({"TR"}), _TABLE),
    "TBody": (frozenset({"TR"}), _TABLE),
    "TFoot": (frozenset({"TR"}), _TABLE),
    "TR": (frozenset({"TH", "TD"}), _TABLE),
    "TOC": (frozenset({"TOC", "TOCI", "Caption"}), _TOC),
    "TOCI": (frozenset({"Lbl", "P", "NonStruct", "Reference", "TOC", "Link", "Span"}), _TOC),
}
_STANDS_IN: dict[str, tuple[frozenset[str], str]] = {
    "LI": (frozenset({"L"}), _LIST),
    "LBody": (frozenset({"LI"}), _LIST),
    "THead": (frozenset({"Table"}), _TABLE),
    "TBody": (frozenset({"Table"}), _TABLE),
    "TFoot": (frozenset({"Table"}), _TABLE),
    "TR": (frozenset({"Table", "THead", "TBody", "TFoot"}), _TABLE),
    "TH": (frozenset({"TR"}), _TABLE),
    "TD": (frozenset({"TR"}), _TABLE),
    "TOCI": (frozenset({"TOC"}), _TOC),
}


def _font(font: Font) -> Iterator[Fault]:
    below: Any = font.object["/DescendantFonts"][0] if font.wide else font.object
    kind = str(font.object.get("/Subtype", ""))
    descriptor: Any = below.get("/FontDescriptor")
    if kind != "/Type3" and not any(
        name in (descriptor or {}) for name in ("/FontFile", "/FontFile2", "/FontFile3")
    ):
        yield Fault("font-not-embedded", f"the font {font.name} is not in the file")
    if not font.wide:
        encoding: Any = font.object.get("/Encoding")
        if "/ToUnicode" not in font.object and encoding is None:
            yield Fault("font-not-unicode", f"the font {font.name} does not say its letters")
        return
    if below.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in below:
        yield Fault("font-not-embedded", f"the font {font.name} does not say its glyphs")
    if 0 in font.used:
        yield Fault("glyph-missing", f"a letter is not in the font {font.name}")
    if "/ToUnicode" not in font.object:
        yield Fault("font-not-unicode", f"the font {font.name} does not say its letters")
        return
    unknown = [
        code for code in sorted(font.used - {0}) if font.texts.get(code, "") in ("", *_NO_LETTERS)
    ]
    if unknown:
        codes = ", ".join(f"{code:04x}" for code in unknown[:5])
        what = f"the font {font.name} does not say which letters {codes} are"
        yield Fault("font-not-unicode", what)


_NO_LETTERS = ("\0", "\ufeff", "\ufffe")


class _About:
    """What the file's XMP says of it."""

    def __init__(self, stream: Any) -> None:
        self.title = self.ua = self.part = self.level = ""
        if not isinstance(stream, pikepdf.Stream):
            return
        try:
            tree = ElementTree.fromstring(bytes(stream.read_bytes()))
        except ElementTree.ParseError:
            return
        for node in tree.iter(_RDF + "Description"):
            self.ua = _property(node, "{http://www.aiim.org/pdfua/ns/id/}part") or self.ua
            self.part = _property(node, "{http://www.aiim.org/pdfa/ns/id/}part") or self.part
            self.level = (
                _property(node, "{http://www.aiim.org/pdfa/ns/id/}conformance") or self.level
            )
            for item in node.iterfind("{http://purl.org/dc/elements/1.1/}title//" + _RDF + "li"):
                self.title = self.title or item.text or ""


_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def _property(node: ElementTree.Element, name: str) -> str:
    return (node.get(name) or node.findtext(name) or "").strip()


def _is_language(tag: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|[ix](-[A-Za-z0-9]{1,8})+", tag))


def _get(holder: Any, name: str) -> Any:
    return None if holder is None else holder.get(name)


def _each(listed: Any) -> list[Any]:
    if listed is None:
        return []
    return list(listed) if isinstance(listed, pikepdf.Array) else [listed]


def _key(obj: Any) -> Key | None:
    return obj.objgen if isinstance(obj, pikepdf.Dictionary) else None


def _numbers(node: Any, depth: int = 0) -> Iterator[tuple[int, Any]]:
    """The entries of a number tree."""
    if node is None or depth > 50:
        return
    listed = _each(node.get("/Nums"))
    yield from (
        (int(number), entry) for number, entry in zip(listed[::2], listed[1::2], strict=False)
    )
    for kid in _each(node.get("/Kids")):
        yield from _numbers(kid, depth + 1)


def _names(node: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The entries of a name tree."""
    if node is None or depth > 50:
        return
    listed = _each(node.get("/Names"))
    yield from ((str(name), entry) for name, entry in zip(listed[::2], listed[1::2], strict=False))
    for kid in _each(node.get("/Kids")):
        yield from _names(kid, depth + 1)


def _page(element: Element) -> int | None:
    for below in element.walk():
        if below.page is not None:
            return below.page + 1
    return None


def _kids(element: Element) -> Iterable[object]:
    for below in element.walk():
        yield from below.kids


def _within(element: Element | None, kind: str) -> bool:
    while element is not None:
        if element.kind == kind:
            return True
        element = element.parent
    return False


def _is_shown(annotation: Any) -> bool:
    return annotation.get("/Subtype") != "/Popup" and not int(annotation.get("/F", 0)) & 2


def _tooltip(field: Any) -> bool:
    while "/TU" not in field and "/Parent" in field:
        field = field["/Parent"]
    return bool(str(field.get("/TU", "")).strip())


def _runs_script(action: Any) -> bool:
    return isinstance(action, pikepdf.Dictionary) and action.get("/S") not in (None, "/GoTo")


def _scope(cell: Element) -> str | None:
    scope = cell.attributes.get("Scope")
    return str(scope) if scope is not None and str(scope) in _SCOPES else None


_SCOPES = ("/Row", "/Column", "/Both")


def _span(cell: Element, name: str) -> int:
    given = cell.attributes.get(name, 1)
    return max(1, given) if isinstance(given, int) else 1
