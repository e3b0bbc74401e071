"""clausebook matrix: clause by organisation and parameter by organisation, with recorded reasons."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from clausebook.commands.answer import Answer, one_of, opened
from clausebook.model import Clause, ResolvedPolicy
from clausebook.resolve import Resolver
from clausebook.table import FORMATS, Table


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("policy", metavar="POLICY")
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> Answer:
    repository = opened(args.root)
    policies = repository.library.policies
    example = f"clausebook matrix {next(iter(policies), 'social-media')}"
    policy = policies[one_of("policy", args.policy, policies, example)]
    resolver = Resolver(repository)
    held: dict[str, ResolvedPolicy] = {}
    for organisation in repository.organisations.values():
        for resolved in resolver.resolve(organisation.id).policies:
            if resolved.id == policy.id:
                held[organisation.id] = resolved
    rows = [_clause_row(clause, held) for clause in policy.clauses.values()]
    own = {c.id: c.clause for r in held.values() for c in r.clauses if c.id not in policy.clauses}
    rows += [_clause_row(clause, held) for clause in own.values()]
    rows += [
        ("parameter", id, *[_answer(resolved, id) for resolved in held.values()])
        for id in policy.parameters
    ]
    columns = ("kind", "id", *held)
    empty = f"no organisation holds '{policy.id}'"
    return Answer(Table(columns, tuple(rows) if held else (), empty).shown(args.format))


def _clause_row(clause: Clause, held: dict[str, ResolvedPolicy]) -> tuple[str, ...]:
    return ("clause", clause.id, *[_state(clause.id, resolved) for resolved in held.values()])


def _state(id: str, resolved: ResolvedPolicy) -> str:
    for clause in resolved.clauses:
        if clause.id != id:
            continue
        if clause.replaced is not None:
            state = f"changed: {clause.reason}"
        elif clause.clause.tier != "library":
            state = "added"
        else:
            state = "library"
        written = clause.clause.strength
        if clause.strength is not None and clause.strength is not written:
            state += f", {clause.strength.value}"
        return state
    for left in resolved.left_out:
        if left.clause == id:
            omitted = left.at.file.startswith("schools/")
            return f"{'omitted' if omitted else 'left out'}: {left.why}"
    return "-"


def _answer(resolved: ResolvedPolicy, id: str) -> str:
    value = resolved.values.get(id)
    if value is None:
        return "-"
    if f"answer.{id}" not in resolved.reached:
        return "(not reached)"
    if value.silent:
        return "silent"
    ids = [item.id for item in value.items]
    return ", ".join(i if i else item.words for i, item in zip(ids, value.items, strict=True))
