"""Unpacked font packages in; the static TrueType files of src/clausebook/pdf/fonts out.

    npm pack source-sans@3.52.0 @fontsource/atkinson-hyperlegible-next@5.3.0 \\
        @fontsource/noto-sans-symbols-2@5.3.0 @fontsource/noto-sans-math@5.3.0
    (unpack each into a folder of its own, then:)
    python tools/fonts.py FOLDER [src/clausebook/pdf/fonts]

Run it only to change the fonts: its results are part of the source. They are cut down to the letters
and signs of British policies, carry no hints and have names of our own, because "Source" is a
reserved font name and because a font that was changed should not pass for the original.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools.merge import Merger  # type: ignore[import-untyped]
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

TEXT = "Clausebook Text"
LEGIBLE = "Clausebook Legible"
SYMBOLS = "Clausebook Symbols"

# Names of people and places in the languages of Europe, Welsh and Vietnamese among them; then
# punctuation, currencies, fractions, arrows, mathematics, boxes, signs and check marks.
Ranges = tuple[tuple[int, int], ...]
LETTERS: Ranges = ((0x20, 0x17F), (0x18F, 0x192), (0x1A0, 0x1B0), (0x1CD, 0x1DC), (0x1E6, 0x1F9))
LETTERS += ((0x218, 0x21B), (0x237, 0x259), (0x2B9, 0x2DD), (0x300, 0x33F), (0x1E00, 0x1EF9))
SIGNS = ((0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218F), (0xFB01, 0xFB02))
MARKS = ((0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x23FF), (0x25A0, 0x25FF), (0x2600, 0x27BF))

FEATURES = "kern mark mkmk ccmp locl liga tnum lnum pnum frac numr dnom sups subs ordn case".split()

LICENCE = "This Font Software is licensed under the SIL Open Font License, Version 1.1."

# Name in the folder, weight, italic, file in the package.
SOURCE = (
    ("text-400.ttf", 400, False, "SourceSans3-Regular.ttf"),
    ("text-400-italic.ttf", 400, True, "SourceSans3-It.ttf"),
    ("text-600.ttf", 600, False, "SourceSans3-Semibold.ttf"),
    ("text-700.ttf", 700, False, "SourceSans3-Bold.ttf"),
    ("text-700-italic.ttf", 700, True, "SourceSans3-BoldIt.ttf"),
)
ATKINSON = (
    ("legible-400.ttf", 400, False, "400-normal"),
    ("legible-400-italic.ttf", 400, True, "400-italic"),
    ("legible-700.ttf", 700, False, "700-normal"),
    ("legible-700-italic.ttf", 700, True, "700-italic"),
)
WEIGHTS = {400: "Regular", 600: "Semibold", 700: "Bold"}


def main(arguments: list[str]) -> int:
    """Make all files, and say how large each is."""
    packages = Path(arguments[0])
    target = Path(arguments[1] if len(arguments) > 1 else "src/clausebook/pdf/fonts")
    target.mkdir(parents=True, exist_ok=True)
    for name, font in _all(packages):
        font.save(target / name, reorderTables=True)
        print(f"{name}: {(target / name).stat().st_size:,} bytes")
    (target / "characters.txt").write_text(characters(target), encoding="utf-8", newline="\n")
    return 0


def characters(folder: Path) -> str:
    """What can be printed, in ranges of code points, one a line.

    That is what every face of the text font has, or the symbols do: what the legible faces lack is
    taken from these.
    """
    faces: dict[str, set[int]] = {}
    for file in sorted(folder.glob("*.ttf")):
        with TTFont(file) as font:
            faces[file.stem] = set(font.getBestCmap())
    every = set.intersection(*(have for name, have in faces.items() if name.startswith("text-")))
    lines: list[list[int]] = []
    for code in sorted(every | faces["symbols-400"]):
        if lines and lines[-1][1] == code - 1:
            lines[-1][1] = code
        else:
            lines.append([code, code])
    return "".join(f"{first:04X}-{last:04X}\n" for first, last in lines)


def _all(packages: Path) -> Iterator[tuple[str, TTFont]]:
    every = LETTERS + SIGNS + MARKS
    for name, weight, italic, file in SOURCE:
        font = _cut(_find(packages, file), every)
        yield name, _named(font, TEXT, weight, italic)
    for name, weight, italic, face in ATKINSON:
        parts = [
            _cut(_find(packages, f"atkinson-hyperlegible-next-{part}-{face}.woff"), every)
            for part in ("latin", "latin-ext")
        ]
        yield name, _named(_merged(parts), LEGIBLE, weight, italic)
    signs = _cut(_find(packages, "noto-sans-symbols-2-symbols-400-normal.woff"), MARKS)
    have = set(signs.getBestCmap())
    # With spaces of its own, so that one between two signs stays in their font.
    rest = [one for one in (0x20, 0xA0, *_codes(SIGNS + MARKS)) if one not in have]
    mathematics = _cut(_find(packages, "noto-sans-math-latin-400-normal.woff"), (), rest)
    yield "symbols-400.ttf", _named(_merged([signs, mathematics]), SYMBOLS, 400, False)


def _find(packages: Path, name: str) -> Path:
    found = sorted(packages.rglob(name))
    if not found:
        raise SystemExit(f"{name} is not in {packages}: unpack the packages named above into it")
    return found[0]


def _codes(ranges: Iterable[tuple[int, int]]) -> list[int]:
    return [one for first, last in ranges for one in range(first, last + 1)]


def _cut(file: Path, ranges: Iterable[tuple[int, int]], more: Iterable[int] = ()) -> TTFont:
    """The font with these characters only, without hints and without small capitals and the like."""
    font = TTFont(file, recalcTimestamp=False)
    font.flavor = None
    options = Options(
        hinting=False,
        layout_features=FEATURES,
        name_IDs=["*"],
        notdef_outline=True,
        glyph_names=False,
        recalc_timestamp=False,
        drop_tables=["DSIG", "STAT", "meta", "MATH", "gasp", "vhea", "vmtx"],
    )
    cutter = Subsetter(options)
    cutter.populate(unicodes=[*_codes(ranges), *more])
    cutter.subset(font)
    return font


def _merged(fonts: list[TTFont]) -> TTFont:
    """One font out of several that share no character but the space."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, font in enumerate(fonts):
            files.append(str(Path(folder) / f"{number}.ttf"))
            font.save(files[-1])
        merged = Merger().merge(files)
    merged.recalcTimestamp = False
    for date in ("created", "modified"):
        setattr(merged["head"], date, getattr(fonts[0]["head"], date))
    return merged


def _named(font: TTFont, family: str, weight: int, italic: bool) -> TTFont:
    """The font under our name; its copyright, maker and licence stay in it."""
    style = WEIGHTS[weight] if weight != 400 or not italic else ""
    style = f"{style} Italic".strip() if italic else style
    names = font["name"]
    version = names.getDebugName(5) or ""
    for number in (1, 2, 3, 4, 6, 7, 16, 17, 21, 22, 25):
        names.removeNames(nameID=number)
    four = style in ("Regular", "Italic", "Bold", "Bold Italic")
    values = {
        1: family if four else f"{family} {style}",
        2: style if four else "Regular",
        3: f"{family} {style}; {version}",
        4: f"{family} {style}",
        6: f"{family} {style}".replace(" ", ""),
        16: family,
        17: style,
    }
    if not names.getDebugName(13):  # stripped on its way into the package
        values |= {13: LICENCE, 14: "https://openfontlicense.org"}
    for number, value in values.items():
        names.setName(value, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    return font


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
