"""The engine: same bytes anywhere, both standards, our fonts only, nothing from outside; and what it
leans on in WeasyPrint."""

from __future__ import annotations

import hashlib
import inspect
import io
import os
import pickle
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pikepdf
import pydyf  # type: ignore[import-untyped]
import pytest
import weasyprint  # type: ignore[import-untyped]
import weasyprint.layout.page  # type: ignore[import-untyped]
import weasyprint.pdf  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from weasyprint.css.targets import TargetCollector  # type: ignore[import-untyped]
from weasyprint.document import Document  # type: ignore[import-untyped]
from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]
from weasyprint.layout.absolute import AbsolutePlaceholder  # type: ignore[import-untyped]
from weasyprint.pdf.metadata import DocumentMetadata  # type: ignore[import-untyped]
from weasyprint.text import ffi  # type: ignore[import-untyped]

from clausebook import printable
from clausebook.pdf import lint, weasy
from clausebook.pdf.engine import CannotRender, Engine, versions
from clausebook.pdf.lint import Reason
from tests.conftest import ROOT
from tests.pdf.checks import conforms
from tests.pdf.constructs import ASSETS, H, page

FONTS = ROOT / "src" / "clausebook" / "pdf" / "fonts"
DATES = '<meta name="dcterms.created" content="2025-05-12"><meta name="dcterms.modified" content="2026-01-09">'
CSS = """
@page { size: A4; margin: 22mm 20mm; @top-left { content: "Elm School" } @bottom-right { content: counter(page) } }
body { font-size: 10.5pt; line-height: 1.45 }
td, th { border: 0.4pt solid #888 }
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(CSS)


def policy() -> str:
    """A policy of about seven pages."""
    words = "Staff must record when a visit begins, who is there, who is told and by when. " * 4
    sections = "".join(
        f'<section><h2 id="s{n}">{n} Section</h2>'
        + "".join(f'<h3 id="c{n}-{m}">{n}.{m} Clause</h3><p>{words}</p>' for m in range(1, 5))
        + "<ul><li>Ask first.</li><li><p>Then tell the <strong>head</strong>.</p></li></ul>"
        + '<table><thead><tr><th scope="col">Who</th><th scope="col">When</th></tr></thead>'
        + "<tbody><tr><td>Head</td><td>Each term</td></tr></tbody></table></section>"
        for n in range(1, 10)
    )
    contents = "".join(f'<li><a href="#s{n}">Section {n}</a></li>' for n in range(1, 10))
    return page(
        f'<h1>Trips</h1><img alt="Flow" src="flow.png">'
        f'<nav class="contents"><h2>Contents</h2><ol>{contents}</ol></nav>{sections}',
        DATES,
    )


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Another Python, with the same packages."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


# ------------------------------------------------------------------ what it makes


def test_a_policy_of_seven_pages_conforms_and_is_small(engine: Engine) -> None:
    made = engine.render(policy(), assets=ASSETS)
    conforms(made)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert 7 <= len(pdf.pages) <= 8
        assert engine.pages(policy(), assets=ASSETS) == made.pages == len(pdf.pages)
    assert len(made) <= 60_000


def test_the_file_declares_both_standards_its_title_language_and_dates(engine: Engine) -> None:
    with pikepdf.open(io.BytesIO(engine.render(page(H, DATES)))) as pdf:
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert 'pdfaid:part="2"' in metadata
        assert 'pdfaid:conformance="A"' in metadata
        assert 'pdfuaid:part="1"' in metadata
        assert "2025-05-12" in metadata
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert str(pdf.docinfo.Title) == "Trips"
        assert str(pdf.docinfo.CreationDate) == "D:20250512"
        assert str(pdf.docinfo.ModDate) == "D:20260109"
        assert all(one.obj.Tabs == pikepdf.Name.S for one in pdf.pages)


def test_without_dates_in_the_document_there_are_none_in_the_file(engine: Engine) -> None:
    made = engine.render(page(H))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert not {"/CreationDate", "/ModDate"} & set(pdf.docinfo.keys())
        assert b"Date" not in pdf.Root.Metadata.read_bytes()


def test_ids_of_the_html_are_ids_of_the_structure_behind_the_prefix(engine: Engine) -> None:
    made = engine.render(page('<h1 id="top">T</h1><p id="b">x</p><p id="a">y</p>'), prefix="trips.")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        names = pdf.Root.StructTreeRoot.IDTree.Names
        assert [str(name) for name in list(names)[::2]] == ["trips.a", "trips.b", "trips.top"]
        assert [str(node.ID) for node in list(names)[1::2]] == ["trips.a", "trips.b", "trips.top"]


def test_a_link_is_named_by_its_words_not_its_address(engine: Engine) -> None:
    body = (
        H
        + '<p><a href="https://x.example/"><b>The</b> guidance <img alt="(PDF)" src="flow.png"></a></p>'
    )
    with pikepdf.open(io.BytesIO(engine.render(page(body), assets=ASSETS))) as pdf:
        (link,) = pdf.pages[0].obj.Annots
        assert str(link.Contents) == "The guidance (PDF)"
        assert str(link.A.URI) == "https://x.example/"
        assert "/StructParent" in link


def test_running_heads_and_watermarks_are_artifacts_that_say_which(engine: Engine) -> None:
    css = "body::before { content: 'DRAFT'; position: fixed; top: 90mm; color: #eee }"
    with pikepdf.open(io.BytesIO(engine.render(page(H), styles=[css]))) as pdf:
        drawn = pikepdf.parse_content_stream(pdf.pages[0])
    kinds = {
        str(one.operands[1]["/Subtype"])
        for one in drawn
        if str(one.operator) == "BDC" and str(one.operands[0]) == "/Artifact"
    }
    assert kinds == {"/Header", "/Footer", "/Watermark"}


def test_styles_of_one_document_do_not_reach_the_next(engine: Engine) -> None:
    plain = engine.render(page(H))
    assert engine.render(page(H), styles=["h1 { color: #900 }"]) != plain
    assert engine.render(page(H)) == plain


def test_css_that_would_be_ignored_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="colr"):
        Engine("p { colr: red }")


def test_reasons_travel_between_processes() -> None:
    reason = Reason(rule="glyph", near="a", words="x", what="w", why="y", fix="f")
    again = pickle.loads(pickle.dumps(CannotRender([reason])))
    assert again.reasons == (reason,)
    assert str(again) == "#a: w ('x') [glyph]"


# ------------------------------------------------------------------ the same bytes


MAKE = """
import hashlib, sys
from clausebook.pdf.engine import Engine
from tests.pdf.constructs import ASSETS
from tests.pdf.test_engine import CSS, policy
engine = Engine(CSS)
if "other" in sys.argv:
    engine.render(policy().replace("Staff", "Łukasz ✓"), assets=ASSETS)
