"""What is kept from one build to the next is used for what it was made of alone, and changes no byte."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from clausebook import cache as caches
from clausebook import lasting
from clausebook.blanks import Blanks, Variant, filled
from clausebook.cache import Cache
from clausebook.lasting import FEW, NAME, Lasting
from clausebook.model import Run, RunKind, Text
from clausebook.problem import Place
from clausebook.render.words import said_html
from clausebook.turn import ALONE, Turn
from tests.conftest import ROOT
from tests.published import contents

FRAMES = "frames"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memories but those that a test makes."""
    monkeypatch.setattr(lasting, "_every", {})
    monkeypatch.setattr(lasting, "_recalled", {})


# ------------------------------------------------------------------------------ what is used


def words(said: str) -> Text:
    return Text((Run(RunKind.SOURCE, said, Place("")),), key=said)


def keep_as(cache: Cache, said: str, html: str) -> None:
    """As if a converter had made this of a text."""
    variant = Variant(said)
    variant.made["HTML"] = (html,)
    cache.put(NAME, sys.version, {"variants": {said: variant}})


def as_kept(cache: Cache) -> None:
    pass


def with_a_flipped_bit(cache: Cache) -> None:
    path = cache.folder / f"{NAME}.bin"
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"<p>")] ^= 1
    path.write_bytes(raw)


def cut_short(cache: Cache) -> None:
    path = cache.folder / f"{NAME}.bin"
    path.write_bytes(path.read_bytes()[:-1])


def by_another_python(cache: Cache) -> None:
    kept = cache.get(NAME, sys.version)
    cache.put(NAME, "3.10", kept)


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (as_kept, "kept"),
        (with_a_flipped_bit, "made"),
        (cut_short, "made"),
        (by_another_python, "made"),
    ],
)
def test_only_what_is_whole_and_of_this_python_is_used(
    spoil: Callable[[Cache], None], found: str, cache: Cache
) -> None:
    said = f"Words {spoil.__name__}."
    keep_as(cache, said, "<p>kept</p>")
    spoil(cache)
    lasting.recall(cache)
    assert said_html(filled(words(said))) == (
        "<p>kept</p>" if found == "kept" else f"<p>{said}</p>"
    )


