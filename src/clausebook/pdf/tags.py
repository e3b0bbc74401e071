"""The boxes of laid-out pages in, the tree that assistive technology reads out.

Boxes come as `Piece`s and know the HTML element they were made for, so an element that a page break
split is one node again. What is not for reading (running headers, watermarks, repeated table heads,
pictures with an empty alternative) gets no node: it stays out of the tree and becomes an artifact.

Knows nothing of WeasyPrint: `clausebook.pdf.weasy` makes the pieces and writes the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Literal
from xml.etree.ElementTree import Element

from clausebook.typed import dataclass

SVG = "{http://www.w3.org/2000/svg}"

# What an HTML element is in PDF 1.7. Elements not named here add nothing to the tree of their own.
TAGS = {
    **{f"h{level}": f"H{level}" for level in range(1, 7)},
    "article": "Art",
    "blockquote": "BlockQuote",
    "caption": "Caption",
    "code": "Code",
    "dl": "L",
    "figcaption": "Caption",
    "figure": "Div",
    "kbd": "Code",
    "li": "LI",
    "nav": "Sect",
    "ol": "L",
    "p": "P",
    "pre": "P",
    "q": "Quote",
    "samp": "Code",
    "section": "Sect",
    "summary": "P",
    "table": "Table",
    "tbody": "TBody",
    "td": "TD",
    "tfoot": "TFoot",
    "th": "TH",
    "thead": "THead",
    "tr": "TR",
    "ul": "L",
}
# Words do not stand in these directly: they get a paragraph.
GROUPS = frozenset(
    "Document Part Art Sect Div BlockQuote TOC TOCI L Table TR THead TBody TFoot".split()
)
INLINE = frozenset("Code Link Quote Reference Span".split())
# An element without a tag of its own that says its language, or can be linked to, gets one of these.
PHRASES = frozenset(
    "a abbr b bdi bdo cite data del dfn em i ins label mark s small span strong sub sup time u var".split()
)
NUMBERING = {
    "disc": "Disc",
    "circle": "Circle",
    "square": "Square",
    "decimal": "Decimal",
    "decimal-leading-zero": "Decimal",
    "upper-roman": "UpperRoman",
    "lower-roman": "LowerRoman",
    "upper-alpha": "UpperAlpha",
    "upper-latin": "UpperAlpha",
    "lower-alpha": "LowerAlpha",
    "lower-latin": "LowerAlpha",
}
TABLE_ORDER = {"Caption": 0, "THead": 1, "TFoot": 3}


@dataclass(slots=True, kw_only=True)
class Piece:
    """A box, or the part of one that stands on one page."""

    kind: Literal["box", "words", "picture", "margin"]
    page: int
    element: Element | None = None
    pseudo: str = ""  # "before", "after", "marker"…: made by the stylesheet
    words: str = ""
    mark: int | None = None  # which run of the page's content shows it
    link: object | None = None  # the annotation to click, when this box carries it
    area: tuple[float, float, float, float] | None = None  # of a picture, in points from below
    block: bool = False
    fixed: bool = False  # on every page
    edge: str = ""  # of a margin box: "top-left"…
    numbering: str = ""  # of a list: its CSS counter style
    pieces: list[Piece] = field(default_factory=list)

    def all(self) -> Iterator[Piece]:
        """It and all in it."""
        yield self
        for piece in self.pieces:
            yield from piece.all()

    def text(self) -> str:
        """All words in it."""
        return self.words + "".join(piece.text() for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Mark:
    """A run of a page's content."""

    page: int
    number: int


@dataclass(frozen=True, slots=True)
class Click:
    """A link annotation on a page."""

    page: int
    annotation: object


