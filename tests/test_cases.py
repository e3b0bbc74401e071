"""Small good handbooks: what they publish, word for word."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clausebook.build import Outcome, open_repository
from clausebook.cli import main
from clausebook.report import problem_text

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A case, copied so that nothing is written beside the original."""
    root = tmp_path / str(request.param)
    shutil.copytree(CASES / request.param, root, ignore=shutil.ignore_patterns("expected.md"))
    return root


def shown(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `clausebook show` prints of every edition of every organisation that publishes."""
    repository, problems = open_repository(root)
    assert repository is not None, problems
    texts = []
    for organisation in repository.organisations.values():
        for edition in organisation.editions if organisation.publishes else ():
            arguments = ["show", organisation.id, "--root", str(root), "--edition", edition]
            assert main(arguments) == 0
            texts.append(capsys.readouterr().out)
    return "\n\n".join(texts)


def test_a_good_handbook_publishes_exactly_this(
    case: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(case, capsys)
    expected = CASES / case.name / "expected.md"
    if request.config.getoption("--update"):
        expected.write_text(text, encoding="utf-8", newline="\n")
    assert text == expected.read_text(encoding="utf-8")


def test_a_good_handbook_has_no_problem(case: Path, checked: Callable[[Path], Outcome]) -> None:
    assert [problem_text(problem) for problem in checked(case).problems] == []
