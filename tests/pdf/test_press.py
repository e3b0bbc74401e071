"""Deciding what has to be made: keys, their cost, what is forgotten, and work inside a worker."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clausebook.cache import FOLDER as CACHE
from clausebook.changes import Change, Kind, Tag
from clausebook.model import (
    GlossaryEntry,
    Handbook,
    Picture,
    Repository,
    ResolvedPolicy,
    Run,
    RunKind,
    Text,
)
from clausebook.pdf import NOT_MAKING, press
from clausebook.pdf.document import document
from clausebook.pdf.manuscript import Manuscript, manuscript
from clausebook.pdf.press import LARGE_PRINT, PREFIX, Seen, Wish, bound
from clausebook.pdf.shelf import Asked, shelves
from clausebook.problem import Place
from clausebook.render.control import Row
from clausebook.render.site import pdf_name
from clausebook.render.words import glossary
from clausebook.shipped import PACKAGE

ONE = ("larkmere", "staff")
CHANGE = Change(
    policy="x", policy_title="X", kind=Kind.ADDED, tag=Tag.LAW, title="New", after="New"
)


@pytest.fixture(scope="module")
def handbook(handbooks: Mapping[tuple[str, str], Handbook]) -> Handbook:
    return handbooks[ONE]


@pytest.fixture(scope="module")
def policy(handbook: Handbook) -> ResolvedPolicy:
    return handbook.policies["social-media"]


@pytest.fixture(scope="module")
def terms(shipped: Repository, handbook: Handbook) -> Mapping[str, GlossaryEntry]:
    return glossary(shipped.library, handbook).entries


@pytest.fixture(scope="module")
def written(
    policy: ResolvedPolicy, handbook: Handbook, terms: Mapping[str, GlossaryEntry]
) -> Manuscript:
    return manuscript(policy, handbook, terms)


# ------------------------------------------------------------------------------ keys


def other(value: Any) -> Any:
    """A value unlike the one given, of its kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, bytes):
        return value + b"x"
    assert isinstance(value, tuple)
    return value[:-1]


def test_whatever_a_document_says_is_in_its_key(written: Manuscript) -> None:
    for one in fields(Manuscript):
        value = getattr(written, one.name)
        if one.name == "changes":
            changed: Any = (CHANGE,)
        elif value == ():
            changed = ("x",)
        else:
            changed = other(value)
        assert replace(written, **{one.name: changed}).key() != written.key(), one.name


@pytest.mark.parametrize(
    "change",
    [
        lambda rule: replace(rule, text=Text((*rule.text.runs, Run(RunKind.SOURCE, "!")))),
        lambda rule: replace(rule, text=Text((Run(RunKind.VALUE, rule.text.words),))),
        lambda rule: replace(rule, title="Another"),
        lambda rule: replace(rule, number="9.9"),
        lambda rule: replace(rule, pictures=(Picture(name="a.png", raw=b"", sha256="0"),)),
    ],
    ids=["words", "escaped", "title", "number", "pictures"],
)
def test_whatever_a_rule_says_is_in_the_key(
    change: Callable[[Any], Any], written: Manuscript
) -> None:
    first, *more = written.sections
    rules = (change(first.rules[0]), *first.rules[1:])
    changed = replace(written, sections=(replace(first, rules=rules), *more))
    assert changed.key() != written.key()


def test_the_key_is_the_same_for_the_same_words(
    policy: ResolvedPolicy,
    handbook: Handbook,
    terms: Mapping[str, GlossaryEntry],
    written: Manuscript,
) -> None:
    again = manuscript(policy, handbook, terms)
    moved = {id: replace(entry, at=Place("elsewhere.yml", 99, 1)) for id, entry in terms.items()}
    assert again.key() == written.key()
    assert manuscript(policy, handbook, moved).key() == written.key()
    shown = replace(written, rows=tuple(Row(row.label, row.lines) for row in written.rows))
    assert shown.key() == written.key()


