"""The folder that holds the published sites: a site built beside its place in, the same site in place out.

Where the system can, the new site and the old one change places in one step, so a reader sees one
or the other and never a mix. Elsewhere it is put in place file by file: assets first, then pages,
what is gone last. Files that did not change keep their bytes, names and times either way.

Everything of its own lies in one hidden folder, `.clausebook`, beside the sites:

    new/       sites being built
    releases/  sites as they were before: what `clausebook rollback` puts back
    pending/   which site is changing at the moment, in case that is the last thing done
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
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from clausebook.model import EDITIONS
from clausebook.pdf.removed import REMOVED
from clausebook.render.site import PDFS
from clausebook.seal import NAME as SEAL
from clausebook.typed import dataclass
from clausebook.unchanged import BEHIND, stamp

HIDDEN = BEHIND
KEEP = 3
_FROM_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
# What a system, a file system or a mounted folder answers when it cannot exchange two folders.
_CANNOT = {
    errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV, errno.EBUSY,
    errno.EPERM, errno.EACCES,
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]{6}")
# Bytes of a file that are read at once to compare it.
_SOME = 64 * 1024
_UNDONE = "-undone"


class Torn(OSError):
    """A site that is put in place file by file could neither be finished nor put back."""


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

    after_failure = "what is published was left as it was"

    def __init__(self, folder: Path, number: int | None = None) -> None:
        self.folder = folder
        self.hidden = folder / HIDDEN
        self.number = number if number is not None else self._next()

    def beside(self, name: str) -> Path:
        """Where a site is built: on the same file system as its place."""
        return self.hidden / "new" / name.replace("/", "+")

    def put(self, new: Path, name: str, linked: Collection[str] = ()) -> Put:
        """Put a site that was built beside in its place, whole, and keep the one that was there."""
        target = self.folder / name
        differs = compare(new, target, linked)
        if not differs.written and not differs.gone:
            shutil.rmtree(new)
            return Put(promise=Promise.KEPT)
        promise = Promise.SWITCHED
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            new.rename(target)
        elif target.is_symlink() or not self._exchanged(new, target, name, differs):
            promise = Promise.BY_FILE
            self._put_by_file(new, target, name, self.number, self._release(name))
            shutil.rmtree(new)
        return Put(promise=promise, written=differs.written, gone=differs.gone)

    def stamped(self, name: str) -> tuple[str, int, int]:
        return stamp(self.folder / name)

    def there(self, name: str) -> bool:
        return (self.folder / name).is_dir()

    def documents(self, name: str) -> tuple[list[str], bytes | None]:
        """The documents of a published site, and the list of those that were taken away before."""
        folder = self.folder / name / PDFS
        try:
            return sorted(os.listdir(folder)), _bytes(folder / REMOVED)
        except OSError:
            return [], None

    def names(self) -> list[str]:
        return names(self.folder, EDITIONS)

    def seals(self) -> dict[str, str]:
        return {name: _digest(self.folder / name / SEAL) for name in self.names()}

    def read(self, name: str) -> bytes | None:
        try:
            return (self.hidden / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        half = self.hidden / f"{name}.new"
        try:
            half.write_bytes(data)
            half.replace(self.hidden / name)
        except OSError:
            half.unlink(missing_ok=True)
            raise

    def remove(self, name: str) -> None:
        (self.hidden / name).unlink(missing_ok=True)

    def _exchanged(self, new: Path, target: Path, name: str, differs: Difference) -> bool:
        """New and old change places; False when this file system cannot."""
        for same in differs.same:
            _same_file(target / same, new / same)
        release = self._release(name)
        release.parent.mkdir(parents=True, exist_ok=True)
        pending = self._note(name, self.number, folder=_number_of(new))
        new.rename(release)
        try:
            switched = _switched(release, target)
        except OSError:
            release.rename(new)
            pending.unlink()
            raise
        if not switched:
            release.rename(new)
        pending.unlink()
        return switched

    def _put_by_file(self, new: Path, target: Path, name: str, number: int, keep: Path) -> None:
        """Put a site in place file by file; what was there is kept. All of it, or nothing."""
        copy = self.beside(f"kept+{name}")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(target, copy, copy_function=_linked, symlinks=True)
        pending = self._note(name, number, undone=keep.parent.name.endswith(_UNDONE), by_file=True)
        keep.parent.mkdir(parents=True, exist_ok=True)
        copy.rename(keep)
        try:
            put(new, target)
        except OSError as error:
            try:
                put(keep, target)
            except OSError:  # the note stays: who comes next puts it right
                raise Torn(error.errno, error.strerror) from None
            shutil.rmtree(keep)
            pending.unlink()
            raise
        pending.unlink()

    def _note(self, name: str, release: int, **more: Any) -> Path:
        """Say what is about to change, for whoever comes after a sudden end."""
        pending = self.hidden / "pending" / f"{name.replace('/', '+')}.json"
        pending.parent.mkdir(exist_ok=True)
        note = {"release": release, "site": name, **more}
        pending.write_text(json.dumps(note), encoding="utf-8")
        return pending

    def _release(self, name: str, *, undone: bool = False) -> Path:
        number = f"{self.number:06d}{_UNDONE if undone else ''}"
        return self._releases / number / name.replace("/", "+")

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
                said += self._mended(note)
            except (ValueError, KeyError, TypeError):  # cut off before anything had changed
                pass
            except OSError as error:  # the note stays
                said.append(f"{path.stem}: what was left half done stays so: {error.strerror}")
                continue
            path.unlink(missing_ok=True)
        left = self.hidden / "new"
        if left.is_dir():
            shutil.rmtree(left)
        return said

    def _mended(self, note: Mapping[str, Any]) -> list[str]:
        name, number = str(note["site"]), int(note["release"])
        target = self.folder / name
        release = Output(self.folder, number)._release(name)
        undone = Output(self.folder, number)._release(name, undone=True)
        if note.get("by_file"):
            kept = undone if note["undone"] else release
            if not kept.exists():
                return []
            for half in target.rglob(".*.new"):
                half.unlink(missing_ok=True)
            put(kept, target)
            _remove(kept)
            return [f"{name}: was left half changed, and is as it was before"]
        switched = _number_of(target) == note["folder"]
        if note.get("undone"):
            if switched and release.exists():
                _move(release, undone)
        elif release.exists() and not switched:
            _remove(release)  # they had not changed places: this is the new one
            return [f"{name}: the last build ended before it was put in place"]
        return []

    def prune(self, keep: int = KEEP) -> None:
        """Forget all but the last releases."""
        for undone in (False, True):
            of_kind = [path for _, path in _numbered(self._releases, undone=undone)]
            for path in of_kind[: max(0, len(of_kind) - keep)]:
                self.take_away(path)

    def take_away(self, path: Path) -> None:
        """Remove a site or a release: there as a whole, or not at all."""
        gone = self.beside(f"gone+{path.parent.name}+{path.name}")
        if gone.exists():
            shutil.rmtree(gone)
        gone.parent.mkdir(parents=True, exist_ok=True)
        path.rename(gone)
        shutil.rmtree(gone)

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
        undone = Output(self.folder, release)._release(name, undone=True)
        if undone.exists():
            self.take_away(undone)
        if not os.path.lexists(target):
            _move(old, target)
            return Promise.SWITCHED
        pending = self._note(name, release, folder=_number_of(old), undone=True)
        if not target.is_symlink() and _switched(old, target):
            _move(old, undone)
            pending.unlink()
            return Promise.SWITCHED
        self._put_by_file(old, target, name, release, undone)
        _remove(old)
        return Promise.BY_FILE


# ------------------------------------------------------------------------------ two folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Files by path, as two folders hold them."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    # The very same file in both, because it was taken over from the old one.
    linked: tuple[str, ...]
    gone: tuple[str, ...]


def compare(new: Path, old: Path, linked: Collection[str] = ()) -> Difference:
    """Which files of a folder are new or other than in another, the same, or only there.

    `linked`: those that were linked from the other just now. Of other file systems, different files
    may have the same number.
    """
    wanted, there = dict(_files(new)), dict(_files(old))
    written: list[str] = []
    same: list[str] = []
    taken: list[str] = []
    for name, entry in sorted(wanted.items()):
        before = there.get(name)
        if (
            before is not None
            and before.inode() == entry.inode()
            and (name in linked or _same_stat(before, entry))
        ):
            taken.append(name)
            continue
        is_same = (
            before is not None
            and before.is_file(follow_symlinks=False)
            and _same_bytes(before, entry)
        )
        (same if is_same else written).append(name)
    gone = tuple(sorted(there.keys() - wanted.keys()))
    return Difference(written=tuple(written), same=tuple(same), linked=tuple(taken), gone=gone)


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


def _same_stat(one: os.DirEntry[str], other: os.DirEntry[str]) -> bool:
    return os.path.samestat(one.stat(follow_symlinks=False), other.stat(follow_symlinks=False))


def _same_bytes(one: os.DirEntry[str], other: os.DirEntry[str]) -> bool:
    """Whether two files say the same. They are read no further than they do."""
    if one.stat(follow_symlinks=False).st_size != other.stat().st_size:
        return False
    with open(one.path, "rb", buffering=0) as left, open(other.path, "rb", buffering=0) as right:
        while (found := left.read(_SOME)) == right.read(_SOME):
            if not found:
                return True
    return False


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
    half.unlink(missing_ok=True)
    try:
        _linked(os.fspath(new), os.fspath(half))
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


def _move(old: Path, new: Path) -> None:
    """Rename a folder, and leave no empty one behind."""
    new.parent.mkdir(parents=True, exist_ok=True)
    old.rename(new)
    with contextlib.suppress(OSError):
        old.parent.rmdir()


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def _switched(one: Path, other: Path) -> bool:
    """Whether two folders changed places; False where that cannot be."""
    try:
        exchange(one, other)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        return False
    return True


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


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _number_of(folder: Path) -> int:
    """By what the file system knows a folder, wherever it is moved; 0 for one that is not there."""
    try:
        return folder.stat().st_ino
    except OSError:
        return 0


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _numbered(folder: Path, *, undone: bool = False) -> list[tuple[int, Path]]:
    """Releases by number; those that a rollback took away when `undone`."""
    ending = _UNDONE if undone else ""
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
