"""Clause wording: Markdown with named values, read with Jinja's own grammar, in a small safe part.

`template.read_wording` checks a text and says which names it uses. `Wording.run` follows its conditions
for given values and yields, in order, spans of the source and names to insert. Nothing here prints
a value: pieces say *what* goes where, so every run of output keeps its one origin.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from clausebook.later import by_parts
from clausebook.once import once
from clausebook.problem import Place
from clausebook.typed import dataclass

if TYPE_CHECKING:
    from clausebook.conditions import Tree

NAMESPACES = (
    "answer",
    "clause",
    "document",
    "group",
    "law",
    "org",
    "platform",
    "policy",
    "review",
    "role",
    "term",
)
FORMATTERS = ("start", "many", "possessive", "any", "all", "bullets", "contacts", "words")
ALONE = ("bullets", "contacts")
MAX_LENGTH = 20_000
MAX_TAG = 200
MAX_NESTED = 10

_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)


class Choosing(Protocol):
    """What conditions may ask of a value: whether it is said, and which ids it holds."""

    @property
    def ids(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int: ...


class Values(Protocol):
    """Finds the value of a name."""

    def get(self, name: str) -> Choosing | None: ...


@by_parts
class Span(NamedTuple):
    """A span of the source text, verbatim."""

    start: int
    end: int


@by_parts
class Insert(NamedTuple):
    """A value to insert: its name, the formatters to apply, and which of several items."""

    name: str
    formatters: tuple[str, ...] = ()
    item: int | None = None


Piece = Span | Insert


@by_parts
class Running(NamedTuple):
    """What a text comes to for given values: its pieces, and what its conditions looked at."""

    pieces: tuple[Piece, ...]
    held: frozenset[str] = frozenset()
    looked_at: frozenset[str] = frozenset()
    printed: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Wording:
    """A checked text and the names it uses."""

    source: str
    at: Place
    indent: int = 0
    names: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    plurals: tuple[str, ...] = ()
    # Names that print more than words: who holds a role, and how to reach them.
    contacts: tuple[str, ...] = ()
    # What it comes to, when it has no conditions: the same for all values.
    fixed: Running | None = None
    # How it goes on, when it has.
    tree: Tree = ()

    def place(self, offset: int) -> Place:
        """Where a character of the text stands in its file."""
        lines = self.source.count("\n", 0, offset)
        column = offset - self.source.rfind("\n", 0, offset)
        file, line, first = self.at
        return Place(file, line + lines, column + (self.indent if lines else first - 1))

    def find(self, text: str) -> Place:
        """Where a name stands between braces, or else in the prose; or where the text begins."""
        for braces in _BRACES.finditer(self.source):
            if text in braces[0]:
                return self.place(braces.start() + braces[0].index(text))
        return self.place(max(self.source.find(text), 0))

    @once
    def links(self) -> frozenset[str]:
        """The names that stand for other clauses and policies."""
        return frozenset(name for name in self.names if name.startswith(("clause.", "policy.")))

    @once
    def varying(self) -> tuple[str, ...]:
        """The names that do not stand for the same in every organisation."""
        same = ("law.", "platform.")
        return tuple(n for n in self.names if n != "modal" and not n.startswith(same))

    @once
    def asked(self) -> frozenset[str]:
        """The names whose values conditions tell apart by their ids, and loops by their number."""
        return frozenset(name.partition("=")[0] for name in self.tested)

    @once
    def prose(self) -> str:
        """The text with what stands between braces blanked out, every character in its place."""
        if "{" not in self.source:
            return self.source
        return _BRACES.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), self.source)

    @property
    def conditional(self) -> bool:
        return self.fixed is None
