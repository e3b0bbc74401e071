"""Which characters the fonts that come with this can print: a list made from them, read once."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

CHARACTERS = Path(__file__).parent / "pdf" / "fonts" / "characters.txt"
# What prints nothing by itself (joiners, marks of direction, the soft hyphen), and the hyphen that
# does not break, which is drawn as one that does.
SILENT = "\\s\u00ad\u034f\u061c\u200b-\u200f\u2011\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"


@lru_cache(maxsize=1)
def characters() -> tuple[tuple[int, int], ...]:
    """First and last of each run of characters that a font has."""
    lines = CHARACTERS.read_text(encoding="utf-8").split()
    return tuple((int(line.split("-")[0], 16), int(line.split("-")[1], 16)) for line in lines)


@lru_cache(maxsize=1)
def unprintable() -> re.Pattern[str]:
    """Finds a character that would come out as an empty box."""
    inside = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in characters())
    return re.compile(f"[^{SILENT}{inside}]")
