"""Jobs in, each done in a process of its own within limits; the bytes each made, or why not, out.

A document that goes on for ever, needs all the memory there is or crashes the engine ends its own
process and nothing else. Where the system can fork, each child is a copy of a process that holds
the engine and its fonts ready: this one, or (`warm`) one that holds nothing else, so that a child is
small whatever is open here. Elsewhere it is a fresh process that runs `main` here.

A child speaks through a pipe: one byte that says how it went, then what it made or the reason. One
that needs what others make is started beside them, and does what it can until they are done.
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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO, Any

from clausebook.cores import cores
from clausebook.scratch import Scratch, scratch
from clausebook.shipped import PACKAGE, shipped
from clausebook.typed import dataclass
from clausebook.worker import die_with

try:
    import resource
except ImportError:  # Windows: a wall clock, but no limits
    resource = None  # type: ignore[assignment]

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
_MADE, _REFUSED = b"+", b"-"
_PIECE = 1 << 20
_OBJECTS_BETWEEN_LOOKS = 20_000
# What the C libraries say on their way out when they get no more memory.
_STARVED = (b"failed to allocate", b"ut of memory", b"annot allocate memory", b"MemoryError")


def nothing() -> None:
    """Where there is nothing to do meanwhile."""


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
    """What to call it in a reason, a function of a module, and what it is given (picklable).

    `needs`: the numbers, in the order of the run, of jobs before it whose bytes it asks for. Where
    they are stated, if none, its function is given `Others` first.
    """

    name: str
    make: Callable[..., bytes]
    given: tuple[Any, ...] = ()
    needs: tuple[int, ...] | None = None


_NO_JOB = Job(name="", make=bytes)
_END: tuple[int, Job | None] = (0, None)
_LOST = "the system ended it, most likely because memory ran out"


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
    meanwhile: Callable[[], object] = nothing,
) -> Iterator[Done]:
    """Do jobs side by side; each comes back as it is done, in no fixed order. One that needs another
    takes no place until that is done: it may be at what it can do before.

    A child may read the program's own files and what lies in `reads`, and nothing else. With `warm`,
    a function of a module that makes ready what the jobs need, children are copies of a process
    where nothing else has been done; it is started once and stays while this one does. `meanwhile`
    is something to do here when that one is at work.
    """
    limits = limits or Limits()
    workers = max(1, workers or cores())
    with scratch("children") as folder:
        rules = _Rules(limits, str(folder), tuple(str(path) for path in reads))
        if fork and warm is not None:
            each = _from_warm(enumerate(jobs), workers, rules, warm, meanwhile)
        else:
            each = (_forked if fork else _started)(enumerate(jobs), workers, rules)
        with contextlib.closing(each):
            for _, done in each:
                yield done


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

    def __init__(
        self, number: int, job: Job, pid: int, pipe: int, errors: IO[bytes], until: float
    ) -> None:
        self.number, self.job, self.pid, self.pipe = number, job, pid, pipe
        self.errors, self.until = errors, until
        self.said = bytearray()
        self.late = False
        # What it waits for, where it is told of that, and why that cannot be.
        self.waits: set[int] = set()
        self.tells: int | None = None
        self.lacks: str | None = None

    def hear(self) -> bool:
        """Read what has come; False when that was all."""
        piece = os.read(self.pipe, _PIECE)
        self.said += piece
        return bool(piece)

    def tell(self, done: Done, number: int, rules: _Rules) -> None:
        """What it waits for is made, or never will be."""
        if number not in self.waits:
            return
        self.waits.discard(number)
        if done.data is None:
            self.lacks = self.lacks or done.reason
            self.kill()
            return
        self.until = time.monotonic() + rules.limits.clock
        # A file, since whoever writes more to a pipe than it holds waits for the reader.
        place = _place(rules, number)
        assert self.tells is not None
        with contextlib.suppress(BrokenPipeError):  # it ended before
            if not place.exists():
                place.write_bytes(done.data)
            os.write(self.tells, b"%d\n" % number)

    def end(self, limits: Limits) -> Done:
        """Wait for its end, which is now, and say what came of it."""
        os.close(self.pipe)
        if self.tells is not None:
            os.close(self.tells)
        _, status, used = os.wait4(self.pid, 0)
        self.pid = 0
        with self.errors:
            errors = _tail(self.errors)
        if self.lacks is not None:
            return Done(job=self.job, reason=self.lacks)
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


def _forked(
    jobs: Iterator[tuple[int, Job]], workers: int, rules: _Rules
) -> Generator[tuple[int, Done], None, None]:
    living: dict[int, _Child] = {}
    ended: dict[int, Done] = {}
    with selectors.DefaultSelector() as selector:
        try:
            while True:
                while _busy({child.number: child.job for child in living.values()}) < workers:
                    number, job = next(jobs, _END)
                    if job is None:
                        break
                    if (lacks := _lacking(job, ended)) is not None:
                        ended[number] = Done(job=job, reason=lacks)
                        yield number, ended[number]
                        continue
                    child = _fork(number, job, rules, ended)
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
                        done = ended[child.number] = child.end(rules.limits)
                        for other in living.values():
                            other.tell(done, child.number, rules)
                        yield child.number, done
                        # One answer at a time: whoever hears it may have more to say than a pipe
                        # holds, and would wait for us while we said the next.
                        break
                for child in living.values():
                    if not child.late and child.until <= time.monotonic():
                        child.late, child.until = True, time.monotonic() + 60
                        child.kill()
        finally:
            for child in living.values():
                child.kill()
                child.end(rules.limits)


def _busy(jobs: Mapping[int, Job]) -> int:
    """How many of the jobs that are being done take a place: not those that wait for another."""
    return sum(jobs.keys().isdisjoint(job.needs or ()) for job in jobs.values())


def _lacking(job: Job, ended: Mapping[int, Done]) -> str | None:
    """Why a job can never be done, if something that it needs could not be."""
    return next((ended[n].reason for n in job.needs or () if n in ended and ended[n].reason), None)


def _fork(number: int, job: Job, rules: _Rules, ended: Mapping[int, Done]) -> _Child:
    errors = tempfile.TemporaryFile(dir=rules.folder)  # noqa: SIM115  (closed at the end of the child)
    reading, writing = os.pipe()
    told, tells = os.pipe() if job.needs is not None else (None, None)
    made = {n: ended[n].data or b"" for n in job.needs or () if n in ended}
    parent, pid = os.getpid(), os.fork()
    if pid:
        os.close(writing)
        child = _Child(number, job, pid, reading, errors, time.monotonic() + rules.limits.clock)
        if told is not None:
            os.close(told)
            child.waits, child.tells = set(job.needs or ()) - made.keys(), tells
        return child
    try:  # the child, from here to its end
        die_with(parent)
        os.close(reading)
        if tells is not None:
            os.close(tells)
        os.dup2(errors.fileno(), 2)
        os.dup2(errors.fileno(), 1)
        sys.stdout = sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        gc.freeze()
        others = Others(made, told, rules)
        os._exit(_answer(job, rules, writing, others))
    finally:
        os._exit(70)


def _place(rules: _Rules, number: int) -> Path:
    return Path(rules.folder, f"made-{number}")


class Others:
    """In a child: what other jobs made, as it is asked for. It waits for what is not made yet."""

    def __init__(self, made: Mapping[int, bytes], told: int | None, rules: _Rules) -> None:
        self.made, self.told, self.rules = dict(made), told, rules
        # For what need not be taken apart before the child ends, which goes at once.
        self.held: list[object] = []

    def __call__(self, number: int) -> bytes:
        while number not in self.made:
            self._hear()
        return self.made[number]

    def _hear(self) -> None:
        assert self.told is not None
        # One write for each: none is read in part.
        if not (said := os.read(self.told, _PIECE)):
            raise EOFError("nobody is there any more to say what others made")
        for line in said.splitlines():
            self.made[int(line)] = _place(self.rules, int(line)).read_bytes()


# ------------------------------------------------------------------------------ a warm process


class _Warm:
    """A process of ours that forks children, as this one sees it. Ends with this one, or before."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.scratch = Scratch("warm")
        path = os.pathsep.join(path for path in sys.path if path)
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(self.scratch.path)},
        )
        # A process of multiprocessing runs these at its end, and so does any other that has them.
        self.close = Finalize(
            self, _ended, (self.process, self.scratch, self.owner), exitpriority=9
        )
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


