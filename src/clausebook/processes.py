"""Tasks in, results out in order, on several cores: workers that share what this process holds.

Where the system can fork, a worker is a copy of this process at the moment of the first task; else
it starts fresh and opens what it needs by itself. A worker that the system kills takes nothing with
it but the task it was at: the others go on, and that one is said to have failed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from typing import TYPE_CHECKING, Any

from clausebook.ended import Ended

# What starts workers is imported where they are: many a build has too little to do for any.
if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.context import BaseContext

FORK, SPAWN = "fork", "spawn"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Tasks for which starting workers costs more than it saves.
FEW = 2
# Seconds of work between two looks for what can be forgotten.
TIDY_EVERY = 10.0


class Killed:
    """In place of a result: the worker died at this task, twice."""

    def __repr__(self) -> str:
        return "its process was ended by the system, which happens when memory runs out"


class Processes:
    """Workers for as long as it is open. `open` is called in each with `given` and must be a function
    of a module; what it returns is handed to every task's function first."""

    def __init__(
        self,
        open: Callable[..., Any],
        given: tuple[Any, ...],
        jobs: int | None = None,
        start: str | None = None,
    ) -> None:
        self.jobs = max(1, jobs or cores())
        can = hasattr(os, "fork") and sys.platform != "darwin"
        self.start = start or (FORK if can else SPAWN)
        self._open, self._given = open, given
        self._held: Any = None
        self._here = False
        self._pool: ProcessPoolExecutor | None = None
        self._froze = False

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._pool is not None:
            import multiprocessing

            # Nobody waits for what they are at: a task may take minutes.
            for worker in multiprocessing.active_children():
                worker.kill()
        self.close()

    def _freeze(self) -> None:
        gc.freeze()
        self._froze = True

    def close(self) -> None:
        if self._froze:
            gc.unfreeze()
            self._froze = False
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    @property
    def within(self) -> int:
        """How many processes tasks may use among them all, on the machine where each is done."""
        return self.jobs

    def hold(self, held: Any, *given: Any) -> None:
        """This is open here already; `given` is what a fresh process opens it with."""
        self._held, self._here, self._given = held, True, given

    @property
    def held(self) -> Any:
        """What a task's function is given, in this process."""
        if not self._here:
            self._held, self._here = self._open(*self._given), True
        return self._held

    def run(
        self, function: Callable[..., Any], tasks: Sequence[Any], few: int = FEW
    ) -> Iterator[Any]:
        """`function(held, task)` for every task, in order. Fewer than `few` are done right here."""
        if self.jobs < 2 or (len(tasks) < few and self._pool is None):
            # What is here by now stays: the collector need not look through it again and again.
            self._freeze()
            for place, task in enumerate(tasks, start=1):
                yield function(self.held, task)
                if place < len(tasks):
                    _tidy()
            return
        known: dict[int, Any] = {}
        given = 0
        while given < len(tasks):
            futures = [
                self._future(function, tasks[at], known.get(at, _NOTHING))
                for at in range(given, len(tasks))
            ]
            start = given
            try:
                for future in futures:
                    yield future.result()
                    given += 1
            except BrokenExecutor:
                self._drop()
                known |= {start + at: result for at, result in _finished(futures)}
                # Tasks are begun in order, so workers were at some of the first that are not done.
                # Each of those is tried alone, so that one at which workers die is found.
                begun = [at for at in range(given, len(tasks)) if at not in known][: self.jobs]
                known |= {at: self._alone(function, tasks[at]) for at in begun}

    def every(
        self, function: Callable[..., Any], tasks: Sequence[Any], few: int = FEW
    ) -> list[Any]:
        """Every result, or Ended when there cannot be one for each."""
        found = []
        for task, result in zip(tasks, self.run(function, tasks, few), strict=True):
            if isinstance(result, Killed):
                raise Ended(f"at work on {task}: {result!r}")
            found.append(result)
        return found

    def _future(self, function: Callable[..., Any], task: Any, known: Any) -> Future[Any]:
        """The result of a task to come, or one that is known already."""
        future: Future[Any] = Future()
        if known is not _NOTHING:
            future.set_result(known)
            return future
        try:
            return self._ready().submit(_do, function, task)
        except BrokenExecutor as error:  # a worker died before it was given anything
            future.set_exception(error)
            return future

    def _alone(self, function: Callable[..., Any], task: Any) -> Any:
        try:
            return self._ready().submit(_do, function, task).result()
        except BrokenExecutor:
            self._drop()
            return Killed()

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            context: BaseContext = multiprocessing.get_context(self.start)
            given: tuple[Any, ...] = (os.getpid(), self._open, self._given)
            if self.start == FORK:
                _inherited[:] = [self.held]
                # What is here stays shared: the collector would touch, and so copy, every page.
                gc.collect()
                self._freeze()
                given = (os.getpid(), None, ())
            self._pool = ProcessPoolExecutor(
                self.jobs, mp_context=context, initializer=_begin, initargs=given
            )
        return self._pool

    def _drop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """How many processes can really run at once: containers are often given fewer cores."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


_NOTHING = object()


def _finished(futures: list[Future[Any]]) -> Iterator[tuple[int, Any]]:
    """The result of every future that has one, with its place."""
    for at, future in enumerate(futures):
        if future.done() and not future.cancelled() and future.exception() is None:
            yield at, future.result()


# ------------------------------------------------------------------------------ in a worker

_inherited: list[Any] = []
_failed: list[Exception] = []


def die_with(parent: int) -> bool:
    """Have the system end this process when its parent ends; False where it cannot, or it has."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError, TypeError):
        told: int = ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        return told == 0 and os.getppid() == parent
    return False


def _begin(parent: int, open: Callable[..., Any] | None, given: tuple[Any, ...]) -> None:
    """A worker never outlives the process that made it: nobody would stop what it writes."""
    if not die_with(parent):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # Ctrl+C is for the parent, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if open is not None:
        try:
            _inherited[:] = [open(*given)]
        except Exception as error:  # said by the first task: an initializer can only die of it
            _failed[:] = [error]


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _do(function: Callable[..., Any], task: Any) -> Any:
    if _failed:
        raise _failed[0]
    try:
        return function(_inherited[0], task)
    finally:
        _tidy()


_tidied = time.process_time()


def _tidy() -> None:
    """Some templates and settings hold themselves. They are looked for now and then, and not, as
    the language would by itself, after every few thousand objects that are made."""
    global _tidied
    now = time.process_time()
    if now - _tidied > TIDY_EVERY:
        gc.collect()
        # What is left is kept for later tasks: looking through it again each time finds nothing.
        gc.freeze()
        _tidied = now
