"""clausebook matrix: clause by organisation and parameter by organisation, with recorded reasons."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clausebook.commands.answer import Answer, one_of, opened
from clausebook.model import Policy, Repository, ResolvedPolicy
from clausebook.resolve import Resolver
from clausebook.table import FORMATS, Table, terminal_width, wrapped

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


@dataclass(frozen=True, slots=True)
class _State:
    """What one organisation makes of one clause: a word, why, and a strength of its own."""

    word: str = ""
    why: str = ""
    strength: str = ""

    def __str__(self) -> str:
        said = ", ".join(part for part in (self.word, self.strength) if part)
        return f"{said}: {self.why}" if self.why else said or "-"

    @property
    def short(self) -> str:
        return WORDS[self.word] + ("*" if self.strength else "")


Clauses = Mapping[str, Mapping[str, _State]]
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
    own = [c.id for r in held.values() for c in r.clauses if c.id not in policy.clauses]
    clauses = {
        id: {name: _state(id, resolved) for name, resolved in held.items()}
        for id in dict.fromkeys([*policy.clauses, *own])
    }
    answers = {
        id: {name: _answer(resolved, id) for name, resolved in held.items()}
        for id in policy.parameters
    }
    if args.format == "text" and held:
        return Answer("\n".join(_text(policy, list(held), clauses, answers)) + "\n")
    rows = [("clause", id, *map(str, cells.values())) for id, cells in clauses.items()]
    rows += [("parameter", id, *cells.values()) for id, cells in answers.items()]
    empty = f"no organisation holds '{policy.id}'"
    table = Table(("kind", "id", *held), tuple(rows) if held else (), empty)
    return Answer(table.shown(args.format))


def _held(policy: Policy, repository: Repository) -> dict[str, ResolvedPolicy]:
    resolver = Resolver(repository)
    return {
        id: resolved
        for id in sorted(repository.organisations)
        for resolved in resolver.resolve(id).policies
        if resolved.id == policy.id
    }


def _state(id: str, resolved: ResolvedPolicy) -> _State:
    for clause in resolved.clauses:
        if clause.id != id:
            continue
        another = clause.strength is not None and clause.strength is not clause.clause.strength
        strength = clause.strength.value if clause.strength and another else ""
        if clause.replaced is not None:
            return _State("changed", clause.reason or "", strength)
        library = clause.clause.tier == "library"
        return _State("library" if library else "added", strength=strength)
    for left in resolved.left_out:
        if left.clause == id:
            omitted = left.at.file.startswith("schools/")
            return _State("omitted" if omitted else "left out", left.why)
    return _State()


def _answer(resolved: ResolvedPolicy, id: str) -> str:
    value = resolved.values.get(id)
    if value is None:
        return "-"
    if f"answer.{id}" not in resolved.reached:
        return "(not reached)"
    if value.silent:
        return "silent"
    return ", ".join(item.id or item.words for item in value.items)


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
            yield _row(id, first, [cells[name].short for name in here])
    reasons = {id: _grouped({n: _reason(s) for n, s in c.items()}) for id, c in clauses.items()}
    yield from _listed("Why", {id: said for id, said in reasons.items() if said})
    yield from _listed("Answers", {id: _grouped(cells) for id, cells in answers.items()})


def _row(id: str, first: int, cells: Sequence[str]) -> str:
    return f"{id:<{first}}" + "".join(f"  {cell:<5}" for cell in cells).rstrip()


def _reason(state: _State) -> str:
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
