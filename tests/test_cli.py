"""The command line as its users meet it: real handbooks, real output, exit codes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from clausebook.cli import COMMANDS, main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "100")
    return Run(capsys)


class Run:
    """Runs a command and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.error = ""

    def __call__(self, *words: str, root: Path = ROOT, code: int = 0) -> str:
        command, *rest = words
        assert main([command, "--root", str(root), *rest]) == code
        out = self.capsys.readouterr()
        self.error = out.err
        return out.out


# ------------------------------------------------------------------------------ check


def test_the_shipped_handbooks_are_clean_on_their_day_which_is_named(run: Run) -> None:
    out = run("check")
    assert "as of 2026-11-20 (set in mkdocs.yml)" in out
    assert "0 problems" in out
    assert "8 findings waived (--strict shows them)" in out


def test_strict_shows_what_waivers_allow(run: Run) -> None:
    out = run("check", "--strict", code=1)
    assert out.count("[review-overdue]") == 3
    assert out.count("[review-date]") == 1
    assert "larkmere" not in out, "the fictional trust needs no waiver"


def test_a_waiver_that_ends_soon_is_named(run: Run) -> None:
    out = run("check", "--as-of", "2027-11-01", code=1)
    assert "schools/stockport.yml" in out
    assert "waiver for 'review-overdue' ends on 20 November 2027" in out


def test_past_a_waivers_end_its_finding_is_a_problem_again(run: Run) -> None:
    out = run("check", "star-mat", "--as-of", "2027-11-21", code=1)
    assert "the waiver for 'review-overdue' ended on 20 November 2027 [waiver-ended]" in out
    assert "the review was due March 2023" in out


def test_one_organisation_can_be_checked_alone(run: Run) -> None:
    assert "1 organisation, 1 policy" in run("check", "rochdale")


@pytest.mark.parametrize("format", ["json", "github", "sarif", "junit"])
def test_every_format_can_be_written(format: str, run: Run) -> None:
    assert run("check", "--strict", "--format", format, code=1)


