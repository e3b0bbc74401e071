"""A site as it was published: what a later build takes from it instead of making it again.

In: its folder. Out: bytes of its files, each found to be what the seal says, and links to them. Files
that are linked are read too, unless the folder still looks as it did when it was published. Nothing is
ever written through a link: whoever changes a file puts another in its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from clausebook.seal import NAME, Seal, sealed_as
from clausebook.unchanged import stamp


class Stale(Exception):
    """What is published is not what was built: the whole site has to be made again."""


class Published:
    """A sealed folder. Stale when it has no sound seal, or another one than is asked for.

    `looks`: the stamp that was recorded when the site was put there.
    """

    def __init__(self, folder: Path, sealed: str | None = None, looks: str = "") -> None:
        # Where the folder is reached by a link that is switched, this build stays with one site.
        self.folder = folder.resolve()
        self._looks = looks
        # What was taken over as the very same file.
        self.linked: set[str] = set()
        try:
            raw = (self.folder / NAME).read_bytes()
            self.digests = (sealed and sealed_as(raw, sealed)) or _files(raw, sealed)
        except (OSError, ValidationError):
            raise Stale(f"{folder} has no sound seal") from None

    def read(self, path: str) -> bytes:
        """The bytes of a file. Stale when they are not as they were sealed."""
        try:
            raw = (self.folder / path).read_bytes()
        except OSError as error:
            raise Stale(f"{path} cannot be read: {error.strerror or error}") from None
        if hashlib.sha256(raw).hexdigest() != self.digests.get(path):
            raise Stale(f"{path} was changed after it was built")
        return raw

    def take_over(self, paths: Iterable[str], folder: Path) -> dict[str, str]:
        """The same files in another folder, by links where there can be any; the SHA-256 of each."""
        taken = {path: self._expected(path) for path in paths}
        for path in taken:
            try:
                if _link(f"{self.folder}/{path}", f"{folder}/{path}"):
                    self.linked.add(path)
            except OSError as error:
                raise Stale(f"{path} cannot be taken over: {error.strerror or error}") from None
        # The look comes after the links: whatever was changed before them is seen.
        as_put = self._looks and stamp(self.folder)[0] == self._looks
        for path, expected in taken.items():
            if not (as_put and path in self.linked):
                _check(path, f"{folder}/{path}", expected)
        return taken

    def _expected(self, path: str) -> str:
        expected = self.digests.get(path)
        if expected is None:
            raise Stale(f"{path} is not part of what was built")
        return expected


def _check(path: str, target: str, expected: str) -> None:
    """Stale where a file that was taken over is not what was sealed."""
    try:
        found = hashlib.sha256(_bytes(target)).hexdigest()
    except OSError as error:
        raise Stale(f"{path} cannot be taken over: {error.strerror or error}") from None
    if found != expected:
        raise Stale(f"{path} was changed after it was built")


def _bytes(path: str) -> bytes:
    """What a file holds. OSError where it is a link. There are very many to be read."""
    file = os.open(path, _TO_READ)
    try:
        return os.read(file, os.fstat(file).st_size + 1)
    finally:
        os.close(file)


_TO_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _files(raw: bytes, sealed: str | None) -> dict[str, str]:
    """The files in a seal whose bytes are not known."""
    seal = Seal.model_validate_json(raw)
    if seal.digest != seal.own_digest() or sealed not in (None, seal.digest):
        raise Stale("it is sealed in another way")
    return seal.files


def sealed(folder: Path) -> str:
    """The digest in the seal of a site that was just built."""
    return str(json.loads((folder / NAME).read_bytes())["digest"])


def _link(source: str, target: str) -> bool:
    """Another link to a file, or where there can be none a copy, which is told by False.

    OSError where it is no file itself.
    """
    if not hasattr(os, "O_NOFOLLOW") and os.path.islink(source):
        raise OSError("this is a link")
    for _ in range(2):
        try:
            os.link(source, target)
        except OSError:
            # Most often the folder is there: it is looked for only when something went wrong.
            os.makedirs(os.path.dirname(target), exist_ok=True)
        else:
            return True
    shutil.copyfile(source, target, follow_symlinks=False)
    return False
