"""A site as it was published: what a later build takes from it instead of making it again.

In: its folder. Out: bytes and links of its files, each of which is read and found to be what the seal
says. Nothing is ever written through a link: whoever changes a file puts another in its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from pydantic import ValidationError

from clausebook.seal import NAME, Seal, sealed_as


class Stale(Exception):
    """What is published is not what was built: the whole site has to be made again."""


class Published:
    """A sealed folder. Stale when it has no sound seal, or another one than is asked for."""

    def __init__(self, folder: Path, sealed: str | None = None) -> None:
        # Where the folder is reached by a link that is switched, this build stays with one site.
        self.folder = folder.resolve()
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

    def put(self, path: str, folder: Path) -> str:
        """The same file in another folder, by a link where there can be one; its SHA-256."""
        target, expected = f"{folder}/{path}", self.digests.get(path)
        if expected is None:
            raise Stale(f"{path} is not part of what was built")
        try:
            _link(f"{self.folder}/{path}", target)
            # What is read is the file that was put there, whatever happens to the other.
            found = hashlib.sha256(_bytes(target)).hexdigest()
        except OSError as error:
            raise Stale(f"{path} cannot be taken over: {error.strerror or error}") from None
        if found != expected:
            raise Stale(f"{path} was changed after it was built")
        return found


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


def _link(source: str, target: str) -> None:
    """Another link to a file, or where there can be none a copy. OSError where it is no file itself."""
    if not hasattr(os, "O_NOFOLLOW") and os.path.islink(source):
        raise OSError("this is a link")
    for _ in range(2):
        try:
            os.link(source, target)
        except OSError:
            # Most often the folder is there: it is looked for only when something went wrong.
            os.makedirs(os.path.dirname(target), exist_ok=True)
        else:
            return
    shutil.copyfile(source, target, follow_symlinks=False)
