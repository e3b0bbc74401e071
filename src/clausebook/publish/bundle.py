"""A handbook's sources as one file, for machines that do not have them: a folder in, bytes out, and back.

The same sources always make the same bytes, so that the file is sent once. What changes are told
since goes along, because the history of a repository does not.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from clausebook.cache import FOLDER as CACHE
from clausebook.earlier import Earlier
from clausebook.load.files import Folder
from clausebook.publish.made_from import own_templates

EARLIER = ".earlier"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class CannotSend(Exception):
    """The sources are not such as another machine could be sent; says why."""


def packed(root: Path, earlier: Earlier | None) -> bytes:
    """Everything that sites are made from."""
    if earlier is not None and earlier.is_folder:
        raise CannotSend(
            f"'{earlier.since}' is a folder of earlier sites, which workers on other machines do not "
            "have: name a Git revision instead"
        )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(_found(root)):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, b"" if name.endswith("/") else path.read_bytes())
        entry = zipfile.ZipInfo(EARLIER, _LONG_AGO)
        archive.writestr(entry, pickle.dumps(earlier) if earlier else b"")
    return whole.getvalue()


def _found(root: Path) -> Iterator[tuple[str, Path]]:
    """Files, and folders too: a check may ask whether one is there."""
    tops = [root / "policies", root / "schools", *own_templates(root)]
    folder = Folder(root)
    waiting = list(dict.fromkeys(tops))
    seen = set()
    while waiting:
        path = waiting.pop()
        inside = path.resolve().is_relative_to(root.resolve())
        if not inside:
            raise CannotSend(
                f"mkdocs.yml names '{path}', which lies outside the handbook's folder, so workers on "
                "other machines do not have it: move it inside"
            )
        name = folder.name(Path(os.path.normpath(path)))
        if name in seen or "__pycache__" in path.parts or not path.exists():
            continue
        seen.add(name)
        if path.is_dir():
            yield f"{name}/", path
            waiting += folder.entries(path)[0]
        else:
            yield name, path


def unpacked(data: bytes, beside: Path, forget: Iterable[Path]) -> tuple[Path, Earlier | None]:
    """A folder with those sources, which nobody has written in; and what changes are told since.

    Documents that were kept in the folders to `forget` are kept on in this one.
    """
    root = beside / f"clausebook-{hashlib.sha256(data).hexdigest()[:16]}"
    half = root.with_name(f"{root.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        raw = archive.read(EARLIER)
        archive.extractall(half)
    (half / EARLIER).unlink()
    for old in forget:
        if (old / CACHE).is_dir() and not (half / CACHE).exists():
            (half / CACHE).parent.mkdir(parents=True, exist_ok=True)
            (old / CACHE).rename(half / CACHE)
        shutil.rmtree(old, ignore_errors=True)
    half.rename(root)
    return root, pickle.loads(raw) if raw else None
