"""One font for a whole: its glyphs are those each document brought, by the same numbers."""

from __future__ import annotations

import inspect
import io
import random
from pathlib import Path
from typing import Any
from unittest import mock

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import weasyprint.pdf  # type: ignore[import-untyped]
from fontTools.pens.recordingPen import DecomposingRecordingPen  # type: ignore[import-untyped]
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.ttLib.tables.otBase import BaseTTXConverter  # type: ignore[import-untyped]
from pikepdf import Dictionary, Name

from clausebook.pdf import faces
from clausebook.pdf.engine import Engine
from clausebook.pdf.merge import Part, merge
from clausebook.pdf.words import words
from tests.pdf.checks import conforms
from tests.pdf.constructs import page

STYLES = {
    "Clausebook-Text": "",
    "Clausebook-Text-Italic": "font-style: italic",
    "Clausebook-Text-Semi-Bold": "font-weight: 600",
    "Clausebook-Text-Bold": "font-weight: 700",
    "Clausebook-Text-Bold-Italic": "font-weight: 700; font-style: italic",
    "Clausebook-Legible": 'font-family: "Clausebook Legible"',
    "Clausebook-Legible-Italic": 'font-family: "Clausebook Legible"; font-style: italic',
    "Clausebook-Legible-Bold": 'font-family: "Clausebook Legible"; font-weight: 700',
    "Clausebook-Legible-Bold-Italic": (
        'font-family: "Clausebook Legible"; font-weight: 700; font-style: italic'
    ),
    "Clausebook-Symbols": 'font-family: "Clausebook Symbols"',
}
SAID = "Officers affix Ŵ ŷ é £5 – “quoted”…"
SIGNS = "✓ ☐ →"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("@page { size: A4 } h1 { font-weight: 400 }")


def embedded(data: bytes) -> dict[str, dict[object, bytes]]:
    """Font files by the names of their fonts and by where they are."""
    found: dict[str, dict[object, bytes]] = {}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for font in fonts_of(pdf):
            held = font.DescendantFonts[0].FontDescriptor
            name = str(held.FontName).partition("+")[2]
            found.setdefault(name, {})[held.FontFile2.objgen] = held.FontFile2.read_bytes()
    return found


def fonts_of(pdf: pikepdf.Pdf) -> list[Any]:
    return [
        held
        for held in pdf.objects
        if isinstance(held, Dictionary) and Name.DescendantFonts in held
    ]


def drawn(font: TTFont, number: int) -> tuple[object, int]:
    """A glyph's outline and its width."""
    name = font.getGlyphName(number)
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return pen.value, font["hmtx"][name][0]


def test_every_font_of_ours_can_be_joined() -> None:
    assert {Path(faces.FONTS / file) for file in faces.FILES.values()} == set(
        faces.FONTS.glob("*.ttf")
    )
    assert set(STYLES) == set(faces.FILES)


@pytest.mark.parametrize("name", STYLES)
def test_a_glyph_is_the_one_that_the_document_brought(name: str, engine: Engine) -> None:
    said = SIGNS if name.endswith("Symbols") else SAID
    made = engine.render(
        page(f'<h1>T</h1><p class="x">{said}</p>'), styles=[f".x {{ {STYLES[name]} }}"]
    )
    (file,) = embedded(made)[name].values()
    with TTFont(io.BytesIO(file)) as theirs:
        glyphs = [n for n in range(theirs["maxp"].numGlyphs) if drawn(theirs, n)[1]]
        cut = faces.cut(name, glyphs)
        assert cut is not None
        assert glyphs
        with TTFont(io.BytesIO(cut)) as ours:
            assert ours["head"].unitsPerEm == theirs["head"].unitsPerEm
            for number in glyphs:
                assert drawn(ours, number) == drawn(theirs, number)


@pytest.mark.parametrize("name", STYLES)
def test_a_font_is_cut_as_fonttools_cuts_it(name: str) -> None:
    with TTFont(faces.FONTS / faces.FILES[name]) as font:
        every = range(font["maxp"].numGlyphs)
    some = random.Random(name)
    for count in (0, 1, 2, 80, len(every)):
        glyphs = tuple(sorted(some.sample(every, count)))
        assert faces.cut(name, glyphs) == cut_by_fonttools(faces.FILES[name], glyphs)


