"""Colours as #rrggbb in; how well two can be told apart, and the nearest that can, out.

Contrast is that of WCAG 2: 1 for the same colour twice, 21 for black on white.
"""

from __future__ import annotations

WHITE = "#ffffff"
BLACK = "#000000"
# What pages in the dark stand on: Material's "slate" scheme.
DARK = "#1e2129"
# WCAG 2.2 AA, for words of an ordinary size.
ENOUGH = 4.5
STEPS = 1000


def contrast(a: str, b: str) -> float:
    """How well two colours can be told apart, from 1 to 21."""
    lighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def nearest_passing(colour: str, against: str = WHITE, ratio: float = ENOUGH) -> str:
    """The colour itself when it passes; else the first that does on its way to black or white.

    Mixing with black or white keeps the hue. The way is the one that can lead far enough.
    """
    if contrast(colour, against) >= ratio:
        return colour
    end = max(BLACK, WHITE, key=lambda one: contrast(one, against))
    low, high = 0, STEPS  # `high` always passes, if anything does
    while high - low > 1:
        middle = (low + high) // 2
        if contrast(_mixed(colour, end, middle), against) >= ratio:
            high = middle
        else:
            low = middle
    return _mixed(colour, end, high)


def on_dark(colour: str) -> str:
    """A relative of a colour that can be read on a dark page: lighter, as far as it has to be."""
    return nearest_passing(colour, DARK)


def _mixed(colour: str, end: str, step: int) -> str:
    """A colour some steps of the way to another."""
    parts = zip(_channels(colour), _channels(end), strict=True)
    return "#" + "".join(f"{here + (there - here) * step // STEPS:02x}" for here, there in parts)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
