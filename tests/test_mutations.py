"""The proof that Clausebook fails closed: every slip in every shipped file is caught where it is.

Every key is misspelt and doubled; every value gets a wrong type, is left blank and leaves its
choices; every date becomes impossible, ambiguous and contradictory; every id and every name in a
text dangles; every line that the format requires or that something relies on is deleted. One at a
time, each must give a new error, and it counts only at the right line:

- a changed key or value: the line of that key or value (for one of two dates that contradict each
  other, the line of either; for an id that others refer to, also the line of a reference);
- a deleted line: the line of the key it stood under, the first line below that key, or the exact
  line of the reference or the need that is now left over.

Out of scope is what makes another valid handbook: other prose, another valid value, a clause no
longer adopted, omitted, replaced or locked, a strength or a pack taken out, an id that nobody
refers to and rows that nobody cites.

All of them take about two minutes of two cores.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from clausebook.build import check
from clausebook.problem import Severity
from tests.conftest import DAY, ROOT
from tests.mutations.making import Mutation
from tests.mutations.references import kind_of
from tests.mutations.verdict import Bench
from tests.mutations.written import Edit

CHUNK = 50

_bench: Bench | None = None
_mutations: list[Mutation] = []


def _prepare() -> None:
    """Make the mutations: here, and in each worker that did not inherit them."""
    global _bench, _mutations
    sys.settrace(None)  # other tests measure coverage; here it would only be slow
    if _bench is None:
        _bench = Bench(ROOT, DAY)
        _mutations = _bench.mutations()


def _survivors(numbers: list[int]) -> list[tuple[int, str]]:
    """Which of some mutations are not caught, and what was found instead."""
    assert _bench is not None
    found = ((number, _bench.survives(_mutations[number])) for number in numbers)
    return [(number, instead) for number, instead in found if instead is not None]


@pytest.fixture(scope="module")
def bench() -> Bench:
    global _bench, _mutations
    if _bench is None:
        _bench = Bench(ROOT, DAY)
        _mutations = _bench.mutations()
    return _bench


def test_no_mutation_of_a_shipped_file_survives(
    bench: Bench, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = list(range(len(_mutations)))
    chunks = [numbers[at : at + CHUNK] for at in range(0, len(numbers), CHUNK)]
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else "spawn")
    with context.Pool(os.cpu_count(), initializer=_prepare) as pool:
        survivors = [pair for part in pool.imap_unordered(_survivors, chunks) for pair in part]
    counts = Counter(mutation.kind for mutation in _mutations)
    lines = [f"{count:>8,} {kind}" for kind, count in counts.most_common()]
    lines.append(f"{len(numbers):>8,} mutations, {len(survivors)} survivors")
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        with capsys.disabled():
            reporter.write_line("\n" + "\n".join(lines))
    listed = "\n".join(f"{_mutations[n]}\n    found: {instead}" for n, instead in sorted(survivors))
    assert not survivors, f"{lines[-1].strip()}\n{listed}"


def test_the_shipped_files_have_no_problem_a_mutation_could_hide_behind(bench: Bench) -> None:
    assert [p for p in bench.found if p.severity is Severity.ERROR] == []


def test_every_value_that_may_be_any_prose_is_listed_as_such(bench: Bench) -> None:
    # A value whose choices were loosened to any text would lose its mutations: it shows up here.
    assert sorted(bench.maker.unlisted) == []


def test_another_valid_handbook_survives(bench: Bench) -> None:
    # Or else the bench would call everything caught.
    file = "schools/stockport.yml"
    text = bench.folder.texts[file]
    at = text.index("Stockport School")
    line = text.count("\n", 0, at) + 1
    edit = Edit(at, at + len("Stockport School"), "Stockbridge School")
    renamed = Mutation("prose", file, line, "another name", edit, frozenset({(file, line)}))
    assert bench.survives(renamed) == "nothing at all"


def test_a_problem_on_another_line_is_not_enough(bench: Bench) -> None:
    mutation = next(m for m in _mutations if m.kind == "misspelt key")
    assert bench.survives(mutation) is None
    ((file, line),) = mutation.places
    elsewhere = Mutation(
        mutation.kind, file, line, "elsewhere", mutation.edit, frozenset({(file, line + 1)})
    )
    assert bench.survives(elsewhere) is not None


def test_a_whole_check_of_the_files_on_disk_finds_the_same(bench: Bench, tmp_path: Path) -> None:
    # The bench reads only what changed. For one mutation of each kind in each kind of file, the
    # product reads everything itself.
    for folder in ("policies", "schools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    seen: dict[tuple[str, str], list[Mutation]] = {}
    for mutation in _mutations:
        seen.setdefault((mutation.kind, kind_of(mutation.file)), []).append(mutation)
    for mutations in seen.values():
        mutation = mutations[len(mutations) // 2]
        path = tmp_path / mutation.file
        text = path.read_text(encoding="utf-8")
        path.write_text(mutation.edit.applied(text), encoding="utf-8", newline="\n")
        found = {(p.at.file, p.at.line) for p in check(tmp_path, as_of=DAY, jobs=1).errors}
        path.write_text(text, encoding="utf-8", newline="\n")
        assert mutation.places & found, mutation
