"""What was made of texts lately, kept from one build to the next, and from one process to another.

Most of what the words of a library come to is the same in the next build, and a program that starts
makes it all again for the first school. A `Lasting` memory is written to the cache by whoever made
much that is new, and read where a whole site is to be made. Its keys say everything that its values
are made from: what another text, another program or another Python made is never found.

Where nothing is kept yet, every process that builds would make all of it. They begin at different
places, and tell one another on the way.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from clausebook.cache import Cache
from clausebook.recent import Key, Made, Recent
from clausebook.turn import ALONE, Turn

NAME = "lasting"
# So few new things, or a quarter as many as are kept already, are sooner made again than written.
FEW = 250
# In so many parts processes do what all of them would do: most numbers of processes divide it.
PARTS = 12


class Lasting(Recent[Key, Made]):
    """As any other, of keys and values that can be pickled; `name` tells it from all others."""

    __slots__ = ("came", "known")

    def __init__(self, name: str, size: int | None = None, each: int = 1) -> None:
        super().__init__(size, each)
        if name in _every:
            raise ValueError(f"two memories are called {name}")
        _every[name] = self
        # What a later build would find.
        self.known: set[Key] = set()
        # How much came that it would not: what went and came again counts again.
        self.came = 0

    def clear(self) -> None:
        super().clear()
        self.came = 0

    def put(self, key: Key, made: Made) -> Made:
        self.came += not (key in self.known or key in self._now or key in self._before)
        return super().put(key, made)

    @property
    def new(self) -> set[Key]:
        """The keys of what it holds that a later build would not find."""
        return (self._before.keys() | self._now.keys()) - self.known

    def told(self) -> dict[Key, Made]:
        """What a later build would not find, and does from now on."""
        new = self.new
        every = {**self._before, **self._now}
        self.known |= new
        self.came = 0
        return {key: made for key, made in every.items() if key in new}

    def held(self) -> dict[Key, Made]:
        """What it holds: all that was of use, and of the rest at most as much, the latest."""
        rest = [key for key in self._before if key not in self._now]
        latest = rest[max(0, len(rest) - len(self._now)) :]
        # The others are new to nobody: they go here too.
        self._before = {key: self._before[key] for key in latest}
        kept = {**self._before, **self._now}
        self.known = set(kept)
        self.came = 0
        return kept

    def recall(self, kept: dict[Key, Made]) -> None:
        """Hold again what was held, until enough has come that was not."""
        self._before = {**kept, **self._before}
        self.known.update(kept)


_every: dict[str, Lasting[Any, Any]] = {}
# The folder whose values are held here already, and the parts of what is kept there.
_recalled: dict[Path, set[str]] = {}


def recall(cache: Cache) -> None:
    """Hold what an earlier build kept, if that was not done in this process."""
    if cache.folder in _recalled:
        return
    _recalled.clear()
    _recalled[cache.folder] = set()
    _hold(cache, NAME)
    _hear(cache)


def keep(cache: Cache) -> None:
    """Keep what is held for later builds, if much of it is new to those that were recalled."""
    if cache.folder not in _recalled:
        return
    known = sum(len(memory.known) for memory in _every.values())
    if sum(memory.came for memory in _every.values()) > max(FEW, known // 4):
        cache.put(NAME, sys.version, {name: memory.held() for name, memory in _every.items()})
        cache.prune(_PART, ())


def nothing() -> bool:
    """Whether nothing is held that an earlier build or another process kept."""
    return not any(memory.known for memory in _every.values())


def in_turns(cache: Cache, ids: Sequence[str], turn: Turn) -> Iterator[str]:
    """Names of what is to be made, in an order of this process's own where others are at the same;
    what came of some of it is told to them, and taken from them, whenever a part is done."""
    if turn == ALONE or not nothing():
        yield from ids
        return
    own, left = turn.own(PARTS), turn.order(PARTS)
    while left:
        held = _hear(cache)
        # What others have not told yet they may be at: they come last to what they end with.
        ready = [part for part in left if part in own or _named(part) in held]
        part = ready[0] if ready else left[-1]
        left.remove(part)
        yield from ids[len(ids) * part // PARTS : len(ids) * (part + 1) // PARTS]
        _tell(cache, _named(part))


def _named(part: int) -> str:
    return f"{_PART}{part}"


_PART = f"{NAME}-"


def _hold(cache: Cache, name: str) -> bool:
    """Hold what is kept under a name, if that is of any use here."""
    kept = cache.get(name, sys.version)
    for each, memory in _every.items() if kept else ():
        memory.recall(kept.get(each, {}))
    return bool(kept)


def _hear(cache: Cache) -> Collection[str]:
    """Hold the parts that are kept by now, and say which."""
    held = _recalled[cache.folder]
    for path in [*cache.folder.glob(f"{_PART}*.bin")]:
        if path.stem in held:
            continue
        if _hold(cache, path.stem):
            held.add(path.stem)
        else:
            # Another program's, which stands where somebody here is to tell what came of that part.
            with contextlib.suppress(OSError):
                path.unlink()
    return held


def _tell(cache: Cache, name: str) -> None:
    """Keep as a part, unless somebody did, what is held here and in no other."""
    held = _recalled[cache.folder]
    if name in held:
        return
    held.add(name)
    new = {each: memory.told() for each, memory in _every.items()}
    if any(new.values()):
        cache.put(name, sys.version, new)
