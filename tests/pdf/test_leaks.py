"""No PDF says anything of an organisation that is not its own: on its pages, or where nobody looks."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from clausebook.model import Repository
from clausebook.pdf.words import words
from tests.pdf.checks import changed
from tests.pdf.conftest import Print, Shipped, opened, taken_apart
from tests.test_sites import private_of_others

PHONE = "01706 925169"  # of an adviser at Rochdale
NAME = "Adam Wilkinson"  # who approved Horringer Court's policy


@lru_cache(maxsize=200)
def said_in(data: bytes) -> str:
    """Everything a PDF says: its words in order, and each string, table and description in it."""
    found = [" ".join(words(taken_apart(data)))]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for held in pdf.objects:
            found += _strings(held)
        found += _strings(pdf.trailer.get(Name.Info, Dictionary()))
    return re.sub(r"\s+", " ", "\n".join(found)).casefold()


def _strings(held: Any) -> Iterator[str]:
    if isinstance(held, String):
        yield str(held)
    elif isinstance(held, Array):
        for one in held:
            if not one.is_indirect if hasattr(one, "is_indirect") else True:
                yield from _strings(one)
    elif isinstance(held, (Dictionary, Stream)):
        for _, one in held.items():
            if not getattr(one, "is_indirect", False):
                yield from _strings(one)
        if isinstance(held, Stream) and held.get(Name.Type) == Name.Metadata:
            yield held.read_bytes().decode("utf-8", "replace")
        elif isinstance(held, Stream) and b"begincmap" in (table := _text(held)):
            for letters in re.findall(rb"<[0-9a-f]{4}> <([0-9a-f]{8,})>", table):
                yield bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")


def _text(held: Any) -> bytes:
    return (
        bytes(held.read_bytes()) if Name.Length1 not in held and Name.Subtype not in held else b""
    )


def leaks(data: bytes, private: Mapping[str, str]) -> list[str]:
    """Private texts of others that a PDF holds."""
    text = said_in(data)
    return [
        f"{whose}: {said[:80]}"
        for said, whose in private.items()
        if said in text and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", text)
    ]


def test_no_document_holds_anything_of_another_organisations(
    prints: Shipped, shipped: Repository
) -> None:
    private = {id: private_of_others(shipped, id) for id, _ in prints.asked}
    found = {}
    for each in (*prints.policies(), *prints.wholes()):
        assert len(private[each.edition[0]]) > 100
        if wrong := leaks(each.data, private[each.edition[0]]):
            found[str(each)] = wrong
    assert found == {}


def victim(prints: Shipped) -> Print:
    return prints.one("larkmere", "staff", "social-media")


@pytest.mark.parametrize("text", [PHONE, NAME, NAME.upper(), f"({NAME})"])
@pytest.mark.parametrize("place", ["title", "subject", "alternative", "link", "outline", "table"])
def test_what_leaks_where_nobody_looks_is_found(
    place: str, text: str, prints: Shipped, shipped: Repository
) -> None:
    def plant(pdf: pikepdf.Pdf) -> None:
        held: Any
        if place == "title":
            pdf.docinfo[Name.Title] = text
        elif place == "subject":
            about = pdf.Root.Metadata.read_bytes()
            end = f"<!-- {text} --></rdf:RDF>".encode()
            pdf.Root.Metadata.write(about.replace(b"</rdf:RDF>", end))
        elif place == "alternative":
            held = next(
                one
                for one in pdf.objects
                if isinstance(one, Dictionary) and one.get(Name.Type) == Name.StructElem
            )
            held.Alt = String(text)
        elif place == "link":
            held = next(one for page in pdf.pages for one in page.obj.get(Name.Annots, ()))
            held.Contents = String(text)
        elif place == "outline":
            pdf.Root.Outlines.First.Title = String(text)
        else:
            held = next(iter(pdf.pages[0].obj.Resources.Font.values()))
            table = held.ToUnicode.read_bytes()
            line = f"<0fff> <{text.encode('utf-16-be').hex()}>\nendbfchar".encode()
            held.ToUnicode = pdf.make_stream(table.replace(b"endbfchar", line, 1))

    private = private_of_others(shipped, "larkmere")
    data = victim(prints).data
    assert leaks(data, private) == []
    assert leaks(changed(data, plant), private)


def test_what_leaks_on_a_page_is_found(prints: Shipped, shipped: Repository) -> None:
    from clausebook.pdf.engine import Engine
    from clausebook.pdf.press import engine

    press = engine()
    assert isinstance(press, Engine)
    page = '<!doctype html><html lang="en-GB"><head><title>Rules</title></head><body><h1>Rules</h1>'
    private = private_of_others(shipped, "larkmere")
    assert leaks(press.render(f"{page}<p>Ring the office.</p></body></html>"), private) == []
    for said in (f"Ring {PHONE}.", "Ring <b>01706</b> <i>925169</i>.", f"Ask {NAME}, please."):
        assert leaks(press.render(f"{page}<p>{said}</p></body></html>"), private)
    assert opened(victim(prints).data)
