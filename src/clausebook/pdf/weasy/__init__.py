"""What leans on WeasyPrint's private parts, with `quicker` within it; everything else goes through it.

HTML in, laid-out pages out; laid-out pages and a way to build their structure in, a PDF that
declares PDF/UA-1 and PDF/A-2a out. `tests/pdf/test_engine.py` says what is leant on; the version
is bound exactly in pyproject.toml, so that a new one is a change somebody reads.

Importing this raises `CannotMakePdfs` when a library of the system is missing or too old.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import io
import logging
import os
import re
import sys
import tempfile
import threading
import warnings
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from clausebook.pdf import CannotMakePdfs
from clausebook.pdf.merge import BESIDE
from clausebook.pdf.tags import Click, Mark, Node, Piece, Tree

FONTS = Path(__file__).parents[1] / "fonts"
FAMILIES = ("Clausebook Text", "Clausebook Legible", "Clausebook Symbols")
ENGINE = "70.0"
# What WeasyPrint 70 itself asks for.
PANGO = (1, 44, 0)
HARFBUZZ = (4, 1, 0)

HOW_TO_INSTALL = """\
PDFs need {missing}.
  Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
  macOS:          brew install pango
  Windows:        install MSYS2, then: pacman -S mingw-w64-ucrt-x86_64-pango"""


# ---------------------------------------------------------------------------- loading it


def _say_what_to_install(missing: str) -> CannotMakePdfs:
    return CannotMakePdfs(HOW_TO_INSTALL.format(missing=missing))


@contextlib.contextmanager
def _only_our_fonts() -> Iterator[None]:
    """While it lasts, Fontconfig sees our fonts only; programs started later see what they did.

    Fontconfig reads its file and the fonts at once and never again, so the file goes with it: what
    ends without saying so leaves nothing behind.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory(prefix="clausebook-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "fonts.conf"
        file.write_text(
            '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
            f"<fontconfig><dir>{escape(str(FONTS))}</dir>"
            f"<cachedir>{escape(str(Path(folder) / 'cache'))}</cachedir></fontconfig>\n",
            encoding="utf-8",
        )
        os.environ["FONTCONFIG_FILE"] = str(file)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before


@contextlib.contextmanager
def _found_by_the_loader() -> Iterator[None]:
    """While it lasts, the names of libraries are looked up by the system's loader alone.

    WeasyPrint tries the names of other systems first, and for each that is not there Python starts
    `ldconfig` and a compiler on Linux: ten times as long as all the loading takes. The last that it
    tries is the loader's own.
    """
    before = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = before


class _Nothing(ModuleType):
    """In place of a module that is not used."""

    # What WeasyPrint takes from one by name.
    instantiateVariableFont = None


@contextlib.contextmanager
def _no_more_of_fonttools_than_is_used() -> Iterator[None]:
    """While it lasts, what cuts fonts and what fixes variable ones are modules with nothing in them.

    WeasyPrint cuts fonts with the one only where there is no harfbuzz-subset, which is asked for
    below; no font of ours is variable. To load both takes a fifth of the time that all of it does.
    """
    names = {"fontTools.subset", "fontTools.varLib.instancer"} - sys.modules.keys()
    sys.modules.update({name: _Nothing(name) for name in names})
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def _load() -> None:
    """Import WeasyPrint, with one sentence in place of what it and cffi would say."""
    try:
        with (
            _only_our_fonts(),
            _found_by_the_loader(),
            _no_more_of_fonttools_than_is_used(),
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # of harfbuzz-subset, which is asked for below
            import weasyprint.text.ffi  # type: ignore[import-untyped]  # noqa: F401
    except (OSError, AttributeError) as error:
        for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
            del sys.modules[name]
        first = str(error).splitlines()[0]
        raise _say_what_to_install(f"Pango, HarfBuzz and Fontconfig ({first})") from None


_load()

import pydyf  # type: ignore[import-untyped]  # noqa: E402
import weasyprint  # noqa: E402
import weasyprint.document  # type: ignore[import-untyped]  # noqa: E402
import weasyprint.pdf  # type: ignore[import-untyped]  # noqa: E402
from weasyprint.css.targets import TargetCollector  # type: ignore[import-untyped]  # noqa: E402
from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]  # noqa: E402
from weasyprint.layout.absolute import AbsolutePlaceholder  # type: ignore[import-untyped]  # noqa: E402
from weasyprint.text import ffi  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]  # noqa: E402
from weasyprint.urls import (  # type: ignore[import-untyped]  # noqa: E402
    URLFetcher,
    URLFetcherResponse,
)

