"""Hostile content: nothing on the disk or the network is read, and a bomb ends its own document only.

Each probe is tried at every layer by itself: the check of the handbook, the engine, and WeasyPrint
with our fetcher alone. The files and the port it asks for are watched by the system, not by us.
"""

from __future__ import annotations

import base64
import ctypes
import io
import os
import socket
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from clausebook.build import Outcome
from clausebook.load.picture import unfit
from clausebook.pdf import weasy
from clausebook.pdf.children import CAN_FORK, Done, Job, Limits, Refused, failing, run
from clausebook.pdf.engine import CannotRender, Engine
from clausebook.pdf.fetch import BASE, Assets
from clausebook.pdf.press import ready
from clausebook.pdf.weasy import URLFetcher
from clausebook.problem import Severity
from tests.pdf.checks import conforms

HTML = weasy.weasyprint.HTML  # type: ignore[attr-defined]
pytestmark = [
    # WeasyPrint leaves its colour profile for the garbage collector to close.
    pytest.mark.filterwarnings("ignore:.*sRGB2014.icc", "ignore:unclosed file.*sRGB2014.icc"),
    pytest.mark.skipif(sys.platform != "linux", reason="files are watched with inotify"),
]

SECRET = "CANARY-51966"
NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, before: str = "", more: str = 'viewBox="0 0 90 50"') -> str:
    return f"{before}<svg {NAMES} {more} width='90' height='50'><title>x</title>{inside}</svg>"


def data(kind: str, content: str) -> str:
    return f"data:{kind},{urllib.parse.quote(content)}"


def in_base64(kind: str, content: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content.encode()).decode()}"


def shown(address: str) -> str:
    return f'<img alt="x" src="{address}">'


