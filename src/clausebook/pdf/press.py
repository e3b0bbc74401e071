"""Manuscripts in, their PDFs out: from memory where nothing they are made of has changed, or made anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clausebook.cache import Cache, digest
from clausebook.model import Run, RunKind, Text
from clausebook.pdf import children, versions
from clausebook.pdf.manuscript import Manuscript, Rule, Section
from clausebook.render.control import Row
from clausebook.shipped import shipped
from clausebook.typed import dataclass

if TYPE_CHECKING:
    from clausebook.pdf.engine import Made

PREFIX = "pdf-"
_SEEN = f"{PREFIX}seen-"
# What a folder of a hundred schools needs. A build asks for nothing of a school that did not change,
# so only what nobody asked for in a year is sure to be of no more use.
LIMIT = 2 << 30
UNUSED = timedelta(days=365)
# Eighteen points, and every other size with it: words flow anew rather than being magnified.
LARGE_PRINT = """
html { font-size: 18pt; line-height: 1.5 }
@page { margin: 20mm 18mm; @top-left { font-size: 13pt } @top-right { font-size: 13pt }
        @bottom-left { font-size: 13pt } @bottom-right { font-size: 13pt } }
"""


@dataclass(frozen=True)
class Wish:
    """A document that is asked for, and how it is to look."""

    manuscript: Manuscript
    look: str = ""

    @cached_property
    def key(self) -> str:
        return digest([self.manuscript.key(), self.look, recipe()])


@dataclass(frozen=True, slots=True)
class Printed:
    """What came of a wish: its bytes, or the reason that there are none."""

    wish: Wish
    data: bytes | None
    reason: str = ""


class Seen(NamedTuple):
    """What a document was: its key, how many pages it has, and on which (from 0) each place is."""

    key: str
    pages: int
    places: Mapping[str, int]


@lru_cache(maxsize=1)
def recipe() -> str:
    """What every document is made with, as one digest."""
    folder = shipped("overrides") / "pdf"
    files = ("policy.css", "policy.html", "handbook.css", "handbook.html", "draft.svg")
    return digest(
        [
            *((folder / name).read_text(encoding="utf-8") for name in files),
            *(f"{name} {which}" for name, which in sorted(versions().items())),
        ]
    )


def bound(root: Path, limit: int = LIMIT, unused: timedelta = UNUSED) -> None:
    """Forget documents that nobody has asked for in a while: for the end of a build."""
    Cache(root).bound(PREFIX, limit, unused)


class Documents(Cache):
    """PDFs, kept by what makes them alone: an edit of any other part of the program loses none."""

    def full(self, key: str) -> str:
        return f"document {key}"


class Press:
    """Makes each document once, whoever asks for it."""

    def __init__(self, root: Path, jobs: int | None = None, cache: Cache | None = None) -> None:
        self.root, self.cache = root, cache or Documents(root)
        self.jobs = jobs

    def kept(self, key: str) -> bytes | None:
        """What was made with a key before, whole and unaltered; it counts as used today."""
        kept = self.cache.get(PREFIX + key[:32], key)
        if not isinstance(kept, bytes):
            return None
        self.cache.touch(PREFIX + key[:32])
        return kept

    def keep(self, key: str, data: bytes) -> None:
        self.cache.put(PREFIX + key[:32], key, data)

    def seen(self, whose: str) -> Mapping[str, Seen]:
        """What somebody's documents were when that was noted last, by what they are called."""
        found = Cache(self.root).get(_SEEN + whose, "")
        return found if isinstance(found, dict) else {}

    def note(self, whose: str, seen: Mapping[str, Seen]) -> None:
        Cache(self.root).put(_SEEN + whose, "", dict(seen))


@lru_cache(maxsize=1)
def engine() -> object:
    from clausebook.pdf.engine import Engine

    return Engine(shipped("overrides") / "pdf" / "policy.css")


def ready() -> None:
    """Warm what makes documents, before the first child: the engine, the template, what fills it."""
    _made(_LITTLE)


@lru_cache(maxsize=1)
def _made(little: Manuscript) -> None:
    from clausebook.pdf.document import document  # whoever only decides what to make needs none

    made = document(little)
    # Contents need nothing that the rest does not, and would take as long as all of it.
    _rendered(made.short, made.assets, "")


# What most policies have, so that no child has to begin it: lines that end where they are full, lists,
# links and a table.
_WORDS = f"""\
{"It is **A** and it is *B*. " * 5}

- It
- [It](https://assets.invalid/)

1. It

| A | B |
| --- | --- |
| It | It |
"""
_LITTLE = Manuscript(
    file="", policy="", title="A", version="", code="", organisation="", organisation_id="",
    groups=(), note="", draft=True, rows=(Row("A", ("1",)),), approved=(), history=("It",), signed=("It",),
    governors=False, changes=None, since="", terms=(), crest="", crest_bytes=b"", crest_text="", day="",
    page="https://assets.invalid/",
    sections=(Section("s", "1", "A", (Rule("r", "1.1", "A", Text((Run(RunKind.SOURCE, _WORDS),)), ()),)),),
)  # fmt: skip


def make(manuscript: Manuscript, look: str) -> bytes:
    """In a child: one document, with contents when it has the pages that call for them."""
    from clausebook.pdf.document import CONTENTS_FROM, document, long_enough

    made = document(manuscript)
    guess = long_enough(manuscript)
    data = _rendered(made.long if guess else made.short, made.assets, look)
    if guess != (data.pages >= CONTENTS_FROM):
        data = _rendered(made.short if guess else made.long, made.assets, look)
    return data


def make_alone(html: str, assets: dict[str, bytes], look: str) -> bytes:
    """In a child: one clause, to find out whether it can be made."""
    return _rendered(html, assets, look)


def _rendered(html: str, assets: dict[str, bytes], look: str) -> Made:
    from clausebook.pdf.engine import CannotRender, Engine

    press = engine()
    assert isinstance(press, Engine)
    try:
        return press.render(html, assets=assets, styles=[look] if look else [])
    except CannotRender as error:
        raise children.Refused(str(error)) from None
