"""What the fonts that come with this can print, as the check knows it."""

from __future__ import annotations

import pytest

from clausebook.printable import unprintable


@pytest.mark.parametrize(
    "text", ["Ŵyn ŷ £5 ½ – ‘quoted’ “words” … €", "✓ ✗ → ≥ ☐", "two\nlines\u00ad"]
)
def test_what_british_policies_use_can_be_printed(text: str) -> None:
    assert not unprintable().search(text)


@pytest.mark.parametrize("text", ["Well done 😀", "学校", "مدرسة"])
def test_what_no_font_has_is_found(text: str) -> None:
    assert unprintable().search(text)