__all__ = ["Fonts", "URLFetcher", "URLFetcherResponse", "lay_out", "listening", "sheet", "write"]


def _check() -> None:
    """Raise where a library is there but will not do."""
    if weasyprint.__version__ != ENGINE:
        raise CannotMakePdfs(
            f"PDFs are made with WeasyPrint {ENGINE}, but {weasyprint.__version__} is installed.\n"
            f"  pip install weasyprint=={ENGINE}"
        )
    if ffi.harfbuzz_subset is None:
        raise _say_what_to_install("harfbuzz-subset, which cuts fonts down the same way each time")
    if (pango := ffi.pango.pango_version()) < (
        wanted := PANGO[0] * 10000 + PANGO[1] * 100 + PANGO[2]
    ):
        raise _say_what_to_install(f"Pango 1.44 or newer (this is {pango}, not {wanted})")
    if not ffi.harfbuzz.hb_version_atleast(*HARFBUZZ):
        raise _say_what_to_install("HarfBuzz 4.1 or newer")


_check()

from clausebook.pdf.weasy import quicker  # noqa: E402  (of another version, it could not be loaded)

# ---------------------------------------------------------------------------- laying out


class Fonts:
    """Our fonts, loaded once."""

    def __init__(self) -> None:
        with _only_our_fonts():
            self.configuration = FontConfiguration()


def sheet(css: str, fonts: Fonts, base: str) -> object:
    """A stylesheet, parsed once. Anything in it that would be ignored is a `ValueError`."""
    with listening() as said:
        made = weasyprint.CSS(
            string=css, font_config=fonts.configuration, url_fetcher=_no_fetcher(), base_url=base
        )
    if said:
        raise ValueError("; ".join(said))
    made.seldom = quicker.seldom(css)
    return made


def _no_fetcher() -> Any:
    return URLFetcher(allowed_protocols=())


def html(text: str, *, base: str, fetcher: object) -> Any:
    """A parsed document: `.etree_element` is its root."""
    made = quicker.HTML(string=text, base_url=base, url_fetcher=fetcher)
    made.seldom = "<style" in text and quicker.seldom(text)
    return made


def lay_out(parsed: Any, sheets: Iterable[object], fonts: Fonts) -> Any:
    """The pages of a document. Links within one link become one place to click."""
    given: list[Any] = list(sheets)
    parsed.seldom = parsed.seldom or any(sheet.seldom for sheet in given)
    before = weasyprint.document.TargetCollector
    weasyprint.document.TargetCollector = _Targets
    try:
        with quicker.ways():
            document = parsed.render(
                font_config=fonts.configuration, stylesheets=given, **_options()
            )
    finally:
        weasyprint.document.TargetCollector = before
    for page in document.pages:
        page.links = _joined(page)
    return document


class _Targets(TargetCollector):  # type: ignore[misc]
    """Knows whose page number a line of contents wants.

    WeasyPrint reads that out of an attribute when it writes the number, but not when it notes that
    it is not known yet: it takes the line to want its own, and lays out its page once more for that.
    """

    def collect_missing_counters(
        self, box: Any, token: str, again: Any, own: list[str], of: dict[str | None, list[str]]
    ) -> None:
        if own and of.get(None) is own and (to := box.element.get("href", "")).startswith("#"):
            own, of = [], {to[1:]: own}
        super().collect_missing_counters(box, token, again, own, of)


def _options() -> dict[str, object]:
    return {"pdf_variant": "pdf/a-2a"}


