"""A picture's file in; the picture out, or what makes it unfit to publish.

Crests and the pictures of clauses stand on pages, so each must be a picture and nothing else: no
script, and nothing fetched from anywhere.
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from clausebook.load.files import Folder
from clausebook.markdown import is_asset, pictures_as_written
from clausebook.model import Picture
from clausebook.problem import Place, Problem
from clausebook.rules import bad_picture, missing_picture
from clausebook.wording import Wording

# A crest stands on every page; a clause's picture on one.
MOST_CREST = 200_000
MOST_BYTES = 500_000
MOST_PIXELS = 4096

SVG = "http://www.w3.org/2000/svg"
# What only draws. Whatever can run, move, fetch or hold a web page is not here.
DRAWS = frozenset(
    """svg g defs title desc metadata style path rect circle ellipse line polyline polygon
    text tspan symbol use clipPath mask pattern linearGradient radialGradient stop marker
    filter feBlend feColorMatrix feComponentTransfer feComposite feDropShadow feFlood feFuncA
    feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset
    feTile feTurbulence""".split()
)
# What drawing programs leave in a file and no browser looks at.
NOTES = (
    "http://www.inkscape.org/namespaces/",
    "http://sodipodi.sourceforge.net/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
)
_AWAY = re.compile(
    r"""url\s*\(\s*['"]?\s*(?!['"\s]|\#)  # anything but a part of the drawing itself
    |@import|\\|(?:image|image-set|src|cross-fade|element)\s*\(""",
    re.I | re.X,
)

PNG = b"\x89PNG\r\n\x1a\n"


class Unfit(Exception):
    """What is wrong with a picture, and on which line of its file."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def read_picture(
    folder: Folder, path: Path, tier: str = "library", most: int = MOST_BYTES
) -> tuple[Picture | None, list[Problem]]:
    """A picture that is fit to publish, or why there is none."""
    raw, problems = folder.read_bytes(path)
    if raw is None:
        return None, problems
    wrong = unfit(path.name, raw, most)
    if wrong is not None:
        return None, [bad_picture.problem(Place(folder.name(path), wrong.line), wrong.why, most)]
    width, height = _size(path.name, raw)
    sha256 = hashlib.sha256(raw).hexdigest()
    made = Picture(name=path.name, raw=raw, sha256=sha256, tier=tier, width=width, height=height)
    return made, problems


def named(text: Wording) -> tuple[str, ...]:
    """The pictures that a text names. What is no name of a picture is refused elsewhere."""
    return tuple(name for name in pictures_as_written(text.source) if is_asset(name))


def shown_in(
    text: Wording, pictures: Mapping[str, Picture], known: Iterable[str], folders: Iterable[str]
) -> tuple[dict[str, Picture], list[Problem]]:
    """The pictures a text names. `known` are all names that lie there, those of unfit files too."""
    found: dict[str, Picture] = {}
    problems: list[Problem] = []
    for name in named(text):
        if name in pictures:
            found[name] = pictures[name]
        elif name not in known:
            written = re.search(rf"(?<![a-z0-9._-]){re.escape(name)}", text.source)
            at = text.place(written.start() if written else 0)
            problems.append(missing_picture.problem(at, name, folders, known))
    return found, problems


def unfit(name: str, raw: bytes, most: int = MOST_BYTES) -> Unfit | None:
    """The first thing that makes a picture unfit, or None."""
    try:
        if len(raw) > most:
            raise Unfit(f"it is {len(raw) / 1000:,.0f} KB, and the most is {most // 1000} KB")
        if name.endswith(".svg"):
            _Drawing().read(raw)
        else:
            _png(raw)
    except Unfit as found:
        return found
    return None


def _size(name: str, raw: bytes) -> tuple[int, int]:
    """How large a fit picture is: what its viewBox says, or its pixels. Zeros where it does not say."""
    if not name.endswith(".svg"):
        return int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")
    drawing = _Drawing()
    drawing.read(raw)
    try:
        _, _, width, height = (float(part) for part in re.split(r"[\s,]+", drawing.box.strip()))
    except ValueError:
        return 0, 0
    fits = all(math.isfinite(side) and 1 <= side <= MOST_PIXELS for side in (width, height))
    return (round(width), round(height)) if fits else (0, 0)


class _Drawing:
    """Reads an SVG once, without ever expanding anything in it."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.XmlDeclHandler = self.opening
        self.parser.StartElementHandler = self.element
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.declaration
        self.parser.ProcessingInstructionHandler = self.instruction
        self.depth = 0
        self.box = ""
        self.style: list[str] | None = None

    def read(self, raw: bytes) -> None:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Unfit("it is not an SVG drawing in UTF-8") from None
        try:
            self.parser.Parse(raw, True)
        except expat.ExpatError as error:
            raise Unfit("it is not an SVG drawing: its XML is broken here", error.lineno) from None

    def wrong(self, why: str) -> Unfit:
        return Unfit(why, self.parser.CurrentLineNumber)

    def opening(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise self.wrong("it is not an SVG drawing in UTF-8")

    def declaration(self, *_: object) -> None:
        raise self.wrong("it has a document type (<!DOCTYPE …>), which may hide anything")

    def instruction(self, target: str, _: str) -> None:
        raise self.wrong(f"it has an instruction to programs (<?{target} …?>)")

    def element(self, full: str, attributes: dict[str, str]) -> None:
        space, _, name = full.rpartition(" ")
        if self.depth == 0:
            if (space, name) != (SVG, "svg"):
                raise self.wrong("it is not an SVG drawing: its outermost element is not <svg>")
            if "viewBox" not in attributes:
                raise self.wrong("its <svg> has no viewBox, so it cannot be shown in other sizes")
            self.box = attributes["viewBox"]
        self.depth += 1
        if self.style is not None:
            raise self.wrong(f"its <style> holds <{name}>, and may only hold style")
        if space != SVG and not space.startswith(NOTES):
            raise self.wrong(f"it holds <{name}>, which is no part of a drawing")
        if space == SVG and name not in DRAWS:
            raise self.wrong(f"it holds <{name}>, and a picture may only draw")
        for attribute, value in attributes.items():
            self.attribute(attribute, value)
        if name == "style":
            self.style = []

    def attribute(self, full: str, value: str) -> None:
        space, _, name = full.rpartition(" ")
        if space.startswith(NOTES):
            return
        if name.lower().startswith("on"):
            raise self.wrong(f"it runs script (the attribute '{name}')")
        if name in ("href", "src") and not value.strip().startswith("#"):
            raise self.wrong(f'it refers to something outside itself ({name}="{value[:60]}")')
        if name == "base" or _AWAY.search(value):
            raise self.wrong(f'it refers to something outside itself ({name}="{value[:60]}")')

    def characters(self, text: str) -> None:
        if self.style is not None:
            self.style.append(text)

    def end(self, _: str) -> None:
        self.depth -= 1
        if self.style is not None and _AWAY.search("".join(self.style)):
            raise self.wrong("its <style> refers to something outside the drawing")
        self.style = None


def _png(raw: bytes) -> None:
    """A PNG is its signature, whole chunks and an end; nothing comes after."""
    if not raw.startswith(PNG):
        raise Unfit("it is not a PNG picture, whatever its name says")
    names: list[bytes] = []
    for kind, body in _chunks(raw):
        if not names:
            if kind != b"IHDR" or len(body) != 13:
                raise Unfit("it is not a PNG picture: it does not begin as one")
            width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
            if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
                raise Unfit(f"it is {width:,} by {height:,} pixels; the most is {MOST_PIXELS:,}")
        names.append(kind)
    if names[-1:] != [b"IEND"] or b"IDAT" not in names:
        raise Unfit("it is a PNG picture that was cut short")


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        kind, body = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]
        check = raw[at + 8 + size : at + 12 + size]
        if len(body) != size or check != zlib.crc32(kind + body).to_bytes(4, "big"):
            raise Unfit("it is a PNG picture that was cut short or damaged")
        at += 12 + size
        if kind == b"IEND" and at != len(raw):
            raise Unfit("it holds something more behind the picture")
        yield kind, body
