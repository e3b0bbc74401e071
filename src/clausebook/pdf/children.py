"""Jobs in, each done in a process of its own within limits; the bytes each made, or why not, out.

A document that goes on for ever, needs all the memory there is or crashes the engine ends its own
process and nothing else. Where the system can fork, each child is a copy of a process that holds
the engine and its fonts ready: this one, or (`warm`) one that holds nothing else, so that a child is
small whatever is open here. Elsewhere it is a fresh process that runs `main` here.

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
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing.util import Finalize
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


_NOTHING = Job(name="", make=bytes)


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
    warm: Callable[[], object] | None = None,
) -> Iterator[Done]:
    """Do jobs side by side; each comes back as it is done, in no fixed order.

    A child may read the program's own files and what lies in `reads`, and nothing else. With `warm`,
    a function of a module that makes ready what the jobs need, children are copies of a process
    where nothing else has been done; it is started once and stays while this one does.
    """
    limits = limits or Limits()
    workers = max(1, workers or os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="clausebook-children-") as folder:
        rules = _Rules(limits, folder, tuple(str(path) for path in reads))
        if fork and warm is not None:
            each = _from_warm(iter(jobs), workers, rules, warm)
        else:
            each = (_forked if fork else _started)(iter(jobs), workers, rules)
        with contextlib.closing(each):
            yield from each


def failing(
    parts: Sequence[Job],
    workers: int | None = None,
    limits: Limits | None = None,
    *,
    reads: Sequence[Path] = (),
    fork: bool = CAN_FORK,
    warm: Callable[[], object] | None = None,
) -> list[Done]:
    """Which parts of a document fail when each is made alone, in the order given.

    A child that dies cannot say which clause it was at, so its clauses are tried one by one.
    """
    each = run(parts, workers, limits, reads=reads, fork=fork, warm=warm)
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


# ------------------------------------------------------------------------------ a warm process


class _Warm:
    """A process of ours that forks children, as this one sees it. Ends with this one, or before."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.folder = tempfile.mkdtemp(prefix="clausebook-warm-")
        path = os.pathsep.join(path for path in sys.path if path)
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "TMPDIR": self.folder},
        )
        # A process of multiprocessing runs these at its end, and so does any other that has them.
        self.close = Finalize(self, _ended, (self.process, self.folder, self.owner), exitpriority=9)
        self.tell(os.getpid())

    @property
    def ours(self) -> bool:
        """A copy of this process has a process of its own."""
        return (
            self.owner == os.getpid() and self.process.poll() is None and self.close.still_active()
        )

    def tell(self, what: object) -> None:
        assert self.process.stdin is not None
        pickle.dump(what, self.process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        return pickle.load(self.process.stdout)


def _ended(process: subprocess.Popen[bytes], folder: str, owner: int) -> None:
    if owner == os.getpid():
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        shutil.rmtree(folder, ignore_errors=True)


_kept: list[_Warm] = []


def prepare(warm: Callable[[], object] | None = None) -> None:
    """Have the warm process begin, and make itself ready, while this one is at something else."""
    if CAN_FORK and not (_kept and _kept[0].ours):
        _kept[:] = [_Warm()]
        if warm is not None:
            with contextlib.suppress(BrokenPipeError):
                _kept[0].tell((warm, 0, None))


def _from_warm(
    jobs: Iterator[Job], workers: int, rules: _Rules, warm: Callable[[], object]
) -> Generator[Done, None, None]:
    """Jobs are handed over one by one: as many are there at a time as are being done."""
    given: dict[int, Job] = {}
    number = 0
    job = next(jobs, None)
    while job is not None:
        prepare()
        one = _kept[0]
        ended = False
        try:
            one.tell((warm, workers, rules))
            if (wrong := one.hear()) is not None:
                raise wrong
            while True:
                while job is not None and len(given) < workers:
                    one.tell((number, job))
                    given[number] = job
                    number += 1
                    job = next(jobs, None)
                if job is None and not ended:
                    one.tell(None)
                    ended = True
                if not given:
                    break
                done, what = one.hear()
                yield replace(what, job=given.pop(done))
            one.hear()  # that it is done
        except (BrokenPipeError, EOFError):
            one.close()
            if not given and job is not None:  # it did not get as far as the first
                given[number], job = job, next(jobs, None)
            for lost in given.values():
                yield Done(
                    job=lost, reason="the system ended it, most likely because memory ran out"
                )
            given.clear()
        except BaseException:
            one.close()  # with all that it is at
            raise


def serve() -> None:
    """The warm process: what is to be done from standard input, what came of it to standard output."""
    gc.disable()
    told, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # its parent ends it
    with contextlib.suppress(BrokenPipeError, EOFError):
        if not die_with(pickle.load(told)):
            return
        while True:
            warm, workers, rules = pickle.load(told)
            # What is loaded here stays: there is nothing to collect, nor to look through again.
            gc.disable()
            wrong = _wrong(warm)
            gc.freeze()
            gc.enable()
            if not workers:
                continue
            pickle.dump(wrong, out)
            out.flush()
            if wrong is not None:
                continue
            numbers: dict[int, int] = {}
            for done in _forked(_told(told, numbers), workers, rules):
                answer = numbers.pop(id(done.job)), replace(done, job=_NOTHING)
                pickle.dump(answer, out, protocol=pickle.HIGHEST_PROTOCOL)
                out.flush()
            pickle.dump(None, out)
            out.flush()


def _wrong(warm: Callable[[], object]) -> Exception | None:
    try:
        warm()
    except Exception as error:  # said where it was asked for
        return error
    return None


def _told(told: IO[bytes], numbers: dict[int, int]) -> Iterator[Job]:
    while (given := pickle.load(told)) is not None:
        number, job = given
        numbers[id(job)] = number
        yield job


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
