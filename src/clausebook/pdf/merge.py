"""Finished PDFs in, one PDF out that keeps their tags, links, outlines and standards.

Pages are copied, never laid out again. What belongs to a whole file is joined: the structure tree
(a Part for each file), its parent tree and ids, destinations, outline and metadata. Links from one
file to another lead inside the result when both are there; else to the file that lies beside it.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from clausebook.pdf import faces, glance
from clausebook.pdf.xmp import Claims, claims, packet
from clausebook.typed import dataclass

_Key = tuple[int, int]
# How a document writes a link to a file that lies beside it, when it cannot know whether it does.
BESIDE = "handbook:"
_IN_HEX = re.compile(rb"<([0-9a-fA-F]{4})>\s+<([0-9a-fA-F]+)>")
_DAY = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
_GREY = 0.2
_CELLS = (Name.TD, Name.TH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file to be joined, opened already or not. `file` is the name other files link to it by.

    One that is still being made is a function that waits for it: it is called when all that can be
    done without it is done. What is opened is of no use to anybody else afterwards.
    """

    id: str
    title: str
    data: bytes | pikepdf.Pdf | Callable[[], bytes]
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is stamped on each page: words with `{}` for its number, and a PDF to take the font from.

    The first font of that PDF that has every letter and digit wanted is used; one that is still being
    made is a function that waits for it. Pages before `start` count but are not stamped.
    """

    words: str
    blank: str
    font: bytes | Callable[[], bytes]
    start: int = 2
    # From the lower edge to the foot of the number: below any footer, within what printers reach.
    foot: float = 22.0
    size: float = 8.5


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds: how many pages, and on which of them (from 0) each destination is."""

    pages: int
    places: Mapping[str, int]


def let_go(joined: object) -> None:
    """Nobody keeps what was joined any longer than it takes."""


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def survey(of: bytes | pikepdf.Pdf) -> Survey:
    if isinstance(of, bytes) and (seen := glance.places(of)):
        return Survey(*seen)
    source = opened(of) if isinstance(of, bytes) else of
    pages = {page.obj.objgen: index for index, page in enumerate(source.pages)}
    return Survey(
        len(pages),
        {
            _text(name): pages[_place(target)[0].objgen]
            for name, target in _entries(_destinations(source))
        },
    )


def first_pages(counts: Sequence[int], right_hand: bool) -> tuple[int, ...]:
    """The page number each part begins on; those on the right of an open book are odd."""
    found = []
    page = 1
    for count in counts:
        if right_hand and page % 2 == 0:
            page += 1
        found.append(page)
        page += count
    return tuple(found)


def merge(
    parts: Sequence[Part],
    *,
    title: str,
    author: str,
    lang: str = "en-GB",
    subject: str = "",
    numbers: Numbers | None = None,
    right_hand: bool = False,
    hold: Callable[[object], object] = let_go,
) -> bytes:
    """The parts as one file. The same parts give the same bytes. `hold` is given what was opened."""
    sources = _sources(parts)
    joined = _Joined(lang)
    hold((sources, joined))
    for source in sources:
        if right_hand and len(joined.pdf.pages) % 2:
            joined.add_blank()
        joined.add(source)
    joined.finish(right_hand)
    if numbers:
        _stamp(joined.pdf, numbers, joined.blanks)
    _join_fonts(joined.pdf, joined.faces)
    _share(joined.pdf)
    _describe(joined, title, author, subject)
    pikepdf.settings.set_flate_compression_level(6)
    out = io.BytesIO()
    joined.pdf.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        deterministic_id=True,
        force_version="1.7",
    )
    return out.getvalue()


# ------------------------------------------------------------------------------ the parts


