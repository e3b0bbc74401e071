"""The words of a PDF: in the order in which they are read aloud, none missing."""

from __future__ import annotations

import io
import re
import time
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, String

from clausebook.pdf import reading as streams
from clausebook.pdf import words as module
from clausebook.pdf.engine import Engine
from clausebook.pdf.reading import read
from clausebook.pdf.words import keys, lost, words
from tests.pdf.checks import changed, conforms
from tests.pdf.test_checker import document, elements, painted

# WeasyPrint leaves its colour profile for the garbage collector to close.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*sRGB2014.icc", "ignore:unclosed file.*sRGB2014.icc"
)

NARROW = "@page { size: 60mm 200mm; margin: 10mm }"
PARAGRAPH = (
    "The special educational needs co-ordinator (SENCO) records, within five school days, every "
    "well-founded worry; costs of £1,250–£2,000 (½ of 10%) and “extra” help—each year 2025–26—are "
    "reported at https://example.org/some/very/long/address/of/a/page or 01632 960123."
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("@page { size: A4; @top-left { content: 'Running head' } }")


@pytest.fixture(scope="module")
def narrow() -> Engine:
    return Engine(f"{NARROW} p {{ overflow-wrap: anywhere }} .auto {{ hyphens: auto }}")


def page(body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head>'
        f"<body><h1>Title</h1>{body}</body></html>"
    )


def said(html: str) -> list[str]:
    """The words of HTML, by way of its text."""
    body = html.partition("<body>")[2]
    body = re.sub(r"(?s)<svg.*?<title>(.*?)</title>.*?</svg>", r" \1 ", body)
    body = re.sub(r"</?(a|b|em|span|strong|code|sup|sub)\b[^>]*>", "", body)
    return unescape(re.sub(r"<[^>]+>", " ", body)).split()


# ------------------------------------------------------------------------------ words


def test_words_come_in_the_order_of_the_tree(engine: Engine) -> None:
    body = (
        "<p>One <em>two</em> <strong>th</strong>ree <a href='https://example.org/'>four</a>.</p>"
        "<ul><li>five</li></ul><table><tr><th scope='col'>six</th></tr><tr><td>seven</td></tr></table>"
    )
    data = engine.render(page(body))
    assert words(data) == "Title One two three four. • five six seven".split()


def test_words_hyphenated_at_the_end_of_a_line_are_put_together(narrow: Engine) -> None:
    body = "<p class='auto'>" + "internationalisation responsibilities accommodation " * 3 + "</p>"
    data = narrow.render(page(body))
    assert words(data) == said(page(body))
    hyphens = [run.text[-1] for run in _runs(data) if run.text[-1:] in ("-", "\u2010")]
    assert len(hyphens) >= 3


def _runs(data: bytes) -> list[Any]:
    reading = read(data)
    return [
        run
        for page in reading.painted.values()
        for mark in page.marks.values()
        for run in mark.runs
    ]


def test_compounds_and_ranges_are_one_word_over_a_line_break(narrow: Engine) -> None:
    body = "<p>" + "a well-founded co-ordinator 2025–26 either/or " * 6 + "</p>"
    data = narrow.render(page(body))
    assert words(data) == said(page(body))
    assert any(run.text.rstrip().endswith("-") for run in _runs(data))


def test_artifacts_are_left_out(engine: Engine) -> None:
    data = engine.render(page("<p>Text</p>"))
    assert words(data) == ["Title", "Text"]
    assert "Running" not in words(data)


def test_what_stands_for_other_text_is_read_instead(engine: Engine) -> None:
    data = engine.render(page("<p>five</p><p>six</p>"))

    def change(pdf: Pdf) -> None:
        first, second = elements(pdf, "P")
        first.ActualText = String("fünf")
        second.S, second.Alt = Name.Figure, String("a dice with six points")

    assert words(changed(data, change)) == ["Title", "fünf", *"a dice with six points".split()]

    def marked(data: bytes) -> bytes:
        return re.sub(rb"<<\s*/MCID 1\s*>>", b"<</MCID 1 /ActualText (V)>>", data, count=1)

    assert words(changed(data, painted(marked))) == ["Title", "V", "six"]


def test_a_picture_is_its_alternative(engine: Engine) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20"><title>A chart</title>'
        '<text x="0" y="15">inside</text></svg>'
    )
    data = engine.render(page(f"<figure>{svg}<figcaption>Below it</figcaption></figure>"))
    assert words(data) == "Title A chart Below it".split()


