"""Merging: what belongs to a whole file is joined, and nothing of a part is lost."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Name

from clausebook.pdf import glance
from clausebook.pdf.booklet import booklet, sides
from clausebook.pdf.engine import Engine
from clausebook.pdf.merge import Numbers, Part, first_pages, merge, survey
from clausebook.pdf.words import words
from clausebook.pdf.xmp import Claims, claims
from tests.pdf.checks import changed, conforms

STYLE = """
@page { size: A4; margin: 25mm; @bottom-right { content: "Page " counter(page) } }
h1 { bookmark-level: 1 } h2 { bookmark-level: 2 } h3 { bookmark-level: 3 }
.plain { bookmark-level: none }
.new { break-before: page }
img { height: 2cm }
"""
LETTERS = " ".join("0123456789Pageblnk,")


def picture() -> bytes:
    """A red square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xc0\x10\x10" * 8) * 8
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def page(title: str, body: str, lang: str = "en-GB", date: str = "") -> str:
    stated = f'<meta name="dcterms.modified" content="{date}">' if date else ""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="author" content="Elm School">{stated}</head><body>{body}</body></html>'
    )


def raw(part: Part) -> bytes:
    assert isinstance(part.data, bytes)
    return part.data


TRIPS = page(
    "Trips",
    """<h1 id="top">Trips</h1><p><img src="crest.png" alt="An elm"></p>
    <h2 id="contents">Contents</h2><ol><li><a href="#risk">Risk</a></li></ol>
    <section class="new"><h2 id="risk">Risk</h2><p>Assess the risk. See
    <a href="handbook:elm-first-aid.pdf#kit">the kit</a>,
    <a href="handbook:elm-first-aid.pdf#gone">a rule that is no more</a>,
    <a href="handbook:elm-first-aid.pdf">first aid</a>,
    <a href="handbook:elm-pay.pdf#scale">pay</a> and
    <a href="https://example.org/law">the law</a>.</p>
    <h3 id="coach">Coaches</h3>
    <table><caption>Seats</caption><thead><tr><th scope="col">Coach</th><th scope="col">Seats</th>
    </tr></thead><tbody><tr><th scope="row">Small</th><td>16</td></tr></tbody></table></section>""",
    date="2026-03-02",
)
FIRST_AID = page(
    "Cymorth cyntaf",
    """<h1 id="top">Cymorth cyntaf</h1><p><img src="crest.png" alt="An elm"></p>
    <h2 id="risk">Risg</h2><p>Mae <a href="#kit">y pecyn</a> yn y swyddfa.</p>
    <p class="new">Tudalen arall.</p>
    <h2 id="kit">Pecyn</h2><p>Gweler <a href="handbook:elm-trips.pdf#coach">teithiau</a>.</p>""",
    lang="cy",
    date="2025-11",
)


@pytest.fixture(scope="module")
def parts() -> tuple[Part, ...]:
    engine = Engine(STYLE)
    crest = {"crest.png": picture()}
    trips = engine.render(TRIPS, assets=crest)
    first_aid = engine.render(FIRST_AID, assets=crest)
    return (
        Part(id="trips", title="Trips", data=trips, file="elm-trips.pdf"),
        Part(id="first-aid", title="First aid", data=first_aid, file="elm-first-aid.pdf"),
    )


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    font = Engine(STYLE).render(page("Letters", f"<h1>{LETTERS}</h1>"))
    return Numbers(words="Page {}", blank="Page {}, blank", font=font, start=1)


def joined(parts: tuple[Part, ...], numbers: Numbers | None = None, **more: Any) -> bytes:
    return merge(parts, title="All of it", author="Elm School", numbers=numbers, **more)


@pytest.fixture(scope="module")
def whole(parts: tuple[Part, ...], numbers: Numbers) -> bytes:
    return joined(parts, numbers)


def opened(data: bytes) -> Any:
    return pikepdf.open(io.BytesIO(data))