def _sources(parts: Sequence[Part]) -> list[_Source]:
    """The parts, each with all that can be said of it before it is copied; who is waited for comes last."""
    faces.ready()
    files = {part.file: part.id for part in parts if part.file}
    found = {place: _Source(part, files) for place, part in sorted(enumerate(parts), key=_turn)}
    sources = [source for _, source in sorted(found.items())]
    places = {place for source in sources for place in source.places}
    for source in sources:
        source.lead_inside(places)
    return sources


def _turn(numbered: tuple[int, Part]) -> tuple[bool, bool]:
    """What comes first in a file tells where the others are: it is the last to be made."""
    place, part = numbered
    return callable(part.data), place == 0


class _Source:
    """A part's file, in which everything is called as it will be in the whole."""

    def __init__(self, part: Part, files: Mapping[str, str]) -> None:
        data = part.data() if callable(part.data) else part.data
        self.id, self.title = part.id, part.title
        self.pdf = opened(data) if isinstance(data, bytes) else data
        self.claims = claims(self.pdf)
        self.places = {f"{self.id}/{_text(name)}" for name, _ in _entries(_destinations(self.pdf))}
        # Each that leads to another part: the part's id, and the place in it if it has one of the name.
        self.links: list[tuple[Any, str, str]] = []
        pages = [page.obj for page in self.pdf.pages]
        self._name_links(files, pages)
        for entry in _siblings(self.pdf.Root.get(Name.Outlines, Dictionary())):
            _close(entry, self.id)
        self.faces = [(font, _face(font)) for font in _fonts(pages)]

    def _name_links(self, files: Mapping[str, str], pages: Iterable[Any]) -> None:
        for page in pages:
            for note in page.get(Name.Annots, ()):
                if note.get(Name.Subtype) != Name.Link:
                    continue
                action = note.get(Name.A)
                if Name.Dest in note and isinstance(note.Dest, String):
                    note.Dest = String(f"{self.id}/{note.Dest}")
                elif action is not None and isinstance(action.get(Name.D), String):
                    action.D = String(f"{self.id}/{action.D}")
                elif action is not None and Name.URI in action:
                    address = str(action.URI).removeprefix(BESIDE)
                    file, _, place = address.partition("#")
                    if unquote(file) in files:
                        self.links.append((note, files[unquote(file)], unquote(place)))
                    else:
                        action.URI = String(address)

    def lead_inside(self, places: Container[str]) -> None:
        for note, id, place in self.links:
            wanted = f"{id}/{place}"
            del note[Name.A]
            note.Dest = String(wanted if place and wanted in places else id)


# ------------------------------------------------------------------------------ what is joined


