"""A seed text goes in; the same choices come out on every platform, Python version and hash seed.

Only `Random.random` is used: Python promises its sequence, but not that of `choice` or `shuffle`.
"""

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Dice:
    """A source of choices that its seed text alone decides."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.below(last + 1)
            result[last], result[other] = result[other], result[last]
        return result


class Deck(Generic[Item]):
    """Deals every item once before any item comes again, and never one item twice running."""

    def __init__(self, items: Sequence[Item], dice: Dice) -> None:
        self._items = items
        self._dice = dice
        self._left: list[Item] = []
        self._last: Item | None = None

    def deal(self) -> Item:
        if not self._left:
            self._left = self._dice.shuffled(self._items)
            if self._left[-1] == self._last:
                self._left.reverse()
        self._last = self._left.pop()
        return self._last
