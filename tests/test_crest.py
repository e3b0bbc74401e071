"""Crests: a plain picture is accepted, anything else is refused, and schools show their trust's."""

from __future__ import annotations

import random
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from clausebook.build import Outcome, open_repository
from clausebook.load.picture import MOST_CREST, PNG, Unfit, unfit
from clausebook.model import Brand, brand_of
from tests.conftest import ROOT

Checked = Callable[[Path], Outcome]
NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
LARKMERE = ROOT / "schools" / "larkmere"
CRESTS = sorted(LARKMERE.glob("*.svg"))


def svg(inside: str, root: str = 'viewBox="0 0 64 64"', before: str = "") -> bytes:
    return f"{before}<svg {NAMES} {root}>\n{inside}\n</svg>\n".encode()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 2, height: int = 2, end: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\x00\xff\xff" * 2)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"") + end


@pytest.mark.parametrize("path", CRESTS, ids=lambda path: path.name)
def test_the_shipped_crests_are_fit(path: Path) -> None:
    assert unfit(path.name, path.read_bytes()) is None


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(svg('<path d="M0 0h9v9z" fill="url(#a)"/>'), id="fill"),
        pytest.param(svg("<path style='fill:url( \"#a\" )' d='M0 0'/>"), id="quoted"),
        pytest.param(svg('<g id="a"/><use xlink:href="#a"/><use href="#a"/>'), id="use"),
        pytest.param(svg("<style>.a{fill:url(#b)}</style>"), id="style"),
        pytest.param(svg("", before='<?xml version="1.0" encoding="UTF-8"?>\n'), id="declaration"),
        pytest.param(b"\xef\xbb\xbf" + svg("<title>Elm — Ürsli</title>"), id="mark"),
        pytest.param(
            svg(
                '<i:namedview xmlns:i="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" '
                'i:href="file:///home"/>'
            ),
            id="notes of a drawing program",
        ),
    ],
)
def test_a_plain_drawing_is_fit(raw: bytes) -> None:
    assert unfit("crest.svg", raw) is None


MORE = [
    (svg("<script>alert(1)</script>"), "<script>"),
    (svg("<SCRIPT/>"), "<SCRIPT>"),
    (svg('<script xmlns="http://www.w3.org/1999/xhtml"/>'), "no part of a drawing"),
    (svg('<i:g xmlns:i="https://example.org/"/>'), "no part of a drawing"),
    (svg("<foreignObject/>"), "<foreignObject>"),
    (svg('<a href="#x"/>'), "<a>"),
    (svg('<image href="data:image/png;base64,AAAA"/>'), "<image>"),
    (svg('<animate attributeName="href" to="javascript:alert(1)"/>'), "<animate>"),
    (svg('<set attributeName="href" to="x"/>'), "<set>"),
    (svg('<g onclick="x()"/>'), "onclick"),
    (svg('<g OnLoad="x()"/>'), "OnLoad"),
    (svg("", root='viewBox="0 0 1 1" onload="x()"'), "onload"),
    (svg('<use href="other.svg#a"/>'), "outside"),
    (svg('<use xlink:href="https://example.org/#a"/>'), "outside"),
    (svg('<use href=" javascript:alert(1)"/>'), "outside"),
    (svg('<g xml:base="https://example.org/"/>'), "outside"),
    (svg('<g fill="url(https://example.org/a)"/>'), "outside"),
    (svg("<g fill=\"URL( '//example.org/a' )\"/>"), "outside"),
    (svg('<g fill="&#117;rl(a.svg)"/>'), "outside"),
    (svg('<g style="fill:u\\72l(a.svg)"/>'), "outside"),
    (svg("<g style='mask-image:image-set(\"a.png\" 1x)'/>"), "outside"),
    (svg('<style>@IMPORT "a.css";</style>'), "outside"),
    (svg("<style><![CDATA[@import 'a.css';]]></style>"), "outside"),
    (svg("<style>@im<!-- -->port 'a.css';</style>"), "outside"),
    (svg("<style>@import 'a.css';<g/></style>"), "may only hold style"),
    (svg("<style>a{fill:url(a.svg)}</style>"), "outside"),
    (svg("", before="<!DOCTYPE svg>"), "DOCTYPE"),
    (svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/hostname">]>'), "DOCTYPE"),
    (svg("", before='<?xml-stylesheet href="a.css"?>'), "instruction"),
    (svg("<?php x ?>"), "instruction"),
    (svg("&nbsp;"), "broken here"),
    (svg("<g>"), "broken here"),
    (b"", "broken here"),
    (b"<svg viewBox='0 0 1 1'/>", "outermost"),
    (b"<html/>", "outermost"),
    (svg("", root=""), "no viewBox"),
    (svg("").decode().encode("utf-16"), "UTF-8"),
    (svg("", before='<?xml version="1.0" encoding="UTF-7"?>'), "UTF-8"),
    (b"\xff" + svg(""), "UTF-8"),
    (svg("<!--" + "x" * MOST_CREST + "-->"), "the most is 200 KB"),
    (png(), "SVG"),
]


@pytest.mark.parametrize(
    ("raw", "why"), MORE, ids=[f"{n}-{why}" for n, (_, why) in enumerate(MORE)]
)
def test_whatever_is_more_than_a_drawing_is_refused(raw: bytes, why: str) -> None:
    found = unfit("crest.svg", raw, MOST_CREST)
    assert isinstance(found, Unfit)
    assert why in found.why
    assert 1 <= found.line <= raw.count(b"\n") + 1


def test_a_png_is_fit() -> None:
    assert unfit("crest.png", png()) is None


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (svg(""), "not a PNG"),
        (b"", "not a PNG"),
        (PNG, "cut short"),
        (png()[:-3], "cut short"),
        (png()[:-12], "cut short"),
        (png().replace(b"IDAT", b"IDAX"), "damaged"),
        (png(end=b"<script>"), "more behind the picture"),
        (png(width=0), "0 by 2"),
        (png(height=9000), "9,000 pixels"),
        (PNG + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "does not begin"),
        (PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), "cut short"),
    ],
    ids=str,
)
def test_what_is_no_whole_png_is_refused(raw: bytes, why: str) -> None:
    found = unfit("crest.png", raw)
    assert found is not None
    assert why in found.why