class _Joined:
    """The file being made, and what has been gathered for its whole."""

    def __init__(self, lang: str) -> None:
        self.pdf = pikepdf.new()
        self.lang = lang
        self.sources: list[_Source] = []
        self.blanks: set[int] = set()
        self.destinations: dict[bytes, Any] = {}
        self.outline: list[Any] = []
        self.ids: dict[bytes, Any] = {}
        self.parents: list[Any] = []
        self.next_parent = 0
        self.roles: dict[str, Any] = {}
        self.classes: dict[str, Any] = {}
        self.tree: Any = self.pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self.document: Any = self.pdf.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.Document, P=self.tree, K=Array())
        )
        self.tree.K = Array([self.document])
        self.faces: dict[_Key, _Face] = {}

    def add(self, source: _Source) -> None:
        self.sources.append(source)
        before = len(self.pdf.pages)
        for page in source.pdf.pages:
            self.pdf.pages.append(page)
        pages = [page.obj for page in self.pdf.pages[before:]]
        self._add_structure(source, pages)
        self._add_destinations(source, pages)
        self._add_outline(source, pages)
        for font, face in source.faces:
            self.faces[self.pdf.copy_foreign(font).objgen] = face

    def add_blank(self) -> None:
        """A page of the size of the one before, with nothing on it that is read."""
        box = self.pdf.pages[-1].mediabox
        self.blanks.add(len(self.pdf.pages))
        page = self.pdf.add_blank_page(page_size=(float(box[2] - box[0]), float(box[3] - box[1])))
        page.obj.Tabs = Name.S

    def _add_structure(self, source: _Source, pages: list[Any]) -> None:
        tree: Any = self.pdf.copy_foreign(source.pdf.Root.StructTreeRoot)
        offset = self.next_parent
        for key, value in _numbered(tree.get(Name.ParentTree)):
            self.parents += [key + offset, value]
            self.next_parent = max(self.next_parent, key + offset + 1)
        for page in pages:
            _shift(page, Name.StructParents, offset)
            for note in page.get(Name.Annots, ()):
                _shift(note, Name.StructParent, offset)
        element: Any = self.pdf.make_indirect(
            Dictionary(
                Type=Name.StructElem,
                S=Name.Part,
                P=self.document,
                T=String(source.title),
                K=Array(),
            )
        )
        lang = str(source.pdf.Root.get(Name.Lang, self.lang))
        if lang != self.lang:
            element.Lang = String(lang)
        for child in _children(tree):
            # A file's own Document gives way to the Part: a whole has one.
            inside = _children(child) if child.get(Name.S) == Name.Document else [child]
            for one in inside:
                one.P = element
                element.K.append(one)
        self.document.K.append(element)
        self._add_ids(source.id, tree, element)
        for kind, held in ((Name.RoleMap, self.roles), (Name.ClassMap, self.classes)):
            for key, value in tree.get(kind, Dictionary()).items():
                held.setdefault(key, value)

    def _add_ids(self, part: str, tree: Any, element: Any) -> None:
        """Ids are unique in a file: each takes the name of its part before it."""
        found = list(_entries(tree.get(Name.IDTree)))
        prefix = part.encode() + b"/"
        bare = [id for id, _ in found if not id.startswith(prefix)]
        for id, target in found:
            if bare:
                id = prefix + id
                target.ID = String(id.decode("latin-1"))
            self.ids[id] = target
        # A cell can name none but those that have an id.
        if bare and any(target.get(Name.S) in _CELLS for _, target in found):
            _prefix_headers(element, prefix)

    def _add_destinations(self, source: _Source, pages: list[Any]) -> None:
        part = source.id.encode()
        held = _destinations(source.pdf)
        if held is not None:
            for name, target in _entries(self.pdf.copy_foreign(source.pdf.make_indirect(held))):
                self.destinations[part + b"/" + name] = _place(target)
        self.destinations[part] = self._top(pages[0])

    def _top(self, page: Any) -> Any:
        return Array([page, Name.XYZ, 0, page.MediaBox[3], 0])

    def _add_outline(self, source: _Source, pages: list[Any]) -> None:
        """One entry for the part, whatever its own outline begins with."""
        held = source.pdf.Root.get(Name.Outlines)
        own = list(_siblings(self.pdf.copy_foreign(held))) if held is not None else []
        if len(own) == 1:
            entry = own[0]
        else:
            entry = self.pdf.make_indirect(Dictionary(Dest=self._top(pages[0])))
            _link(entry, own)
            if own:
                entry.Count = -len(own)
        entry.Title = String(source.title)
        self.outline.append(entry)

    def finish(self, right_hand: bool) -> None:
        """Write what was gathered into the file's catalogue."""
        pdf, root = self.pdf, self.pdf.Root
        self.tree.ParentTree = pdf.make_indirect(Dictionary(Nums=Array(self.parents)))
        self.tree.ParentTreeNextKey = self.next_parent
        if self.ids:
            self.tree.IDTree = pdf.make_indirect(_names(self.ids))
        for kind, held in ((Name.RoleMap, self.roles), (Name.ClassMap, self.classes)):
            if held:
                self.tree[kind] = Dictionary(held)
        root.StructTreeRoot = self.tree
        root.MarkInfo = Dictionary(Marked=True)
        root.Lang = String(self.lang)
        root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D)]))
        root.PageMode = Name.UseOutlines
        if right_hand:
            root.PageLayout = Name.TwoPageRight
        root.Names = Dictionary(Dests=pdf.make_indirect(_names(self.destinations)))
        outline: Any = pdf.make_indirect(Dictionary(Type=Name.Outlines))
        _link(outline, self.outline)
        outline.Count = len(self.outline)
        root.Outlines = outline
        for source in (one.pdf for one in self.sources):
            if Name.OutputIntents in source.Root:
                held_intents = source.make_indirect(source.Root.OutputIntents)
                root.OutputIntents = pdf.copy_foreign(held_intents)
                break


