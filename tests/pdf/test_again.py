"""`clausebook pdf` asked again: when it trusts what it noted, and when it looks for itself."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clausebook import cli, unchanged
from clausebook.commands import pdf as command
from clausebook.commands import pdf_again
from clausebook.commands.answer import Answer
from clausebook.dates import today
from clausebook.pdf import children, warm
from clausebook.pdf.shelf import Shelf, shelves
from clausebook.sites import Makers, NotFit
from tests.published import LOOK_AFTER, edit, pin

SAID = "out/oak-phones.pdf: 40 KB\n"


def words(root: Path, *more: str) -> list[str]:
    out = root.parent / "out"
    return ["pdf", "oak", "phones", "--root", str(root), "--out", str(out), *more]


def known(root: Path, *more: str) -> str | None:
    return pdf_again.answer(cli._parsed(words(root, *more)))


def noted(root: Path, day: str = "") -> Path:
    """A document that was made and noted."""
    time.sleep(LOOK_AFTER)
    args = cli._parsed(words(root))
    looked = (*unchanged.look(pdf_again.sources(root)), unchanged.now())
    args.out.mkdir(exist_ok=True)
    file: Path = args.out / "oak-phones.pdf"
    file.write_bytes(b"a document")
    files = {str(file): pdf_again.look_of(str(file))}
    pdf_again.note(args, looked=looked, day=day, files=files, said=SAID)
    return file


def notes(root: Path) -> list[Path]:
    return list((root / ".cache" / "clausebook").glob("pdf-said-*"))


def test_what_was_made_is_neither_made_again_nor_looked_for(
    base: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = pin(base)
    assert cli.main(words(root)) == 0
    said = capsys.readouterr().out
    assert "oak-phones.pdf" in said

    def never(args: object) -> Answer:
        raise AssertionError("it was looked for")

    monkeypatch.setattr(command, "_made", never)
    assert cli.main(words(root)) == 0
    assert capsys.readouterr().out == said
    with pytest.raises(AssertionError, match="looked for"):
        cli.main(words(root, "--large-print"))


def test_what_is_noted_is_said_again(base: Path) -> None:
    assert known(base) is None
    file = noted(base)
    assert known(base) == SAID
    (file.parent / "notes.txt").write_text("somebody else's", "utf-8")
    assert known(base) == SAID


@pytest.mark.parametrize(
    "more",
    [
        ("--large-print",), ("--booklet",), ("--right-hand",), ("--edition", "staff"),
        ("--since", "HEAD"), ("--out", "elsewhere"),
    ],
)  # fmt: skip
def test_another_wish_is_not_answered(base: Path, more: tuple[str, ...]) -> None:
    noted(base)
    assert known(base, *more) is None


def _same_size(file: Path) -> None:
    before = file.stat()
    file.write_bytes(b"another on")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "harm",
    [Path.unlink, _same_size, lambda file: file.replace(file.with_name("other.pdf"))],
    ids=["removed", "edited within its size and time", "renamed"],
)
def test_a_document_that_is_other_is_looked_for(base: Path, harm: Callable[[Path], object]) -> None:
    file = noted(base)
    time.sleep(LOOK_AFTER)
    harm(file)
    assert known(base) is None


def test_an_edit_of_any_source_is_noticed(base: Path) -> None:
    noted(base)
    edit(base, "schools/elm.yml", "banned", "banned")
    assert known(base) is None
    noted(base)
    assert known(base) == SAID
    (base / "policies" / "phones" / "more.md").write_text("", "utf-8")
    assert known(base) is None


def test_what_depends_on_the_day_holds_for_that_day(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(base, day="2026-11-20")
    monkeypatch.setattr(pdf_again, "_today", lambda: "2026-11-20")
    assert known(base) == SAID
    monkeypatch.setattr(pdf_again, "_today", lambda: "2026-11-21")
    assert known(base) is None


def test_other_libraries_draw_other_documents(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted(base)
    monkeypatch.setattr("clausebook.pdf.libraries", lambda: {"pango": "9.9"})
    assert known(base) is None
    monkeypatch.undo()
    assert known(base) == SAID
    monkeypatch.setattr(unchanged, "installed", lambda: ["weasyprint-99.dist-info"])
    assert known(base) is None


@pytest.mark.parametrize("raw", ["", "{", "[]", '{"digest": 1}'])
def test_a_broken_note_is_none(base: Path, raw: str) -> None:
    noted(base)
    [path] = (base / ".cache" / "clausebook").glob("pdf-said-*")
    path.write_text(raw, "utf-8")
    assert known(base) is None


def test_an_altered_note_is_none(base: Path) -> None:
    noted(base)
    [path] = (base / ".cache" / "clausebook").glob("pdf-said-*")
    said = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**said, "said": "something else"}), "utf-8")
    assert known(base) is None


def test_sources_that_could_change_unseen_are_not_noted(base: Path) -> None:
    noted(base)
    args = cli._parsed(words(base))
    looks, newest = unchanged.look(pdf_again.sources(base))
    pdf_again.note(args, looked=(looks, newest, newest), day="", files={}, said=SAID)
    assert known(base) is None


def test_a_link_that_leads_nowhere_or_elsewhere_is_looked_for(base: Path) -> None:
    store = base.parent / "store"
    store.mkdir()
    (base.parent / "out").mkdir()
    link = base.parent / "out" / "oak-phones.pdf"
    link.symlink_to(store / "one.pdf")
    noted(base)
    assert known(base) == SAID
    (store / "two.pdf").write_bytes(b"another one")
    link.unlink()
    assert known(base) is None
    link.symlink_to(store / "two.pdf")
    assert known(base) is None


def test_what_somebody_else_wrote_meanwhile_is_not_vouched_for(base: Path) -> None:
    file = noted(base)
    looks = {str(file): pdf_again.look_of(str(file))}
    time.sleep(LOOK_AFTER)
    file.write_bytes(b"another's")
    looked = (*unchanged.look(pdf_again.sources(base)), unchanged.now())
    args = cli._parsed(words(base))
    pdf_again.note(args, looked=looked, day="", files=looks, said=SAID)
    assert (known(base), notes(base)) == (None, [])


def test_documents_are_made_where_nothing_can_be_noted(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pin(base)
    (base / ".cache").write_text("somebody's file", "utf-8")
    for _ in range(2):
        assert cli.main(words(base)) == 0
        assert "oak-phones.pdf" in capsys.readouterr().out


def refused(*given: Any, **more: Any) -> dict[tuple[str, str], Shelf]:
    made = shelves(*given, **more)
    return {key: replace(shelf, reasons=["oak-phones.pdf: no"]) for key, shelf in made.items()}


def test_only_what_holds_longer_is_noted(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what is told since a revision, nor what was refused; what is of one day, for that day."""
    earlier = base.parent / "earlier"
    assert cli.main(["build", "--no-pdf", "--root", str(base), "--out", str(earlier)]) == 0
    time.sleep(LOOK_AFTER)
    assert cli.main(words(base, "--since", str(earlier))) == 0
    assert notes(base) == []
    with monkeypatch.context() as refusing:
        refusing.setattr("clausebook.pdf.shelf.shelves", refused)
        assert cli.main(words(base)) == 1
    assert notes(base) == []
    assert cli.main(words(base)) == 0
    [path] = notes(base)
    assert json.loads(path.read_text("utf-8"))["day"] == today().isoformat()
    pin(base)
    assert cli.main(words(base)) == 0
    days = [json.loads(path.read_text("utf-8"))["day"] for path in notes(base)]
    assert days == [""]


