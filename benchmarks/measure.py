"""Commands in; how long they took, what memory they needed and what they wrote out.

Cases that are compared run in turn, so that a machine which slows down slows all of them.
"""

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from portions import portions

# How often a running command's memory is looked at.
GLANCE = 0.05


class RunError(Exception):
    """A measured command ended with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one command, with all its children, used.

    `peak_mib` is that of the largest of its processes. `parent_mib` and `child_mib` are of the first
    process and the largest that it started itself, where the system tells (Linux).
    """

    wall: float
    user: float
    system: float
    peak_mib: float
    parent_mib: float = 0.0
    child_mib: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The medians of a case's runs. `estimated` is how often a smaller run was counted."""

    wall: float
    user: float
    system: float
    peak_mib: float
    parent_mib: float
    child_mib: float
    bytes: int = 0
    files: int = 0
    pages: int = 0
    changed: int = 0
    changed_pdfs: int = 0
    runs: int
    estimated: int = 1

    @property
    def cpu(self) -> float:
        return self.user + self.system

    def times(self, count: int) -> "Sample":
        """What `count` of these one after another come to, when nobody ran them."""
        return replace(
            self,
            wall=self.wall * count,
            user=self.user * count,
            system=self.system * count,
            bytes=self.bytes * count,
            files=self.files * count,
            pages=self.pages * count,
            estimated=count,
        )


def _nothing(run: int) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something to measure. `prepare` gets the number of the run and is not timed.

    `out` is the folder that the command writes, `portion` what part of a processor each of its
    processes gets.
    """

    name: str
    command: Sequence[str]
    prepare: Callable[[int], None] = _nothing
    out: Path | None = None
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    portion: float = 1.0


def in_turn(
    cases: Sequence[Case],
    runs: int,
    said: Callable[[str], None] = lambda line: None,
    ready: Callable[[], None] = lambda: None,
) -> dict[str, Sample]:
    """Every case `runs` times: all of them once, then all of them again. A case may be for `once`.

    `ready` makes the machine so, before each.
    """
    usages: dict[str, list[Usage]] = {case.name: [] for case in cases}
    written: dict[str, tuple[int, int, int]] = {}
    changed: dict[str, tuple[int, int]] = {}
    for number in range(runs):
        for case in cases:
            if case.once and number:
                continue
            case.prepare(number)
            # What the case before has left to the system to write is not this one's work.
            os.sync()
            before = _files(case.out)
            ready()
            usage = run(
                case.command, cwd=case.cwd, environment=case.environment, portion=case.portion
            )
            after = _files(case.out)
            usages[case.name].append(usage)
            written[case.name] = (after.bytes, after.files, after.pages)
            changed[case.name] = len(after.seen - before.seen), len(after.pdfs - before.pdfs)
            said(f"{number + 1}/{runs} {case.name}: {usage.wall:.2f} s")
    return {
        case.name: _sample(usages[case.name], *written[case.name], *changed[case.name])
        for case in cases
    }


@dataclass(slots=True)
class _Files:
    """What a folder holds. `seen` and `pdfs` have a number for each file's name, size and time.

    Numbers and not names: on Linux a new process begins with its parent's peak memory.
    """

    bytes: int = 0
    files: int = 0
    pages: int = 0
    seen: set[int] = field(default_factory=set)
    pdfs: set[int] = field(default_factory=set)


def _files(folder: Path | None) -> _Files:
    found = _Files()
    for where, folders, names in os.walk(folder) if folder else ():
        # What a tool notes down for itself is nothing that readers see.
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = os.path.join(where, name)
            with contextlib.suppress(OSError):
                facts = os.stat(path)
                found.bytes += facts.st_size
                found.files += 1
                found.pages += name.endswith(".html")
                number = hash((path, facts.st_size, facts.st_mtime_ns))
                found.seen.add(number)
                if name.endswith(".pdf"):
                    found.pdfs.add(number)
    return found


def _sample(
    usages: Sequence[Usage], size: int, files: int, pages: int, changed: int, changed_pdfs: int
) -> Sample:
    return Sample(
        wall=median(usage.wall for usage in usages),
        user=median(usage.user for usage in usages),
        system=median(usage.system for usage in usages),
        peak_mib=max(usage.peak_mib for usage in usages),
        parent_mib=max(usage.parent_mib for usage in usages),
        child_mib=max(usage.child_mib for usage in usages),
        bytes=size,
        files=files,
        pages=pages,
        changed=changed,
        changed_pdfs=changed_pdfs,
        runs=len(usages),
    )


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    portion: float = 1.0,
) -> Usage:
    """Run the command to its end; its output is shown only when it fails."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
        )
        held = portions(process.pid, portion) if portion < 1 else contextlib.nullcontext()
        with _watching(process.pid) as seen, held:
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            said = output.read().decode("utf-8", "replace")[-2000:]
            raise RunError(f"{shlex.join(command)} ended with {process.returncode}:\n{said}")
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    return Usage(
        wall=wall,
        user=used.ru_utime,
        system=used.ru_stime,
        peak_mib=used.ru_maxrss * bytes_per_unit / 2**20,
        parent_mib=seen.parent / 1024,
        child_mib=seen.child / 1024,
    )


@dataclass(slots=True)
class _Seen:
    """The most memory that a glance has found, in KiB."""

    parent: int = 0
    child: int = 0


@contextlib.contextmanager
def _watching(process: int) -> Iterator[_Seen]:
    seen, done = _Seen(), threading.Event()

    def glance() -> None:
        while not done.wait(GLANCE):
            # The system keeps the peak itself, so only what comes after the last glance is missed.
            seen.parent = _peak_kib(process) or seen.parent
            for child in _children(process):
                seen.child = max(seen.child, _peak_kib(child))

    thread = threading.Thread(target=glance, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _peak_kib(process: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0])
    return 0


def _children(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        path = Path(f"/proc/{process}/task/{process}/children")
        return [int(number) for number in path.read_text(encoding="utf-8").split()]
    return []
