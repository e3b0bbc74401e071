"""The benchmark at its smallest: every case runs, every figure is there, and the others say our words."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import markdown
import pytest
import yaml

from clausebook.cli import main as clausebook
from clausebook.cores import cores
from clausebook.sites import Makers

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
SCHOOLS, POLICIES = 2, 3
MOST = min(4, cores())
MANY = f"{MOST} processes" if MOST > 1 else "1 process"


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / script), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JSON files of a small run without other tools."""
    folder = tmp_path_factory.mktemp("results")
    done = run("bench.py", "--small", "--no-peers", "--results", folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def report(results: Path, part: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((results / f"{part}-small.json").read_text("utf-8"))
    return found


def from_benchmarks(code: str) -> str:
    """What some lines of Python print that import the benchmark's modules."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=BENCHMARKS, capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()


def held() -> str:
    """How cases are called whose processes get a portion of a processor, where there are any."""
    return from_benchmarks("import portions; print(portions.HELD if portions.needed() else '')")


def test_every_part_has_its_cases(results: Path) -> None:
    ours = (*dict.fromkeys(("1 process", MANY)), "nothing changed")
    on_four = [f"4 processes, {held()}"] if held() else []
    edits = ("one clause edited", "one school edited", "another day")
    assert set(report(results, "sites")["samples"]) == {
        *(f"Clausebook, {how}, {SCHOOLS} schools" for how in (*ours, *edits, *on_four)),
        *(
            f"Clausebook, 1 process, {SCHOOLS} schools of {count} policies"
            for count in (POLICIES, 2 * POLICIES)
        ),
    }
    both, site = "Clausebook, policies and handbook", "Clausebook, site with its documents"
    assert set(report(results, "documents")["samples"]) == {
        *(f"Clausebook, {POLICIES} policies{how}" for how in ("", *(f", {h}" for h in on_four))),
        both,
        f"{both}, nothing changed",
        f"{both}, one clause edited",
        site,
        f"{site}, nothing changed",
        f"{site}, one clause edited",
        "Clausebook, finding that documents are as they were",
        "Clausebook, deciding by the texts of documents",
        "Clausebook, finding that a site with its documents is as it was",
        "Clausebook, merging the handbook",
    }
    assert len(report(results, "compile")["samples"]) == 4
    (exported,) = report(results, "exports")["claims"]
    assert (exported["value"], exported["met"]) == (0, True)


def test_figures_are_of_work_that_was_done(results: Path) -> None:
    sites = report(results, "sites")
    for name, sample in sites["samples"].items():
        assert sample["wall"] > 0 < sample["files"], name
        assert sample["bytes"] > 100_000, name

    def changed(how: str) -> int:
        return int(sites["samples"][f"Clausebook, {how}, {SCHOOLS} schools"]["changed"])

    assert changed("1 process") == changed(MANY) > 2 * POLICIES * SCHOOLS
    assert changed("nothing changed") == changed("another day") == 0
    assert 0 < changed("one clause edited") < changed(MANY)
    assert 0 < changed("one school edited") < changed(MANY) / SCHOOLS
    assert any("words of every clause" in remark for remark in sites["remarks"])


def test_processes_get_their_portion_and_no_more() -> None:
    if not held():
        pytest.skip("this system does not let us portion out its processors, or there are four")
    busy = (
        "import time; [0 for _ in iter(time.process_time, 0) if time.process_time() > 1 and exit()]"
    )
    two = f"import subprocess, sys; a = [sys.executable, '-c', {busy!r}]; b = subprocess.Popen(a); "
    two += "subprocess.run(a); b.wait()"
    said = from_benchmarks(
        "import sys; from measure import run\n"
        f"for code in ({busy!r}, {two!r}):\n"
        "    used = run([sys.executable, '-c', code], portion=0.25)\n"
        "    print(used.wall / (used.user + used.system))"
    )
    one, both = map(float, said.split())
    # A period's portion can be used at once when it begins and when it ends.
    assert one > 3
    assert both > 1.5


def test_documents_are_sound_and_small(results: Path) -> None:
    claims = {claim["what"]: claim for claim in report(results, "documents")["claims"]}
    faults = claims[f"Documents with a fault, of {POLICIES + 1}"]
    assert (faults["value"], faults["met"]) == (0, True)
    again = claims["Documents made again after one edit: a policy, the handbook"]
    assert (again["value"], again["met"]) == (2, True)
    assert 0 < claims["Largest policy, for each 7 pages"]["value"] <= 60


def test_the_page_shows_every_figure(results: Path, tmp_path: Path) -> None:
    found = {}
    for part in ("sites", "documents", "exports", "compile"):
        facts = found[part] = dict(report(results, part))
        for claim in facts["claims"]:
            # What the chart shows; without others there is none.
            claim |= {"unit": "× faster", "value": claim["value"] or 1}
        (tmp_path / f"{part}.json").write_text(json.dumps(facts), encoding="utf-8")
    done = run("page.py", "--results", tmp_path, "--docs", tmp_path / "docs")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    chart = ET.parse(tmp_path / "docs" / "images" / "benchmarks.svg")
    drawn = "\n".join(element.text or "" for element in chart.iter())
    for facts in found.values():
        for claim in facts["claims"]:
            assert f"| {claim['what']} |" in page
            assert claim["what"] in drawn
        for name in facts["samples"]:
            assert f"| {name} |" in page
    for heading in ("## Method", "## Machine and versions", "## What was not measured"):
        assert heading in page


# ------------------------------------------------------------------------------ what others build


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A generated handbook, and what is written for other tools."""
    folder = tmp_path_factory.mktemp("beside")
    root, out = folder / "handbook", folder / "out"
    made = run("generate.py", root, "--schools", SCHOOLS, "--policies", POLICIES)
    assert made.returncode == 0, made.stderr
    written = run("peers.py", "write", root, out)
    assert written.returncode == 0, written.stderr
    return root, out


def built(out: Path, tree: str, to: Path) -> Path:
    """The pages that mkdocs-macros-plugin makes of a tree: Jinja2, then Markdown."""
    macros = jinja2.Environment(undefined=jinja2.StrictUndefined)
    for config in (out / tree).glob("mkdocs-*.yml"):
        facts = yaml.safe_load(config.read_text(encoding="utf-8"))
        for path in (out / tree / "docs").glob("*.md"):
            text = macros.from_string(path.read_text(encoding="utf-8")).render(facts["extra"])
            body = markdown.markdown(text, extensions=["attr_list", "tables"])
            page = to / config.stem.removeprefix("mkdocs-") / f"{path.stem}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f"<article>{body}</article>", encoding="utf-8")
    return to


@pytest.mark.parametrize("tree", ["policies", "everything"])
def test_others_publish_the_same_words(
    tree: str, beside: tuple[Path, Path], tmp_path: Path
) -> None:
    root, out = beside
    sites = built(out, tree, tmp_path / "sites")
    done = run("peers.py", "check", root, sites)
    assert (done.returncode, done.stdout.split()[0]) == (0, str(SCHOOLS)), done.stdout

    page = next(iter(sorted(sites.glob("*/attendance.html"))))
    text = page.read_text(encoding="utf-8")
    assert text.count("attendance register") > 1
    page.write_text(text.replace("attendance register", "register", 1), encoding="utf-8")
    done = run("peers.py", "check", root, sites)
    assert done.returncode == 1
    assert "attendance, " in done.stdout


def test_an_exported_page_that_says_something_else_is_counted(
    beside: tuple[Path, Path], tmp_path: Path
) -> None:
    root, _ = beside
    assert clausebook(["build", "--root", str(root), "--edition", "staff", "--no-pdf"]) == 0
    school, *_ = sorted(path.name for path in (root / "site" / "staff").iterdir())
    page = root / "site" / "staff" / school / "attendance.html"

    def counted() -> tuple[int, list[str]]:
        done = run("exported_pages.py", root, tmp_path / "out", school)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
        return found["pages"], found["wrong"]

    pages, wrong = counted()
    assert pages > 2 * POLICIES
    assert wrong == []
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("attendance register", "register", 1), encoding="utf-8")
    assert counted() == (pages, [f"{school}: attendance.html"])


def test_schools_share_pages_and_differ_in_values(beside: tuple[Path, Path]) -> None:
    """What a school replaces, adds or leaves out is its own; the rest has one text with values."""
    root, out = beside
    makers = Makers.open(root)
    held = [school for school, _ in makers.wanted(editions=["staff"])]
    text = (out / "policies" / "docs" / "attendance.md").read_text(encoding="utf-8")
    assert "{{ v.term_learner" in text
    assert "] }}" in text.partition("{% if '")[2]
    own = 0
    for school in held:
        facts = yaml.safe_load((out / "policies" / f"mkdocs-{school}.yml").read_text("utf-8"))
        assert facts["extra"]["v"]["org_name"] == makers.handbook(
            school, "staff"
        ).organisation.name.replace("&", "&amp;")
        own += len(facts["extra"]["own"])
    # Twelve changes a school, and answers that decide which texts print.
    assert 0 < own < 30 * SCHOOLS
