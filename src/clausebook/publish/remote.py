"""Sites on a file system that fsspec reaches: a site built here in, the same site there out.

No such file system can let two folders change places, so a site comes to its place file by file:
assets first, then pages, the seal last, and what is gone after that. Only what differs is sent;
the published seal says what is there. Notes of Clausebook's own lie in `.clausebook` beside the
sites, as in a folder; among them is one for each site that is being sent at the moment, because
the seal of a site whose upload was cut off says nothing true about its other files.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import shutil
import weakref
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from clausebook.model import EDITIONS
from clausebook.pdf.removed import REMOVED
from clausebook.publish.output import HIDDEN, Promise, Put, Release
from clausebook.publish.place import CannotUse
from clausebook.render.site import PDFS
from clausebook.scratch import Scratch
from clausebook.seal import ADMIN
from clausebook.seal import NAME as SEAL
from clausebook.unchanged import stamp

MISSING = 'needs packages that are not installed: pip install "clausebook[scale]"'
# How many seals are fetched at once: thousands of them would fill the memory.
SOME = 200


class Remote:
    """An address of sites, such as s3://bucket/handbooks, and one build's way of changing it."""

    number = 0
    after_failure = "what is published there may be part old and part new until the next build"

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.fs, self.root = opened_address(self.url)
        self._here: Path | None = None
        self._looks: dict[str, str] | None = None
        self._put_here: dict[str, tuple[str, int, int]] = {}

    def beside(self, name: str) -> Path:
        if self._here is None:
            made = Scratch("far")
            self._here = made.path
            weakref.finalize(self, made.close)
        return self._here / name.replace("/", "+")

    def put(self, new: Path, name: str, linked: Collection[str] = ()) -> Put:
        """OSError when it cannot be written, whatever the file system itself would say."""
        with _plain_errors():
            return self._put(new, name)

    def _put(self, new: Path, name: str) -> Put:
        wanted = dict(sorted(_digests(new)))
        there = self._listed(name)
        pending = f"pending/{name.replace('/', '+')}"
        cut_off = self.read(pending) is not None
        known = {} if cut_off else self._sealed(name, there)
        written = tuple(
            file
            for file, digest in wanted.items()
            if known.get(file) != digest or there.get(file) != (new / file).stat().st_size
        )
        gone = tuple(sorted(there.keys() - wanted.keys()))
        _, files, size = stamp(new)
        self._put_here[name] = wanted[SEAL], files, size
        promise = Promise.KEPT
        if written or gone:
            promise = Promise.BY_FILE
            self.write(pending, b"")
            cut_off = True  # until all of it is there
            for group in _in_order(written):
                self._send(new, name, group)
            if gone:
                self.fs.rm([self._path(name, file) for file in gone])
        if cut_off:
            self.remove(pending)
        shutil.rmtree(new)
        return Put(promise=promise, written=written, gone=gone)

    def _send(self, new: Path, name: str, files: list[str]) -> None:
        if not files:
            return
        targets = [self._path(name, file) for file in files]
        if not self.fs.async_impl:  # an object storage has no folders, the rest want to have them
            for folder in sorted({target.rpartition("/")[0] for target in targets}):
                self.fs.makedirs(folder, exist_ok=True)
        self.fs.put([str(new / file) for file in files], targets)

    def _listed(self, name: str) -> dict[str, int]:
        """The size of every file of a published site."""
        top = self._path(name)
        self.fs.invalidate_cache()
        try:
            found: dict[str, dict[str, Any]] = self.fs.find(top, detail=True)
        except FileNotFoundError:
            return {}
        return {path[len(top) + 1 :]: int(entry["size"] or 0) for path, entry in found.items()}

    def _sealed(self, name: str, there: Mapping[str, int]) -> dict[str, str]:
        """The digest of every file of a published site, as its seal and those within it say."""
        seals = [file for file in there if file == SEAL or file.endswith(f"/{SEAL}")]
        raw = self._fetched([f"{name}/{file}" for file in seals])
        known: dict[str, str] = {}
        for file in seals:
            data = raw.get(f"{name}/{file}", b"")
            folder = file.removesuffix(SEAL)
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                listed = json.loads(data)["files"].items()
                known |= {folder + path: str(digest) for path, digest in listed}
                known[file] = hashlib.sha256(data).hexdigest()
        return known

    def stamped(self, name: str) -> tuple[str, int, int]:
        """How the site looks is what its seal is: one look at each, however many files it has."""
        if name in self._put_here:
            return self._put_here[name]
        if self._looks is None:
            self._looks = self._seals(ADMIN)
        return self._looks.get(name, ""), 0, 0

    def there(self, name: str) -> bool:
        return bool(self.stamped(name)[0])

    def documents(self, name: str) -> tuple[list[str], bytes | None]:
        there = sorted(self._listed(f"{name}/{PDFS}"))
        listed = f"{name}/{PDFS}/{REMOVED}"
        return there, self._fetched([listed]).get(listed) if REMOVED in there else None

    def names(self) -> list[str]:
        return [f"{edition}/{id}" for edition in EDITIONS for id in self._below(edition)]

    def seals(self) -> dict[str, str]:
        return self._seals()

    def _seals(self, *more: str) -> dict[str, str]:
        """The SHA-256 of every seal but those of sites whose last upload did not end."""
        self.fs.invalidate_cache()
        names = [*self.names(), *more]
        cut_off = set(self._below(f"{HIDDEN}/pending"))
        names = [name for name in names if name.replace("/", "+") not in cut_off]
        found = {}
        for start in range(0, len(names), SOME):
            some = [f"{name}/{SEAL}" for name in names[start : start + SOME]]
            for file, data in self._fetched(some).items():
                found[file.removesuffix(f"/{SEAL}")] = hashlib.sha256(data).hexdigest()
        return dict(sorted(found.items()))

    def _below(self, folder: str) -> list[str]:
        try:
            found = self.fs.ls(self._path(folder), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        names = (path.rstrip("/").rpartition("/")[2] for path in found)
        return sorted(name for name in names if name and name != folder.rpartition("/")[2])

    def _fetched(self, files: list[str]) -> dict[str, bytes]:
        """Files by name; one that is not there is left out."""
        if not files:
            return {}
        paths = {self._path(file): file for file in files}
        found = self.fs.cat(list(paths), on_error="return")
        if not isinstance(found, dict):
            found = {next(iter(paths)): found}
        return {paths[path]: data for path, data in found.items() if isinstance(data, bytes)}

    def read(self, name: str) -> bytes | None:
        try:
            data: bytes = self.fs.cat_file(self._path(HIDDEN, name))
            return data
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        path = self._path(HIDDEN, name)
        with _plain_errors():
            if not self.fs.async_impl:
                self.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self.fs.pipe_file(path, data)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self._path(HIDDEN, name))

    def mend(self) -> list[str]:
        """What was cut off is sent whole by the next build of it: until then it is only told."""
        self.fs.invalidate_cache()
        return [
            f"{name.replace('+', '/')}: the last build ended while it was put in place"
            for name in self._below(f"{HIDDEN}/pending")
        ]

    def prune(self, keep: int) -> None:
        """Nothing earlier is kept there: many such places keep versions of files by themselves."""

    def releases(self) -> list[Release]:
        return []

    def _path(self, *parts: str) -> str:
        return "/".join((self.root.rstrip("/"), *parts))


def opened_address(url: str) -> tuple[Any, str]:
    """The file system of an address, and what the address is called there."""
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise CannotUse(f"'{url}' {MISSING}") from None
    try:
        fs, root = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise CannotUse(f"'{url}' cannot be reached: {error}") from None
    except Exception as error:  # each file system has errors of its own
        raise CannotUse(f"'{url}' cannot be reached: {_said(error)}") from None
    return fs, root


def reached(url: str) -> Remote:
    """An address that answers, or CannotUse: asked once, before any work is done for it."""
    remote = Remote(url)
    try:
        remote.mend()
    except Exception as error:
        raise CannotUse(f"'{url}' cannot be reached: {_said(error)}") from None
    return remote


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Errors of a file system's own kind, as the one kind that everybody expects of files."""
    try:
        yield
    except Exception as error:
        raise OSError(errno.EIO, _said(error)) from error


def _said(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield path.relative_to(folder).as_posix(), digest


def _in_order(files: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    """What pages need, the pages, and what says that they are all there."""
    seals = [file for file in files if file == SEAL or file.endswith(f"/{SEAL}")]
    pages = [file for file in files if file.endswith(".html")]
    rest = [file for file in files if file not in {*seals, *pages}]
    return rest, pages, seals
