"""A pytest plugin: in a handbook's repository, one test per organisation, policy and rule.

    schools/stockport.yml::social-media::review-date

It does nothing until a project opts in, with `clausebook = true` in its pytest settings or with
`pytest --clausebook`. A finding with a waiver is an expected failure, so that it stays in sight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clausebook.build import Outcome
    from clausebook.problem import Problem

# Rules that `resolve` reports of a policy; those that judge one themselves are found by what they
# have. Whatever falls under neither is reported by the test called "anything-else".
_OF_RESOLVE = (
    "answer-range", "answer-type", "cites-missing-clause", "colliding-changes", "kept-text",
    "list-change", "list-merge", "locked", "never-prints", "no-effect", "outline-incomplete",
    "outline-twice", "policy-not-held", "requires-missing", "silence-not-allowed",
    "strength-not-settable", "unanswered", "unused-value",
)  # fmt: skip
ELSE = "anything-else"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("clausebook", "policy handbooks")
    group.addoption("--clausebook", action="store_true", help="collect the handbook's checks")
    group.addoption("--clausebook-strict", action="store_true", help="ignore waivers")
    group.addoption("--clausebook-as-of", metavar="DATE", help="judge dates as on this day")
    parser.addini("clausebook", "collect the handbook's checks", type="bool", default=False)
    parser.addini("clausebook_root", "the handbook's folder", type="string", default="")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--clausebook") or config.getini("clausebook"):
        config.pluginmanager.register(_Handbook(config), "clausebook-handbook")


class _Handbook:
    """Collects override files and policies; the check itself runs once."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = (config.rootpath / str(config.getini("clausebook_root"))).resolve()
        self._outcome: Outcome | None = None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        if not file_path.is_relative_to(self.root):
            return None
        parts = file_path.relative_to(self.root).parts
        if parts[0] == "schools" and file_path.suffix == ".yml":
            return OverrideFile.from_parent(parent, path=file_path, handbook=self)
        if parts[0] == "policies" and file_path.name == "policy.yml":
            return PolicyFile.from_parent(parent, path=file_path, handbook=self)
        return None

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            from clausebook.build import check
            from clausebook.dates import NotADate, Stated

            day = self.config.getoption("--clausebook-as-of")
            try:
                as_of = Stated.read(day).last if day else None
            except NotADate as error:
                raise pytest.UsageError(f"--clausebook-as-of: {error}") from None
            strict = bool(self.config.getoption("--clausebook-strict"))
            self._outcome = check(self.root, as_of=as_of, strict=strict, jobs=1)
        return self._outcome

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


class _File(pytest.File):
    """A file whose tests are rules."""

    def __init__(self, *, handbook: _Handbook, **rest: Any) -> None:
        super().__init__(**rest)
        self.handbook = handbook

    def tests(
        self,
        parent: pytest.Collector,
        rules: Iterable[str],
        problems: list[Problem],
        waived: Iterable[tuple[Problem, str]] = (),
    ) -> Iterator[RuleTest]:
        """One test for each rule, with the problems it found."""
        known = list(waived)
        for rule in rules:
            yield RuleTest.from_parent(
                parent,
                name=rule,
                problems=[p for p in problems if p.rule == rule],
                waived=[(p, why) for p, why in known if p.rule == rule],
            )


class OverrideFile(_File):
    """An organisation's override file: a node for each policy it holds."""

    def collect(self) -> Iterator[Any]:
        outcome = self.handbook.outcome
        file = self.handbook.name(self.path)
        id = self.path.parent.name if self.path.name == "group.yml" else self.path.stem
        mine = [p for p in outcome.problems if id in p.organisations or p.at.file == file]
        waived = [
            (w.problem, f"waived until {w.waiver.until} by {w.waiver.by}: {w.waiver.reason}")
            for w in outcome.waived
            if w.organisation == id
        ]
        held = outcome.held.get(id, ())
        for policy in held:
            yield PolicyNode.from_parent(
                self, name=policy, file=self,
                problems=[p for p in mine if p.policy == policy],
                waived=[(p, why) for p, why in waived if p.policy == policy],
            )  # fmt: skip
        rest = [p for p in mine if p.policy not in held]
        yield from self.tests(self, _of_organisations(), rest)
        others = [p for p in rest if p.rule not in _of_organisations()]
        yield RuleTest.from_parent(self, name=ELSE, problems=others, waived=[])


class PolicyNode(pytest.Collector):
    """One policy of one organisation."""

    def __init__(
        self, *, file: OverrideFile, problems: list[Problem],
        waived: list[tuple[Problem, str]], **rest: Any,
    ) -> None:  # fmt: skip
        super().__init__(**rest)
        self.file, self.problems, self.waived = file, problems, waived

    def collect(self) -> Iterator[Any]:
        rules = _of_policies()
        yield from self.file.tests(self, rules, self.problems, self.waived)
        others = [p for p in self.problems if p.rule not in rules]
        waived = [(p, why) for p, why in self.waived if p.rule not in rules]
        yield RuleTest.from_parent(self, name=ELSE, problems=others, waived=waived)


class PolicyFile(_File):
    """One policy of the library."""

    def collect(self) -> Iterator[Any]:
        folder = self.handbook.name(self.path.parent) + "/"
        found = self.handbook.outcome.problems
        mine = [p for p in found if p.at.file.startswith(folder) and not p.organisations]
        rules = _of_library()
        yield from self.tests(self, rules, mine)
        others = [p for p in mine if p.rule not in rules]
        yield RuleTest.from_parent(self, name=ELSE, problems=others, waived=[])


class RuleTest(pytest.Item):
    """One rule in one place."""

    def __init__(
        self, *, problems: list[Problem], waived: list[tuple[Problem, str]], **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.problems, self.waived = problems, waived

    def runtest(self) -> None:
        from clausebook.report import problem_text

        errors = [p for p in self.problems if p.severity.value == "error"]
        if errors:
            raise Found("\n".join(problem_text(p) for p in errors))
        for problem in self.problems:
            self.add_report_section("call", problem.severity.value, problem_text(problem))
        if self.waived:
            pytest.xfail("; ".join(why for _, why in self.waived))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What the command line says, without a traceback."""
        if isinstance(excinfo.value, Found):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.problems[0].at.line - 1 if self.problems else None
        return self.path, line, self.nodeid


class Found(Exception):
    """A rule found something; the message is the problems as the command line shows them."""


def _of_policies() -> list[str]:
    from clausebook.rules import all_rules

    judging = ("check_policy", "check_dates", "check_clause")
    found = [id for id, rule in all_rules().items() if any(hasattr(rule, f) for f in judging)]
    return sorted({*found, *_OF_RESOLVE})


def _of_organisations() -> list[str]:
    from clausebook.rules import all_rules

    found = [id for id, rule in all_rules().items() if hasattr(rule, "check_organisation")]
    return sorted([*found, "unanswered-term", "unknown-role", "unused-role", "waiver-ended"])


def _of_library() -> list[str]:
    from clausebook.rules import all_rules

    judging = ("check_library", "check_clause")
    return [id for id, rule in all_rules().items() if any(hasattr(rule, f) for f in judging)]
