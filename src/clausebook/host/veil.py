"""What a template is shown in place of one organisation's own facts, so that none of them can leak.

A shell is what the theme writes around a page, rendered once and used for many organisations. A
`Mark` stands in it for a text that is filled in later; a `Veil` shows only those parts of an object
that are the same wherever the shell is used. A template that looks at anything else, or asks what
a text says, ends in LookedAt: then nothing is shared.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

# Private-use characters, which no source file may hold: they cannot come from any text.
_START, _END = "\ue000", "\ue001"
_MARK = re.compile(f"{_START}([^{_END}]*){_END}")
# What a filter does to a text is done when the text is put in: the mark says so.
FILTER = "|"
ESCAPED = f"{FILTER}e"
# A mark that a filter has changed is no mark any more.
_SPOILT = re.compile(rf"[{_START}{_END}]|%EE%80%8|\\ue00[01]", re.IGNORECASE)


class LookedAt(Exception):
    """A template needs to know more than what shells have in common."""


class Mark(str):
    """Stands for a text that is not empty. It can be written, escaped or not, and nothing else."""

    __slots__ = ()

    def __new__(cls, name: str) -> Mark:
        return super().__new__(cls, mark(name))

    def __html__(self) -> str:
        return str(through(self, ESCAPED))

    def __bool__(self) -> bool:
        return True

    def __getattribute__(self, name: str) -> Any:
        if name in ("__class__", "__html__", "__str__"):
            return super().__getattribute__(name)
        raise LookedAt(f"{name} of a text")

    def _refuse(self, *args: object) -> NoReturn:
        raise LookedAt("what a text says")

    __contains__ = __len__ = __iter__ = __getitem__ = __hash__ = _refuse
    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __add__ = __mod__ = __mul__ = __format__ = _refuse


class Veil:
    """Shows of a real object what it is given, and says no to what else there is."""

    def __init__(self, real: object, **shown: object) -> None:
        self.__dict__ |= shown
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(self.__dict__["_real"], name):
            raise AttributeError(name)
        raise LookedAt(f"{name} of {type(self.__dict__['_real']).__name__}")

    def _refuse(self, *args: object) -> NoReturn:
        raise LookedAt(f"all of {type(self.__dict__['_real']).__name__}")

    __iter__ = __len__ = __contains__ = __str__ = _refuse

    def __getitem__(self, name: object) -> Any:
        """Jinja asks so for an attribute that is not there."""
        if hasattr(self.__dict__["_real"], "__getitem__"):
            self._refuse()
        raise KeyError(name)

    def __bool__(self) -> bool:
        return True


def mark(name: str) -> str:
    """A place in a rendered text."""
    return f"{_START}{name}{_END}"


def through(text: Mark, name: str) -> Mark:
    """A mark for what a filter makes of a text."""
    return Mark(_MARK.sub(r"\1", str(text)) + name)


def parted(text: str) -> list[str]:
    """A rendered text at its marks: text, name, text, …, text. LookedAt when one is spoilt."""
    parts = _MARK.split(text)
    if any(_SPOILT.search(part) for part in parts[::2]):
        raise LookedAt("a text, and changed it")
    return parts
