"""Jobs in, each done in a process of its own within limits; the bytes each made, or why not, out.

A document that goes on for ever, needs all the memory there is or crashes the engine ends its own
process and nothing else. Where the system can fork, each child is a copy of this process, with
the engine and its fonts ready; elsewhere it is a fresh process that runs `main` here.

A child speaks through a pipe: one byte that says how it went, then what it made or the reason.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import mimetypes
import os
import pickle
import selectors
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from clausebook.processes import die_with
from clausebook.shipped import PACKAGE, shipped

try:
    import resource
except ImportError:  # Windows: a wall clock, but no limits
    resource = None  # type: ignore[assignment]

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
_MADE, _REFUSED = b"+", b"-"
_PIECE = 1 << 20
# What the C libraries say on their way out when they get no more memory.
_STARVED = (b"failed to allocate", b"ut of memory", b"annot allocate memory", b"MemoryError")


class Refused(Exception):
    """A job raises this to give its reason in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one child may use: processor seconds, bytes of memory, seconds by the clock."""

    cpu: int = 30
    memory: int = 2 << 30
    clock: float = 120.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to call it in a reason, a function of a module, and what it is given (picklable)."""

    name: str
    make: Callable[..., bytes]
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a job: `data`, or the `reason` there is none. Processor seconds, peak bytes."""

    job: Job
    data: bytes | None = None
    reason: str | None = None
    cpu: float = 0.0
    memory: int = 0

    def __str__(self) -> str:
        return f"{self.job.name}: {self.reason or 'made'}"


def run(
    jobs: Iterable[Job],
    workers: int | None = None,
    limits: Limits | None = None,
    *,
    reads: Sequence[Path] = (),
    fork: bool = CAN_FORK,
) -> Iterator[Done]:
    """Do jobs side by side; each comes back as it is done, in no fixed order.

    A child may read the program's own files and what lies in `reads`, and nothing else.
    """
    limits = limits or Limits()
    workers = max(1, workers or os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="clausebook-children-") as folder:
        runner = _forked if fork else _started
        rules = _Rules(limits, folder, tuple(str(path) for path in reads))
        with contextlib.closing(runner(iter(jobs), workers, rules)) as each:
            yield from each


def failing(
    parts: Sequence[Job],
    workers: int | None = None,
    limits: Limits | None = None,
    *,
    reads: Sequence[Path] = (),
    fork: bool = CAN_FORK,
) -> list[Done]:
    """Which parts of a document fail when each is made alone, in the order given.

    A child that dies cannot say which clause it was at, so its clauses are tried one by one.
    """
    each = run(parts, workers, limits, reads=reads, fork=fork)
    found = {id(done.job): done for done in each if done.reason}
    return [found[id(part)] for part in parts if id(part) in found]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What every child of one run is held to; `folder` is for its temporary files."""

    limits: Limits
    folder: str
    reads: tuple[str, ...]


# ------------------------------------------------------------------------------ forked children


class _Child:
    """A forked child, as its parent sees it."""

    def __init__(self, job: Job, pid: int, pipe: int, errors: IO[bytes], until: float) -> None:
        self.job, self.pid, self.pipe, self.errors, self.until = job, pid, pipe, errors, until
        self.said = bytearray()
        self.late = False

    def hear(self) -> bool:
        """Read what has come; False when that was all."""
        piece = os.read(self.pipe, _PIECE)
        self.said += piece
        return bool(piece)

    def end(self, limits: Limits) -> Done:
        """Wait for its end, which is now, and say what came of it."""
        os.close(self.pipe)
        _, status, used = os.wait4(self.pid, 0)
        self.pid = 0
        with self.errors:
            errors = _tail(self.errors)
        return _done(
            self.job,
            limits,
            bytes(self.said),
            os.waitstatus_to_exitcode(status),
            errors,
            self.late,
            used.ru_utime + used.ru_stime,
            _peak(used.ru_maxrss),
        )

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _forked(jobs: Iterator[Job], workers: int, rules: _Rules) -> Generator[Done, None, None]:
    living: dict[int, _Child] = {}
    with selectors.DefaultSelector() as selector:
        try:
            while True:
                while len(living) < workers and (job := next(jobs, None)) is not None:
                    child = _fork(job, rules)
                    living[child.pipe] = child
                    selector.register(child.pipe, selectors.EVENT_READ)
                if not living:
                    return
                nearest = min(child.until for child in living.values())
                for key, _ in selector.select(max(0.0, nearest - time.monotonic())):
                    child = living[key.fd]
                    if not child.hear():
                        selector.unregister(key.fd)
                        del living[key.fd]
                        yield child.end(rules.limits)
                for child in living.values():
                    if not child.late and child.until <= time.monotonic():
                        child.late, child.until = True, time.monotonic() + 60
                        child.kill()
        finally:
            for child in living.values():
                child.kill()
                child.end(rules.limits)


