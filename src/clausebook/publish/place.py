"""Where sites are published: what a build asks of a folder on this machine and of one far away."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from clausebook.publish.output import Output, Put, Release


class CannotUse(Exception):
    """An address, or a cluster, that is no good here; says why and what to do."""


class Place(Protocol):
    """A site is built beside its place, then put in it."""

    number: int
    # What is true of a site that could not be put in its place.
    after_failure: str

    def beside(self, name: str) -> Path:
        """A folder on this machine in which a site is built."""

    def put(self, new: Path, name: str, linked: Collection[str] = ()) -> Put:
        """Put a site that was built beside in its place, and take it away from there.

        `linked`: what was linked from the site that is there.
        """

    def stamped(self, name: str) -> tuple[str, int, int]:
        """How a published site looks from outside, its files and its bytes."""

    def there(self, name: str) -> bool:
        """Is anything published under this name?"""

    def documents(self, name: str) -> tuple[list[str], bytes | None]:
        """The documents of a published site, and the list of those that were taken away before."""

    def names(self) -> list[str]:
        """The sites that are published, as EDITION/ORG."""

    def seals(self) -> dict[str, str]:
        """The SHA-256 of the seal of every site that is published, by EDITION/ORG."""

    def read(self, name: str) -> bytes | None:
        """A note of Clausebook's own, which is no part of any site."""

    def write(self, name: str, data: bytes) -> None:
        """Keep such a note: wholly, or what was kept before stays."""

    def remove(self, name: str) -> None:
        """Forget such a note."""

    def mend(self) -> list[str]:
        """After a build that was cut off: what was done about it, in words."""

    def prune(self, keep: int) -> None:
        """Forget all but the last releases."""

    def releases(self) -> list[Release]:
        """What is kept to go back to, the newest last."""


def is_far(out: Path | str) -> bool:
    """Whether an output is an address, such as s3://bucket/handbooks, and no folder."""
    return isinstance(out, str) and "://" in out


def place(out: Path | str, number: int | None = None) -> Place:
    """The place that an output names."""
    if isinstance(out, str) and is_far(out):
        from clausebook.publish.remote import Remote  # fsspec is an extra

        return Remote(out)
    return Output(Path(out), number)