print(hashlib.sha256(engine.render(policy(), assets=ASSETS)).hexdigest())
"""


def test_the_same_bytes_in_any_process_zone_locale_and_order(
    engine: Engine, tmp_path: Path
) -> None:
    here = hashlib.sha256(engine.render(policy(), assets=ASSETS)).hexdigest()
    assert hashlib.sha256(engine.render(policy(), assets=ASSETS)).hexdigest() == here
    for environment in (
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia", "TMPDIR": str(tmp_path)},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C", "LANG": "C", "SOURCE_DATE_EPOCH": "1"},
    ):
        code = MAKE if "TZ" in environment else MAKE.replace('"other" in sys.argv', "True")
        made = python(code.replace("import hashlib", "import hashlib"), **environment)
        assert made.stdout.strip() == here, made.stderr


def test_importing_and_rendering_say_nothing_and_leave_nothing_behind(tmp_path: Path) -> None:
    made = python(
        "import os; from clausebook.pdf.engine import Engine; from tests.pdf.constructs import H, page;"
        "Engine().render(page(H)); print('FONTCONFIG_FILE' in os.environ)",
        TMPDIR=str(tmp_path),
    )
    assert (made.stdout, made.stderr) == ("False\n", "")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ nothing from outside


PROBES = """
<img alt="x" src="{url}">
<link rel="stylesheet" href="{url}">
<link rel="attachment" href="{url}">
<a rel="attachment" href="{url}">x</a>
<object data="{url}">x</object>
<embed src="{url}">
<iframe src="{url}"></iframe>
<base href="{url}"><img alt="x" src="a.png">
<p style="background: url({url})">x</p>
<style>p {{ background: url({url}) }}</style><p>x</p>
<style>@import url({url});</style>
<style>@font-face {{ font-family: q; src: url({url}) }} p {{ font-family: q }}</style><p>x</p>
<svg xmlns="http://www.w3.org/2000/svg"><title>t</title><image href="{url}" width="9" height="9"/></svg>
<svg xmlns="http://www.w3.org/2000/svg"><title>t</title><use href="{url}#a"/></svg>
<svg xmlns="http://www.w3.org/2000/svg"><title>t</title><style>@import url({url});</style></svg>
<img alt="x" srcset="{url} 1x">
<video poster="{url}"></video>
<input type="image" src="{url}">
<body background="{url}"><p>x</p></body>
<table background="{url}"><tr><td>x</td></tr></table>
""".strip().splitlines()


def test_no_probe_opens_a_file_or_a_connection(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET", encoding="utf-8")
    (tmp_path / "secret.png").write_bytes(ASSETS["flow.png"])
    urls = [
        secret.as_uri(),
        (tmp_path / "secret.png").as_uri(),
        "../" * 9 + str(tmp_path)[1:] + "/secret.png",
        "http://127.0.0.1:9/secret.png",
        "data:text/plain,TOPSECRET",
    ]
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="%s" width="9" height="9"/></svg>'
    xml = b'<!DOCTYPE s [<!ENTITY e SYSTEM "%s">]><svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>'
    inside = [(form % url.encode()) for form in (svg, xml) for url in urls]
    code = f"""
