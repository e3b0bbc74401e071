"""What WeasyPrint does for nothing in documents like ours, left out; the bytes it makes are the same.

`HTML` is for a document to be read, `ways` for it to be laid out and drawn. Tests make documents of
all that they know with this and without it, and compare them.
"""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import weasyprint  # type: ignore[import-untyped]
from weasyprint import css
from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS  # type: ignore[import-untyped]
from weasyprint.css.properties import (  # type: ignore[import-untyped]
    INHERITED,
    INITIAL_NOT_COMPUTED,
    INITIAL_VALUES,
)
from weasyprint.html import UA_STYLESHEET  # type: ignore[import-untyped]
from weasyprint.layout import percent  # type: ignore[import-untyped]
from weasyprint.pdf import fonts  # type: ignore[import-untyped]
from weasyprint.text import line_break  # type: ignore[import-untyped]
from weasyprint.text.ffi import ffi, pango  # type: ignore[import-untyped]


@contextlib.contextmanager
def ways() -> Iterator[None]:
    """While it lasts, WeasyPrint goes our ways."""
    ours = (
        (css, "ComputedStyle", _Style),
        (line_break, "Layout", _Layout),
        (percent, "resolve_one_percentage", _resolve),
        (fonts, "ffi", _Arrays()),
    )
    before = [getattr(module, name) for module, name, _ in ours]
    for module, name, way in ours:
        setattr(module, name, way)
    try:
        yield
    finally:
        for (module, name, _), way in zip(ours, before, strict=True):
            setattr(module, name, way)


# ------------------------------------------------------------------------------ the first style sheet

# What a style has to say for WeasyPrint's own about notes, markers of what is no `li`, and places in
# the margin that are not those below, to count. A class that is called a note is none.
_SELDOM = re.compile(r"(?<!\.)\bnote|footnote|list-item|@left-|@right-|-center|-corner|\\", re.I)
_NOTES = {"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"}
_PLACES = {
    None, "@footnote", "@note-area", "@top-left", "@top-right", "@bottom-left", "@bottom-right",
}  # fmt: skip


class HTML(weasyprint.HTML):  # type: ignore[misc]
    """A document with as much of WeasyPrint's own style sheet as counts.

    By the whole of it, each element has styles for five parts of notes and a marker, and each page
    for twelve places in its margins: most of all that are worked out, and nobody ever asks for them.
    """

    seldom = False

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return super()._ua_stylesheets(forms) if self.seldom or forms else [_as_counts()]


def seldom(style: str) -> bool:
    """Does a style need all of WeasyPrint's own?"""
    return bool(_SELDOM.search(style))


@lru_cache(maxsize=1)
def _as_counts() -> Any:
    sheet, matcher = copy.copy(UA_STYLESHEET), copy.copy(UA_STYLESHEET.matcher)
    other, by_name = [], dict(matcher.lower_local_name_selectors)
    for one in matcher.other_selectors:
        _, _, _, pseudo, _ = one
        if pseudo == "marker":
            by_name["li"] = [*by_name["li"], one]
        elif pseudo not in _NOTES:
            other.append(one)
    matcher.other_selectors, matcher.lower_local_name_selectors = other, by_name
    sheet.matcher = matcher
    sheet.page_rules = [
        (rule, selectors, declarations)
        for rule, selectors, declarations in sheet.page_rules
        if _PLACES.issuperset(pseudo for _, pseudo, _ in selectors)
    ]
    return sheet


# ------------------------------------------------------------------------------ values of a style

# Where it takes more than a look to say which value holds.
_OF_THEIR_OWN = {
    "position", "float", "display", "page",
    *(name for name in INITIAL_VALUES if name.startswith("text_decoration_")),
}  # fmt: skip
_HANDED_DOWN = INHERITED - _OF_THEIR_OWN
_AT_FIRST = INITIAL_VALUES.keys() - INHERITED - INITIAL_NOT_COMPUTED - _OF_THEIR_OWN
_LOGICAL = {
    logical(block="ttb", inline=inline)
    for logical in PHYSICAL_FUNCTIONS.values()
    for inline in ("ltr", "rtl")
}


class _Style(css.ComputedStyle):  # type: ignore[misc]
    """Most of what is asked of a style it does not say: then the value is its parent's, or the first."""

    def __missing__(self, key: str) -> Any:
        said = self.cascaded
        if key not in said and (key not in PHYSICAL_FUNCTIONS or _LOGICAL.isdisjoint(said)):
            if key in _AT_FIRST:
                value = self[key] = INITIAL_VALUES[key]
                return value
            if key in _HANDED_DOWN and self.parent_style is not None:
                value = self[key] = self.parent_style[key]
                return value
        return super().__missing__(key)


def _resolve(box: Any, name: str, whole: Any) -> None:
    """Most lengths are in pixels, and most widths are left open."""
    value = box.style[name]
    if value == "auto":
        setattr(box, name, 0 if name in ("min_width", "min_height") else value)
    elif getattr(value, "unit", None) == "px":
        setattr(box, name, value.value)
    else:
        setattr(box, name, percent.percentage(value, box.style, whole))


# ------------------------------------------------------------------------------ words

# What ends a line where it stands, so that what follows is another paragraph to Pango.
_ENDS = re.compile("[\n\r\u2029]")


class _Layout(line_break.Layout):  # type: ignore[misc]
    """Words as they were set for a line, kept until they are drawn: WeasyPrint sets them once more."""

    kept: bool | None = None

    def set_text(self, text: str, justify: bool = False) -> None:
        super().set_text(text, justify)
        # They are drawn so, and to say it then would be to have them set again.
        pango.pango_layout_set_single_paragraph_mode(self.layout, not _ENDS.search(self.text))

    def deactivate(self) -> None:
        if self.kept is None and self._as_drawn():
            self.kept = True
        else:
            super().deactivate()
            self.kept = False

    def reactivate(self, style: Any) -> None:
        if not (self.kept and style is self.style):
            super().reactivate(style)

    def _as_drawn(self) -> bool:
        """Is it one line, with its words no further apart than they came?"""
        second = pango.pango_layout_get_line_readonly(self.layout, 1)
        apart = self.justification_spacing or self.style["word_spacing"]
        return not apart and second == ffi.NULL


# ------------------------------------------------------------------------------ fonts

_LENGTH = re.compile(r"\[\d+\]$")


class _Arrays:
    """Its cffi, for which arrays of any length that are given what they hold are of one type.

    WeasyPrint names a type by the number of glyphs of each font. A parser of C reads it, which takes
    as long as setting some lines does.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(ffi, name)

    def new(self, kind: str, held: Any = None) -> Any:
        return ffi.new(kind if held is None else _LENGTH.sub("[]", kind), held)
