"""How the program ends: at once, but with everything said and done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def ended(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "code"), [(("rules",), 0), (("check", "--strict"), 1), (("chekc",), 2)]
)
def test_its_code_is_that_of_its_command(words: tuple[str, ...], code: int) -> None:
    assert ended("-m", "clausebook", *words).returncode == code


def test_what_it_prints_is_whole_behind_a_pipe() -> None:
    said = ended("-m", "clausebook", "show", "larkmere", "--json")
    assert said.returncode == 0, said.stderr
    assert len(said.stdout) > 100_000
    assert json.loads(said.stdout)["organisation"]["id"] == "larkmere"


def _program(command: str) -> subprocess.CompletedProcess[str]:
    """The program with a command of this test's own."""
    return ended(
        "-c",
        f"import atexit, sys, threading, time, clausebook.cli as cli\n"
        f"def main(held):\n    {command}\n"
        f"cli.main = main\n"
        f"from clausebook.__main__ import run\nrun()",
    )


def test_what_a_command_left_to_do_at_the_end_is_done() -> None:
    said = _program("atexit.register(print, 'put away'); print('worked'); return 3")
    assert (said.stdout, said.returncode) == ("worked\nput away\n", 3)


def test_a_thread_at_work_is_waited_for() -> None:
    work = "threading.Thread(target=lambda: [time.sleep(0.3), print('written')]).start(); return 0"
    said = _program(work)
    assert (said.stdout, said.returncode) == ("written\n", 0)


def test_what_a_command_had_open_is_not_taken_apart() -> None:
    said = _program(
        "Open = type('Open', (), {'__del__': lambda self: print('taken apart')});"
        " held.append(Open()); return 0"
    )
    assert (said.stdout, said.returncode) == ("", 0)


def test_what_it_leaves_behind_is_not_looked_through() -> None:
    watch = "import gc; gc.callbacks.append(lambda *_: print('looked'))"
    said = _program(f"{watch}; kept = [[] for _ in range(5000)]; return 0")
    assert (said.stdout, said.returncode) == ("", 0)


def test_an_error_of_our_own_is_shown() -> None:
    said = _program("raise RuntimeError('not foreseen')")
    assert "RuntimeError: not foreseen" in said.stderr
    assert said.returncode == 1
