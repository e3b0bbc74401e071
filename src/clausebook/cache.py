"""Values kept between runs under .cache/clausebook, each in a file of its own beside its key.

Whatever a value depends on is in its key, the engine's own code included. A file that is missing,
cut short or altered, or that cannot be written, is a value not known: nothing fails for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import time
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from clausebook import __version__
from clausebook.later import unpickled
from clausebook.unchanged import installed

FOLDER = Path(".cache", "clausebook")
_DIGEST = 32


class Cache:
    """A folder of values by name."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER

    def get(self, name: str, key: str) -> Any:
        """The value kept under a name, if it was kept with this key; else None."""
        try:
            body = self.unmarked(name, key, self._path(name).read_bytes())
        except OSError:
            return None
        if body is None:
            return None
        try:
            return unpickled(body)
        except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, IndexError):
            return None

    def put(self, name: str, key: str, value: Any) -> None:
        """Keep a value. Written beside and renamed, so that nobody ever reads half of it."""
        body = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        path = self._path(name)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(self.marked(name, key, body))
            beside.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()

    def marked(self, name: str, key: str, body: bytes) -> bytes:
        """Bytes behind a mark by which they are known again: whole, by this name and with this key."""
        return self._mark(name, key, body) + body

    def unmarked(self, name: str, key: str, raw: bytes) -> bytes | None:
        """The bytes behind their mark, if it is theirs."""
        body = raw[_DIGEST:]
        return body if raw[:_DIGEST] == self._mark(name, key, body) else None

    def _mark(self, name: str, key: str, body: bytes) -> bytes:
        # With the name, a file that was put in the place of another is none.
        whole = hashlib.sha256(digest([name, self.full(key)]).encode())
        whole.update(body)
        return whole.digest()

    def full(self, key: str) -> str:
        """A key with what every value depends on."""
        return f"{engine()} {readers()} {key}"

    def prune(self, prefix: str, names: Iterable[str]) -> None:
        """Forget values whose names begin so and are not among these: the cache stays bounded."""
        keep = {self._path(name).name for name in names}
        for path in self.folder.glob(f"{prefix}*"):
            if path.name not in keep:
                # Kept where nobody may write, it stays.
                with contextlib.suppress(OSError):
                    path.unlink()

    def touch(self, name: str) -> None:
        """Say that a value was of use just now."""
        with contextlib.suppress(OSError):
            os.utime(self._path(name))

    def bound(self, prefix: str, limit: int, unused: timedelta) -> None:
        """Forget values whose names begin so: those of no use for so long, then, while all together
        take more bytes than the limit, the one that was of use longest ago."""
        held = []
        for path in self.folder.glob(f"{prefix}*"):
            with contextlib.suppress(OSError):
                found = path.stat()
                held.append((found.st_mtime, path.name, found.st_size, path))
        oldest = time.time() - unused.total_seconds()
        size = sum(each[2] for each in held)
        for used, _, weight, path in sorted(held):
            if used >= oldest and size <= limit:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                size -= weight

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.bin"


@lru_cache(maxsize=1)
def readers() -> str:
    """The versions of what reads and renders texts."""
    return " ".join(name for name in installed() if name.lower().startswith(_READERS))


_READERS = ("markdown-", "markdown_it_py-", "pyyaml-", "pydantic", "jinja2-", "markupsafe-")


@lru_cache(maxsize=1)
def engine() -> str:
    """Changes with the engine's own code, so that nobody clears a cache after an update."""
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def digest(parts: Iterable[str]) -> str:
    """One key for many parts, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        whole.update(len(raw).to_bytes(8, "big") + raw)
    return whole.hexdigest()
