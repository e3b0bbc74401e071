"""clausebook questions: every unanswered parameter, and the line that answers it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field

from clausebook.commands.answer import Answer, one_of, opened
from clausebook.model import Organisation, Parameter, Repository
from clausebook.resolve import Resolver
from clausebook.table import FORMATS, Table, wrapped

COLUMNS = (
    "policy", "parameter", "question", "choices", "organisations", "clauses", "line", "where",
)  # fmt: skip


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisations", nargs="*", metavar="ORG")
    parser.add_argument("--format", choices=FORMATS, default="text")


@dataclass(slots=True)
class _Open:
    parameter: Parameter
    line: str
    organisations: list[Organisation] = field(default_factory=list)
    clauses: set[str] = field(default_factory=set)


def run(args: Namespace) -> Answer:
    repository = opened(args.root)
    for name in args.organisations:
        first = next(iter(repository.organisations))
        one_of("organisation", name, repository.organisations, f"clausebook questions {first}")
    wanted = args.organisations or list(repository.organisations)
    resolver = Resolver(repository)
    found: dict[tuple[str, str], _Open] = {}
    for id in wanted:
        for question in resolver.resolve(id).open_answers:
            key = (question.policy, question.parameter.id)
            entry = found.setdefault(key, _Open(question.parameter, question.line))
            entry.organisations.append(repository.organisations[id])
            entry.clauses |= set(question.clauses)
    rows = tuple(_row(policy, entry, repository) for (policy, _), entry in sorted(found.items()))
    if args.format == "text" and rows:
        return Answer("\n\n".join("\n".join(_text(row)) for row in rows) + "\n")
    return Answer(Table(COLUMNS, rows, "no open questions").shown(args.format))


def _text(row: tuple[str, ...]) -> Iterator[str]:
    """One question with the line that answers it, which is never broken."""
    cell = dict(zip(COLUMNS, row, strict=True))
    yield f"{cell['policy']}: {cell['parameter']}"
    yield from wrapped(cell["question"], "  ")
    yield from wrapped(f"answers: {cell['choices']}", "  ", "    ")
    yield from wrapped(f"asked of: {cell['organisations']}", "  ", "    ")
    yield from wrapped(f"needed by: {cell['clauses']}", "  ", "    ")
    yield f"  write: {cell['line']}"
    yield from wrapped(cell["where"], "  ", "    ")


def _row(policy: str, entry: _Open, repository: Repository) -> tuple[str, ...]:
    parameter = entry.parameter
    choices = ", ".join(parameter.choices) or parameter.type
    if parameter.silent is not None:
        choices += ", silent"
    files = sorted({organisation.at.file for organisation in entry.organisations})
    groups = sorted(
        {repository.organisations[o.parent].at.file for o in entry.organisations if o.parent}
    )
    where = f"under policies: {policy}: values: in {' or '.join([*groups, *files])}"
    return (
        policy,
        parameter.id,
        parameter.question,
        choices,
        ", ".join(o.id for o in entry.organisations),
        ", ".join(sorted(entry.clauses)),
        entry.line,
        where,
    )
