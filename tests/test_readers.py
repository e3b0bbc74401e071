"""Files read by several processes come to what one process reads: the same values, problems and digests."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from clausebook.build import check
from clausebook.cache import FOLDER, Cache
from clausebook.ended import Ended
from clausebook.load import load
from clausebook.load.files import Folder
from clausebook.load.readers import EACH, read_each
from clausebook.model import Repository
from clausebook.problem import Problem
from clausebook.worker import Worker
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="signals and forks of Linux"),
    # pytest-xdist listens in a thread, which touches nothing that a copy needs.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]
MANY = 3 * EACH + 1


def test_what_is_read_is_in_order_and_several_read() -> None:
    found = read_each(who, range(MANY), 3)
    assert [number for number, _ in found] == [*range(MANY)]
    readers = [reader for _, reader in found]
    assert len(set(readers)) == 3
    assert readers[0] == os.getpid()


def test_what_is_little_is_read_here() -> None:
    assert {reader for _, reader in read_each(who, range(2 * EACH - 1), 3)} == {os.getpid()}
    assert {reader for _, reader in read_each(who, range(MANY), 1)} == {os.getpid()}


def who(number: int) -> tuple[int, int]:
    return number, os.getpid()


def test_what_copies_that_die_were_to_read_is_read_here() -> None:
    found = read_each(partial(dies, os.getpid()), range(MANY), 3)
    assert [number for number, _ in found] == [*range(MANY)]
    assert {reader for _, reader in found} == {os.getpid()}


def dies(here: int, number: int) -> tuple[int, int]:
    if os.getpid() != here and number > EACH:
        os.kill(os.getpid(), signal.SIGKILL)
    return number, os.getpid()


def test_a_copy_that_died_before_it_was_told_what_to_read_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = Worker.__init__

    def dead(self: Worker, *given: Any) -> None:
        begin(self, *given)
        self._process.kill()
        self._process.join()

    monkeypatch.setattr(Worker, "__init__", dead)
    assert read_each(who, range(MANY), 3) == [(number, os.getpid()) for number in range(MANY)]


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_a_reader_raises_is_raised_and_no_copy_stays(where: str) -> None:
    with pytest.raises(Ended, match="no such"):
        read_each(partial(raises, os.getpid(), where), range(MANY), 3)
    assert multiprocessing.active_children() == []


def raises(here: int, where: str, number: int) -> int:
    if (os.getpid() == here) == (where == "here"):
        raise Ended("no such")
    return number


# ------------------------------------------------------------------------------ a handbook


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many") / "handbooks"
    command = [sys.executable, "benchmarks/generate.py", str(root)]
    command += ["--schools", str(MANY), "--policies", str(MANY)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return root


def read(root: Path, jobs: int) -> tuple[Repository | None, list[Problem], Folder]:
    folder = Folder(root)
    return (*load(folder, Cache(root), jobs), folder)


def plain(value: object) -> object:
    """A value by its parts, in their order: texts of clauses are themselves alone."""
    if is_dataclass(value):
        return [(field.name, plain(getattr(value, field.name))) for field in fields(value)]
    if isinstance(value, Mapping):
        return [(key, plain(inside)) for key, inside in value.items()]
    return [*map(plain, value)] if isinstance(value, tuple | list) else value


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that this one started, by number."""
    started: list[int] = []
    fork = os.fork

    def noted() -> int:
        child = fork()
        started.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    return started


def test_several_processes_read_a_handbook_as_one_does(
    tmp_path: Path, many: Path, started: list[int]
) -> None:
    one, several = (Path(shutil.copytree(many, tmp_path / name)) for name in ("one", "several"))
    expected, found = read(one, 1), read(several, 3)
    assert len(started) == 4  # two beside this one for the policies, two for the schools
    assert expected[0] is not None
    assert plain(found[0]) == plain(expected[0])
    assert (found[1], found[2].digests) == (expected[1], expected[2].digests)
    assert plain(read(several, 3)[0]) == plain(expected[0])
    assert len(started) == 4  # nothing changed


def test_a_check_says_the_same_however_many_read(
    tmp_path: Path, many: Path, started: list[int]
) -> None:
    root = Path(shutil.copytree(many, tmp_path / "checked"))
    expected = check(root, jobs=1)
    assert started == []
    shutil.rmtree(root / FOLDER)
    assert check(root, jobs=3) == expected
    assert len(started) == 7  # two and two that read, and three that check


def test_mistakes_are_told_in_the_order_of_the_files(
    tmp_path: Path, many: Path, started: list[int]
) -> None:
    root = Path(shutil.copytree(many, tmp_path / "wrong"))
    sections = sorted(root.glob("policies/*/*.md"))
    for number, section in enumerate(sections[:: len(sections) // 9]):
        wrong = "\x07 heard\n" if number % 2 else "{{ nobody }} ran\n"
        section.write_text(section.read_text("utf-8") + f"\n{wrong}", "utf-8")
    (root / "policies" / "astray.md").write_text("astray", "utf-8")
    (sections[40].parent / "torn.md").write_bytes(b"\xff\xfe")
    expected = [*map(str, load(Folder(root))[1])]
    assert len(expected) > 9
    assert [*map(str, read(root, 3)[1])] == expected
    assert len(started) == 4
    assert [*map(str, read(root, 3)[1])] == expected
