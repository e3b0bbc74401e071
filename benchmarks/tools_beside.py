"""The tools that are measured beside Clausebook: where each is, installed when it is not there yet.

Those from PyPI go into environments of their own below benchmarks/.peers/, exactly as pinned in
requirements-NAME.txt. What cannot be had is `NotHere` with the reason, which the report then says.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / ".peers"


class NotHere(Exception):
    """A tool that cannot be measured on this machine, and why."""


def environment(name: str) -> Path:
    """The folder of programs of a tool's environment: "sites" or "documents"."""
    pins = HERE / f"requirements-{name}.txt"
    folder = PEERS / name
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    made_from = folder / pins.name
    wanted = pins.read_text(encoding="utf-8")
    if made_from.exists() and made_from.read_text(encoding="utf-8") == wanted:
        return programs
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(programs / "python"), "-m", "pip", "install", "--quiet", "--requirement", str(pins)],
    ):
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise NotHere(f"{pins.name} could not be installed: {''.join(last)}")
    made_from.write_text(wanted, encoding="utf-8")
    return programs


def hugo() -> str:
    """The program Hugo: the system's, or Debian's package."""
    if not shutil.which("hugo") and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "install", "--yes", "--no-install-recommends", "hugo"],
            capture_output=True,
            check=False,
        )
    found = shutil.which("hugo")
    if not found:
        raise NotHere("Hugo is not installed, and apt-get could not install it")
    return found


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise NotHere("no Chromium is installed")


def version(program: str, *arguments: str) -> str:
    """The first line of what a program says of its version."""
    done = subprocess.run(
        [program, *(arguments or ("--version",))],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return next(iter((done.stdout or done.stderr).strip().splitlines()), "")
