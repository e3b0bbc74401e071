"""What earlier checks found: asked again only for what changed.

What is found of a policy of the library depends on its own files, on those that all policies share
and on the names of all policies. What is found of an organisation depends on the whole library, its
own file and those of the groups above it, the pictures beside them, the day, and whether waivers
count. All of that is in their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from clausebook.cache import Cache, digest
from clausebook.model import Repository
from clausebook.problem import Problem

if TYPE_CHECKING:
    from clausebook.judge import Judged

NAME = "check"


@dataclass
class _Known:
    """Findings by what they are about, each with its key."""

    library: dict[str, tuple[str, list[Problem]]] = field(default_factory=dict)
    organisations: dict[str, tuple[str, Judged]] = field(default_factory=dict)


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
        self.keys = Keys(repository, digests)
        self.day, self.strict = day.isoformat(), strict
        self._known: _Known = cache.get(NAME, "") or _Known()

    def library(self, policy: str) -> list[Problem] | None:
        """What is wrong with one policy of the library; with "", with the library as a whole."""
        key, found = self._known.library.get(policy, ("", None))
        return found if key == self.keys.policy(policy) else None

    def organisation(self, id: str) -> Judged | None:
        key, found = self._known.organisations.get(id, ("", None))
        return found if key == self._key(id) else None

    def keep(self, library: Mapping[str, list[Problem]], judged: Mapping[str, Judged]) -> None:
        """Remember exactly what this check found; nothing older is kept."""
        known = _Known(
            {policy: (self.keys.policy(policy), found) for policy, found in library.items()},
            {id: (self._key(id), one) for id, one in judged.items()},
        )
        if _keys(known) != _keys(self._known):
            self.cache.put(NAME, "", known)

    def _key(self, id: str) -> str:
        return digest([self.keys.organisation(id), self.day, str(self.strict)])


def _keys(known: _Known) -> list[tuple[str, str]]:
    every = {**known.library, **known.organisations}
    return [(id, key) for id, (key, _) in every.items()]


class Keys:
    """What findings depend on, whatever day it is."""

    def __init__(self, repository: Repository, digests: Mapping[str, str]) -> None:
        library = repository.library
        self._repository, self._digests = repository, digests
        self._library = library.fingerprint
        self._every = digest([library.fingerprints.get("", ""), *library.policies])
        beside = (name for name in digests if name.startswith("schools/"))
        self._pictures = digest(
            f"{name}={digests[name]}" for name in sorted(beside) if not name.endswith(".yml")
        )

    def policy(self, id: str) -> str:
        """Of what is found of a policy of the library, or with "" of the whole of it."""
        if not id:
            return self._library
        return digest([self._every, self._repository.library.fingerprints.get(id, "")])

    def beside(self, id: str) -> str:
        """Of what is found of any policy of an organisation, whatever its own file says of policies and
        of how to reach people."""
        *groups, own = self._repository.tiers(id)
        files = (f"{group.at.file}={self._digests[group.at.file]}" for group in groups)
        said = (own.at.file, own.file.rest, own.file.places)
        return digest([self._every, self._pictures, *said, *files])

    def organisation(self, id: str) -> str:
        """Of what is found of an organisation and all its policies."""
        own = self._repository.organisations[id].at.file
        return digest([self.beside(id), self._digests[own], self._library])