def test_no_damage_to_a_crest_is_ever_a_crash() -> None:
    chance = random.Random("crests")
    for name, good in (("crest.png", png()), (CRESTS[0].name, CRESTS[0].read_bytes())):
        for _ in range(1000):
            at, size = chance.randrange(len(good)), chance.randrange(4)
            bad = good[:at] + chance.randbytes(chance.randrange(3)) + good[at + size :]
            found = unfit(name, bad)
            assert found is None or found.why
            assert name.endswith(".svg") or bad == good or found is not None


# ------------------------------------------------------------- in a handbook


def brands(root: Path) -> dict[str, Brand | None]:
    repository, problems = open_repository(root)
    assert repository is not None
    assert problems == []
    return {id: brand_of(repository.tiers(id)) for id in repository.organisations}


def test_a_school_shows_its_own_crest_or_that_of_the_nearest_group(base: Path) -> None:
    assert brands(base) == {"elm": None, "trust": None, "ash": None, "oak": None}
    shutil.copy(CRESTS[0], base / "schools/trust/acorn.svg")
    (base / "schools/trust/oak.png").write_bytes(png())
    for file, brand in {
        "group.yml": '{crest: acorn.svg, crest_text: An acorn, colour: "#123456"}',
        "oak.yml": "{crest: oak.png, crest_text: An oak}",
    }.items():
        with (base / "schools/trust" / file).open("a", encoding="utf-8") as out:
            out.write(f"\nbrand: {brand}\n")
    found = brands(base)
    assert found["elm"] is None
    assert found["ash"] == found["trust"]
    ash, oak = found["ash"], found["oak"]
    assert ash is not None
    assert (ash.crest, ash.crest_text, ash.colour) == ("acorn.svg", "An acorn", "#123456")
    assert ash.crest_bytes == CRESTS[0].read_bytes()
    assert oak is not None
    assert (oak.crest, oak.crest_text, oak.colour) == ("oak.png", "An oak", "#123456")
    assert oak.crest_bytes == png()


def test_a_crest_that_becomes_bad_is_noticed_though_nothing_else_changed(
    base: Path, checked: Checked
) -> None:
    with (base / "schools/elm.yml").open("a", encoding="utf-8") as out:
        out.write("\nbrand: {crest: elm.svg, crest_text: An elm}\n")
    crest = base / "schools/elm.svg"
    crest.write_bytes(svg(""))
    assert checked(base).problems == ()
    crest.write_bytes(svg("<script/>"))
    assert [problem.rule for problem in checked(base).problems] == ["bad-picture"]
    crest.write_bytes(svg(""))
    assert checked(base).problems == ()
