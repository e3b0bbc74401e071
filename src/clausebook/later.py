"""A mapping that is read from its pickle when somebody first looks inside; its keys are known before.

Most of what is kept between runs is not looked at in the next: where nothing changed, no clause is.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

Inside = TypeVar("Inside")


class Later(Mapping[str, Inside]):
    """What `of` was given."""

    __slots__ = ("_inside", "_keys", "_raw")

    def __init__(self, keys: tuple[str, ...], raw: bytes) -> None:
        self._keys, self._raw = keys, raw
        self._inside: dict[str, Inside] | None = None

    @classmethod
    def of(cls, mapping: Mapping[str, Inside]) -> Later[Inside]:
        raw = pickle.dumps(dict(mapping), protocol=pickle.HIGHEST_PROTOCOL)
        return cls(tuple(mapping), raw)

    def _read(self) -> dict[str, Inside]:
        inside = self._inside
        if inside is None:
            inside = self._inside = unpickled(self._raw)
        return inside

    def __getitem__(self, key: str) -> Inside:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys if self._inside is None else key in self._inside

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return Later, (self._keys, self._raw)

    def values(self):  # type: ignore[no-untyped-def]
        return self._read().values()

    def items(self):  # type: ignore[no-untyped-def]
        return self._read().items()

    def get(self, key, default=None):  # type: ignore[no-untyped-def]
        return self._read().get(key, default)


def unpickled(raw: bytes) -> Any:
    """What was pickled. The collector looks through all that is there for every few things that are
    made, and would take longer than making them."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return pickle.loads(raw)
    finally:
        if collects:
            gc.enable()
