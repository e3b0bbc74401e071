"""What no text may hold is told from all that is seen."""

from __future__ import annotations

import sys

from clausebook.spelling import FORBIDDEN, is_forbidden


def test_every_character_is_told_as_the_list_has_it() -> None:
    for char in map(chr, range(sys.maxunicode + 1)):
        assert is_forbidden(char) == bool(FORBIDDEN.match(char)), hex(ord(char))


def test_it_is_found_on_any_line() -> None:
    assert is_forbidden("a\nb\u202ec\n")
    assert not is_forbidden("a\n\tb\u00ad\u00a0\nc\n")
