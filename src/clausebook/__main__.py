"""The program: `clausebook`, or python -m clausebook."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Carry out the command, and end."""
    ended: list[int] = []
    held: list[object] = []
    # What is left to do first is done last, after all that others leave to do.
    atexit.register(_leave, ended, held)
    # None is wanted: to look for them reads what each package that is installed says of itself.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # `main` says why. Asked again when all is done, the collector would look through everything.
    gc.disable()
    # Whoever started this may have ignored it, and then no process could be told how another ended.
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    from clausebook.cli import main

    ended.append(main(held=held))
    sys.exit(ended[0])


def _leave(ended: list[int], held: list[object]) -> None:
    """Leave the rest to the system, `held` with it: to take a handbook apart object by object takes
    longer than some builds after a small edit."""
    # Where an error of our own ended it, or somebody measures, Python says so and does the rest.
    if not ended or sys.gettrace() or "coverage" in sys.modules:
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # its reader may be gone
            stream.flush()
    os._exit(ended[0])


if __name__ == "__main__":
    run()
