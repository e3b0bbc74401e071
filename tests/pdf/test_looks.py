"""How pages look: pictures of key pages, and for every page what no page may do.

After a change that is meant, `python tools/references.py` makes the pictures again: look at each.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from pikepdf import Dictionary, Name
from PIL import Image, ImageChops, ImageFilter

from clausebook.changes import Change, Kind, Tag, word_differences
from clausebook.markdown import plain
from clausebook.model import Handbook
from clausebook.pdf.checker import check
from clausebook.pdf.merge import survey
from clausebook.pdf.press import LARGE_PRINT
from clausebook.pdf.reading import Content, Element, Reading, Run
from clausebook.pdf.shelf import Asked, Shelf, shelves
from clausebook.pdf.words import lost, words
from clausebook.render.site import pdf_name, whole_name
from clausebook.shipped import shipped
from tests.pdf.conftest import Shipped, opened, taken_apart

REFERENCE = Path(__file__).parent / "reference"
DPI = 64
# Of 255: another machine smooths edges a little otherwise; a word that moved is much more.
MEAN, STRONG, SHARE = 1.5, 40, 0.002

MADE_UP = ("fenwick-hall", "governors")
NAME = (
    "The Federation of Saint Bartholomew-the-Great and Llanfairpwllgwyngyllgogerychwyrndrobwll"
    "llantysiliogogogoch Church of England and Church in Wales Voluntary Aided Schools"
)
TITLE = (
    "Policy and procedure on the acceptable, responsible and safe use of information technology, "
    "communications equipment and interconnected systems"
)
ROLE = (
    "executive deputy director of safeguarding, digital strategy and interconnected systems "
    "across all phases and sites"
)
ADDRESS = (
    "https://handbook.the-federation-of-saint-bartholomew-the-great-and-llanfair.example.org/"
    "staff/policies-and-procedures"
)


# ------------------------------------------------------------------------------ what is looked at


def with_long_names(handbook: Handbook) -> Handbook:
    """Two policies of a handbook, where everything that has a name has a long one."""
    first = handbook.policies["acceptable-use"]
    owner = first.held.owner or next(iter(handbook.roles))
    role = replace(handbook.roles[owner], title=ROLE, about="Anything about computers")
    first = replace(first, title=TITLE, held=replace(first.held, owner=owner))
    own = replace(handbook.organisation, name=NAME, address=ADDRESS)
    return replace(
        handbook,
        organisation=own,
        tiers=(*handbook.tiers[:-1], own),
        roles={**handbook.roles, owner: role},
        policies={first.id: first, "data-protection": handbook.policies["data-protection"]},
    )


def some_changes(handbook: Handbook) -> tuple[Change, ...]:
    policy = handbook.policies["acceptable-use"]
    texts = {clause.id: plain(clause.text.markdown) for clause in policy.clauses[:6]}
    every = [(text, text.replace("work", "school")) for text in texts.values()]
    # A clause reworded from end to end, a new one, and one that is gone.
    every[3] = ("Nobody may say anything to anyone.", every[3][0])
    every[4], every[5] = ("", every[4][0]), (every[5][0], "")
    return tuple(
        Change(
            policy=policy.id,
            policy_title=policy.title,
            kind=Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED,
            tag=Tag.WORDING,
            clause=clause.id,
            number=clause.number,
            title=clause.title.words,
            before=before,
            after=after,
            differences=word_differences(before, after),
        )
        for clause, (before, after) in zip(policy.clauses, every, strict=False)
    )


@dataclass(frozen=True, slots=True)
class Looks:
    """More than is shipped: long names and changes, and large print."""

    long: Shelf
    large: Shelf


@pytest.fixture(scope="module")
def looks(prints: Shipped) -> Looks:
    library = prints.makers.repository.library
    handbook = with_long_names(prints.asked[MADE_UP].handbook)
    asked = Asked(handbook, some_changes(handbook), "the handbook of 1 September 2025")
    large = prints.asked["tornedale-infant", "staff"]
    return Looks(
        shelves({MADE_UP: asked}, library, prints.root)[MADE_UP],
        shelves({("tornedale-infant", "staff"): large}, library, prints.root, look=LARGE_PRINT)[
            "tornedale-infant", "staff"
        ],
    )


def files(prints: Shipped, looks: Looks) -> dict[str, bytes]:
    """Every file whose pages are looked at, by a name; those with the same bytes once."""
    named = {str(each): each.data for each in prints.distinct()}
    for kind, shelf in (("long names", looks.long), ("large print", looks.large)):
        assert shelf.reasons == []
        named |= {f"{kind}: {n}": data for n, data in shelf.files.items() if n.endswith(".pdf")}
    return named


# Name of a picture: the file, and the place whose page it shows (or the number of the page, from 0).
SHOTS: Mapping[str, tuple[str, str | int]] = {
    "cover": ("governors/reedwater-primary-data-protection.pdf", 0),
    "sign-off-and-contents": ("governors/reedwater-primary-data-protection.pdf", "contents"),
    "picture": ("governors/reedwater-primary-data-protection.pdf", "report-breach"),
    "lists": ("staff/stockport-social-media.pdf", "after-a-request"),
    "terms-and-history": ("staff/reedwater-primary-mobile-devices.pdf", "history"),
    "draft": ("staff/fenwick-hall-acceptable-use.pdf", 0),
    "draft-rules": ("staff/fenwick-hall-acceptable-use.pdf", 2),
    "no-crest": ("governors/stockport-social-media.pdf", 0),
    "long-names": ("long names: fenwick-hall-acceptable-use.pdf", 0),
    "long-names-changes": ("long names: fenwick-hall-acceptable-use.pdf", "changes"),
    "long-names-sign-off": ("long names: fenwick-hall-acceptable-use.pdf", "sign-off"),
    "long-names-handbook": ("long names: fenwick-hall-handbook.pdf", 0),
    "long-names-contacts": ("long names: fenwick-hall-handbook.pdf", "handbook.front/contacts"),
    "large-print-cover": ("large print: tornedale-infant-social-media.pdf", 0),
    "large-print-rules": ("large print: tornedale-infant-social-media.pdf", 4),
    "handbook-cover": ("staff/fenwick-hall-handbook.pdf", 0),
    "handbook-contents": ("staff/fenwick-hall-handbook.pdf", 1),
    "handbook-contacts": ("staff/fenwick-hall-handbook.pdf", "handbook.front/contacts"),
    "handbook-use": ("staff/fenwick-hall-handbook.pdf", "handbook.front/use"),
}


def raster(data: bytes, place: str | int, dpi: int = DPI) -> Image.Image:
    """A page as a grey picture: what a printer in black and white would show."""
    number = place if isinstance(place, int) else survey(data).places[place]
    pdf = pypdfium2.PdfDocument(data)
    image: Image.Image = pdf[number].render(scale=dpi / 72, grayscale=True).to_pil()
    pdf.close()
    return image.convert("L")


def apart(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """How far apart two pictures are: the mean difference, and the share of points that differ much.

    Both are smoothed first, so that where the edge of a letter falls between points counts little.
    """
    assert one.size == other.size
    soft = [image.filter(ImageFilter.BoxBlur(1)) for image in (one, other)]
    counts = ImageChops.difference(*soft).histogram()
    total = sum(counts)
    mean = sum(value * count for value, count in enumerate(counts)) / total
    return mean, sum(counts[STRONG:]) / total


@pytest.mark.parametrize("name", SHOTS)
def test_page_looks_as_its_reference(
    name: str, prints: Shipped, looks: Looks, request: pytest.FixtureRequest
) -> None:
    file, place = SHOTS[name]
    shown = raster(files(prints, looks)[file], place)
    path = REFERENCE / f"{name}.png"
    if request.config.getoption("--update"):
        path.parent.mkdir(exist_ok=True)
        shown.quantize(16).save(path, optimize=True)
    with Image.open(path) as reference:
        mean, share = apart(shown, reference.convert("L"))
    assert mean < MEAN, f"{name} differs by {mean:.2f} of 255 on average"
    assert share < SHARE, f"{share:.2%} of {name} looks otherwise"


def test_no_reference_is_left_over() -> None:
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(SHOTS)


def test_a_moved_line_is_seen_and_smoothing_is_not(prints: Shipped, looks: Looks) -> None:
    """The comparison can fail, and does not where only edges differ."""
    data = files(prints, looks)["staff/reedwater-primary-mobile-devices.pdf"]
    page = raster(data, 1)
    moved = page.copy()
    moved.paste(page.crop((0, 300, page.width, 320)), (0, 304))
    assert apart(page, moved)[1] >= SHARE
    other = raster(data, 1, dpi=DPI).filter(ImageFilter.GaussianBlur(0.4))
    mean, share = apart(page, other)
    assert mean < MEAN
    assert share < SHARE


# ------------------------------------------------------------------------------ what no page may do


@dataclass(slots=True)
class Line:
    """A line of text as it stands on a page: from the left, from the foot."""

    page: int
    x: float
    end: float
    y: float
    size: float
    text: str
    first_width: float


def lines(element: Element, reading: Reading) -> list[Line]:
    """The lines of an element's own text, and of what stands in it."""
    found: list[Line] = []
    for page, run in runs(element, reading):
        if not run.text.strip():
            continue
        last = found[-1] if found else None
        if last and last.page == page and abs(last.y - run.y) < 0.5 * max(last.size, run.size):
            last.end, last.text = max(last.end, run.end_x), last.text + run.text
            continue
        word = run.text.split(" ")[0]
        width = (run.end_x - run.x) * len(word) / len(run.text)
        found.append(Line(page, run.x, run.end_x, run.y, run.size, run.text, width))
    return found


