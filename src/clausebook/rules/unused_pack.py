"""A pack is declared and no clause belongs to it.

Switching it on would do nothing. Put clauses in it with `pack: …`, or take it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Library
from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="unused-pack",
        at=at,
        what=f"no clause belongs to the pack '{id}'",
        why="switching it on would do nothing",
        fix="put clauses in it, or remove it",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        used = {clause.pack for clause in policy.clauses.values()}
        for pack in policy.packs.values():
            if pack.id not in used:
                yield problem(pack.at, pack.id).about(policy=policy.id)
