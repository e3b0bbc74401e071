"""What is left out of WeasyPrint's work changes no byte of what it makes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import weasyprint  # type: ignore[import-untyped]
from cffi import cparser  # type: ignore[import-untyped]
from weasyprint import css
from weasyprint.layout import percent  # type: ignore[import-untyped]
from weasyprint.pdf import fonts  # type: ignore[import-untyped]
from weasyprint.text import line_break  # type: ignore[import-untyped]

from clausebook.pdf.engine import CannotRender, Engine
from clausebook.pdf.press import LARGE_PRINT
from clausebook.pdf.weasy import quicker
from clausebook.shipped import shipped
from tests.pdf.constructs import ASSETS, CONFORMING, REFUSED, H, page

POLICY = shipped("overrides") / "pdf" / "policy.css"
# What WeasyPrint's own style sheet says something of that it seldom does, and all that ours leave out.
SELDOM = (
    "p { float: footnote }",
    "h1 { position: note(aside) }",
    "p { display: list-item }",
    "@page { @top-center { content: 'A' } }",
    "@page { @left-middle { content: 'A' } }",
    "@page { @RIGHT-TOP { content: 'A' } }",
    "@page { @bottom-right-corner { content: 'A' } }",
    "p { float: \\66ootnote }",
)
# What is worked out in more ways than one: values of a parent, of neither, of a logical side; lengths
# in parts of others; words that are set apart, cut off, turned about or drawn twice.
STYLES = (
    "p { margin-inline: 10% 5%; padding-block-start: 1em; inline-size: 50% }",
    "p { width: calc(50% + 2em); min-height: 10%; margin-left: auto; line-height: calc(1em + 50%) }",
    "body { direction: rtl } p { margin-inline-start: 2em; text-align: end }",
    "p { text-align: justify; width: 9em; hyphens: auto }",
    "p { text-align: justify; text-align-last: justify; word-spacing: 2pt; letter-spacing: 1pt }",
    "p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; width: 4em }",
    "p { white-space: pre-line; width: 6em } h1 { white-space: pre }",
    "p { width: 1em; overflow-wrap: anywhere } h1 { position: fixed; bottom: 0 }",
    "p { text-decoration: underline dotted red } strong { text-decoration: line-through }",
    "p::first-line { font-weight: 700 } p::first-letter { font-size: 2em }",
    "p { font-feature-settings: 'tnum'; font-variant-caps: small-caps }",
    "* { border: inherit; position: relative; page: inherit }",
    "html { color: red; color: initial } p { color: inherit; margin: initial; display: inherit }",
)


def bytes_of(engine: Engine, html: str, *styles: str) -> bytes | str:
    try:
        return engine.render(html, assets=ASSETS, styles=[style for style in styles if style])
    except CannotRender as error:
        return str(error)


@contextlib.contextmanager
def by_itself() -> Iterator[None]:
    """WeasyPrint as it is."""
    with (
        mock.patch.object(quicker, "ways", contextlib.nullcontext),
        mock.patch.object(quicker, "HTML", weasyprint.HTML),
    ):
        yield


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(POLICY)


# Of what is refused, that which is laid out before.
LAID_OUT = [one for one in REFUSED if one.reason[0] in ("floated-note", "link-in-margin")]


@pytest.mark.parametrize("construct", [*CONFORMING, *LAID_OUT], ids=lambda one: one.name)
def test_a_construct_has_the_same_bytes_either_way(engine: Engine, construct: Any) -> None:
    html = page(construct.html)
    ours = bytes_of(engine, html, construct.css)
    with by_itself():
        assert bytes_of(engine, html, construct.css) == ours


@pytest.mark.parametrize("style", [*SELDOM, *STYLES, LARGE_PRINT])
def test_a_style_has_the_same_effect_either_way(engine: Engine, style: str) -> None:
    words = "<p>It is <strong>said</strong> in <em>many</em> words\nthat do not stand on a line. "
    table = "<table><caption>A</caption><tr><th>A</th><td>B</td></tr></table>"
    html = page(f"{H}<section>{words * 12}<ul><li>A</li><li><p>B</p></li></ul>{table}</section>")
    inside = html.replace("</head>", f"<style>{style}</style></head>")
    ours = bytes_of(engine, html, style), bytes_of(engine, inside)
    with by_itself():
        assert (bytes_of(engine, html, style), bytes_of(engine, inside)) == ours


def test_words_set_apart_in_both_directions_stand_where_they_would(engine: Engine) -> None:
    words = '<p lang="cy">\u202eabc\u202c \u2014 \u2026 <q>q</q> <sup>2</sup> ABC.DEF.</p>'
    style = "p { letter-spacing: -.3pt; word-spacing: -1pt; direction: rtl }"
    ours = bytes_of(engine, page(f"{H}{words}"), style)
    with by_itself():
        assert bytes_of(engine, page(f"{H}{words}"), style) == ours


@pytest.mark.parametrize("style", SELDOM)
def test_what_is_seldom_said_is_seen(style: str) -> None:
    assert quicker.seldom(style)


def test_our_styles_say_none_of_it() -> None:
    for name in ("policy.css", "handbook.css"):
        assert not quicker.seldom((shipped("overrides") / "pdf" / name).read_text("utf-8"))
    assert not quicker.seldom(LARGE_PRINT)


def test_most_styles_are_left_out_and_none_that_counts() -> None:
    """Else nothing would be gained, or these tests would compare a thing with itself."""
    made: dict[str, int] = {}
    for how in (contextlib.nullcontext, by_itself):
        with how(), mock.patch.object(css.StyleFor, "set_computed_styles", autospec=True) as each:
            each.side_effect = _computed
            Engine(POLICY).render(page(f"{H}<p>A <strong>B</strong></p><ul><li>C</li></ul>"))
        made[how.__name__] = each.call_count
    assert made["nullcontext"] * 3 < made["by_itself"]


_computed = css.StyleFor.set_computed_styles


def test_words_are_set_no_more_than_before_they_are_drawn() -> None:
    counted = {}
    for how in (contextlib.nullcontext, by_itself):
        with how(), mock.patch.object(line_break.Layout, "setup", autospec=True) as setup:
            setup.side_effect = _setup
            Engine(POLICY).render(page(f"{H}<p>{'Some words. ' * 300}</p>"))
        counted[how.__name__] = setup.call_count
    assert counted["nullcontext"] < counted["by_itself"] - 25


_setup = line_break.Layout.setup


def test_a_number_of_glyphs_is_no_new_type_to_understand(engine: Engine) -> None:
    read = {}
    letters = [chr(code) for code in range(0x100, 0x17F)]  # more than any other test has
    for how, count in ((contextlib.nullcontext, 101), (by_itself, 102)):
        said = " ".join(letters[:count])
        engine.render(page(f"{H}<p>A word.</p>"))
        with how(), mock.patch.object(cparser.Parser, "parse_type", autospec=True) as parse:
            parse.side_effect = _parse_type
            engine.render(page(f"{H}<p>{said}</p>"))
        read[how.__name__] = parse.call_count
    assert read["nullcontext"] == 0 < read["by_itself"]


_parse_type = cparser.Parser.parse_type


def test_weasyprint_is_left_as_it_was_found() -> None:
    def now() -> list[object]:
        ours = css.ComputedStyle, line_break.Layout, percent.resolve_one_percentage
        return [*ours, fonts.ffi]

    before = now()
    with pytest.raises(CannotRender):
        Engine(POLICY).render(page(f"{H}<p>\U0001f600</p>"))
    with quicker.ways():
        assert not [way for way, theirs in zip(now(), before, strict=True) if way is theirs]
    assert now() == before
