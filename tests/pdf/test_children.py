"""Children: each document in a process of its own, which may fail alone and leaves nothing behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clausebook.pdf.children import CAN_FORK, Done, Job, Limits, Refused, failing, run

LOW = Limits(cpu=1, memory=1 << 30, clock=20)
WAYS = [
    pytest.param(True, id="fork", marks=pytest.mark.skipif(not CAN_FORK, reason="no fork here")),
    pytest.param(False, id="fresh process"),
]


def said(words: str) -> bytes:
    return words.encode()


def large(size: int) -> bytes:
    return b"x" * size


def noisy() -> bytes:
    sys.stdout.write("to standard output\n")
    sys.stderr.write("to standard error\n")
    os.write(1, b"to the first file\n")
    os.write(2, b"to the second file\n")
    return b"quiet"


def endless() -> bytes:
    while True:
        pass


def asleep() -> bytes:
    time.sleep(60)
    return b""


def hungry() -> bytes:
    return bytes(8 << 30)


def crash() -> bytes:
    ctypes.string_at(0)
    return b""


def killed() -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def leaves() -> bytes:
    os._exit(3)


def wrong() -> bytes:
    raise ValueError("no such\n   thing")


def refused() -> bytes:
    raise Refused("the table in 'trips' is ragged")


def deep(left: int = 10**9) -> bytes:
    return deep(left - 1)


def worked() -> bytes:
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    return bytes(bytearray(os.urandom(1)) * (80 << 20))[:1]


def temporary() -> bytes:
    descriptor, name = tempfile.mkstemp()
    os.close(descriptor)
    return name.encode()


def reading(path: str) -> bytes:
    return Path(path).read_bytes()


def calling(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        return line.recv(1)


def cold() -> bytes:
    from clausebook.pdf.engine import Engine

    return Engine().render(
        '<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head><body><h1>T</h1></body></html>'
    )


def starting() -> bytes:
    return subprocess.run(["true"], check=True, capture_output=True).stdout


BAD = [
    (endless, "it takes more than the 1 second of processor time a document may use"),
    (hungry, "it needs more memory than the 1 GB a document may use"),
    (crash, "the engine crashed on it (SIGSEGV)"),
    (killed, "the system ended it, most likely because memory ran out"),
    (leaves, "its process ended without an answer (status 3)"),
    (wrong, "it could not be made (ValueError: no such thing)"),
    (refused, "the table in 'trips' is ragged"),
    (deep, "its parts stand too deep inside one another"),
]


def by_name(done: Iterator[Done]) -> dict[str, Done]:
    return {each.job.name: each for each in done}


def children() -> set[str]:
    """The processes below this one that are left, dead or alive."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if words[1] == str(os.getpid()):
                found.add(stat.parent.name)
    return found


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test here ends with no process and no temporary file more than it began with."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children()
    open_before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    yield
    assert children() == before
    assert [path.name for path in tmp_path.glob("clausebook-children-*")] == []
    if open_before:
        assert len(os.listdir("/proc/self/fd")) == open_before


@pytest.mark.parametrize("fork", WAYS)
def test_a_child_that_fails_fails_alone_and_says_why(fork: bool) -> None:
    jobs = [Job(f"good {n}", said, (f"bytes {n}",)) for n in range(len(BAD))]
    mixed = [job for n, (make, _) in enumerate(BAD) for job in (Job(make.__name__, make), jobs[n])]
    done = by_name(run(mixed, 2, LOW, fork=fork))
    assert len(done) == len(mixed)
    for n, (make, reason) in enumerate(BAD):
        assert done[make.__name__].reason == reason
        assert done[make.__name__].data is None
        assert str(done[make.__name__]) == f"{make.__name__}: {reason}"
        assert done[f"good {n}"].reason is None
        assert done[f"good {n}"].data == f"bytes {n}".encode()


