"""How many processes can really run at once."""

from __future__ import annotations

import os


def cores() -> int:
    """Containers are often given fewer cores than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