def _ended(process: subprocess.Popen[bytes], scratch: Scratch, owner: int) -> None:
    if owner == os.getpid():
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        scratch.close()


_kept: list[_Warm] = []


def prepare(warm: Callable[[], object] | None = None) -> None:
    """Have the warm process begin, and make itself ready, while this one is at something else."""
    if not CAN_FORK:
        return
    if not (_kept and _kept[0].ours):
        _kept[:] = [_Warm()]
    if warm is not None:
        with contextlib.suppress(BrokenPipeError):
            _kept[0].tell((warm, 0, None))


def _from_warm(
    jobs: Iterator[tuple[int, Job]],
    workers: int,
    rules: _Rules,
    warm: Callable[[], object],
    meanwhile: Callable[[], object],
) -> Generator[tuple[int, Done], None, None]:
    """Jobs are handed over one by one: as many are there at a time as are being done."""
    given: dict[int, Job] = {}
    lost: set[int] = set()
    number, job = next(jobs, _END)
    while job is not None:
        prepare()
        one, first = _kept[0], number
        ended = False
        try:
            one.tell((warm, workers, rules))
            if (wrong := one.hear()) is not None:
                raise wrong
            while True:
                while job is not None and _busy(given) < workers:
                    # What it needs went with a process before this one.
                    if any(need < first or need in lost for need in job.needs or ()):
                        lost.add(number)
                        yield number, Done(job=job, reason=_LOST)
                    else:
                        one.tell((number, job))
                        given[number] = job
                    number, job = next(jobs, _END)
                if job is None and not ended:
                    one.tell(None)
                    ended = True
                if not given:
                    break
                meanwhile()
                meanwhile = nothing
                done, what = one.hear()
                yield done, replace(what, job=given.pop(done))
            one.hear()  # that it is done
        except (BrokenPipeError, EOFError):
            one.close()
            if not given and job is not None:  # it did not get as far as the first
                given[number] = job
                number, job = next(jobs, _END)
            for place, left in given.items():
                yield place, Done(job=left, reason=_LOST)
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
            for number, done in _forked(_told(told), workers, rules):
                answer = number, replace(done, job=_NO_JOB)
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


