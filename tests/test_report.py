"""What a check found, in every format: one cause once, the most important first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from clausebook.build import Outcome
from clausebook.problem import Place, Problem, Severity, sorted_problems
from clausebook.report import MOST, problem_text, report
from clausebook.rules import all_rules

DAY = date(2026, 11, 20)


def problem(rule: str = "unanswered", line: int = 1, **rest: Any) -> Problem:
    at = rest.pop("at", Place("schools/elm.yml", line, 3))
    return Problem(
        rule=rule, at=at, what=f"what {rule}", why="because, at 50%", fix="mend: it", **rest
    )


def outcome(*problems: Problem) -> Outcome:
    return Outcome(
        as_of=DAY,
        problems=tuple(sorted_problems(problems)),
        organisations=2,
        policies=3,
        clauses=1026,
    )


@pytest.fixture
def mixed() -> Outcome:
    """Two rules that fail, one twice; a warning and a note."""
    return outcome(
        problem("dead-law", severity=Severity.INFO),
        problem("outdated-phrase", severity=Severity.WARNING),
        problem("unanswered", 2),
        problem("review-overdue", calendar=True),
        problem("unanswered", 9),
    )


# ------------------------------------------------------------------------------ text


def test_a_problem_is_its_place_then_what_why_and_how_to_mend_it() -> None:
    assert problem_text(problem("unanswered", 7)) == (
        "schools/elm.yml:7:3: error: what unanswered [unanswered]\n"
        "  why: because, at 50%\n"
        "  fix: mend: it"
    )


def test_errors_come_before_what_time_brings_then_warnings_and_notes_only_when_asked(
    mixed: Outcome,
) -> None:
    text = report(mixed, "text")
    order = [text.index(name) for name in ("unanswered", "review-overdue", "outdated-phrase")]
    assert order == sorted(order)
    assert "[dead-law]" not in text
    assert "[dead-law]" in report(mixed, "text", everything=True)


def test_the_day_and_the_counts_are_always_said(mixed: Outcome) -> None:
    assert report(mixed, "text").endswith(
        "2 organisations, 3 policies, 1,026 clauses, as of 2026-11-20\n"
        "3 problems, 1 warning, 1 note (--all shows them)\n"
    )
    pinned = report(replace(mixed, pinned=True), "text")
    assert "as of 2026-11-20 (set in mkdocs.yml)" in pinned


def test_one_cause_is_one_problem_with_everyone_it_touches() -> None:
    names = [f"school-{number:02}" for number in range(30)]
    found = outcome(*(problem(organisations=(name,)) for name in reversed(names)))
    assert len(found.problems) == 1
    assert found.problems[0].organisations == tuple(names)
    text = report(found, "text")
    assert "touches: school-00, school-01, " in text
    assert "school-07 and 22 more" in text
    for format in ("json", "sarif", "github"):
        assert "school-29" in report(found, format), "formats for machines leave nobody out"


def test_the_same_words_at_two_places_are_two_problems() -> None:
    assert len(outcome(problem(line=1), problem(line=2)).problems) == 2


def test_past_twenty_the_most_important_come_first_and_the_rest_can_be_asked_for() -> None:
    late = [problem("review-overdue", line, calendar=True) for line in range(1, 21)]
    mild = [problem("outdated-phrase", line, severity=Severity.WARNING) for line in range(1, 6)]
    grave = [problem("unanswered", line) for line in range(900, 910)]
    found = outcome(*late, *mild, *grave)
    text = report(found, "text")
    assert text.count("  fix: ") == MOST == 20
    assert text.count("[unanswered]") == 10
    assert text.count("[review-overdue]") == 10
    assert "… and 15 more: --all shows them\n" in text
    assert "30 problems, 5 warnings" in text
    everything = report(found, "text", everything=True)
    assert everything.count("  fix: ") == 35
    assert "more:" not in everything


def test_formats_for_machines_list_everything() -> None:
    found = outcome(*(problem("unanswered", line) for line in range(1, 51)))
    assert len(json.loads(report(found, "json"))["problems"]) == 50
    assert report(found, "github").count("::error ") == 50
    assert len(json.loads(report(found, "sarif"))["runs"][0]["results"]) == 50
    assert report(found, "junit").count("  fix: ") == 50


# ------------------------------------------------------------------------------ json


def test_json_holds_every_field(mixed: Outcome) -> None:
    data = json.loads(report(mixed, "json"))
    assert data["as_of"] == "2026-11-20"
    assert (data["organisations"], data["policies"], data["clauses"]) == (2, 3, 1026)
    assert data["waived"] == []
    assert data["problems"][0] == {
        "rule": "unanswered",
        "severity": "error",
        "file": "schools/elm.yml",
        "line": 2,
        "column": 3,
        "what": "what unanswered",
        "why": "because, at 50%",
        "fix": "mend: it",
        "calendar": False,
        "organisations": [],
        "policy": None,
        "clause": None,
    }


# ------------------------------------------------------------------------------ github


def test_github_annotations_are_escaped_and_one_line_each() -> None:
    odd = problem(at=Place("schools/a,b:c%.yml", 4, 2))
    first, *rest = report(outcome(odd), "github").splitlines()
    assert first == (
        "::error file=schools/a%2Cb%3Ac%25.yml,line=4,col=2,title=unanswered::"
        "what unanswered%0Awhy: because, at 50%25%0Afix: mend: it"
    )
    assert rest == ["2 organisations, 3 policies, 1,026 clauses, as of 2026-11-20",
                    "1 problem, 0 warnings"]  # fmt: skip


def test_github_annotations_say_how_bad_it_is(mixed: Outcome) -> None:
    lines = report(mixed, "github").splitlines()
    kinds = [line.split()[0] for line in lines if line.startswith("::")]
    assert kinds == ["::error", "::error", "::error", "::warning", "::notice"]


# ------------------------------------------------------------------------------ sarif


def test_sarif_has_the_shape_that_code_hosts_read(mixed: Outcome) -> None:
    data = json.loads(report(mixed, "sarif"))
    assert data["version"] == "2.1.0"
    assert data["$schema"].endswith("sarif-2.1.0.json")
    (run,) = data["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Clausebook"
    described = {rule["id"]: rule for rule in driver["rules"]}
    assert set(described) == {p.rule for p in mixed.problems}
    assert all(rule["shortDescription"]["text"] for rule in described.values())
    assert [r["level"] for r in run["results"]] == ["error"] * 3 + ["warning", "note"]
    for result, found in zip(run["results"], mixed.problems, strict=True):
        assert result["ruleId"] == found.rule
        assert result["message"]["text"].startswith(found.what)
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == found.at.file
        assert place["region"] == {"startLine": found.at.line, "startColumn": found.at.column}


def test_sarif_names_files_by_addresses() -> None:
    odd = problem(at=Place("schools/elm tree’s 50%.yml"))
    data = json.loads(report(outcome(odd), "sarif"))
    place = data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "schools/elm%20tree%E2%80%99s%2050%25.yml"


# ------------------------------------------------------------------------------ junit


def test_junit_counts_one_case_a_rule_and_fails_those_with_errors(mixed: Outcome) -> None:
    suite = ElementTree.fromstring(report(mixed, "junit"))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert suite.get("tests") == str(len(cases)) == str(len(all_rules()))
    failing = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failing == {"unanswered", "review-overdue"}
    assert suite.get("failures") == "2"
    failure = cases["unanswered"].find("failure")
    assert failure is not None
    assert (failure.text or "").count("  fix: ") == 2
    noted = {name for name, case in cases.items() if case.find("system-out") is not None}
    assert noted == {"dead-law", "outdated-phrase"}


def test_junit_stays_xml_whatever_a_problem_quotes() -> None:
    odd = replace(problem(), what="<b> & \x0b \ufffe ]]> “x”")
    suite = ElementTree.fromstring(report(outcome(odd), "junit"))
    failure = suite.find(".//failure")
    assert failure is not None
    assert "<b> & " in (failure.get("message") or "")
    assert "]]> “x”" in (failure.text or "")
