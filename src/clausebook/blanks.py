"""Texts with blanks where values stand: what is made of the words around them is made once.

In: a resolved text. Out: what a converter makes of its Markdown, to the byte. Schools print the same
words with other values, so a converter reads the words with blanks in them, and the values are put
into what it made. Wherever that could make a difference, the whole text is converted as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from clausebook.model import Run, RunKind, Text
from clausebook.recent import Recent

# A blank is a letter that no handbook writes (cuneiform), because values too begin and end with
# letters: Markdown looks at what stands beside an asterisk.
_FIRST = 0x12000
_MOST = 900
_BLANK = re.compile("[\U00012000-\U00012383]")
_TAG = re.compile(r"<[^>]*>")
# Where what a value says could matter to Markdown: in code, tags, pictures and escapes, after what
# begins an entity, where tabs are counted out, and before a full stop where digits make a list.
_DEPENDS = re.compile(
    "[`<\\\\\x00-\x09\x0b-\x1f\x7f]|!\\[|&[#\\w]*[\U00012000-\U00012383]"
    "|^[\\W\\d_]*[\U00012000-\U00012383][\\d\U00012000-\U00012383]*[.)]",
    re.M,
)
_BESIDE = re.compile("[*_#]")


class Blanks:
    """A converter of Markdown that takes texts.

    `put` is what the converter makes of a value by itself.
    """

    __slots__ = ("_convert", "_made", "_parts", "_put")

    def __init__(self, convert: Callable[[str], str], put: Callable[[str], str]) -> None:
        self._convert, self._put = convert, put
        self._made: Recent[str, str] = Recent()
        self._parts: Recent[str, tuple[str, ...]] = Recent()

    def __call__(self, text: Text) -> str:
        markdown = text.markdown
        found = self._made.get(markdown)
        if found is None:
            found = self._made.put(markdown, self._filled(text) or self._convert(markdown))
        return found

    def _filled(self, text: Text) -> str:
        """By its blanks; nothing where that cannot be relied on."""
        blanked, values = blanks(text.runs)
        parts = self._parts.made(blanked, self._cut) if values and len(values) <= _MOST else ()
        # As many blanks as values: no text writes a blank of its own.
        if len(parts) != len(values) + 1 or not all(map(_plain, values)):
            return ""
        if _BESIDE.search(blanked) and not all(map(_wordlike, values)):
            return ""
        out = [parts[0]]
        for value, after in zip(values, parts[1:], strict=True):
            out += (self._put(value), after)
        return "".join(out)

    def _cut(self, blanked: str) -> tuple[str, ...]:
        """What stands between the blanks; nothing where values could change more than themselves."""
        if _DEPENDS.search(blanked):
            return ()
        made = self._convert(blanked)
        wanted = _BLANK.findall(blanked)
        in_order = wanted == [chr(_FIRST + place) for place in range(len(wanted))]
        if not in_order or "<code" in made or _BLANK.findall(_TAG.sub("", made)) != wanted:
            return ()
        return tuple(_BLANK.split(made))


def blanks(runs: tuple[Run, ...]) -> tuple[str, list[str]]:
    """The Markdown of some runs with a blank for each value, and the values.

    What a link leads to is no blank: it makes the link.
    """
    parts: list[str] = []
    values: list[str] = []
    value = RunKind.VALUE
    for run in runs:
        if run.kind is not value:
            parts.append(run.text)
        elif run.slot == "link-target":
            parts.append(Text((run,)).markdown)
        else:
            parts.append(chr(_FIRST + len(values)))
            values.append(run.text)
    return "".join(parts), values


def _plain(value: str) -> bool:
    """Whether a value is on one line, and begins and ends with something that is seen."""
    return value.isprintable() and value.strip() == value != ""


def _wordlike(value: str) -> bool:
    return value[0].isalnum() and value[-1].isalnum()