# ------------------------------------------------------------------------------ trees


def _entries(tree: Any) -> Iterator[tuple[bytes, Any]]:
    """The names of a name tree and what each leads to."""
    if tree is None:
        return
    names = list(tree.get(Name.Names, ()))
    for key, value in zip(names[::2], names[1::2], strict=True):
        yield bytes(key), value
    for kid in tree.get(Name.Kids, ()):
        yield from _entries(kid)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _numbered(tree: Any) -> Iterator[tuple[int, Any]]:
    """The numbers of a number tree and what each leads to."""
    if tree is None:
        return
    numbers = list(tree.get(Name.Nums, ()))
    for key, value in zip(numbers[::2], numbers[1::2], strict=True):
        yield int(key), value
    for kid in tree.get(Name.Kids, ()):
        yield from _numbered(kid)


def _names(entries: Mapping[bytes, Any]) -> Any:
    """A name tree: in the order of its bytes, as readers look it up."""
    flat: list[Any] = []
    for key in sorted(entries):
        flat += [String(key.decode("latin-1")), entries[key]]
    return Dictionary(Names=Array(flat))


def _children(element: Any) -> list[Any]:
    kids = element.get(Name.K)
    if kids is None:
        return []
    return list(kids) if isinstance(kids, Array) else [kids]


