"""clausebook show: the resolved text as it will be published, numbered."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from clausebook.commands.answer import Answer, Unusable, one_of, opened, publisher
from clausebook.demonstration import note
from clausebook.handbook_file import handbook_json, plain_text
from clausebook.model import EDITIONS, Handbook, ResolvedClause, ResolvedPolicy
from clausebook.resolve import Resolver
from clausebook.table import wrapped


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG")
    parser.add_argument("what", nargs="?", metavar="POLICY[/CLAUSE]")
    parser.add_argument("--edition", choices=EDITIONS)
    parser.add_argument("--json", action="store_true", help="print handbook.json")


def run(args: Namespace) -> Answer:
    repository = opened(args.root)
    organisation = publisher(repository, args.organisation, "show")
    example = f"clausebook show {organisation.id}"
    edition = args.edition or organisation.editions[0]
    if edition not in organisation.editions:
        have = ", ".join(organisation.editions)
        raise Unusable(
            f"{organisation.name} does not publish a {edition} edition; it publishes: {have}\n"
            f"example: {example} --edition {organisation.editions[0]}"
        )
    handbook = Resolver(repository).resolve(organisation.id, [edition]).handbooks[edition]
    policy, _, clause = (args.what or "").partition("/")
    if policy:
        one_of("policy held here", policy, handbook.policies, f"{example} {_first(handbook)}")
        handbook = replace(handbook, policies={policy: handbook.policies[policy]})
    if args.json:
        return Answer(handbook_json(handbook))
    if clause:
        clauses = {c.id: c for c in handbook.policies[policy].clauses}
        one_of("clause printed here", clause, clauses, f"{example} {policy}/{next(iter(clauses))}")
        return Answer("\n".join(_clause(clauses[clause])) + "\n")
    return Answer("\n".join(_handbook(handbook)) + "\n")


def _first(handbook: Handbook) -> str:
    return next(iter(handbook.policies), "social-media")


def _handbook(handbook: Handbook) -> list[str]:
    lines = [f"{handbook.organisation.name}: {handbook.edition} edition"]
    said = note(handbook)
    if said:
        lines += wrapped(said)
    for policy in handbook.policies.values():
        lines += ["", *_policy(policy)]
    return lines


def _policy(policy: ResolvedPolicy) -> list[str]:
    lines = [policy.title, "=" * len(policy.title)]
    for field in policy.control:
        if field.id not in ("title", "contents"):
            words = "; ".join(field.words)
            lines += wrapped(f"{field.label}: {words}", "", "    ")
    lines.append(f"State: {policy.state}. Check code: {policy.fingerprint}")
    for section in policy.sections:
        heading = f"{section.number} {section.title}"
        lines += ["", heading, "-" * len(heading)]
        for clause in section.clauses:
            lines += ["", *_clause(clause)]
    return lines


def _clause(clause: ResolvedClause) -> list[str]:
    lines = wrapped(f"{clause.number} {clause.title.words}  [{clause.id}]", "", "    ")
    for line in plain_text(clause.text).split("\n"):
        text = line.lstrip()
        indent = " " * (4 + len(line) - len(text))
        lines += wrapped(text, indent, indent + ("  " if text.startswith("• ") else ""))
    return lines
