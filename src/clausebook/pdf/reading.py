"""The bytes of a PDF in; its tagged tree and what its pages paint, as plain values, out.

The checker and the reader of words both work on this, so a file is taken apart once.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import field
from typing import Any

import pikepdf

from clausebook.typed import dataclass

Key = tuple[int, int]
Matrix = tuple[float, float, float, float, float, float]
_PLAIN: Matrix = (1, 0, 0, 1, 0, 0)
# Deeper than any document nests; a tree that goes on goes round in a circle.
DEEPEST = 200

STANDARD = frozenset(
    """Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3
    H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry
    Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form""".split()
)


@dataclass(frozen=True, slots=True)
class Content:
    """Marked content that an element holds: `within` is a page (by number) or a form (by key)."""

    within: int | Key | None
    mcid: int


@dataclass(frozen=True, slots=True)
class Held:
    """An annotation or picture that an element holds as an object."""

    key: Key


@dataclass(slots=True, eq=False)
class Element:
    """A node of the tagged tree. `kind` is its standard type, or what it is called if it has none."""

    kind: str
    key: Key
    parent: Element | None
    parent_key: Key | None = None
    kids: list[Element | Content | Held] = field(default_factory=list)
    page: int | None = None
    alt: str | None = None
    actual: str | None = None
    lang: str | None = None
    id: bytes | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def elements(self) -> list[Element]:
        return [kid for kid in self.kids if isinstance(kid, Element)]

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.walk()


@dataclass(slots=True)
class Run:
    """Glyphs painted in one go: what they say, from where to where, how large."""

    text: str
    x: float
    y: float
    end_x: float
    end_y: float
    size: float


@dataclass(slots=True)
class Mark:
    """A marked sequence with an MCID."""

    tag: str
    runs: list[Run] = field(default_factory=list)
    painted: int = 0
    actual: str | None = None


@dataclass(slots=True)
class Painted:
    """What a page, or a form with its own marks, paints."""

    marks: dict[int, Mark] = field(default_factory=dict)
    loose: int = 0
    twice: list[int] = field(default_factory=list)
    tagged_in_artifact: int = 0
    artifact_in_tagged: int = 0
    unbalanced: bool = False
    properties_missing: int = 0


@dataclass(slots=True, eq=False)
class Font:
    """A font of the file, and how its codes read."""

    key: Key
    name: str
    object: pikepdf.Dictionary
    wide: bool
    texts: dict[int, str] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    default: float = 1.0
    used: set[int] = field(default_factory=set)
    pieces: dict[bytes, tuple[str, float, int]] = field(default_factory=dict)

    def read(self, raw: bytes) -> tuple[str, float, int]:
        """What codes say, how wide they are and how many."""
        if self.wide:
            codes = [raw[n] << 8 | raw[n + 1] for n in range(0, len(raw) - 1, 2)]
        else:
            codes = list(raw)
        self.used.update(codes)
        words = "".join(self.texts.get(code, "") for code in codes)
        return words, sum(self.widths.get(code, self.default) for code in codes), len(codes)

    def read_piece(self, piece: bytes) -> tuple[str, float, int]:
        """The same for a piece of an array of strings: `0024>-18`, after its `<`."""
        digits, closed, after = piece.rpartition(b">")
        words, width, count = self.read(_string(b"<" + digits + b">")) if closed else ("", 0.0, 0)
        return words, width - sum(map(float, after.split())) / 1000, count


@dataclass(slots=True)
class Reading:
    """A PDF taken apart."""

    pdf: pikepdf.Pdf
    roots: list[Element] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    by_key: dict[Key, Element] = field(default_factory=dict)
    pages: list[pikepdf.Dictionary] = field(default_factory=list)
    painted: dict[int | Key, Painted] = field(default_factory=dict)
    fonts: dict[Key, Font] = field(default_factory=dict)

    def walk(self) -> Iterator[Element]:
        for root in self.roots:
            yield from root.walk()


class Broken(Exception):
    """Something in a PDF is not what it has to be; the message says what cannot be read."""


def read(data: bytes) -> Reading:
    """Take a PDF apart. Raises pikepdf.PdfError when it is none, and Broken."""
    try:
        return _read(data)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Broken(f"{type(error).__name__}: {error}") from error


def _read(data: bytes) -> Reading:
    pdf = pikepdf.Pdf.open(io.BytesIO(data))
    reading = Reading(pdf, pages=[page.obj for page in pdf.pages])
    _Tree(reading).read()
    for number, page in enumerate(reading.pages):
        resources = page.get("/Resources")
        if resources is None:
            resources = pdf.pages[number].resources
        _Painter(reading, number).paint(_bytes_of(page), resources, _PLAIN, _Inside())
    return reading


def _bytes_of(page: pikepdf.Dictionary) -> bytes:
    contents: Any = page.get("/Contents")
    if contents is None:
        return b""
    if isinstance(contents, pikepdf.Array):
        parts: list[Any] = list(contents)
        return b"\n".join(part.read_bytes() for part in parts)
    return bytes(contents.read_bytes())


# ------------------------------------------------------------------------------ the tree


class _Tree:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.pages = {page.objgen: number for number, page in enumerate(reading.pages)}
        self.roles: dict[str, str] = {}

    def read(self) -> None:
        root: Any = self.reading.pdf.Root.get("/StructTreeRoot")
        if root is None:
            return
        roles: Any = root.get("/RoleMap")
        if roles is not None:
            self.roles = {name[1:]: str(value)[1:] for name, value in roles.items()}
        for kid in _listed(root.get("/K")):
            if isinstance(kid, pikepdf.Dictionary):
                element = self.element(kid, None, None, 0)
                if element is not None:
                    self.reading.roots.append(element)
            else:
                self.reading.strange.append("the tree begins with something that is no element")

    def kind(self, name: str) -> str:
        seen = set()
        while name not in STANDARD and name in self.roles and name not in seen:
            seen.add(name)
            name = self.roles[name]
        return name

    def element(
        self, obj: pikepdf.Dictionary, parent: Element | None, page: int | None, depth: int
    ) -> Element | None:
        key = obj.objgen
        if depth > DEEPEST or (key != (0, 0) and key in self.reading.by_key):
            self.reading.strange.append("an element stands in the tree twice")
            return None
        have: dict[str, Any] = dict(obj.items())
        element = Element(self.kind(str(have.get("/S", "/?"))[1:]), key, parent)
        self.reading.by_key[key] = element
        if "/P" in have:
            element.parent_key = have["/P"].objgen
        if "/Pg" in have:
            page = self.pages.get(have["/Pg"].objgen)
        element.page = page
        for name, slot in _WORDS:
            if name in have:
                setattr(element, slot, str(have[name]))
        if "/ID" in have:
            element.id = bytes(have["/ID"])
        if "/A" in have:
            element.attributes = _attributes(have["/A"])
        for kid in _listed(have.get("/K")):
            self.kid(kid, element, page, depth)
        return element

    def kid(self, kid: Any, element: Element, page: int | None, depth: int) -> None:
        if isinstance(kid, int):
            element.kids.append(Content(page, kid))
        elif not isinstance(kid, pikepdf.Dictionary):
            self.reading.strange.append(f"a {element.kind} holds something that is no content")
        elif "/S" in kid:
            below = self.element(kid, element, page, depth + 1)
            if below is not None:
                element.kids.append(below)
        elif kid.get("/Type") == "/OBJR":
            held: Any = kid.get("/Obj")
            if held is not None:
                element.kids.append(Held(held.objgen))
        elif "/MCID" in kid:
            stream: Any = kid.get("/Stm")
            where: Any = kid.get("/Pg")
            if where is not None:
                page = self.pages.get(where.objgen)
            within = page if stream is None else stream.objgen
            element.kids.append(Content(within, int(kid["/MCID"])))
        else:
            self.reading.strange.append(f"a {element.kind} holds something that is no content")


_WORDS = (("/Alt", "alt"), ("/ActualText", "actual"), ("/Lang", "lang"))


def _listed(kids: Any) -> list[Any]:
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _attributes(given: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in _listed(given):
        if isinstance(part, pikepdf.Dictionary):
            found |= {name[1:]: value for name, value in part.items()}
    return found


# ------------------------------------------------------------------------------ content streams

_PLAIN_OPERAND = rb"""
    [-+]?[0-9.]+
    |/[^\s\[\]<>()/%{}]*
    |\[[^\](%]*\]
    |<<[^<>(%]*>>
    |<[0-9A-Fa-f\s]*>
    |\((?:[^()\\]|\\.)*+\)
    |(?:true|false|null)(?![A-Za-z0-9'"*])
"""
_OPERAND = re.compile(_PLAIN_OPERAND, re.X | re.S)
# Operands and their operator in one go. Nothing here is ever tried twice: *+ gives nothing back.
_OPERATION = re.compile(
    rb"\s*+((?>(?:" + _PLAIN_OPERAND + rb")\s*+)*+)([A-Za-z'\"][A-Za-z0-9'\"*]*+)\s*+", re.X | re.S
)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\((?:[^()\\]|\\.)*\))|([-+]?[0-9.]+)", re.S)
_PAINTS = frozenset(b"S s f F f* B B* b b* sh EI".split())
_SHOWS = frozenset(b"Tj TJ ' \"".split())
# The rest changes what is painted, not where or whether.
_KNOWN = (
    _PAINTS | _SHOWS | frozenset(b"q Q cm BT ET Tm Td TD T* TL Tf Tc Tw Tz Do BDC BMC EMC".split())
)


def _operations(stream: bytes) -> list[tuple[bytes, list[bytes]]]:
    """The operators of a content stream, each with its operands as they are written."""
    found: list[tuple[bytes, list[bytes]]] = []
    at = 0
    for match in _OPERATION.finditer(stream):
        if match.start() != at:
            break
        operands, operator = match.groups()
        if operator == b"BI":
            break
        at = match.end()
        if operator in (b"TJ", b"Tj"):
            found.append((operator, [operands.rstrip()]))
        elif operator in _KNOWN:
            found.append((operator, _OPERAND.findall(operands)))
    return found if at == len(stream) or not stream.strip() else _slowly(stream)


def _slowly(stream: bytes) -> list[tuple[bytes, list[bytes]]]:
    """The same by a full parser, for streams with pictures, comments or strings in dictionaries."""
    holder = pikepdf.Pdf.new()
    found: list[tuple[bytes, list[bytes]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is broken shows in what is missing
        instructions = pikepdf.parse_content_stream(pikepdf.Stream(holder, stream))
    for instruction in instructions:
        if isinstance(instruction, pikepdf.ContentStreamInlineImage):
            found.append((b"EI", []))
            continue
        operator = str(instruction.operator).encode()
        if operator in _KNOWN:
            found.append((operator, [_written(each) for each in instruction.operands]))
    return found


def _written(operand: Any) -> bytes:
    if isinstance(operand, pikepdf.Object):
        return operand.unparse(resolved=True)
    if isinstance(operand, bool):
        return b"true" if operand else b"false"
    return str(operand).encode()


def _string(token: bytes) -> bytes:
    if token[:1] == b"<":
        digits = b"".join(token[1:-1].split())
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    string: Any = pikepdf.Object.parse(token)
    return bytes(string)


@dataclass(slots=True)
class _Inside:
    """Which marks are open at some point of a stream."""

    artifact: int = 0
    mark: Mark | None = None
    tagged: int = 0


class _Painter:
    """Follows what a content stream paints, and in which marks."""

    def __init__(self, reading: Reading, within: int | Key) -> None:
        self.reading = reading
        self.out = reading.painted.setdefault(within, Painted())

    def paint(
        self, stream: bytes, resources: Any, matrix: Matrix, inside: _Inside, depth: int = 0
    ) -> None:
        fonts = _fonts(self.reading, resources)
        saved: list[tuple[Any, ...]] = []
        opened: list[tuple[int, Mark | None, int]] = []
        artifact, mark, tagged = inside.artifact, inside.mark, inside.tagged
        font: Font | None = None
        size = leading = spacing = wording = 0.0
        stretch = 1.0
        line = text = _PLAIN
        for operator, given in _operations(stream):
            if operator in _SHOWS:
                if operator in (b"'", b'"'):
                    line = text = _times((1, 0, 0, 1, 0, -leading), line)
                if font is not None and given:
                    run, text = _show(
                        font, given[-1], size, spacing, wording, stretch, text, matrix
                    )
                    if mark is not None:
                        mark.runs.append(run)
                if mark is not None:
                    mark.painted += 1
                elif not artifact:
                    self.out.loose += 1
            elif operator == b"Tf":
                font = fonts.get(given[0][1:].decode("latin-1"))
                size = float(given[1])
            elif operator == b"Tm":
                line = text = _matrix(given)
            elif operator in (b"Td", b"TD"):
                if operator == b"TD":
                    leading = -float(given[1])
                line = text = _times((1, 0, 0, 1, float(given[0]), float(given[1])), line)
            elif operator == b"T*":
                line = text = _times((1, 0, 0, 1, 0, -leading), line)
            elif operator == b"BT":
                line = text = _PLAIN
            elif operator == b"q":
                saved.append((matrix, font, size, leading, spacing, wording, stretch))
            elif operator == b"Q":
                if saved:
                    matrix, font, size, leading, spacing, wording, stretch = saved.pop()
            elif operator == b"cm":
                matrix = _times(_matrix(given), matrix)
            elif operator in (b"BDC", b"BMC"):
                opened.append((artifact, mark, tagged))
                if given[0] == b"/Artifact":
                    if tagged:
                        self.out.artifact_in_tagged += 1
                    artifact += 1
                    mark = None
                elif operator == b"BDC":
                    made = self.mark(given, resources)
                    if made is not None:
                        if artifact:
                            self.out.tagged_in_artifact += 1
                        mark = made
                        tagged += 1
            elif operator == b"EMC":
                if opened:
                    artifact, mark, tagged = opened.pop()
                else:
                    self.out.unbalanced = True
            elif operator == b"Do":
                state = _Inside(artifact, mark, tagged)
                self.place(given[0], resources, matrix, state, depth)
            elif operator in _PAINTS:
                if mark is not None:
                    mark.painted += 1
                elif not artifact:
                    self.out.loose += 1
            elif operator == b"TL":
                leading = float(given[0])
            elif operator == b"Tc":
                spacing = float(given[0])
            elif operator == b"Tw":
                wording = float(given[0])
            elif operator == b"Tz":
                stretch = float(given[0]) / 100
        if opened:
            self.out.unbalanced = True

    def mark(self, given: list[bytes], resources: Any) -> Mark | None:
        """The mark that begins here, if it has an MCID."""
        properties = given[1]
        if properties[:2] == b"<<" and b"/ActualText" not in properties:
            match = re.search(rb"/MCID\s+(\d+)", properties)
            number = int(match[1]) if match else None
            actual = None
        else:
            if properties[:1] == b"/":
                named: Any = resources.get("/Properties") if resources is not None else None
                found: Any = named.get(properties.decode("latin-1")) if named is not None else None
            else:
                found = pikepdf.Object.parse(properties)
            if found is None:
                self.out.properties_missing += 1
                return None
            number = int(found["/MCID"]) if "/MCID" in found else None
            actual = str(found["/ActualText"]) if "/ActualText" in found else None
        if number is None:
            return None
        mark = Mark(given[0][1:].decode("latin-1"), actual=actual)
        if number in self.out.marks:
            self.out.twice.append(number)
        self.out.marks[number] = mark
        return mark

    def place(
        self, name: bytes, resources: Any, matrix: Matrix, inside: _Inside, depth: int
    ) -> None:
        """A picture, or a form whose stream is painted here."""
        objects: Any = resources.get("/XObject") if resources is not None else None
        placed: Any = objects.get(name.decode("latin-1")) if objects is not None else None
        if placed is not None and placed.get("/Subtype") == "/Form" and depth < 20:
            own: Any = placed.get("/Resources")
            if "/Matrix" in placed:
                matrix = _times(_matrix(list(placed["/Matrix"])), matrix)
            painter = _Painter(self.reading, placed.objgen) if "/StructParents" in placed else self
            painter.paint(
                bytes(placed.read_bytes()),
                resources if own is None else own,
                matrix,
                inside,
                depth + 1,
            )
        elif inside.mark is not None:
            inside.mark.painted += 1
        elif not inside.artifact:
            self.out.loose += 1


def _matrix(given: list[Any]) -> Matrix:
    a, b, c, d, e, f = map(float, given)
    return a, b, c, d, e, f


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m  # fmt: skip


# ------------------------------------------------------------------------------ text


def _fonts(reading: Reading, resources: Any) -> dict[str, Font]:
    listed: Any = resources.get("/Font") if resources is not None else None
    if listed is None:
        return {}
    found: dict[str, Font] = {}
    for name, obj in listed.items():
        font = reading.fonts.get(obj.objgen)
        if font is None:
            font = reading.fonts[obj.objgen] = _font(obj)
        found[name[1:]] = font
    return found


def _font(obj: Any) -> Font:
    name = str(obj.get("/BaseFont", "/?"))[1:]
    wide = obj.get("/Subtype") == "/Type0"
    font = Font(obj.objgen, name, obj, wide)
    unicode: Any = obj.get("/ToUnicode")
    if isinstance(unicode, pikepdf.Stream):
        font.texts = _texts(bytes(unicode.read_bytes()))
    elif not wide:
        font.texts = {code: bytes([code]).decode("cp1252", "replace") for code in range(32, 256)}
    if wide:
        below: Any = obj["/DescendantFonts"][0]
        font.default = float(below.get("/DW", 1000)) / 1000
        font.widths = _wide_widths(list(below.get("/W", [])))
    elif "/Widths" in obj:
        first = int(obj.get("/FirstChar", 0))
        scale = 0.001
        if obj.get("/Subtype") == "/Type3" and "/FontMatrix" in obj:
            scale = float(obj["/FontMatrix"][0])
        font.widths = {first + n: float(each) * scale for n, each in enumerate(obj["/Widths"])}
        font.default = 0.0
    return font


def _wide_widths(listed: list[Any]) -> dict[int, float]:
    found: dict[int, float] = {}
    at = 0
    while at + 1 < len(listed):
        first = int(listed[at])
        if isinstance(listed[at + 1], pikepdf.Array):
            for n, width in enumerate(listed[at + 1]):
                found[first + n] = float(width) / 1000
            at += 2
        elif at + 2 < len(listed):
            width = float(listed[at + 2]) / 1000
            for code in range(first, min(int(listed[at + 1]), 0xFFFF) + 1):
                found[code] = width
            at += 3
        else:
            break
    return found


_BLOCK = re.compile(rb"beginbf(char|range)(.*?)endbf", re.S)
_ITEM = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


def _texts(cmap: bytes) -> dict[int, str]:
    """What each code of a font reads as, by its ToUnicode."""
    found: dict[int, str] = {}
    for kind, body in _BLOCK.findall(cmap):
        items = _ITEM.findall(body)
        at = 0
        if kind == b"char":
            for code, text in zip(items[::2], items[1::2], strict=False):
                found[int(code[0], 16)] = _utf16(text[0])
            continue
        while at + 2 < len(items):
            low, high = int(items[at][0], 16), int(items[at + 1][0], 16)
            high = min(high, low + 0xFFFF)
            if items[at + 2][1]:
                at += 3
                for code in range(low, high + 1):
                    if at < len(items) and not items[at][2]:
                        found[code] = _utf16(items[at][0])
                        at += 1
                while at < len(items) and not items[at][2]:
                    at += 1
                at += 1
            else:
                first = _utf16(items[at + 2][0])
                for code in range(low, high + 1):
                    found[code] = first[:-1] + chr(ord(first[-1]) + code - low) if first else ""
                at += 3
    return found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")


def _show(
    font: Font,
    shown: bytes,
    size: float,
    spacing: float,
    wording: float,
    stretch: float,
    text: Matrix,
    matrix: Matrix,
) -> tuple[Run, Matrix]:
    """What a string or an array of strings says, where; and where the next begins."""
    said: list[str] = []
    moved = 0.0  # in parts of the size, less what lies between letters
    glyphs = spaces = 0
    if font.wide and b"(" not in shown:
        known = font.pieces
        for piece in shown.strip(b"[]").split(b"<"):
            read = known.get(piece)
            if read is None:
                read = known[piece] = font.read_piece(piece)
            said.append(read[0])
            moved += read[1]
            glyphs += read[2]
    else:
        for digits, literal, number in _HEX.findall(shown):
            if number:
                moved -= float(number) / 1000
                continue
            raw = _string(literal or b"<" + digits + b">")
            words, width, count = font.read(raw)
            said.append(words)
            moved += width
            glyphs += count
            if not font.wide:
                spaces += raw.count(b" ")
    across = (moved * size + glyphs * spacing + spaces * wording) * stretch
    ends = _times((1, 0, 0, 1, across, 0), text)
    _, _, c, d, x, y = _times(text, matrix)
    _, _, _, _, end_x, end_y = _times(ends, matrix)
    tall = size * (c * c + d * d) ** 0.5
    return Run("".join(said), x, y, end_x, end_y, tall), ends
