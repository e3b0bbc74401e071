"""What earlier checks found: asked again only for what changed.

The findings on an organisation depend on the library, its own file and those of the groups above
it, the pictures beside them, the day, and whether waivers count. All of that is in their key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from clausebook.cache import Cache, digest
from clausebook.model import Repository
from clausebook.problem import Problem

NAME = "check"


class Remembered:
    """Findings by key, read when made and written by `keep`."""

    def __init__(
        self,
        cache: Cache,
        digests: Mapping[str, str],
        repository: Repository,
        day: date,
        *,
        strict: bool,
    ) -> None:
        self.cache = cache
        self.library_key = digest([repository.library.fingerprint])
        self.keys = {
            id: digest([key, day.isoformat(), str(strict)])
            for id, key in keys(repository, digests).items()
        }
        self._known: dict[str, Any] = cache.get(NAME, "") or {}

    def library(self) -> list[Problem] | None:
        found: list[Problem] | None = self._known.get(self.library_key)
        return found

    def organisation(self, id: str) -> Any:
        return self._known.get(self.keys[id])

    def keep(self, library: list[Problem], judged: Mapping[str, Any]) -> None:
        """Remember exactly what this check found; nothing older is kept."""
        known = {self.library_key: library}
        known |= {self.keys[id]: one for id, one in judged.items()}
        if set(known) != set(self._known):
            self.cache.put(NAME, "", known)


def keys(repository: Repository, digests: Mapping[str, str]) -> dict[str, str]:
    """What each organisation, resolved, depends on: whatever day it is."""
    library = repository.library.fingerprint
    beside = (name for name in digests if name.startswith("schools/"))
    pictures = digest(
        f"{name}={digests[name]}" for name in sorted(beside) if not name.endswith(".yml")
    )
    return {
        id: digest(
            [
                library,
                pictures,
                *(f"{tier.at.file}={digests[tier.at.file]}" for tier in repository.tiers(id)),
            ]
        )
        for id in repository.organisations
    }
