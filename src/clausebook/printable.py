"""Which characters the fonts that come with this can print: read once from a list made from them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

COVERED = Path(__file__).parent / "pdf" / "fonts" / "covered.txt"


@lru_cache(maxsize=1)
def unprintable() -> re.Pattern[str]:
    """Finds a character that no font has, line ends aside."""
    lines = COVERED.read_text(encoding="ascii").split("\n")
    ranges = [line.split("-") for line in lines if line and not line.startswith("#")]
    inside = "".join(f"\\U{int(r[0], 16):08x}-\\U{int(r[-1], 16):08x}" for r in ranges)
    return re.compile(f"[^\n{inside}]")


def ranges(characters: set[int]) -> str:
    """Characters as lines of the list."""
    found: list[list[int]] = []
    for one in sorted(characters):
        if found and found[-1][1] == one - 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return "".join(f"{first:X}-{last:X}\n" for first, last in found)