def test_the_order_of_the_tree_counts_not_that_of_the_page(engine: Engine) -> None:
    data = engine.render(page("<p>first</p><p>second</p>"))

    def change(pdf: Pdf) -> None:
        first, second = elements(pdf, "P")
        first.S, second.S = second.S, first.S
        first.K, second.K = second.K, first.K

    assert words(changed(data, change)) == ["Title", "second", "first"]


def test_ligatures_and_accents_read_as_letters(engine: Engine) -> None:
    data = engine.render(page("<p>office waffle file Tŷ ŵyr Ysgol’r “naïve” café</p>"))
    assert words(data)[1:] == "office waffle file Tŷ ŵyr Ysgol’r “naïve” café".split()


def test_strings_of_every_kind_are_read(engine: Engine) -> None:
    """A small file by hand: simple fonts, literal strings, kerning, a form, words over lines."""
    stream = (
        b"% a comment\n/P <</MCID 0>> BDC BT /F 10 Tf 1 0 0 1 10 100 Tm (He\\(l\\)l) Tj [(o)-400<20>(th)3(ere)] TJ"
        b" 0 -12 Td (next) Tj 14 TL (line) ' 0 0 (again) \" ET EMC /P <</MCID 1>> BDC /X Do EMC"
    )
    pdf = Pdf.new()
    font = pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, FirstChar=32,
                   Widths=Array([278] + [556] * 90))
    )  # fmt: skip
    form = pdf.make_stream(
        b"BT /F 8 Tf (form) Tj ET", Type=Name.XObject, Subtype=Name.Form,
        BBox=Array([0, 0, 9, 9]), Resources=Dictionary(Font=Dictionary(F=font)),
    )  # fmt: skip
    pdf.add_blank_page(page_size=(200, 200))
    sheet = pdf.pages[0].obj
    sheet.Contents = pdf.make_stream(stream)
    sheet.Resources = Dictionary(Font=Dictionary(F=font), XObject=Dictionary(X=form))
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    made = [Dictionary(S=Name.P, P=root, Pg=sheet, K=mcid) for mcid in (0, 1)]
    root.K = Array([pdf.make_indirect(element) for element in made])
    pdf.Root.StructTreeRoot = root
    assert words(_saved(pdf)) == "He(l)lo there next line again form".split()


def test_the_quick_reader_of_streams_agrees_with_the_full_one(engine: Engine) -> None:
    reading = read(engine.render(document(4, 9)))
    for sheet in reading.pages:
        contents: Any = sheet["/Contents"]
        stream = contents.read_bytes()
        quick, full = streams._operations(stream), streams._slowly(stream)
        assert [operator for operator, _ in quick] == [operator for operator, _ in full]
        assert len(quick) > 50
        for (_, some), (_, same) in zip(quick, full, strict=True):
            assert len(some) == len(same)
    assert streams._operations(b"") == streams._operations(b" \n") == []
    for strange in (
        b"1 2 m ) x",
        b"q ] Q",
        b"% q\nQ",
        b"(a(b)c) Tj",
        b"1 2 3",
        b"<< /A (b) >> BDC",
    ):
        assert streams._operations(strange) == streams._slowly(strange)


