"""Dataclasses whose `frozen` is a promise about types: mypy holds all our code to it, at no cost to a build.

Python would see to it too, by setting each field of a new object past a guard: one of seven fields
takes six times as long to make, and its class half as long again to define. A build from nothing
defines a hundred such classes and makes 75,000 such objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(kind=None, /, *, frozen=False, eq=True, **how):
        """As any other; what is frozen can be hashed, as long as it is compared by what it says."""
        return dataclasses.dataclass(kind, eq=eq, unsafe_hash=frozen and eq, **how)