def elements(root: Any) -> Iterator[Any]:
    for kid in root.K if isinstance(root.get(Name.K), pikepdf.Array) else [root.get(Name.K)]:
        if isinstance(kid, pikepdf.Dictionary) and Name.S in kid:
            yield kid
            yield from elements(kid)


def links(pdf: Any) -> dict[str, Any]:
    """Each link by its words."""
    return {
        str(note.Contents): note
        for page in pdf.pages
        for note in page.obj.get(Name.Annots, [])
        if note.Subtype == Name.Link
    }


def places(pdf: Any) -> Mapping[str, Any]:
    names = list(pdf.Root.Names.Dests.Names)
    assert [bytes(name) for name in names[::2]] == sorted(bytes(name) for name in names[::2])
    return {str(name): target for name, target in zip(names[::2], names[1::2], strict=True)}


# ------------------------------------------------------------------------------ what is joined


def test_whole_conforms_to_both_standards(whole: bytes) -> None:
    conforms(whole)
    assert claims(opened(whole)) == Claims("2A", "1")


def test_no_word_is_lost_and_order_is_kept(whole: bytes, parts: tuple[Part, ...]) -> None:
    assert words(whole) == [word for part in parts for word in words(raw(part))]


def test_each_part_is_one_element_with_its_title_and_language(whole: bytes) -> None:
    pdf = opened(whole)
    root = pdf.Root.StructTreeRoot
    (document,) = root.K
    assert document.S == "/Document"
    assert [(part.S, str(part.T)) for part in document.K] == [
        (Name.Part, "Trips"),
        (Name.Part, "First aid"),
    ]
    assert [str(part.get(Name.Lang, "")) for part in document.K] == ["", "cy"]
    assert not [one for part in document.K for one in elements(part) if one.S == "/Document"]


def test_every_element_names_its_parent(whole: bytes) -> None:
    pdf = opened(whole)
    root = pdf.Root.StructTreeRoot
    seen = 0
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        held = parent.K if isinstance(parent.get(Name.K), pikepdf.Array) else [parent.get(Name.K)]
        for kid in held:
            if isinstance(kid, pikepdf.Dictionary) and Name.S in kid:
                assert kid.P.objgen == parent.objgen
                waiting.append(kid)
                seen += 1
    assert seen > 30


def test_ids_are_unique_and_found(whole: bytes) -> None:
    pdf = opened(whole)
    tree = pdf.Root.StructTreeRoot
    names = list(tree.IDTree.Names)
    ids = [str(name) for name in names[::2]]
    assert ids == sorted(set(ids))
    assert {"trips/risk", "first-aid/risk"} <= set(ids)
    for id, target in zip(ids, names[1::2], strict=True):
        assert str(target.ID) == id
    held = [str(one.ID) for one in elements(tree.K[0]) if Name.ID in one]
    assert sorted(held) == ids


def test_headers_that_cells_name_keep_their_names(parts: tuple[Part, ...]) -> None:
    def name_them(pdf: pikepdf.Pdf) -> None:
        tree: Any = pdf.Root.StructTreeRoot
        found = {str(one.S): one for one in elements(tree.K[0])}
        found["/TH"].ID = pikepdf.String("small")
        found["/TD"].A = pikepdf.Dictionary(O=Name.Table, Headers=pikepdf.Array(["small"]))
        names = [*list(tree.IDTree.Names), "small", found["/TH"]]
        tree.IDTree = pikepdf.Dictionary(Names=pikepdf.Array(names))

    part = Part(id="trips", title="Trips", data=changed(raw(parts[0]), name_them))
    pdf = opened(joined((part,)))
    tree = pdf.Root.StructTreeRoot
    (cell,) = [one for one in elements(tree.K[0]) if one.S == Name.TD]
    assert [str(id) for id in cell.A.Headers] == ["trips/small"]


def test_ids_that_carry_the_name_of_their_part_stay(parts: tuple[Part, ...]) -> None:
    data = Engine(STYLE).render(TRIPS, assets={"crest.png": picture()}, prefix="trips/")
    part = Part(id="trips", title="Trips", data=data)
    assert joined((part,)) == joined((Part(id="trips", title="Trips", data=parts[0].data),))


