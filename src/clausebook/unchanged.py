"""Is there anything to build? Told from the outside of files alone, before anything is imported.

A build notes how its sources, its program and what it published looked from outside: names, sizes
and times. The next one compares, and where nothing differs it says what the last one said. This
module imports next to nothing, because loading the rest takes longer than the answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat as kinds
import sys
import time
from pathlib import Path

from clausebook.cores import cores
from clausebook.shipped import PACKAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

BEHIND = ".clausebook"
NAME = "unchanged.json"
# A file edited so soon before a look could be edited again without looking other; on file systems
# that tell times to the second or two, for longer.
_FINE, _COARSE = 20_000_000, 2_500_000_000


def look(tops: Iterable[Path]) -> tuple[str, int]:
    """How some files and folders look from outside, and the time of the newest among them."""
    whole, newest = hashlib.sha256(), 0
    linked: set[str] = set()
    for top in tops:
        waiting = [os.fspath(top)]
        while waiting:
            here = waiting.pop()
            try:
                found = os.stat(here)
                entries = (
                    sorted(os.scandir(here), key=_name) if kinds.S_ISDIR(found.st_mode) else []
                )
            except OSError:
                whole.update(f"{here} missing\n".encode("utf-8", "surrogateescape"))
                continue
            if not kinds.S_ISDIR(found.st_mode):
                newest = max(newest, _add(whole, here, found))
                continue
            whole.update(f"{here}/\n".encode("utf-8", "surrogateescape"))
            for entry in entries:
                if entry.name == "__pycache__":
                    continue
                if entry.is_dir():
                    if not entry.is_symlink() or not leads_twice(entry.path, linked):
                        waiting.append(entry.path)
                    continue
                try:
                    newest = max(newest, _add(whole, entry.path, entry.stat()))
                except OSError:
                    whole.update(f"{entry.path} leads nowhere\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest(), newest


def leads_twice(path: str, followed: set[str]) -> bool:
    """Whether it is a link to a folder that another one led to: they could form a loop."""
    if not os.path.islink(path):
        return False
    real = os.path.realpath(path)
    known = real in followed
    followed.add(real)
    return known


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _add(whole: Any, path: str, stat: os.stat_result) -> int:
    line = f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ctime_ns}\0{stat.st_ino}\n"
    whole.update(line.encode("utf-8", "surrogateescape"))
    return max(stat.st_mtime_ns, stat.st_ctime_ns)


def settled(newest: int, looked: int) -> bool:
    """Whether no file can have been edited since without looking other."""
    coarse = newest % 1_000_000_000 == 0
    return looked - newest > (_COARSE if coarse else _FINE)


def sources(root: Path, templates: Iterable[Path]) -> list[Path]:
    """What the result of a build depends on: the handbook's files, and the program's."""
    own = [root / "mkdocs.yml", root / "policies", root / "schools"]
    return [*own, *templates, PACKAGE]


def stamp(folder: Path) -> tuple[str, int, int]:
    """How a published folder looks from outside: names, sizes, times. With its files and bytes.

    How many links a file has plays no part: to keep a release or forget one changes no file.
    """
    whole = hashlib.sha256()
    number = total = 0
    top, waiting = os.fspath(folder), [""]
    while waiting:
        here = waiting.pop()
        try:
            entries = _entries(top + here)
        except OSError:
            whole.update(f"{here} unreadable\n".encode("utf-8", "surrogateescape"))
            continue
        lines = []
        for name, found in entries:
            if found is None:
                waiting.append(f"{here}/{name}")
                continue
            number += 1
            total += found.st_size
            lines.append(f"{here}/{name}\0{found.st_size}\0{found.st_mtime_ns}\n")
        whole.update("".join(lines).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()[:32], number, total


def _entries(folder: str) -> list[tuple[str, os.stat_result | None]]:
    """What a folder holds by name, in order: how a file looks, and None for a folder."""
    # By its number, the way to it is not gone again for each file in it.
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY) if _BY_NUMBER else None
    try:
        with os.scandir(folder if opened is None else opened) as entries:
            return sorted(map(_seen, entries))
    finally:
        if opened is not None:
            os.close(opened)


_BY_NUMBER = os.scandir in os.supports_fd and hasattr(os, "O_DIRECTORY")


def _seen(entry: os.DirEntry[str]) -> tuple[str, os.stat_result | None]:
    is_folder = entry.is_dir(follow_symlinks=False)
    return entry.name, None if is_folder else entry.stat(follow_symlinks=False)


def installed() -> list[str]:
    """The packages that are installed, with their versions, told from their folders' names."""
    found: set[str] = set()
    for path in sys.path:
        if path.endswith("-packages"):
            try:
                found.update(name for name in os.listdir(path) if name.endswith(".dist-info"))
            except OSError:
                continue
    return sorted(found)


