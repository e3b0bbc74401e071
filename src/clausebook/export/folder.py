"""Files in, a folder that holds them out; never in the place of anything that somebody else wrote.

`clausebook-export.json` says whose export a folder holds and what each file was, so that an export
which people have begun to edit is told from one that may be made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

NAME = "clausebook-export.json"
_FEW = 5


class NotOurs(Exception):
    """The folder holds something that an export would destroy; the message says what."""


def put(files: Mapping[str, bytes], target: Path, organisation: str, edition: str) -> bool:
    """Whether an earlier export of the same was replaced. Files of other programs are left alone."""
    record = _record(files, organisation, edition)
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        _new({**files, NAME: record}, target)
        return False
    old = _earlier(target, organisation, edition)
    edited = sorted(_edited(old, files, target))
    if edited:
        more = f" and {len(edited) - _FEW} more" if len(edited) > _FEW else ""
        raise NotOurs(
            f"'{target}' was edited since it was exported: {', '.join(edited[:_FEW])}{more}"
        )
    for name, data in files.items():
        path = target / name
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f".{path.name}.new")
            half.write_bytes(data)
            half.replace(path)
    for name in old:
        if name not in files:
            (target / name).unlink(missing_ok=True)
    (target / NAME).write_bytes(record)
    return True


def _record(files: Mapping[str, bytes], organisation: str, edition: str) -> bytes:
    known = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    facts = {"organisation": organisation, "edition": edition, "files": known}
    return (json.dumps(facts, indent=2) + "\n").encode()


def _new(files: Mapping[str, bytes], target: Path) -> None:
    """All of it or nothing: a folder that was begun would be nobody's."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".clausebook-", dir=target.parent) as beside:
        made = Path(beside, "export")
        for name, data in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if target.exists():
            target.rmdir()
        shutil.move(made, target)


def _earlier(target: Path, organisation: str, edition: str) -> Mapping[str, str]:
    """What an earlier export of the same wrote."""
    if not target.is_dir():
        raise NotOurs(f"'{target}' is a file")
    try:
        record: Any = json.loads((target / NAME).read_text(encoding="utf-8"))
        whose, which, files = record["organisation"], record["edition"], dict(record["files"])
    except FileNotFoundError:
        raise NotOurs(f"'{target}' holds files that are no export") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise NotOurs(f"'{target / NAME}' cannot be read, so nobody knows what is edited") from None
    if (whose, which) != (organisation, edition):
        raise NotOurs(f"'{target}' holds the {which} edition of {whose}")
    if any(Path(name).is_absolute() or ".." in Path(name).parts for name in files):
        raise NotOurs(f"'{target / NAME}' names files outside its folder")
    return files


def _edited(old: Mapping[str, str], new: Mapping[str, bytes], target: Path) -> Iterator[str]:
    """Files that are neither as they were exported nor as they would be."""
    for name in {*old, *new}:
        path = target / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            yield name
        elif path.is_file():
            data = path.read_bytes()
            if data != new.get(name) and hashlib.sha256(data).hexdigest() != old.get(name):
                yield name
