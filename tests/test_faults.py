"""Builds that are cut off, starved or lied to: what is published stays whole, the next build mends it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clausebook.cli import main
from tests.conftest import ROOT
from tests.published import (
    HIDDEN,
    PINNED,
    Commands,
    commands,
    contents,
    edit,
    session,
    sites,
    soon_empty,
    wrong,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills, mounts and /proc of Linux")

KILLS = 50
WORDS = ("during breaks", "in every break")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    folder = tmp_path_factory.mktemp("commands")
    with commands(folder) as found:
        yield found


@pytest.fixture
def pinned(started: Commands) -> Path:
    return started.anew()


def turn(root: Path) -> int:
    """Edit a word that every site prints, or put it back. Which of the two it is now."""
    path = root / "policies" / "phones" / "policy.yml"
    now = WORDS.index(next(word for word in WORDS if word in path.read_text("utf-8")))
    edit(root, "policies/phones/policy.yml", WORDS[now], WORDS[1 - now])
    return 1 - now


def clean(root: Path, out: Path, *more: str) -> dict[str, str]:
    """What a build of the same files gives where nothing was built before."""
    copy = out.with_name(f"{out.name}-sources")
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".cache", "site"))
    assert build(copy, "--out", str(out), *more) == 0
    shutil.rmtree(copy)
    return contents(out)


def build(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--jobs", "1", "--root", str(root), *more])


# ------------------------------------------------------------------------------ killed


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_at_any_moment_what_is_published_is_whole_and_the_next_build_mends_it(
    pinned: Path,
    tmp_path: Path,
    started: Commands,
    jobs: str,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    words = ("build", "--no-pdf", "--jobs", jobs, "--root", str(pinned))
    wanted, apart = [], []
    for number in range(2):
        wanted.append(clean(pinned, tmp_path / f"clean{number}"))
        apart.append(sites(tmp_path / f"clean{number}"))
        turn(pinned)
    out = pinned / "site"
    assert started.run(*words).wait() == 0
    assert contents(out) == wanted[0]
    spent = []
    for _ in range(3):
        turn(pinned)
        began = time.monotonic()
        assert started.run(*words).wait() == 0
        spent.append(time.monotonic() - began)
    whole = sorted(spent)[1]
    chance = random.Random(int(jobs))
    killed, halves = 0, 0
    for turns in itertools.count():
        if killed == KILLS // 2:
            break
        assert turns < KILLS, "builds are over before they can be killed"
        now = turn(pinned)
        running = started.start(*words)
        time.sleep(whole * (turns % (KILLS // 2) + chance.random()) / (KILLS // 2))
        running.kill()
        ended = running.wait() == -signal.SIGKILL
        killed += ended
        if not ended:
            whole *= 0.9  # it was over by itself: the machine has less to do than a while ago
        assert soon_empty(running.pid)
        assert wrong(out) == []
        left = sites(out)
        for name, held in left.items():
            if name != "admin":
                assert held in (apart[0][name], apart[1][name]), f"{name} is a mix"
        halves += 0 < sum(left[name] == apart[now][name] for name in left) < len(left)
        again = started.run(*words)
        assert again.wait() == 0, again.said
        assert contents(out) == wanted[now], again.said
    record_testsuite_property(f"killed with {jobs} at work", killed)
    record_testsuite_property("between two sites", halves)
    record_testsuite_property("seconds a build takes", round(whole, 2))
    assert wrong(out) == []
    assert not list((out / HIDDEN / "pending").iterdir())
    assert not (out / HIDDEN / "new").exists() or not list((out / HIDDEN / "new").iterdir())


def test_a_killed_command_takes_its_workers_along_and_blocks_nobody(
    pinned: Path, started: Commands
) -> None:
    """While documents are made, which workers have done by children of their own."""
    command = [sys.executable, "-m", "clausebook", "build", "--jobs", "2", "--root", str(pinned)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True, cwd=ROOT)
    kept = pinned / ".cache" / "clausebook"
    while not any(kept.glob("pdf-*.bin")):
        assert running.poll() is None, "it was over before it could be killed"
        time.sleep(0.005)
    running.kill()
    running.wait()
    again = started.run("build", "--no-pdf", "--jobs", "1", "--root", str(pinned))
    assert again.wait() == 0, again.said
    assert wrong(pinned / "site") == []
    assert soon_empty(running.pid)


def test_who_waits_for_a_dead_builds_children_gets_the_lock(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    orphan = (
        "import os, pathlib, sys, time\n"
        "from clausebook.publish.lock import only_one\n"
        "with only_one(pathlib.Path(sys.argv[1])):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(1)\n"
        "    os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", orphan, str(out)], check=True)
    assert build(base, "--out", str(out)) == 0


def test_two_builds_at_once(
    pinned: Path, started: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--no-pdf", "--jobs", "1", "--root", str(pinned))
    assert started.run("build", *words).wait() == 0
    before = contents(pinned / "site")
    turn(pinned)
    first = started.start("build", *words)
    lock = pinned / "site" / HIDDEN / "lock"
    while str(first.pid) not in lock.read_text("utf-8"):
        time.sleep(0.002)
    os.kill(first.pid, signal.SIGSTOP)
    for command in ("build", "rollback", "clean"):
        more = words if command == "build" else ("--root", str(pinned))
        assert main([command, *more]) == 2
        said = capsys.readouterr().err
        assert f"process {first.pid}, since " in said, said
        assert "Traceback" not in said
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait() == 0
    assert contents(pinned / "site") != before
    assert wrong(pinned / "site") == []


# ------------------------------------------------------------------------------ no room, no right


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a disk of a certain size takes the right to mount one")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("room", [0, 8_192, 300_000, 700_000])
def test_a_full_disk_is_named_and_the_next_build_goes_on(
    pinned: Path, tmp_path: Path, small_disk: Path, started: Commands, room: int
) -> None:
    out = small_disk / "site"
    words = ("build", "--no-pdf", "--jobs", "1", "--root", str(pinned), "--out", str(out))
    assert started.run(*words).wait() == 0
    before = contents(out)
    turn(pinned)
    wanted = clean(pinned, tmp_path / "clean")
    filler = small_disk / "filler"
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    filler.write_bytes(bytes(max(0, free - room)))
    for _ in range(2):  # nothing is taken for granted after a failure of this kind
        full = started.run(*words)
        assert full.wait() in (1, 2), full.said
        assert "No space left on device" in full.said
        assert "Traceback" not in full.said
        assert wrong(out) == []
        for name, held in sites(out).items():
            if name != "admin":
                parts = {path: digest for path, digest in before.items() if path in held}
                assert held in (parts, {path: wanted[path] for path in held}), name
    filler.unlink()
    again = started.run(*words)
    assert again.wait() == 0, again.said
    assert contents(out) == wanted


def test_where_nothing_may_be_written_it_says_so_in_one_sentence(
    pinned: Path, small_disk: Path, started: Commands
) -> None:
    out = small_disk / "site"
    words = ("--no-pdf", "--jobs", "1", "--root", str(pinned), "--out", str(out))
    assert started.run("build", *words).wait() == 0
    before = contents(out)
    turn(pinned)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for command in (("build", *words), ("rollback", "--root", str(pinned), "--out", str(out))):
        ended = started.run(*command)
        assert ended.wait() == 2
        assert f"nothing can be written to '{out}': Read-only file system" in ended.said
        assert len(ended.said.splitlines()) <= 2, ended.said
    assert contents(out) == before


# ------------------------------------------------------------------------------ workers that die


def own_hook(root: Path, body: str) -> None:
    (root / "hooks").mkdir()
    (root / "hooks" / "own.py").write_text(
        "import os\ndef on_pre_build(config):\n"
        "    if config.extra['handbook'].id == 'oak':\n"
        f"        {body}\n",
        "utf-8",
    )
    shipped = ROOT / "hooks" / "handbook.py"
    (root / "mkdocs.yml").write_text(f"{PINNED}hooks: [{shipped}, hooks/own.py]\n", "utf-8")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os.kill(os.getpid(), 9)", "its process was ended by the system"),
        ("bytearray(1 << 60)", "memory ran out"),
    ],
)
def test_an_organisation_at_which_workers_die_fails_alone(
    pinned: Path, started: Commands, body: str, said: str
) -> None:
    words = ("build", "--no-pdf", "--jobs", "2", "--root", str(pinned))
    assert started.run(*words).wait() == 0
    before = sites(pinned / "site")
    ash = before["staff/ash"]
    own_hook(pinned, body)
    for _ in range(2):
        turn(pinned)
        failed = started.run(*words)
        assert failed.wait() == 1, failed.said
        assert f"building oak failed: {said}" in failed.said.replace("\n", " ")
        assert "Traceback" not in failed.said
        after = sites(pinned / "site")
        assert after["staff/oak"] == before["staff/oak"]
        assert after["staff/ash"] != ash
        ash = after["staff/ash"]
        assert wrong(pinned / "site") == []
    shutil.rmtree(pinned / "hooks")
    (pinned / "mkdocs.yml").write_text(PINNED, "utf-8")
    turn(pinned)
    assert started.run(*words).wait() == 0
    assert sites(pinned / "site")["staff/oak"] != before["staff/oak"]


def test_a_worker_that_is_killed_once_costs_nothing(
    pinned: Path, tmp_path: Path, started: Commands
) -> None:
    words = ("build", "--no-pdf", "--jobs", "2", "--root", str(pinned))
    assert started.run(*words).wait() == 0
    killed = 0
    for after in range(4):
        turn(pinned)
        running = started.start(*words)
        workers: list[int] = []
        until = time.monotonic() + 5
        while len(workers) < 2 and time.monotonic() < until:
            workers = [pid for pid in session(running.pid) if pid != running.pid]
        time.sleep(0.04 * after)
        for worker in workers[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                killed += 1
        assert running.wait() == 0, running.said
        assert "Traceback" not in running.said
    assert killed
    assert contents(pinned / "site") == clean(pinned, tmp_path / "clean")


# ------------------------------------------------------------------------------ damaged notes

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": lambda raw: (
        bytes([*raw[: len(raw) // 2], raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :]
    ),
    "a flipped last bit": lambda raw: raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:],
    "cut short": lambda raw: raw[: len(raw) // 3],
    "emptied": lambda raw: b"",
    "something else": lambda raw: b"[null]",
}


@pytest.mark.parametrize("how", DAMAGE)
def test_what_is_remembered_may_be_damaged(pinned: Path, tmp_path: Path, how: str) -> None:
    assert build(pinned) == 0
    for edited in (False, True):
        if edited:
            turn(pinned)
        hidden = pinned / "site" / HIDDEN
        known = [*(pinned / ".cache" / "clausebook").iterdir(), *hidden.glob("*.json")]
        assert {"record.json", "unchanged.json", "check.bin", "library.bin"} <= {
            path.name for path in known
        }
        for path in known:
            path.write_bytes(DAMAGE[how](path.read_bytes()))
        (hidden / "pending").mkdir(exist_ok=True)
        (hidden / "pending" / "staff+elm.json").write_bytes(DAMAGE[how](b'{"site": "staff/elm"}'))
        assert build(pinned) == 0
        assert contents(pinned / "site") == clean(pinned, tmp_path / f"clean-{edited}")


def test_what_is_remembered_may_be_exchanged(pinned: Path, tmp_path: Path) -> None:
    assert build(pinned) == 0
    turn(pinned)
    names = sorted((pinned / ".cache" / "clausebook").iterdir())
    assert len(names) > 10
    held = [path.read_bytes() for path in names]
    for path, raw in zip(names, [held[-1], *held], strict=False):
        path.write_bytes(raw)
    shutil.rmtree(pinned / "site" / HIDDEN)
    assert build(pinned) == 0
    assert contents(pinned / "site") == clean(pinned, tmp_path / "clean")


def test_an_answer_kept_for_next_time_is_not_believed_when_it_was_changed(
    pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(pinned) == 0
    path = pinned / "site" / HIDDEN / "unchanged.json"
    note = json.loads(path.read_bytes())
    path.write_text(json.dumps({**note, "code": 1, "said": "nonsense"}), "utf-8")
    assert build(pinned) == 0
    assert "nonsense" not in capsys.readouterr().out


def test_damaged_documents_are_made_again(base: Path, tmp_path: Path) -> None:
    words = ["build", "elm", "--edition", "staff", "--jobs", "1", "--root", str(base)]
    assert main(words) == 0
    before = contents(base / "site")
    assert sum(name.endswith(".pdf") for name in before) >= 2
    damage = list(DAMAGE.values())
    kept = sorted((base / ".cache" / "clausebook").glob("pdf-*"))
    for number, path in enumerate(kept):
        path.write_bytes(damage[number % len(damage)](path.read_bytes()))
    shutil.rmtree(base / "site")
    assert main(words) == 0
    assert contents(base / "site") == before


# ------------------------------------------------------------------------------ the clock


def test_a_clock_that_jumps_back_hides_no_edit(pinned: Path, tmp_path: Path) -> None:
    file = pinned / "policies" / "phones" / "policy.yml"
    for seconds in (86_400, 0, -86_400, -400 * 86_400):
        then = time.time() + seconds
        turn(pinned)
        os.utime(file, (then, then))
        assert build(pinned) == 0
        assert contents(pinned / "site") == clean(pinned, tmp_path / f"clean{seconds}")


def test_an_edit_that_keeps_size_and_time_is_seen(pinned: Path, tmp_path: Path) -> None:
    file = pinned / "policies" / "phones" / "policy.yml"
    assert build(pinned) == 0
    before = contents(pinned / "site")
    found = file.stat()
    edit(pinned, "policies/phones/policy.yml", "during breaks", "during braeks")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert build(pinned) == 0
    assert contents(pinned / "site") != before
