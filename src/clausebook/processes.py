"""Tasks in, results out in order, on several cores: workers that share what this process holds.

Where the system can fork, a worker is a copy of this process at the moment of the first task; else
it starts fresh and opens what it needs by itself. A worker that the system kills takes nothing with
it but the task it was at: that one is tried once more, and then said to have failed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from clausebook.cores import cores
from clausebook.ended import Ended
from clausebook.worker import Died, Raised, Worker, inherited, tidy

FORK, SPAWN = "fork", "spawn"
# Tasks for which starting workers costs more than it saves.
FEW = 2


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
        # By number. One that died is replaced under its number.
        self._workers: dict[int, Worker] = {}
        # Which of them did something for whom last.
        self._homes: dict[str, int] = {}
        self._froze = False
        # Those that end by themselves, for whom nobody has waited.
        self._leaving: list[Worker] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # Nobody waits for what they are at: a task may take minutes.
            self._kill(self._workers)
        self.close()

    def _freeze(self) -> None:
        gc.freeze()
        self._froze = True

    def close(self) -> None:
        if self._froze:
            gc.unfreeze()
            self._froze = False
        self.let_go()
        while self._leaving:
            self._leaving.pop().end()

    def let_go(self) -> None:
        """All is done: workers end while this process does what is left to do."""
        for number in [*self._workers]:
            self._leaving.append(self._workers.pop(number))
            self._leaving[-1].let_go()

    @property
    def within(self) -> int:
        """How many processes tasks may use among them all, on the machine where each is done."""
        return self.jobs

    @property
    def copies(self) -> int:
        """How many copies of this process may be at work at once: itself alone, where there are none."""
        return self.jobs if self.start == FORK else 1

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
        self,
        function: Callable[..., Any],
        tasks: Sequence[Any],
        few: int = FEW,
        whose: Callable[[Any], str] | None = None,
    ) -> Iterator[Any]:
        """`function(held, task)` for every task, in order. Fewer than `few` are done right here.

        A task goes to the worker that did something for the same before, which may still have of use
        what that came to, unless another worker has nothing to do.
        """
        if self.jobs > 1 and (len(tasks) >= few or self._workers):
            yield from self._by_workers(function, tasks, whose or _nobody)
            return
        # What is here by now stays: the collector need not look through it again and again.
        self._freeze()
        for place, task in enumerate(tasks, start=1):
            yield function(self.held, task)
            if place < len(tasks):
                tidy()

    def every(
        self,
        function: Callable[..., Any],
        tasks: Sequence[Any],
        few: int = FEW,
        whose: Callable[[Any], str] | None = None,
    ) -> list[Any]:
        """Every result, or Ended when there cannot be one for each."""
        found = []
        for task, result in zip(tasks, self.run(function, tasks, few, whose), strict=True):
            if isinstance(result, Killed):
                raise Ended(f"at work on {task}: {result!r}")
            found.append(result)
        return found

    def _by_workers(
        self, function: Callable[..., Any], tasks: Sequence[Any], whose: Callable[[Any], str]
    ) -> Iterator[Any]:
        work = _Round(function, tasks, Waiting([whose(task) for task in tasks], self._homes))
        try:
            for place, task in enumerate(tasks):
                self._begin(work)
                while place not in work.known:
                    self._kill(work.ended(self._workers))
                    self._begin(work)
                self._homes[whose(task)] = work.by[place]
                result = work.known.pop(place)
                if isinstance(result, Raised):
                    raise result.error
                yield result
        finally:
            self._kill(work.at)  # whoever asked wants no more of it

    def _begin(self, work: _Round) -> None:
        """Give everybody who has nothing to do something, as long as there is anything."""
        for number in range(self.jobs):
            if number not in work.at and (place := work.waiting.next(number)) is not None:
                work.begin(number, self._worker(number), place)

    def _worker(self, number: int) -> Worker:
        import multiprocessing

        if number in self._workers:
            return self._workers[number]
        if self.start == SPAWN:
            how: tuple[Any, ...] = (self._open, self._given)
        else:
            how = (None, ())
            inherited[:] = [self.held]
            if not self._workers:
                # What is here stays shared: the collector would touch, and so copy, every page. It
                # is not asked first: it would look through everything for next to nothing.
                self._freeze()
        made = self._workers[number] = Worker(multiprocessing.get_context(self.start), *how)
        return made

    def _kill(self, numbers: Iterable[int]) -> None:
        for number in [*numbers]:
            self._workers.pop(number).kill()


class _Round:
    """Tasks under way: `at` is what each worker is at, by number, `known` what came of some that
    nobody was told of yet, and `by` who began each last."""

    def __init__(
        self, function: Callable[..., Any], tasks: Sequence[Any], waiting: Waiting
    ) -> None:
        self.waiting = waiting
        self.at: dict[int, int] = {}
        self.known: dict[int, Any] = {}
        self.by: dict[int, int] = {}
        self._function, self._tasks = function, tasks
        self._deaths: Counter[int] = Counter()

    def begin(self, number: int, worker: Worker, place: int) -> None:
        """Give a worker a task. That it is gone is found when its result is asked for."""
        self.at[number], self.by[place] = place, number
        with contextlib.suppress(Died):
            worker.give(self._function, self._tasks[place])

    def ended(self, workers: Mapping[int, Worker]) -> list[int]:
        """Wait until one is done, and take what came of all that are; the numbers of the dead."""
        from multiprocessing.connection import wait

        dead = []
        ready = wait([workers[number].pipe for number in self.at])
        for number in [number for number in self.at if workers[number].pipe in ready]:
            place = self.at[number]
            try:
                self.known[place] = workers[number].result()
            except Died:
                dead.append(number)
                self._again(place)
            del self.at[number]
        return dead

    def _again(self, place: int) -> None:
        self._deaths[place] += 1
        if self._deaths[place] == 2:
            self.known[place] = Killed()
        else:
            self.waiting.again(place)


class Waiting:
    """The places of tasks that nobody has begun, for workers to choose from by their number.

    `homes` tell which worker did something for whom last; nobody's name is empty.
    """

    def __init__(self, names: Sequence[str], homes: Mapping[str, int]) -> None:
        self._again: list[int] = []
        self._anybodys: deque[int] = deque()
        self._of: dict[int, deque[int]] = {}
        for place, name in enumerate(names):
            known = bool(name) and name in homes
            there = self._of.setdefault(homes[name], deque()) if known else self._anybodys
            there.append(place)

    def next(self, number: int) -> int | None:
        """What a worker does next: its own first, then anybody's, then the last of another's."""
        if self._again:
            return self._again.pop()
        for those in (self._of.get(number), self._anybodys):
            if those:
                return those.popleft()
        longest = max(self._of.values(), key=len, default=None)
        return longest.pop() if longest else None

    def again(self, place: int) -> None:
        """Whoever was at this did not come to its end."""
        self._again.append(place)


def _nobody(task: Any) -> str:
    return ""
