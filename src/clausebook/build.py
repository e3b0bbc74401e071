"""The order of work, written once: load → resolve → check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from clausebook.check import Waived, apply_waivers, check_library, check_organisation
from clausebook.dates import today as today_in_london
from clausebook.load import load
from clausebook.load.files import Folder
from clausebook.model import Repository
from clausebook.problem import Problem, Severity, sorted_problems
from clausebook.resolve import Resolved, Resolver, unused

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One organisation, resolved and checked: everything the report needs, and nothing large."""

    organisation: str
    resolved: Resolved
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]
    policies: int
    clauses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a check."""

    as_of: date
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...] = ()
    ending: tuple[Waived, ...] = ()
    organisations: int = 0
    policies: int = 0
    clauses: int = 0
    names: tuple[str, ...] = ()
    repository: Repository | None = field(default=None, compare=False)
    pinned: bool = False

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def open_repository(root: Path) -> tuple[Repository | None, list[Problem]]:
    """The repository as loaded, for commands that only look."""
    return load(Folder(root))


def check(
    root: Path,
    organisations: Iterable[str] = (),
    as_of: date | None = None,
    strict: bool = False,
    jobs: int | None = None,
) -> Outcome:
    """Load everything, resolve every organisation, run every rule."""
    repository, problems = load(Folder(root))
    if repository is None:
        day = as_of or today_in_london()
        return Outcome(as_of=day, problems=tuple(sorted_problems(problems)))
    pinned = as_of is None and repository.settings.as_of is not None
    day = as_of or (repository.settings.as_of or _Today()).last
    problems += check_library(repository.library)
    wanted = set(organisations)
    resolver = Resolver(repository)
    judged = [judge(resolver, id, day, strict=strict) for id in repository.organisations]
    for one in judged:
        problems += one.problems
    problems += unused(one.resolved for one in judged)
    if wanted:
        problems = [p for p in problems if not p.organisations or wanted & set(p.organisations)]
        judged = [one for one in judged if one.organisation in wanted]
    waived = tuple(w for one in judged for w in one.waived)
    return Outcome(
        as_of=day,
        problems=tuple(sorted_problems(problems)),
        waived=waived,
        ending=tuple(w for w in waived if w.waiver.until.last <= day + SOON),
        organisations=sum(1 for one in judged if one.policies),
        policies=sum(one.policies for one in judged),
        clauses=sum(one.clauses for one in judged),
        names=tuple(repository.organisations),
        repository=repository,
        pinned=pinned,
    )


class _Today:
    @property
    def last(self) -> date:
        return today_in_london()


def judge(resolver: Resolver, id: str, today: date, *, strict: bool) -> Judged:
    """Resolve and check one organisation."""
    repository = resolver.repository
    organisation = repository.organisations[id]
    resolved = resolver.resolve(id)
    handbook = next(iter(resolved.handbooks.values()), None)
    problems = list(resolved.problems)
    problems += check_organisation(
        organisation, repository.library, resolved.policies, handbook, today
    )
    waived: list[Waived] = []
    if not strict:
        problems, waived = apply_waivers(organisation, repository.library, problems, today)
    return Judged(
        organisation=id,
        resolved=resolved,
        problems=tuple(problems),
        waived=tuple(waived),
        policies=len(resolved.policies),
        clauses=sum(len(policy.clauses) for policy in resolved.policies),
    )
