"""The one error that is nobody's mistake: the system ended a process that was needed."""

from __future__ import annotations


class Ended(Exception):
    """A worker died at a task without which nothing can go on; the message says which."""
