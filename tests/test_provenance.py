"""Every run of published text has exactly one origin, and the origin really says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from clausebook.dates import Stated
from clausebook.model import Handbook, ResolvedPolicy, Run, RunKind, Strength
from clausebook.problem import Place
from clausebook.resolve.text import PRODUCT
from clausebook.resolve.values import cycle_words

ROOT = Path(__file__).parents[1]

Handbooks = Mapping[tuple[str, str], Handbook]

# The named formatters: what they make of what is written.
FORMATTERS: dict[str, Callable[[str], str]] = {
    "": lambda raw: raw,
    "start": lambda raw: raw[:1].upper() + raw[1:],
    "contacts": lambda raw: raw,
    "words": lambda raw: (
        "zero one two three four five six seven eight nine ten eleven twelve".split()[int(raw)]
    ),
    "date": lambda raw: str(Stated.read(raw)),
    "cycle": lambda raw: cycle_words(int(raw)),
    "modal": lambda raw: Strength(raw).modal,
}


@lru_cache
def lines(file: str) -> list[str]:
    return (ROOT / file).read_text(encoding="utf-8").split("\n")


def written_at(at: Place) -> str:
    """The rest of the line a place points at."""
    return lines(at.file)[at.line - 1][at.column - 1 :]


def policies(handbooks: Handbooks) -> Iterator[tuple[str, ResolvedPolicy]]:
    for (organisation, edition), handbook in handbooks.items():
        for policy in handbook.policies.values():
            yield f"{organisation}, {edition}, {policy.id}", policy


def runs(policy: ResolvedPolicy) -> Iterator[Run]:
    for clause in policy.clauses:
        yield from clause.title.runs
        yield from clause.text.runs
        if clause.summary:
            yield from clause.summary.runs
    for field in policy.control:
        for line in field.lines:
            yield from line


def test_source_runs_stand_in_their_file_as_they_read(handbooks: Handbooks) -> None:
    seen = 0
    for where, policy in policies(handbooks):
        for run in runs(policy):
            if run.kind is not RunKind.SOURCE:
                continue
            assert run.at is not None
            for offset, line in enumerate(run.text.split("\n")):
                at = Place(run.at.file, run.at.line + offset, run.at.column if not offset else 1)
                assert written_at(at).startswith(line), f"{where}: {run}"
            seen += 1
    assert seen > 5_000


def test_values_are_what_their_formatter_makes_of_what_is_written(handbooks: Handbooks) -> None:
    seen: set[str] = set()
    for where, policy in policies(handbooks):
        for run in runs(policy):
            if run.kind is not RunKind.VALUE:
                continue
            assert run.at is not None
            assert written_at(run.at).lstrip("'\"").startswith(run.raw), f"{where}: {run}"
            if run.formatter in ("reference", "numbered"):
                assert run.text.endswith(run.raw) or run.formatter == "reference"
            else:
                made = run.raw
                for name in run.formatter.split(", "):
                    made = FORMATTERS[name](made)
                assert made == run.text, f"{where}: {run}"
            seen.add(run.formatter)
    assert {"", "start", "date", "cycle", "contacts", "reference"} <= seen


def test_all_else_is_the_products_own_and_listed(handbooks: Handbooks) -> None:
    for where, policy in policies(handbooks):
        for run in runs(policy):
            if run.kind is RunKind.PRODUCT and run.slot not in ("link-target", "control"):
                assert PRODUCT[run.slot] == run.text, f"{where}: {run}"


def test_runs_make_up_the_whole_text(handbooks: Handbooks) -> None:
    for _, policy in policies(handbooks):
        for clause in policy.clauses:
            assert clause.text.words == "".join(run.text for run in clause.text.runs)
            assert clause.text.words.strip()


@pytest.mark.parametrize("name", ["term.learner", "answer.permitted_times"])
def test_a_value_knows_who_chose_it(name: str, handbooks: Handbooks) -> None:
    handbook = handbooks["stockport", "staff"]
    policy = handbook.policies["social-media"]
    space, _, key = name.partition(".")
    value = handbook.terms[key] if space == "term" else policy.values[key]
    assert value.tier == "stockport"
    assert value.chosen_at.file == "schools/stockport.yml"