def _told(told: IO[bytes]) -> Iterator[tuple[int, Job]]:
    while (given := pickle.load(told)) is not None:
        yield given


# ------------------------------------------------------------------------------ fresh processes


def _started(
    jobs: Iterator[tuple[int, Job]], workers: int, rules: _Rules
) -> Generator[tuple[int, Done], None, None]:
    every: dict[int, Future[Done]] = {}
    living: dict[Future[Done], int] = {}
    processes: set[subprocess.Popen[bytes]] = set()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(living) < workers and (found := next(jobs, None)) is not None:
                    number, job = found
                    needed = {n: every[n] for n in job.needs or ()}
                    every[number] = pool.submit(_start, job, rules, processes, needed)
                    living[every[number]] = number
                if not living:
                    return
                for future in wait(living, return_when=FIRST_COMPLETED).done:
                    yield living.pop(future), future.result()
        finally:
            for process in list(processes):
                process.kill()


def _start(
    job: Job,
    rules: _Rules,
    processes: set[subprocess.Popen[bytes]],
    needed: Mapping[int, Future[Done]],
) -> Done:
    # What a job needs was begun before it, so that somebody is at it.
    ended = {number: future.result() for number, future in needed.items()}
    if (lacks := _lacking(job, ended)) is not None:
        return Done(job=job, reason=lacks)
    made = {number: done.data or b"" for number, done in ended.items()}
    work = pickle.dumps((sys.path, job, rules, made))
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
    path, job, rules, made = pickle.load(sys.stdin.buffer)
    sys.path[:] = path
    status = _answer(job, rules, out, Others(made, None, rules), last=_usage)
    os._exit(status)


def _usage() -> bytes:
    if resource is None:
        return b"\n#%f 0" % time.process_time()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return b"\n#%f %d" % (used.ru_utime + used.ru_stime, _peak(used.ru_maxrss))


# ------------------------------------------------------------------------------ in the child


def _answer(
    job: Job, rules: _Rules, out: int, others: Others, last: Callable[[], bytes] = bytes
) -> int:
    """Do the job and say what came of it."""
    # What a layout makes mostly stays until its end: to look for what does not, after every few
    # hundred objects, takes a sixth of the time and finds next to nothing.
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, 10, 10)
    try:
        _limit(rules.limits, rules.folder)
        _guard(rules)
        answer = _MADE + job.make(*((others,) if job.needs is not None else ()), *job.given)
    except BaseException as error:
        answer = _REFUSED + _why(error, rules.limits).encode()
    with open(out, "wb") as pipe:
        pipe.write(answer)
        pipe.write(last())
    return 0


# Python takes memory for calls from the system in pieces of 16 KB, and gives each back as soon as no
# call is in it: a layout, which comes and goes thousands of times where one ends, spends a tenth of
# its time on that. A function that may need more room gets a larger piece, for all calls within it:
# of this many words, made up to a power of two in bytes. What is never used of it takes no memory.
_answer.__code__ = _answer.__code__.replace(co_stacksize=1 << 16)


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
        return _LOST
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
