"""A platform is typed by a former name, or is closed.

Cite a platform by its id, `{{ platform["x"] }}`, and the text follows when its name changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from clausebook.model import Clause, Library, Platform, Policy
from clausebook.problem import Place, Problem
from clausebook.rules import for_one, said_in
from clausebook.rules.outdated_phrase import severity
from clausebook.said import telling


def problem(at: Place, found: str, message: str) -> Problem:
    return Problem(
        rule="outdated-platform",
        at=at,
        what=f"'{found}' is typed into the text",
        why=message,
        fix="name it by its id in policies/registers/platforms.yml, or leave it out",
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if not library.registers.platforms:
        return
    pattern, rows, words = compiled(library.registers.platforms)
    if words.isdisjoint(said_in(clause)):
        return
    for wording in clause.wordings:
        for found in pattern.finditer(wording.prose):
            platform = rows[found[0]]
            if platform.severity == "ok":
                continue
            said = platform.message or f"{platform.name} is the name today"
            yield replace(
                problem(wording.place(found.start()), found[0], said),
                severity=severity(platform.severity, platform.confidence),
            )


@for_one
def compiled(
    platforms: Mapping[str, Platform],
) -> tuple[re.Pattern[str], dict[str, Platform], frozenset[str]]:
    """Former names of open platforms, and every name of closed ones; and one word of each."""
    rows: dict[str, Platform] = {}
    for platform in platforms.values():
        names = list(platform.former)
        if platform.status != "open":
            names += [platform.name, *platform.also]
        for name in names:
            rows[name] = platform
    words = "|".join(re.escape(name) for name in sorted(rows, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{words or '(?!)'})(?!\w)")
    return pattern, rows, frozenset(map(telling, rows))