def _joined(page: Any) -> list[Any]:
    """One entry per link and line, where WeasyPrint has one for each element within the link."""
    found = {id(_plain(box)): (kind, target, area) for kind, target, area, box in page.links}
    joined: list[Any] = []

    def walk(box: Any, around: list[Any] | None) -> None:
        box = _plain(box)
        entry = found.get(id(box))
        if entry is not None and around is None:
            around = [entry[0], entry[1], entry[2], box]
            joined.append(around)
        elif entry is not None and around is not None and entry[1] == around[1]:
            around[2] = _union(around[2], entry[2])
        for child in box.all_children():
            walk(child, around)

    walk(page._page_box, None)
    return [tuple(entry) for entry in joined]


def _union(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    return (*map(min, one[:2], other[:2]), *map(max, one[2:], other[2:]))


def _plain(box: Any) -> Any:
    return box._box if isinstance(box, AbsolutePlaceholder) else box


def families(document: Any) -> set[tuple[str, ...]]:
    """The lists of font names that words of the document ask for."""
    return {
        tuple(box.style["font_family"])
        for page in document.pages
        for box in page._page_box.descendants(True)
        if isinstance(box, boxes.TextBox)
    }


def links_at_the_edges(document: Any) -> list[str]:
    """Targets of links in running headers and footers, where nobody could follow them."""
    found = []
    for page in document.pages:
        ours = {id(_plain(link[3])): link[1] for link in page.links}
        for child in page._page_box.children:
            if isinstance(child, (boxes.MarginBox, boxes.FootnoteAreaBox)):
                for box in (child, *child.descendants(True)):
                    if id(_plain(box)) in ours:
                        found.append(str(ours[id(_plain(box))]))
    return found


def floated_notes(document: Any) -> bool:
    """Were notes floated to the foot of a page, where WeasyPrint can lose them?"""
    return any(
        isinstance(child, boxes.FootnoteAreaBox) and child.children
        for page in document.pages
        for child in page._page_box.children
    )


# ---------------------------------------------------------------------------- what it says


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.said = said
        self.thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.said.append(record.getMessage())


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """What WeasyPrint warns of while it lasts; it says so nowhere else."""
    said: list[str] = []
    logger = logging.getLogger("weasyprint")
    before = (logger.level, logger.propagate)
    ear = _Ear(said)
    logger.addHandler(ear)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(ear)
        logger.setLevel(before[0])
        logger.propagate = before[1]


# ---------------------------------------------------------------------------- pages as pieces


def pieces(document: Any, streams: list[Any]) -> list[Piece]:
    """The pages of a document as the tag builder sees them."""
    made = []
    for number, (page, stream) in enumerate(zip(document.pages, streams, strict=True)):
        marks = {box: kid["mcid"] for box, kid in stream._tags.items()}
        made.append(_piece(page._page_box, number, marks, page.height))
    return made


def _piece(box: Any, page: int, marks: dict[Any, int], height: float) -> Piece:
    box = _plain(box)
    element = box.element
    tag, _, pseudo = (
        (box.element_tag or "").partition("::") if element is not None else ("", "", "")
    )
    piece = Piece(
        kind="box",
        page=page,
        element=element,
        pseudo=pseudo,
        mark=marks.get(box),
        link=box.link_annotation,
        block=isinstance(box, (boxes.BlockLevelBox, boxes.TableCellBox)),
        fixed=box.style["position"] == "fixed",
    )
    if isinstance(box, boxes.TextBox):
        piece.kind = "words"
        piece.words = box.text if box.style["visibility"] == "visible" else ""
    elif isinstance(box, boxes.ReplacedBox):
        piece.kind = "picture"
        x, y = box.content_box_x(), box.content_box_y()
        left, right = x * 0.75, (x + box.width) * 0.75
        piece.area = (left, (height - y - box.height) * 0.75, right, (height - y) * 0.75)
    elif isinstance(box, boxes.MarginBox):
        piece.kind, piece.edge = "margin", box.at_keyword.lstrip("@")
    if tag in ("ul", "ol"):
        style = box.style["list_style_type"]
        piece.numbering = style if isinstance(style, str) else "disc"
    piece.pieces = [_piece(child, page, marks, height) for child in box.children]
    return piece


# ---------------------------------------------------------------------------- writing


class DrawnApart(Exception):
    """Words were drawn into a picture of their own (half-transparent), where no tag reaches."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def write(document: Any, build: Any, prefix: str) -> bytes:
    """The PDF: `build` makes the tree out of pieces, `prefix` sets its ids apart from others'."""
    _declare(document.metadata)

    def add_tags(pdf: Any, laid_out: Any, version: object, streams: list[Any]) -> None:
        _add_tags(pdf, laid_out, streams, build, prefix)

    before = weasyprint.pdf.add_tags, weasyprint.pdf.build_fonts_dictionary

    def build_fonts(pdf: Any, fonts: Any, *how: object) -> Any:
        _without_hidden_words(fonts)
        return before[1](pdf, fonts, *how)

    weasyprint.pdf.add_tags = add_tags
    weasyprint.pdf.build_fonts_dictionary = build_fonts
    try:
        with warnings.catch_warnings(), quicker.ways():
            # WeasyPrint leaves the file of its colour profile for Python to close.
            warnings.simplefilter("ignore", ResourceWarning)
            made: bytes = document.write_pdf(**_options())
    finally:
        weasyprint.pdf.add_tags, weasyprint.pdf.build_fonts_dictionary = before
    return made


# No letters of ours are drawn together that are more than this.
_LIGATURE = 4


def _without_hidden_words(fonts: Any) -> None:
    """The dots at the end of a shortened running head say dots, not all the words they stand for."""
    for font in fonts.values():
        for glyph, said in font.to_unicode.items():
            if len(said) > _LIGATURE:
                font.to_unicode[glyph] = "…"


_RDF = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# PDF/A wants a description of any vocabulary that it does not know: that of PDF/UA.
_ALSO_UA = (
    b'<rdf:Description xmlns:rdf="' + _RDF + b'" rdf:about=""'
    b' xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1" />'
    b'<rdf:Description xmlns:rdf="' + _RDF + b'" rdf:about=""'
    b' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    b' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    b' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    b'<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    b"<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>"
    b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    b"<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    b'<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    b"<pdfaProperty:name>part</pdfaProperty:name>"
    b"<pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    b"<pdfaProperty:category>internal</pdfaProperty:category>"
    b"<pdfaProperty:description>Indicates which part of ISO 14289 is followed"
    b"</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>"
    b"</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)


def _declare(metadata: Any) -> None:
    """Have the metadata say PDF/UA-1 besides the PDF/A-2a that WeasyPrint says."""
    of_pdf_a = metadata.generate_rdf_metadata

    def of_both(*how: object) -> bytes:
        said: bytes = of_pdf_a(*how)
        end = b"</rdf:RDF>"
        if said.count(end) != 1:
            raise AssertionError("WeasyPrint writes its metadata another way than before")
        return said.replace(end, _ALSO_UA + end)

    metadata.generate_rdf_metadata = of_both


def _add_tags(pdf: Any, document: Any, streams: list[Any], build: Any, prefix: str) -> None:
    """What WeasyPrint's own function of this name does, with our tree."""
    pages = pieces(document, streams)
    tree: Tree = build(pages, document._html.etree_element)
    kept: list[set[int]] = [set() for _ in pages]
    for node in tree.root.nodes():
        for kid in node.kids:
            if isinstance(kid, Mark):
                kept[kid.page].add(kid.number)
    numbers = []
    for page, stream in enumerate(streams):
        numbers.append(_renumber(stream, page, kept[page], tree))
        if lost := kept[page] - set(numbers[page]):
            raise DrawnApart(next(_words_of(pages[page], lost), ""))
        _tidy(stream)
    _Writer(pdf, prefix, numbers).write(tree.root)
    _without_empty_resources(pdf)
    for stream in streams:
        stream._tags.clear()
    pdf.write = partial(_write_each_once, pdf)
    pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"DisplayDocTitle": "true"})
    pdf.catalog["MarkInfo"] = pydyf.Dictionary({"Marked": "true"})


