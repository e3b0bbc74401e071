"""A font of ours and the glyphs wanted in, a font file that holds those, by their own numbers, out."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

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


# What only setting text needs: the text is set already. It goes first, or all of it would be read.
_FOR_SETTING = ("GDEF", "GPOS", "GSUB", "BASE", "STAT")


@lru_cache(maxsize=8)
def _cut(file: str, glyphs: tuple[int, ...]) -> bytes:
    options = Options(retain_gids=True, hinting=False, glyph_names=False, layout_features=[])
    subsetter = Subsetter(options)
    subsetter.populate(gids=glyphs)
    out = io.BytesIO()
    # No time of its own in it.
    with TTFont(FONTS / file, recalcTimestamp=False) as font:
        for table in _FOR_SETTING:
            if table in font:
                del font[table]
        subsetter.subset(font)
        font.save(out)
    return out.getvalue()
