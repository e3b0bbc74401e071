"""clausebook matrix: clause by organisation and parameter by organisation, with recorded reasons."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence

from clausebook.commands.answer import Answer, one_of, opened
from clausebook.model import Policy, Repository
from clausebook.resolve import Resolver
from clausebook.table import FORMATS, Table, terminal_width, wrapped
from clausebook.variants import State, Variant, clause_ids, variant

# What a cell of the text says in a few letters, and what that means.
WORDS = {
    "library": "yes",
    "changed": "own",
    "added": "new",
    "omitted": "omit",
    "left out": "out",
    "": "-",
}
LEGEND = (
    "yes: the library's text   own: changed to its own   new: a clause of its own",
    "omit: omitted   out: left out   -: not taken   *: another strength",
)


Clauses = Mapping[str, Mapping[str, State]]
Answers = Mapping[str, Mapping[str, str]]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("policy", metavar="POLICY")
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> Answer:
    repository = opened(args.root)
    policies = repository.library.policies
    example = f"clausebook matrix {next(iter(policies), 'social-media')}"
    policy = policies[one_of("policy", args.policy, policies, example)]
    held = _held(policy, repository)
    clauses = {
        id: {name: one.clause(id) for name, one in held.items()} for id in clause_ids(policy, held)
    }
    answers = {
        id: {name: str(one.answer(id)) for name, one in held.items()} for id in policy.parameters
    }
    if args.format == "text" and held:
        return Answer("\n".join(_text(policy, list(held), clauses, answers)) + "\n")
    rows = [("clause", id, *map(str, cells.values())) for id, cells in clauses.items()]
    rows += [("parameter", id, *cells.values()) for id, cells in answers.items()]
    empty = f"no organisation holds '{policy.id}'"
    table = Table(("kind", "id", *held), tuple(rows) if held else (), empty)
    return Answer(table.shown(args.format))


def _held(policy: Policy, repository: Repository) -> dict[str, Variant]:
    resolver = Resolver(repository)
    return {
        id: variant(resolved)
        for id in sorted(repository.organisations)
        for resolved in resolver.resolve(id).policies
        if resolved.id == policy.id
    }


# ------------------------------------------------------------------------------ as text


def _text(policy: Policy, held: list[str], clauses: Clauses, answers: Answers) -> Iterator[str]:
    """Short words in columns that fit the terminal; the reasons and the answers below."""
    yield f"{policy.title} ({policy.id})"
    for line in LEGEND:
        yield from wrapped(line)
    first = max(len(id) for id in clauses)
    at_once = max(1, (terminal_width() - first) // 7)
    for start in range(0, len(held), at_once):
        here = held[start : start + at_once]
        yield ""
        # A number stays beside its name wherever the line is broken.
        names = [f"{number}\N{NO-BREAK SPACE}{id}" for number, id in enumerate(here, start + 1)]
        yield from (line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped("  ".join(names)))
        yield ""
        yield _row("clause", first, [str(start + 1 + index) for index in range(len(here))])
        for id, cells in clauses.items():
            yield _row(id, first, [_short(cells[name]) for name in here])
    reasons = {id: _grouped({n: _reason(s) for n, s in c.items()}) for id, c in clauses.items()}
    yield from _listed("Why", {id: said for id, said in reasons.items() if said})
    yield from _listed("Answers", {id: _grouped(cells) for id, cells in answers.items()})


def _row(id: str, first: int, cells: Sequence[str]) -> str:
    return f"{id:<{first}}" + "".join(f"  {cell:<5}" for cell in cells).rstrip()


def _short(state: State) -> str:
    return WORDS[state.word] + ("*" if state.strength else "")


def _reason(state: State) -> str:
    return str(state) if state.why or state.strength else ""


def _grouped(cells: Mapping[str, str]) -> dict[str, list[str]]:
    """Who says the same, for everything somebody says."""
    groups: dict[str, list[str]] = {}
    for name, said in cells.items():
        if said not in ("", "-"):
            groups.setdefault(said, []).append(name)
    return groups


def _listed(heading: str, entries: Mapping[str, Mapping[str, list[str]]]) -> Iterator[str]:
    if not entries:
        return
    yield from ("", heading, "-" * len(heading))
    for id, groups in entries.items():
        yield id
        for said, names in groups.items():
            yield from wrapped(f"{said} ({', '.join(names)})", "  ", "    ")
        if not groups:
            yield "  nobody answers it"
