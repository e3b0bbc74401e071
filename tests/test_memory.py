"""Freed memory is used again, and not asked of the system each time."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

MANY_TIMES = """
import resource
{first}
for _ in range(100):
    pieces = [bytes(1_000_000) for _ in range(10)]
    del pieces
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(first: str) -> int:
    """How often a process that needs the same memory again and again had to be given a page."""
    script = MANY_TIMES.format(first=first)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_what_was_freed_is_used_again() -> None:
    few = faults("from clausebook.memory import keep_freed; keep_freed()")
    assert few * 5 < faults("import clausebook.memory")