@pytest.mark.parametrize("fork", WAYS)
def test_a_child_that_sleeps_is_ended_by_the_clock(fork: bool) -> None:
    limits = Limits(cpu=5, memory=1 << 30, clock=0.7 if fork else 2)
    began = time.monotonic()
    done = by_name(run([Job("asleep", asleep), Job("good", said, ("x",))], 2, limits, fork=fork))
    assert done["asleep"].reason == f"it was not done after {limits.clock:g} seconds"
    assert done["good"].data == b"x"
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("fork", WAYS)
@pytest.mark.parametrize("size", [0, 1, 70_000, 9_000_000])
def test_bytes_come_back_whole(fork: bool, size: int) -> None:
    (done,) = run([Job("large", large, (size,))], 1, fork=fork)
    assert (done.reason, done.data) == (None, b"x" * size)


@pytest.mark.parametrize("fork", WAYS)
def test_what_a_child_prints_is_no_part_of_what_it_makes(
    fork: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    (done,) = run([Job("noisy", noisy)], 1, fork=fork)
    assert done.data == b"quiet"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fork", WAYS)
def test_a_child_reports_its_processor_seconds_and_its_peak_memory(fork: bool) -> None:
    (done,) = run([Job("worked", worked)], 1, fork=fork)
    assert done.data is not None
    assert 0.3 <= done.cpu < 5
    assert 80 << 20 < done.memory < 1 << 30


@pytest.mark.parametrize("fork", WAYS)
def test_temporary_files_of_children_go_with_the_run(fork: bool) -> None:
    (done,) = run([Job("temporary", temporary)], 1, fork=fork)
    assert done.data is not None
    assert "clausebook-children-" in done.data.decode()
    assert not Path(done.data.decode()).exists()


@pytest.mark.parametrize("fork", WAYS)
def test_a_child_opens_only_the_programs_own_files(fork: bool, tmp_path: Path) -> None:
    secret, shared = tmp_path / "secret.txt", tmp_path / "shared" / "plain.txt"
    shared.parent.mkdir()
    secret.write_text("canary", encoding="utf-8")
    shared.write_text("plain", encoding="utf-8")
    own = Path(__file__).parents[2] / "src" / "clausebook" / "__init__.py"
    jobs = [Job(str(path), reading, (str(path),)) for path in (secret, shared, own)]
    done = by_name(run(jobs, 2, reads=[shared.parent], fork=fork))
    assert "may not open" in str(done[str(secret)].reason)
    assert done[str(shared)].data == b"plain"
    assert done[str(own)].data == own.read_bytes()


@pytest.mark.parametrize("fork", WAYS)
def test_a_child_calls_nobody_and_starts_nothing(fork: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        jobs = [Job("calling", calling, (port,)), Job("starting", starting)]
        done = by_name(run(jobs, 2, fork=fork))
        assert "may not do this (socket." in str(done["calling"].reason)
        assert "may not do this (" in str(done["starting"].reason)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("fork", WAYS)
def test_stopping_early_ends_the_children(fork: bool) -> None:
    limits = Limits(clock=30)
    began = time.monotonic()
    each = run([Job("good", said, ("x",)), *[Job("asleep", asleep)] * 3], 2, limits, fork=fork)
    assert next(each).job.name == "good"
    each.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("fork", WAYS)
def test_an_error_in_the_list_of_jobs_is_the_callers(fork: bool) -> None:
    def jobs() -> Iterator[Job]:
        yield Job("good", said, ("x",))
        raise KeyError("next")

    with pytest.raises(KeyError, match="next"):
        list(run(jobs(), 1, fork=fork))


@pytest.mark.parametrize("fork", WAYS)
def test_a_child_can_load_the_engine_by_itself(fork: bool) -> None:
    """Where nothing is warm, nothing the engine opens on its way is refused either."""
    (done,) = run([Job("cold", cold)], 1, fork=fork)
    assert done.reason is None
    assert (done.data or b"").startswith(b"%PDF")


def test_jobs_are_taken_only_when_a_worker_is_free() -> None:
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for n in range(20):
            taken += 1
            yield Job(str(n), said, (str(n),))

    for n, _ in enumerate(run(jobs(), 2), start=1):
        assert taken <= n + 2
    assert taken == 20


def test_the_clause_at_fault_is_found_by_trying_each_alone() -> None:
    parts = [Job("doors", said, ("x",)), Job("trips", endless), Job("keys", said, ("y",))]
    found = failing(parts, 2, LOW)
    assert [done.job.name for done in found] == ["trips"]
    assert "processor time" in str(found[0].reason)


def test_no_jobs_is_no_work() -> None:
    assert list(run([])) == []
