"""Reads files below a root, and refuses whatever is not plain, small and really inside it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from clausebook.problem import Place, Problem
from clausebook.rules import unreadable_file

MAX_BYTES = 2_000_000
PICTURES = (".svg", ".png")


@dataclass(slots=True)
class Folder:
    """A handbook repository on disk. Every file read is remembered with its digest."""

    root: Path
    digests: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def instead(self, file: str, text: str) -> Folder:
        """The same folder, had one of its files another text: nothing is read twice."""
        return Folder(
            self.root,
            {**self.digests, file: hashlib.sha256(text.encode()).hexdigest()},
            {**self.texts, file: text},
        )

    def name(self, path: Path) -> str:
        """A path as problems show it: below the root, with forward slashes."""
        return path.as_posix().removeprefix(self.root.as_posix()).lstrip("/")

    def entries(self, path: Path) -> tuple[list[Path], list[Problem]]:
        """What a folder holds, by name. Links and hidden files are not followed."""
        found: list[Path] = []
        problems: list[Problem] = []
        try:
            listing = sorted(os.scandir(path), key=lambda entry: entry.name)
        except FileNotFoundError:
            return [], []
        except OSError as error:
            at = Place(self.name(path))
            return [], [unreadable_file.problem(at, error.strerror or "no reason given")]
        for entry in listing:
            if entry.name.startswith("."):
                continue
            here = path / entry.name
            if entry.is_symlink() and not self._leads_inside(here):
                at = Place(self.name(here))
                problems.append(unreadable_file.problem(at, "it is a link that leads elsewhere"))
                continue
            found.append(here)
        return found, problems

    def _leads_inside(self, path: Path) -> bool:
        """A link may stand for a file of the same root; links to folders could form loops."""
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return target.is_file() and target.is_relative_to(self.root.resolve())

    def read(self, path: Path) -> tuple[str | None, list[Problem]]:
        """The text of a file with plain line ends, or why there is none."""
        at = Place(self.name(path))
        if at.file in self.texts:
            return self.texts[at.file], []
        raw, problems = self._raw(path, at)
        if raw is None:
            return None, problems
        text, why = decoded(raw)
        if text is None:
            return None, [unreadable_file.problem(at, why)]
        self.digests[at.file] = hashlib.sha256(text.encode()).hexdigest()
        self.texts[at.file] = text
        return text, []

    def read_bytes(self, path: Path) -> tuple[bytes | None, list[Problem]]:
        """A picture's file as it is, or why it cannot be had. Drawings have plain line ends."""
        at = Place(self.name(path))
        raw, problems = self._raw(path, at)
        if raw is not None:
            if path.suffix == ".svg":  # a text, which a checkout may have given others
                raw = raw.replace(b"\r\n", b"\n")
            self.digests[at.file] = hashlib.sha256(raw).hexdigest()
        return raw, problems

    def _raw(self, path: Path, at: Place) -> tuple[bytes | None, list[Problem]]:
        try:
            if not path.is_file():
                return None, [unreadable_file.problem(at, "it is not a file")]
            if path.stat().st_size > MAX_BYTES:
                return None, [unreadable_file.problem(at, "it is larger than 2 MB")]
            return path.read_bytes(), []
        except OSError as error:
            return None, [unreadable_file.problem(at, error.strerror or "no reason given")]

    def fingerprint(self, top: Path) -> str | None:
        """Of every file below a folder; None when one of them cannot be read."""
        whole = hashlib.sha256()
        waiting = [top]
        while waiting:
            entries, problems = self.entries(waiting.pop())
            if problems:
                return None
            for path in entries:
                name = self.name(path)
                if path.is_dir():
                    waiting.append(path)
                    whole.update(f"{name}/\n".encode())
                elif (self.read_bytes if path.suffix in PICTURES else self.read)(path)[1]:
                    return None
                else:
                    whole.update(f"{name} {self.digests[name]}\n".encode())
        return whole.hexdigest()


def decoded(raw: bytes) -> tuple[str | None, str]:
    """UTF-8 text with or without a byte order mark, with line ends made plain."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, "it is UTF-16, not UTF-8"
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, f"line {line} is not UTF-8"
    if "\x00" in text:
        return None, "it holds a NUL character, so it is not text"
    return text.replace("\r\n", "\n").replace("\r", "\n"), ""
