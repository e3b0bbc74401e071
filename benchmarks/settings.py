"""What was asked of the benchmark: how large, how often, beside whom."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import RunError
from memory import ENOUGH

GENERATE = Path(__file__).parent / "generate.py"
CACHE = ".cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    small: bool
    full: bool
    schools: tuple[int, ...]
    policies: int
    runs: int
    peers: bool
    clausebook: tuple[str, ...]
    said: Callable[[str], None]

    def memory_at_hand(self) -> None:
        """Have as much of it as a build may take; in a process of its own, as what follows says why."""
        if not self.small:
            python(Path(__file__).parent / "memory.py", ENOUGH)

    def handbook(self, folder: Path, schools: int, policies: int) -> Path:
        """The root of a generated handbook, made in a process of its own: this one has to stay small.

        On Linux a new process begins with its parent's peak memory.
        """
        root = folder / f"handbook-{schools}x{policies}"
        if not root.exists():
            size = ("--schools", str(schools), "--policies", str(policies))
            command = [sys.executable, str(GENERATE), str(root), *size]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return root


def python(script: Path, *arguments: object) -> str:
    """What a script of ours prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RunError(f"{script.name}: {(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout.strip()
