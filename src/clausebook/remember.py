"""What earlier checks found, kept under .cache/clausebook: asked again only for what changed.

The key of an organisation's findings is everything they depend on: the engine, the library, its own
file and those of the groups above it, the day, and whether waivers count. A cache that is missing,
cut short or altered is a cache that knows nothing.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from clausebook import __version__
from clausebook.model import Repository
from clausebook.problem import Problem

FOLDER = Path(".cache", "clausebook")
FILE = "check.bin"


class Remembered:
    """Findings by key, read when made and written by `keep`."""

    def __init__(
        self,
        root: Path,
        digests: Mapping[str, str],
        repository: Repository,
        day: date,
        *,
        strict: bool,
    ) -> None:
        self.path = root / FOLDER / FILE
        self.repository = repository
        base = [engine(), repository.library.fingerprint]
        self.library_key = _key(*base)
        self.keys = {
            id: _key(
                *base,
                day.isoformat(),
                str(strict),
                *(f"{tier.at.file}={digests[tier.at.file]}" for tier in repository.tiers(id)),
            )
            for id in repository.organisations
        }
        self._known: dict[str, Any] = _read(self.path)

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
            _write(self.path, known)


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def engine() -> str:
    """Changes with the engine's own code, so that nobody has to clear a cache after an update."""
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except OSError:
        return {}
    if hashlib.sha256(raw[32:]).digest() != raw[:32]:
        return {}
    try:
        known: dict[str, Any] = pickle.loads(raw[32:])
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, IndexError, TypeError):
        return {}
    return known


def _write(path: Path, known: dict[str, Any]) -> None:
    """Write beside and rename, so that a reader never meets half a file; a full disk is no error."""
    body = pickle.dumps(known, protocol=pickle.HIGHEST_PROTOCOL)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(hashlib.sha256(body).digest() + body)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