def test_what_is_still_being_made_is_waited_for_when_all_else_is_open(
    whole: bytes, parts: tuple[Part, ...], numbers: Numbers
) -> None:
    waited: list[str] = []

    def late(name: str, data: bytes | Any) -> Callable[[], bytes]:
        def made() -> bytes:
            waited.append(name)
            assert isinstance(data, bytes)
            return data

        return made

    each = [replace(part, data=late(part.id, part.data)) for part in parts]
    font = replace(numbers, font=late("font", numbers.font))
    assert joined((each[0], parts[1]), font) == joined(tuple(each), font) == whole
    # What comes first says where the others are, so that it is made last.
    assert waited == ["trips", "font", "first-aid", "trips", "font"]


# ------------------------------------------------------------------------------ where places are


def looked_through(data: bytes) -> tuple[int, dict[str, int]]:
    seen = survey(opened(data))
    return seen.pages, dict(seen.places)


LIKE_A_START = (
    "stream <</Type /ObjStm/N 1/First 0/Filter /FlateDecode/Length 1>> <</Type /Pages/Kids [1 0 R]"
    "/Count 1>> <</Type /Catalog/Pages 1 0 R/Names <</Dests <</Names [(a) [1 0 R /XYZ 0 0 0]]>>"
)


@pytest.mark.parametrize(
    "body",
    [
        f"<h1 id='a'>{LIKE_A_START}</h1><p id='b' class='new'>{LIKE_A_START}</p>",
        "".join(f"<h2 id='section.{n}-x_{n}' class='new'>{n}</h2>" for n in range(40)),
    ],
)
def test_what_our_engine_wrote_is_known_at_a_glance(body: str, parts: tuple[Part, ...]) -> None:
    made = Engine(STYLE).render(page("T", f"<h1 id='top'>T</h1>{body}"))
    for data in (made, *map(raw, parts)):
        assert glance.places(data) == looked_through(data)


@pytest.mark.parametrize("id", ["a(b", "a)b", "(a)"])
def test_a_place_of_another_name_takes_more_than_a_glance(id: str) -> None:
    data = Engine(STYLE).render(page("T", f"<h1>T</h1><p class='new' id='{id}'>A</p>"))
    assert glance.places(data) is None
    assert dict(survey(data).places) == looked_through(data)[1] == {id: 1}