def runs(element: Element, reading: Reading) -> Iterator[tuple[int, Run]]:
    for kid in element.kids:
        if isinstance(kid, Element):
            yield from runs(kid, reading)
        elif isinstance(kid, Content) and isinstance(kid.within, int):
            mark = reading.painted[kid.within].marks.get(kid.mcid)
            for run in mark.runs if mark else ():
                yield kid.within, run


def inside(element: Element, *kinds: str) -> bool:
    up: Element | None = element
    while up is not None:
        if up.kind in kinds:
            return True
        up = up.parent
    return False


BLOCKS = ("H1", "H2", "H3", "P", "LI", "TOCI", "Table", "Figure", "Caption")


def holds(element: Element, *kinds: str) -> bool:
    return any(each.kind in kinds for each in element.walk() if each is not element)


def blocks(reading: Reading) -> list[Element]:
    """Headings, paragraphs, items, tables and pictures in reading order, none within another."""
    found: list[Element] = []

    def look(element: Element) -> None:
        if element.kind in BLOCKS:
            found.append(element)
            return
        for kid in element.elements:
            look(kid)

    for root in reading.roots:
        look(root)
    return found


@cache
def pages_of(data: bytes) -> list[tuple[Element, list[int]]]:
    """Each block with the pages it is on, those that paint nothing left out."""
    reading = taken_apart(data)
    found = []
    for element in blocks(reading):
        pages = sorted(
            {
                kid.within
                for each in element.walk()
                for kid in each.kids
                if isinstance(kid, Content) and isinstance(kid.within, int)
            }
        )
        if pages:
            found.append((element, pages))
    return found


