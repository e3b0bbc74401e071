"""Much to be read in, what each comes to out, in order: read by several processes side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

# What starts processes is imported where they are: where little has changed, there are none.
if TYPE_CHECKING:
    from clausebook.worker import Worker

Asked = TypeVar("Asked")
Found = TypeVar("Found")

# From so many on for each, one process more takes less time than it saves.
EACH = 8


def read_each(read: Callable[[Asked], Found], those: Sequence[Asked], jobs: int) -> list[Found]:
    """What `read` comes to for each, by so many processes: this one and copies of it.

    What a copy changes is lost with it; what it returns has to be fit to be sent.
    """
    jobs = min(jobs, len(those) // EACH)
    if jobs < 2:
        return _read(read, those)
    import multiprocessing

    from clausebook.worker import Died, Worker, inherited

    inherited[:] = [read]
    shares = [those[first::jobs] for first in range(jobs)]
    found: list[Any] = [None] * len(those)
    with contextlib.ExitStack() as stack:
        stack.callback(inherited.clear)
        copies = []
        for share in shares[1:]:
            copy = Worker(multiprocessing.get_context("fork"), None, ())
            stack.callback(copy.kill)
            with contextlib.suppress(Died):  # found when its result is asked for
                copy.give(_read, share)
            copies.append(copy)
        found[::jobs] = _read(read, shares[0])
        for first, copy in enumerate(copies, start=1):
            found[first::jobs] = _told(copy, read, shares[first])
    return found


def _read(read: Callable[[Asked], Found], those: Sequence[Asked]) -> list[Found]:
    return [read(one) for one in those]


def _told(copy: Worker, read: Callable[[Asked], Found], share: Sequence[Asked]) -> list[Found]:
    """What a copy read. The share of one that died is read here."""
    from clausebook.worker import Died, Raised

    try:
        told: list[Found] | Raised = copy.result()
    except Died:
        return _read(read, share)
    if isinstance(told, Raised):
        raise told.error
    return told
