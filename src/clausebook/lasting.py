"""What was made of texts lately, kept from one build to the next.

Most of what the words of a library come to is the same in the next build, and a program that starts
makes it all again for the first school. A `Lasting` memory is written to the cache by whoever made
much that is new, and read where a whole site is to be made. Its keys say everything that its values
are made from: what another text, another program or another Python made is never found.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from clausebook.cache import Cache
from clausebook.recent import Key, Made, Recent

NAME = "lasting"
# So few new things, or a quarter as many as are kept already, are sooner made again than written.
FEW = 250


class Lasting(Recent[Key, Made]):
    """As any other, of keys and values that can be pickled; `name` tells it from all others."""

    __slots__ = ("known",)

    def __init__(self, name: str, size: int | None = None, each: int = 1) -> None:
        super().__init__(size, each)
        if name in _every:
            raise ValueError(f"two memories are called {name}")
        _every[name] = self
        # How many things a later build would find.
        self.known = 0

    @property
    def new(self) -> int:
        """How many of the things it holds a later build would not find."""
        return len(self._before.keys() | self._now.keys()) - self.known

    def held(self) -> dict[Key, Made]:
        """What it holds: all that was of use, and of the rest at most as much, the latest."""
        rest = [key for key in self._before if key not in self._now]
        latest = rest[max(0, len(rest) - len(self._now)) :]
        # The others are new to nobody: they go here too.
        self._before = {key: self._before[key] for key in latest}
        kept = {**self._before, **self._now}
        self.known = len(kept)
        return kept

    def recall(self, kept: dict[Key, Made]) -> None:
        """Hold again what was held, until enough has come that was not."""
        self._before = {**kept, **self._before}
        self.known = len(kept)


_every: dict[str, Lasting[Any, Any]] = {}
# The folder whose values are held here already.
_recalled: list[Path] = []


def recall(cache: Cache) -> None:
    """Hold what an earlier build kept, if that was not done in this process."""
    if cache.folder in _recalled:
        return
    _recalled[:] = [cache.folder]
    kept = cache.get(NAME, sys.version) or {}
    for name, memory in _every.items():
        memory.recall(kept.get(name, {}))


def keep(cache: Cache) -> None:
    """Keep what is held for later builds, if much of it is new to those that were recalled."""
    if cache.folder not in _recalled:
        return
    known = sum(memory.known for memory in _every.values())
    if sum(memory.new for memory in _every.values()) > max(FEW, known // 4):
        cache.put(NAME, sys.version, {name: memory.held() for name, memory in _every.items()})
