"""The pytest plugin as a trust meets it: a handbook of its own, and pytest run in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clausebook.build import check
from clausebook.dates import Stated
from clausebook.pytest_plugin import OF_PEOPLE_AND_WORDS, OF_RESOLVE, OF_WAIVERS
from clausebook.report import problem_text
from clausebook.rules import all_rules

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent / "broken"
DAY = Stated(2026, 11, 20).last
# Without Hypothesis, which each run inside a run would import again.
LEAN = ("-p", "no:hypothesispytest", "-p", "no:cacheprovider")
ON = ("--clausebook", "--clausebook-as-of", "2026-11-20", *LEAN)

WAIVED = """
waivers:
  - check: review-date
    policy: phones
    reason: The board meets in March.
    by: A clerk
    from: 2026-11-01
    until: 2027-03-31
"""


@pytest.fixture
def handbook(pytester: pytest.Pytester) -> Path:
    """A tiny handbook without problems, where pytest runs."""
    for name in ("policies", "schools"):
        shutil.copytree(HERE / "_base" / name, pytester.path / name)
    return pytester.path


def undated(handbook: Path, more: str = "") -> None:
    """Takes the date of the next review out of one school's file."""
    file = handbook / "schools" / "elm.yml"
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("    review:")]
    assert len(lines) < len(text.splitlines())
    file.write_text("\n".join(lines) + "\n" + more, encoding="utf-8")


# ------------------------------------------------------------------------------ on or off


def test_nothing_is_collected_unless_asked_for(handbook: Path, pytester: pytest.Pytester) -> None:
    undated(handbook)
    result = pytester.runpytest(*LEAN)
    result.assert_outcomes()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_somebody_elses_tests_load_nothing_of_the_engine(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            ours = {name for name in sys.modules if name.startswith("clausebook")}
            assert ours == {"clausebook", "clausebook.pytest_plugin"}
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_setting_turns_it_on(handbook: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[tool.pytest]\nclausebook = true\n")
    outcomes = pytester.runpytest(*ON[1:]).parseoutcomes()
    assert outcomes.keys() == {"passed"}


def test_the_handbook_may_stand_in_a_folder_below(
    handbook: Path, pytester: pytest.Pytester
) -> None:
    below = handbook / "handbook"
    below.mkdir()
    for name in ("policies", "schools"):
        (handbook / name).rename(below / name)
    pytester.makepyprojecttoml('[tool.pytest]\nclausebook = true\nclausebook_root = "handbook"\n')
    result = pytester.runpytest(*LEAN, "--collect-only", "-q")
    result.stdout.fnmatch_lines(["handbook/schools/elm.yml::phones::review-date"])


def test_asked_for_where_there_is_no_handbook_it_says_so(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--clausebook", *LEAN)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*holds no policies/ and schools/"])


def test_a_day_that_is_none_is_refused(handbook: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(*ON, "--clausebook-as-of", "2026-02-30")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--clausebook-as-of: February 2026 has no day 30"])


# ------------------------------------------------------------------------------ names


def test_there_is_a_test_for_every_organisation_policy_and_rule(
    handbook: Path, pytester: pytest.Pytester
) -> None:
    lines = pytester.runpytest(*ON, "--collect-only", "-q").outlines
    for name in (
        "schools/elm.yml::phones::review-date",
        "schools/elm.yml::phones::required-section",
        "schools/trust/oak.yml::phones::unanswered",
        "schools/trust/group.yml::unused-role",
        "policies/phones/policy.yml::uncovered-provision",
        "policies/registers/law.yml::anything-else",
    ):
        assert lines.count(name) == 1


def test_one_file_or_one_rule_can_be_chosen(handbook: Path, pytester: pytest.Pytester) -> None:
    one = pytester.runpytest(*ON, "schools/elm.yml").parseoutcomes()
    every = pytester.runpytest(*ON).parseoutcomes()
    assert 0 < one["passed"] < every["passed"]
    result = pytester.runpytest(*ON, "-k", "review-date", "-v")
    result.assert_outcomes(passed=3, deselected=every["passed"] - 3)
    result.stdout.fnmatch_lines(["schools/trust/ash.yml::phones::review-date PASSED*"])
    result = pytester.runpytest(*ON, "schools/elm.yml::phones::review-date")
    result.assert_outcomes(passed=1)


def test_every_rule_listed_here_exists() -> None:
    assert {*OF_PEOPLE_AND_WORDS, *OF_RESOLVE, *OF_WAIVERS} <= set(all_rules())


def test_the_day_is_said(handbook: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(*ON, "-k", "review-date")
    result.stdout.fnmatch_lines(["clausebook: as of 2026-11-20"])


# ------------------------------------------------------------------------------ findings


def test_a_failure_is_what_the_command_line_says_and_no_more(
    handbook: Path, pytester: pytest.Pytester
) -> None:
    undated(handbook)
    result = pytester.runpytest(*ON, "-v")
    result.stdout.fnmatch_lines(["FAILED schools/elm.yml::phones::review-date*"])
    assert result.parseoutcomes()["failed"] == 1
    (problem,) = check(handbook, as_of=DAY, jobs=1).problems
    lines = problem_text(problem).splitlines()
    start = result.outlines.index(lines[0])
    assert result.outlines[start : start + len(lines)] == lines
    assert result.outlines[start - 1].strip("_ ") == "phones::review-date in schools/elm.yml"
    assert result.outlines[start + len(lines)].startswith("=")


def test_a_waived_finding_is_an_expected_failure_with_its_reason(
    handbook: Path, pytester: pytest.Pytester
) -> None:
    undated(handbook, WAIVED)
    result = pytester.runpytest(*ON, "-rx")
    assert result.parseoutcomes().keys() == {"passed", "xfailed"}
    result.stdout.fnmatch_lines(
        [
            "XFAIL schools/elm.yml::phones::review-date - waived until 31 March 2027 by A clerk: "
            "The board meets in March."
        ]
    )


def test_strict_ignores_waivers(handbook: Path, pytester: pytest.Pytester) -> None:
    undated(handbook, WAIVED)
    result = pytester.runpytest(*ON, "--clausebook-strict")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["FAILED schools/elm.yml::phones::review-date*"])


def test_past_a_waivers_end_its_finding_fails(handbook: Path, pytester: pytest.Pytester) -> None:
    undated(handbook, WAIVED)
    result = pytester.runpytest(*ON, "--clausebook-as-of", "2027-04-01", "schools/elm.yml")
    failed = [line.split()[1] for line in result.outlines if line.startswith("FAILED")]
    assert failed == [
        "schools/elm.yml::phones::review-date",
        "schools/elm.yml::phones::waiver-ended",
    ]


# ------------------------------------------------------------------------------ nothing slips


CASES = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "_base")
ONE_FOR_EACH_RULE = {case.name.partition("--")[0]: case for case in reversed(CASES)}


@pytest.mark.parametrize("rule", sorted(ONE_FOR_EACH_RULE))
def test_every_error_of_a_broken_handbook_fails_a_test(
    rule: str, handbook: Path, pytester: pytest.Pytester
) -> None:
    overlaid(ONE_FOR_EACH_RULE[rule], handbook)
    found = check(handbook, as_of=DAY, jobs=1).errors
    result = pytester.runpytest(*ON, "-q")
    if not (handbook / "policies").is_dir():
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        return
    printed = result.stdout.str()
    assert [p for p in found if problem_text(p) not in printed] == []
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if found else pytest.ExitCode.OK)