def test_what_others_wrote_is_not_known_at_a_glance(whole: bytes, parts: tuple[Part, ...]) -> None:
    data = raw(parts[0])
    again = changed(data, lambda pdf: None)
    bare = Engine(STYLE).render(page("T", "<h1>T</h1>"))
    for other in (whole, again, bare, b"", data[: len(data) // 2], data.replace(b"\nx", b"\n ")):
        assert glance.places(other) is None
    for other in (whole, again, bare):
        assert (survey(other).pages, dict(survey(other).places)) == looked_through(other)


# ------------------------------------------------------------------------------ ways through


def test_destinations_of_the_same_name_are_both_kept(whole: bytes, parts: tuple[Part, ...]) -> None:
    pdf = opened(whole)
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    found = {name: pages[target[0].objgen] for name, target in places(pdf).items()}
    start = 0
    expected = {}
    for part in parts:
        seen = survey(raw(part))
        expected[part.id] = start
        expected |= {f"{part.id}/{name}": start + page for name, page in seen.places.items()}
        start += seen.pages
    assert found == expected
    assert found["trips/risk"] == 1
    assert found["first-aid/risk"] == 2


def test_links_between_parts_lead_inside(whole: bytes) -> None:
    pdf = opened(whole)
    found = links(pdf)
    assert {words: str(note.Dest) for words, note in found.items() if Name.Dest in note} == {
        "Risk": "trips/risk",
        "the kit": "first-aid/kit",
        "a rule that is no more": "first-aid",
        "first aid": "first-aid",
        "y pecyn": "first-aid/kit",
        "teithiau": "trips/coach",
    }
    assert {str(note.Dest) for note in found.values() if Name.Dest in note} <= set(places(pdf))
    assert not [words for words, note in found.items() if Name.Dest in note and Name.A in note]


def test_links_to_what_is_not_there_lead_to_the_file_beside(whole: bytes) -> None:
    pdf = opened(whole)
    found = links(pdf)
    assert str(found["pay"].A.URI) == "elm-pay.pdf#scale"
    assert str(found["the law"].A.URI) == "https://example.org/law"


def test_outline_has_one_entry_for_each_part(whole: bytes) -> None:
    def told(entry: Any) -> Any:
        below = []
        child = entry.get(Name.First)
        while child is not None:
            assert child.Parent.objgen == entry.objgen
            below.append(told(child))
            child = child.get(Name.Next)
        assert entry.get(Name.Count, 0) == (-len(below) if Name.Title in entry else len(below))
        return (str(entry.get(Name.Title, "")), below)

    pdf = opened(whole)
    assert told(pdf.Root.Outlines) == (
        "",
        [
            ("Trips", [("Contents", []), ("Risk", [("Coaches", [])])]),
            ("First aid", [("Risg", []), ("Pecyn", [])]),
        ],
    )


@pytest.mark.parametrize("body", ["<h1 class='plain'>One</h1>", "<h1>One</h1><h1>Two</h1>"])
def test_outline_of_any_part_is_one_entry(body: str, parts: tuple[Part, ...]) -> None:
    odd = Part(id="odd", title="Odd", data=Engine(STYLE).render(page("Odd", body)))
    pdf = opened(joined((odd, parts[0])))
    first = pdf.Root.Outlines.First
    assert (str(first.Title), str(first.Next.Title)) == ("Odd", "Trips")
    assert Name.Next not in first.Next
    assert first.Dest[0].objgen == pdf.pages[0].obj.objgen
    below = body.count("<h1>")
    assert first.get(Name.Count, 0) == -below
    if below:
        assert [str(first.First.Title), str(first.Last.Title)] == ["One", "Two"]


# ------------------------------------------------------------------------------ numbers


def stamped(pdf: Any, index: int) -> tuple[str, float, float]:
    """What is stamped on a page, read through the table of the font it is written in."""
    page = pdf.pages[index].obj
    drawing = b"".join(part.read_bytes() for part in list(page.Contents)).decode("latin-1")
    found = re.search(
        r"BDC\nq BT .* g\n(/\w+) ([\d.]+) Tf 1 0 0 1 ([\d.]+) ([\d.]+) Tm\n"
        r"((?:<\w+> Tj\n)+)ET Q\nEMC\n$",
        drawing,
    )
    assert found, drawing
    table = page.Resources.Font[found[1]].ToUnicode.read_bytes().decode()
    letters = dict(re.findall(r"<(\w{4})> <(\w{4})>", table))
    codes = re.findall(r"\w{4}", found[5])
    text = "".join(bytes.fromhex(letters[code]).decode("utf-16-be") for code in codes)
    return text, float(found[3]), float(found[4])


def test_pages_are_numbered_through(whole: bytes) -> None:
    pdf = opened(whole)
    assert [stamped(pdf, index)[0] for index in range(len(pdf.pages))] == [
        f"Page {number}" for number in range(1, len(pdf.pages) + 1)
    ]
    assert "Page" not in words(whole)
    assert list(pdf.Root.PageLabels.Nums)[1] == {"/S": Name.D}


def test_numbers_stand_in_the_middle_below_the_text(whole: bytes) -> None:
    pdf = opened(whole)
    _, across, up = stamped(pdf, 0)
    assert 290 > across > 270
    assert 15 < up < 30


def test_pages_before_the_start_count_without_a_number(
    parts: tuple[Part, ...], numbers: Numbers
) -> None:
    later = Numbers(words=numbers.words, blank=numbers.blank, font=numbers.font, start=3)
    pdf = opened(joined(parts, later))
    assert not isinstance(pdf.pages[1].obj.Contents, pikepdf.Array)
    assert stamped(pdf, 2)[0] == "Page 3"


def test_a_font_without_the_letters_is_refused(parts: tuple[Part, ...], numbers: Numbers) -> None:
    other = Numbers(words="Seite {}", blank="Seite {}", font=numbers.font)
    with pytest.raises(ValueError, match="no font of the pages"):
        joined(parts, other)


def test_parts_begin_on_right_hand_pages_when_asked(
    parts: tuple[Part, ...], numbers: Numbers
) -> None:
    one = Part(id="one", title="One", data=Engine(STYLE).render(page("One", "<h1>One</h1>")))
    data = joined((one, *parts), numbers, right_hand=True)
    conforms(data)
    pdf = opened(data)
    numbered = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    found = places(pdf)
    firsts = [numbered[found[id][0].objgen] for id in ("one", "trips", "first-aid")]
    assert firsts == [1, 3, 5]
    assert list(first_pages([1, 2, 2], True)) == firsts
    assert stamped(pdf, 1)[0] == "Page 2, blank"
    assert Name.StructParents not in pdf.pages[1].obj
    assert list(pdf.pages[1].mediabox) == list(pdf.pages[0].mediabox)
    assert words(data) == [word for part in (one, *parts) for word in words(raw(part))]


def test_pages_follow_on_otherwise() -> None:
    assert first_pages([1, 2, 2], False) == (1, 2, 4)
    assert first_pages([], True) == ()


# ------------------------------------------------------------------------------ the file itself


def test_the_same_picture_is_kept_once(whole: bytes, parts: tuple[Part, ...]) -> None:
    def pictures(data: bytes) -> int:
        pdf = opened(data)
        return sum(
            isinstance(one, pikepdf.Stream) and one.get(Name.Subtype) == Name.Image
            for one in pdf.objects
        )

    assert [pictures(raw(part)) for part in parts] == [1, 1]
    assert pictures(whole) == 1
    pdf = opened(whole)
    shown = {
        picture.objgen
        for page in pdf.pages
        for picture in page.obj.Resources.get(Name.XObject, {}).values()
    }
    assert len(shown) == 1


def test_title_author_and_the_latest_date_that_is_stated(whole: bytes) -> None:
    pdf = opened(whole)
    assert dict(pdf.docinfo.items())[Name.Title] == "All of it"
    assert str(pdf.docinfo[Name.Author]) == "Elm School"
    assert str(pdf.docinfo[Name.ModDate]) == "D:20260302"
    written = pdf.Root.Metadata.read_bytes().decode()
    assert written.count("All of it") == 1
    assert "<xmp:ModifyDate>2026-03-02</xmp:ModifyDate>" in written
    assert "Trips" not in written


def test_no_date_when_no_part_states_one() -> None:
    one = Part(id="one", title="One", data=Engine(STYLE).render(page("One", "<h1>One</h1>")))
    pdf = opened(joined((one,)))
    assert Name.ModDate not in pdf.docinfo
    assert b"Date" not in pdf.Root.Metadata.read_bytes()


def test_signs_in_titles_are_written_right(parts: tuple[Part, ...]) -> None:
    title = "Trips & <first> aid – cymorth ŵ"
    data = merge(parts, title=title, author="A & B")
    conforms(data)
    with opened(data) as pdf, pdf.open_metadata() as held:
        assert held["dc:title"] == title
        assert str(pdf.docinfo[Name.Title]) == title


def test_a_standard_that_one_part_lacks_is_not_claimed(parts: tuple[Part, ...]) -> None:
    def claim_less(pdf: pikepdf.Pdf) -> None:
        root: Any = pdf.Root
        written = root.Metadata.read_bytes()
        root.Metadata = pdf.make_stream(written.replace(b"pdfaid", b"pdfxid"))

    less = Part(id="less", title="Less", data=changed(raw(parts[1]), claim_less))
    assert claims(opened(joined((parts[0], less)))) == Claims("", "1")


def test_same_bytes_in_any_process(
    whole: bytes, parts: tuple[Part, ...], numbers: Numbers, tmp_path: Path
) -> None:
    assert joined(parts, numbers) == whole
    for part in parts:
        (tmp_path / part.file).write_bytes(raw(part))
    assert isinstance(numbers.font, bytes)
    (tmp_path / "font").write_bytes(numbers.font)
    program = """
import sys
from pathlib import Path
from clausebook.pdf.merge import Numbers, Part, merge
here = Path(sys.argv[1])
parts = [
    Part(id=id, title=title, data=(here / f"elm-{id}.pdf").read_bytes(), file=f"elm-{id}.pdf")
    for id, title in (("trips", "Trips"), ("first-aid", "First aid"))
]
numbers = Numbers(
    words="Page {}", blank="Page {}, blank", font=(here / "font").read_bytes(), start=1
)
made = merge(parts, title="All of it", author="Elm School", numbers=numbers)
(here / "made").write_bytes(made)
"""
    for seed, zone in (("1", "Pacific/Auckland"), ("2", "America/New_York")):
        around = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", program, tmp_path], env=around, check=True)
        assert (tmp_path / "made").read_bytes() == whole


def test_parts_stay_as_they_were(parts: tuple[Part, ...]) -> None:
    before = [bytes(raw(part)) for part in parts]
    joined(parts)
    assert [part.data for part in parts] == before


# ------------------------------------------------------------------------------ booklets


def test_sheets_fold_into_the_right_order() -> None:
    assert list(sides(8)) == [(8, 1), (2, 7), (6, 3), (4, 5)]
    assert list(sides(5)) == [(None, 1), (2, None), (None, 3), (4, 5)]
    assert list(sides(1)) == [(None, 1), (None, None)]


@pytest.mark.parametrize("pages", range(1, 25))
def test_folded_sheets_read_from_front_to_back(pages: int) -> None:
    """Each sheet's front lies under its back, and the next sheet inside it."""
    flat = list(sides(pages))
    left: list[int | None] = []
    right: list[int | None] = []
    for front, back in zip(flat[::2], flat[1::2], strict=True):
        left += [front[1], back[0]]
        right = [back[1], front[0], *right]
    read = left + right
    assert [number for number in read if number] == list(range(1, pages + 1))
    assert read.index(1) == 0
    assert len(read) % 4 == 0


def test_booklet_is_for_printing(whole: bytes) -> None:
    data = booklet(whole)
    pdf = opened(data)
    assert str(pdf.docinfo[Name.Title]) == "All of it (for printing)"
    assert claims(pdf) == Claims()
    assert Name.StructTreeRoot not in pdf.Root
    assert pdf.Root.ViewerPreferences.Duplex == Name.DuplexFlipShortEdge
    assert [[round(float(edge)) for edge in page.mediabox] for page in pdf.pages] == [
        [0, 0, 842, 595]
    ] * len(pdf.pages)
    assert not [page for page in pdf.pages if Name.Annots in page.obj]
    assert pdf.check_pdf_syntax() == []
    assert len(pdf.pages) == 2 * -(-len(opened(whole).pages) // 4)
    assert booklet(whole) == data


def test_booklet_shows_the_pages_of_the_file(whole: bytes) -> None:
    pdf, printed = opened(whole), opened(booklet(whole))
    for side, (left, right) in enumerate(sides(len(pdf.pages))):
        shown = printed.pages[side].obj.Resources.XObject
        for name, number in ((Name.Left, left), (Name.Right, right)):
            assert (name in shown) == (number is not None)
            if number is not None:
                drawn = shown[name].read_bytes().split()
                own = [
                    word
                    for part in pdf.pages[number - 1].obj.Contents
                    for word in part.read_bytes().split()
                ]
                assert drawn == own