def _saved(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


# ------------------------------------------------------------------------------ lost


@pytest.mark.parametrize("size", [40, 50, 63, 80, 120])
def test_no_word_is_lost_however_lines_break(size: int) -> None:
    engine = Engine(
        f"@page {{ size: {size}mm 250mm; margin: 8mm }} p {{ overflow-wrap: anywhere }}"
        " .auto { hyphens: auto }"
    )
    html = page(f"<p>{PARAGRAPH}</p><p class='auto' lang='en'>{PARAGRAPH}</p>")
    data = engine.render(html)
    assert lost(said(html), data) == []
    assert lost([*said(html), "more"], data) == ["more"]


def test_no_word_of_a_whole_document_is_lost(engine: Engine) -> None:
    html = document(6, 9)
    data = engine.render(html)
    assert lost(said(html), data) == []


def test_a_word_out_of_order_is_lost(engine: Engine) -> None:
    data = engine.render(page("<p>one two three</p>"))
    assert lost(["one", "two", "three"], data) == []
    assert lost(["Title", "three"], data) == []
    assert lost(["two", "one"], data) != []
    assert lost(["one", "one"], data) != []


def test_words_run_together_are_lost(engine: Engine) -> None:
    data = engine.render(page("<p>must<strong>not</strong></p>"))
    assert words(data) == ["Title", "mustnot"]
    assert lost(["must", "not"], data) == ["must not"]


def test_gaps_are_named_in_the_words_of_the_source(engine: Engine) -> None:
    data = engine.render(page("<p>Staff must lock the doors. Tell the head at once.</p>"))
    source = "Staff must always lock the outer doors. Tell the head’s office at once. Thank you."
    assert lost(source.split(), data) == ["always", "outer", "head’s office", "Thank you."]


NOTE = "Keeping children safe in education, part one, paragraph forty-two."


def with_notes(last: str) -> str:
    """A document with end notes, the last as given."""
    notes = [f"Note {n}: see the guidance of the council, page {n}." for n in range(1, 8)]
    items = "".join(f"<li>{note}</li>" for note in [*notes, *([last] if last else [])])
    text = "".join(f"<p>{PARAGRAPH} [note {n}]</p>" for n in range(1, 9))
    return page(
        f"<section><h2>Rules</h2>{text}</section><section><h2>Notes</h2><ol>{items}</ol></section>"
    )


def test_a_dropped_end_note_is_found(engine: Engine) -> None:
    """The file without the note conforms to everything: only this finds it."""
    source = said(with_notes(NOTE))
    whole, without = engine.render(with_notes(NOTE)), engine.render(with_notes(""))
    conforms(whole)
    conforms(without)
    assert lost(source, whole) == []
    assert lost(source, without) == [NOTE]


def test_a_note_that_weasyprint_loses_is_found() -> None:
    """The fault that end notes are there to avoid: a floated note that no page has room for."""
    from weasyprint import HTML  # type: ignore[import-untyped]

    floated = ".note { float: footnote }"
    text = "<p id='a'>All staff keep to the rules of the school and of the trust.</p>" * 4
    body = (
        "<nav><ol><li><a href='#a'>Rules</a></li></ol></nav>"
        f"{text}<p>See <span class='note'>{NOTE}</span> and more words.</p>"
    )

    def made(high: int, *more: str) -> bytes:
        style = (
            f"@page {{ size: 100mm {high}mm; margin: 10mm;"
            " @footnote { border-top: 1pt solid; padding-top: 4mm } }"
            " nav a::after { content: target-counter(attr(href), page) }"
        )
        html = page(f"<style>{style}{' '.join(more)}</style>{body}")
        return bytes(HTML(string=html).write_pdf(pdf_variant="pdf/ua-1"))

    for high in range(60, 110):
        if lost(NOTE.split(), made(high, floated)):
            break
    else:
        pytest.fail("WeasyPrint keeps floated notes now: end notes may be foot notes again")
    assert lost(NOTE.split(), made(high, floated)) == [NOTE]
    assert lost(NOTE.split(), made(high)) == []


def test_every_single_word_that_is_dropped_is_found(engine: Engine) -> None:
    """Fifty copies of a document, each without one word of its source."""
    source = said(page(f"<p>{PARAGRAPH}</p>"))
    for n, word in enumerate(source):
        data = engine.render(page(f"<p>{' '.join(source[1:n] + source[n + 1 :])}</p>"))
        if n and keys(word):
            assert lost(source, data), word


WORD = st.text("ab-", min_size=1, max_size=4)


@given(st.lists(st.tuples(WORD, st.booleans()), max_size=9), st.data())
def test_whether_words_fit_is_decided_right(
    have: list[tuple[str, bool]], data: st.DataObject
) -> None:
    """Against trying everything: each wanted word takes the next parts that it can be made of."""
    wanted = data.draw(st.lists(st.text("ab", min_size=1, max_size=6), max_size=5))
    have = [(text.replace("-", "") or "a", tie) for text, tie in have]

    def tried(want: list[str], at: int) -> bool:
        if not want:
            return True
        for start in range(at, len(have)):
            text = ""
            for end in range(start, len(have)):
                if end > start and not have[end][1]:
                    break
                text += have[end][0]
                if text == want[0] and tried(want[1:], end + 1):
                    return True
        return False

    assert module._fits(wanted, have) == tried(wanted, 0)


def test_words_of_a_policy_are_read_in_a_blink(engine: Engine) -> None:
    html = document(10, 16)
    data, source = engine.render(html), said(html)
    times = []
    for _ in range(5):
        began = time.process_time()
        assert lost(source, data) == []
        times.append(time.process_time() - began)
    assert min(times) < 0.12  # 60 ms on a machine of its own
