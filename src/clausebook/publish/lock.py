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
# A build that was killed has the lock until the last of its children has noticed.
DYING = 10.0


class Busy(Exception):
    """Another build has the folder; says which."""


class Unwritable(Exception):
    """Nothing can be written there; says why."""


@contextlib.contextmanager
def only_one(folder: Path | str) -> Iterator[None]:
    """Hold a folder of sites for as long as this lasts. The system lets go of it when a process ends,
    however it ends, so nobody ever has to remove a lock by hand. An address knows no such lock."""
    if isinstance(folder, str):
        yield
        return
    path = folder / HIDDEN / NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What is under way and what was before is nobody's to browse.
        path.parent.chmod(0o700)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Unwritable(f"nothing can be written to '{folder}': {error.strerror}") from None
    with file:
        until = time.monotonic() + DYING
        while not _taken(file.fileno()):
            file.seek(0)
            note = file.read()
            if _lives(note) or time.monotonic() > until:
                raise Busy(_whose(note))
            time.sleep(0.05)
        file.truncate(0)
        note = json.dumps({"process": os.getpid(), "since": time.strftime("%H:%M")})
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            os.write(file.fileno(), note.encode())
        yield


def _taken(handle: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            # Far beyond any note, so that the same byte is asked for whatever is written there.
            os.lseek(handle, 1 << 30, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True


def _lives(text: str) -> bool:
    """Whether the process that has the lock goes on; where that cannot be told, it does."""
    try:
        if fcntl is not None:
            os.kill(json.loads(text)["process"], 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return True


def _whose(text: str) -> str:
    try:
        note = json.loads(text)
        return f"process {note['process']}, since {note['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
