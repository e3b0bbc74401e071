"""Every run of published text has exactly one origin, and the origin really says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from clausebook.model import Handbook, RunKind
from tests.origins import Files, fault, runs

ROOT = Path(__file__).parents[1]

Handbooks = Mapping[tuple[str, str], Handbook]


def test_every_run_of_every_shipped_handbook_comes_from_where_it_says(
    handbooks: Handbooks,
) -> None:
    files, seen, formatters = Files(ROOT), Counter[RunKind](), set[str]()
    for (organisation, edition), handbook in handbooks.items():
        for policy in handbook.policies.values():
            for run in runs(policy):
                wrong = fault(run, policy, files)
                assert wrong is None, f"{organisation}, {edition}, {policy.id}: {run}: {wrong}"
                seen[run.kind] += 1
                formatters.add(run.formatter)
    assert min(seen.values()) > 1_000
    assert {"", "start", "date", "cycle", "contacts", "modal", "reference"} <= formatters


def test_runs_make_up_the_whole_text(handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        for policy in handbook.policies.values():
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


def test_a_changed_file_is_noticed(handbooks: Handbooks, tmp_path: Path) -> None:
    """The check of origins can fail: a file that says something else no longer bears the text."""
    policy = handbooks["stockport", "staff"].policies["social-media"]
    run = next(run for run in runs(policy) if run.kind is RunKind.SOURCE)
    assert run.at is not None
    path = tmp_path / run.at.file
    path.parent.mkdir(parents=True)
    text = (ROOT / run.at.file).read_text(encoding="utf-8")
    path.write_text(text.replace(run.text.split("\n")[0], "Something else"), encoding="utf-8")
    assert fault(run, policy, Files(tmp_path)) is not None
