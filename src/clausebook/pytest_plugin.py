"""A pytest plugin: in a handbook's repository, one test per organisation, policy and rule.

    schools/stockport.yml::social-media::review-date

It does nothing until a project opts in, with `clausebook = true` in its pytest settings or with
`pytest --clausebook`. A finding with a waiver is an expected failure: it stays in sight with its
reason, and does not read as a test that was never run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clausebook.build import Outcome
    from clausebook.problem import Problem

    Waived = tuple[Problem, str]

# Rules that `resolve` reports of a policy; those that judge one themselves are found by what they
# have. Whatever falls under neither is reported by the test called "anything-else".
OF_RESOLVE = (
    "answer-range", "answer-type", "cites-missing-clause", "colliding-changes", "kept-text",
    "list-change", "list-merge", "locked", "never-prints", "no-effect", "outline-incomplete",
    "outline-twice", "policy-not-held", "requires-missing", "silence-not-allowed",
    "strength-not-settable", "unanswered", "unused-value",
)  # fmt: skip
OF_WAIVERS = ("waiver-check", "waiver-dates", "waiver-ended", "waiver-unused")
OF_PEOPLE_AND_WORDS = ("unanswered-term", "unknown-role", "unused-role")
ELSE = "anything-else"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("clausebook", "policy handbooks")
    group.addoption("--clausebook", action="store_true", help="collect the handbook's checks")
    group.addoption("--clausebook-strict", action="store_true", help="ignore waivers")
    group.addoption("--clausebook-as-of", metavar="DATE", help="judge dates as on this day")
    parser.addini("clausebook", "collect the handbook's checks", type="bool", default=False)
    parser.addini("clausebook_root", "the handbook's folder", type="string", default="")


def pytest_configure(config: pytest.Config) -> None:
    if not (config.getoption("--clausebook") or config.getini("clausebook")):
        return
    # Not resolved: pytest names files by the path it was given, through links or not.
    root = Path(os.path.abspath(config.rootpath / str(config.getini("clausebook_root"))))
    if not all((root / name).is_dir() for name in ("policies", "schools")):
        raise pytest.UsageError(f"clausebook: {root} holds no policies/ and schools/")
    day = config.getoption("--clausebook-as-of")
    strict = bool(config.getoption("--clausebook-strict"))
    config.pluginmanager.register(_Handbook(root, _day(day), strict), "clausebook-handbook")


def _day(text: str | None) -> date | None:
    from clausebook.dates import NotADate, Stated

    try:
        return Stated.read(text).last if text else None
    except NotADate as error:
        raise pytest.UsageError(f"--clausebook-as-of: {error}") from None


class _Handbook:
    """Collects override files, policies and registers; the check itself runs once."""

    def __init__(self, root: Path, as_of: date | None, strict: bool) -> None:
        self.root, self.as_of, self.strict = root, as_of, strict
        self._outcome: Outcome | None = None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        if not file_path.is_relative_to(self.root) or file_path.suffix != ".yml":
            return None
        match file_path.relative_to(self.root).parts:
            case ("schools", *_):
                return OverrideFile.from_parent(parent, path=file_path, handbook=self)
            case ("policies", "registers", _):
                return RegisterFile.from_parent(parent, path=file_path, handbook=self)
            case ("policies", _, "policy.yml"):
                return PolicyFile.from_parent(parent, path=file_path, handbook=self)
        return None

    def pytest_report_collectionfinish(self) -> str | None:
        """Which day the tests speak of; nothing when a run collected none of them."""
        if self._outcome is None:
            return None
        from clausebook.report import day

        return f"clausebook: {day(self._outcome)}"

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            from clausebook.build import check

            self._outcome = check(self.root, as_of=self.as_of, strict=self.strict, jobs=1)
        return self._outcome

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def homeless(self) -> list[Problem]:
        """Problems in no organisation's and no collected file: a stray file, a link, a folder."""
        folders = tuple(f"{self.name(path.parent)}/" for path in self.policies())
        homes = ("policies/registers/", "schools/")
        return [
            p
            for p in self.outcome.problems
            if not p.organisations
            and not p.at.file.startswith(folders)
            and not (p.at.file.startswith(homes) and p.at.file.endswith(".yml"))
        ]

    def policies(self) -> list[Path]:
        return sorted(self.root.glob("policies/*/policy.yml"))


class _File(pytest.File):
    """A file whose tests are rules."""

    def __init__(self, *, handbook: _Handbook, **rest: Any) -> None:
        super().__init__(**rest)
        self.handbook = handbook

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.handbook.outcome.problems


