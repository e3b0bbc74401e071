"""Folders for what is needed only while the program runs: nobody else has to take them away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clausebook.scratch import Scratch
from tests.conftest import ROOT
from tests.published import pin

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="locks on folders, and kills, of Linux")
HOLD = (
    "import sys; from clausebook.scratch import Scratch; held = Scratch('test');"
    "(held.path / 'x').write_text('x'); print(held.path, flush=True); sys.stdin.read()"
)
USE = "from clausebook.scratch import scratch\nwith scratch('test') as path: assert path.is_dir()"


@contextmanager
def holding(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A program that has a folder, and the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    ) as running:
        assert running.stdout is not None
        try:
            yield running, Path(running.stdout.readline().strip())
        finally:
            running.kill()


def use(folder: Path) -> None:
    env = {**os.environ, "TMPDIR": str(folder)}
    subprocess.run([sys.executable, "-c", USE], env=env, check=True)


def age(folder: Path, seconds: float = 3600) -> None:
    then = time.time() - seconds
    for path in folder.iterdir():
        os.utime(path, (then, then))


@LINUX
def test_what_a_killed_program_leaves_is_taken_away_and_what_is_in_use_stays(
    tmp_path: Path,
) -> None:
    with holding(tmp_path) as (running, killed), holding(tmp_path) as (_, used):
        running.kill()
        running.wait()
        use(tmp_path)
        assert killed.is_dir(), "so young, it could be somebody's who has not locked it yet"
        age(tmp_path)
        use(tmp_path)
        assert list(tmp_path.iterdir()) == [used]
        assert (used / "x").is_file()


@LINUX
@pytest.mark.parametrize(
    "name",
    ["clausebook-handbook", "clausebook-scratch-notes", "clausebook-scratch-of-mine-12345678"],
)
def test_a_folder_of_anybody_elses_stays(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "clausebook-scratch-notes-20261122").mkdir(mode=0o755)
    age(tmp_path)
    use(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {name, "clausebook-scratch-notes-20261122"}


@LINUX
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter").write_text("Dear Governors")
    link = tmp_path / "clausebook-scratch-test-abcdefgh"
    link.symlink_to(mine)
    mine.chmod(0o700)
    os.utime(link, (0, 0), follow_symlinks=False)
    use(tmp_path)
    assert (mine / "letter").is_file()


@LINUX
def test_a_copy_of_a_process_takes_nothing_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = Scratch("test")
    child = os.fork()
    if child == 0:
        mine.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert mine.path.is_dir()
    age(tmp_path)
    use(tmp_path)
    assert mine.path.is_dir()
    mine.close()
    assert not mine.path.exists()


@LINUX
def test_a_build_that_was_killed_leaves_nothing_for_long(base: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    root = pin(base)
    command = [sys.executable, "-m", "clausebook", "build", "--root", str(root)]
    env = {**os.environ, "TMPDIR": str(temporary)}
    running = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, start_new_session=True, cwd=ROOT, env=env
    )
    while not any(temporary.glob("clausebook-scratch-*")):
        assert running.poll() is None, "it was over before it could be killed"
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert any(temporary.glob("clausebook-scratch-*"))
    age(temporary)
    again = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8")
    assert again.returncode == 0, again.stdout + again.stderr
    assert list(temporary.iterdir()) == []
