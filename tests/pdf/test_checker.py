"""The checker: no fault with a good file, and the right one with each way to break it."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from clausebook.pdf.checker import RULES, Fault, check
from clausebook.pdf.engine import Engine
from tests.pdf.checks import changed, conforms

# WeasyPrint leaves its colour profile for the garbage collector to close.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*sRGB2014.icc", "ignore:unclosed file.*sRGB2014.icc"
)

CREST = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="60" height="60">'
    '<title>Elm School: a tree</title><path d="M0 0h9v9z" fill="#1d3f72"/></svg>'
)
TABLE = """
<table><caption>Who does what</caption>
<thead><tr><th scope="col">Role</th><th scope="col" colspan="2">Duty</th></tr></thead>
<tbody><tr><th scope="row" rowspan="2">Head</th><td>Plans</td><td>Each term</td></tr>
<tr><td>Reports</td><td>Each year</td></tr></tbody></table>
"""
SENTENCE = "Every member of staff must record when a visit begins, who is there and who is told. "


def document(sections: int, sentences: int = 3) -> str:
    """A policy in small, with everything that a policy has."""
    contents = "".join(
        f'<li><a href="#s{n}">{n} Section {n}</a></li>' for n in range(1, sections + 1)
    )
    body = "".join(
        f'<section><h2 id="s{n}">{n} Section {n}</h2><h3>Rules</h3>'
        f'<p>{SENTENCE * sentences}See <a href="#s1">section <strong>one</strong></a> and '
        f'<a href="https://example.org/{n}">the guidance</a>.</p>'
        f"<ul><li>one <em>word</em><ol><li>two</li></ol></li><li><p>three</p></li></ul>{TABLE}"
        "</section>"
        for n in range(1, sections + 1)
    )
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><title>Visits</title></head><body>'
        f"{CREST}<h1>Visits</h1>"
        f'<nav class="contents"><h2>Contents</h2><ol>{contents}</ol></nav>'
        f'{body}<p>In Welsh: <span lang="cy">Polisi’r ysgol</span></p>'
        "<blockquote><p>Quoted</p></blockquote><dl><dt>Child</dt><dd>Anyone under 18.</dd></dl>"
        "</body></html>"
    )


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine('@page { size: A4; @top-left { content: "Elm School" } }')


@pytest.fixture(scope="module")
def good(engine: Engine) -> bytes:
    return engine.render(document(3))


def elements(pdf: Pdf, kind: str) -> list[Any]:
    """The elements of a kind, in reading order."""

    def walk(element: Any) -> Iterator[Any]:
        if element.get("/S") == f"/{kind}":
            yield element
        for kid in kids(element):
            if isinstance(kid, Dictionary) and "/S" in kid:
                yield from walk(kid)

    root: Any = pdf.Root.StructTreeRoot
    return [found for top in kids(root) for found in walk(top)]


def kids(element: Any) -> list[Any]:
    below = element.get("/K")
    if below is None:
        return []
    return list(below) if isinstance(below, Array) else [below]


def put(kind: str, **entries: object) -> Callable[[Pdf], None]:
    """Give the first element of a kind other entries; None takes one away."""

    def change(pdf: Pdf) -> None:
        element = elements(pdf, kind)[0]
        for name, value in entries.items():
            if value is None:
                del element[f"/{name}"]
            else:
                element[f"/{name}"] = value

    return change


def root(**entries: object) -> Callable[[Pdf], None]:
    """The same for the file as a whole."""

    def change(pdf: Pdf) -> None:
        for name, value in entries.items():
            if value is None:
                del pdf.Root[f"/{name}"]
            else:
                pdf.Root[f"/{name}"] = value

    return change


def painted(change: Callable[[bytes], bytes]) -> Callable[[Pdf], None]:
    """Change what the first page paints."""

    def written(pdf: Pdf) -> None:
        contents: Any = pdf.pages[0].obj["/Contents"]
        before = contents.read_bytes()
        after = change(before)
        assert after != before
        contents.write(after)

    return written


def described(pattern: bytes, instead: bytes) -> Callable[[Pdf], None]:
    """Change what the file says of itself in XMP."""

    def change(pdf: Pdf) -> None:
        stream: Any = pdf.Root.Metadata
        text, times = re.subn(pattern, instead, stream.read_bytes())
        assert times
        stream.write(text)

    return change


def font(change: Callable[[Any], None]) -> Callable[[Pdf], None]:
    def each(pdf: Pdf) -> None:
        for obj in list(pdf.objects):
            if isinstance(obj, Dictionary) and obj.get("/Subtype") == "/Type0":
                change(obj)

    return each


def annotated(pdf: Pdf) -> tuple[Any, Any]:
    """The first page with annotations, and the first of them."""
    for page in pdf.pages:
        if "/Annots" in page.obj:
            return page.obj, page.obj.Annots[0]
    raise AssertionError("no annotation")


def annotation(**entries: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        _, first = annotated(pdf)
        for name, value in entries.items():
            if value is None:
                del first[f"/{name}"]
            else:
                first[f"/{name}"] = value

    return change


def new_annotation(**entries: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        page, _ = annotated(pdf)
        box = Array([0, 0, 9, 9])
        made = {f"/{name}": value for name, value in entries.items()}
        page.Annots.append(pdf.make_indirect(Dictionary({"/Rect": box, "/F": 4, **made})))

    return change


def field(pdf: Pdf) -> None:
    new_annotation(Subtype=Name.Widget, FT=Name.Sig, T="signed")(pdf)
    page, _ = annotated(pdf)
    pdf.Root.AcroForm = Dictionary(Fields=Array([page.Annots[-1]]))


def caption_between(pdf: Pdf) -> None:
    table = elements(pdf, "Table")[0]
    caption, *rest = kids(table)
    table.K = Array([rest[0], caption, *rest[1:]])


def two_hold_one(pdf: Pdf) -> None:
    first, second = elements(pdf, "P")[:2]
    first.K, first.Pg = second.K, second.Pg


def out_of_the_tree(pdf: Pdf) -> None:
    heading = elements(pdf, "H1")[0]
    heading.P.K = Array([kid for kid in kids(heading.P) if kid.objgen != heading.objgen])


def swapped(pdf: Pdf) -> None:
    listed: Any = pdf.Root.StructTreeRoot.ParentTree.Nums[1]
    listed[0], listed[-1] = listed[-1], listed[0]


def same_id_twice(pdf: Pdf) -> None:
    for element in elements(pdf, "P")[:2]:
        element.ID = String("same")


def link_without_object(pdf: Pdf) -> None:
    link = elements(pdf, "Link")[0]
    link.K = Array([kid for kid in kids(link) if not isinstance(kid, Dictionary) or "/S" in kid])


def cell_less(pdf: Pdf) -> None:
    row = elements(pdf, "TR")[1]
    row.K = Array(kids(row)[:-1])


def no_information(pdf: Pdf) -> None:
    del pdf.docinfo["/Title"]


def another_title(pdf: Pdf) -> None:
    pdf.docinfo["/Title"] = "Something else"


def layers(pdf: Pdf) -> None:
    pdf.Root.OCProperties = Dictionary(OCGs=Array([]), D=Dictionary())


def attached(pdf: Pdf) -> None:
    stream = pdf.make_stream(b"x", Type=Name.EmbeddedFile)
    spec = Dictionary(Type=Name.Filespec, F="x.txt", EF=Dictionary(F=stream))
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("x"), spec])))


def missing_glyph(data: bytes) -> bytes:
    return data.replace(b"[(", b"[<0000>(", 1)


def fonts_without_files(obj: Any) -> None:
    del obj.DescendantFonts[0].FontDescriptor["/FontFile2"]


def fonts_without_letters(obj: Any) -> None:
    obj.ToUnicode.write(obj.ToUnicode.read_bytes().replace(b"beginbfchar", b"beginbfnone"))


def fonts_without_unicode(obj: Any) -> None:
    del obj["/ToUnicode"]


SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
BROKEN: list[tuple[str, Callable[[Pdf], None]]] = [
    ("active-content", root(OpenAction=SCRIPT)),
    ("active-content", root(AA=Dictionary(WC=SCRIPT))),
    ("active-content", root(AcroForm=Dictionary(XFA=String("x")))),
    ("annotation-unheld", new_annotation(Subtype=Name.Text, Contents="x")),
    ("annotation-unnamed", annotation(Contents=None)),
    ("annotation-unnamed", new_annotation(Subtype=Name.Text)),
    ("annotation-unprinted", annotation(F=0)),
    ("artifact-in-tagged", painted(lambda data: data.replace(b"BDC", b"BDC /Artifact BMC EMC", 1))),
    ("bad-language", root(Lang=String("English!"))),
    ("bad-language", put("P", Lang=String("not one"))),
    ("caption-place", caption_between),
    ("content-shared", two_hold_one),
    ("content-unreachable", out_of_the_tree),
    ("content-untagged", painted(lambda data: data + b" 0 0 9 9 re f")),
    ("content-untagged", painted(lambda data: data + b" BI /W 1 /H 1 /BPC 1 /CS /G ID x EI")),
    ("content-untagged", painted(lambda data: data + b" /Span << /Lang (en) >> BDC 0 0 m S EMC")),
    ("embedded-file", attached),
    ("font-not-embedded", font(fonts_without_files)),
    ("font-not-unicode", font(fonts_without_unicode)),
    ("font-not-unicode", font(fonts_without_letters)),
    ("glyph-missing", painted(missing_glyph)),
    ("header-scope", put("TH", A=None)),
    ("header-scope", put("TD", A=Dictionary(O=Name.Table, Headers=Array([String("gone")])))),
    ("heading-kinds", put("H3", S=Name.H)),
    ("heading-order", put("H1", S=Name.P)),
    ("heading-order", put("H2", S=Name.H4)),
    ("id-twice", same_id_twice),
    ("layer-name", layers),
    ("link-empty", link_without_object),
    ("link-unheld", put("Link", S=Name.Span)),
    ("list-shape", put("LI", S=Name.P)),
    ("list-shape", put("LBody", S=Name.P)),
    ("list-shape", put("L", S=Name.Div)),
    ("mark-missing", put("P", K=Array([9999]))),
    ("marks-unbalanced", painted(lambda data: data + b" EMC")),
    ("marks-unbalanced", painted(lambda data: data + b" /Artifact BMC")),
    ("no-alternative", put("Figure", Alt=None)),
    ("no-alternative", put("Figure", Alt=String(" "))),
    ("no-language", root(Lang=None)),
    ("no-outline", root(Outlines=None)),
    ("no-output-intent", root(OutputIntents=None)),
    ("no-title", no_information),
    ("no-title", described(rb"(?s)<dc:title>.*?</dc:title>", b"")),
    ("no-tree", root(StructTreeRoot=None)),
    ("not-a-pdf", painted(lambda data: data + b" 1 cm")),
    ("not-a-pdf", put("P", P=7)),
    ("not-a-pdf", root(ViewerPreferences=7)),
    ("not-marked", root(MarkInfo=None)),
    ("not-marked", root(MarkInfo=Dictionary(Marked=True, Suspects=True))),
    ("not-pdf-a", described(rb"http://www.aiim.org/pdfa/ns/id/", b"http://example.org/")),
    ("not-pdf-ua", described(rb"http://www.aiim.org/pdfua/ns/id/", b"http://example.org/")),
    ("not-pdf-ua", described(rb"(?s)^.*$", b"<broken")),
    ("not-standard", put("P", S=Name.Paragraph)),
    ("note-id", put("P", S=Name.Note)),
    ("parent-tree", swapped),
    ("parent-tree", annotation(StructParent=0)),
    ("tab-order", lambda pdf: annotated(pdf)[0].__delitem__("/Tabs")),
    ("table-ragged", cell_less),
    ("table-ragged", put("TD", A=Dictionary(O=Name.Table, ColSpan=1_000_000))),
    ("table-ragged", put("TD", A=Dictionary(O=Name.Table, RowSpan=9))),
    ("table-shape", put("TD", S=Name.P)),
    ("table-shape", put("TBody", S=Name.Div)),
    ("tagged-in-artifact", painted(lambda data: b"/Artifact BMC\n" + data + b"\nEMC")),
    ("title-hidden", root(ViewerPreferences=None)),
    ("title-unlike", another_title),
    ("toc-shape", put("TOCI", S=Name.P)),
    ("toc-shape", put("TOC", S=Name.Div)),
    ("tree-strange", lambda pdf: put("H1", P=elements(pdf, "H2")[0])(pdf)),
    ("tree-strange", lambda pdf: elements(pdf, "Sect")[0].K.append(elements(pdf, "H1")[0])),
    ("widget-unnamed", field),
]


def test_a_good_file_has_no_fault(good: bytes) -> None:
    conforms(good)


def test_the_file_that_is_broken_here_has_what_can_be_broken(good: bytes) -> None:
    with Pdf.open(io.BytesIO(good)) as pdf:
        for kind in "TOC TOCI H1 H2 H3 P L LI LBody Lbl Table TH TD Caption Figure Link".split():
            assert elements(pdf, kind), kind
        assert len(pdf.pages) > 1
        assert "/Outlines" in pdf.Root
        assert [str(e.Lang) for e in elements(pdf, "Span") if "/Lang" in e] == ["cy"]


@pytest.mark.parametrize(
    ("rule", "change"), BROKEN, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(BROKEN)]
)
def test_what_is_broken_is_found(good: bytes, rule: str, change: Callable[[Pdf], None]) -> None:
    found = check(changed(good, change))
    assert rule in {fault.rule for fault in found}
    assert {fault.rule for fault in found} <= set(RULES)


def test_a_change_that_breaks_nothing_is_no_fault(good: bytes) -> None:
    def change(pdf: Pdf) -> None:
        pdf.Root.StructTreeRoot.RoleMap = Dictionary(Paragraph=Name.Text, Text=Name.P)
        elements(pdf, "P")[0].S = Name.Paragraph
        painted(lambda data: data + b" /Artifact << /Type /Pagination >> BDC 0 0 9 9 re f EMC")(pdf)

    assert check(changed(good, change)) == []


def test_a_standard_type_keeps_its_sense(good: bytes) -> None:
    def change(pdf: Pdf) -> None:
        pdf.Root.StructTreeRoot.RoleMap = Dictionary(P=Name.Span)

    assert [fault.rule for fault in check(changed(good, change))] == ["not-standard"]


def test_a_locked_file_and_no_file_at_all_are_found(good: bytes) -> None:
    for user in ("", "secret"):
        with Pdf.open(io.BytesIO(good)) as pdf:
            out = io.BytesIO()
            pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
        assert "encrypted" in {fault.rule for fault in check(out.getvalue())}
    assert [fault.rule for fault in check(b"no PDF")] == ["not-a-pdf"]
    assert [fault.rule for fault in check(b"")] == ["not-a-pdf"]


def test_a_file_without_identifier_is_found(good: bytes) -> None:
    plain = changed(good, lambda pdf: None)
    assert check(plain) == []
    assert [fault.rule for fault in check(plain.replace(b"/ID [", b"/XX ["))] == ["no-identifier"]


def test_every_rule_is_shown_to_find_something() -> None:
    shown = {rule for rule, _ in BROKEN} | {"encrypted", "not-a-pdf", "no-identifier"}
    assert shown == set(RULES)
    assert list(RULES) == sorted(RULES)


def test_what_only_archives_ask_for_can_be_left_out(good: bytes) -> None:
    broken = changed(good, root(OutputIntents=None))
    assert [fault.rule for fault in check(broken)] == ["no-output-intent"]
    assert check(broken, archival=False) == []


def test_a_fault_says_where_it_is(good: bytes) -> None:
    (fault,) = check(changed(good, put("H1", S=Name.P)))[:1]
    assert fault == Fault("heading-order", "H2 comes before any H1 (“Contents”)", 1)
    assert str(fault) == "page 1: H2 comes before any H1 (“Contents”) [heading-order]"


def test_a_policy_is_checked_in_a_blink(engine: Engine) -> None:
    data = engine.render(document(10, 16))
    with Pdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) >= 7
    times = []
    for _ in range(5):
        began = time.process_time()
        assert check(data) == []
        times.append(time.process_time() - began)
    assert min(times) < 0.06  # 30 ms on a machine of its own
