"""What a process frees stays its own, for the next site, which needs as much again.

The C library gives large pieces back to the system at once and asks for them again a moment later,
and each time the system clears every page of them. Only glibc can be told; elsewhere nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes

_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
_MOST_FREE = 128 * 1024 * 1024
# From this size on, a piece comes from the system and goes back to it: the largest that glibc takes.
_LARGE = 32 * 1024 * 1024


def keep_freed() -> None:
    """From now on, in this process and in those that are forked from it."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        tell = ctypes.CDLL(None).mallopt
        tell(_TRIM, _MOST_FREE)
        tell(_MAP, _LARGE)
