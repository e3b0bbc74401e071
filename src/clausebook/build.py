"""The order of work, written once: load → resolve → check."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from clausebook import recent
from clausebook.cache import Cache, digest
from clausebook.check import Waived, check_library
from clausebook.dates import today as today_in_london
from clausebook.ended import Ended
from clausebook.judge import NAME as KEPT
from clausebook.judge import Judged, judge
from clausebook.load import load
from clausebook.load.files import Folder
from clausebook.model import Repository
from clausebook.problem import Problem, Severity, sorted_problems
from clausebook.processes import Processes
from clausebook.remember import Remembered
from clausebook.resolve import Resolver, unused
from clausebook.typed import dataclass

SOON = timedelta(days=30)
FEW = 8
# How many resolved policies a process keeps between checking and building.
ROOM = 7_000


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
    digests: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def digest(self) -> str:
        """Of all the files that were read."""
        return digest_of(self.digests)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Opened:
    """A repository as every process that works on it holds it, with the work they share."""

    root: Path
    repository: Repository
    resolver: Resolver


class Changed(Ended):
    """The files are not those that the work was planned for."""


def opened(root: Path, fingerprint: str) -> Opened:
    """In a process that starts fresh: the repository, if it still is the one that was meant."""
    folder = Folder(root)
    repository, _ = load(folder, Cache(root))
    if repository is None or digest_of(folder.digests) != fingerprint:
        raise Changed("files were edited while this was at work: run it again")
    return _held(root, repository)


def _held(root: Path, repository: Repository) -> Opened:
    recent.suit(sum(len(policy.clauses) for policy in repository.library.policies.values()))
    return Opened(root, repository, Resolver(repository, room=ROOM))


def digest_of(digests: Mapping[str, str]) -> str:
    """One digest for all the files of a handbook repository."""
    return digest(f"{name}={digests[name]}" for name in sorted(digests))


def open_repository(root: Path) -> tuple[Repository | None, list[Problem]]:
    """The repository as loaded, for commands that only look."""
    return load(Folder(root))


def check(
    root: Path,
    organisations: Iterable[str] = (),
    as_of: date | None = None,
    strict: bool = False,
    jobs: int | None = None,
    processes: Processes | None = None,
) -> Outcome:
    """Load everything, resolve every organisation, run every rule.

    `processes` are given what is opened here, for work that comes after.
    """
    folder, cache = Folder(root), Cache(root)
    workers = processes or Processes(opened, (), jobs)
    repository, problems = load(folder, cache, workers.copies)
    if repository is None:
        day = as_of or today_in_london()
        return Outcome(as_of=day, problems=tuple(sorted_problems(problems)))
    stated = repository.settings.as_of
    day = as_of or (stated.last if stated else today_in_london())
    remembered = Remembered(cache, folder.digests, repository, day, strict=strict)
    with contextlib.nullcontext() if processes else workers:
        workers.hold(_held(root, repository), root, digest_of(folder.digests))
        found, judged = _judged(repository, remembered, day, strict, workers)
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
        digests=folder.digests,
        pinned=as_of is None and stated is not None,
    )


# ------------------------------------------------------------------------------ on all cores


@dataclass(frozen=True, slots=True)
class _Task:
    """A policy of the library, the library as a whole (neither is named), or one organisation."""

    organisation: str = ""
    policy: str = ""
    today: date = date.min
    strict: bool = False
    key: str = ""
    beside: str = ""

    def __str__(self) -> str:
        return self.organisation or self.policy or "the library"


def _judged(
    repository: Repository, remembered: Remembered, day: date, strict: bool, workers: Processes
) -> tuple[list[Problem], list[Judged]]:
    """The library's problems and every organisation's, from memory where nothing changed."""
    keys, policies = remembered.keys, (*repository.library.policies, "")
    library = {id: remembered.library(id) for id in policies}
    known = {id: remembered.organisation(id) for id in repository.organisations}
    tasks = [_Task(policy=id) for id, found in library.items() if found is None]
    tasks += [
        _Task(id, "", day, strict, keys.organisation(id), keys.beside(id))
        for id, one in known.items()
        if one is None
    ]
    results = workers.every(_do, tasks, few=FEW, whose=attrgetter("organisation"))
    for task, result in zip(tasks, results, strict=True):
        if task.organisation:
            known[task.organisation] = result
        else:
            library[task.policy] = result
    found = {id: one or [] for id, one in library.items()}
    judged = {id: one for id, one in known.items() if one is not None}
    remembered.keep(found, judged)
    remembered.cache.prune(KEPT, (KEPT + id for id in known))
    return [p for one in found.values() for p in one], list(judged.values())


def _do(held: Opened, task: _Task) -> Any:
    if not task.organisation:
        return check_library(held.repository.library, task.policy)
    return judge(
        held.resolver,
        task.organisation,
        task.today,
        strict=task.strict,
        cache=Cache(held.root),
        key=task.key,
        beside=task.beside,
    )
