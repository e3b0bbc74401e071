"""Folders for what is needed only while this program runs, in the system's place for such things.

A program that is killed leaves its folders behind, and the next one that needs any takes them away:
whoever uses a folder holds a lock on it, which ends with the process, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX = "clausebook-scratch-"
_OURS = re.compile(rf"{PREFIX}[a-z]+-[a-z0-9_]{{8}}")
# Seconds in which whoever made a folder has a lock on it.
_LOCKED_BY_THEN = 60


class Scratch:
    """A folder, until it is closed. `what`: a word for whoever looks at what there is."""

    def __init__(self, what: str) -> None:
        _tidy(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{what}-"))
        self._owner = os.getpid()
        # Where folders have no locks, nobody can get one to take this away either.
        self._lock = _locked(self.path)

    def close(self) -> None:
        if os.getpid() == self._owner:  # and no copy of it
            shutil.rmtree(self.path, ignore_errors=True)
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


@contextlib.contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A folder that is gone at the end."""
    made = Scratch(what)
    try:
        yield made.path
    finally:
        made.close()


def _locked(folder: str | Path) -> int | None:
    """What holds a folder's lock; nothing where somebody else does, or folders have none. OSError
    where it cannot be opened."""
    if fcntl is None:
        return None
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


@lru_cache(maxsize=8)
def _tidy(top: str) -> None:
    """Take away what killed programs of this user left; looked for once."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(top) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and _left(entry):
                with contextlib.suppress(OSError):
                    _take_away(entry.path)


def _left(entry: os.DirEntry[str]) -> bool:
    """Whether it is as one of ours, and whoever made it would have locked it by now."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    ours = found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700
    return ours and found.st_mtime < time.time() - _LOCKED_BY_THEN


def _take_away(folder: str) -> None:
    lock = _locked(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
