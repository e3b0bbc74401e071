"""A command whose processes each get a portion of a processor: how four would do where there are fewer.

Held to half a processor each, four processes on two processors get what they would on four that are
half as fast. Whatever is compared with them has to be held to the same. By Linux' control groups, as root.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from clausebook.cores import cores

FOUR = 4
# What each of four processes gets of the processors that are here, and how cases are called where
# processes are held to that.
PORTION = min(1.0, cores() / FOUR)
HELD = f"each on {PORTION:g} processor"

# Where groups are made, in the first and in the second kind of control groups.
_FIRST, _SECOND = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
_PREFIX = "clausebook-bench-"
# Of each period, in microseconds, a process gets its portion. Shorter ones cost processor time themselves.
_PERIOD = 100_000
# Seconds between two looks for processes that were begun: until then they share their parent's portion.
_GLANCE = 0.01


def needed() -> bool:
    """Whether fewer than four processors are here, and this system lets us portion them out."""
    if PORTION == 1.0:
        return False
    try:
        _made(os.getpid(), 1.0).rmdir()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def portions(process: int, portion: float) -> Iterator[None]:
    """As long as this is open, a process and all that it begins get this portion of a processor each."""
    groups: dict[int, Path] = {}
    done = threading.Event()

    def hold() -> None:
        for one in [process, *_descendants(process)]:
            if one not in groups:
                # One that has ended already, like all its kind, uses no more.
                with contextlib.suppress(ProcessLookupError):
                    groups[one] = _made(one, portion)
                    (groups[one] / "cgroup.procs").write_text(str(one))

    def watch() -> None:
        while not done.wait(_GLANCE):
            hold()

    hold()
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for group in groups.values():
            # Left there, an empty group does nothing.
            with contextlib.suppress(OSError):
                group.rmdir()


def _made(process: int, portion: float) -> Path:
    """A group of this process's own, without it."""
    first = (_FIRST / "cgroup.procs").exists()
    group = (_FIRST if first else _SECOND) / f"{_PREFIX}{process}"
    if not first:
        (_SECOND / "cgroup.subtree_control").write_text("+cpu")
    group.mkdir(exist_ok=True)
    given = round(_PERIOD * portion)
    if first:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(given))
    else:
        (group / "cpu.max").write_text(f"{given} {_PERIOD}")
    return group


def _descendants(process: int) -> Iterator[int]:
    # Whatever ends while it is looked at is gone.
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (task / "children").read_text(encoding="utf-8").split()):
                yield child
                yield from _descendants(child)
