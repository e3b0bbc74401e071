"""Texts with gaps where an organisation's own words go: made once, and filled for each.

In: what was made of texts that have a letter in each gap. Out: the same with words there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import AnyStr, Generic

from clausebook.model import escape

# Letters that no handbook writes (of the Yi), as those of `blanks` are, and none of those.
_FIRST, MOST = 0xA384, 265
_GAP = re.compile("[\ua384-\ua48c]")
_BESIDE_WORD = re.compile("[\ua384-\ua48c](?:(?=\\w)|(?<=\\w[\ua384-\ua48c]))")


def gap(place: int) -> str:
    """The letter that stands in one of the gaps."""
    assert place < MOST, "no section has more gaps"
    return chr(_FIRST + place)


def letters(count: int) -> list[str]:
    """The letters that stand in so many gaps."""
    return [gap(place) for place in range(count)]


def gaps_in(text: str) -> int:
    """How many gaps a text has."""
    return 0 if text.isascii() else len(_GAP.findall(text))


def within_words(text: str) -> bool:
    """Whether any gap is a part of a longer word."""
    return _BESIDE_WORD.search(text) is not None


@lru_cache(maxsize=5_000)
def fits(words: str) -> bool:
    """Whether some words can stand in a gap: they say the same wherever they stand, and do nothing to
    what is beside them."""
    return (
        words.isprintable()
        and words[:1].isalnum()
        and words[-1:].isalnum()
        and " ".join(words.split()) == words
        and escape(words) == words
        and encode_basestring(words) == f'"{words}"'
    )


def _all(letter: AnyStr, text: AnyStr) -> Iterator[int]:
    at = text.find(letter)
    while at >= 0:
        yield at
        at = text.find(letter, at + 1)


class Cut(Generic[AnyStr]):
    """A text, cut at its gaps, each of which is one of some letters."""

    __slots__ = ("_parts", "_places")

    def __init__(self, text: AnyStr, letters: Sequence[AnyStr]) -> None:
        # A letter is found much sooner than any of several.
        found: list[tuple[int, int]] = sorted(
            [(at, place) for place, letter in enumerate(letters) for at in _all(letter, text)]
        )
        self._places: list[int] = [place for _, place in found]
        ends: list[int] = [at for at, _ in found] + [len(text)]
        starts: list[int] = [0] + [at + len(letters[place]) for at, place in found]
        self._parts: list[AnyStr] = [text[:0]] * (2 * len(found) + 1)
        self._parts[::2] = [text[i:j] for i, j in zip(starts, ends, strict=True)]

    def filled(self, words: Sequence[AnyStr]) -> AnyStr:
        """The text with words in its gaps."""
        return self._parts[0][:0].join(self.parts(words))

    def parts(self, words: Sequence[AnyStr]) -> list[AnyStr]:
        """The same in parts, for who puts it into a longer text."""
        parts = self._parts.copy()
        parts[1::2] = [words[place] for place in self._places]
        return parts
