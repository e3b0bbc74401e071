"""Errors that are nobody's mistake: the system ended a process, or files changed under one."""

from __future__ import annotations


class Ended(Exception):
    """Something without which nothing can go on came to its end; the message says what."""
