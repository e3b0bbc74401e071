"""The same files give the same bytes: in any process, order, place, time zone and language."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("policies", "schools", "mkdocs.yml")

# Prints every handbook.json of a repository, one after another.
PROGRAM = """
import sys
from pathlib import Path
from clausebook.build import open_repository
from clausebook.handbook_file import handbook_json
from clausebook.resolve import Resolver

repository, problems = open_repository(Path(sys.argv[1]))
assert repository is not None, problems
names = sorted(repository.organisations, reverse=sys.argv[2] == "backwards")
resolver = Resolver(repository)
made = {}
for id in names:
    for edition, handbook in resolver.resolve(id).handbooks.items():
        made[id, edition] = handbook_json(handbook)
sys.stdout.buffer.write("".join(made[key] for key in sorted(made)).encode())
"""


def handbooks(root: Path, order: str = "forwards", **environment: str) -> bytes:
    """Every handbook.json, made by a process of its own."""
    command = [sys.executable, "-c", PROGRAM, str(root), order]
    settings = {**os.environ, **environment}
    return subprocess.run(command, check=True, capture_output=True, env=settings).stdout


@pytest.fixture(scope="module")
def expected() -> bytes:
    made = handbooks(ROOT)
    assert len(made) > 1_000_000
    return made


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.UTF-8"},
    ],
)
def test_another_process_makes_the_same_bytes(environment: dict[str, str], expected: bytes) -> None:
    assert handbooks(ROOT, **environment) == expected


def test_the_order_of_organisations_does_not_matter(expected: bytes) -> None:
    assert handbooks(ROOT, "backwards") == expected


def test_a_checkout_with_windows_line_ends_makes_the_same_bytes(
    tmp_path: Path, expected: bytes
) -> None:
    for part in PARTS:
        for source in [ROOT / part, *(ROOT / part).rglob("*")]:
            target = tmp_path / source.relative_to(ROOT)
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif source.suffix in (".yml", ".md"):
                text = source.read_bytes().replace(b"\n", b"\r\n")
                target.write_bytes(b"\xef\xbb\xbf" + text)
            elif source.suffix == ".svg":
                target.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert handbooks(tmp_path) == expected


def test_files_made_in_another_order_make_the_same_bytes(tmp_path: Path, expected: bytes) -> None:
    files = sorted(f for part in PARTS[:2] for f in (ROOT / part).rglob("*") if f.is_file())
    for source in [*reversed(files), ROOT / "mkdocs.yml"]:
        target = tmp_path / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    assert handbooks(tmp_path) == expected


def test_another_day_makes_the_same_bytes(tmp_path: Path, expected: bytes) -> None:
    """No handbook holds anything worked out from today: whatever is overdue by then says no more."""
    for part in PARTS[:2]:
        shutil.copytree(ROOT / part, tmp_path / part)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "as_of: 2026-11-20" in settings
    later = settings.replace("as_of: 2026-11-20", "as_of: 2041-03-01")
    (tmp_path / "mkdocs.yml").write_text(later, encoding="utf-8")
    assert handbooks(tmp_path) == expected
