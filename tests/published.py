"""Handbooks built again and again: by a command that can be killed, and looked at from outside.

A process of its own has everything loaded and makes a copy of itself for each command, so that a
command takes a fraction of a second and can be ended like any other.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clausebook.seal import verified
from tests.conftest import BASE, ROOT

HIDDEN = ".clausebook"
# What tells of one build, and so differs every time.
OF_ONE_BUILD = {"admin/build.html", "admin/report.json", "admin/seal.json"}
PINNED = "site_name: Ours\nextra: {clausebook: {as_of: 2026-11-20}}\n"

# A build that looks right after an edit does not trust what files look like from outside.
LOOK_AFTER = 0.03


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Put other words in a file of a handbook."""
    path = root / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    time.sleep(LOOK_AFTER)


def pin(root: Path) -> Path:
    """Give a handbook a day of its own."""
    (root / "mkdocs.yml").write_text(PINNED, "utf-8")
    time.sleep(LOOK_AFTER)
    return root


def contents(out: Path) -> dict[str, str]:
    """The digest of everything that is published, by path."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in _files(out)
        if name not in OF_ONE_BUILD
    }


def times(out: Path) -> dict[str, int]:
    """When every published file was last written."""
    return {name: path.stat().st_mtime_ns for name, path in _files(out)}


def _files(out: Path) -> Iterator[tuple[str, Path]]:
    for folder, folders, files in os.walk(out):
        if Path(folder) == out and HIDDEN in folders:
            folders.remove(HIDDEN)
        for file in files:
            path = Path(folder, file)
            yield path.relative_to(out).as_posix(), path


def sites(out: Path) -> dict[str, dict[str, str]]:
    """What each published site holds."""
    found: dict[str, dict[str, str]] = {}
    for name, digest in contents(out).items():
        parts = name.split("/")
        site = parts[0] if parts[0] == "admin" else "/".join(parts[:2])
        found.setdefault(site, {})[name] = digest
    return found


def wrong(out: Path) -> list[str]:
    """What is not whole among the published sites."""
    return [str(finding) for finding in verified(out).findings]


@dataclass
class Running:
    """A command at work, which leads a session of its own."""

    pid: int
    log: Path
    _commands: Commands
    _ended: int | None = None

    def kill(self, signal: int = 9) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal)

    def wait(self) -> int:
        """Its exit code, or the signal that ended it as a negative number."""
        if self._ended is None:
            self._ended = os.waitstatus_to_exitcode(int(self._commands.line()))
        return self._ended

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")


@dataclass
class Commands:
    """Starts `clausebook` over and over: one at a time."""

    process: subprocess.Popen[str]
    folder: Path
    handbook: Path
    number: int = field(default=0)

    def anew(self) -> Path:
        """The one handbook for which everything is ready, as it was to begin with."""
        shutil.rmtree(self.handbook)
        shutil.copytree(BASE, self.handbook)
        return pin(self.handbook)

    def start(self, *words: str) -> Running:
        self.number += 1
        log = self.folder / f"{self.number:04d}.txt"
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"words": words, "log": str(log)}) + "\n")
        self.process.stdin.flush()
        return Running(int(self.line()), log, self)

    def run(self, *words: str) -> Running:
        running = self.start(*words)
        running.wait()
        return running

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextlib.contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """A handbook is built once, so that everything a build needs is ready."""
    handbook = folder / "handbook"
    shutil.copytree(BASE, handbook)
    pin(handbook)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.published", str(handbook)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Commands(process, folder, handbook)
        assert process.stdin is not None
        process.stdin.close()


def session(leader: int) -> list[int]:
    """The processes that are left of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, _, of = (
                    (entry / "stat").read_text().rpartition(")")[2].split(maxsplit=4)[:4]
                )
                if int(of) == leader and state != "Z":
                    found.append(int(entry.name))
    return found


def soon_empty(leader: int, seconds: float = 5.0) -> bool:
    """Whether everybody in a session ends within a moment."""
    until = time.monotonic() + seconds
    while session(leader):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _serve(warm: Path) -> None:
    from clausebook.cli import main

    with open(os.devnull, "w", encoding="utf-8") as nothing, contextlib.redirect_stdout(nothing):
        main(["build", "--no-pdf", "--jobs", "1", "--root", str(warm)])
    _tell("ready")
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            log = os.open(asked["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os._exit(_code(asked["words"]))
        _tell(pid)
        _tell(os.waitpid(pid, 0)[1])


def _tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _code(words: list[str]) -> int:
    import traceback

    from clausebook.cli import main

    try:
        code = main(words)
    except BaseException:
        traceback.print_exc()
        code = 99
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
