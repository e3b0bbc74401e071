"""Freed memory is used again, and not asked of the system each time."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

MANY_TIMES = """
import resource
{first}
def again():
    for _ in range(100):
        pieces = [bytes(1_000_000) for _ in range(10)]
        del pieces
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(-again() + again())
"""
# By itself the C library gives large pieces back or keeps them as the last ones happened to lie.
ALWAYS_GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


def faults(first: str) -> int:
    """How often a process that needs the same memory again and again has to be given a page."""
    script = MANY_TIMES.format(first=first)
    told = {**os.environ, **ALWAYS_GIVEN_BACK}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=told)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_what_was_freed_is_used_again() -> None:
    few = faults("from clausebook.memory import keep_freed; keep_freed()")
    assert few * 100 < faults("import clausebook.memory")