Probe = str | Callable[[str], str]
# {at} is file:///…/secret or http://127.0.0.1:…/secret
PICTURE = svg('<image xlink:href="{at}.png" width="90" height="50"/>')
XXE = '<!DOCTYPE s [<!ENTITY e SYSTEM "{at}.txt">]>'
HTML_PROBES: dict[str, Probe] = {
    "img": '<img alt="x" src="{at}.png">',
    "img in capitals": '<IMG ALT="x" SRC="{at}.png">',
    "img with spaces": '<img alt="x" src=" {at}.png ">',
    "srcset": '<img alt="x" src="a.png" srcset="{at}.png 1x, {at}.png 2x">',
    "picture": '<picture><source srcset="{at}.png"><img alt="x" src="a.png"></picture>',
    "input image": '<input type="image" alt="x" src="{at}.png">',
    "object": '<object data="{at}.png" type="image/png">x</object>',
    "object svg": '<object data="{at}.svg" type="image/svg+xml">x</object>',
    "embed": '<embed src="{at}.png">',
    "iframe": '<iframe src="{at}.txt"></iframe>',
    "frame": '<frameset><frame src="{at}.txt"></frameset>',
    "video": '<video poster="{at}.png"></video>',
    "base": '<base href="{at}"><img alt="x" src="secret.png">',
    "meta refresh": '<meta http-equiv="refresh" content="0;url={at}.txt">',
    "link stylesheet": '<link rel="stylesheet" href="{at}.css">',
    "link attachment": '<link rel="attachment" href="{at}.txt">',
    "link icon": '<link rel="icon" href="{at}.png">',
    "a attachment": '<a rel="attachment" href="{at}.txt">x</a>',
    "a download": '<a download href="{at}.txt">x</a>',
    "background": '<table background="{at}.png"><tr><td background="{at}.png">x</td></tr></table>',
    "style attribute": "<p style=\"background: url('{at}.png')\">x</p>",
    "escaped url": '<p style="background: \\75rl({at}.png)">x</p>',
    "list-style": '<ul style="list-style-image: url({at}.png)"><li>x</li></ul>',
    "border-image": '<p style="border: 9px solid; border-image: url({at}.png) 9">x</p>',
    "import": '<style>@import url("{at}.css");</style>',
    "import of data": lambda at: f"<style>@import '{data('text/css', f'@import url({at}.css);')}';</style>",
    "content": "<style>p::before {{ content: url({at}.png) }}</style><p>x</p>",
    "page background": "<style>@page {{ background: url({at}.png) }}</style><p>x</p>",
    "font-face": "<style>@font-face {{ font-family: q; src: url({at}.ttf) }} p {{ font-family: q }}</style><p>x</p>",
    "image-set": "<style>p {{ background: image-set('{at}.png' 1x) }}</style><p>x</p>",
    "colour profile": "<style>@color-profile --q {{ src: url({at}.txt) }}</style><p>x</p>",
    "attr content": "<style>p::before {{ content: attr(title url) }}</style><p title='{at}.png'>x</p>",
    "svg image": PICTURE,
    "svg image href": PICTURE.replace("xlink:href", "href"),
    "svg use": svg('<use xlink:href="{at}.svg#a"/>'),
    "svg style": svg("<style>@import url({at}.css);</style><rect width='9' height='9'/>"),
    "svg fill": svg('<rect width="9" height="9" fill="url({at}.svg#a)"/>'),
    "svg filter": svg('<filter id="f"><feImage href="{at}.png"/></filter><g filter="url(#f)"/>'),
    "svg script": svg('<script href="{at}.txt"/>'),
    "svg foreign": svg('<foreignObject><img alt="x" src="{at}.png"/></foreignObject>'),
    "svg in data": lambda at: shown(data("image/svg+xml", PICTURE.format(at=at))),
    "svg in base64": lambda at: shown(in_base64("image/svg+xml", PICTURE.format(at=at))),
    "xxe in data": lambda at: shown(data("image/svg+xml", svg("<text>&e;</text>", XXE.format(at=at)))),
    "stylesheet in data": lambda at: shown(
        data("image/svg+xml", svg("", f"<?xml-stylesheet href='{at}.css'?>"))
    ),
}  # fmt: skip
MARKDOWN_PROBES = {
    "image": "![x]({at}.png)",
    "image in brackets": "![x](<{at}.png>)",
    "image above": "![x](../../../../../../../../../..{path}.png)",
    "image by reference": "![x][y]\n\n[y]: {at}.png",
    "image in a list": "- one\n- ![x]({at}.png)",
    "image in a table": "| a | b |\n|---|---|\n| c | ![x]({at}.png) |",
    "link to a file": "[x](file://{path}.txt)",
    "link to data": "[x](data:text/html,<b>x</b>)",
    "address in brackets": "<file://{path}.txt>",
    "attributes": "# x {{: background={at}.png }}",
}
TEMPLATE_PROBES = {
    "include": "{{% include '{path}.txt' %}}",
    "import": "{{% from '{path}.txt' import x %}}",
    "call": "{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}",
}
CREST_PROBES = {
    "image": svg('<image href="{at}.png" width="9" height="9"/>'),
    "use": svg('<use xlink:href="{at}.svg#a"/>'),
    "import": svg("<style>@import url({at}.css);</style>"),
    "fill": svg('<rect width="9" height="9" fill="url({at}.svg#a)"/>'),
    "font": svg("<style>@font-face {{ font-family: q; src: url({at}.ttf) }}</style><text>x</text>"),
    "entity": svg("<text y='20'>&e;</text>", XXE),
    "parameter entity": svg("", '<!DOCTYPE s [<!ENTITY % e SYSTEM "{at}.txt"> %e;]>'),
    "document type": svg("", '<!DOCTYPE svg SYSTEM "{at}.txt">'),
    "stylesheet": svg("", '<?xml-stylesheet type="text/css" href="{at}.css"?>'),
    "base": svg('<use xlink:href="#a"/>', more='viewBox="0 0 9 9" xml:base="{at}.svg"'),
    "feImage": svg('<filter id="f"><feImage href="{at}.png"/></filter>'),
    "web page": svg('<foreignObject><iframe src="{at}.txt"/></foreignObject>'),
    "script": svg("<script>fetch('{at}.txt')</script>"),
}


