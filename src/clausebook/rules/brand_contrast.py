"""A colour is too light to be read with white.

White words stand on an organisation's colour, and its links have that colour on white pages. Both
need a contrast of 4.5 to 1 (WCAG 2.2, AA), or readers with poor sight, or in bright light, cannot
read them. The problem offers the nearest colour that passes: the same hue, a little darker.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from clausebook.colour import ENOUGH, WHITE, contrast, nearest_passing
from clausebook.model import Library, Organisation
from clausebook.problem import Place, Problem


def problem(at: Place, colour: str) -> Problem:
    # Rounded down: 4.499 must not be called 4.5.
    has = math.floor(contrast(colour, WHITE) * 100) / 100
    return Problem(
        rule="brand-contrast",
        at=at,
        what=f"white words on the colour {colour} have a contrast of {has} to 1",
        why=f"below {ENOUGH} to 1, many people cannot read headings and links in this colour",
        fix=f'use "{nearest_passing(colour)}", the nearest that passes, or another darker colour',
    )


def check_organisation(organisation: Organisation, library: Library) -> Iterator[Problem]:
    brand = organisation.brand
    if brand and brand.colour and contrast(brand.colour, WHITE) < ENOUGH:
        yield problem(brand.places["colour"], brand.colour)
