"""HTML and its pictures in, one file that is PDF/UA-1 and PDF/A-2a out, or the reasons why not.

An `Engine` is made once: fonts loaded, stylesheets parsed. After that each document costs its
layout only. Nothing comes from outside its arguments: the same HTML, assets and styles give the
same bytes. Dates come from `<meta name="dcterms.created">` and `dcterms.modified`, or there are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from clausebook.pdf import lint, tags, versions, weasy
from clausebook.pdf.fetch import BASE, Assets
from clausebook.pdf.lint import CannotRender, Reason
from clausebook.pdf.tags import Piece, Tree

__all__ = ["CannotRender", "Engine", "Made", "Reason", "versions"]

# Smoothed pictures are not allowed in PDF/A; there are no fonts but ours, so none is monospaced.
_ALWAYS = """
html { image-rendering: crisp-edges; font-family: "Clausebook Text", "Clausebook Symbols"; hyphens: manual }
code, kbd, samp, pre { font-family: inherit }
"""

_NO_GLYPH = re.compile(r'\.notdef glyph .*: "(.)" \(U\+', re.S)
_NO_PICTURE = re.compile(r"Failed to load image at '([^']*)'")
_NO_TARGET = re.compile(r"No anchor #(.*) for internal|undefined anchor '#?(.*)'")


class Made(bytes):
    """A PDF, and how many pages it has."""

    pages: int


class Engine:
    """Fonts and styles, ready for documents."""

    def __init__(self, *styles: str | Path) -> None:
        """`styles`: CSS text or files. What WeasyPrint would ignore in them is a `ValueError`."""
        self._fonts = weasy.Fonts()
        self._sheets = [self._sheet(style) for style in (_ALWAYS, *styles)]

    def _sheet(self, style: str | Path) -> object:
        text = style.read_text(encoding="utf-8") if isinstance(style, Path) else style
        return weasy.sheet(text, self._fonts, BASE)

    def render(
        self,
        html: str,
        *,
        assets: Mapping[str, bytes] | None = None,
        prefix: str = "",
        styles: Sequence[str] = (),
    ) -> Made:
        """The PDF of a document.

        `assets`: its pictures, by the address that its HTML uses. `prefix`: goes before ids in the
        structure, so that documents can be put together. `styles`: CSS for this document only
        (colours of a school, large print), after the engine's own.
        """
        fetcher = Assets(assets or {})
        with weasy.listening() as said:
            parsed = weasy.html(html, base=BASE, fetcher=fetcher)
            root: Element = parsed.etree_element
            if reasons := lint.document(root):
                raise CannotRender(reasons)
            sheets = [*self._sheets, *(self._sheet(style) for style in styles)]
            document = weasy.lay_out(parsed, sheets, self._fonts)
            if reasons := _lost(root, said, fetcher) + _unfit(root, document):
                raise CannotRender(reasons)
            made = Made(_written(root, document, prefix))
            made.pages = len(document.pages)
            if reasons := _lost(root, said, fetcher):
                raise CannotRender(reasons)
        return made

    def pages(
        self,
        html: str,
        *,
        assets: Mapping[str, bytes] | None = None,
        styles: Sequence[str] = (),
    ) -> int:
        """How many pages a document takes, without writing it."""
        sheets = [*self._sheets, *(self._sheet(style) for style in styles)]
        with weasy.listening():
            parsed = weasy.html(html, base=BASE, fetcher=Assets(assets or {}))
            return len(weasy.lay_out(parsed, sheets, self._fonts).pages)


def _written(root: Element, document: Any, prefix: str) -> bytes:
    def build(pages: list[Piece], html: Element) -> Tree:
        if reasons := [_left_out(html, element) for element in tags.missing(pages, html)]:
            raise CannotRender(reasons)
        tree = tags.tree(pages, html)
        weasy.name_links(tree.root, tags.name_of)
        return tree

    try:
        return weasy.write(document, build, prefix)
    except weasy.DrawnApart as lost:
        raise CannotRender(
            (
                lint.reason(
                    "opacity",
                    root,
                    lint.holding(root, lost.words),
                    lost.words,
                    "words are half-transparent as a whole (CSS opacity, filter or blend mode)",
                    "they are drawn into a picture of their own, which a screen reader cannot reach",
                    "use a lighter colour instead",
                ),
            )
        ) from None


def _left_out(root: Element, element: Element) -> Reason:
    return lint.reason(
        "words-left-out",
        root,
        element,
        "".join([element.text or "", *(child.tail or "" for child in element)]),
        "words of the text are not on the pages, or cannot be seen there",
        "the document would say less than the policy does",
        "take them out of the text, or change what hides them (the head of a table must fit on a page)",
    )


def _unfit(root: Element, document: Any) -> tuple[Reason, ...]:
    """What only shows once a document is laid out."""
    reasons = [
        lint.reason(
            "font",
            root,
            None,
            ", ".join(names),
            f"the font '{names[0]}' is not one of ours",
            "another font would be used without a word",
            f"use one of {', '.join(weasy.FAMILIES)}",
        )
        for names in sorted(weasy.families(document))
        if names[0] not in weasy.FAMILIES
    ]
    reasons += [
        lint.reason(
            "link-in-margin",
            root,
            lint.linking(root, target),
            target,
            "a link stands in a running header or footer",
            "what is repeated on each page is not read out, so nobody could follow it",
            "move it into the text",
        )
        for target in weasy.links_at_the_edges(document)
    ]
    if weasy.floated_notes(document):
        reasons.append(
            lint.reason(
                "floated-note",
                root,
                None,
                "float: footnote",
                "a note is floated to the foot of its page",
                "WeasyPrint can move it to another page or lose it",
                "set it as an end note",
            )
        )
    return tuple(reasons)


def _lost(root: Element, said: list[str], fetcher: Assets) -> tuple[Reason, ...]:
    """Each thing that the engine only warned of, as a reason."""
    reasons = [
        lint.reason(
            "asset",
            root,
            lint.showing(root, name),
            name,
            f"'{name}' {why}",
            "the document would lack it",
            "give the document the picture, or take it out",
        )
        for name, why in dict.fromkeys(fetcher.refused)
    ]
    for message in dict.fromkeys(said):
        if match := _NO_GLYPH.match(message):
            sign = match[1]
            reasons.append(
                lint.reason(
                    "glyph",
                    root,
                    lint.holding(root, sign),
                    sign,
                    *lint.no_glyph(sign),
                )
            )
        elif (match := _NO_PICTURE.match(message)) and fetcher.refused:
            continue  # said above
        elif match := _NO_TARGET.search(message):
            target = match[1] or match[2]
            reasons.append(
                lint.reason(
                    "link-target",
                    root,
                    lint.linking(root, f"#{target}"),
                    f"#{target}",
                    f"nothing here has the id '{target}' that a link leads to",
                    "the link would lead nowhere",
                    "correct the link, or name the place",
                )
            )
        else:
            reasons.append(
                lint.reason(
                    "engine",
                    root,
                    None,
                    message[:200],
                    f"WeasyPrint warns: {message}",
                    "part of the document may be missing from its PDF",
                    "change what it complains of",
                )
            )
    return tuple(reasons)
