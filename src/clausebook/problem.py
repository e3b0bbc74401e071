"""What is wrong, where, why it matters and how to fix it: one value, shown in many formats."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from clausebook.later import by_parts
from clausebook.typed import dataclass


@by_parts
class Place(NamedTuple):
    """A clickable place: a file below the root (with forward slashes), line and column from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def spot(self) -> int:
        """Where it is in its file, as one number: there are very many to keep and to compare."""
        return self.column << 21 | self.line  # no file has as many lines

    def down(self, lines: int, column: int = 1) -> Place:
        """The place some lines further down the same file."""
        return Place(self.file, self.line + lines, column if lines else self.column + column - 1)


class Severity(Enum):
    """How bad it is. Only errors make a check fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something wrong. `calendar` problems come from time passing alone."""

    rule: str
    at: Place
    what: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR
    calendar: bool = False
    organisations: tuple[str, ...] = ()
    policy: str | None = None
    clause: str | None = None

    def about(
        self, organisation: str | None = None, policy: str | None = None, clause: str | None = None
    ) -> Problem:
        """The same problem, knowing which organisation, policy and clause it is about."""
        return replace(
            self,
            organisations=self.organisations or ((organisation,) if organisation else ()),
            policy=self.policy or policy,
            clause=self.clause or clause,
        )


_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def sorted_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The problems most important first, each cause once with every organisation it touches."""
    merged: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        key = (problem.rule, problem.at, problem.what, problem.policy)
        seen = merged.get(key)
        if seen is None:
            merged[key] = problem
        else:
            both = tuple(sorted({*seen.organisations, *problem.organisations}))
            merged[key] = replace(seen, organisations=both)
    return sorted(
        merged.values(),
        key=lambda p: (_ORDER[p.severity], p.calendar, p.at, p.rule, p.what),
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a mistyped one, if any is like it."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "check the spelling") -> str:
    """A fix that offers the nearest known name, or the whole short list, or says what to do."""
    names = sorted(set(known))
    close = nearest(name, names)
    if close:
        return f"did you mean '{close}'?"
    if names and len(names) <= 12:
        return "use one of: " + ", ".join(names)
    return otherwise