def environment(names: Iterable[str]) -> dict[str, str | None]:
    """Variables of the environment, told by digests: some hold what nobody else should read."""
    return {name: _digest(os.environ[name]) if name in os.environ else None for name in names}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def digest_of(note: Mapping[str, Any]) -> str:
    """Of a note, to tell later that nothing of it was altered."""
    return hashlib.sha256(json.dumps(note, sort_keys=True).encode()).hexdigest()


def keep(path: Path, note: Mapping[str, Any]) -> None:
    """Put a note in its place, if it can be written: whoever finds none looks for himself."""
    half = path.with_name(f"{path.name}.new")
    try:
        half.write_text(json.dumps({**note, "digest": digest_of(note)}), encoding="utf-8")
        half.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            half.unlink()


def whole(path: Path) -> dict[str, Any]:
    """A note as it was kept. OSError, ValueError, KeyError, TypeError or AttributeError where it is not."""
    note: dict[str, Any] = json.loads(path.read_bytes())
    if note.pop("digest") != digest_of(note):
        raise ValueError("altered")
    return note


# ------------------------------------------------------------------------------ what was noted


def answer(
    out: Path, asked: Mapping[str, Any], today: Callable[[], str], jobs: int | None = None
) -> tuple[str, int] | None:
    """What the last build of this output said, if it was asked the same and nothing is other now.

    `jobs`: how many processes may look at once, if not as many as the machine has cores.
    """
    try:
        note = whole(out / BEHIND / NAME)
        templates = [Path(path) for path in note["templates"]]
        if note["asked"] != _plain(asked) or note["packages"] != installed():
            return None
        if note["variables"] != environment(note["variables"]):
            return None
        if note["day"] and note["day"] != today():
            return None
        if look(sources(Path(note["root"]), templates))[0] != note["sources"]:
            return None
        said, code = str(note["said"]), int(note["code"])
        return (said, code) if _as_left(out, note["sites"], jobs or cores()) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


# How many sites make a further process worth its while, and how many processes look at most.
_WORTH, _MOST = 25, 4


def _as_left(out: Path, sites: Mapping[str, str], jobs: int) -> bool:
    """Whether each of the sites looks as it was noted to. Most of an answer's time goes into this."""
    noted = list(sites.items())
    can = hasattr(os, "fork") and sys.platform != "darwin"
    parts = max(1, min(jobs, _MOST, len(noted) // _WORTH)) if can else 1
    beside = [_beside(_all_look, out, noted[part::parts]) for part in range(1, parts)]
    try:
        own = _all_look(out, noted[::parts])
    finally:  # nobody else waits for them
        found = [holds() for holds in beside]
    return all([own, *found])


def _all_look(out: Path, noted: Iterable[tuple[str, str]]) -> bool:
    return all(stamp(out / name)[0] == looks for name, looks in noted)


def _beside(holds: Callable[..., bool], *given: Any) -> Callable[[], bool]:
    """Have a process of its own find out whether it holds; to be asked for what it found, once.

    By a plain fork: what makes processes with more comfort takes longer to load than it saves here.
    Where there can be no more processes, it is found out when asked for.
    """
    parent, code = os.getpid(), 2
    try:
        child = os.fork()
        if child == 0:
            code = 0 if holds(*given) else 1
    except OSError:
        return lambda: holds(*given)
    finally:  # whatever ends it, a copy of this process goes no further
        if os.getpid() != parent:
            os._exit(code)

    def found() -> bool:
        try:
            return os.waitpid(child, 0)[1] == 0
        except ChildProcessError:  # whoever started this program, or uses it, takes their ends
            return holds(*given)

    return found


def note(
    out: Path,
    asked: Mapping[str, Any],
    *,
    root: Path,
    templates: Iterable[Path],
    looked: tuple[str, int, int],
    variables: Mapping[str, str | None],
    day: str,
    sites: Mapping[str, str],
    said: str,
    code: int,
) -> None:
    """Keep what a build found. `looked`: how its sources looked before it began, and when that was;
    `variables`: what its settings ask the environment for, as `environment` told it then."""
    looks, newest, at = looked
    path = out / BEHIND / NAME
    if not settled(newest, at):
        path.unlink(missing_ok=True)
        return
    body = {
        "asked": _plain(asked),
        "root": os.fspath(root),
        "templates": [os.fspath(path) for path in templates],
        "packages": installed(),
        "sources": looks,
        "variables": dict(variables),
        "day": day,
        "sites": dict(sites),
        "said": said,
        "code": code,
    }
    keep(path, body)


def forget(out: Path) -> None:
    """The next build looks at everything."""
    (out / BEHIND / NAME).unlink(missing_ok=True)


def _plain(asked: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(asked))


def now() -> int:
    return time.time_ns()