def said(element: Element, reading: Reading) -> str:
    return " ".join(run.text for _, run in runs(element, reading))[:70]


def test_no_heading_is_alone_at_the_foot_of_a_page(prints: Shipped, looks: Looks) -> None:
    found = []
    for name, data in files(prints, looks).items():
        reading = taken_apart(data)
        placed = pages_of(data)
        for (element, pages), (_, following) in itertools.pairwise(placed):
            if element.kind in ("H1", "H2", "H3") and pages[-1] != following[0]:
                found.append(f"{name}, page {pages[-1] + 1}: {said(element, reading)}")
    assert found == []


def test_no_heading_is_torn_from_its_number(prints: Shipped, looks: Looks) -> None:
    """Every line of a heading is on one page, and the number begins the first with a word after it."""
    found = []
    for name, data in files(prints, looks).items():
        reading = taken_apart(data)
        for element, pages in pages_of(data):
            if element.kind not in ("H2", "H3"):
                continue
            first = lines(element, reading)[0]
            if len(pages) > 1 or not first.text.strip(" 0123456789."):
                found.append(f"{name}: {said(element, reading)}")
    assert found == []


def test_captions_and_heads_of_tables_stay_with_their_rows(prints: Shipped, looks: Looks) -> None:
    found = []
    for name, data in files(prints, looks).items():
        reading = taken_apart(data)
        for table in (each for each in reading.walk() if each.kind == "Table"):
            rows = [each for each in table.walk() if each.kind == "TR"]
            bodies = [row for row in rows if any(cell.kind == "TD" for cell in row.elements)]
            heads = [row for row in rows if row not in bodies]
            captions = [each for each in table.elements if each.kind == "Caption"]
            first = first_page(bodies[0])
            for each in (*captions, *heads):
                if first_page(each) != first:
                    found.append(f"{name}: {said(each, reading)}")
    assert found == []


def first_page(element: Element) -> int | None:
    return next(
        (
            kid.within
            for each in element.walk()
            for kid in each.kids
            if isinstance(kid, Content) and isinstance(kid.within, int)
        ),
        None,
    )


