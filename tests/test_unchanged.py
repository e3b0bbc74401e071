"""Nothing to build: what is noticed from the outside of files, and what a build then says and leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clausebook import unchanged
from clausebook.cli import main
from tests.conftest import ROOT
from tests.published import HIDDEN, contents, edit, pin, times, wrong


@pytest.fixture
def root(base: Path) -> Path:
    return pin(base)


def build(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--jobs", "1", "--root", str(root), *more])


def everything(out: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder, hidden ones too, but the lock, which every command takes."""
    return {
        path.relative_to(out).as_posix(): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in out.rglob("*")
        if path.name != "lock"
    }


def test_where_nothing_changed_nothing_is_written_and_the_same_is_said(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(root) == 0
    capsys.readouterr()
    shutil.rmtree(root / "site" / HIDDEN)  # so that everything is looked at, and found as it was
    assert build(root) == 0
    looked = capsys.readouterr().out.splitlines()[-2:]
    before = everything(root)
    for _ in range(2):
        assert build(root) == 0
        assert capsys.readouterr().out.splitlines() == [
            "5 sites in site/, nothing changed",
            "open site/staff/elm/index.html",
        ]
    assert looked[-1] == "open site/staff/elm/index.html"
    assert everything(root) == before
    assert build(root, "--explain") == 0
    assert "nothing was made, because nothing changed" in capsys.readouterr().out
    assert everything(root) == before


def test_what_failed_fails_again_in_the_same_words(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(root) == 0
    edit(root, "schools/elm.yml", "own_phone: banned", "own_phone: band")
    assert build(root) == 1
    assert build(root) == 1
    capsys.readouterr()
    assert build(root) == 1
    again = capsys.readouterr().out
    (root / "site" / HIDDEN / unchanged.NAME).unlink()
    assert build(root) == 1
    anew = capsys.readouterr().out
    assert "schools/elm.yml" in again
    assert again.splitlines() == [
        line for line in anew.splitlines() if not line.endswith((": not built", " to make"))
    ]
    edit(root, "schools/elm.yml", "own_phone: band", "own_phone: banned")
    assert build(root) == 0


def test_every_line_is_json_when_asked_for(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(root, "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["check", "plan", *["site"] * 5, "end"]
    assert events[-1]["code"] == 0
    for _ in range(2):
        assert build(root, "--json") == 0
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert "nothing changed" in events[-1]["said"]
    edit(root, "schools/elm.yml", "own_phone: banned", "own_phone: band")
    assert build(root, "--json") == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {e["site"] for e in events if e.get("state") == "failed"} == {
        "staff/elm",
        "governors/elm",
    }


def test_every_site_says_why_it_is_made(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(root, "--explain") == 0
    assert capsys.readouterr().out.count("  because it was never built") == 5
    edit(root, "schools/elm.yml", "Look up", "Look down")
    assert build(root, "--explain") == 0
    said = capsys.readouterr().out
    assert said.count("  because schools/elm.yml") == 2
    assert "staff/oak: left alone, because nothing it is made from changed" in said


def a_page_edited(root: Path) -> None:
    page = root / "site" / "staff" / "elm" / "phones.html"
    page.write_text(page.read_text("utf-8") + " ", "utf-8")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a page was edited": a_page_edited,
    "a page is gone": lambda root: (root / "site" / "staff" / "elm" / "phones.html").unlink(),
    "a file was added": lambda root: (root / "site" / "staff" / "elm" / "x.html").write_text("x"),
    "a site is gone": lambda root: shutil.rmtree(root / "site" / "staff" / "elm"),
    "the portal is gone": lambda root: shutil.rmtree(root / "site" / "admin"),
    "the notes are gone": lambda root: shutil.rmtree(root / "site" / HIDDEN),
    "everything is gone": lambda root: shutil.rmtree(root / "site"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_happened_to_what_is_published_is_put_right(root: Path, what: str) -> None:
    assert build(root) == 0
    before = contents(root / "site")
    CHANGES[what](root)
    assert build(root) == 0
    assert contents(root / "site") == before
    assert wrong(root / "site") == []


@pytest.mark.parametrize("forks", ["as it can", "not at all", "and others take their ends"])
def test_whichever_process_looks_at_a_site_sees_that_it_is_other(
    root: Path, forks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> int:
        raise OSError("no more processes")

    def taken(child: int, how: int) -> tuple[int, int]:
        wait(child, how)
        raise ChildProcessError

    wait = os.waitpid
    if forks == "not at all" and hasattr(os, "fork"):
        monkeypatch.setattr(os, "fork", never)
    if forks == "and others take their ends":
        monkeypatch.setattr(os, "waitpid", taken)
    monkeypatch.setattr(unchanged, "_WORTH", 1)
    assert build(root) == 0
    note = json.loads((root / "site" / HIDDEN / unchanged.NAME).read_bytes())

    def known() -> bool:
        found = [
            unchanged.answer(root / "site", note["asked"], lambda: note["day"], jobs)
            for jobs in (None, 1, 2, 3, 100)
        ]
        assert len(set(found)) == 1
        return found[0] is not None

    assert known()
    assert len(note["sites"]) == 5
    for name in note["sites"]:
        page = root / "site" / name / "index.html"
        text = page.read_bytes()
        looks = page.stat()
        page.write_bytes(text + b" ")
        assert not known(), name
        page.write_bytes(text)
        os.utime(page, ns=(looks.st_atime_ns, looks.st_mtime_ns))
        assert known()


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="processes end without a signal here")
def test_whoever_starts_it_may_ignore_how_processes_end(root: Path) -> None:
    code = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
    code += "os.execv(sys.executable, [sys.executable, '-m', 'clausebook', *sys.argv[1:]])"
    command = [sys.executable, "-c", code, "build", "--jobs", "2", "--root", str(root)]
    for said in ("5 sites in", "nothing changed"):
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert said in ended.stdout
    assert (root / "site/staff/elm/pdf/elm-phones.pdf").is_file()


def test_folders_that_nobody_publishes_any_more_do_not_slow_the_next_builds(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(root) == 0
    (root / "schools" / "elm.yml").unlink()
    assert build(root) == 0
    assert main(["clean", "--sites", "--root", str(root)]) == 0
    assert "staff/elm: removed" in capsys.readouterr().out
    assert not (root / "site" / "staff" / "elm").exists()
    assert build(root) == 0
    note = root / "site" / HIDDEN / unchanged.NAME
    assert note.exists()
    before = times(root / "site"), note.stat().st_mtime_ns
    capsys.readouterr()
    assert build(root) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert (times(root / "site"), note.stat().st_mtime_ns) == before


def test_the_last_one_to_publish_goes_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(root) == 0
    for name in ("elm.yml", "trust/oak.yml", "trust/ash.yml"):
        (root / "schools" / name).unlink()
    assert main(["clean", "--sites", "--root", str(root)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("clausebook: ")
    assert "nothing was removed" in said


# ------------------------------------------------------------------------------ the look


def test_files_edited_a_moment_ago_could_be_edited_again_unseen() -> None:
    second = 1_000_000_000
    fine, coarse = 5 * second + 123, 5 * second
    assert not unchanged.settled(fine, fine + 10_000_000)
    assert unchanged.settled(fine, fine + 30_000_000)
    assert not unchanged.settled(coarse, coarse + second)
    assert unchanged.settled(coarse, coarse + 3 * second)
    assert not unchanged.settled(fine + second, fine)  # a file from the future


def test_the_look_sees_names_sizes_times_and_what_links_lead_to(tmp_path: Path) -> None:
    top, beside = tmp_path / "top", tmp_path / "beside"
    (top / "sub").mkdir(parents=True)
    beside.mkdir()
    (top / "a.md").write_text("a")
    (top / "sub" / "b.md").write_text("b")
    (beside / "c.md").write_text("c")
    (top / "linked").symlink_to(beside)
    seen = {unchanged.look([top])[0]}

    def other() -> bool:
        now = unchanged.look([top])[0]
        known = now in seen
        seen.add(now)
        return not known

    assert not other()
    (top / "a.md").rename(top / "d.md")
    assert other()
    (top / "sub" / "b.md").write_text("bb")
    assert other()
    os.utime(top / "d.md", (1, 1))
    assert other()
    (top / "empty").mkdir()
    assert other()
    (beside / "c.md").write_text("cc")
    assert other()
    (top / "sub" / "b.md").unlink()
    assert other()
    (beside / "round").symlink_to(top)
    assert other()
    assert not other()
    assert unchanged.look([tmp_path / "none"])[1] == 0


def test_a_stamp_tells_names_sizes_and_times_on_every_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / "site"
    (top / "quick" / "deep").mkdir(parents=True)
    files = {"index.html": "a", "quick/b.html": "bb", "quick/deep/c.html": "ccc"}
    for name, text in files.items():
        (top / name).write_text(text, "utf-8")
    (top / "linked").symlink_to(tmp_path)
    seen: set[str] = set()

    def other() -> bool:
        found = unchanged.stamp(top)
        with monkeypatch.context() as without:
            without.setattr(unchanged, "_BY_NUMBER", False)
            assert unchanged.stamp(top) == found
        known = found[0] in seen
        seen.add(found[0])
        return not known

    assert other()
    link = (top / "linked").lstat().st_size
    assert unchanged.stamp(top)[1:] == (4, 6 + link)
    assert not other()
    (tmp_path / "kept").hardlink_to(top / "quick" / "b.html")
    (tmp_path / "beside").write_text("nobody follows the link", "utf-8")
    assert not other()
    os.utime(top / "quick" / "deep" / "c.html", (1, 1))
    assert other()
    (top / "quick" / "b.html").rename(top / "quick" / "d.html")
    assert other()
    (top / "linked").unlink()
    assert other()
    (top / "index.html").write_text("aa", "utf-8")
    assert other()
    shutil.rmtree(top)
    assert other()
    assert unchanged.stamp(top)[1:] == (0, 0)