@dataclass(slots=True, eq=False)
class Node:
    """An element of the structure tree."""

    tag: str
    parent: Node | None = None
    element: Element | None = None
    kids: list[Node | Mark | Click] = field(default_factory=list)
    id: str = ""
    lang: str = ""
    alt: str = ""
    expansion: str = ""
    area: tuple[float, float, float, float] | None = None
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    owner: object = None  # of a paragraph we made: whose loose words it holds
    inside: Node | None = None  # where content goes when it is not this node itself

    @property
    def content(self) -> Node:
        return self.inside.content if self.inside else self

    def nodes(self) -> Iterator[Node]:
        """It and all below, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Node):
                yield from kid.nodes()

    def within(self, tag: str) -> Node | None:
        """It or the nearest around it with this tag."""
        node: Node | None = self
        while node is not None and node.tag != tag:
            node = node.parent
        return node


@dataclass(frozen=True, slots=True)
class Tree:
    """The structure of a document, and what kind of artifact the marks outside it are."""

    root: Node
    artifacts: dict[Mark, str]  # "Header", "Footer", "Watermark"


def tree(pages: Iterable[Piece], html: Element) -> Tree:
    """The structure of a document from the pieces of its pages."""
    builder = _Builder(html)
    for page in pages:
        for piece in page.pieces:
            builder.walk(piece, builder.root, None)
    _finish(builder.root)
    return Tree(builder.root, builder.artifacts)


def missing(pages: Iterable[Piece], html: Element) -> Iterator[Element]:
    """Elements of whose own words some stand on no page, or stand there invisibly.

    WeasyPrint leaves out the head of a table that is too tall for a page, and says nothing.
    """
    shown: dict[Element, int] = {}
    for page in pages:
        for piece in page.all():
            # The first letter and line of an element are its own words, set in another way.
            if piece.element is not None and (
                not piece.pseudo or piece.pseudo.startswith("first-")
            ):
                shown[piece.element] = shown.get(piece.element, 0) + _length(piece.words)
    for element in _printed(html.find("body")):
        own = (element.text or "", *(child.tail or "" for child in element))
        if _length("".join(own)) > shown.get(element, 0):
            yield element


def _printed(element: Element | None) -> Iterator[Element]:
    """An element and those in it whose words are for the page."""
    if element is not None and isinstance(element.tag, str) and not element.tag.startswith(SVG):
        yield element
        for child in element:
            yield from _printed(child)


def _length(words: str) -> int:
    return len("".join(words.split()).replace("\u00ad", ""))


def name_of(element: Element) -> str:
    """What a link or a picture is called: its label, its words and alternatives, or its title."""
    if label := element.get("aria-label", "").strip():
        return label
    parts: list[str] = []
    _say(element, parts)
    return " ".join("".join(parts).split()) or element.get("title", "").strip()


def alternative(element: Element) -> str:
    """What is read in place of a picture; nothing when it is decoration."""
    if element.get("aria-hidden") == "true" or element.get("role") in ("presentation", "none"):
        return ""
    if element.tag == SVG + "svg":
        title = element.find(SVG + "title")
        words = element.get("aria-label") or (title.text if title is not None else "") or ""
    else:
        words = element.get("alt", "")
    return " ".join(words.split())


def is_contents(element: Element) -> bool:
    """Is this list of links a table of contents?"""
    classes = element.get("class", "").split()
    return element.tag == "nav" and (
        element.get("role") == "doc-toc" or "toc" in classes or "contents" in classes
    )


def is_notes(element: Element) -> bool:
    """Do end notes stand in this section?"""
    return element.get("role") == "doc-endnotes" or "notes" in element.get("class", "").split()


def _say(element: Element, parts: list[str]) -> None:
    if element.tag == "img" or element.tag == SVG + "svg":
        parts.append(f" {alternative(element)} ")
    elif element.tag == "br":
        parts.append(" ")
    elif isinstance(element.tag, str) and element.get("aria-hidden") != "true":
        parts.append(element.text or "")
        for child in element:
            _say(child, parts)
            parts.append(child.tail or "")


class _Builder:
    def __init__(self, html: Element) -> None:
        self.root = Node("Document")
        self.artifacts: dict[Mark, str] = {}
        self.language = html.get("lang", "")
        self.around = {child: parent for parent in html.iter() for child in parent}
        self.known: dict[Element, Node] = {}
        self.heads: dict[Element, str] = {}
        self.notes = 0

    # ------------------------------------------------------------------ the walk

    def walk(self, piece: Piece, here: Node, owner: object) -> None:
        """Put a piece and all in it below a node, or among the artifacts."""
        element = piece.element
        if piece.kind == "margin":
            self.drop(piece, "Header" if piece.edge.startswith("top") else "Footer")
        elif piece.fixed:
            self.drop(piece, "Watermark")
        elif element is not None and self.hidden(element):
            self.drop(piece, "")
        elif piece.kind == "words":
            if piece.mark is not None and piece.words.strip():  # spaces alone are not drawn
                self.put(Mark(piece.page, piece.mark), here, owner)
        elif piece.kind == "picture":
            self.picture(piece, here)
        elif element is not None and self.repeats(piece, element, here):
            self.drop(piece, "")
        else:
            if piece.block:
                owner = (element, piece.pseudo)
            target = self.place(piece, here, owner)
            if piece.link is not None:
                self.click(piece, target, owner)
            for inner in piece.pieces:
                self.walk(inner, target, owner)

    def drop(self, piece: Piece, kind: str) -> None:
        """Nobody reads this aloud."""
        if piece.mark is not None and kind:
            self.artifacts[Mark(piece.page, piece.mark)] = kind
        for inner in piece.pieces:
            self.drop(inner, kind)

    def hidden(self, element: Element) -> bool:
        return element.get("aria-hidden") == "true"

    def repeats(self, piece: Piece, element: Element, here: Node) -> bool:
        """Is this the head or foot of a table, again, on its next page?"""
        if element.tag not in ("thead", "tfoot") or piece.pseudo:
            return False
        words = piece.text()
        if element not in self.known:
            self.heads[element] = words
            return False
        return here is not self.known[element] and self.heads[element] == words

    # ------------------------------------------------------------------ elements

    def place(self, piece: Piece, here: Node, owner: object) -> Node:
        """The node that takes the content of a box."""
        element = piece.element
        if element is None:
            return here
        if piece.pseudo.endswith("marker"):
            return self.label(element, here)
        if piece.pseudo:
            return here
        if element in self.known:
            return self.known[element].content
        node = self.made(piece, element, here, owner)
        if node is None:
            return here
        self.known[element] = node
        self.describe(node, element, piece)
        return node.content

    def made(self, piece: Piece, element: Element, here: Node, owner: object) -> Node | None:
        name = element.tag
        parent = self.around.get(element)
        if name in ("html", "body", "main") or (
            parent is not None and parent.tag == "dl" and name == "div"
        ):
            return None
        if name == "a":
            return (
                self.link_node(element, here, owner, piece.block) if element.get("href") else None
            )
        if name in ("ul", "ol") and self.in_contents(element):
            return self.new("TOC", element, here, owner)
        if name == "li":
            return self.item(element, here, owner)
        if name in ("dt", "dd"):
            return self.term(element, here, owner)
        if name in TAGS:
            return self.new(TAGS[name], element, here, owner)
        if name in ("ins", "del") or (name == "abbr" and element.get("title")):
            return self.new("Span", element, here, owner)
        if not (element.get("id") or self.speaks(element)):
            return None
        if name in PHRASES and not piece.block:
            return self.new("Span", element, here, owner)
        return self.new("Div", element, here, owner) if self.may_hold_blocks(here) else None

    def describe(self, node: Node, element: Element, piece: Piece) -> None:
        """What its element says of a node."""
        if node.content.tag != "Note":  # which has it already
            node.id = node.id or element.get("id", "")
        if self.speaks(element):
            node.lang = element.get("lang", "")
        name = element.tag
        if name == "abbr":
            node.expansion = element.get("title", "")
        elif name in ("ins", "del"):
            line = "Underline" if name == "ins" else "LineThrough"
            node.attributes["Layout"] = {"TextDecorationType": line}
        elif name in ("ul", "ol") and node.tag == "L":
            node.attributes["List"] = {"ListNumbering": NUMBERING.get(piece.numbering, "None")}
        elif name in ("th", "td"):
            self.cell(node, element)

    def cell(self, node: Node, element: Element) -> None:
        table: dict[str, str | int] = {}
        if node.tag == "TH":
            table["Scope"] = "Row" if scope_of(element, self.around) == "row" else "Column"
        for attribute, key in (("colspan", "ColSpan"), ("rowspan", "RowSpan")):
            if (number := span_of(element, attribute)) > 1:
                table[key] = number
        if table:
            node.attributes["Table"] = table

    def item(self, element: Element, here: Node, owner: object) -> Node:
        """An item of a list or of the contents."""
        if here.content.tag == "TOC":
            return self.new("TOCI", element, here, owner)
        item = self.new("LI", element, here, owner)
        item.inside = self.below(item, "LBody")
        if any(is_notes(outer) for outer in self.outer(element)):
            note = item.inside.inside = self.below(item.inside, "Note")
            self.notes += 1
            note.id = element.get("id") or f"note-{self.notes}"
        return item

    def term(self, element: Element, here: Node, owner: object) -> Node:
        """A term or what it means: one item, however many of each."""
        here = here if here.tag == "L" else here.within("L") or here
        last = here.kids[-1] if here.kids else None
        open_item = last if isinstance(last, Node) and last.tag == "LI" else None
        if element.tag == "dt":
            if open_item is None or any(
                isinstance(kid, Node) and kid.tag == "LBody" for kid in open_item.kids
            ):
                open_item = self.new("LI", None, here, owner)
            return self.below(open_item, "Lbl")
        if open_item is None:
            open_item = self.new("LI", None, here, owner)
        body = open_item.kids[-1] if open_item.kids else None
        if not isinstance(body, Node) or body.tag != "LBody":
            body = self.below(open_item, "LBody")
        return self.below(body, "Div")

    def label(self, element: Element, here: Node) -> Node:
        """Where the number or bullet of an item goes."""
        item = self.known.get(element)
        if item is None or item.tag not in ("LI", "TOCI"):
            return here
        first = item.kids[0] if item.kids else None
        if isinstance(first, Node) and first.tag == "Lbl":
            return first
        label = Node("Lbl", item)
        item.kids.insert(0, label)
        return label

    def picture(self, piece: Piece, here: Node) -> None:
        element = piece.element
        if (
            element is None
            or piece.mark is None
            or piece.pseudo
            or not (alt := alternative(element))
        ):
            return
        node = self.new("Figure", element, here, None)
        node.alt, node.area, node.id = alt, piece.area, element.get("id", "")
        if self.speaks(element):
            node.lang = element.get("lang", "")
        node.kids.append(Mark(piece.page, piece.mark))
        if piece.link is not None:
            self.click(piece, node, None)

    def click(self, piece: Piece, here: Node, owner: object) -> None:
        """The place to click belongs to the link around it."""
        link = here.within("Link")
        if link is None:
            link = self.new("Link", piece.element, here, owner)
        link.kids.append(Click(piece.page, piece.link))

    # ------------------------------------------------------------------ nodes in their places

    def new(self, tag: str, element: Element | None, here: Node, owner: object) -> Node:
        """A node below another, or below what has to stand between them."""
        here = here.content
        if here.tag == "TOCI" and tag not in ("TOC", "Lbl", "P", "Reference"):
            here = self.below(here, "Reference") if tag == "Link" else self.paragraph(here, owner)
        elif here.tag == "TOC" and tag != "TOCI":
            here = self.below(here, "TOCI")
            return self.new(tag, element, here, owner)
        elif here.tag == "L" and tag != "LI":
            here = self.below(self.below(here, "LI"), "LBody")
        elif tag in INLINE and here.tag in GROUPS:
            here = self.paragraph(here, owner)
        return self.below(here, tag, element)

    def below(self, here: Node, tag: str, element: Element | None = None) -> Node:
        node = Node(tag, here, element)
        here.kids.append(node)
        return node

    def link_node(self, element: Element, here: Node, owner: object, block: bool) -> Node:
        role = element.get("role", "")
        if role == "doc-noteref" and here.content.tag != "TOCI":
            return self.below(self.new("Reference", None, here, owner), "Link", element)
        if block and self.may_hold_blocks(here) and here.content.tag not in ("TOC", "TOCI", "L"):
            return self.below(here.content, "Link", element)
        return self.new("Link", element, here, owner)

    def put(self, mark: Mark, here: Node, owner: object) -> None:
        """A run of words, in a paragraph where the place does not take words itself."""
        here = here.content
        if here.tag in GROUPS:
            here = self.paragraph(here, owner)
        here.kids.append(mark)

    def paragraph(self, here: Node, owner: object) -> Node:
        """The paragraph for loose words: the last one while they go on."""
        last = here.kids[-1] if here.kids else None
        if isinstance(last, Node) and last.tag == "P" and last.owner == (owner,):
            return last
        if here.tag in ("L", "TOC"):
            here = self.below(here, "LI" if here.tag == "L" else "TOCI")
        if here.tag == "LI":
            here = self.below(here, "LBody")
        paragraph = self.below(here, "P")
        paragraph.owner = (owner,)
        return paragraph

    # ------------------------------------------------------------------ what is around

    def may_hold_blocks(self, here: Node) -> bool:
        return here.content.tag in GROUPS or here.content.tag in (
            "LBody",
            "TD",
            "TH",
            "Note",
            "Caption",
        )

    def outer(self, element: Element) -> Iterator[Element]:
        around: Element | None = self.around.get(element)
        while around is not None:
            yield around
            around = self.around.get(around)

    def in_contents(self, element: Element) -> bool:
        return any(is_contents(outer) for outer in self.outer(element))

    def speaks(self, element: Element) -> bool:
        """Does it change the language?"""
        own = element.get("lang")
        if not own:
            return False
        outer = next((one.get("lang") for one in self.outer(element) if one.get("lang")), "")
        return own.lower() != (outer or self.language).lower()


def scope_of(element: Element, around: dict[Element, Element]) -> str:
    """Whether a header cell is for its row ("row") or its column ("col"); "" when unclear."""
    said = element.get("scope", "").lower()
    if said in ("row", "rowgroup"):
        return "row"
    if said in ("col", "colgroup"):
        return "col"
    row = around[element]
    group = around[row]
    cells = [cell for cell in row if cell.tag in ("th", "td")]
    if group.tag == "thead":
        return "col"
    if len(cells) > 1 and all(cell.tag == "th" for cell in cells):
        return "col"
    return "row" if cells[0] is element and len(cells) > 1 else "col" if len(cells) == 1 else ""


def span_of(element: Element, attribute: str) -> int:
    """How many columns or rows a cell takes."""
    said = element.get(attribute, "1").strip()
    return max(1, int(said)) if said.isdecimal() and len(said) < 6 else 1


def _finish(node: Node) -> None:
    """Drop empty nodes and put the parts of tables in order."""
    for kid in node.kids:
        if isinstance(kid, Node):
            _finish(kid)
    node.kids = [kid for kid in node.kids if not isinstance(kid, Node) or _needed(kid)]
    if node.tag == "Table":
        node.kids.sort(key=lambda kid: TABLE_ORDER.get(kid.tag, 2) if isinstance(kid, Node) else 2)


def _needed(node: Node) -> bool:
    return bool(node.kids) or node.tag in ("TD", "TH", "LBody")
