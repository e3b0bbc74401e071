"""Texts with blanks where values stand: what is made of the words around them is made once.

In: a resolved text. Out: what a converter makes of its Markdown, to the byte. Schools print the same
words with other values, so a converter reads the words with blanks in them, and the values are put
into what it made. Wherever that could make a difference, the whole text is converted as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from clausebook.lasting import Lasting
from clausebook.model import Run, RunKind, Text
from clausebook.once import aside, once
from clausebook.recent import Recent

# A blank is a letter that no handbook writes (of the Yi), because values too begin and end with
# letters: Markdown looks at what stands beside an asterisk. It takes two bytes, as a curly quotation
# mark does: with one that takes more, the whole text would.
_FIRST = 0xA000
_MOST = 900
_LETTERS = "\ua000-\ua383"
_BLANK = re.compile(f"([{_LETTERS}])")
_IN_TAG = re.compile(f"<[^>{_LETTERS}]*[{_LETTERS}][^>]*>")
# Where what a value says could matter to Markdown: in code, tags and escapes, and where tabs are
# counted out; after what begins an entity or ends the name of a link; and before a full stop where
# digits make a list. Each begins with what is found soonest.
_STRICT = re.compile("[`<\\\\\x00-\x09\x0b-\x1f\x7f]")
_AFTER = re.compile(f"(?:&[#\\w]*|\\])[{_LETTERS}]")
_LISTED = re.compile(f"\n[\\W\\d_]*[{_LETTERS}][\\d{_LETTERS}]*[.)]")
_BESIDE = re.compile("[*_#]")
# Of asterisks, or low lines, some single and some double, Python-Markdown makes what depends on how
# long the words between them are.
_MARKS = re.compile(r"\*+|_+")


class Variant:
    """The words of a text around its values; `made` is what was made of them and nothing else.

    What is there by a name is kept for later builds.
    """

    __slots__ = ("beside", "blanked", "blanks", "depends", "made")

    def __init__(self, blanked: str) -> None:
        self.blanked = blanked
        self.blanks = len(_BLANK.findall(blanked))
        # Where no value stands, there is none that could matter.
        self.depends = self.blanks > 0 and _depends(blanked)
        self.beside = self.blanks > 0 and _BESIDE.search(blanked) is not None
        self.made: dict[object, Any] = {}

    def __reduce__(self) -> tuple[Callable[..., Variant], tuple[object, ...]]:
        named = {name: made for name, made in self.made.items() if isinstance(name, str)}
        return _variant, (self.blanked, self.blanks, self.depends, self.beside, named)


def _variant(*facts: Any) -> Variant:
    """One that was kept."""
    made = Variant.__new__(Variant)
    made.blanked, made.blanks, made.depends, made.beside, made.made = facts
    return made


def _depends(blanked: str) -> bool:
    """Whether what a value says could matter to how the words around it are read."""
    return (
        "![" in blanked
        or _STRICT.search(blanked) is not None
        or _LISTED.search(f"\n{blanked}") is not None
        or (("&" in blanked or "]" in blanked) and _AFTER.search(blanked) is not None)
        or (("**" in blanked or "__" in blanked) and _mixed(blanked))
    )


def _mixed(blanked: str) -> bool:
    """Whether there are such of more than one length, or longer ones."""
    marks = set(_MARKS.findall(blanked))
    return any(len(mark) > 2 or mark[0] in marks for mark in marks if len(mark) > 1)


class Filled:
    """What a text says, by the names it says it of: one object for texts that are alike in all of
    this, so that it stands for them wherever something made of them is kept.

    `named` are names, each with what is printed for it; `made` is what is made of the text.
    """

    __slots__ = ("__dict__", "_runs", "cites", "made", "slots", "values", "variant")

    def __init__(self, text: Text, variant: Variant, values: tuple[str, ...]) -> None:
        self._runs, self.cites, self.slots = text.runs, text.cites, text.slots
        self.values, self.variant = values, variant
        self.made: dict[object, Any] = {}

    def says(self, runs: tuple[Run, ...]) -> bool:
        """Whether some runs, of which there are as many, say the same of the same names."""
        for own, run in zip(self._runs, runs, strict=True):
            if own is not run and (
                own.text != run.text or own.slot != run.slot or own.kind is not run.kind
            ):
                return False
        return True

    @once
    def markdown(self) -> str:
        return Text(self._runs).markdown

    @once
    def answers(self) -> tuple[str, ...]:
        """The names it has from answers."""
        return tuple([slot for slot in self.slots if slot.startswith("answer.")])

    @once
    def named(self) -> tuple[tuple[str, str], ...]:
        return tuple([(run.slot, run.text) for run in self._runs if run.slot])

    @once
    def reliable(self) -> bool:
        """Whether its values can be put where the blanks are."""
        variant, values = self.variant, self.values
        # As many blanks as values: no text writes a blank of its own.
        if not len(values) == variant.blanks <= _MOST:
            return False
        if not values:
            return True
        if variant.depends or not all(map(_plain, values)):
            return False
        return not variant.beside or all(map(_wordlike, values))


_variants: Lasting[str, Variant] = Lasting("variants")
_texts: Recent[tuple[object, ...], Filled] = Recent()


@aside
def filled(text: Text) -> Filled:
    """A text by what it says."""
    first = text.alike
    if first is not text:
        return filled(first)
    # A text's own key stands for most of what it says, and `says` looks at the rest.
    key = (text.key, len(text.runs), text.slots, text.cites, text.covers)
    found = _texts.get(key)
    if found is None or not found.says(text.runs):
        blanked, values = blanks(text.runs)
        variant = _variants.get(blanked) or _variants.put(blanked, Variant(blanked))
        found = _texts.put(key, Filled(text, variant, tuple(values)))
    return found


_names: set[str] = set()


def only_name(name: str) -> str:
    """A name for what is made of words and kept for later builds: nothing else may go by it."""
    if name in _names:
        raise ValueError(f"two converters are called {name}")
    _names.add(name)
    return name


class Blanks:
    """A converter of Markdown that takes texts.

    `put` is what the converter makes of a value by itself. With a `name`, by which no other converter
    goes, what it makes of words is kept for later builds.
    """

    __slots__ = ("_convert", "_put", "name")

    def __init__(
        self, convert: Callable[[str], str], put: Callable[[str], str], name: str = ""
    ) -> None:
        self._convert, self._put = convert, put
        self.name: object = only_name(name) if name else self

    def __call__(self, text: Text) -> str:
        return self.of(filled(text))

    def of(self, text: Filled) -> str:
        """What is made of a text."""
        parts = self.around(text)
        if not parts:
            return self.whole(text)
        out = [""] * (2 * len(parts) - 1)
        out[::2] = parts
        out[1::2] = map(self._put, text.values)
        return "".join(out)

    def whole(self, text: Filled) -> str:
        """The same, of a text as it is."""
        return self._convert(text.markdown)

    def around(self, text: Filled) -> tuple[str, ...]:
        """What is made of the words around each value; nothing where that cannot be relied on."""
        if not text.reliable:
            return ()
        variant = text.variant
        return self.cut(variant)

    def cut(self, variant: Variant) -> tuple[str, ...]:
        """The same, of the words that stand around any values."""
        parts: tuple[str, ...] | None = variant.made.get(self.name)
        if parts is None:
            parts = variant.made[self.name] = self._cut(variant)
        return parts

    def _cut(self, variant: Variant) -> tuple[str, ...]:
        """What stands between the blanks; nothing where values could change more than themselves."""
        if not variant.blanks:
            return (self._convert(variant.blanked),)
        wanted = _BLANK.findall(variant.blanked)
        if wanted != [chr(_FIRST + place) for place in range(len(wanted))]:
            return ()
        made = self._convert(variant.blanked)
        parts = _BLANK.split(made)
        if parts[1::2] != wanted or "<code" in made or _IN_TAG.search(made):
            return ()
        return tuple(parts[::2])


class Further(Blanks):
    """What becomes of a conversion when something is done to each of its characters by itself."""

    __slots__ = ("_each", "_first")

    def __init__(self, first: Blanks, each: Callable[[str], str], name: str = "") -> None:
        self._first, self._each = first, each
        put = lru_cache(maxsize=10_000)(lambda value: each(first._put(value)))
        super().__init__(lambda markdown: each(first._convert(markdown)), put, name)

    def _cut(self, variant: Variant) -> tuple[str, ...]:
        return tuple(map(self._each, self._first.cut(variant)))


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


@lru_cache(maxsize=10_000)
def _plain(value: str) -> bool:
    """Whether a value is on one line, and begins and ends with something that is seen."""
    return value.isprintable() and value.strip() == value != ""


def _wordlike(value: str) -> bool:
    return value[0].isalnum() and value[-1].isalnum()