def test_what_another_program_made_is_not_used(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr(caches, "engine", lambda: "another")
        keep_as(cache, "Words of another program.", "<p>kept</p>")
    lasting.recall(cache)
    assert (
        said_html(filled(words("Words of another program."))) == "<p>Words of another program.</p>"
    )


def test_what_was_made_of_another_text_is_not_used(cache: Cache) -> None:
    keep_as(cache, "Some words.", "<p>kept</p>")
    lasting.recall(cache)
    for said in ("Some words", "Some  words.", "some words.", "Some words.\n\nMore."):
        assert "kept" not in said_html(filled(words(said)))


def test_values_are_put_into_what_was_kept(cache: Cache) -> None:
    def text(value: str) -> Text:
        runs = (Run(RunKind.SOURCE, "Ask kept ", Place("")), Run(RunKind.VALUE, value, slot="x"))
        return Text((*runs, Run(RunKind.SOURCE, ".", Place(""))), key=value)

    variant = Variant(filled(text("Ines")).variant.blanked)
    variant.made["HTML"] = ("<p>Keep asking ", ".</p>")
    cache.put(NAME, sys.version, {"variants": {variant.blanked: variant}})
    lasting.recall(cache)
    filled(text("Ines")).variant.made.clear()
    assert said_html(filled(text("A & B"))) == "<p>Ask kept A &amp; B.</p>"


def test_no_two_converters_go_by_one_name() -> None:
    with pytest.raises(ValueError, match="HTML"):
        Blanks(str, str, "HTML")
    with pytest.raises(ValueError, match="variants"):
        Lasting[str, str]("variants")


# ------------------------------------------------------------------------------ how much is kept


@pytest.mark.usefixtures("alone")
def test_what_was_of_use_is_kept_and_no_more_than_as_much_again(cache: Cache) -> None:
    memory = Lasting[int, str]("numbers", 10_000)
    lasting.recall(cache)
    for number in range(1_000):
        memory.put(number, str(number))
    lasting.keep(cache)
    for start in (1_000, 2_000, 3_000):
        lasting._every.clear()
        lasting._recalled.clear()
        later = Lasting[int, str]("numbers", 10_000)
        lasting.recall(cache)
        assert later.new == set()
        for number in range(start, start + 1_000):
            later.made(number, str)
        lasting.keep(cache)
        # What the last two made and used, and nothing older.
        kept = cache.get(NAME, sys.version)["numbers"]
        assert sorted(kept) == list(range(start - 1_000, start + 1_000))


@pytest.mark.usefixtures("alone")
def test_what_is_kept_is_written_once(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Lasting[int, str]("numbers", 10_000)
    lasting.recall(cache)
    memory.recall({number: str(number) for number in range(3_000)})
    for number in range(5_000, 5_800):
        memory.put(number, str(number))
    written: list[str] = []
    put = Cache.put

    def noted(into: Cache, name: str, key: str, value: object) -> None:
        written.append(name)
        put(into, name, key, value)

    monkeypatch.setattr(Cache, "put", noted)
    for _ in range(3):
        lasting.keep(cache)
    assert written == [NAME]
    assert len(cache.get(NAME, sys.version)["numbers"]) == 1_600


@pytest.mark.usefixtures("alone")
def test_little_that_is_new_is_not_written(cache: Cache) -> None:
    memory = Lasting[int, str]("numbers", 10_000)
    memory.put(0, "before anything was recalled")
    for number in range(lasting.FEW):
        memory.put(number, str(number))
    lasting.keep(cache)
    lasting.recall(cache)
    lasting.keep(cache)
    assert not cache.folder.exists()
    memory.put(-1, "one more")
    lasting.keep(cache)
    assert len(cache.get(NAME, sys.version)["numbers"]) == lasting.FEW + 1
    for number in range(lasting.FEW):
        memory.put(number, "the same again")
        memory.put(-2 - number, "that goes")
    memory.clear()
    memory.put(lasting.FEW, "one more")
    lasting.keep(cache)
    assert len(cache.get(NAME, sys.version)["numbers"]) == lasting.FEW + 1


# ------------------------------------------------------------------------------ among processes


class Process:
    """As if it were another one, with a memory of its own: it makes everything in its own order."""

    def __init__(self, cache: Cache, monkeypatch: pytest.MonkeyPatch, turn: Turn) -> None:
        self.cache, self.monkeypatch = cache, monkeypatch
        self.every: dict[str, Lasting[str, str]] = {}
        self.recalled: dict[Path, set[str]] = {}
        self.seen: list[str] = []
        self.made: list[str] = []
        with self.here():
            self.memory = Lasting[str, str]("numbers", 10_000)
            lasting.recall(cache)
            self.order = lasting.in_turns(cache, NUMBERS, turn)

    @contextmanager
    def here(self) -> Iterator[None]:
        with self.monkeypatch.context() as patch:
            patch.setattr(lasting, "_every", self.every)
            patch.setattr(lasting, "_recalled", self.recalled)
            yield

    def go(self, count: int | None = None) -> None:
        with self.here():
            for number in islice(self.order, count):
                self.seen.append(number)
                self.memory.made(number, self.make)

    def make(self, number: str) -> str:
        self.made.append(number)
        return f"made of {number}"


NUMBERS = [str(number) for number in range(120)]


@pytest.mark.parametrize("of", [2, 3, 4])
def test_processes_that_begin_together_make_hardly_anything_twice(
    of: int, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [Process(cache, monkeypatch, Turn(place, of)) for place in range(of)]
    for _ in range(len(NUMBERS) + 1):
        for one in every:
            one.go(1)
    for one in every:
        assert sorted(one.seen) == sorted(NUMBERS)
        assert {one.memory.get(number) for number in NUMBERS} == {f"made of {n}" for n in NUMBERS}
    assert {number for one in every for number in one.made} == set(NUMBERS)
    assert sum(len(one.made) for one in every) == len(NUMBERS)
    # A later build finds all of it, though nobody kept the whole.
    later = Process(cache, monkeypatch, Turn(1, 2))
    later.go()
    assert (later.seen, later.made) == (NUMBERS, [])


def test_one_that_is_slow_has_its_share_made_by_the_other(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = (Process(cache, monkeypatch, Turn(place, 2)) for place in (0, 1))
    slow.go(1)
    fast.go()
    assert fast.made == [*NUMBERS[60:], *[n for part in range(5, -1, -1) for n in _part(part)]]
    slow.go()
    # It was at the first part already.
    assert slow.made == _part(0)


def _part(place: int) -> list[str]:
    return NUMBERS[10 * place : 10 * place + 10]


def test_a_part_that_is_not_whole_is_made_again(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (Process(cache, monkeypatch, Turn(place, 2)) for place in (0, 1))
    one.go(61)
    path = cache.folder / f"{NAME}-3.bin"
    path.write_bytes(path.read_bytes()[:-1])
    other.go()
    assert sorted(other.made) == sorted([*NUMBERS[60:], *_part(3)])


def test_parts_of_another_program_give_way(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr(caches, "engine", lambda: "another")
        Process(cache, monkeypatch, Turn(0, 2)).go()
    one, other_one = (Process(cache, monkeypatch, Turn(place, 2)) for place in (0, 1))
    one.go()
    assert one.made != []
    other_one.go()
    assert other_one.made == []


@pytest.mark.parametrize("turn", [ALONE, Turn(1, 2)])
def test_where_nobody_else_begins_or_something_is_kept_all_is_made_in_order(
    turn: Turn, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    if turn != ALONE:
        cache.put(NAME, sys.version, {"numbers": {"119": "kept"}})
    one = Process(cache, monkeypatch, turn)
    one.go()
    assert one.seen == NUMBERS
    assert not [*cache.folder.glob(f"{NAME}-*")]


def test_when_much_is_new_the_whole_takes_the_place_of_its_parts(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Process(cache, monkeypatch, Turn(0, 2))
    one.go()
    parts = [*cache.folder.glob(f"{NAME}-*")]
    with one.here():
        lasting.keep(cache)
        assert len(parts) == lasting.PARTS
        assert [*cache.folder.iterdir()] == parts
        for number in range(lasting.FEW + 1):
            one.memory.put(f"more {number}", "new")
        lasting.keep(cache)
    assert [path.stem for path in cache.folder.iterdir()] == [NAME]
    assert len(cache.get(NAME, sys.version)["numbers"]) == 120 + lasting.FEW + 1


# ------------------------------------------------------------------------------ whole builds


def build(root: Path, jobs: int = 1) -> dict[str, str]:
    """Every site, made by a process of its own that finds none of them published."""
    for path in (root / ".cache" / "clausebook").glob("parts-*"):
        path.unlink()
    shutil.rmtree(root / "site", ignore_errors=True)
    command = [sys.executable, "-m", "clausebook", "build", "--no-pdf", "--jobs", str(jobs)]
    editions = ("--edition", "staff", "--edition", "governors")
    subprocess.run([*command, *editions, "--root", str(root)], check=True, capture_output=True)
    return {name: one for name, one in contents(root / "site").items() if name[0] != "."}


def test_a_build_with_what_was_kept_writes_the_same_bytes(tmp_path: Path) -> None:
    root = tmp_path / "handbooks"
    command = [sys.executable, "benchmarks/generate.py", str(root)]
    command += ["--schools", "2", "--policies", "8"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    edited = root / "policies" / "admissions" / "concerns.md"
    first = build(root)
    kept = [root / ".cache" / "clausebook" / f"{name}.bin" for name in (NAME, FRAMES)]
    written = [path.stat().st_mtime_ns for path in kept]
    assert build(root) == first
    # Nothing of it was made anew, or it would have been written anew.
    assert [path.stat().st_mtime_ns for path in kept] == written
    for path in kept:
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    assert build(root) == first
    text = edited.read_text("utf-8")
    edited.write_text(text.replace("All colleagues", "All of us", 1), "utf-8")
    after = build(root)
    assert after != first
    for path in kept:
        path.unlink()
    assert after == build(root)


def test_so_do_processes_that_tell_one_another_what_they_made(tmp_path: Path) -> None:
    root = tmp_path / "handbooks"
    command = [sys.executable, "benchmarks/generate.py", str(root)]
    command += ["--schools", "4", "--policies", "8"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    alone = build(root)
    folder = root / ".cache"
    shutil.rmtree(folder)
    assert build(root, jobs=3) == alone
    parts = [path.stem for path in folder.rglob(f"{NAME}*.bin")]
    assert NAME not in parts
    assert len(parts) > 1
    assert build(root) == alone
    assert sorted(path.stem for path in folder.rglob(f"{NAME}*.bin")) == sorted(parts)


def test_parts_that_cannot_be_taken_away_stay_and_nothing_fails(
    alone: None, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    memory = Lasting[str, str]("words", 10 * FEW)
    for number in range(2 * FEW):
        memory.put(f"{number}", "said")
    lasting.recall(cache)
    cache.put("lasting-0", sys.version, {})
    with monkeypatch.context() as others:
        others.setattr(Path, "unlink", kept)
        lasting.keep(cache)
    assert (cache.folder / "lasting-0.bin").exists()
