"""Who begins where, of processes that have the same to do and find what others have done.

In: how many things there are. Out: their places, in an order of one process's own.
"""

from __future__ import annotations

from typing import NamedTuple


class Turn(NamedTuple):
    """Which of so many processes that begin together this one is."""

    place: int
    of: int

    def own(self, count: int) -> range:
        """Its share of so many things: nobody else begins there."""
        return range(count * self.place // self.of, count * (self.place + 1) // self.of)

    def order(self, count: int) -> list[int]:
        """Its share first, and then all others, in the order in which they are begun elsewhere."""
        first = self.own(count).start
        return [*range(first, count), *range(first)]


ALONE = Turn(0, 1)