def test_signature_lines_stand_together(prints: Shipped, looks: Looks) -> None:
    signed = 0
    for name, data in files(prints, looks).items():
        reading = taken_apart(data)
        for element, pages in pages_of(data):
            if element.kind == "Table" and said(element, reading).startswith("For the body that"):
                assert len(pages) == 1, name
                signed += 1
    assert signed > 10


def test_nothing_stands_outside_the_margins(prints: Shipped, looks: Looks) -> None:
    found = []
    for name, data in files(prints, looks).items():
        reading = taken_apart(data)
        for number, page in enumerate(reading.pages):
            width = float(page.MediaBox[2])
            for mark in reading.painted[number].marks.values():
                for run in mark.runs:
                    if run.x < 40 or run.end_x > width - 40 or run.y < 18:
                        found.append(f"{name}, page {number + 1}: {run.text}")
    assert found == []


def test_lines_are_as_full_as_they_can_be(prints: Shipped, looks: Looks) -> None:
    """A line ends where the next word would not fit: a paragraph once broke after its first word."""
    found = []
    for name, data in files(prints, looks).items():
        reading = taken_apart(data)
        for element in reading.walk():
            if element.kind not in ("P", "LBody", "H1", "H2", "H3"):
                continue
            if inside(element, "Table", "TOC", "Figure") or holds(
                element, "P", "L", "Table", "Figure"
            ):
                continue
            held = lines(element, reading)
            right = max((line.end for line in held), default=0)
            for line, after in itertools.pairwise(held):
                if line.end + after.first_width + 3 * line.size < right:
                    found.append(f"{name}: {line.text} | {after.text}")
    assert found == []


# ------------------------------------------------------------------------------ other forms


def test_large_print_says_the_same_and_conforms(prints: Shipped, looks: Looks) -> None:
    for name, data in looks.large.files.items():
        if not name.endswith(".pdf"):
            continue
        reading = taken_apart(data)
        assert check(reading) == []
        small = [run.size for _, run in all_runs(reading) if run.size < 10.7]
        assert small == [], name
    name = pdf_name("tornedale-infant", "social-media")
    ordinary = prints.one("tornedale-infant", "staff", "social-media")
    assert survey(looks.large.files[name]).pages > survey(ordinary.data).pages
    assert ordinary.policy is not None
    for clause in ordinary.policy.clauses:
        assert lost([clause.title.words], taken_apart(looks.large.files[name])) == []


def all_runs(reading: Reading) -> Iterator[tuple[int, Run]]:
    for root in reading.roots:
        yield from runs(root, reading)


def test_long_names_are_all_there(looks: Looks) -> None:
    for data in (
        looks.long.files[pdf_name(MADE_UP[0], "acceptable-use")],
        looks.long.files[whole_name(MADE_UP[0])],
    ):
        reading = taken_apart(data)
        assert check(reading) == []
        for name in (NAME, TITLE, ROLE, ADDRESS):
            assert lost(name.split(), reading) == []


# ------------------------------------------------------------------------------ what changed


def test_both_texts_of_a_change_can_be_heard(prints: Shipped, looks: Looks) -> None:
    """What was there, what came, and in words which is which: no mark says it alone."""
    data = looks.long.files[pdf_name(MADE_UP[0], "acceptable-use")]
    reading = taken_apart(data)
    changes = some_changes(prints.asked[MADE_UP].handbook)
    assert lost(" ".join(change.before for change in changes).split(), reading) == []
    assert lost(" ".join(change.after for change in changes).split(), reading) == []
    heard = " ".join(words(reading))
    assert "[Removed: workers] [Added: schoolers]" in heard
    assert "Before: Nobody may say anything to anyone." in heard
    assert "Added: " in heard.partition(changes[4].title)[2]
    assert "Removed: " in heard.partition(changes[5].title)[2]


def test_marks_are_lines_and_no_colour(looks: Looks) -> None:
    """A reader of print in black and white, or of the structure, is told the same."""
    pdf = opened(looks.long.files[pdf_name(MADE_UP[0], "acceptable-use")])
    lines = [
        str(held.A.TextDecorationType)
        for held in pdf.objects
        if isinstance(held, Dictionary)
        and isinstance(held.get(Name.A), Dictionary)
        and Name.TextDecorationType in held.A
    ]
    assert lines.count("/Underline") > 3
    assert lines.count("/LineThrough") > 3
    css = (shipped("overrides") / "pdf" / "policy.css").read_text(encoding="utf-8")
    rules = "".join(re.findall(r"(?m)^(?:ins|del|\.mark) \{[^}]*\}", css))
    assert "underline" in rules
    assert "line-through" in rules
    assert "color" not in rules.replace("text-decoration-color", "")
