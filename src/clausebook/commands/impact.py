"""clausebook impact: which organisations, policies and clauses change if something changes."""

from __future__ import annotations

import io
import subprocess
import tarfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from clausebook.commands.answer import Answer, Unusable, opened
from clausebook.model import Registers, Repository, ResolvedClause, ResolvedPolicy
from clausebook.problem import nearest
from clausebook.resolve import Resolver
from clausebook.scratch import scratch
from clausebook.table import FORMATS, Table, count, wrapped

COLUMNS = ("organisation", "policy", "clause", "number", "title", "why")
EXAMPLES = (
    "examples: clausebook impact dpa-2018\n"
    "          clausebook impact social-media/decline-requests\n"
    "          clausebook impact --since HEAD~1"
)

Row = tuple[str, ...]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="CLAUSE, PARAMETER or REGISTER-ID")
    parser.add_argument("--since", metavar="GIT-REV", help="compare with an earlier revision")
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> Answer:
    if (args.what is None) == (args.since is None):
        raise Unusable(f"name one thing, or a revision with --since\n{EXAMPLES}")
    repository = opened(args.root)
    if args.since is not None:
        rows = tuple(_since(args.root, args.since, repository))
        return _shown(rows, "nothing published changes", args.format)
    rows = tuple(_of(args.what, repository))
    return _shown(rows, "nothing published depends on it", args.format)


def _shown(rows: tuple[Row, ...], empty: str, format: str) -> Answer:
    if format != "text" or not rows:
        return Answer(Table(COLUMNS, rows, empty).shown(format))
    return Answer("\n".join(_text(rows)) + "\n")


def _text(rows: tuple[Row, ...]) -> Iterator[str]:
    """Under each organisation the clauses that change, and how many there are."""
    by_organisation = {id: list(found) for id, found in groupby(rows, key=lambda row: row[0])}
    for id, found in by_organisation.items():
        yield id
        for _, policy, clause, number, title, why in found:
            yield from wrapped(f"{policy} {number} {title} [{clause}]: {why}", "  ", "    ")
    clauses, organisations = count(len(rows), "clause"), len(by_organisation)
    yield f"\n{clauses} in {count(organisations, 'organisation')}"


# ------------------------------------------------------------------------------ one thing


def _of(what: str, repository: Repository) -> Iterator[Row]:
    policy, _, name = what.rpartition("/")
    names = _names(name, policy, repository)
    if not names:
        raise Unusable(_unknown(name, repository))
    resolver = Resolver(repository)
    for id in sorted(repository.organisations):
        for resolved in resolver.resolve(id).policies:
            if policy and resolved.id != policy:
                continue
            for clause in resolved.clauses:
                why = _why(name, names, clause, resolved)
                if why:
                    yield _row(id, resolved, clause, why)


def _names(name: str, policy: str, repository: Repository) -> set[str]:
    """How clause text may refer to the thing."""
    registers = repository.library.registers
    names: set[str] = set()
    for id, held in repository.library.policies.items():
        if policy and id != policy:
            continue
        if name in held.clauses:
            names |= {f"clause.{name}", "itself"}
        if name in held.parameters:
            names.add(f"answer.{name}")
    added = {
        a.clause.id
        for o in repository.organisations.values()
        for h in o.policies.values()
        for a in h.add
    }
    if name in added:
        names |= {f"clause.{name}", "itself"}
    if not policy:
        for space, rows in _spaces(registers).items():
            if name in rows:
                names.add(f"{space}.{name}")
        if name in repository.library.policies:
            names.add(f"policy.{name}")
    return names


def _spaces(registers: Registers) -> dict[str, Iterable[str]]:
    return {
        "law": registers.law,
        "platform": registers.platforms,
        "term": registers.terms,
        "role": registers.roles,
    }


def _unknown(name: str, repository: Repository) -> str:
    library = repository.library
    known: set[str] = set(library.policies)
    for policy in library.policies.values():
        known |= {*policy.clauses, *policy.parameters}
    for rows in _spaces(library.registers).values():
        known |= set(rows)
    close = nearest(name, known)
    hint = f": did you mean '{close}'?" if close else ""
    return f"no clause, parameter, policy or register row is called '{name}'{hint}\n{EXAMPLES}"


def _why(
    name: str, names: set[str], clause: ResolvedClause, resolved: ResolvedPolicy
) -> str | None:
    if "itself" in names and clause.id == name:
        return "is this clause"
    if f"answer.{name}" in names and name in clause.clause.when:
        return "prints or not by this answer"
    if f"law.{name}" in names and name in clause.text.cites:
        return "cites it"
    for text in (clause.text, clause.title, *([clause.summary] if clause.summary else [])):
        for slot in text.slots:
            if slot in names:
                return "links to it" if slot.startswith(("clause.", "policy.")) else "uses it"
            value = resolved.values.get(slot.removeprefix("answer."))
            if value is None or not slot.startswith("answer."):
                continue
            parameter = resolved.policy.parameters[slot.removeprefix("answer.")]
            for item in value.items:
                choice = parameter.choices.get(item.id or "")
                if choice and f"platform.{choice.platform}" in names:
                    return "names it"
                if parameter.type in ("role", "roles") and f"role.{item.id}" in names:
                    return "names it"
                if item.link and f"policy.{item.link.raw}" in names:
                    return "links to it"
    return None


def _row(id: str, resolved: ResolvedPolicy, clause: ResolvedClause, why: str) -> Row:
    return (id, resolved.id, clause.id, clause.number, clause.title.words, why)


# ------------------------------------------------------------------------------ since a revision


def _since(root: Path, revision: str, now: Repository) -> Iterator[Row]:
    with scratch("earlier") as folder:
        _checkout(root, revision, folder)
        try:
            then = opened(folder)
        except Unusable as error:
            raise Unusable(
                f"the handbook at '{revision}' has problems of its own:\n{error}", error.code
            ) from None
        yield from _compared(then, now)


def _checkout(root: Path, revision: str, folder: Path) -> None:
    try:
        prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
        top = Path(_git(root, "rev-parse", "--show-toplevel").decode().strip())
        tree = f"{revision}:{prefix.rstrip('/')}" if prefix else revision
        listed = _git(top, "ls-tree", "--name-only", tree).decode().split("\n")
        parts = [name for name in ("policies", "schools", "mkdocs.yml") if name in listed]
        archive = _git(top, "archive", "--format=tar", tree, *parts)
    except FileNotFoundError:
        raise Unusable("--since needs git, which is not installed") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().split("\n")[0]
        raise Unusable(f"git cannot read '{revision}': {said}\n{EXAMPLES}") from None
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(root: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _compared(then: Repository, now: Repository) -> Iterator[Row]:
    before, after = _published(then), _published(now)
    for key in sorted({*before, *after}):
        organisation, policy, clause = key
        old, new = before.get(key), after.get(key)
        shown = new or old
        assert shown is not None
        if old is None:
            why = "added"
        elif new is None:
            why = "no longer printed"
        elif old.fingerprint != new.fingerprint:
            why = "changed"
        elif old.number != new.number:
            why = f"renumbered from {old.number}"
        else:
            continue
        yield (organisation, policy, clause, shown.number, shown.title.words, why)


def _published(repository: Repository) -> dict[tuple[str, str, str], ResolvedClause]:
    resolver = Resolver(repository)
    return {
        (id, policy.id, clause.id): clause
        for id in repository.organisations
        for policy in resolver.resolve(id).policies
        for clause in policy.clauses
    }
