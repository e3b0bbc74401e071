"""What is kept from one build to the next is used for what it was made of alone, and changes no byte."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clausebook import cache as caches
from clausebook import lasting
from clausebook.blanks import Blanks, Variant, filled
from clausebook.cache import Cache
from clausebook.lasting import NAME, Lasting
from clausebook.model import Run, RunKind, Text
from clausebook.problem import Place
from clausebook.render.words import said_html
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
    monkeypatch.setattr(lasting, "_recalled", [])


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
        assert later.new == 0
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


# ------------------------------------------------------------------------------ whole builds


def build(root: Path) -> dict[str, str]:
    """Every site, made by a process of its own that finds none of them published."""
    for path in (root / ".cache" / "clausebook").glob("parts-*"):
        path.unlink()
    shutil.rmtree(root / "site", ignore_errors=True)
    command = [sys.executable, "-m", "clausebook", "build", "--no-pdf", "--jobs", "1"]
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
