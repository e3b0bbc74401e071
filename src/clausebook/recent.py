"""What was made lately, found again by everything that it was made from.

In: a key and how to make what belongs to it. Out: that, made once for as long as it is asked for.
A provider has a thousand schools and more, so what is kept cannot grow with every one of them:
what repeats from school to school stays, and what is one school's own goes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")

# What one site never comes to: no site pushes out its own. Nobody said yet how large theirs are.
ENOUGH = 20_000
_enough = ENOUGH


def suit(clauses: int) -> None:
    """From now on keep what a few organisations with so many clauses come to."""
    global _enough
    _enough = min(ENOUGH, max(2_000, 3 * clauses)) if clauses else ENOUGH


def forget() -> None:
    """Make everything again: what it is made with, such as a template, may be another one now."""
    for one in list(_every):
        one.clear()


class Recent(Generic[Key, Made]):
    """At most twice `size` things: when `size` are new, all that nobody asked for meanwhile go.

    Without a size, as many as suit the library that is being published; with `each`, of things that
    stand for so many clauses.
    """

    __slots__ = ("__weakref__", "_before", "_each", "_now", "_size")

    def __init__(self, size: int | None = None, each: int = 1) -> None:
        self._size, self._each = size, each
        self._now: dict[Key, Made] = {}
        self._before: dict[Key, Made] = {}
        _every.add(self)

    def clear(self) -> None:
        self._now, self._before = {}, {}

    def get(self, key: Key) -> Made | None:
        found = self._now.get(key)
        if found is None:
            found = self._before.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Key, made: Made) -> Made:
        size = _enough // self._each if self._size is None else self._size
        if len(self._now) >= size:
            self._before, self._now = self._now, {}
        self._now[key] = made
        return made

    def made(self, key: Key, make: Callable[[Key], Made]) -> Made:
        found = self._now.get(key) or self.get(key)
        return self.put(key, make(key)) if found is None else found

    def __len__(self) -> int:
        return len(self._now) + len(self._before)


class OfObjects(Recent[tuple[object, ...], tuple[tuple[object, ...], Made]], Generic[Made]):
    """What was made of objects and of facts beside them, found again by these very objects.

    To know them by their numbers takes no look into them, and nothing else can come to have the
    number of one: it is kept with what was made.
    """

    __slots__ = ()

    def of(
        self, objects: tuple[object, ...], facts: tuple[object, ...], make: Callable[[], Made]
    ) -> Made:
        key = (len(objects), *map(id, objects), *facts)
        found = self.get(key)
        if found is None:
            found = self.put(key, (objects, make()))
        return found[1]


_every: WeakSet[Recent[Any, Any]] = WeakSet()
