"""The installed package brings templates, hooks and settings along: a handbook needs nothing of ours."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_everything_that_is_not_python_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"clausebook/parts/{path.relative_to(ROOT).as_posix()}"
        for top in ("overrides", "hooks")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted
    assert wanted | {"clausebook/parts/mkdocs.yml"} <= names


def test_an_installed_package_builds_a_handbook_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """Unpacked far from the repository, with the smallest example as the handbook."""
    installed, root = tmp_path / "installed", tmp_path / "handbook"
    zipfile.ZipFile(wheel).extractall(installed)
    copy = f"import shutil; shutil.copytree({str(ROOT / 'examples' / 'smallest')!r}, {str(root)!r})"
    subprocess.run([sys.executable, "-c", copy], check=True)
    code = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "import clausebook\n"
        f"assert clausebook.__file__.startswith({str(installed)!r}), clausebook.__file__\n"
        "from clausebook.cli import main\n"
        f"sys.exit(main(['build', '--jobs', '1', '--root', {str(root)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    site = root / "site"
    pages = [
        path
        for edition in ("staff", "governors")
        for path in (site / edition).rglob("lone-working.html")
    ]
    assert len(pages) == 8, pages  # the policy and its quick guide, two schools, two editions
    assert "cb-clause" in (root / "site/staff/kilnfold-academy/lone-working.html").read_text(
        "utf-8"
    )
