"""One process that does tasks for another, one after the other.

In: a function and a task. Out: what that came to, or that the process ended while it was at it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

# What starts processes is imported where they are: many a build has too little to do for any.
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Seconds of work between two looks for what can be forgotten.
TIDY_EVERY = 10.0


class Died(Exception):
    """The process ended before it was done with its task."""


class Raised(NamedTuple):
    """In place of a result: what the task raised."""

    error: BaseException


class Worker:
    """A process that holds what `open` returns for `given`, or, without `open`, what it inherits."""

    def __init__(
        self, context: BaseContext, open: Callable[..., Any] | None, given: tuple[Any, ...]
    ) -> None:
        self.pipe, there = context.Pipe()
        from multiprocessing.util import Finalize

        # Contexts differ in their kinds of process, which the types of their base do not tell.
        start: Any = context
        self._process = start.Process(target=_work, args=(there, os.getpid(), open, given))
        # A signal can come between any two lines. On its way out Python waits for every process that
        # was started, and one that nobody tells to end would never do so.
        Finalize(self, _kill, (self._process,), exitpriority=0)
        self._process.start()
        # Where it is open in nobody but the worker, the pipe ends with it.
        there.close()

    def give(self, function: Callable[..., Any], task: Any) -> None:
        """Have it begin. It must be done with what it was given before. Died when it is gone."""
        try:
            self.pipe.send((function, task))
        except OSError:
            raise Died from None

    def result(self) -> Any:
        """What its task came to, or Raised: it waits for that. Died when the process did."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            raise Died from None

    def let_go(self) -> None:
        """Let it end by itself: it is not at work."""
        with contextlib.suppress(OSError):
            self.pipe.send(None)

    def end(self) -> None:
        """Wait for the end of one that was let go."""
        self._process.join()
        self.pipe.close()

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        self._process.kill()
        self.end()


def _kill(process: Any) -> None:
    if process.pid is not None:
        process.kill()


# ------------------------------------------------------------------------------ in the process

# What a process that is a copy of another holds: set before the copy is made.
inherited: list[Any] = []


def die_with(parent: int) -> bool:
    """Have the system end this process when its parent ends; False where it cannot, or it has."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError, TypeError):
        told: int = ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        return told == 0 and os.getppid() == parent
    return False


def _work(
    pipe: Connection, parent: int, open: Callable[..., Any] | None, given: tuple[Any, ...]
) -> None:
    """A worker never outlives the process that made it: nobody would stop what it writes."""
    # Ctrl+C is for the parent, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not die_with(parent):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    held = _Held(open, given)
    with contextlib.suppress(EOFError, OSError):  # nobody is there any more
        while (asked := pipe.recv()) is not None:
            _answer(pipe, held, *asked)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


class _Held:
    """What a worker holds. That it cannot be opened is told by the first task, and any further."""

    def __init__(self, open: Callable[..., Any] | None, given: tuple[Any, ...]) -> None:
        self._error: Exception | None = None
        self._held: Any = None
        try:
            self._held = inherited[0] if open is None else open(*given)
        except Exception as error:
            self._error = error

    def get(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._held


def _answer(pipe: Connection, held: _Held, function: Callable[..., Any], task: Any) -> None:
    try:
        answer = function(held.get(), task)
    except BaseException as error:
        answer = _raised(error)
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as error:  # this cannot be told to another process: nothing of it was sent
        pipe.send(_raised(error))
    tidy()


def _raised(error: BaseException) -> Raised:
    """With where that was, which is known in this process alone."""
    trace = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # of some kinds, another process cannot make the same
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(trace)
    return Raised(error)


_tidied = time.process_time()


def tidy() -> None:
    """Some templates and settings hold themselves. They are looked for now and then, and not, as
    the language would by itself, after every few thousand objects that are made."""
    global _tidied
    now = time.process_time()
    if now - _tidied > TIDY_EVERY:
        gc.collect()
        # What is left is kept for later tasks: looking through it again each time finds nothing.
        gc.freeze()
        _tidied = now