class OverrideFile(_File):
    """An organisation's override file: a node for each policy it holds."""

    def collect(self) -> Iterator[Any]:
        outcome = self.handbook.outcome
        file = self.handbook.name(self.path)
        id = self.path.parent.name if self.path.name == "group.yml" else self.path.stem
        mine = [p for p in self.problems if id in p.organisations or p.at.file == file]
        if id not in outcome.names:
            # It was not checked, so it must not pass: whatever stands in the way is its problem.
            yield RuleTest.of(self, ELSE, mine or outcome.errors)
            return
        waived = [
            (w.problem, f"waived until {w.waiver.until} by {w.waiver.by}: {w.waiver.reason}")
            for w in outcome.waived
            if w.organisation == id
        ]
        held = outcome.held.get(id, ())
        for policy in held:
            here = [p for p in mine if p.policy == policy]
            known = [(p, why) for p, why in waived if p.policy == policy]
            yield PolicyNode.from_parent(self, name=policy, problems=here, waived=known)
        rest = [p for p in mine if p.policy not in held]
        yield from _tests(self, _of_organisations(), rest)


class PolicyNode(pytest.Collector):
    """One policy of one organisation."""

    def __init__(self, *, problems: list[Problem], waived: list[Waived], **rest: Any) -> None:
        super().__init__(**rest)
        self.problems, self.waived = problems, waived

    def collect(self) -> Iterator[Any]:
        yield from _tests(self, _of_policies(), self.problems, self.waived)


class PolicyFile(_File):
    """One policy of the library; the first also has the problems that have no file here."""

    def collect(self) -> Iterator[Any]:
        folder = f"{self.handbook.name(self.path.parent)}/"
        mine = [p for p in self.problems if p.at.file.startswith(folder) and not p.organisations]
        if self.path == self.handbook.policies()[0]:
            mine += self.handbook.homeless()
        yield from _tests(self, _of_library(), mine)


class RegisterFile(_File):
    """A register: one test for all that is said of it."""

    def collect(self) -> Iterator[Any]:
        file = self.handbook.name(self.path)
        mine = [p for p in self.problems if p.at.file == file and not p.organisations]
        yield RuleTest.of(self, ELSE, mine)


def _tests(
    parent: pytest.Collector,
    rules: list[str],
    problems: list[Problem],
    waived: Iterable[Waived] = (),
) -> Iterator[RuleTest]:
    """One test for each rule with the problems it found, and one for all other rules."""
    known = list(waived)
    for rule in rules:
        found = [p for p in problems if p.rule == rule]
        yield RuleTest.of(parent, rule, found, [(p, why) for p, why in known if p.rule == rule])
    found = [p for p in problems if p.rule not in rules]
    yield RuleTest.of(parent, ELSE, found, [(p, why) for p, why in known if p.rule not in rules])


class RuleTest(pytest.Item):
    """One rule in one place."""

    def __init__(
        self, *, problems: Iterable[Problem], waived: Iterable[Waived], **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.problems, self.waived = list(problems), list(waived)

    @classmethod
    def of(
        cls,
        parent: pytest.Collector,
        name: str,
        problems: Iterable[Problem],
        waived: Iterable[Waived] = (),
    ) -> RuleTest:
        test: RuleTest = cls.from_parent(parent, name=name, problems=problems, waived=waived)
        return test

    def runtest(self) -> None:
        from clausebook.report import problem_text

        errors = [p for p in self.problems if p.severity.value == "error"]
        if errors:
            raise Found("\n".join(problem_text(p) for p in errors))
        for problem in self.problems:
            self.add_report_section("call", problem.severity.value, problem_text(problem))
        if self.waived:
            pytest.xfail("; ".join(dict.fromkeys(why for _, why in self.waived)))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What the command line says, without a traceback."""
        if isinstance(excinfo.value, Found):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        file, _, name = self.nodeid.partition("::")
        return self.path, None, f"{name} in {file}"


class Found(Exception):
    """A rule found something; the message is the problems as the command line shows them."""


def _having(*functions: str) -> set[str]:
    from clausebook.rules import all_rules

    return {id for id, rule in all_rules().items() if any(hasattr(rule, f) for f in functions)}


def _of_policies() -> list[str]:
    judging = _having("check_policy", "check_dates", "check_clause")
    return sorted({*judging, *OF_RESOLVE, *OF_WAIVERS})


def _of_organisations() -> list[str]:
    judging = _having("check_organisation", "check_handbook")
    return sorted({*judging, *OF_PEOPLE_AND_WORDS, *OF_WAIVERS})


def _of_library() -> list[str]:
    return sorted(_having("check_library", "check_clause"))