import sys
touched = []
def watch(event, given):
    if event in ("open", "socket.connect", "urllib.Request", "os.listdir", "subprocess.Popen"):
        if "secret" in str(given) or event != "open":
            touched.append((event, str(given)))
from clausebook.pdf.engine import CannotRender, Engine
from tests.pdf.constructs import H, page
engine = Engine()
engine.render(page(H))
sys.addaudithook(watch)
made = 0
for url in {urls!r}:
    for probe in {PROBES!r}:
        try:
            assert b"TOPSECRET" not in engine.render(page(H + probe.format(url=url)))
            made += 1
        except CannotRender:
            pass
for picture in {inside!r}:
    try:
        engine.render(page(H + '<img alt="x" src="a.svg">'), assets={{"a.svg": picture}})
        made += 1
    except CannotRender:
        pass
print(made, touched)
"""
    told = python(code)
    made, _, touched = told.stdout.partition(" ")
    assert touched == "[]\n", told.stdout + told.stderr
    # What passes asks for nothing: `srcset`, old `background` attributes and entities are not read.
    assert int(made) < len(PROBES) * len(urls) / 2


# ------------------------------------------------------------------ fonts


def test_the_fonts_are_small_static_ours_by_name_and_licensed() -> None:
    files = sorted(FONTS.glob("*.ttf"))
    assert sum(file.stat().st_size for file in files) < 1_500_000
    for file in files:
        assert file.stat().st_size < 400_000
        with TTFont(file) as font:
            assert "fvar" not in font
            names = font["name"]
            assert names.getDebugName(16) in weasy.FAMILIES
            assert "Open Font License" in names.getDebugName(13)
            shown = [names.getDebugName(number) or "" for number in (1, 3, 4, 6, 16)]
            assert not any("Source" in name or "Noto" in name for name in shown)
            assert font["OS/2"].fsType == 0
    kinds = {file.name.split("-")[0] for file in files}
    assert {file.stem.removeprefix("LICENSE-") for file in FONTS.glob("LICENSE-*")} == kinds


def test_what_can_be_printed_is_what_the_fonts_have() -> None:
    told = python(
        "import sys; sys.path.insert(0, 'tools'); import fonts, pathlib;"
        f"print(fonts.characters(pathlib.Path({str(FONTS)!r})), end='')"
    )
    assert told.stdout == printable.CHARACTERS.read_text(encoding="utf-8"), told.stderr
    assert lint.unprintable("Llŷr’s Ștefan 3 × ½ → ✓ “no-break\u2011hyphens” \u00ad e\u0301") == []
    assert lint.unprintable("漢 and 🎉 and 漢") == ["漢", "🎉"]


def test_fontconfig_sees_our_fonts_and_no_others(engine: Engine) -> None:
    seen = ffi.fontconfig.FcConfigGetFonts(
        engine._fonts.configuration._config, ffi.fontconfig.FcSetSystem
    )
    name = ffi.ffi.new("FcChar8 **")
    found = set()
    for number in range(seen.nfont):
        ffi.fontconfig.FcPatternGetString(seen.fonts[number], b"file", 0, name)
        found.add(Path(ffi.ffi.string(name[0]).decode()))
    assert found == set(FONTS.glob("*.ttf"))


@pytest.mark.parametrize(
    ("css", "wanted"),
    [
        ("", {"Clausebook-Text"}),
        ("p { font-weight: 600 }", {"Clausebook-Text-Semi-Bold"}),
        ("p { font-weight: 700 }", {"Clausebook-Text-Bold"}),
        ("p { font-style: italic; font-weight: bold }", {"Clausebook-Text-Bold-Italic"}),
        ('p { font-family: "Clausebook Legible", "Clausebook Symbols" }', {"Clausebook-Legible"}),
    ],
)
def test_a_face_is_the_one_asked_for(engine: Engine, css: str, wanted: set[str]) -> None:
    plain = "h1 { font-weight: 400 }"
    made = engine.render(page("<h1>T</h1><p>Words</p>"), styles=[plain, css])
    with pikepdf.open(io.BytesIO(made)) as pdf:
        fonts = pdf.pages[0].obj.Resources.Font
        names = {str(font.BaseFont).split("+")[1] for font in fonts.as_dict().values()}
    # The heading and the running head and foot are set in the text face.
    assert names - {"Clausebook-Text"} == wanted - {"Clausebook-Text"}


def test_each_face_has_its_signs(engine: Engine) -> None:
    signs = "✓ ✗ ☐ ☑ ☒ → ← ≥ ≤ ○ ● £ € ½ – — ‘ ’ “ ” • … ° × ŵ ŷ Ŵ Ŷ ẁ â ê î ô û é \u2011 \u00a0"
    for family in weasy.FAMILIES[:2]:
        for style in ("normal", "italic"):
            css = f'p {{ font-family: "{family}", "Clausebook Symbols"; font-style: {style} }}'
            engine.render(page(f"<h1>T</h1><p>{signs} <b>{signs}</b></p>"), styles=[css])


# ------------------------------------------------------------------ what the system lacks


@pytest.mark.skipif(sys.platform != "linux", reason="only there are programs asked for libraries")
def test_no_program_is_started_to_find_libraries() -> None:
    script = (
        "import ctypes.util, sys; before = ctypes.util.find_library; started = []\n"
        "sys.addaudithook(lambda event, _: started.append(event) if 'subprocess' in event else None)\n"
        "import clausebook.pdf.weasy; print(started, ctypes.util.find_library is before)"
    )
    done = python(script)
    assert done.stdout.strip() == "[] True", done.stderr


def test_what_of_fonttools_nobody_uses_is_not_loaded_and_is_there_for_others() -> None:
    script = (
        "import sys, clausebook.pdf.handbook as handbook; handbook.front_engine()\n"
        "print('fontTools.subset' in sys.modules, 'fontTools.varLib' in sys.modules)\n"
        "from fontTools import subset; from fontTools.varLib import instancer\n"
        "print(callable(subset.Subsetter), callable(instancer.instantiateVariableFont))"
    )
    done = python(script)
    assert done.stdout.splitlines() == ["False False", "True True"], done.stderr


WITHOUT = """
import cffi
real = cffi.FFI.dlopen
def dlopen(self, name, flags=0):
    if {missing!r} in str(name):
        raise OSError("cannot load library '" + str(name) + "'")
    return real(self, name, flags)
