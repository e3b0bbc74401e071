"""The order of work, written once: load → resolve → check."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from clausebook.cache import Cache
from clausebook.check import Waived, apply_waivers, check_library, check_organisation
from clausebook.dates import today as today_in_london
from clausebook.load import load
from clausebook.load.files import Folder
from clausebook.model import Repository
from clausebook.problem import Problem, Severity, sorted_problems
from clausebook.remember import Remembered
from clausebook.resolve import Resolver, Spoken, unused

SOON = timedelta(days=30)
FEW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One organisation, resolved and checked: all that the report needs, and nothing large."""

    organisation: str
    spoken: Spoken
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]
    policies: tuple[str, ...]
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
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pinned: bool = False
    repository: Repository | None = field(default=None, compare=False)

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
    folder, cache = Folder(root), Cache(root)
    repository, problems = load(folder, cache)
    if repository is None:
        day = as_of or today_in_london()
        return Outcome(as_of=day, problems=tuple(sorted_problems(problems)))
    stated = repository.settings.as_of
    day = as_of or (stated.last if stated else today_in_london())
    remembered = Remembered(cache, folder.digests, repository, day, strict=strict)
    found, judged = _judged(repository, remembered, day, strict, jobs)
    problems += found
    for one in judged:
        problems += one.problems
    # A line that is wrong already is not also said to be unused.
    wrong = {problem.at for problem in problems}
    problems += [p for p in unused([one.spoken for one in judged]) if p.at not in wrong]
    wanted = set(organisations)
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
        policies=sum(len(one.policies) for one in judged),
        clauses=sum(one.clauses for one in judged),
        names=tuple(repository.organisations),
        held={one.organisation: one.policies for one in judged},
        repository=repository,
        pinned=as_of is None and stated is not None,
    )


def judge(resolver: Resolver, id: str, today: date, *, strict: bool) -> Judged:
    """Resolve and check one organisation."""
    repository = resolver.repository
    organisation = repository.organisations[id]
    resolved = resolver.resolve(id, organisation.editions[:1])
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
        spoken=resolved.spoken,
        problems=tuple(problems),
        waived=tuple(waived),
        policies=tuple(policy.id for policy in resolved.policies),
        clauses=sum(len(policy.clauses) for policy in resolved.policies),
    )


# ------------------------------------------------------------------------------ on all cores


@dataclass(slots=True)
class _Work:
    """What a worker needs; set before forking, so that nothing is copied."""

    resolver: Resolver
    today: date
    strict: bool


_work: _Work | None = None


def _judged(
    repository: Repository, remembered: Remembered, day: date, strict: bool, jobs: int | None
) -> tuple[list[Problem], list[Judged]]:
    """The library's problems and every organisation's, from memory where nothing changed."""
    known: dict[str, Judged] = {}
    stale: list[str] = []
    for id in repository.organisations:
        old = remembered.organisation(id)
        if old is None:
            stale.append(id)
        else:
            known[id] = old
    found = remembered.library()
    tasks: list[tuple[str, str]] = []
    if found is None:
        tasks += [("library", id) for id in (*repository.library.policies, "")]
    tasks += [("organisation", id) for id in stale]
    library: list[Problem] = []
    global _work
    _work = _Work(Resolver(repository), day, strict)
    try:
        for (kind, id), result in zip(tasks, _run(tasks, jobs), strict=True):
            if kind == "library":
                library += result
            else:
                known[id] = result
    finally:
        _work = None
    if found is None:
        found = library
    remembered.keep(found, known)
    return found, [known[id] for id in repository.organisations]


def _run(tasks: list[tuple[str, str]], jobs: int | None) -> Iterator[Any]:
    """Every task's result in order: in forked workers when there is much to do."""
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    forks = "fork" in multiprocessing.get_all_start_methods()
    if workers < 2 or len(tasks) < FEW or not forks:
        yield from map(_task, tasks)
        return
    context = multiprocessing.get_context("fork")
    with context.Pool(workers) as pool:
        yield from pool.imap(_task, tasks, chunksize=max(1, min(8, len(tasks) // (workers * 4))))


def _task(task: tuple[str, str]) -> Any:
    kind, id = task
    assert _work is not None
    if kind == "library":
        return check_library(_work.resolver.library, id)
    return judge(_work.resolver, id, _work.today, strict=_work.strict)