def _fork(job: Job, rules: _Rules) -> _Child:
    errors = tempfile.TemporaryFile(dir=rules.folder)  # noqa: SIM115  (closed at the end of the child)
    reading, writing = os.pipe()
    parent, pid = os.getpid(), os.fork()
    if pid:
        os.close(writing)
        return _Child(job, pid, reading, errors, time.monotonic() + rules.limits.clock)
    try:  # the child, from here to its end
        die_with(parent)
        os.close(reading)
        os.dup2(errors.fileno(), 2)
        os.dup2(errors.fileno(), 1)
        sys.stdout = sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        gc.freeze()
        os._exit(_answer(job, rules, writing))
    finally:
        os._exit(70)


# ------------------------------------------------------------------------------ fresh processes


def _started(jobs: Iterator[Job], workers: int, rules: _Rules) -> Generator[Done, None, None]:
    living: set[Future[Done]] = set()
    processes: set[subprocess.Popen[bytes]] = set()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(living) < workers and (job := next(jobs, None)) is not None:
                    living.add(pool.submit(_start, job, rules, processes))
                if not living:
                    return
                ended, living = wait(living, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield future.result()
        finally:
            for process in list(processes):
                process.kill()


def _start(job: Job, rules: _Rules, processes: set[subprocess.Popen[bytes]]) -> Done:
    work = pickle.dumps((sys.path, job, rules))
    late = False
    with tempfile.TemporaryFile(dir=rules.folder) as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        processes.add(process)
        try:
            said, _ = process.communicate(work, timeout=rules.limits.clock)
        except subprocess.TimeoutExpired:
            late = True
            process.kill()
            said, _ = process.communicate()
        finally:
            processes.discard(process)
        said, cpu, memory = _used(said)
        return _done(job, rules.limits, said, process.returncode, _tail(errors), late, cpu, memory)


def _used(said: bytes) -> tuple[bytes, float, int]:
    """What a fresh process says of itself after its answer: its processor seconds, its peak."""
    answer, mark, line = said.rpartition(b"\n#")
    if not mark:
        return said, 0.0, 0
    cpu, memory = line.split()
    return answer, float(cpu), int(memory)


def main() -> None:
    """A fresh process: the job from standard input, the answer to standard output."""
    out = os.dup(1)
    os.dup2(2, 1)
    path, job, rules = pickle.load(sys.stdin.buffer)
    sys.path[:] = path
    status = _answer(job, rules, out, last=_usage)
    os._exit(status)


def _usage() -> bytes:
    if resource is None:
        return b"\n#%f 0" % time.process_time()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return b"\n#%f %d" % (used.ru_utime + used.ru_stime, _peak(used.ru_maxrss))


# ------------------------------------------------------------------------------ in the child


def _answer(job: Job, rules: _Rules, out: int, last: Callable[[], bytes] = bytes) -> int:
    """Do the job and say what came of it."""
    try:
        _limit(rules.limits, rules.folder)
        _guard(rules)
        answer = _MADE + job.make(*job.given)
    except BaseException as error:
        answer = _REFUSED + _why(error, rules.limits).encode()
    with open(out, "wb") as pipe:
        pipe.write(answer)
        pipe.write(last())
    return 0


def _limit(limits: Limits, folder: str) -> None:
    faulthandler.disable()
    tempfile.tempdir = folder
    for name in ("SIGINT", "SIGTERM", "SIGXCPU", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if resource is not None:
        _lower(resource.RLIMIT_CORE, 0, 0)
        _lower(resource.RLIMIT_CPU, limits.cpu, limits.cpu + 1)
        # A copy of a large process is large before it does anything.
        most = _held() + limits.memory
        _lower(resource.RLIMIT_AS, most, most)


def _held() -> int:
    """How much memory this process has been given so far, in bytes; 0 where nobody says."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _lower(which: int, soft: int, hard: int) -> None:
    """Set a limit, unless a lower one holds already (or the system has none of this kind)."""
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def _guard(rules: _Rules) -> None:
    """No network, no other program, and no file but the program's own, whatever asks.

    The fetcher of the engine already reads nothing; this holds where something goes round it.
    """
    own = tuple(_own(rules))

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path = arguments[0]
            if isinstance(path, (str, bytes)) and not _real(path).startswith(own):
                raise PermissionError(f"a document may not open {os.fsdecode(path)!r}")
        elif event.startswith(_NEVER):
            raise PermissionError(f"a document may not do this ({event})")

    sys.addaudithook(watch)


_NEVER = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.system",
)  # fmt: skip


def _own(rules: _Rules) -> Iterator[str]:
    """Where the program's own files are: Python, its packages, this package, fonts, time zones."""
    paths = {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, rules.folder}
    paths |= {path for path in sys.path if path.endswith((".zip", "-packages"))}
    paths |= {
        str(PACKAGE),
        str(shipped("overrides")),
        "/usr/share",
        "/usr/lib",
        "/etc/fonts",
        "/dev/null",
    }
    paths |= set(rules.reads)
    paths |= {*map(str, mimetypes.knownfiles), "/etc/localtime"}  # what Python itself looks up
    paths |= {os.environ.get("FONTCONFIG_FILE", ""), os.environ.get("FONTCONFIG_PATH", "")} - {""}
    for path in sorted(map(_real, paths)):
        yield path.rstrip(os.sep) + os.sep if os.path.isdir(path) else path
    yield _real(os.path.join(tempfile.gettempdir(), "weasyprint-"))  # where it keeps its fonts


def _real(path: str | bytes) -> str:
    return os.path.realpath(os.fsdecode(path))


# ------------------------------------------------------------------------------ reasons


def _why(error: BaseException, limits: Limits) -> str:
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, MemoryError):
        return _too_much(limits)
    if isinstance(error, RecursionError):
        return "its parts stand too deep inside one another"
    said = " ".join(str(error).split())
    return f"it could not be made ({type(error).__name__}{': ' if said else ''}{said[:300]})"


def _too_much(limits: Limits) -> str:
    return f"it needs more memory than the {_bytes(limits.memory)} a document may use"


def _too_long(limits: Limits) -> str:
    return f"it takes more than the {_seconds(limits.cpu)} of processor time a document may use"


def _bytes(number: int) -> str:
    if number >= 1 << 30:
        return f"{number / (1 << 30):.3g} GB"
    return f"{number / (1 << 20):.3g} MB"


def _seconds(number: float) -> str:
    return f"{number:g} second{'' if number == 1 else 's'}"


def _done(
    job: Job,
    limits: Limits,
    said: bytes,
    status: int,
    errors: bytes,
    late: bool,
    cpu: float,
    memory: int,
) -> Done:
    reason: str | None = None
    data: bytes | None = None
    if late:
        reason = f"it was not done after {_seconds(limits.clock)}"
    elif status == 0 and said[:1] == _MADE:
        data = said[1:]
    elif status == 0 and said[:1] == _REFUSED:
        reason = said[1:].decode("utf-8", "replace")
    else:
        reason = _died(status, errors, limits, cpu)
    return Done(job=job, data=data, reason=reason, cpu=cpu, memory=memory)


def _died(status: int, errors: bytes, limits: Limits, cpu: float) -> str:
    """Why a child ended before it could say so itself."""
    if any(words in errors for words in _STARVED):
        return _too_much(limits)
    name = _signal(-status) if status < 0 else ""
    if name == "SIGXCPU" or (name == "SIGKILL" and cpu >= limits.cpu - 0.5):
        return _too_long(limits)
    if name == "SIGKILL":
        return "the system ended it, most likely because memory ran out"
    if name:
        return f"the engine crashed on it ({name})"
    return f"its process ended without an answer (status {status})"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _tail(errors: IO[bytes]) -> bytes:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - 4096))
    return errors.read()


def _peak(size: int) -> int:
    """What the system gives as the peak memory, in bytes."""
    return size if sys.platform == "darwin" else size * 1024