class Watch:
    """Files and a port that nobody may touch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
        (folder / "secret.css").write_text("p { color: red }", encoding="utf-8")
        (folder / "secret.svg").write_text(
            svg('<rect id="a" width="9" height="9"/>'), encoding="utf-8"
        )
        Image.new("RGB", (7, 7), "red").save(folder / "secret.png")
        (folder / "secret.ttf").write_bytes(bytes(64))
        libc = ctypes.CDLL(None, use_errno=True)
        self.inotify = libc.inotify_init1(os.O_NONBLOCK)
        access, opened = 0x1, 0x20
        assert libc.inotify_add_watch(self.inotify, os.fsencode(folder), access | opened) > 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.file = f"file://{folder}/secret"
        self.web = f"http://127.0.0.1:{self.server.getsockname()[1]}/secret"

    def touched(self) -> bool:
        """Was anything opened, read or called since the last time this was asked?"""
        found = False
        try:
            while os.read(self.inotify, 4096):
                found = True
        except BlockingIOError:
            pass
        try:
            while True:
                self.server.accept()[0].close()
                found = True
        except BlockingIOError:
            pass
        return found

    def close(self) -> None:
        os.close(self.inotify)
        self.server.close()

    def each(self, probe: Probe) -> Iterator[str]:
        """A probe of the disk, and the same of the network."""
        path = str(self.folder / "secret")
        for at in (self.file, self.web):
            yield probe.format(at=at, path=path) if isinstance(probe, str) else probe(at)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path / "elsewhere")
    yield made
    made.close()


@lru_cache(maxsize=1)
def engine() -> Engine:
    return Engine("@page { size: A4 }")


@pytest.fixture(scope="module", autouse=True)
def let_go() -> Iterator[None]:
    """Fonts have to be let go of before Python ends."""
    yield
    engine.cache_clear()


def page(body: str, clause: str = "probe") -> str:
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head>'
        f'<body><h1>T</h1><h2 id="{clause}">Clause</h2><div>{body}</div></body></html>'
    )


def holds_the_secret(pdf: bytes) -> bool:
    """Does a PDF hold what a canary holds: its words, or any picture at all?"""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for obj in opened.objects:
            if isinstance(obj, pikepdf.Stream):
                if obj.get("/Subtype") == "/Image" or obj.get("/Type") == "/EmbeddedFile":
                    return True
                if SECRET.encode() in obj.read_bytes():
                    return True
    return False


def test_there_are_probes_enough() -> None:
    assert len(HTML_PROBES) >= 20
    assert len(HTML_PROBES) + len(MARKDOWN_PROBES) + len(CREST_PROBES) >= 60


def test_the_watch_sees_what_weasyprint_would_read(watch: Watch) -> None:
    """The probes are real: with WeasyPrint's own fetcher most of them read something."""
    assert not watch.touched()
    read = set()
    for name, probe in HTML_PROBES.items():
        for html in watch.each(probe):
            if "127.0.0.1" in html and name not in ("img", "link stylesheet"):
                continue  # each of these waits for an answer that never comes
            HTML(string=page(html), url_fetcher=URLFetcher(timeout=0.2)).write_pdf()
            if watch.touched():
                read.add(name)
    assert {"img", "object", "embed", "base", "import", "content", "svg image"} <= read
    assert {"link attachment", "a attachment", "font-face", "svg in data"} <= read
    assert len(read) >= 20


@pytest.mark.parametrize("name", HTML_PROBES)
def test_the_engine_reads_nothing(watch: Watch, name: str) -> None:
    for html in watch.each(HTML_PROBES[name]):
        try:
            made = engine().render(page(html))
        except CannotRender:
            pass
        else:
            assert not holds_the_secret(made)
    assert not watch.touched()


@pytest.mark.parametrize("name", HTML_PROBES)
def test_the_fetcher_alone_reads_nothing(watch: Watch, name: str) -> None:
    """Behind everything that looks at the HTML stands the fetcher: nothing gets past it either."""
    for html in watch.each(HTML_PROBES[name]):
        try:
            made = bare(page(html))
        except weasy.weasyprint.urls.URLFetchingError:  # type: ignore[attr-defined]
            assert name == "colour profile"  # the one thing WeasyPrint does not do without
        else:
            assert not holds_the_secret(made)
        assert not watch.touched()


@pytest.mark.parametrize("name", CREST_PROBES)
def test_a_picture_file_reads_nothing(watch: Watch, name: str) -> None:
    for drawing in watch.each(CREST_PROBES[name]):
        raw = drawing.encode()
        assert unfit("crest.svg", raw) is not None
        try:
            made = engine().render(
                page('<img alt="Crest" src="crest.svg">'), assets={"crest.svg": raw}
            )
        except CannotRender:
            pass
        else:
            assert not holds_the_secret(made)
        assert not watch.touched()


