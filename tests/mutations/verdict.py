"""Whether a mutation is caught: by the product's own load, resolve and check, stage by stage.

Only the changed file is read again. Stages stop as soon as a new problem stands at a right place:
each stage yields problems that a whole `clausebook check` would show as well, so an early stop
never flatters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from clausebook.cache import Cache
from clausebook.check import Waived, check_clause, check_library
from clausebook.judge import Judged, judge
from clausebook.load import load
from clausebook.load.clauses import load_clauses
from clausebook.load.files import Folder
from clausebook.load.library import load_library
from clausebook.load.organisations import load_organisations
from clausebook.load.policy import load_policy
from clausebook.load.registers import load_registers
from clausebook.load.validate import validate
from clausebook.model import Library, Policy, Repository
from clausebook.problem import Place, Problem, Severity
from clausebook.resolve import Resolver, unused
from clausebook.shapes import FILES
from clausebook.yamlfile import read_yaml
from tests.mutations.making import Maker, Mutation
from tests.mutations.references import Index, kind_of
from tests.mutations.written import Source

Known = frozenset[tuple[str, str, int, str]]


class Memory(Cache):
    """The product's cache of what it has read, kept here instead of on disk."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.kept: dict[tuple[str, str], Any] = {}

    def get(self, name: str, key: str) -> Any:
        return self.kept.get((name, key))

    def put(self, name: str, key: str, value: Any) -> None:
        if len(self.kept) < 100:  # the files as they are; mutated ones come and go
            self.kept[name, key] = value

    def prune(self, prefix: str, names: Iterable[str]) -> None:
        pass


