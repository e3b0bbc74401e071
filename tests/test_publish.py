"""What a build leaves alone, takes away and says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clausebook.cli import main
from clausebook.publish.output import Output, compare, put
from clausebook.publish.record import Record
from clausebook.unchanged import BEHIND, stamp
from tests.conftest import ROOT


def build(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--jobs", "1", "--root", str(root), *more])


def times(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and BEHIND not in path.parts
    }


def test_a_second_build_touches_nothing(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(base) == 0
    before = times(base / "site")
    assert build(base) == 0
    assert times(base / "site") == before
    assert "nothing changed" in capsys.readouterr().out


def test_a_mistake_leaves_the_last_good_site(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(base) == 0
    before = times(base / "site" / "staff" / "elm")
    file = base / "schools" / "elm.yml"
    file.write_text(
        file.read_text("utf-8").replace("own_phone: banned", "own_phone: band"), "utf-8"
    )
    assert build(base) == 1
    said = capsys.readouterr().out
    assert "schools/elm.yml" in said
    assert "staff/elm: not built" in said
    assert times(base / "site" / "staff" / "elm") == before


def test_a_site_that_nobody_publishes_any_more_is_named_and_kept(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(base) == 0
    file = base / "schools" / "elm.yml"
    file.write_text(
        file.read_text("utf-8").replace("editions: [staff, governors]", "editions: [staff]"),
        "utf-8",
    )
    capsys.readouterr()
    assert build(base) == 0
    assert "governors/elm: nobody publishes this any more" in capsys.readouterr().out
    assert (base / "site" / "governors" / "elm" / "index.html").is_file()


def test_what_is_no_longer_there_goes_last_and_is_told(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    for name in ("pdf/a.pdf", "index.html"):
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_text(name)
    for name in ("pdf/a.pdf", "pdf/b.pdf", "empty/x.html"):
        (old / name).parent.mkdir(parents=True, exist_ok=True)
        (old / name).write_text(name)
    written, gone = put(new, old)
    assert written == 1
    assert sorted(gone) == ["empty/x.html", "pdf/b.pdf"]
    assert not (old / "empty").exists()


def test_the_output_may_not_be_the_handbook(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(base, "--out", str(base)) == 2
    assert "holds the handbook itself" in capsys.readouterr().err


def test_a_mistake_in_a_template_of_ones_own_is_told_and_nothing_is_published(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(base) == 0
    before = times(base / "site" / "staff" / "elm")
    own = base / "overrides"
    own.mkdir()
    (own / "main.html").write_text(
        "{% extends 'base.html' %}\n{% block content %}{{ x }\n", "utf-8"
    )
    (base / "mkdocs.yml").write_text(
        "site_name: Ours\ntheme: {name: material, custom_dir: overrides}\n"
    )
    assert build(base) == 1
    assert "main.html:2: " in capsys.readouterr().out
    assert times(base / "site" / "staff" / "elm") == before


def test_a_one_clause_edit_changes_only_the_files_that_show_it(tmp_path: Path) -> None:
    root = tmp_path / "handbook"
    shutil.copytree(ROOT / "policies", root / "policies")
    shutil.copytree(ROOT / "schools" / "larkmere", root / "schools" / "larkmere")
    settings = "site_name: Ours\nextra: {clausebook: {as_of: 2026-11-20}}\n"
    (root / "mkdocs.yml").write_text(settings, "utf-8")
    assert build(root, "reedwater-primary") == 0
    sites = [root / "site" / edition / "reedwater-primary" for edition in ("staff", "public")]
    before = [times(site) for site in sites]
    file = root / "policies" / "mobile-devices" / "phone-free-days.md"
    text = file.read_text("utf-8")
    assert "makes it harder for the next" in text
    file.write_text(
        text.replace("makes it harder for the next", "makes it hard for the next"), "utf-8"
    )
    assert build(root, "reedwater-primary") == 0
    for site, old in zip(sites, before, strict=True):
        new = times(site)
        assert {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} == {
            "about.html",  # check codes
            "assets/handbook/index.js",
            "handbook.json",
            "mobile-devices.html",
            "quick/mobile-devices.html",  # its check code
            "seal.json",
        }


def test_documents_that_went_are_listed_until_they_come_back(tmp_path: Path) -> None:
    root = tmp_path / "handbook"
    shutil.copytree(ROOT / "policies", root / "policies")
    shutil.copytree(ROOT / "schools" / "larkmere", root / "schools" / "larkmere")
    (root / "mkdocs.yml").write_text("extra: {clausebook: {as_of: 2026-11-20}}\n", "utf-8")
    files = root / "site" / "staff" / "fenwick-hall" / "pdf"
    words = ["build", "fenwick-hall", "--edition", "staff", "--root", str(root)]
    assert main(words) == 0
    assert not (files / "removed.csv").exists()
    own = root / "schools" / "larkmere" / "fenwick-hall.yml"
    kept = own.read_text("utf-8")
    assert "  pupil-images:\n" in kept
    away = kept.replace("  pupil-images:\n", "  pupil-images:\n    editions: [governors]\n")
    own.write_text(away, "utf-8")
    assert main(words) == 0
    assert files.joinpath("removed.csv").read_text("utf-8-sig").split() == [
        "file",
        "fenwick-hall-pupil-images.pdf",
    ]
    own.write_text(kept, "utf-8")
    assert main(words) == 0
    assert not (files / "removed.csv").exists()


def test_files_of_one_size_are_compared_to_their_ends(tmp_path: Path) -> None:
    text = b"x" * 200_000
    for name, others in {"end": text[:-1] + b"y", "start": b"y" + text[1:], "same": text}.items():
        for folder, raw in (("new", text), ("old", others)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_bytes(raw)
    found = compare(tmp_path / "new", tmp_path / "old")
    assert found.written == ("end", "start")
    assert found.same == ("same",)


def test_files_of_one_number_are_the_same_only_where_one_was_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "other").write_text(folder.name, "utf-8")
        (folder / "like").write_text("like", "utf-8")
    (old / "page").write_text("page", "utf-8")
    (new / "page").hardlink_to(old / "page")
    for linked in ((), {"page"}, {"page", "other", "like"}):
        found = compare(new, old, linked)
        assert (found.written, found.same, found.linked) == (("other",), ("like",), ("page",))
    # As where they lie on two file systems.
    monkeypatch.setattr("os.path.samestat", lambda one, other: False)
    assert compare(new, old).same == ("like", "page")
    assert compare(new, old, {"page"}).linked == ("page",)


def test_what_looks_other_is_looked_for_only_where_nothing_else_makes_a_site(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build(base) == 0
    looked: list[str] = []

    def looking(self: Output, name: str) -> tuple[str, int, int]:
        looked.append(name)
        return stamp(self.folder / name)

    monkeypatch.setattr(Output, "stamped", looking)
    output = Output(base / "site")
    record = Record.read(output)
    name, known = next((name, site) for name, site in record.sites.items())
    assert record.why(name, {**known.parts, "policies/phones": "other"}) == ["policies/phones"]
    assert looked == []
    assert record.why(name, known.parts) == []
    assert looked == [name]
    assert record.stamp(name) == known.stamp == stamp(base / "site" / name)[0]
    assert record.stamp("staff/nobody") == ""
