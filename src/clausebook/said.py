"""The words that stand in texts, for rules that look for what hardly ever does.

In: texts. Out: their words in small letters. A rule first looks whether a word of its own is among
them, because its pattern takes many times as long to pass over a text.
"""

from __future__ import annotations

from collections.abc import Iterable

# The letters that patterns take for plain ones where small and capital letters are the same.
_LIKE_PLAIN = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")
_APART = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


def small(text: str) -> str:
    """A text in small letters, in which whatever patterns take for a plain letter is one."""
    # Hardly any text has one: to find that out takes a hundredth of the time.
    has_any = not text.isascii() and any(letter in text for letter in map(chr, _LIKE_PLAIN))
    return (text.translate(_LIKE_PLAIN) if has_any else text).lower()


def said(texts: Iterable[str]) -> frozenset[str]:
    """The runs of plain letters and digits, as everything else parts words; and the empty word."""
    text = small("\n".join(texts))
    if not text.isascii():
        text = text.encode("ascii", "replace").decode("ascii")
    return frozenset(("", *text.translate(_APART).split()))


def telling(phrase: str) -> str:
    """The word of a phrase that fewest texts hold: what does not say it does not say the phrase.

    The phrase must stand in texts as words of their own, not within others.
    """
    return max(said([phrase]), key=lambda word: (word.isdigit(), len(word), word))
