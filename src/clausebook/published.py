"""A site as it was published: what a later build takes from it instead of making it again.

In: its folder. Out: bytes and links of its files, each of which is read and found to be what the seal
says. Nothing is ever written through a link: whoever changes a file puts another in its place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from pydantic import ValidationError

from clausebook.seal import NAME, Seal


class Stale(Exception):
    """What is published is not what was built: the whole site has to be made again."""


class Published:
    """A sealed folder. Stale when it has no sound seal, or another one than is asked for."""

    def __init__(self, folder: Path, sealed: str | None = None) -> None:
        # Where the folder is reached by a link that is switched, this build stays with one site.
        self.folder = folder.resolve()
        try:
            raw = (self.folder / NAME).read_bytes()
            seal = Seal.model_validate_json(raw)
        except (OSError, ValidationError):
            raise Stale(f"{folder} has no sound seal") from None
        if seal.digest != seal.own_digest() or sealed not in (None, seal.digest):
            raise Stale(f"{folder} is sealed in another way")
        self.digests = seal.files

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
        source, target = os.path.join(self.folder, path), os.path.join(folder, path)
        expected = self.digests.get(path)
        if expected is None or os.path.islink(source):
            raise Stale(f"{path} is not part of what was built")
        try:
            _link(source, target)
            # What is read is the file that was put there, whatever happens to the other.
            with open(target, "rb", buffering=0) as file:
                found = hashlib.sha256(file.read()).hexdigest()
        except OSError as error:
            raise Stale(f"{path} cannot be taken over: {error.strerror or error}") from None
        if found != expected:
            raise Stale(f"{path} was changed after it was built")
        return found


def sealed(folder: Path) -> str:
    """The digest in the seal of a site that was just built."""
    return Seal.model_validate_json((folder / NAME).read_bytes()).digest


def _link(source: str, target: str) -> None:
    """A link, or where there can be none a copy."""
    for _ in range(2):
        try:
            os.link(source, target)
        except OSError:
            # Most often the folder is there: it is looked for only when something went wrong.
            os.makedirs(os.path.dirname(target), exist_ok=True)
        else:
            return
    shutil.copyfile(source, target)
