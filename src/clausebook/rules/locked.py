"""A change touches what a tier above has locked.

A group, or the library, has decided that this is the same everywhere. The message names the line of
the lock: ask whoever wrote it.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, lock: Place, by: str) -> Problem:
    return Problem(
        rule="locked",
        at=at,
        what=f"'{id}' is locked by {by} ({lock})",
        why="the group has decided that this is the same everywhere",
        fix=f"remove this line, or ask {by} to lift its lock at {lock}",
    )
