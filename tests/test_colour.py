"""Colours: contrast as WCAG measures it, and the nearest colour that has enough of it."""

from __future__ import annotations

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausebook.colour import DARK, ENOUGH, WHITE, contrast, nearest_passing, on_dark

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
# How far rounding to whole channels may turn a hue, as a part of the circle.
TURN = 0.02


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#1a4f8b", "#ffffff", 8.28),
    ],
)
def test_contrast_is_that_of_published_examples(a: str, b: str, expected: float) -> None:
    assert contrast(a, b) == pytest.approx(expected, abs=0.01)
    assert contrast(b, a) == contrast(a, b)


@given(COLOURS)
def test_the_offered_colour_passes_and_one_that_passes_is_left_alone(colour: str) -> None:
    offered = nearest_passing(colour, WHITE, ENOUGH)
    assert contrast(offered, WHITE) >= ENOUGH
    assert (offered == colour) == (contrast(colour, WHITE) >= ENOUGH)
    assert nearest_passing(offered) == offered


@given(COLOURS)
def test_the_relative_for_dark_pages_passes_there(colour: str) -> None:
    lighter = on_dark(colour)
    assert contrast(lighter, DARK) >= ENOUGH
    assert (lighter == colour) == (contrast(colour, DARK) >= ENOUGH)
    assert contrast(lighter, "#000000") >= contrast(colour, "#000000")


@given(COLOURS, COLOURS, st.floats(1, 4.5))
def test_a_passing_colour_is_found_against_any_background(
    colour: str, against: str, ratio: float
) -> None:
    # Against every colour, black or white has at least 4.58 to 1.
    assert contrast(nearest_passing(colour, against, ratio), against) >= ratio


@given(COLOURS)
def test_the_offered_colour_is_no_darker_than_it_must_be(colour: str) -> None:
    offered = nearest_passing(colour)
    if offered != colour:
        assert contrast(offered, WHITE) < ENOUGH + 0.15


@given(st.integers(0, 359), st.integers(50, 100))
def test_the_offered_colour_keeps_its_hue(degrees: int, saturation: int) -> None:
    parts = colorsys.hsv_to_rgb(degrees / 360, saturation / 100, 1.0)
    colour = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
    offered = nearest_passing(colour)
    found = colorsys.rgb_to_hsv(*(int(offered[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]
    turn = abs(found - degrees / 360)
    assert min(turn, 1 - turn) <= TURN
