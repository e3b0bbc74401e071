"""A font of ours and the glyphs wanted in, a font file that holds those, by their own numbers, out."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, getTableModule  # type: ignore[import-untyped]

FONTS = Path(__file__).with_name("fonts")
# What WeasyPrint calls each in a PDF, after the six letters that say that it holds some glyphs only.
FILES = {
    "Clausebook-Text": "text-400.ttf",
    "Clausebook-Text-Italic": "text-400-italic.ttf",
    "Clausebook-Text-Semi-Bold": "text-600.ttf",
    "Clausebook-Text-Bold": "text-700.ttf",
    "Clausebook-Text-Bold-Italic": "text-700-italic.ttf",
    "Clausebook-Legible": "legible-400.ttf",
    "Clausebook-Legible-Italic": "legible-400-italic.ttf",
    "Clausebook-Legible-Bold": "legible-700.ttf",
    "Clausebook-Legible-Bold-Italic": "legible-700-italic.ttf",
    "Clausebook-Symbols": "symbols-400.ttf",
}


def cut(name: str, glyphs: Iterable[int]) -> bytes | None:
    """A font with these glyphs only; none where it is not one of ours."""
    file = FILES.get(name)
    return _cut(file, tuple(sorted(glyphs))) if file else None


def ready() -> None:
    """Load what fonts are cut with: fontTools does so at the first font that is cut."""
    for table in ("OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"):
        getTableModule(table)


# What only setting text needs: the text is set already. It goes first, or all of it would be read.
_FOR_SETTING = ("GDEF", "GPOS", "GSUB", "BASE", "STAT")
# Copyright, family, style, identity, full name, version and name for PostScript, in English.
_NAMES, _ENGLISH = range(7), 0x409


@lru_cache(maxsize=8)
def _cut(file: str, glyphs: tuple[int, ...]) -> bytes:
    """As fontTools' own subsetter does, to the byte, which takes longer to import than this to do.

    Our fonts are plain: outlines, without hints, and one table of characters for each system.
    """
    out = io.BytesIO()
    # No time of its own in it.
    with TTFont(FONTS / file, recalcTimestamp=False) as font:
        for table in _FOR_SETTING:
            if table in font:
                del font[table]
        _keep(font, glyphs)
        font.save(out)
    return out.getvalue()


def _keep(font: TTFont, glyphs: Iterable[int]) -> None:
    """Make all other glyphs empty, and end with the last that is kept."""
    # Names that are written nowhere. The font has none, and fontTools would find some by what they say.
    order = [f"glyph{number}" for number in range(font["maxp"].numGlyphs)]
    font.setGlyphOrder(order)
    outlines, widths = font["glyf"], font["hmtx"]
    wanted = {order[glyph] for glyph in glyphs}
    kept = {order[0], *wanted}  # the first, without its outline, is for what no font has
    waiting = list(wanted)
    while waiting:
        parts = set(outlines[waiting.pop()].getComponentNames(outlines)) - kept
        kept |= parts
        waiting += parts
    last = max(map(font.getGlyphID, kept))
    order = order[: last + 1]
    empty = getTableModule("glyf").Glyph
    outlines.glyphs = {
        name: outlines.glyphs[name] if name in kept and name != order[0] else empty(b"")
        for name in order
    }
    outlines.glyphOrder = order
    widths.metrics = {name: widths[name] if name in kept else (0, 0) for name in order}
    codes = font["cmap"]
    for table in codes.tables:
        table.cmap = {code: name for code, name in table.cmap.items() if name in wanted}
    codes.tables = [table for table in codes.tables if table.cmap and table.isUnicode()]
    font["name"].names = [
        one
        for one in font["name"].names
        if one.nameID in _NAMES and one.isUnicode() and one.langID == _ENGLISH
    ]
    font["OS/2"].recalcUnicodeRanges(font, pruneOnly=True)
    font["OS/2"].recalcCodePageRanges(font, pruneOnly=True)
    font.setGlyphOrder(order)