# ------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "no command is called 'chek': did you mean 'check'?"),
        (["check", "--stict"], "did you mean --strict?"),
        (["check", "stokport"], "no organisation is called 'stokport': did you mean 'stockport'?"),
        (["check", "--as-of", "20/11/26"], "can be read as day/month or month/day"),
        (["check", "--format", "xml"], "invalid choice"),
        (["check", "--root", "nowhere"], "there is no folder 'nowhere'"),
        (["--root", ".", "chek"], "no command is called 'chek': did you mean 'check'?"),
        (["--versoin"], "did you mean --version?"),
        (["show", "doncaster"], "publishes no handbook itself; below it: tornedale-infant"),
        (["explain", "doncaster", "own-time"], "clausebook explain tornedale-infant own-time"),
        (["show", "stokport"], "did you mean 'stockport'?"),
        (["show", "stockport", "socal-media"], "did you mean 'social-media'?"),
        (["show", "stockport", "social-media/decline"], "no clause printed here"),
        (["show", "stockport", "--edition", "public"], "does not publish a public edition"),
        (["explain", "stockport", "decline-request"], "did you mean 'decline-requests'?"),
        (["explain", "stockport"], "the following arguments are required"),
        (["questions", "stokport"], "did you mean 'stockport'?"),
        (["matrix", "social-medai"], "did you mean 'social-media'?"),
        (["impact", "dpa-2081"], "did you mean 'dpa-2018'?"),
        (["impact"], "name one thing"),
        (["--", "build"], "'rollback'"),
        (["impact", "--since", "no-such-revision"], "git cannot read 'no-such-revision'"),
        (["rules", "unanswerd"], "did you mean 'unanswered'?"),
        (["schema", "organization"], "did you mean 'organisation'?"),
    ],
)
def test_a_slip_gets_the_nearest_right_word_and_an_example(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "example" in error
    assert "Traceback" not in error


def test_where_nobody_publishes_that_is_said(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "alone"
    shutil.copytree(ROOT / "examples" / "smallest", root)
    shutil.rmtree(root / "schools")
    (root / "schools").mkdir()
    run("build", root=root, code=2)
    assert "nobody here publishes a handbook\n" in run.error
    run("build", "--edition", "public", root=root, code=2)
    assert "nobody here publishes a public edition\n" in run.error


def test_where_the_only_file_cannot_be_read_that_is_said(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "alone"
    shutil.copytree(ROOT / "examples" / "smallest", root)
    for file in sorted(root.rglob("schools/**/*.yml")):
        file.write_text(file.read_text("utf-8").replace("kind:", "kin:"), "utf-8")
    run("build", root=root, code=1)
    assert "'kin'" in run.error
    assert "no organisation can be read, so nothing was published" in run.error


def test_a_file_that_cannot_be_read_is_not_taken_for_a_name_that_nobody_has(
    run: Run, base: Path
) -> None:
    file = base / "schools" / "elm.yml"
    file.write_text(file.read_text("utf-8").replace("kind:", "kin:", 1), "utf-8")
    assert "schools/elm.yml:2:1: error: 'kin' is not a key" in run(
        "check", "elm", root=base, code=1
    )
    run("check", "elmm", root=base, code=2)
    assert "no organisation is called 'elmm'" in run.error


@pytest.mark.parametrize("words", [["build"], ["pdf", "elm"], ["export", "elm"]])
@pytest.mark.parametrize("out", ["schools", "policies/phones", "overrides", "hooks/x"])
def test_nothing_is_written_into_what_is_read(
    words: list[str], out: str, run: Run, base: Path
) -> None:
    before = {path: path.read_bytes() for path in base.rglob("*") if path.is_file()}
    run(*words, "--out", str(base / out), root=base, code=2)
    assert "is part of the handbook\nexample: " in run.error
    assert before == {path: path.read_bytes() for path in before}
    assert not (base / out / "index.csv").exists()
    assert not (base / out / "admin").exists()


def test_a_file_in_the_place_of_the_folder_for_documents_is_named(run: Run, base: Path) -> None:
    (base / "printed").write_text("mine", "utf-8")
    run("pdf", "elm", "phones", "--out", str(base / "printed"), root=base, code=2)
    assert "cannot be written: " in run.error
    assert (base / "printed").read_text("utf-8") == "mine"


@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999"])
def test_a_port_that_is_none_is_refused(port: str, run: Run, base: Path) -> None:
    run("serve", "elm", "--port", port, root=base, code=2)
    assert "--port: a number from 1 to 65535\nexample: " in run.error


def test_the_line_to_write_for_a_number_is_one_that_is_allowed(run: Run, base: Path) -> None:
    file = base / "schools" / "elm.yml"
    policy = base / "policies" / "phones" / "policy.yml"
    assert "min: 5" in policy.read_text("utf-8")
    file.write_text(
        file.read_text("utf-8").replace("adopt: [", "adopt: [childrens-phones, "), "utf-8"
    )
    assert "add under 'values': age: 5\n" in run("check", root=base, code=1)


def test_the_folder_may_be_named_before_the_command_or_after_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "tests")
    said = []
    command = ["check", "stockport"]
    for words in (["--root", "..", *command], [*command, "--root", ".."], ["--root=..", *command]):
        assert main(words) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2]
    assert "1 organisation, 1 policy" in said[0]
    # What stands after the command is nearer to it, and wins.
    assert main(["--root", "nowhere", "check", "--root", "..", "stockport"]) == 0
    assert "as of 2026-11-20" in capsys.readouterr().out


def test_a_folder_without_a_handbook_says_what_to_do(run: Run, tmp_path: Path) -> None:
    out = run("check", root=tmp_path, code=1)
    assert "[missing-library]" in out
    assert "fix: run the command in a handbook's folder, or name it with --root" in out
    assert run("show", "stockport", root=tmp_path, code=1) == ""
    assert "[missing-library]" in run.error


def test_a_broken_handbook_is_a_list_of_problems_for_every_command(run: Run, base: Path) -> None:
    (base / "schools" / "elm.yml").write_text("name: [", encoding="utf-8")
    for words in (["show", "oak"], ["explain", "oak", "thumb"], ["matrix", "phones"]):
        assert run(*words, root=base, code=1) == ""
        assert "schools/elm.yml" in run.error
        assert "Traceback" not in run.error
    assert "[yaml-syntax]" in run("check", root=base, code=1)


# ------------------------------------------------------------------------------ looking


def test_show_prints_numbered_text(run: Run) -> None:
    out = run("show", "stockport", "social-media/decline-requests")
    assert out.startswith("7.2 Friend requests from pupils  [decline-requests]")
    assert "Staff members must decline friend requests from pupils" in out


def test_show_says_that_a_demonstration_is_one(run: Run) -> None:
    assert "not of this text" in " ".join(run("show", "horringer-court").split())


def test_show_json_is_handbook_json(run: Run) -> None:
    data = json.loads(run("show", "larkmere", "--json", "--edition", "governors"))
    assert data["edition"] == "governors"
    assert len(data["policies"]) == 7
    assert data["policies"][0]["sections"][0]["clauses"][0]["runs"]


def test_explain_a_clause_names_where_each_word_comes_from(run: Run) -> None:
    out = run("explain", "stockport", "decline-requests")
    assert "tiers: library › stockport" in out
    assert "term.learner: written at policies/registers/terms.yml:" in out
    assert "chosen by stockport at schools/stockport.yml:" in out


def test_explain_a_parameter_names_who_answered_and_who_asks(run: Run) -> None:
    out = run("explain", "stockport", "former_pupils")
    assert "question: " in out
    assert "stockport: under-18" in out
    assert "in force" in out
    assert "used by: " in out


def test_explain_a_replaced_clause_shows_what_it_replaced(run: Run) -> None:
    out = run("explain", "reedwater-primary", "visitors-phones")
    assert "replaced: policies/mobile-devices/" in out
    assert "reason: " in out


@pytest.mark.parametrize(
    ("organisation", "clause", "why"),
    [
        ("stockport", "assume-public", "because: The published policy does not say this."),
        ("stockport", "meaning-of-social-media", "'social_media_meaning' is silent"),
        ("stockport", "equality-check", "its pack 'equality-statement' is not on"),
        ("rochdale", "own-time", "nobody has adopted it"),
    ],
)
def test_explain_says_why_a_clause_is_not_printed(
    organisation: str, clause: str, why: str, run: Run
) -> None:
    assert why in run("explain", organisation, clause)


def test_questions_are_asked_once_for_all_schools_of_a_group(run: Run, base: Path) -> None:
    assert "no open questions" in run("questions")
    group = base / "schools" / "trust" / "group.yml"
    group.write_text(group.read_text(encoding="utf-8").replace("      age: 11\n", ""), "utf-8")
    rows = json.loads(run("questions", "--format", "json", root=base))
    assert len(rows) == 1
    assert rows[0]["organisations"] == "ash, oak"
    assert rows[0]["line"].startswith("age: ")
    assert "schools/trust/group.yml or schools/trust/ash.yml" in rows[0]["where"]


def test_matrix_tells_library_changed_added_and_omitted_apart(run: Run) -> None:
    policies = sorted(path.parent.name for path in ROOT.glob("policies/*/policy.yml"))
    rows = [row for p in policies for row in json.loads(run("matrix", p, "--format", "json"))]
    states = {cell.split(":")[0] for row in rows for cell in row.values()}
    assert {"library", "changed", "added", "omitted"} <= {s.split(",")[0] for s in states}
    assert any(row["kind"] == "parameter" for row in rows)
    assert run("matrix", "social-media")


def test_questions_show_the_line_to_write_whole(run: Run, base: Path) -> None:
    group = base / "schools" / "trust" / "group.yml"
    group.write_text(group.read_text(encoding="utf-8").replace("      age: 11\n", ""), "utf-8")
    out = run("questions", root=base)
    assert "  asked of: ash, oak\n" in out
    assert "\n  write: age: 5\n" in out
    assert "schools/trust/group.yml" in out


def test_a_matrix_numbers_its_columns_and_gives_reasons_below(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = run("matrix", "mobile-devices")
    assert max(map(len, out.splitlines())) <= 80
    assert "1 fenwick-hall  2 larkmere  3 reedwater-primary" in out
    cells = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert cells["visitors-phones"] == []  # its reason, below, is the last to bear the name
    assert "visitors-phones        yes    yes    own*\n" in out
    assert "  changed, must: Reception has had lockers for visitors since 2025." in out
    assert "  hand (larkmere, reedwater-primary)\n" in out


@pytest.mark.parametrize("columns", ["60", "80", "120", "200"])
def test_no_line_is_wider_than_the_terminal(
    columns: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for words in (
        ["show", "stockport"],
        ["matrix", "social-media"],
        ["impact", "dpa-2018"],
        ["explain", "stockport", "related"],
        ["rules"],
    ):
        lines = run(*words).splitlines()
        # An id or a place is never broken, so that it can be copied and clicked.
        assert [x for x in lines if len(x) > int(columns) and len(x.split()) > 1] == []


def test_csv_opens_in_a_spreadsheet_and_cannot_run(run: Run, base: Path) -> None:
    elm = base / "schools" / "elm.yml"
    elm.write_text(elm.read_text(encoding="utf-8").replace("Look up", '"=1+1"'), "utf-8")
    out = run("matrix", "phones", "--format", "csv", root=base)
    assert out.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("social-media/decline-requests", "is this clause"),
        ("former_pupils", "former-pupils-under-18"),
        ("mca-1988", "cites it"),
        ("x", "names it"),
        ("head", "uses it"),
        ("data-protection", "links to it"),
    ],
)
def test_impact_lists_what_depends_on_a_thing(what: str, expected: str, run: Run) -> None:
    out = run("impact", what, "--format", "csv")
    assert expected in out
    assert "stockport" in out or "larkmere" in out


def test_impact_is_told_by_organisation_in_their_order(run: Run) -> None:
    rows = json.loads(run("impact", "dpa-2018", "--format", "json"))
    names = [row["organisation"] for row in rows]
    assert names == sorted(names)
    lines = run("impact", "dpa-2018").splitlines()
    assert [line for line in lines if line in names] == sorted(set(names))
    assert lines[-1] == f"{len(rows)} clauses in {len(set(names))} organisations"


@pytest.mark.parametrize("below", ["", "handbook"])
def test_impact_since_a_revision(below: str, run: Run, base: Path, tmp_path: Path) -> None:
    top = tmp_path / "repository"
    root = top / below
    shutil.copytree(base, root)
    git(top, "init", "--quiet")
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "first")
    care = root / "policies" / "phones" / "care.md"
    text = care.read_text(encoding="utf-8")
    care.write_text(text.replace("Children under", "Any child under"), encoding="utf-8")
    rows = json.loads(run("impact", "--since", "HEAD", "--format", "json", root=root))
    assert [(row["organisation"], row["clause"], row["why"]) for row in rows] == [
        ("ash", "childrens-phones", "changed"),
        ("oak", "childrens-phones", "changed"),
    ]


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A Person", "-c", "user.email=a.person@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_keep_keeps_the_text_a_school_replaced(run: Run, base: Path) -> None:
    elm = base / "schools" / "elm.yml"
    shown = run("explain", "elm", "thumb", root=base)
    of = shown.partition("fingerprint: ")[2][:12]
    text = elm.read_text(encoding="utf-8").replace(
        "    adopt:",
        f"    replace:\n      thumb:\n        of: {of}\n        reason: Ours.\n"
        "        text: |\n          Ours:\n\n          {{ answer.rules_of_thumb | bullets }}\n"
        "    adopt:",
    )
    elm.write_text(text, encoding="utf-8")
    assert "[kept-text]" in run("check", root=base, code=1)
    assert f"kept policies/phones/kept/{of}.md" in run("keep", root=base)
    assert "0 problems" in run("check", "--as-of", "2026-11-20", root=base)
    assert "nothing new to keep" in run("keep", root=base)


