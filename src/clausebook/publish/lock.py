"""One build at a time for one folder of sites."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from clausebook.publish.output import HIDDEN

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment,unused-ignore]
    import msvcrt

NAME = "lock"


class Busy(Exception):
    """Another build has the folder; says which."""


class Unwritable(Exception):
    """Nothing can be written there; says why."""


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a folder of sites for as long as this lasts. The system lets go of it when a process ends,
    however it ends, so nobody ever has to remove a lock by hand."""
    path = folder / HIDDEN / NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What is under way and what was before is nobody's to browse.
        path.parent.chmod(0o700)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Unwritable(f"nothing can be written to '{folder}': {error.strerror}") from None
    with file:
        try:
            _take(file.fileno())
        except OSError:
            file.seek(0)
            raise Busy(_whose(file.read())) from None
        file.seek(0)
        file.truncate()
        began = time.strftime("%H:%M")
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            json.dump({"process": os.getpid(), "since": began}, file)
            file.flush()
        yield


def _take(handle: int) -> None:
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]


def _whose(text: str) -> str:
    try:
        note = json.loads(text)
        return f"process {note['process']}, since {note['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
