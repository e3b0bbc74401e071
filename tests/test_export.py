"""Exports: what plain MkDocs makes of one says what the published site says, and nobody's work is lost."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausebook.build import open_repository
from clausebook.cli import main as clausebook
from clausebook.demonstration import note
from clausebook.export import ReadsOtherwise, exported
from clausebook.export.folder import NAME, NotOurs, put
from clausebook.export.policy import clause_text
from clausebook.model import Handbook, Run, RunKind, Text
from clausebook.resolve import Resolver
from tests.conftest import ROOT
from tests.exported import (
    Element,
    canonical,
    read,
    words,
    wrong_links,
)
from tests.same_pages import differences, element_of, page_differences, plain_mkdocs

Key = tuple[str, str]
CASE = ROOT / "tests" / "cases" / "pictures"


# ------------------------------------------------------------------------------ making them


def handbooks_of(root: Path) -> tuple[dict[Key, Handbook], dict[Key, Mapping[str, bytes]]]:
    """Every edition of a handbook repository, and the files of its export."""
    repository, problems = open_repository(root)
    assert repository is not None, problems
    resolver = Resolver(repository)
    found = {
        (id, edition): handbook
        for id, organisation in repository.organisations.items()
        if organisation.publishes
        for edition, handbook in resolver.resolve(id).handbooks.items()
    }
    files = {
        key: exported(handbook, repository.library, within=repository.settings.due_within_days)
        for key, handbook in found.items()
    }
    return found, files


@pytest.fixture(scope="module")
def shipped_exports(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Path]:
    """Every shipped handbook, exported and built."""
    folder = tmp_path_factory.mktemp("exports")
    _, files = handbooks_of(ROOT)
    made = {}
    for key, found in files.items():
        made[key] = folder / "-".join(key)
        put(found, made[key], *key)
        assert plain_mkdocs(made[key]) == []
    return made


def test_every_shipped_handbook_is_exported(
    shipped_exports: dict[Key, Path], handbooks: Mapping[Key, Handbook]
) -> None:
    assert set(shipped_exports) == set(handbooks)
    assert len(shipped_exports) > 10


# ------------------------------------------------------------------------------ equality


def test_plain_mkdocs_makes_of_an_export_what_is_published(
    built: Path, shipped_exports: dict[Key, Path], handbooks: Mapping[Key, Handbook]
) -> None:
    clauses = 0
    for (id, edition), folder in shipped_exports.items():
        handbook = handbooks[id, edition]
        found = list(differences(built / edition / id, folder / "site", handbook))
        assert found == [], (id, edition)
        clauses += sum(len(policy.clauses) for policy in handbook.policies.values())
    assert clauses > 1000


def test_a_page_that_says_something_else_is_found(
    built: Path, shipped_exports: dict[Key, Path], handbooks: Mapping[Key, Handbook], tmp_path: Path
) -> None:
    """One thing changed at a time, each of a kind that the comparison must see."""
    key = ("larkmere", "staff")
    for number, (name, old, new) in enumerate(
        (
            ("mobile-devices.html", "must report the loss", "should report the loss"),
            ("mobile-devices.html", "<h3 id=\"report-lost-devices\">5.1", "<h3 id=\"report-lost-devices\">5.9"),
            ("mobile-devices.html", 'id="section.problems"', 'id="section-problems"'),
            ("mobile-devices.html", "<em><a", "<strong><a"),
            ("mobile-devices.html", "ukpga/1996/56", "ukpga/1996/57"),
            ("mobile-devices.html", "8 July 2026", "9 July 2026"),
            ("contacts.html", "01632 960114", "01632 960115"),
            ("contacts.html", 'id="role.it_lead"', 'id="role.it"'),
            ("quick/mobile-devices.html", "mobile-devices.html#phone-storage", "mobile-devices.html"),
            ("index.html", "social-media.html", "social.html"),
            ("terms.html", "<h2", "<h3"),
        )
    ):  # fmt: skip
        text = (shipped_exports[key] / "site" / name).read_text("utf-8")
        start = text.index('<h1 id="cb.top"')
        if name == "terms.html":
            new, old = "", re.findall(r"<p>.*?</p>", text[start:])[3]
        assert old in text[start:], (name, old)
        page = tmp_path / f"{number}.html"
        page.write_text(text[:start] + text[start:].replace(old, new), "utf-8")
        own = built / key[1] / key[0] / name
        found = list(page_differences(name, own, page, handbooks[key]))
        assert found, (name, old)


@pytest.mark.parametrize("address", ["nowhere.html", "#nowhere", "contacts.html#nobody", "/x.html"])
def test_a_link_that_leads_nowhere_is_found(
    address: str, shipped_exports: dict[Key, Path], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(shipped_exports["stockport", "staff"] / "site", site)
    text = (site / "about.html").read_text("utf-8")
    (site / "about.html").write_text(
        text.replace("</h1>", f'</h1><a href="{address}">x</a>', 1), "utf-8"
    )
    assert wrong_links(site) == [f"about.html: {address}"]


def test_a_generated_trust_says_the_same(tmp_path: Path) -> None:
    root = tmp_path / "trust"
    made = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), str(root), "--schools", "3"]
    done = subprocess.run(
        [*made, "--policies", "12"], cwd=ROOT / "benchmarks", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    compared = compare(root, tmp_path / "exports")
    assert len(compared) == 6  # three schools, for staff and for governors


def compare(root: Path, folder: Path) -> dict[Key, Handbook]:
    """Build all of a handbook and all of its exports, and see that they say the same."""
    assert clausebook(["build", "--no-pdf", "--jobs", "1", "--root", str(root)]) == 0
    handbooks, files = handbooks_of(root)
    for (id, edition), found in files.items():
        target = folder / f"{id}-{edition}"
        put(found, target, id, edition)
        assert plain_mkdocs(target) == []
        site = root / "site" / edition / id
        assert list(differences(site, target / "site", handbooks[id, edition])) == [], id
    return handbooks


def test_pictures_keep_their_place_and_their_size(tmp_path: Path) -> None:
    root = tmp_path / "keys"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("expected.md"))
    compare(root, tmp_path / "exports")
    page = (tmp_path / "exports" / "birch-staff" / "docs" / "keys.md").read_text("utf-8")
    assert (
        "![A small safe in the wall](assets/pictures/keys/safe.png "
        '"Behind the clock"){: width="32" height="22" }' in page
    )


# ------------------------------------------------------------------------------ what is written


def test_a_clause_is_written_in_its_own_markdown(handbooks: Mapping[Key, Handbook]) -> None:
    plain = 0
    for handbook in handbooks.values():
        for policy in handbook.policies.values():
            for clause in policy.clauses:
                if not clause.pictures:
                    assert clause_text(clause, policy.id) == clause.text.markdown
                    plain += 1
    assert plain > 1000


def test_nothing_in_an_export_is_ours_alone(shipped_exports: dict[Key, Path]) -> None:
    for (_, edition), folder in shipped_exports.items():
        settings: dict[str, Any] = yaml.safe_load((folder / "mkdocs.yml").read_text("utf-8"))
        assert settings["plugins"] == ["search"]
        assert not {"hooks", "watch", "extra", "extra_javascript"} & settings.keys()
        assert settings["use_directory_urls"] is False
        assert "custom_dir" not in settings["theme"]
        named = [
            next(iter(e)) if isinstance(e, dict) else e for e in settings["markdown_extensions"]
        ]
        assert named == ["tables", "attr_list", "toc"]
        for page in sorted((folder / "docs").rglob("*.md")):
            text = re.sub(r"`[^`]*`", "", page.read_text("utf-8"))
            assert not re.search(r"</?[a-zA-Z]|cb-|\{%|\{\{", text), page
            assert "{#" not in text, page  # other tools take it for a comment
        files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        assert ("docs/review.md" in files) == (edition == "governors")
        assert {"docs/handbook.json", "docs/review-dates.ics", "requirements.txt"} <= files


def test_calendars_data_and_pictures_are_those_of_the_site(
    built: Path, shipped_exports: dict[Key, Path]
) -> None:
    same = 0
    for (id, edition), folder in shipped_exports.items():
        for path in sorted((built / edition / id).rglob("*")):
            name = path.relative_to(built / edition / id).as_posix()
            kept = name.endswith((".ics", ".csv", "handbook.json")) or "assets/pictures/" in name
            if kept and path.is_file():
                assert (folder / "site" / name).read_bytes() == path.read_bytes(), name
                same += 1
    assert same > 20


def test_a_demonstration_says_so_on_every_page(
    shipped_exports: dict[Key, Path], handbooks: Mapping[Key, Handbook]
) -> None:
    said = 0
    for key, folder in shipped_exports.items():
        about = note(handbooks[key])
        if about is None:
            continue
        assert about in (folder / "README.md").read_text("utf-8")
        for page in sorted((folder / "site").rglob("*.html")):
            frame = [e for e in read(page).all if "md-copyright__highlight" in e.classes]
            assert [words(e) for e in frame] == [words(element_of(about))], page
            said += 1
        for policy in handbooks[key].policies:
            assert f"> {about}" in (folder / "docs" / f"{policy}.md").read_text("utf-8")
    assert said


def test_the_readme_builds_it_in_three_lines(
    shipped_exports: dict[Key, Path], tmp_path: Path
) -> None:
    """As a reader would, with the environment that is here."""
    folder = tmp_path / "handbook"
    shutil.copytree(
        shipped_exports["stockport", "staff"], folder, ignore=shutil.ignore_patterns("site")
    )
    text = (folder / "README.md").read_text("utf-8")
    lines = text.split("```")[1].split("\n")[1:-1]
    assert len(lines) == 3
    assert lines[2] == ".venv/bin/mkdocs build"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "site" / "index.html").is_file()


# ------------------------------------------------------------------------------ hostile words

HOSTILE = '</title><script>alert(1)</script> & | *x* _y_ `z` [a](b) {: .c } "q" #'


def test_names_titles_and_values_stay_words(base: Path, tmp_path: Path) -> None:
    school = base / "schools" / "elm.yml"
    text = school.read_text("utf-8")
    quoted = "'" + HOSTILE + "'"
    for old, new in (
        ("name: Elmbridge School", f"name: {quoted}"),
        ("head: {title: Principal}", f"head: {{title: {quoted}, name: {quoted}, for: {quoted}}}"),
        ("motto: Look up", f"motto: {quoted}"),
        ("conduct: Code of Conduct", f"conduct: {quoted}"),
        ("[Keep it quiet., ", f"[{quoted}, "),
        ("    review: {next: 2028}", f"    title: {quoted}\n    version: {quoted}\n"
         f"    adopted_from: {quoted}\n    review: {{next: 2028}}"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    school.write_text(text, "utf-8")
    for file in ("policies/phones/policy.yml", "policies/phones/use.md"):
        path = base / file
        changed = path.read_text("utf-8").replace("title: Using a phone", f"title: {quoted}")
        path.write_text(changed.replace("## Own phones", "## Own {{ org.name }}"), "utf-8")
    compared = compare(base, tmp_path / "exports")
    assert ("elm", "governors") in compared
    for page in sorted((tmp_path / "exports" / "elm-staff" / "site").rglob("*.html")):
        scripts = [e for e in read(page).all if e.name == "script"]
        assert not any("alert(1)" in str(part) for e in scripts for part in e.parts), page


@pytest.mark.parametrize(
    "text",
    [
        "Wait.\n{: .red }",
        "*Wait*{: .red } here.",
        "[TOC]",
        "!!! note\n    Wait.",
        "Wait\n:   here",
        "The code `*x*{: .red }` and *x*{: .red } stand here.",
        "| a | b |\n| --- | --- |\n| *c*{: .red } | d {: .red } |",
    ],
)
def test_what_clauses_do_not_know_stays_as_it_is_published(
    text: str, handbooks: Mapping[Key, Handbook]
) -> None:
    clause = _with_text(handbooks, text)
    assert clause_text(clause, "policy").replace("&#123;", "{") == text


def test_what_would_still_read_otherwise_is_refused(
    handbooks: Mapping[Key, Handbook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clausebook.export.policy._without_braces", lambda text: text)
    with pytest.raises(ReadsOtherwise, match="policy, "):
        clause_text(_with_text(handbooks, "Wait.\n{: .red }"), "policy")


def _with_text(handbooks: Mapping[Key, Handbook], text: str) -> Any:
    """A clause that says something else."""
    clause = handbooks["larkmere", "staff"].policies["mobile-devices"].clauses[0]

    class Other:
        id, number, title, pictures = clause.id, clause.number, clause.title, ()
        text = Text((Run(RunKind.SOURCE, "", None),))

    other = Other()
    other.text = Text((Run(RunKind.SOURCE, text, None),))
    return other


# ------------------------------------------------------------------------------ the folder


def export(root: Path, *more: str) -> int:
    return clausebook(["export", *more, "--jobs", "1", "--root", str(root)])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_export_goes_beside_the_sites_and_says_what_to_read(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(base, "elm") == 0
    said = capsys.readouterr().out
    assert "of Elmbridge School, staff edition, in export/staff/elm/" in said
    assert "export/staff/elm/README.md" in said
    assert (base / "export" / "staff" / "elm" / "docs" / "phones.md").is_file()
    assert clausebook(["check", "--root", str(base)]) == 0  # it is no part of the handbook


def test_the_same_handbook_gives_the_same_bytes(base: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert export(base, "elm", "--out", str(tmp_path / name)) == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_earlier_export_is_replaced_and_what_others_put_there_stays(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert export(base, "elm", "--out", str(out)) == 0
    (out / "site").mkdir()
    (out / "site" / "index.html").write_text("built", "utf-8")
    record = json.loads((out / NAME).read_text("utf-8"))
    record["files"]["docs/gone.md"] = record["files"]["docs/phones.md"]
    (out / NAME).write_text(json.dumps(record), "utf-8")
    shutil.copy(out / "docs" / "phones.md", out / "docs" / "gone.md")
    file = base / "schools" / "elm.yml"
    file.write_text(file.read_text("utf-8").replace("Look up", "Look out"), "utf-8")
    capsys.readouterr()
    assert export(base, "elm", "--out", str(out)) == 0
    assert "it replaced an earlier export" in capsys.readouterr().out
    assert "Look out" in (out / "docs" / "phones.md").read_text("utf-8")
    assert not (out / "docs" / "gone.md").exists()
    assert (out / "site" / "index.html").read_text("utf-8") == "built"


def edit(folder: Path) -> None:
    (folder / "docs" / "phones.md").write_text("Mine.", "utf-8")


def stray(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "letter.txt").write_text("Mine.", "utf-8")


def unread(folder: Path) -> None:
    (folder / NAME).write_text("{", "utf-8")


def outside(folder: Path) -> None:
    (folder / NAME).write_text(
        json.dumps({"organisation": "elm", "edition": "staff", "files": {"../mine.txt": ""}}),
        "utf-8",
    )
    (folder.parent / "mine.txt").write_text("Mine.", "utf-8")


def a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("Mine.", "utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit, "was edited since it was exported: docs/phones.md"),
        (stray, "holds files that are no export"),
        (unread, "cannot be read"),
        (outside, "names files outside its folder"),
        (a_file, "is a file"),
    ],
)
def test_what_somebody_wrote_is_never_overwritten(
    change: Callable[[Path], None],
    said: str,
    base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert export(base, "elm", "--out", str(out)) == 0
    change(out)
    before = contents(tmp_path)
    assert export(base, "elm", "--out", str(out)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "fix: name a new folder" in error
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("who", "said"),
    [(("ash",), "the staff edition of elm"), (("elm", "--edition", "governors"), "edition of elm")],
)
def test_another_export_is_not_overwritten(
    who: tuple[str, ...], said: str, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert export(base, "elm", "--out", str(out)) == 0
    before = contents(out)
    assert export(base, *who, "--out", str(out)) == 2
    assert said in capsys.readouterr().err
    assert contents(out) == before


def test_a_half_written_export_is_finished(tmp_path: Path) -> None:
    """Files are either as they were or as they will be when an export was cut short."""
    put({"a": b"1", "b": b"1"}, tmp_path / "out", "elm", "staff")
    (tmp_path / "out" / "a").write_bytes(b"2")
    assert put({"a": b"2", "b": b"2"}, tmp_path / "out", "elm", "staff")
    assert (tmp_path / "out" / "b").read_bytes() == b"2"
    (tmp_path / "out" / "c").write_bytes(b"mine")
    with pytest.raises(NotOurs, match=r"edited since it was exported: c$"):
        put({"a": b"3", "b": b"3", "c": b"3"}, tmp_path / "out", "elm", "staff")
    assert (tmp_path / "out" / "a").read_bytes() == b"2"


def test_an_organisation_with_problems_is_refused(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = base / "schools" / "elm.yml"
    file.write_text(
        file.read_text("utf-8").replace("own_phone: banned", "own_phone: band"), "utf-8"
    )
    assert export(base, "elm", "--out", str(tmp_path / "out")) == 1
    assert "schools/elm.yml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("elf",), "did you mean 'elm'?"),
        (("elm", "--edition", "public"), "elm publishes no public edition"),
        (("trust",), "publishes no handbook itself"),
    ],
)
def test_what_is_not_there_is_refused_with_an_example(
    more: tuple[str, ...], said: str, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(base, *more) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "example: clausebook export" in error


@pytest.mark.parametrize("out", ["policies/mine", "schools"])
def test_an_export_is_no_part_of_the_handbook(
    out: str, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(base, "elm", "--out", str(base / out)) == 2
    assert "is part of the handbook" in capsys.readouterr().err


def test_what_changed_before_is_told(base: Path, tmp_path: Path) -> None:
    assert clausebook(["build", "elm", "--no-pdf", "--jobs", "1", "--root", str(base)]) == 0
    old = shutil.copytree(base / "site", tmp_path / "old")
    file = base / "schools" / "elm.yml"
    file.write_text(file.read_text("utf-8").replace("Look up", "Look *out*"), "utf-8")
    assert export(base, "elm", "--since", str(old), "--out", str(tmp_path / "out")) == 0
    page = (tmp_path / "out" / "docs" / "changes.md").read_text("utf-8")
    assert "](phones.md#motto)" in page
    assert "Before:\n\n> Our motto is “Look up”." in page
    assert "After:\n\n> Our motto is “Look &#42;out&#42;”." in page
    assert plain_mkdocs(tmp_path / "out") == []


def test_what_is_compared_is_put_in_one_form() -> None:
    """White space between blocks says nothing; inside words it does."""
    table = Element("div", {"class": "cb-scroll"})
    table.parts += ["\n", inner := Element("table", {"class": "cb-table"}), "\n"]
    inner.parts.append(Element("th", {"scope": "col"}))
    bare = Element("table", {})
    bare.parts += [Element("th", {}), "\n"]
    assert canonical([table]) == canonical([bare])
    one, two = Element("p", {}), Element("p", {})
    one.parts, two.parts = ["a", Element("em", {}), " b"], ["a", Element("em", {}), "b"]
    assert canonical([one]) != canonical([two])
