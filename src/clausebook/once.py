"""A property worked out when first asked for and kept on its object from then on.

What frozen values say never changes, so neither does what follows from it. The standard library's
`cached_property` takes a lock each time, which costs more than most of what is kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):
    """Decorates a method without arguments of a class whose objects have a `__dict__`."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> once[T]: ...
    @overload
    def __get__(self, holder: object, owner: type) -> T: ...
    def __get__(self, holder: object | None, owner: type) -> once[T] | T:
        if holder is None:
            return self
        found = holder.__dict__[self.name] = self.work(holder)
        return found


def told(holder: object, name: str, value: object) -> None:
    """Have an object say what it would work out otherwise, where that is known already."""
    holder.__dict__[name] = value


Holder = TypeVar("Holder")


def aside(work: Callable[[Holder], T]) -> Callable[[Holder], T]:
    """Decorates a function of one object with a `__dict__`: what `once` does, for a class that does
    not know of the work."""
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def kept(holder: Holder) -> T:
        held: dict[str, Any] = holder.__dict__
        try:
            found: T = held[name]
        except KeyError:
            found = held[name] = work(holder)
        return found

    return kept