@dataclass
class Bench:
    """The unmutated repository, read, resolved and judged once."""

    root: Path
    today: date
    memory: Memory = field(init=False)
    folder: Folder = field(init=False)
    repository: Repository = field(init=False)
    resolver: Resolver = field(init=False)
    judged: dict[str, Judged] = field(init=False)
    maker: Maker = field(init=False)
    known: Known = field(init=False)
    found: list[Problem] = field(init=False)

    def __post_init__(self) -> None:
        self.memory = Memory(self.root)
        self.folder = Folder(self.root)
        repository, problems = load(self.folder)
        assert repository is not None, problems
        self.repository = repository
        self.resolver = Resolver(repository)
        self.judged = {
            id: judge(self.resolver, id, self.today, strict=False)
            for id in repository.organisations
        }
        self.found = problems
        load_organisations(self.folder, repository.library, self.memory)
        for policy in (*repository.library.policies, ""):
            self.found += check_library(repository.library, policy)
        for one in self.judged.values():
            self.found += one.problems
        self.found += unused([one.spoken for one in self.judged.values()])
        self.known = frozenset(_facts(problem) for problem in self.found)
        index = Index(tuple(self._sources()), repository)
        self.maker = Maker(index, repository, tuple(self._waived()), self._reached())

    def _sources(self) -> Iterator[Source]:
        for name in sorted(self.folder.texts):
            if name.startswith(("schools/", "policies/")) and "/kept/" not in name:
                yield Source(name, self.folder.texts[name])

    def _waived(self) -> Iterator[Waived]:
        for one in self.judged.values():
            yield from one.waived

    def _reached(self) -> dict[str, set[str]]:
        """What each organisation's clauses in force look at, and the sections they stand in."""
        reached: dict[str, set[str]] = {}
        for id, organisation in self.repository.organisations.items():
            names = reached.setdefault(id, set())
            for policy in self.resolver.resolve(id, organisation.editions[:1]).policies:
                for name in policy.reached:
                    names.add(f"{policy.id}/{name}" if name.startswith("answer.") else name)
                for section in policy.sections:
                    names.add(f"{policy.id}/section.{section.id}")
        return reached

    def mutations(self) -> list[Mutation]:
        """Every mutation of every file."""
        return [m for source in self.maker.index.sources for m in self.maker.mutations(source)]

    # ------------------------------------------------------------------ one mutation

    def survives(self, mutation: Mutation) -> str | None:
        """None when it is caught at the right place; else what was found instead."""
        elsewhere: list[Problem] = []
        for problems in self._stages(mutation):
            for problem in problems:
                if problem.severity is Severity.ERROR and self._is_new(problem, mutation):
                    if (problem.at.file, problem.at.line) in mutation.places:
                        return None
                    elsewhere.append(problem)
        found = "; ".join(sorted({f"{p.at} {p.rule}" for p in elsewhere})[:4])
        return found or "nothing at all"

    def _is_new(self, problem: Problem, mutation: Mutation) -> bool:
        rule, file, line, what = _facts(problem)
        if mutation.added and file == mutation.file and line > mutation.line:
            line -= mutation.added
        return (rule, file, line, what) not in self.known

    def _stages(self, mutation: Mutation) -> Iterator[list[Problem]]:
        source = self.maker.index.source_of(mutation.file)
        text = mutation.edit.applied(source.text)
        excerpt = source.excerpt(mutation.edit)
        if excerpt is not None:
            # What an excerpt leaves out is missing at its first line: nothing counts there.
            found = self._alone(mutation.file, excerpt)
            yield [problem for problem in found if problem.at.line > 1]
        elif mutation.file.startswith("policies/"):
            yield self._alone(mutation.file, text)
        folder = self.folder.instead(mutation.file, text)
        if mutation.file.startswith("schools/"):
            yield from self._organisation(mutation, folder)
        else:
            yield from self._library(mutation, folder)

    def _alone(self, file: str, text: str) -> list[Problem]:
        """What reading the file by itself finds."""
        path = PurePosixPath(file)
        if path.suffix == ".yml":
            return validate(read_yaml(text, Place(file)), FILES[kind_of(file)])[1]
        policy = self.repository.library.policies[path.parts[1]]
        return load_clauses(text, file, path.stem, _lists_of(policy))[1]

    def _organisation(self, mutation: Mutation, folder: Folder) -> Iterator[list[Problem]]:
        library = self.repository.library
        organisations, problems = load_organisations(folder, library, self.memory)
        yield problems
        repository = replace(self.repository, organisations=organisations)
        own = self.maker.index.organisation(mutation.file)
        concerned = [
            id for id in organisations if own in (tier.id for tier in repository.tiers(id))
        ]
        yield from self._judged(repository, concerned, {})

    def _library(self, mutation: Mutation, folder: Folder) -> Iterator[list[Problem]]:
        whole = self.repository.library
        top, part = folder.root / "policies", mutation.file.split("/")[1]
        if part == "registers":
            if any(file.startswith("policies/registers/") for file, _ in mutation.places):
                problems = load_registers(folder, top / part)[1]
                yield problems
                if _fatal(problems):
                    return
            library, problems = load_library(folder)
            concerned = list(library.policies)
        else:
            policy, problems = load_policy(folder, top / part, whole.registers)
            concerned = [part]
            policies = {**whole.policies, **({part: policy} if policy else {})}
            library = replace(whole, policies=policies, fingerprints={"": "mutated"})
        yield problems
        if _fatal(problems):
            return
        files = {file for file, _ in mutation.places}
        # The likeliest first: order changes no verdict, only how soon it falls.
        for id in concerned:
            yield from self._likely(library, id, files)
        organisations = self.repository.organisations
        if _lists(library) != _lists(whole):  # all that reading an organisation asks of a library
            organisations, problems = load_organisations(folder, library)
            yield problems
        repository = replace(self.repository, library=library, organisations=organisations)
        first = [id for id, o in organisations.items() if o.at.file in files]
        done: dict[str, Judged] = {}
        if first:
            yield from self._judged(repository, first, done)
        for id in ("", *concerned):
            yield check_library(library, id)
        yield from self._judged(repository, [id for id in organisations if id not in done], done)

    def _likely(self, library: Library, id: str, files: set[str]) -> Iterator[list[Problem]]:
        """What is wrong with the clauses of the files where a problem is wanted."""
        policy = library.policies[id]
        for clause in policy.clauses.values():
            if clause.at.file in files:
                yield list(check_clause(clause, policy, library))

    def _judged(
        self, repository: Repository, ids: list[str], done: dict[str, Judged]
    ) -> Iterator[list[Problem]]:
        resolver = Resolver(repository)
        for id in ids:
            done[id] = judge(resolver, id, self.today, strict=False)
            yield list(done[id].problems)
        every = [done.get(id) or self.judged[id] for id in repository.organisations]
        yield unused([one.spoken for one in every])


def _lists(library: Library) -> dict[str, dict[str, bool]]:
    return {policy.id: _lists_of(policy) for policy in library.policies.values()}


def _lists_of(policy: Policy) -> dict[str, bool]:
    """Which parameters hold lists: what a text must know to be read."""
    return {id: parameter.plural for id, parameter in policy.parameters.items()}


def _facts(problem: Problem) -> tuple[str, str, int, str]:
    return problem.rule, problem.at.file, problem.at.line, problem.what


def _fatal(problems: list[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)
