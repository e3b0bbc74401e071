"""The folder that holds the published sites: a site built beside its place in, the same site in place out.

Where the system can, the new site and the old one change places in one step, so a reader sees one
or the other and never a mix. Elsewhere it is put in place file by file: assets first, then pages,
what is gone last. Files that did not change keep their bytes, names and times either way.

Everything of its own lies in one hidden folder, `.clausebook`, beside the sites:

    new/       sites being built
    releases/  sites as they were before: what `clausebook rollback` puts back
    pending/   which site is changing places at the moment, in case that is the last thing done
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from clausebook.seal import NAME as SEAL
from clausebook.unchanged import BEHIND

HIDDEN = BEHIND
KEEP = 3
_FROM_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
# What a system, a file system or a mounted folder answers when it cannot exchange two folders.
_CANNOT = {
    errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV, errno.EBUSY,
    errno.EPERM, errno.EACCES,
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]{6}")


class Promise(StrEnum):
    """How a site came to its place."""

    SWITCHED = "switched at once"
    BY_FILE = "file by file"
    KEPT = "left alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What putting a site in place changed."""

    promise: Promise
    written: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Sites as they were before one build, or before one rollback took them away."""

    number: int
    sites: tuple[str, ...]
    undone: bool = False


class Output:
    """A folder of sites, and one build's way of changing it."""

    def __init__(self, folder: Path, number: int | None = None) -> None:
        self.folder = folder
        self.hidden = folder / HIDDEN
        self.number = number if number is not None else self._next()

    def beside(self, name: str) -> Path:
        """Where a site is built: on the same file system as its place."""
        return self.hidden / "new" / name.replace("/", "+")

    def put(self, new: Path, name: str) -> Put:
        """Put a site that was built beside in its place, whole, and keep the one that was there."""
        target = self.folder / name
        differs = compare(new, target)
        if not differs.written and not differs.gone:
            shutil.rmtree(new)
            return Put(promise=Promise.KEPT)
        promise = Promise.SWITCHED
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            new.rename(target)
        elif target.is_symlink() or not self._exchanged(new, target, name, differs):
            promise = Promise.BY_FILE
            self._keep_a_copy(target, name)
            put(new, target)
            shutil.rmtree(new)
        return Put(promise=promise, written=differs.written, gone=differs.gone)

    def _exchanged(self, new: Path, target: Path, name: str, differs: Difference) -> bool:
        """New and old change places; False when this file system cannot."""
        for same in differs.same:
            _same_file(target / same, new / same)
        release = self._release(name)
        release.parent.mkdir(parents=True, exist_ok=True)
        pending = self.hidden / "pending" / f"{name.replace('/', '+')}.json"
        pending.parent.mkdir(exist_ok=True)
        note = {"release": self.number, "site": name, "seal": _digest(new / SEAL)}
        pending.write_text(json.dumps(note), encoding="utf-8")
        new.rename(release)
        try:
            exchange(release, target)
        except OSError as error:
            release.rename(new)
            pending.unlink()
            if error.errno not in _CANNOT:
                raise
            return False
        pending.unlink()
        return True

    def _keep_a_copy(self, target: Path, name: str) -> None:
        release = self._release(name)
        release.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(target, release, copy_function=_linked, symlinks=True)

    def _release(self, name: str) -> Path:
        return self._releases / f"{self.number:06d}" / name.replace("/", "+")

    @property
    def _releases(self) -> Path:
        return self.hidden / "releases"

    def _next(self) -> int:
        return max((number for number, _ in _numbered(self._releases)), default=0) + 1

    # ------------------------------------------------------------------ before and after

    def mend(self) -> list[str]:
        """After a build that was cut off: finish or undo what it was at. What was done, in words."""
        said = []
        for path in sorted((self.hidden / "pending").glob("*.json")):
            try:
                note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                name, number, seal = note["site"], int(note["release"]), note["seal"]
            except (OSError, ValueError, KeyError):
                path.unlink(missing_ok=True)
                continue
            release = Output(self.folder, number)._release(name)
            if release.exists() and _digest(self.folder / name / SEAL) != seal:
                shutil.rmtree(release)  # they had not changed places: this is the new one
                said.append(f"{name}: the last build ended before it was put in place")
            path.unlink(missing_ok=True)
        left = self.hidden / "new"
        if left.is_dir():
            shutil.rmtree(left)
        # What file by file publishing was writing when it ended.
        for half in self.folder.glob("*/*/**/.*.new"):
            half.unlink(missing_ok=True)
        return said

    def prune(self, keep: int = KEEP) -> None:
        """Forget all but the last releases."""
        for undone in (False, True):
            of_kind = [path for _, path in _numbered(self._releases, undone=undone)]
            for path in of_kind[: max(0, len(of_kind) - keep)]:
                shutil.rmtree(path)

    def releases(self) -> list[Release]:
        """What is kept, the newest last."""
        found = [
            Release(number=number, sites=_sites(path), undone=undone)
            for undone in (False, True)
            for number, path in _numbered(self._releases, undone=undone)
        ]
        return sorted(found, key=lambda release: (release.number, release.undone))

    def back(self, release: int, name: str) -> Promise:
        """Put a site back as it was before a build; what was there is kept as undone."""
        old = Output(self.folder, release)._release(name)
        target = self.folder / name
        undone = self._releases / f"{release:06d}-undone" / name.replace("/", "+")
        undone.parent.mkdir(parents=True, exist_ok=True)
        if undone.exists():
            shutil.rmtree(undone)
        promise = Promise.SWITCHED
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            old.rename(target)
        else:
            try:
                if target.is_symlink():
                    raise OSError(errno.EXDEV, "a link")
                exchange(old, target)
                old.rename(undone)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                shutil.copytree(target, undone, copy_function=_linked, symlinks=True)
                put(old, target)
                shutil.rmtree(old)
                promise = Promise.BY_FILE
        with contextlib.suppress(OSError):
            old.parent.rmdir()
        return promise