def test_every_rule_has_a_manual_page(run: Run) -> None:
    for line in run("rules").splitlines():
        if line.startswith(" "):  # the rest of a long sentence
            continue
        id = line.split()[0]
        page = run("rules", id)
        assert page.startswith(f"{id}\n=")
        assert len(page) > 80


def test_schemas_are_printed_and_written(run: Run, tmp_path: Path) -> None:
    names = run("schema").split()
    assert json.loads(run("schema", "organisation"))["title"] == "organisation"
    run("schema", "--out", str(tmp_path / "schemas"))
    assert sorted(path.stem for path in (tmp_path / "schemas").iterdir()) == sorted(names)


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    error = capsys.readouterr().err
    assert all(command in error for command in COMMANDS)


@pytest.mark.parametrize("words", [["--help"], ["-h", "build"], ["--root", "build", "-h", "build"]])
def test_help_asked_for_before_a_command_is_the_list_of_commands(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    said = capsys.readouterr().out
    assert said.startswith("usage: clausebook [-h]")
    assert all(f"\n    {command}" in said for command in COMMANDS)


@pytest.mark.parametrize("words", [["build", "--help"], ["--root", "check", "build", "-h"]])
def test_help_asked_for_after_a_command_is_that_of_the_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    said = capsys.readouterr().out
    assert said.startswith("usage: clausebook build [-h] [--root DIR]")
    assert "--edition" in said


def test_the_smallest_example_is_clean(run: Run) -> None:
    assert "0 problems" in run("check", root=ROOT / "examples" / "smallest")