cffi.FFI.dlopen = dlopen
from clausebook.pdf import CannotMakePdfs
try:
    import clausebook.pdf.engine
except CannotMakePdfs as error:
    print(error)
"""


@pytest.mark.parametrize("missing", ["pango", "harfbuzz-subset", "fontconfig", "gobject"])
def test_a_missing_library_is_one_message_that_says_what_to_install(missing: str) -> None:
    told = python(WITHOUT.format(missing=missing))
    assert told.stderr == ""
    lines = told.stdout.splitlines()
    assert lines[0].startswith("PDFs need ")
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "Debian, Ubuntu",
        "macOS",
        "Windows",
    ]
    assert "libharfbuzz-subset0" in lines[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("weasyprint.text.ffi.pango.pango_version = lambda: 14200", "Pango 1.44 or newer"),
        (
            "weasyprint.text.ffi.harfbuzz.hb_version_atleast = lambda *a: a < (3, 0, 0)",
            "HarfBuzz 4.1",
        ),
        ("weasyprint.__version__ = '71.0'", "WeasyPrint 70.0"),
    ],
)
def test_a_library_that_is_too_old_or_new_is_one_message(change: str, said: str) -> None:
    target, _, value = change.partition(" = ")
    holder, _, name = target.rpartition(".")
    told = python(
        f"""
