"""What tests share: the shipped handbooks, resolved once, and small handbooks on disk."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from clausebook.build import Outcome, check, open_repository
from clausebook.dates import Stated
from clausebook.model import Handbook, Repository
from clausebook.resolve import Resolver

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
DAY = Stated(2026, 11, 20).last
BASE = ROOT / "tests" / "broken" / "_base"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="accept new expected output")


@pytest.fixture(scope="session")
def shipped() -> Repository:
    """The repository's own library and organisations."""
    repository, problems = open_repository(ROOT)
    assert repository is not None, problems
    return repository


@pytest.fixture(scope="session")
def handbooks(shipped: Repository) -> Mapping[tuple[str, str], Handbook]:
    """Every shipped handbook by organisation and edition."""
    resolver = Resolver(shipped)
    return {
        (id, edition): handbook
        for id in shipped.organisations
        for edition, handbook in resolver.resolve(id).handbooks.items()
    }


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every shipped site, built once by the command itself, without the PDFs (see tests/pdf)."""
    out = tmp_path_factory.mktemp("built") / "site"
    command = [sys.executable, "-m", "clausebook", "build", "--no-pdf", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A tiny handbook without problems, to break or to build on."""
    root = tmp_path / "handbook"
    shutil.copytree(BASE, root)
    return root


@pytest.fixture
def checked() -> Callable[[Path], Outcome]:
    """Checks a handbook as on the demonstration's day, in this process."""
    return lambda root: check(root, as_of=DAY, jobs=1)


@pytest.fixture(autouse=True)
def as_wide_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed does not depend on the terminal that tests are started from."""
    monkeypatch.setenv("COLUMNS", "120")
