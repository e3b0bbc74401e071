"""Are documents there as they were made? Told from the outside of files, before much is imported.

`clausebook pdf` notes how its sources, its program and the files it wrote looked from outside. Asked
the same again it compares, and where nothing differs it says what it said then.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from clausebook import unchanged
from clausebook.shipped import shipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping
    from typing import Any

# Beside what the cache keeps (cache.py takes longer to load than all this takes), under a name by
# which it is forgotten with the documents that nobody has asked for in a while.
_FOLDER, _PREFIX = Path(".cache", "clausebook"), "pdf-said-"
# How the files looked that documents were last asked for of.
_LAST = "printed"


def sources(root: Path) -> list[Path]:
    """What the bytes of documents depend on, as far as it lies in files."""
    return unchanged.sources(root, [shipped("overrides")])


def begin(root: Path, organisation: str, looks: str, warm: Callable[[Path], object]) -> None:
    """Have a process make itself ready for documents already, unless the same organisation's were
    asked for last, when their sources looked like this: most likely, none will be made then."""
    from clausebook.cache import Cache

    if Cache(root).get(_LAST, f"{organisation} {looks}") is None:
        from functools import partial

        from clausebook.pdf import children

        children.prepare(partial(warm, root))


def asked_for(root: Path, organisation: str, looks: str) -> None:
    """Documents of an organisation were asked for when their sources looked like this."""
    from clausebook.cache import Cache

    Cache(root).put(_LAST, f"{organisation} {looks}", True)


def answer(args: Namespace) -> str | None:
    """What was said of these documents, if they were asked for before and nothing is other now."""
    asked = _asked(args)
    try:
        note = unchanged.whole(_path(args.root, asked))
        if note["asked"] != asked or note["beside"] != _beside():
            return None
        if note["day"] and note["day"] != _today():
            return None
        if unchanged.look(sources(args.root))[0] != note["sources"]:
            return None
        if unchanged.look(map(Path, note["files"]))[0] != note["looks"]:
            return None
        return str(note["said"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def note(
    args: Namespace,
    *,
    looked: tuple[str, int, int],
    day: str,
    files: Mapping[str, str],
    said: str,
) -> None:
    """Keep what was said of documents that were all made.

    `looked`: how their sources looked before anything was read, and when that was. `day`: the day
    it was, where what is checked depends on it. `files`: how each file looked when it was written.
    """
    looks, newest, at = looked
    asked = _asked(args)
    path, paths = _path(args.root, asked), [*files]
    as_written = unchanged.look(map(Path, paths))[0]
    # What somebody else wrote meanwhile is not vouched for.
    still = all(look_of(file) == look for file, look in files.items())
    if not (still and unchanged.settled(newest, at)):
        with contextlib.suppress(OSError):
            path.unlink()
        return
    body = {
        "asked": asked,
        "beside": _beside(),
        "day": day,
        "sources": looks,
        "files": paths,
        "looks": as_written,
        "said": said,
    }
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    unchanged.keep(path, body)


def look_of(file: str) -> str:
    """How one file looks."""
    return unchanged.look([Path(file)])[0]


def _path(root: Path, asked: dict[str, Any]) -> Path:
    return root / _FOLDER / f"{_PREFIX}{unchanged.digest_of(asked)[:32]}.json"


def _asked(args: Namespace) -> dict[str, Any]:
    """What decides the result, besides files."""
    return {
        "root": str(args.root),
        "organisation": args.organisation,
        "policies": list(args.policies),
        "handbook": args.handbook,
        "edition": args.edition,
        "large print": args.large_print,
        "booklet": args.booklet,
        "right hand": args.right_hand,
        "since": args.since,
        "out": str(args.out),
        "folder": str(args.out.resolve()),
    }


def _beside() -> list[str]:
    """What else draws documents: packages, and libraries of the system."""
    from clausebook.pdf import libraries

    return [*unchanged.installed(), *(f"{name} {which}" for name, which in libraries().items())]


def _today() -> str:
    from clausebook.dates import today

    return today().isoformat()