def test_a_word_that_cannot_stand_here_is_not_in_the_key(
    policy: ResolvedPolicy,
    handbook: Handbook,
    terms: Mapping[str, GlossaryEntry],
    written: Manuscript,
) -> None:
    strange = GlossaryEntry(
        id="strange", at=Place("x", 1, 1), term="xylophone tuner", means="Who tunes them"
    )
    assert manuscript(policy, handbook, {**terms, "strange": strange}).key() == written.key()


def test_all_words_that_are_explained_stay_so(
    shipped: Repository, handbooks: Mapping[tuple[str, str], Handbook]
) -> None:
    """Leaving out beforehand what cannot stand in a policy leaves out nothing that does."""
    from clausebook.render.words import text_html

    for one in handbooks.values():
        every = glossary(shipped.library, one)
        for each in one.policies.values():
            used = every.used([text_html(clause.text.markdown) for clause in each.clauses])
            held = manuscript(each, one, every.entries).terms
            assert {entry.id for entry in used} <= {entry.id for entry in held}


def test_how_it_looks_is_in_the_key(written: Manuscript) -> None:
    assert Wish(written).key == Wish(written).key != Wish(written, LARGE_PRINT).key


def test_contents_are_all_that_tells_the_long_from_the_short(written: Manuscript) -> None:
    made = document(written)
    begin = made.long.index('<nav class="contents">')
    end = made.long.index("</nav>\n") + len("</nav>\n")
    assert made.long[:begin] + made.long[end:] == made.short
    assert "<!--" not in made.long


def test_deciding_costs_little(
    shipped: Repository, handbooks: Mapping[tuple[str, str], Handbook]
) -> None:
    """A millisecond and a half of processor time for a policy; the best of some tries."""
    press.recipe()
    best: dict[tuple[str, str], float] = {}
    for key, one in handbooks.items():
        terms = glossary(shipped.library, one).entries
        for _ in range(3):
            begin = time.process_time()
            for each in one.policies.values():
                _ = Wish(manuscript(each, one, terms)).key
            took = (time.process_time() - begin) / len(one.policies)
            best[key] = min(took, best.get(key, took))
    assert sum(best.values()) / len(best) < 0.0015, best