@pytest.mark.parametrize(
    "name",
    ["secret.png", "./secret.png", "../elsewhere/secret.png", "%2e%2e/secret.png", "/etc/passwd"],
)
def test_an_asset_is_a_name_and_no_path(
    watch: Watch, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(watch.folder)
    with pytest.raises(CannotRender, match="is not among the files of this document"):
        engine().render(page(f'<img alt="x" src="{name}">'), assets={"other.png": b""})
    assert not watch.touched()


STYLED = [name for name, probe in HTML_PROBES.items() if "<style>" in str(probe)]


@pytest.mark.parametrize("name", [*STYLED, "import of data"])
def test_styles_of_a_document_read_nothing(watch: Watch, name: str) -> None:
    for html in watch.each(HTML_PROBES[name]):
        style = html.partition("<style>")[2].partition("</style>")[0]
        assert style
        try:
            made = engine().render(page("<p>x</p>"), styles=[style])
        except (CannotRender, ValueError, weasy.weasyprint.urls.URLFetchingError):  # type: ignore[attr-defined]
            pass
        else:
            assert not holds_the_secret(made)
        assert not watch.touched()


# What templates may not hold is said before their values are looked up: each kind on its own.
PROBES: dict[str, list[Probe]] = {
    "HTML": [*HTML_PROBES.values()],
    "Markdown": [*MARKDOWN_PROBES.values()],
    "template": [*TEMPLATE_PROBES.values()],
    "attribute": ["{{{{ answer.__class__ }}}}", "{{{{ org.__init__ }}}}"],
}


@pytest.mark.parametrize("kind", PROBES)
def test_the_check_of_a_handbook_refuses_every_probe(
    base: Path, checked: Callable[[Path], Outcome], watch: Watch, kind: str
) -> None:
    """As the text of a school's own clause: each is a problem at its own lines."""
    texts = [text for probe in PROBES[kind] for text in watch.each(probe)]
    school = base / "schools" / "elm.yml"
    before, mark, after = school.read_text(encoding="utf-8").partition("    review:")
    written = f"{before}    add:\n"
    lines = []
    for n, text in enumerate(texts):
        first = written.count("\n") + 1
        written += f"      - id: probe-{n}\n        section: care\n        title: Probe {n}\n        text: |\n"
        written += "".join(f"          {line}\n" for line in text.split("\n"))
        lines.append(range(first, written.count("\n") + 1))
    school.write_text(written + mark + after, encoding="utf-8")
    wrong = {
        problem.at.line
        for problem in checked(base).problems
        if problem.at.file == "schools/elm.yml" and problem.severity is Severity.ERROR
    }
    passed = [text for text, at in zip(texts, lines, strict=True) if not wrong & set(at)]
    assert passed == []
    assert not watch.touched()


def test_the_check_of_a_handbook_refuses_every_crest(
    base: Path, checked: Callable[[Path], Outcome], watch: Watch
) -> None:
    school, crest = base / "schools" / "elm.yml", base / "schools" / "elm.svg"
    text = school.read_text(encoding="utf-8")
    school.write_text(
        text.replace("terms:", "brand: {crest: elm.svg, crest_text: A tree}\nterms:", 1),
        encoding="utf-8",
    )
    for drawing in [next(watch.each(probe)) for probe in CREST_PROBES.values()]:
        crest.write_text(drawing, encoding="utf-8")
        assert "bad-picture" in {problem.rule for problem in checked(base).problems}, drawing
    assert not watch.touched()


# ------------------------------------------------------------------------------ bombs


@dataclass(frozen=True)
class Bomb:
    html: str
    assets: tuple[tuple[str, bytes], ...] = ()


def boxes(style: str, deep: int) -> str:
    return f'<div style="{style}">' * deep + "x"


def uses(levels: int) -> str:
    groups = "".join(
        f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, levels)
    )
    return svg(f'<defs><g id="a0"><rect width="1" height="1"/></g>{groups}</defs><use xlink:href="#a{levels - 1}"/>')  # fmt: skip


def rows(number: int) -> str:
    return (
        "<table><thead><tr><th scope='col'>a</th><th scope='col'>b</th></tr></thead><tbody>"
        + "<tr><td>c</td><td>d</td></tr>" * number
        + "</tbody></table>"
    )


def giant() -> bytes:
    out = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(out, "PNG")
    return out.getvalue()


VARIABLES = (
    "<style>:root {--a0: x x x x x x x x x x;"
    + "".join(f"--a{n}:" + f"var(--a{n - 1}) " * 10 + ";" for n in range(1, 9))
    + "} p { font-family: var(--a8) }</style><p>x</p>"
)
BOMBS = {
    "nested flex": boxes("display: flex", 14),
    "nested columns": boxes("columns: 2", 7) + " x" * 500,
    "wide cell": "<table><tr><td colspan='1000000'>a</td></tr></table>",
    "variables": VARIABLES,
    "uses": uses(9),
    "endless table": rows(200_000),
}
ALSO_REFUSED = {
    "uses in a file": Bomb('<img alt="x" src="a.svg">', (("a.svg", uses(9).encode()),)),
    "deep quotations": Bomb("<blockquote>" * 400 + "x"),
    "deep lists": Bomb("<ul><li>" * 400 + "x"),
    "deep phrases": Bomb("<p>" + "<em>" * 3000 + "x"),
}
LOW = Limits(cpu=2, memory=1 << 30, clock=120)
GOOD = [Job(f"good {n}", lambda n: printed(page(f"<p>Good {n}</p>")), (n,)) for n in range(3)]


