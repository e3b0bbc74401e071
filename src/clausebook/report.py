"""An outcome in; text, JSON, GitHub annotations, SARIF or JUnit out, all from the same problems."""

from __future__ import annotations

import json
from collections import Counter
from urllib.parse import quote
from xml.etree import ElementTree

from clausebook import __version__
from clausebook.build import Outcome
from clausebook.problem import Problem, Severity
from clausebook.rules import all_rules, manual
from clausebook.spelling import NOT_XML
from clausebook.table import count

FORMATS = ("text", "json", "github", "sarif", "junit")
MOST = 20


def report(outcome: Outcome, format: str, *, everything: bool = False) -> str:
    """The outcome of a check in one of the formats."""
    makers = {"json": _json, "github": _github, "sarif": _sarif, "junit": _junit}
    return _text(outcome, everything) if format == "text" else makers[format](outcome)


def problem_text(problem: Problem) -> str:
    """One problem: the clickable place first, then what, why and how to fix it."""
    first = f"{problem.at}: {problem.severity.value}: {problem.what} [{problem.rule}]"
    lines = [first, f"  why: {problem.why}", f"  fix: {problem.fix}"]
    if len(problem.organisations) > 1:
        names = ", ".join(problem.organisations[:8])
        more = len(problem.organisations) - 8
        lines.insert(1, f"  touches: {names}" + (f" and {more} more" if more > 0 else ""))
    return "\n".join(_visible(line) for line in lines)


def _visible(line: str) -> str:
    """A line with what a terminal would obey or not show written out: it may be quoted from a file."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _text(outcome: Outcome, everything: bool) -> str:
    notes = [p for p in outcome.problems if p.severity is Severity.INFO]
    others = [p for p in outcome.problems if p.severity is not Severity.INFO]
    shown = [*others, *notes] if everything else others[:MOST]
    lines = [problem_text(problem) for problem in shown]
    if len(others) > len(shown):
        lines.append(f"… and {len(others) - len(shown)} more: --all shows them")
    if lines:
        lines.append("")
    return "\n".join([*lines, *_summary(outcome, everything=everything)]) + "\n"


def day(outcome: Outcome) -> str:
    """Which day the dates were judged on, and who chose it."""
    chosen = " (set in mkdocs.yml)" if outcome.pinned else ""
    return f"as of {outcome.as_of.isoformat()}{chosen}"


def _summary(outcome: Outcome, *, everything: bool) -> list[str]:
    """The waivers that end soon, then what was checked and what came of it."""
    lines = [
        f"{w.waiver.at}: waiver for '{w.waiver.check}' ends on {w.waiver.until} ({w.organisation})"
        for w in outcome.ending
    ]
    counts = Counter(p.severity for p in outcome.problems)
    size = (
        f"{count(outcome.organisations, 'organisation')}, "
        f"{count(outcome.policies, 'policy', 'policies')}, "
        f"{count(outcome.clauses, 'clause')}"
    )
    lines = [*dict.fromkeys(lines), f"{size}, {day(outcome)}"]
    found = [
        count(counts[Severity.ERROR], "problem"),
        count(counts[Severity.WARNING], "warning"),
    ]
    verdict = ", ".join(found)
    notes = counts[Severity.INFO]
    if notes:
        verdict += f", {count(notes, 'note')}" + ("" if everything else " (--all shows them)")
    if outcome.waived:
        verdict += f"; {count(len(outcome.waived), 'finding')} waived (--strict shows them)"
    return [*lines, verdict]


def _json(outcome: Outcome) -> str:
    def row(problem: Problem) -> dict[str, object]:
        return {
            "rule": problem.rule,
            "severity": problem.severity.value,
            "file": problem.at.file,
            "line": problem.at.line,
            "column": problem.at.column,
            "what": problem.what,
            "why": problem.why,
            "fix": problem.fix,
            "calendar": problem.calendar,
            "organisations": list(problem.organisations),
            "policy": problem.policy,
            "clause": problem.clause,
        }

    waived = [
        {
            **row(w.problem),
            "waiver": {
                "at": str(w.waiver.at),
                "reason": w.waiver.reason,
                "by": w.waiver.by,
                "until": w.waiver.until.iso,
            },
            "organisation": w.organisation,
        }
        for w in outcome.waived
    ]
    found = {
        "as_of": outcome.as_of.isoformat(),
        "organisations": outcome.organisations,
        "policies": outcome.policies,
        "clauses": outcome.clauses,
        "problems": [row(problem) for problem in outcome.problems],
        "waived": waived,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def _github(outcome: Outcome) -> str:
    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def escaped_property(text: str) -> str:
        return escaped(text).replace(":", "%3A").replace(",", "%2C")

    found = "".join(
        f"::{_GITHUB[p.severity]} file={escaped_property(p.at.file)},line={p.at.line},"
        f"col={p.at.column},title={escaped_property(p.rule)}::"
        f"{escaped(_message(p))}\n"
        for p in outcome.problems
    )
    return found + "\n".join(_summary(outcome, everything=True)) + "\n"


def _message(problem: Problem) -> str:
    """A problem for where its place and its rule are shown beside it; every organisation named."""
    lines = [problem.what, f"why: {problem.why}", f"fix: {problem.fix}"]
    if len(problem.organisations) > 1:
        lines.insert(1, f"touches: {', '.join(problem.organisations)}")
    return "\n".join(lines)


_SARIF = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def _sarif(outcome: Outcome) -> str:
    used = sorted({p.rule for p in outcome.problems})
    rules = [
        {
            "id": id,
            "shortDescription": {"text": manual(id).split("\n")[0]},
            "fullDescription": {"text": manual(id)},
        }
        for id in used
        if id in all_rules()
    ]
    results = [
        {
            "ruleId": p.rule,
            "level": _SARIF[p.severity],
            "message": {"text": _message(p)},
            "properties": {"organisations": list(p.organisations), "calendar": p.calendar},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(p.at.file), "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": p.at.line, "startColumn": p.at.column},
                    }
                }
            ],
        }
        for p in outcome.problems
    ]
    driver = {"name": "Clausebook", "version": __version__, "rules": rules}
    found = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "results": results,
                "properties": {"asOf": outcome.as_of.isoformat()},
            }
        ],
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _junit(outcome: Outcome) -> str:
    failing = {p.rule: [q for q in outcome.problems if q.rule == p.rule] for p in outcome.problems}
    suite = ElementTree.Element(
        "testsuite",
        name="clausebook check",
        tests=str(len(all_rules())),
        failures=str(sum(1 for ps in failing.values() if _fails(ps))),
    )
    properties = ElementTree.SubElement(suite, "properties")
    ElementTree.SubElement(properties, "property", name="as-of", value=outcome.as_of.isoformat())
    for id in all_rules():
        case = ElementTree.SubElement(suite, "testcase", classname="clausebook", name=id)
        problems = failing.get(id, [])
        if _fails(problems):
            failure = ElementTree.SubElement(case, "failure", message=problems[0].what)
            failure.text = "\n".join(problem_text(p) for p in problems)
        elif problems:
            out = ElementTree.SubElement(case, "system-out")
            out.text = "\n".join(problem_text(p) for p in problems)
    ElementTree.indent(suite)
    # The name of a file may hold any.
    text = NOT_XML.sub("\N{REPLACEMENT CHARACTER}", ElementTree.tostring(suite, "unicode"))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _fails(problems: list[Problem]) -> bool:
    return any(p.severity is Severity.ERROR for p in problems)