# ------------------------------------------------------------------------------ what is begun early


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a command does first, which reads no handbook here."""
    found: list[str] = []

    def opened(*given: Any, **more: Any) -> Makers:
        found.append("read")
        raise NotFit("no further")

    monkeypatch.setattr(children, "prepare", lambda warm: found.append("prepared"))
    monkeypatch.setattr(Makers, "open", opened)
    return found


@pytest.mark.parametrize(
    "command", [("build", "oak", "--jobs", "2"), ("pdf", "oak"), ("pdf", "oak", "phones")]
)
def test_what_makes_documents_begins_before_the_handbook_is_read(
    command: tuple[str, ...], base: Path, begun: list[str]
) -> None:
    assert cli.main([*command, "--root", str(base)]) == 2
    assert begun == ["prepared", "read"]
    begun.clear()
    looks, _ = unchanged.look(pdf_again.sources(base))
    pdf_again.asked_for(base, "elm", looks)
    assert cli.main([*command, "--root", str(base)]) == 2
    assert begun == ["prepared", "read"]
    begun.clear()
    pdf_again.asked_for(base, "oak", looks)
    assert cli.main([*command, "--root", str(base)]) == 2
    assert begun == ["read"]


@pytest.mark.parametrize(
    "more",
    [
        ("oak", "--jobs", "1"),
        ("oak", "--jobs", "2", "--no-pdf"),
        ("oak", "elm", "--jobs", "2"),
        ("--jobs", "2"),
        ("--jobs", "2", "--portal"),
    ],
    ids=" ".join,
)
def test_a_build_that_makes_no_documents_here_begins_none(
    more: tuple[str, ...], base: Path, begun: list[str]
) -> None:
    assert cli.main(["build", *more, "--root", str(base)]) == 2
    assert begun == ["read"]


def test_the_only_school_there_is_need_not_be_named(base: Path, begun: list[str]) -> None:
    (base / "schools" / "elm.yml").unlink()
    (base / "schools" / "trust" / "ash.yml").unlink()
    assert cli.main(["build", "--jobs", "2", "--root", str(base)]) == 2
    assert begun == ["prepared", "read"]


def test_after_a_build_its_documents_are_known_to_have_been_asked_for(base: Path) -> None:
    pin(base)
    build = ["build", "oak", "--edition", "staff", "--jobs", "2", "--root", str(base)]
    assert cli.main(build) == 0
    prepared: list[object] = []
    with pytest.MonkeyPatch.context() as watching:
        watching.setattr(children, "prepare", prepared.append)
        looks, _ = unchanged.look(pdf_again.sources(base))
        pdf_again.begin(base, "oak", looks, warm.everything)
        assert prepared == []
        edit(base, "policies/phones/policy.yml", "title:", "title: ")
        looks, _ = unchanged.look(pdf_again.sources(base))
        pdf_again.begin(base, "oak", looks, warm.everything)
        assert len(prepared) == 1
