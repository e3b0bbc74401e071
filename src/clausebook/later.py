"""A mapping that is read from its pickle when somebody first looks inside; its keys are known before.

Most of what is kept between runs is not looked at in the next: where nothing changed, no clause is.
"""

from __future__ import annotations

import copyreg
import gc
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from clausebook.once import once

Inside = TypeVar("Inside")
Parts = TypeVar("Parts", bound=tuple[Any, ...])


def pickled(value: object) -> bytes:
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


class Later(Mapping[str, Inside]):
    """What `of` was given."""

    __slots__ = ("_inside", "_keys", "_raw")

    def __init__(self, keys: tuple[str, ...], raw: bytes) -> None:
        self._keys, self._raw = keys, raw
        self._inside: dict[str, Inside] | None = None

    @classmethod
    def of(cls, mapping: Mapping[str, Inside], *, hold: bool = False) -> Later[Inside]:
        """A mapping as it is kept; with `hold`, what is in it stays at hand where it was made."""
        inside = dict(mapping)
        made = cls(tuple(inside), pickled(inside))
        if hold:
            made._inside = inside
        return made

    def open(self) -> None:
        """Read it now: it is there then for all processes that are copied from this one."""
        self._read()

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


class Each(Mapping[str, Inside]):
    """The same, each of whose values is read by itself; what was not made anew is kept as it is."""

    __slots__ = ("_inside", "_raw")

    def __init__(self, raw: dict[str, bytes]) -> None:
        self._raw = raw
        self._inside: dict[str, Inside] = {}

    @classmethod
    def of(
        cls,
        new: Mapping[str, Inside],
        names: Iterable[str] | None = None,
        before: Mapping[str, Inside] = MappingProxyType({}),
        raw: Callable[[Inside], bytes] = pickled,
    ) -> Each[Inside]:
        """What is new, and under further names what another held before. `raw`: the pickle of one."""
        old = before if isinstance(before, Each) else None
        made = cls({})
        for name in new if names is None else names:
            if name not in new and old is not None:
                made._raw[name] = old._raw[name]
                if name in old._inside:
                    made._inside[name] = old._inside[name]
                continue
            value = made._inside[name] = new[name] if name in new else before[name]
            made._raw[name] = raw(value)
        return made

    def __getitem__(self, key: str) -> Inside:
        if key not in self._inside:
            self._inside[key] = unpickled(self._raw[key])
        return self._inside[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return Each, (self._raw,)


class Common(dict[str, Inside]):
    """A mapping that many hold and nobody changes: it is pickled once for all of them, and is a plain
    one where it is read."""

    @once
    def _raw(self) -> bytes:
        return pickle.dumps(dict(self), protocol=pickle.HIGHEST_PROTOCOL)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return unpickled, (self._raw,)


def by_parts(kind: type[Parts]) -> type[Parts]:
    """Decorates a class of tuples, of which there are very many: each is pickled as its class and its
    parts, without looking for all that an object might have beside them."""
    copyreg.pickle(kind, lambda made: (kind, made[:]))
    return kind


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