import warnings, weasyprint, weasyprint.text.ffi
class Instead:
    def __init__(self, real): self.real = real
    def __getattr__(self, name): return {value} if name == {name!r} else getattr(self.real, name)
if {holder!r} == "weasyprint":
    weasyprint.__version__ = {value}
else:
    weasyprint.text.ffi.{holder.rpartition(".")[2]} = Instead({holder})
from clausebook.pdf import CannotMakePdfs
try:
    import clausebook.pdf.engine
except CannotMakePdfs as error:
    print(error)
"""
    )
    assert said in told.stdout, told.stderr
    assert told.stderr == ""


# ------------------------------------------------------------------ what is leant on


def test_the_version_is_bound_exactly_and_is_the_one_that_was_read() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"weasyprint=={weasy.ENGINE}" in project["dependencies"]
    assert weasyprint.__version__ == weasy.ENGINE
    told = dict(versions())
    assert re.fullmatch("[0-9a-f]{16}", told.pop("engine"))
    assert told["weasyprint"] == weasy.ENGINE
    assert set(told) == {
        *(
            "weasyprint",
            "pydyf",
            "pango",
            "harfbuzz",
            "cssselect2",
            "fonttools",
            "jinja2",
            "markdown",
        ),
        *("markupsafe", "pikepdf", "pillow", "pyphen", "segno", "tinycss2", "tinyhtml5"),
    }
    assert all(re.fullmatch(r"[0-9.]+", one) for one in told.values())
    packages = told.keys() - {"pango", "harfbuzz"}
    assert {name: told[name] for name in packages} == {name: version(name) for name in packages}
    major, minor, patch = map(int, told["pango"].split("."))
    assert ffi.pango.pango_version() == major * 10000 + minor * 100 + patch


def test_versions_are_those_of_what_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that comes first may hold another one than where packages are installed."""
    (tmp_path / "pydyf-0.1.dist-info").mkdir()
    (tmp_path / "pydyf-0.1.dist-info" / "METADATA").write_text("Name: pydyf\nVersion: 0.1\n")
    monkeypatch.syspath_prepend(tmp_path)
    versions.cache_clear()
    try:
        assert versions()["pydyf"] == "0.1"
    finally:
        versions.cache_clear()


def test_weasyprint_calls_a_function_of_this_name_and_shape_to_add_tags() -> None:
    wanted = ["pdf", "document", "pdf_version", "page_streams"]
    assert list(inspect.signature(weasyprint.pdf.add_tags).parameters) == wanted
    assert "add_tags(pdf, document, options['pdf_version'], page_streams)" in inspect.getsource(
        weasyprint.pdf.generate_pdf
    )


def test_weasyprint_writes_metadata_the_way_we_extend() -> None:
    wanted = ["self", "variant", "version", "conformance"]
    assert list(inspect.signature(DocumentMetadata.generate_rdf_metadata).parameters) == wanted
    made = DocumentMetadata(title="T").generate_rdf_metadata("a", 2, "A")
    assert made.count(b"</rdf:RDF>") == 1
    assert "self.generate_rdf_metadata(" in inspect.getsource(DocumentMetadata.include_in_pdf)