def _write_each_once(pdf: Any, *how: object, **more: object) -> None:
    pdf.objects = [_InBytes(one) for one in pdf.objects]
    pydyf.PDF.write(pdf, *how, **more)


class _InBytes(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF whose bytes are made once: they are written, and its id is made from them."""

    def __init__(self, one: Any) -> None:
        super().__init__()
        self.number, self.generation, self.free = one.number, one.generation, one.free
        self.one = one

    @property
    def compressible(self) -> bool:
        return bool(self.one.compressible)

    @cached_property
    def data(self) -> bytes:
        return bytes(self.one.data)


def _renumber(stream: Any, page: int, kept: set[int], tree: Tree) -> dict[int, int]:
    """Number what is in the tree from 0 in the order it is drawn; make the rest artifacts."""
    numbers: dict[int, int] = {}
    operations = stream.stream
    for index, operation in enumerate(operations):
        if operation != b"BDC" or not isinstance(properties := operations[index - 1], dict):
            continue
        if (old := properties.get("MCID")) is None:
            continue
        if old in kept:
            properties["MCID"] = numbers.setdefault(old, len(numbers))
            continue
        kind = tree.artifacts.get(Mark(page, old))
        operations[index - 2] = "/Artifact"
        if kind:
            operations[index - 1] = pydyf.Dictionary({"Type": "/Pagination", "Subtype": f"/{kind}"})
        else:
            operations[index - 1] = b""
            operations[index] = b"BMC"
    return numbers


_LONG = re.compile(rb"(\d\.\d{3})\d+")
_HEX = re.compile(rb"<([0-9a-f]*)>")
# What means something else within a string that is written as it is.
_MEANT_OTHERWISE = re.compile(rb"[\\()]")


def _tidy(stream: Any) -> None:
    """The same drawing in fewer bytes: WeasyPrint says how far each letter is moved, even by 0,
    writes two bytes of a letter as four digits, and places lines to a millionth of a point."""
    operations = stream.stream
    for index, operation in enumerate(operations):
        if isinstance(operation, bytes) and operation.endswith(b" TJ"):
            operations[index] = _HEX.sub(_as_it_is, operation.replace(b">0<", b""))
        elif isinstance(operation, bytes) and operation.endswith(b" Tm"):
            operations[index] = _LONG.sub(rb"\1", operation)


def _as_it_is(written: re.Match[bytes]) -> bytes:
    said = _MEANT_OTHERWISE.sub(rb"\\\g<0>", unhexlify(written[1]))
    return b"(" + said.replace(b"\r", rb"\r") + b")"


def _without_empty_resources(pdf: Any) -> None:
    """WeasyPrint lists kinds of resources that there are none of; checkers ask what they are for."""
    for one in pdf.objects:
        resources = one.extra.get("Resources") if isinstance(one, pydyf.Stream) else one
        if isinstance(resources, dict) and "ExtGState" in resources and "Pattern" in resources:
            for kind in ("ExtGState", "Pattern", "Shading", "XObject"):
                if not resources[kind]:
                    del resources[kind]


def _words_of(piece: Piece, marks: set[int]) -> Iterator[str]:
    if piece.mark in marks and piece.words:
        yield piece.words
    for inner in piece.pieces:
        yield from _words_of(inner, marks)


class _Writer:
    """A tree into a PDF."""

    def __init__(self, pdf: Any, prefix: str, numbers: list[dict[int, int]]) -> None:
        self.pdf = pdf
        self.prefix = prefix
        self.numbers = numbers
        self.pages = pdf.page_references
        self.parents: list[dict[int, Any]] = [{} for _ in numbers]
        self.clicks: list[tuple[Any, Any]] = []
        self.ids: dict[str, Any] = {}

    def write(self, root: Node) -> None:
        start = self.object({"Type": "/StructTreeRoot"})
        start["K"] = pydyf.Array([self.node(root, start).reference])
        found = pydyf.Array()
        for page, parents in enumerate(self.parents):
            found.extend((page, pydyf.Array(parents[n].reference for n in range(len(parents)))))
        for key, (annotation, node) in enumerate(self.clicks, len(self.parents)):
            annotation["StructParent"] = key
            found.extend((key, node.reference))
        start["ParentTree"] = self.object({"Nums": found}).reference
        start["ParentTreeNextKey"] = len(self.parents) + len(self.clicks)
        if self.ids:
            names = pydyf.Array()
            for name, node in sorted(self.ids.items(), key=lambda one: one[0].encode()):
                names.extend((pydyf.String(name), node.reference))
            start["IDTree"] = self.object({"Names": names}).reference
        self.pdf.catalog["StructTreeRoot"] = start.reference
        self.only_these_clicks()

    def object(self, content: dict[str, Any]) -> Any:
        made = pydyf.Dictionary(content)
        self.pdf.add_object(made)
        return made

    def node(self, node: Node, parent: Any) -> Any:
        made = self.object({"Type": "/StructElem", "S": f"/{node.tag}", "P": parent.reference})
        if node.id:
            name = self.prefix + node.id
            made["ID"] = pydyf.String(name)
            self.ids[name] = made
        for key, value in (("Lang", node.lang), ("Alt", node.alt), ("E", node.expansion)):
            if value:
                made[key] = pydyf.String(value)
        self.attributes(node, made)
        kids = pydyf.Array()
        home: int | None = None
        for kid in node.kids:
            if isinstance(kid, Node):
                kids.append(self.node(kid, made).reference)
                continue
            if home is None:
                home = kid.page
                made["Pg"] = self.pages[home]
            kids.append(self.content(kid, made, home))
        made["K"] = kids
        return made

    def attributes(self, node: Node, made: Any) -> None:
        if node.area:
            node.attributes.setdefault("Layout", {})
        lists = pydyf.Array()
        for owner, values in node.attributes.items():
            entry = pydyf.Dictionary({"O": f"/{owner}"})
            for key, value in values.items():
                entry[key] = value if isinstance(value, int) else f"/{value}"
            if owner == "Layout" and node.area:
                entry["BBox"] = pydyf.Array(node.area)
            lists.append(entry)
        if lists:
            made["A"] = lists[0] if len(lists) == 1 else lists

    def content(self, kid: Mark | Click, made: Any, home: int) -> Any:
        page = self.pages[kid.page]
        if isinstance(kid, Click):
            annotation: Any = kid.annotation
            self.clicks.append((annotation, made))
            return pydyf.Dictionary({"Type": "/OBJR", "Obj": annotation.reference, "Pg": page})
        number = self.numbers[kid.page][kid.number]
        self.parents[kid.page][number] = made
        if kid.page == home:
            return number
        return pydyf.Dictionary({"Type": "/MCR", "Pg": page, "MCID": number})

    def only_these_clicks(self) -> None:
        """Take links in repeated heads and the like off their pages: their words are artifacts."""
        kept = {annotation.reference for annotation, _ in self.clicks}
        for number in self.pdf.pages["Kids"][::3]:
            page = self.pdf.objects[number]
            if "Annots" in page:
                page["Annots"] = pydyf.Array(one for one in page["Annots"] if one in kept)
                if not page["Annots"]:
                    del page["Annots"]


def name_links(root: Node, name_of: Any) -> None:
    """Say in each link annotation where it leads, in the words of its link.

    A file that lies beside this one is linked to by its name alone.
    """
    for node in root.nodes():
        for kid in node.kids:
            if isinstance(kid, Click):
                element: Element | None = node.element
                words = name_of(element) if element is not None else ""
                annotation: Any = kid.annotation
                if words:
                    annotation["Contents"] = pydyf.String(words[:200])
                action = annotation.get("A", {})
                if "URI" in action:
                    address = action["URI"].string.removeprefix(BESIDE)
                    action["URI"] = pydyf.String(address)