def test_whatever_a_document_is_made_by_is_in_its_key(tmp_path: Path) -> None:
    """What is loaded where documents are made counts, and what does not is loaded by none of them."""
    script = (
        "import sys; import clausebook.pdf.shelf; from clausebook.pdf.warm import everything;"
        "from pathlib import Path; everything(Path(sys.argv[1]));"
        "print(*(sys.modules[name].__file__ for name in list(sys.modules)"
        " if name.split('.')[0] == 'clausebook'), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    loaded = {Path(line).relative_to(PACKAGE).as_posix() for line in done.stdout.splitlines()}
    assert "pdf/merge.py" in loaded
    # What their templates came to is there for whoever comes next.
    assert len([*Path(tmp_path, CACHE).glob("template-page-*")]) >= 2
    # `shelf` decides as well, and lists what it made.
    assert {name for name in loaded if name.startswith(NOT_MAKING)} <= {"table.py"}
    held = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    assert [name for name in NOT_MAKING if not any(one.startswith(name) for one in held)] == []


def test_a_document_outlives_an_edit_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.Press(tmp_path).keep("a" * 64, b"first")
    monkeypatch.setattr("clausebook.cache.engine", lambda: "another")
    assert press.Press(tmp_path).kept("a" * 64) == b"first"
    assert press.Press(tmp_path).kept("a" * 32 + "b" * 32) is None


def test_what_documents_were_last_is_known_by_whose_they_are(tmp_path: Path) -> None:
    one = press.Press(tmp_path)
    first, second = (Seen(sign * 64, 3, {"clause.a": 2}) for sign in "ab")
    assert one.seen("elm") == {}
    one.note("elm", {"phones": first})
    one.note("oak", {"phones": second})
    assert press.Press(tmp_path).seen("elm") == {"phones": first}
    one.note("elm", {"phones": second})
    assert one.seen("elm") == {"phones": second}
    bound(tmp_path, limit=0)
    assert one.seen("elm") == {}


# ------------------------------------------------------------------------------ what is forgotten


def kept(root: Path, ages: Mapping[str, int], size: int = 1000) -> Path:
    """A cache with documents that were of use so many days ago."""
    folder = root / ".cache" / "clausebook"
    folder.mkdir(parents=True)
    for name, days in ages.items():
        path = folder / f"{name}.bin"
        path.write_bytes(b"x" * size)
        used = time.time() - days * 86_400
        os.utime(path, (used, used))
    return folder


def held(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir()}


def test_what_was_of_use_longest_ago_goes_first(tmp_path: Path) -> None:
    folder = kept(tmp_path, {f"{PREFIX}a": 3, f"{PREFIX}b": 1, f"{PREFIX}c": 2})
    bound(tmp_path, limit=2_000)
    assert held(folder) == {f"{PREFIX}b", f"{PREFIX}c"}


def test_what_nobody_asked_for_in_a_year_goes_though_there_is_room(tmp_path: Path) -> None:
    folder = kept(tmp_path, {f"{PREFIX}old": 366, f"{PREFIX}new": 364})
    bound(tmp_path)
    assert held(folder) == {f"{PREFIX}new"}
    bound(tmp_path, unused=timedelta(days=1))
    assert held(folder) == set()


def test_nothing_but_documents_is_forgotten(tmp_path: Path) -> None:
    folder = kept(tmp_path, {"check": 400, f"{PREFIX}a": 400})
    bound(tmp_path, limit=0)
    assert held(folder) == {"check"}


def test_a_folder_that_is_not_there_is_within_bounds(tmp_path: Path) -> None:
    bound(tmp_path)


def test_to_be_asked_for_is_to_be_of_use(tmp_path: Path) -> None:
    one = press.Press(tmp_path)
    one.keep("a" * 64, b"first")
    one.keep("b" * 64, b"second")
    folder = tmp_path / ".cache" / "clausebook"
    for path in folder.iterdir():
        os.utime(path, (time.time() - 864_000,) * 2)
    assert one.kept("a" * 64) == b"first"
    bound(tmp_path, unused=timedelta(days=5))
    assert held(folder) == {PREFIX + "a" * 32}


# ------------------------------------------------------------------------------ inside a worker


def _in_worker(given: tuple[Handbook, Repository, Path, str]) -> Mapping[str, bytes]:
    handbook, repository, root, policy = given
    asked = {ONE: Asked(handbook)}
    made = shelves(asked, repository.library, root, jobs=1, only=[policy], wholes=False)[ONE]
    assert made.reasons == []
    return made.files


_given: Any = None


def _task(_: int) -> Mapping[str, bytes]:
    return _in_worker(_given)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="workers are forked"
)
def test_a_worker_of_a_pool_makes_the_same_documents(
    handbook: Handbook, shipped: Repository, tmp_path: Path
) -> None:
    """Each organisation is built in a worker, which may start no worker of its own but may fork."""
    policy = "social-media"
    global _given
    _given = (handbook, shipped, tmp_path / "worker", policy)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        files = pool.map(_task, [0])[0]
    here = _in_worker((handbook, shipped, tmp_path / "here", policy))
    assert pdf_name(ONE[0], policy) in files
    assert files == here


_BEGUN = """
import pickle, sys
from clausebook.pdf import press
written = pickle.load(sys.stdin.buffer)
press.ready()
before = set(sys.modules)
press.make(written, "")
print(sorted(set(sys.modules) - before))
"""


def test_what_a_policy_needs_is_loaded_before_there_is_a_child(written: Manuscript) -> None:
    """Else each of them would load it anew: here, what reads a text that is out of the ordinary."""
    (section, *more) = written.sections
    (rule, *others) = section.rules
    text = Text((Run(RunKind.SOURCE, "- One\n\n  Two\n\n> It\n"),))
    changed = replace(section, rules=(replace(rule, text=text), *others))
    given = pickle.dumps(replace(written, sections=(changed, *more)))
    done = subprocess.run(
        [sys.executable, "-c", _BEGUN], input=given, capture_output=True, check=True
    )
    assert done.stdout.decode() == "[]\n"