# ------------------------------------------------------------------------------ two folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Files by path, as two folders hold them."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    gone: tuple[str, ...]


def compare(new: Path, old: Path) -> Difference:
    """Which files of a folder are new or other than in another, the same, or only there."""
    wanted, there = dict(_files(new)), dict(_files(old))
    written: list[str] = []
    same: list[str] = []
    for name, entry in sorted(wanted.items()):
        before = there.get(name)
        is_same = (
            before is not None
            and before.is_file(follow_symlinks=False)
            and before.stat(follow_symlinks=False).st_size == entry.stat().st_size
            and _read(before.path) == _read(entry.path)
        )
        (same if is_same else written).append(name)
    gone = tuple(sorted(there.keys() - wanted.keys()))
    return Difference(written=tuple(written), same=tuple(same), gone=gone)


def _files(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a folder that is not a folder, by its path."""
    waiting = [("", os.fspath(folder))]
    while waiting:
        prefix, path = waiting.pop()
        try:
            entries = os.scandir(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                else:
                    yield prefix + entry.name, entry


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def put(new: Path, target: Path) -> tuple[int, list[str]]:
    """Make one folder hold what another does, file by file. How many were written, and which went.

    Assets come before the pages that need them, the seal last, and what is no longer there goes
    after everything new has come: a reader never follows a link to a file that is gone.
    """
    differs = compare(new, target)
    order = sorted(differs.written, key=lambda name: (name == SEAL, name.endswith(".html"), name))
    for name in order:
        _put_file(new / name, target / name)
    for name in differs.gone:
        (target / name).unlink(missing_ok=True)
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
    return len(differs.written), list(differs.gone)


def _put_file(new: Path, target: Path) -> None:
    """Write a file in one step."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.new")
    try:
        half.write_bytes(new.read_bytes())
        half.replace(target)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _same_file(old: Path, new: Path) -> None:
    """Let a path of the new folder be the very file of the old one; else give it the old times."""
    half = new.with_name(f".{new.name}.old")
    try:
        os.link(old, half, follow_symlinks=False)
        half.replace(new)
    except OSError:  # this file system has no links, or no more of them
        half.unlink(missing_ok=True)
        stat = old.stat()
        os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _linked(old: str, new: str) -> None:
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)


def exchange(one: Path, other: Path) -> None:
    """Two folders change places in one step; OSError where that cannot be."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        raise OSError(errno.ENOSYS, f"{sys.platform} cannot exchange folders") from None
    args = (_FROM_HERE, os.fsencode(one), _FROM_HERE, os.fsencode(other), _EXCHANGE)
    if rename(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fspath(one), None, os.fspath(other))


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _numbered(folder: Path, *, undone: bool = False) -> list[tuple[int, Path]]:
    """Releases by number; those that a rollback took away when `undone`."""
    ending = "-undone" if undone else ""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [
        (int(name.removesuffix(ending)), folder / name)
        for name in names
        if name.endswith(ending) and _NUMBER.fullmatch(name.removesuffix(ending))
    ]
    return sorted(found)


def _sites(release: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name.replace("+", "/") for path in release.iterdir()))


def names(folder: Path, editions: Iterable[str]) -> list[str]:
    """The sites a folder holds, as EDITION/ORG."""
    return [
        f"{edition}/{path.parent.name}"
        for edition in editions
        for path in sorted((folder / edition).glob(f"*/{SEAL}"))
    ]
