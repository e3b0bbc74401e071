"""A text with conditions and loops, as a tree; and what of it prints for given values.

In: the tree that `template.read_wording` made, and values. Out: the pieces that print, and what the
conditions looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from clausebook.wording import Choosing, Insert, Running, Span, Values


class Asked(NamedTuple):
    """Whether a value says anything, or with an id whether it is ("==", "!=") or holds ("in") that."""

    name: str
    each: bool
    how: str = ""
    id: str = ""


class Not(NamedTuple):
    test: Test


class Both(NamedTuple):
    left: Test
    right: Test


class Either(NamedTuple):
    left: Test
    right: Test


Test = Asked | Not | Both | Either


class When(NamedTuple):
    """What prints for the first test that holds, and what prints if none does."""

    cases: tuple[tuple[Test, Tree], ...]
    otherwise: Tree


class Each(NamedTuple):
    """What prints again for each item of a value."""

    name: str
    body: Tree


class Item(NamedTuple):
    """The item that a loop has come to, to insert."""

    name: str
    formatters: tuple[str, ...]


Tree = tuple[Span | Insert | Item | When | Each, ...]


def run(tree: Tree, values: Values) -> Running:
    """The pieces that print for these values."""
    return _Run(values).all(tree)


def printed(pieces: Iterable[Span | Insert]) -> tuple[str, ...]:
    """The names that pieces print, each once."""
    return tuple(dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Insert)))


class _Run:
    def __init__(self, values: Values) -> None:
        self.values = values
        self.pieces: list[Span | Insert] = []
        self.held: set[str] = set()
        self.looked: set[str] = set()

    def all(self, tree: Tree) -> Running:
        self._print(tree, None)
        pieces, names = tuple(self.pieces), printed(self.pieces)
        return Running(pieces, frozenset(self.held), frozenset(self.looked.union(names)), names)

    def _print(self, tree: Tree, item: int | None) -> None:
        for node in tree:
            if isinstance(node, When):
                cases = (then for test, then in node.cases if self._holds(test, item))
                self._print(next(cases, node.otherwise), item)
            elif isinstance(node, Each):
                value = self._value(node.name)
                for index in range(value.size if value is not None else 0):
                    self._print(node.body, index)
            elif isinstance(node, Item):
                self.pieces.append(Insert(node.name, node.formatters, item))
            else:
                self.pieces.append(node)

    def _value(self, name: str) -> Choosing | None:
        if name != "modal":  # every clause with a strength has that
            self.looked.add(name)
        return self.values.get(name)

    def _holds(self, test: Test, item: int | None) -> bool:
        if isinstance(test, Both):
            return self._holds(test.left, item) and self._holds(test.right, item)
        if isinstance(test, Either):
            return self._holds(test.left, item) or self._holds(test.right, item)
        if isinstance(test, Not):
            return not self._holds(test.test, item)
        return self._told(test, item if test.each else None)

    def _told(self, asked: Asked, item: int | None) -> bool:
        value = self.values.get(asked.name) if asked.each else self._value(asked.name)
        if not asked.how:
            return value is not None and value.size > 0
        ids = value.ids if value is not None else ()
        if item is not None:
            ids = ids[item : item + 1]
        if asked.how == "!=":
            return ids != (asked.id,)
        holds = asked.id in ids if asked.how == "in" else ids == (asked.id,)
        if holds:
            self.held.add(f"{asked.name}={asked.id}")
        return holds
