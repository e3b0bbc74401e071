"""clausebook explain: where each run of text comes from, and what it overrode."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from clausebook.commands.answer import Answer, Unusable, opened, publisher
from clausebook.model import (
    Handbook,
    Repository,
    ResolvedClause,
    ResolvedPolicy,
    Run,
    RunKind,
    Value,
)
from clausebook.problem import nearest
from clausebook.resolve import Resolver
from clausebook.table import wrapped


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG")
    parser.add_argument("what", metavar="[POLICY/]CLAUSE or PARAMETER")


def run(args: Namespace) -> Answer:
    repository = opened(args.root)
    id = publisher(repository, args.organisation, "explain", args.what).id
    resolved = Resolver(repository).resolve(id)
    handbook = next(iter(resolved.handbooks.values()))
    policy_id, _, name = args.what.rpartition("/")
    lines: list[str] = []
    for policy in resolved.policies:
        if policy_id and policy.id != policy_id:
            continue
        lines += _explained(name, policy, handbook, repository)
    if not lines:
        raise Unusable(_nothing(name, resolved.policies, id))
    return Answer("\n".join(lines) + "\n")


def _nothing(name: str, policies: tuple[ResolvedPolicy, ...], id: str) -> str:
    known = {c.id for p in policies for c in p.policy.clauses.values()}
    known |= {x for p in policies for x in p.policy.parameters}
    close = nearest(name, known)
    hint = f": did you mean '{close}'?" if close else ""
    example = close or next(iter(sorted(known)), "decline-requests")
    return (
        f"no clause or parameter of {id} is called '{name}'{hint}\n"
        f"example: clausebook explain {id} {example}"
    )


def _explained(
    name: str, policy: ResolvedPolicy, handbook: Handbook, repository: Repository
) -> Iterator[str]:
    for clause in policy.clauses:
        if clause.id == name:
            yield from _clause(clause, policy, handbook)
    for left in policy.left_out:
        if left.clause == name:
            yield f"{policy.id}/{name} is not printed by {handbook.organisation.name}"
            yield from wrapped(f"because: {left.why}", "  ", "    ")
            yield f"  decided: {left.at} ({left.tier})"
    printed = {c.id for c in policy.clauses} | {x.clause for x in policy.left_out}
    if name in policy.policy.clauses and name not in printed:
        clause_in_library = policy.policy.clauses[name]
        pack = clause_in_library.pack
        why = f"its pack '{pack}' is not on" if pack else "nobody has adopted it"
        yield f"{policy.id}/{name} is not in force in {handbook.organisation.name}: {why}"
        yield f"  library: {clause_in_library.at}"
    if name in policy.policy.parameters:
        yield from _parameter(name, policy, handbook)


def _tiers(handbook: Handbook) -> str:
    return " › ".join(["library", *(tier.id for tier in handbook.tiers)])


def _clause(clause: ResolvedClause, policy: ResolvedPolicy, handbook: Handbook) -> Iterator[str]:
    yield f"{policy.id}/{clause.id}: {clause.number} {clause.title.words}"
    yield f"  tiers: {_tiers(handbook)}"
    yield f"  wording: {clause.origin}, {clause.clause.text.at}"
    if clause.strength:
        written = clause.clause.strength
        changed = (
            "" if written is clause.strength or not written else f" (library: {written.value})"
        )
        yield f"  strength: {clause.strength.value}{changed}"
    if clause.replaced is None:
        yield f"  fingerprint: {clause.clause.fingerprint} (of the text as written: 'replace: of')"
    else:
        was = clause.replaced
        yield f"  replaced: {was.text.at} (fingerprint now {was.fingerprint})"
        yield from wrapped(f"reason: {clause.reason}", "  ", "    ")
        for line in was.text.source.split("\n"):
            yield from wrapped(line, "    - ") if line else ("    -",)
    yield "  runs:"
    for run in clause.text.runs:
        yield from wrapped(repr(run.text), "    ", "     ")
        yield from wrapped(_origin(run, policy, handbook), "        ", "          ")


def _origin(run: Run, policy: ResolvedPolicy, handbook: Handbook) -> str:
    if run.kind is RunKind.SOURCE:
        return str(run.at)
    if run.kind is RunKind.PRODUCT:
        return f"Clausebook's own ({run.slot})"
    how = f", through {run.formatter} from {run.raw!r}" if run.formatter else ""
    value = _value(run.slot, policy, handbook)
    chosen = ""
    if value is not None and value.chosen_at != run.at:
        chosen = f", chosen by {value.tier} at {value.chosen_at}"
    return f"{run.slot}: written at {run.at}{how}{chosen}"


def _value(slot: str, policy: ResolvedPolicy, handbook: Handbook) -> Value | None:
    space, _, key = slot.partition(".")
    if space == "answer":
        return policy.values.get(key)
    return handbook.terms.get(key) if space == "term" else None


def _parameter(name: str, policy: ResolvedPolicy, handbook: Handbook) -> Iterator[str]:
    parameter = policy.policy.parameters[name]
    yield f"{policy.id}: parameter {name}"
    yield from wrapped(f"question: {parameter.question}", "  ", "    ")
    yield f"  asked at: {parameter.at}"
    value = policy.values.get(name)
    for tier in handbook.tiers:
        held = tier.policies.get(policy.id)
        for answer in held.answers if held else ():
            if answer.id == name:
                wins = value is not None and value.chosen_at == answer.at
                mark = "in force" if wins else "overridden"
                said = f"{tier.id}: {_raw(answer.raw)}, {answer.at}, {mark}"
                yield from wrapped(said, "  ", "    ")
    if value is None:
        yield "  nobody has answered it"
    else:
        words = "; ".join(item.words for item in value.items) or "silent"
        yield from wrapped(f"prints: {words}", "  ", "    ")
    users = [c for c in policy.clauses if f"answer.{name}" in c.text.slots or name in c.clause.when]
    for clause in users:
        yield f"  used by: {clause.number} {clause.title.words} [{clause.id}]"
    if not users:
        yield "  used by: no clause that prints"


def _raw(raw: object) -> str:
    if isinstance(raw, list):
        return "[" + ", ".join(map(str, raw)) + "]"
    if isinstance(raw, dict):
        return "{" + ", ".join(f"{k}: {_raw(v)}" for k, v in raw.items()) + "}"
    return str(raw)