def printed(html: str, assets: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """A document, as the product makes it."""
    try:
        return engine().render(html, assets=dict(assets))
    except CannotRender as reasons:
        raise Refused(str(reasons)) from None


def bare(html: str) -> bytes:
    """A document by WeasyPrint and our fetcher, with nothing that looks at the HTML first."""
    return bytes(HTML(string=html, base_url=BASE, url_fetcher=Assets({})).write_pdf())


def done(jobs: list[Job], limits: Limits) -> dict[str, Done]:
    engine()  # warm, as for real documents
    return {each.job.name: each for each in run(jobs, 2, limits)}


def good_ones_are_made(found: dict[str, Done]) -> None:
    for job in GOOD:
        assert found[job.name].reason is None
        assert (found[job.name].data or b"").startswith(b"%PDF")


needs_fork = pytest.mark.skipif(not CAN_FORK, reason="no fork here: each would load the engine")


@needs_fork
def test_bombs_fail_alone_within_their_limits() -> None:
    """WeasyPrint alone, without our look at the HTML: only the limits stand between."""
    jobs = [Job(name, bare, (page(html),)) for name, html in BOMBS.items()]
    found = done([*jobs[:3], *GOOD, *jobs[3:]], LOW)
    good_ones_are_made(found)
    for name in BOMBS:
        assert found[name].data is None, name
        reason = str(found[name])
        assert reason.startswith(f"{name}: it ")
        assert "processor time" in reason or "memory" in reason or "deep inside" in reason
        assert found[name].cpu < LOW.cpu + 2


@needs_fork
def test_the_engine_refuses_bombs_or_its_limits_do() -> None:
    bombs = {**{name: Bomb(html) for name, html in BOMBS.items()}, **ALSO_REFUSED}
    jobs = [
        Job(name, printed, (page(bomb.html, "trips"), bomb.assets)) for name, bomb in bombs.items()
    ]
    found = done([*jobs, *GOOD], LOW)
    good_ones_are_made(found)
    assert {name for name in bombs if found[name].reason is None} == set()


def test_a_cell_that_claims_more_rows_than_there_are_is_cut() -> None:
    cells = "<tr><td rowspan='1000000'>a</td><td>b</td></tr><tr><td>c</td></tr>"
    try:
        conforms(engine().render(page(f"<table>{cells}</table>")))
    except CannotRender as reasons:
        assert "row" in str(reasons)  # noqa: PT017


@needs_fork
def test_a_giant_picture_is_refused_by_name() -> None:
    raw = giant()
    assert len(raw) < 1_000_000
    assert "13,000 by 13,000" in str(unfit("map.png", raw))
    bomb = page('<img alt="x" src="map.png">', "trips")
    found = done([Job("giant", printed, (bomb, (("map.png", raw),))), *GOOD], LOW)
    good_ones_are_made(found)
    assert "#trips: 'map.png' has 169 million points" in str(found["giant"].reason)
    # The process of these tests is large by itself: what the picture takes is seen in one that is not.
    (alone,) = run([Job("giant", printed, (bomb, (("map.png", raw),)))], 1, LOW, warm=ready)
    assert alone.reason == found["giant"].reason
    assert alone.memory < 300 << 20


@needs_fork
def test_the_clause_that_holds_a_bomb_is_named() -> None:
    """A document dies without a word; its clauses made one by one say which it was."""
    clauses = {"doors": "<p>x</p>", "trips": rows(30_000), "keys": "<p>y</p>"}
    whole = page("".join(f'<h3 id="{id}">{id}</h3>{html}' for id, html in clauses.items()))
    low = Limits(cpu=1, memory=1 << 30)
    (document,) = done([Job("visits", printed, (whole,))], low).values()
    assert "processor time" in str(document.reason)
    parts = [Job(id, printed, (page(html, id),)) for id, html in clauses.items()]
    assert [each.job.name for each in failing(parts, 2, low)] == ["trips"]


@needs_fork
def test_real_limits_hold_and_long_tables_are_made() -> None:
    """At the limits of the product: 30 seconds, 2 GB."""
    jobs = [
        Job("200,000 rows", printed, (page(rows(200_000)),)),
        Job("2,000 rows", printed, (page(rows(2_000)),)),
        *GOOD,
    ]
    found = done(jobs, Limits(clock=400))
    good_ones_are_made(found)
    assert found["2,000 rows"].reason is None
    endless = found["200,000 rows"]
    assert "30 seconds of processor time" in str(endless.reason) or "2 GB" in str(endless.reason)
    assert endless.cpu <= 31.5
    assert endless.memory <= 2 << 30