def overlaid(case: Path, handbook: Path) -> None:
    """Lays a broken case's files over the base, as tests/broken/README.md says."""
    for source in case.rglob("*"):
        if source.is_file() and source.parent != case:
            target = handbook / source.relative_to(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    listed = case / "remove.txt"
    for name in listed.read_text(encoding="utf-8").split() if listed.exists() else ():
        gone = handbook / name
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()


def test_a_school_below_a_broken_group_does_not_pass_unchecked(
    handbook: Path, pytester: pytest.Pytester
) -> None:
    group = handbook / "schools" / "trust" / "group.yml"
    group.write_text("name: [\n", encoding="utf-8")
    result = pytester.runpytest(*ON, "schools/trust/oak.yml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["schools/trust/group.yml:*[[]yaml-syntax]"])


def test_a_school_does_not_pass_unchecked_when_the_library_is_broken(
    handbook: Path, pytester: pytest.Pytester
) -> None:
    (handbook / "policies" / "phones" / "policy.yml").write_text("title: [\n", encoding="utf-8")
    result = pytester.runpytest(*ON, "schools/elm.yml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["policies/phones/policy.yml:*[[]yaml-syntax]"])


def test_a_stray_file_fails_a_test(handbook: Path, pytester: pytest.Pytester) -> None:
    (handbook / "schools" / "notes.txt").write_text("x", encoding="utf-8")
    result = pytester.runpytest(*ON)
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["schools/notes.txt:1:1: error: *[[]unexpected-file]"])


# ------------------------------------------------------------------------------ what is shipped


def test_the_smallest_example_passes_as_it_stands(pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "examples" / "smallest", pytester.path, dirs_exist_ok=True)
    outcomes = pytester.runpytest_subprocess(*ON).parseoutcomes()
    assert outcomes.keys() == {"passed"}
    assert outcomes["passed"] > 100


def test_the_projects_own_settings_collect_the_shipped_handbooks() -> None:
    """With the import mode, strictness and folders of pyproject.toml."""
    words = ["schools/stockport.yml", "-k", "review-date", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
