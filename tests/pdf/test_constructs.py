"""Each small piece of HTML makes a PDF that conforms and is structured as it says, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
import tinyhtml5  # type: ignore[import-untyped]

from clausebook.pdf import lint
from clausebook.pdf.checker import check
from clausebook.pdf.engine import CannotRender, Engine
from clausebook.pdf.words import lost
from tests.pdf.checks import conforms, not_archival, not_sound
from tests.pdf.constructs import ASSETS, CONFORMING, REFUSED, Conforming, Refused, page, shape

# pikepdf's validator takes any pattern or shading for wrong, because it does not read them.
PATTERNS = {"background-picture", "boxes-and-shadows", "drawing-with-effects", "gradient"}
# Found when the pages are laid out; all else is refused before.
LAID_OUT = {"asset", "floated-note", "font", "glyph", "link-in-margin", "words-left-out"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("@page { size: A4; margin: 20mm } body { font-size: 11pt }")


@pytest.mark.parametrize("construct", CONFORMING, ids=lambda one: one.name)
def test_a_construct_conforms_is_well_structured_and_loses_no_word(
    engine: Engine, construct: Conforming
) -> None:
    styles = [construct.css] if construct.css else []
    made = engine.render(page(construct.html), assets=ASSETS, styles=styles)
    assert shape(made) == construct.shape
    if construct.name in PATTERNS:
        assert not_sound(made) == []
        assert all(said.startswith("[unsupported] pikepdf:") for said in not_archival(made))
        assert [str(fault) for fault in check(made)] == []
    else:
        conforms(made)
    if construct.name != "running-element":
        body = tinyhtml5.parse(page(construct.html), namespace_html_elements=False).find("body")
        assert lost("".join(read_out(body)).split(), made) == []


@pytest.mark.parametrize("construct", REFUSED, ids=lambda one: one.name)
def test_a_construct_that_cannot_conform_is_refused_with_its_place(
    engine: Engine, construct: Refused
) -> None:
    styles = [construct.css] if construct.css else []
    with pytest.raises(CannotRender) as raised:
        engine.render(page(construct.html), assets=ASSETS, styles=styles)
    first = raised.value.reasons[0]
    assert (first.rule, first.near, first.words) == construct.reason
    assert all((first.what, first.why, first.fix))
    if first.rule not in LAID_OUT and not construct.css:
        assert lint.text(page(construct.html)) == raised.value.reasons


def test_there_are_enough_constructs_and_each_has_a_name_of_its_own() -> None:
    names = [one.name for one in (*CONFORMING, *REFUSED)]
    assert len(names) == len(set(names))
    assert len(CONFORMING) >= 80


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        (
            "<!DOCTYPE html><html><head><title>T</title></head><body><h1>T</h1></body></html>",
            "language",
        ),
        ('<!DOCTYPE html><html lang="en-GB"><body><h1>T</h1></body></html>', "title"),
    ],
)
def test_a_document_says_its_language_and_title(engine: Engine, html: str, rule: str) -> None:
    with pytest.raises(CannotRender) as raised:
        engine.render(html)
    assert [reason.rule for reason in raised.value.reasons] == [rule]


def test_a_clause_can_be_looked_at_alone() -> None:
    assert lint.text("<p>See <a href='#elsewhere'>there</a>.</p><h3>x</h3>", whole=False) == ()
    (reason,) = lint.text('<div id="clause"><p><img src="x.png"></p></div>', whole=False)
    assert (reason.rule, reason.near, reason.words) == ("alternative", "clause", "x.png")
    assert str(reason) == "#clause: a picture has no alternative text ('x.png') [alternative]"


def read_out(element: Element) -> Iterator[str]:
    """The words of HTML that a PDF must have, spaces between its blocks."""
    if not isinstance(element.tag, str) or element.get("aria-hidden") == "true":
        return
    if "svg" in element.tag:
        return
    inline = element.tag in ("a", "abbr", "b", "code", "em", "span", "strong", "sub", "sup", "wbr")
    yield "" if inline else " "
    yield element.text or ""
    for child in element:
        yield from read_out(child)
        yield child.tail or ""
    yield "" if inline else " "
