"""A clause repeats the same title as another of its policy, so readers cannot tell them apart.

Titles are what people see in search results and contents. Give each clause of a policy a title of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Library
from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="duplicate-title",
        at=at,
        what=detail,
        why="search results and contents would show the same words twice",
        fix="give one of them a title of its own",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        seen: dict[str, str] = {}
        for clause in policy.clauses.values():
            title = clause.title.source.casefold()
            if title in seen:
                detail = f"the title '{clause.title.source}' is also that of '{seen[title]}'"
                yield problem(clause.at, detail).about(policy=policy.id, clause=clause.id)
            seen.setdefault(title, clause.id)