def _prefix_headers(element: Any, prefix: bytes) -> None:
    """Cells that name their headers by id name them by their new ids."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        for kid in _children(one):
            if isinstance(kid, Dictionary) and Name.S in kid:
                waiting.append(kid)
        if one.get(Name.S) not in _CELLS or Name.A not in one:
            continue
        for held in list(one.A) if isinstance(one.A, Array) else [one.A]:
            if isinstance(held, Dictionary) and Name.Headers in held:
                held.Headers = Array(
                    [String((prefix + bytes(id)).decode("latin-1")) for id in held.Headers]
                )


def _shift(held: Any, key: Name, offset: int) -> None:
    if key in held:
        held[key] = int(held[key]) + offset


def _destinations(source: pikepdf.Pdf) -> Any:
    held = source.Root.get(Name.Names)
    return held.get(Name.Dests) if held is not None else None


def _place(target: Any) -> Any:
    """A destination is an array, or a dictionary that holds one."""
    return target.D if isinstance(target, Dictionary) else target


def _siblings(parent: Any) -> Iterator[Any]:
    one = parent.get(Name.First)
    while one is not None:
        following = one.get(Name.Next)
        yield one
        one = following


def _link(parent: Any, children: Sequence[Any]) -> None:
    """Make these the entries below that one, in this order."""
    for index, child in enumerate(children):
        child.Parent = parent
        for key, other in ((Name.Prev, index - 1), (Name.Next, index + 1)):
            if 0 <= other < len(children):
                child[key] = children[other]
            elif key in child:
                del child[key]
    if children:
        parent.First, parent.Last = children[0], children[-1]


def _close(entry: Any, part: str) -> None:
    """Shut: a reader opens the policy that is wanted. Named destinations follow their new names."""
    if isinstance(entry.get(Name.Dest), String):
        entry.Dest = String(f"{part}/{entry.Dest}")
    count = 0
    for child in _siblings(entry):
        _close(child, part)
        count += 1
    if count:
        entry.Count = -count


# ------------------------------------------------------------------------------ numbers


@dataclass(frozen=True, slots=True)
class _Letters:
    """An embedded font, and the code and width of each of its letters."""

    font: Any
    codes: Mapping[str, str]
    widths: Mapping[int, float]

    def shown(self, text: str) -> str:
        """What shows a text, and goes on after what was shown before it."""
        return f"<{''.join(self.codes[letter] for letter in text)}> Tj\n" if text else ""

    def width(self, text: str) -> float:
        """At a size of one."""
        widths = (self.widths.get(int(self.codes[letter], 16), 1000.0) for letter in text)
        return sum(widths) / 1000


def _stamp(pdf: pikepdf.Pdf, numbers: Numbers, blanks: set[int]) -> None:
    """Write its number at the foot of each page, as something that is not read aloud."""
    letters = _letters(pdf, numbers)
    streams: dict[str, Any] = {}

    def shared(drawing: str) -> Any:
        """Pages show the same few pieces: a stream for each page would take more than what it says."""
        if drawing not in streams:
            streams[drawing] = pdf.make_stream(drawing.encode("ascii"))
        return streams[drawing]

    for index, page in enumerate(pdf.pages):
        if index + 1 < numbers.start:
            continue
        words = numbers.blank if index in blanks else numbers.words
        before, _, after = words.partition("{}")
        number = str(index + 1)
        name = _named(page.obj, letters.font)
        box = page.mediabox
        width = letters.width(before + number + after) * numbers.size
        across = float(box[0]) + (float(box[2]) - float(box[0]) - width) / 2
        up = float(box[1]) + numbers.foot
        begin = (
            "\nQ\n/Artifact <</Type /Pagination /Subtype /Footer>> BDC\n"
            f"q BT {_GREY:.3g} g\n{name} {numbers.size} Tf 1 0 0 1 {across:.2f} {up:.2f} Tm\n"
        )
        held: Any = page.obj.get(Name.Contents, Array())
        own = list(held) if isinstance(held, Array) else [held]
        page.obj.Contents = Array(
            [
                # What stands on a page may leave its coordinates turned: ours begin from what they were.
                shared("q\n"),
                *own,
                shared(begin + letters.shown(before)),
                *(shared(letters.shown(digit)) for digit in number),
                shared(letters.shown(after) + "ET Q\nEMC\n"),
            ]
        )


def _named(page: Any, font: Any) -> str:
    """A name for the font on a page: pages may share their names, and no name is taken twice."""
    if Name.Resources not in page:
        page.Resources = Dictionary()
    if Name.Font not in page.Resources:
        page.Resources.Font = Dictionary()
    fonts = page.Resources.Font
    number = 0
    while True:
        name = f"/Number{number}"
        if name not in fonts:
            fonts[name] = font
        if fonts[name].objgen == font.objgen:
            return name
        number += 1


def _letters(pdf: pikepdf.Pdf, numbers: Numbers) -> _Letters:
    wanted = set("0123456789") | set(numbers.words.format("")) | set(numbers.blank.format(""))
    source = opened(numbers.font() if callable(numbers.font) else numbers.font)
    for page in source.pages:
        for _, font in sorted(page.obj.Resources.get(Name.Font, Dictionary()).items()):
            codes = _codes(font)
            if wanted <= set(codes):
                held = pdf.make_indirect(pdf.copy_foreign(source.make_indirect(font)))
                return _Letters(held, codes, _widths(font))
    missing = "".join(sorted(wanted))
    raise ValueError(f"no font of the pages to take one from has all of: {missing}")


def _codes(font: Any) -> dict[str, str]:
    """The code of each letter, from the table that says which letter each code is."""
    return {letter: f"{code:04x}" for code, letter in _said(font).items()}


def _said(font: Any) -> dict[int, str]:
    """What each code of a font says."""
    if Name.ToUnicode not in font or font.get(Name.Encoding) != Name("/Identity-H"):
        return {}
    return {
        int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
        for code, letters in _IN_HEX.findall(font.ToUnicode.read_bytes())
    }


def _widths(font: Any) -> dict[int, float]:
    """`first [width width…]` and `first last width`, as a font with many letters states them."""
    found: dict[int, float] = {}
    held = list(font.DescendantFonts[0].get(Name.W, ()))
    while held:
        first = int(held.pop(0))
        following = held.pop(0)
        if isinstance(following, Array):
            found |= {first + index: float(width) for index, width in enumerate(following)}
        else:
            width = float(held.pop(0))
            found |= dict.fromkeys(range(first, int(following) + 1), width)
    return found


# ------------------------------------------------------------------------------ fonts


@dataclass(frozen=True, slots=True)
class _Face:
    """What each code of a font says, and how wide it is."""

    letters: Mapping[int, str]
    widths: Mapping[int, float]


def _face(font: Any) -> _Face:
    return _Face(_said(font), _widths(font))


def _fonts(pages: Iterable[Any]) -> list[Any]:
    """The fonts that pages name and may share, in the order of the pages."""
    found: dict[_Key, Any] = {}
    for page in pages:
        for _, font in page.get(Name.Resources, Dictionary()).get(Name.Font, {}).items():
            if font.is_indirect and Name.BaseFont in font:
                found[font.objgen] = font
    return list(found.values())


def _join_fonts(pdf: pikepdf.Pdf, known: Mapping[_Key, _Face]) -> None:
    """One font in place of the parts of it that each file brought along.

    A glyph has the same number in every part, so that nothing on a page has to change.
    """
    found: dict[str, list[Any]] = {}
    for font in _fonts(page.obj for page in pdf.pages):
        found.setdefault(str(font.BaseFont), []).append(font)
    joined: dict[_Key, Any] = {}
    for name, fonts in sorted(found.items()):
        if len(fonts) > 1:
            each = [(font, known.get(font.objgen) or _face(font)) for font in fonts]
            joined |= _one_font(pdf, name.partition("+")[2], each)
    for page in pdf.pages:
        held: Any = page.obj.get(Name.Resources, Dictionary()).get(Name.Font, Dictionary())
        for key, font in list(held.items()):
            if font.objgen in joined:
                held[key] = joined[font.objgen]


@dataclass(slots=True)
class _Alike:
    """Fonts that agree in what their codes say: a glyph can stand for a space of either kind."""

    letters: dict[int, str]
    widths: dict[int, float]
    fonts: list[Any]

    def takes(self, face: _Face) -> bool:
        return all(
            self.letters.get(code, said) == said for code, said in face.letters.items()
        ) and all(self.widths.get(code, wide) == wide for code, wide in face.widths.items())


def _one_font(pdf: pikepdf.Pdf, name: str, fonts: Iterable[tuple[Any, _Face]]) -> dict[_Key, Any]:
    """By the place of each font the one that replaces it. All share one file of glyphs."""
    groups: list[_Alike] = []
    for font, face in fonts:
        group = next((one for one in groups if one.takes(face)), None)
        if group is None:
            group = _Alike({}, {}, [])
            groups.append(group)
        group.letters |= face.letters
        group.widths |= face.widths
        group.fonts.append(font)
    data = faces.cut(name, {code for one in groups for code in (*one.letters, *one.widths)})
    if data is None or not all(group.letters for group in groups):
        return {}
    file: Any = pdf.make_stream(data)
    file.Length1 = len(data)
    found: dict[_Key, Any] = {}
    for group in groups:
        first = group.fonts[0]
        first.ToUnicode = pdf.make_stream(_to_unicode(group.letters))
        first.DescendantFonts[0].W = _as_written(group.widths)
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in group.fonts]
        edges = list(zip(*(map(int, each.FontBBox) for each in descriptors), strict=True))
        descriptors[0].FontBBox = Array([*map(min, edges[:2]), *map(max, edges[2:])])
        descriptors[0].FontFile2 = file
        found |= {font.objgen: first for font in group.fonts}
    return found


def _to_unicode(letters: Mapping[int, str]) -> bytes:
    """A table of what codes say, as PDF wants it."""
    lines = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
        "/CIDSystemInfo", "<< /Registry (Adobe)", "/Ordering (UCS)", "/Supplement 0", ">> def",
        "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def",
        "1 begincodespacerange", "<0000> <ffff>", "endcodespacerange",
    ]  # fmt: skip
    said = [
        f"<{code:04x}> <{text.encode('utf-16-be').hex()}>" for code, text in sorted(letters.items())
    ]
    for start in range(0, len(said), 100):
        some = said[start : start + 100]
        lines += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")


def _as_written(widths: Mapping[int, float]) -> Any:
    """`first [width width…]` for each run of codes."""
    found: list[Any] = []
    last = -2
    for code, width in sorted(widths.items()):
        if code != last + 1:
            found += [code, []]
        found[-1].append(int(width) if width == int(width) else width)
        last = code
    return Array([Array(one) if isinstance(one, list) else one for one in found])


# ------------------------------------------------------------------------------ the whole


def _share(pdf: pikepdf.Pdf) -> None:
    shared = _Shared()
    for page in pdf.pages:
        if Name.Resources in page.obj:
            page.obj.Resources = shared.one(page.obj.Resources)


class _Shared:
    """Fonts, pictures and colour profiles that are the same are kept once."""

    def __init__(self) -> None:
        self.first: dict[bytes, Any] = {}
        self.kept: dict[_Key, Any] = {}

    def within(self, holder: Any) -> None:
        """Let everything below lead to the first of its kind, from the bottom up."""
        keys = range(len(holder)) if isinstance(holder, Array) else list(holder.keys())
        for key in keys:
            held = holder[key]
            if not isinstance(held, (Array, Dictionary, pikepdf.Stream)):
                continue
            kept = self.one(held)
            if kept is not held:
                holder[key] = kept

    def one(self, held: Any) -> Any:
        """The first that is the same: in what it says, in its data and in all that it leads to."""
        place = held.objgen
        if not held.is_indirect:
            self.within(held)
            return held
        if place in self.kept:
            return self.kept[place]
        self.kept[place] = held  # what leads back to itself is left as it is
        self.within(held)
        if isinstance(held, pikepdf.Stream):
            about = held.stream_dict.unparse() + b"\0" + held.read_raw_bytes()
        else:
            about = held.unparse(resolved=True)
        digest = hashlib.sha256(about).digest()
        self.kept[place] = self.first.setdefault(digest, held)
        return self.kept[place]


def _describe(joined: _Joined, title: str, author: str, subject: str) -> None:
    """Title, author and standards; the only date is the latest that the parts state."""
    sources = [source.pdf for source in joined.sources]
    days = sorted(filter(None, map(_day, sources)))
    producer = str(sources[0].docinfo.get(Name.Producer, "")) if sources else ""
    shared = Claims.all_of(source.claims for source in joined.sources)
    info = joined.pdf.docinfo
    info[Name.Title] = title
    info[Name.Author] = author
    if subject:
        info[Name.Subject] = subject
    if producer:
        info[Name.Producer] = producer
    day = days[-1] if days else ""
    if day:
        info[Name.CreationDate] = info[Name.ModDate] = "D:" + day.replace("-", "")
    written = packet(
        title=title, author=author, subject=subject, producer=producer, day=day, claims=shared
    )
    stream: Any = joined.pdf.make_stream(written)
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    joined.pdf.Root.Metadata = stream


def _day(source: pikepdf.Pdf) -> str:
    stated = _DAY.match(str(source.docinfo.get(Name.ModDate, "")))
    return "-".join(part for part in stated.groups() if part) if stated else ""