def test_weasyprint_marks_words_and_pictures_in_page_streams_the_way_we_read() -> None:
    seen: list[Any] = []

    def look(pdf: Any, document: Any, version: object, streams: list[Any]) -> None:
        seen.extend([pdf, document, streams])

    ours = weasy.Fonts()
    document = weasyprint.HTML(
        string=page(H + '<p>x <a href="#t">y</a></p><p id="t" style="position: absolute">z</p>')
    ).render(font_config=ours.configuration, pdf_variant="pdf/a-2a")
    before = weasyprint.pdf.add_tags
    weasyprint.pdf.add_tags = look
    try:
        with weasy.listening(), pytest.warns(ResourceWarning):
            document.write_pdf(pdf_variant="pdf/a-2a")
    finally:
        weasyprint.pdf.add_tags = before
    pdf, same, (stream,) = seen
    assert same is document
    assert document._html.etree_element.tag == "html"
    marks = [kid["mcid"] for kid in stream._tags.values()]
    assert marks == list(range(len(marks)))
    assert {box.text for box in stream._tags if isinstance(box, boxes.TextBox)} >= {"x ", "y", "z"}
    found = [
        (operations[0], operations[1]["MCID"])
        for operations in zip(stream.stream, stream.stream[1:], stream.stream[2:], strict=False)
        if operations[2] == b"BDC"
    ]
    assert found == [("/Span", number) for number in marks]
    assert len(pdf.page_references) == 1
    assert pdf.pages["Kids"][::3] == [pdf.objects.index(pdf.objects[pdf.pages["Kids"][0]])]


def test_contents_are_laid_out_again_once_and_say_what_weasyprint_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(
        CSS
        + "nav a::after { content: target-counter(attr(href), page); float: right }"
        + "nav + section { break-before: page }"
    )
    laid: list[int] = []
    remake = weasyprint.layout.page.remake_page

    def noted(index: int, *more: object) -> Any:
        laid.append(index)
        return remake(index, *more)

    monkeypatch.setattr(weasyprint.layout.page, "remake_page", noted)
    made = engine.render(policy(), assets=ASSETS)
    every = list(range(max(laid) + 1))
    assert len(every) >= 7
    assert laid == [*every, 0]
    laid.clear()
    monkeypatch.setattr(weasy, "_Targets", TargetCollector)
    assert engine.render(policy(), assets=ASSETS) == made
    assert laid == [*every, 0, 0]


def test_what_is_put_into_bytes_once_is_what_weasyprint_writes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    data = pydyf.Stream.data.fget

    def again() -> list[str | None]:
        """Of what kind those are that were put into bytes twice."""
        return [one.extra.get("Type") for one in asked if asked.count(one) > 1]

    def noted(stream: Any) -> bytes:
        asked.append(stream)
        return bytes(data(stream))

    monkeypatch.setattr(pydyf.Stream, "data", property(noted))
    made = engine.render(policy(), assets=ASSETS)
    # What holds the small objects is made, and used, within pydyf's own function.
    assert set(again()) == {"/ObjStm"}
    monkeypatch.setattr(weasy, "_write_each_once", pydyf.PDF.write)
    assert engine.render(policy(), assets=ASSETS) == made
    assert None in again()


def test_weasyprint_boxes_are_what_we_take_them_for() -> None:
    ours = weasy.Fonts()
    css = "@page { @top-left { content: 'x' } @footnote { margin: 0 } } p { position: absolute }"
    body = '<h1>T</h1><ul><li>x</li></ul><div><p>y</p></div><a href="#t"><b id="t">z</b></a>'
    document = weasyprint.HTML(string=page(body)).render(
        font_config=ours.configuration, stylesheets=[weasyprint.CSS(string=css)]
    )
    root = document.pages[0]._page_box
    assert isinstance(root, boxes.PageBox)
    kinds = [type(child).__name__ for child in root.children]
    assert "MarginBox" in kinds
    assert next(one for one in root.children if isinstance(one, boxes.MarginBox)).at_keyword
    assert issubclass(boxes.FootnoteAreaBox, boxes.Box)
    assert any(isinstance(box, AbsolutePlaceholder) and box._box for box in root.descendants())
    tags = {box.element_tag for box in root.descendants() if box.element is not None}
    assert {"li::marker", "h1", "ul", "b"} <= tags
    for kind, target, area, box in document.pages[0].links:
        assert (kind, target, len(area)) == ("internal", "t", 4)
        assert box.link_annotation is None
    # One place to click for the link, another for the bold words in it: these we join.
    assert len(document.pages[0].links) == 2
    assert list(inspect.signature(Document.write_pdf).parameters)[:2] == ["self", "target"]