def cut_by_fonttools(file: str, glyphs: tuple[int, ...]) -> bytes:
    subsetter = Subsetter(Options(retain_gids=True, hinting=False, layout_features=[]))
    subsetter.populate(gids=glyphs)
    out = io.BytesIO()
    with TTFont(faces.FONTS / file, recalcTimestamp=False) as font:
        for table in {"GDEF", "GPOS", "GSUB", "BASE", "STAT"} & set(font.keys()):
            del font[table]
        subsetter.subset(font)
        font.save(out)
    return out.getvalue()


def test_a_font_that_is_not_ours_is_left_alone() -> None:
    assert faces.cut("Comic-Sans", [1]) is None


def whole(*texts: str, engine: Engine) -> bytes:
    parts = [
        Part(
            id=f"p{n}", title=f"Part {n}", data=engine.render(page(f"<h1>{text}</h1><p>{text}</p>"))
        )
        for n, text in enumerate(texts)
    ]
    return merge(parts, title="Whole", author="Elm School")


def test_a_whole_holds_each_font_once_and_says_the_same(engine: Engine) -> None:
    texts = ["Jump over a quiz", "Officers affix it", "Ŵ ŷ é £5 – “quoted”"]
    made = whole(*texts, engine=engine)
    conforms(made)
    assert {name: len(held) for name, held in embedded(made).items()} == {"Clausebook-Text": 1}
    assert words(made) == [word for text in texts for word in (*text.split(), *text.split())]
    copied = "".join(
        each.get_textpage().get_text_range() for each in pypdfium2.PdfDocument(io.BytesIO(made))
    )
    assert "".join(copied.split()) == "".join("".join(text.split()) * 2 for text in texts)


def test_a_glyph_that_stands_for_two_signs_says_each_where_it_did(engine: Engine) -> None:
    """A space that does not break looks like one that does: the glyphs are shared, what they say not."""
    made = whole("One\N{NO-BREAK SPACE}two", "One two", "Two three", engine=engine)
    conforms(made)
    assert len(embedded(made)["Clausebook-Text"]) == 1
    with pikepdf.open(io.BytesIO(made)) as pdf:
        said = [font.ToUnicode.read_bytes() for font in fonts_of(pdf)]
    assert sorted(b"<00a0>" in table for table in said) == [False, True]


# ------------------------------------------------------------------------------ in each document


def test_dots_say_dots_and_not_the_words_they_stand_for() -> None:
    """A running head that is cut short must not have its rest copied from every “…”."""
    style = (
        "@page { @top-left { content: string(name); width: 30%; white-space: nowrap;"
        " overflow: hidden; text-overflow: ellipsis } } h1 { string-set: name content(text) }"
    )
    long = "A title that is much too long for the head of a page of this size, as anybody can see"
    made = Engine(style).render(page(f"<h1>{long}</h1><p>Wait… then go.</p>"))
    conforms(made)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        for font in fonts_of(pdf):
            for line in font.ToUnicode.read_bytes().decode().splitlines():
                code, _, said = line.partition(" ")
                assert not code.startswith("<") or len(said) <= 2 + 4 * 4, line
    assert "Wait…" in words(made)


def test_weasyprint_builds_fonts_with_a_function_of_this_name_and_shape() -> None:
    wanted = ["pdf", "fonts", "compress", "subset", "options"]
    assert list(inspect.signature(weasyprint.pdf.build_fonts_dictionary).parameters) == wanted
    assert "build_fonts_dictionary(pdf, document.fonts," in inspect.getsource(
        weasyprint.pdf.generate_pdf
    )


def test_letters_are_moved_and_lines_placed_no_finer_than_can_be_seen(engine: Engine) -> None:
    made = engine.render(page(f"<h1>T</h1><p>{SAID * 5}</p>"))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        drawing = b"\n".join(pdf.pages[0].obj.Contents.read_bytes().splitlines())
    lines = drawing.split(b"\n")
    assert [line for line in lines if line.endswith(b" TJ") and b")0(" in line] == []
    places = [line.split() for line in lines if line.endswith(b" Tm")]
    assert places
    assert all(len(number.partition(b".")[2]) <= 3 for place in places for number in place)


def test_what_only_setting_text_needs_is_not_so_much_as_read() -> None:
    with mock.patch.object(BaseTTXConverter, "decompile", side_effect=AssertionError):
        data = faces.cut("Clausebook-Text", (3, 4, 5))
    assert data is not None
    assert not {"GDEF", "GPOS", "GSUB", "BASE"} & set(TTFont(io.BytesIO(data)).keys())
