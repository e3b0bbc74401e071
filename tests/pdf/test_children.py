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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from clausebook.pdf import CannotMakePdfs
from clausebook.pdf.children import (
    CAN_FORK,
    Done,
    Job,
    Limits,
    Others,
    Refused,
    _kept,
    failing,
    prepare,
    run,
)

LOW = Limits(cpu=1, memory=1 << 30, clock=20)


def nothing() -> None:
    """A process that is warm without having loaded anything."""


FRESH: Mapping[str, Any] = {"fork": False}
needs_fork = pytest.mark.skipif(not CAN_FORK, reason="no fork here")
WAYS = [
    pytest.param({"fork": True}, id="fork", marks=needs_fork),
    pytest.param({"warm": nothing}, id="fork of a warm process", marks=needs_fork),
    pytest.param(FRESH, id="fresh process"),
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
    """The processes below this one that are left, dead or alive, but for the warm one."""
    warm = {str(one.process.pid) for one in _kept}
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if words[1] == str(os.getpid()):
                found.add(stat.parent.name)
    return found - warm


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test here ends with no process and no temporary file more than it began with."""
    prepare()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children()
    open_before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    yield
    monkeypatch.undo()
    prepare()  # which some tests end
    assert children() == before
    assert [path.name for path in tmp_path.glob("clausebook-scratch-children-*")] == []
    if open_before:
        assert len(os.listdir("/proc/self/fd")) == open_before


@pytest.mark.parametrize("way", WAYS)
def test_a_child_that_fails_fails_alone_and_says_why(way: Mapping[str, Any]) -> None:
    jobs = [Job(f"good {n}", said, (f"bytes {n}",)) for n in range(len(BAD))]
    mixed = [job for n, (make, _) in enumerate(BAD) for job in (Job(make.__name__, make), jobs[n])]
    done = by_name(run(mixed, 2, LOW, **way))
    assert len(done) == len(mixed)
    for n, (make, reason) in enumerate(BAD):
        assert done[make.__name__].reason == reason
        assert done[make.__name__].data is None
        assert str(done[make.__name__]) == f"{make.__name__}: {reason}"
        assert done[f"good {n}"].reason is None
        assert done[f"good {n}"].data == f"bytes {n}".encode()


@pytest.mark.parametrize("way", WAYS)
def test_a_child_that_sleeps_is_ended_by_the_clock(way: Mapping[str, Any]) -> None:
    limits = Limits(cpu=5, memory=1 << 30, clock=6 if way == FRESH else 2)
    began = time.monotonic()
    done = by_name(run([Job("asleep", asleep), Job("good", said, ("x",))], 2, limits, **way))
    assert done["asleep"].reason == f"it was not done after {limits.clock:g} seconds"
    assert done["good"].data == b"x"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [0, 1, 70_000, 9_000_000])
def test_bytes_come_back_whole(way: Mapping[str, Any], size: int) -> None:
    (done,) = run([Job("large", large, (size,))], 1, **way)
    assert (done.reason, done.data) == (None, b"x" * size)


@pytest.mark.parametrize("way", WAYS)
def test_what_a_child_prints_is_no_part_of_what_it_makes(
    way: Mapping[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    (done,) = run([Job("noisy", noisy)], 1, **way)
    assert done.data == b"quiet"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("way", WAYS)
def test_a_child_reports_its_processor_seconds_and_its_peak_memory(way: Mapping[str, Any]) -> None:
    (done,) = run([Job("worked", worked)], 1, **way)
    assert done.data is not None
    assert 0.3 <= done.cpu < 5
    assert 80 << 20 < done.memory < 1 << 30


@pytest.mark.parametrize("way", WAYS)
def test_temporary_files_of_children_go_with_the_run(way: Mapping[str, Any]) -> None:
    (done,) = run([Job("temporary", temporary)], 1, **way)
    assert done.data is not None
    assert "clausebook-scratch-children-" in done.data.decode()
    assert not Path(done.data.decode()).exists()


@pytest.mark.parametrize("way", WAYS)
def test_a_child_opens_only_the_programs_own_files(way: Mapping[str, Any], tmp_path: Path) -> None:
    secret, shared = tmp_path / "secret.txt", tmp_path / "shared" / "plain.txt"
    shared.parent.mkdir()
    secret.write_text("canary", encoding="utf-8")
    shared.write_text("plain", encoding="utf-8")
    own = Path(__file__).parents[2] / "src" / "clausebook" / "__init__.py"
    jobs = [Job(str(path), reading, (str(path),)) for path in (secret, shared, own)]
    done = by_name(run(jobs, 2, reads=[shared.parent], **way))
    assert "may not open" in str(done[str(secret)].reason)
    assert done[str(shared)].data == b"plain"
    assert done[str(own)].data == own.read_bytes()


@pytest.mark.parametrize("way", WAYS)
def test_a_child_calls_nobody_and_starts_nothing(way: Mapping[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        jobs = [Job("calling", calling, (port,)), Job("starting", starting)]
        done = by_name(run(jobs, 2, **way))
        assert "may not do this (socket." in str(done["calling"].reason)
        assert "may not do this (" in str(done["starting"].reason)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("way", WAYS)
def test_stopping_early_ends_the_children(way: Mapping[str, Any]) -> None:
    limits = Limits(clock=30)
    began = time.monotonic()
    each = run([Job("good", said, ("x",)), *[Job("asleep", asleep)] * 3], 2, limits, **way)
    assert next(each).job.name == "good"
    each.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("way", WAYS)
def test_an_error_in_the_list_of_jobs_is_the_callers(way: Mapping[str, Any]) -> None:
    def jobs() -> Iterator[Job]:
        yield Job("good", said, ("x",))
        raise KeyError("next")

    with pytest.raises(KeyError, match="next"):
        list(run(jobs(), 1, **way))


@pytest.mark.parametrize("way", WAYS)
def test_a_child_can_load_the_engine_by_itself(way: Mapping[str, Any]) -> None:
    """Where nothing is warm, nothing the engine opens on its way is refused either."""
    (done,) = run([Job("cold", cold)], 1, **way)
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


def together(moment: float, size: int) -> bytes:
    time.sleep(max(0.0, moment - time.monotonic()))
    return large(size)


def size_of(data: bytes) -> bytes:
    return str(len(data)).encode()


@needs_fork
def test_answers_and_jobs_larger_than_a_pipe_holds_may_cross() -> None:
    """Several children end at once while what is to be done next is long itself."""
    list(run([Job("ready", said, ("ready",))], 1, warm=nothing))
    for _ in range(3):
        moment = time.monotonic() + 0.3
        jobs = [Job(f"{n}", together, (moment, 100_000)) for n in range(4)]
        jobs += [Job(f"{n}, long", size_of, (large(2_000_000),)) for n in range(4)]
        found: list[Done] = []
        for done in run(jobs, 4, warm=nothing):
            if not found:
                time.sleep(0.3)  # by now all of them have ended
            found.append(done)
        assert sorted(len(done.data or b"") for done in found) == [7] * 4 + [100_000] * 4


# ------------------------------------------------------------------------------ what others make


def both(others: Others, first: int, second: int) -> bytes:
    return others(second) + others(first)


def nobody(others: Others) -> bytes:
    return b"nobody's"


def when() -> bytes:
    time.sleep(0.5)
    return str(time.monotonic()).encode()


def before(others: Others, number: int) -> bytes:
    began = time.monotonic()
    return str(began < float(others(number))).encode()


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("way", WAYS)
def test_a_job_is_given_what_others_made(way: Mapping[str, Any], workers: int) -> None:
    jobs = [
        Job("large", large, (900_000,)),
        Job("small", said, ("y",)),
        Job("both", both, (0, 1), needs=(0, 1)),
        Job("of both", both, (2, 1), needs=(2, 1)),
        Job("none", nobody, needs=()),
    ]
    done = by_name(run(jobs, workers, **way))
    assert done["both"].data == b"y" + b"x" * 900_000
    assert done["of both"].data == b"yy" + b"x" * 900_000
    assert done["none"].data == b"nobody's"
    assert {one.reason for one in done.values()} == {None}


@needs_fork
@pytest.mark.parametrize("way", [{"fork": True}, {"warm": nothing}], ids=["fork", "warm"])
def test_a_job_begins_while_what_it_needs_is_made(way: Mapping[str, Any]) -> None:
    """Though all places are taken: it has little to do before."""
    jobs = [Job("when", when), Job("before", before, (0,), needs=(0,)), Job("also", when)]
    done = by_name(run(jobs, 2, **way))
    assert done["before"].data == b"True"
    assert done["also"].data


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("way", WAYS)
def test_what_needs_a_job_that_fails_fails_for_its_reason(
    way: Mapping[str, Any], workers: int
) -> None:
    jobs = [
        Job("good", said, ("x",)),
        Job("refused", refused),
        Job("both", both, (0, 1), needs=(0, 1)),
        Job("of both", both, (2, 0), needs=(2, 0)),
    ]
    done = by_name(run(jobs, workers, LOW, **way))
    reason = "the table in 'trips' is ragged"
    assert [done[name].reason for name in ("refused", "both", "of both")] == [reason] * 3
    assert done["good"].data == b"x"


@needs_fork
def test_who_waits_has_its_own_time_when_it_has_what_it_needs() -> None:
    limits = Limits(clock=3)
    jobs = [Job("slow", sleepy), Job("after", sleepy_after, (0,), needs=(0,))]
    assert [done.reason for done in run(jobs, 2, limits, warm=nothing)] == [None, None]


def sleepy() -> bytes:
    time.sleep(1.6)
    return b"x"


def sleepy_after(others: Others, number: int) -> bytes:
    others(number)
    return sleepy()


@needs_fork
def test_what_was_made_before_the_warm_process_died_cannot_be_asked_for() -> None:
    jobs = [
        Job("good", said, ("x",)),
        Job("fatal", kills_the_warm_process),
        Job("both", both, (0, 0), needs=(0,)),
        Job("last", said, ("y",)),
    ]
    done = by_name(run(jobs, 1, warm=nothing))
    assert "the system ended it" in str(done["both"].reason)
    assert done["last"].data == b"y"


# ------------------------------------------------------------------------------ the warm process


def mine() -> bytes:
    return f"{os.getppid()} {len(sys.modules)}".encode()


@needs_fork
def test_one_warm_process_serves_run_after_run() -> None:
    seen = {
        done.data.split()[0]
        for _ in range(2)
        for done in run([Job(str(n), mine) for n in range(3)], 2, warm=nothing)
        if done.data
    }
    assert len(seen) == 1
    assert seen.isdisjoint({str(os.getpid()).encode()})


@needs_fork
def test_a_child_of_the_warm_process_is_small_whatever_is_open_here() -> None:
    large = bytearray(os.urandom(1)) * (200 << 20)
    (warm,) = run([Job("mine", mine)], 1, warm=nothing)
    (copy,) = run([Job("mine", mine)], 1)
    assert copy.memory > len(large) > 2 * warm.memory > 0


@needs_fork
def test_when_the_warm_process_dies_what_it_was_at_is_lost_and_the_rest_is_done() -> None:
    jobs = [Job("fatal", kills_the_warm_process), *(Job(str(n), said, (str(n),)) for n in range(4))]
    done = by_name(run(jobs, 1, warm=nothing))
    assert "the system ended it" in str(done["fatal"].reason)
    assert {name: one.data for name, one in done.items() if one.data} == {
        str(n): str(n).encode() for n in range(4)
    }


def kills_the_warm_process() -> bytes:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
    return b""


@needs_fork
def test_a_copy_of_this_process_has_a_warm_process_of_its_own() -> None:
    """Two that spoke to one would each hear what the other asked for."""
    (first,) = run([Job("mine", mine)], 1, warm=nothing)
    assert first.data
    reading, writing = os.pipe()
    if not (pid := os.fork()):
        with contextlib.suppress(BaseException):
            (own,) = run([Job("mine", mine)], 1, warm=nothing)
            os.write(writing, own.data or b"")
            _kept[0].close()
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        theirs = pipe.read()
    assert theirs
    assert theirs.split()[0] != first.data.split()[0]
    (again,) = run([Job("mine", mine)], 1, warm=nothing)
    assert again.data
    assert again.data.split()[0] == first.data.split()[0]


@needs_fork
def test_the_warm_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    script = (
        "import os, tempfile; from tests.pdf.test_children import *\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "(done,) = run([Job('mine', mine)], 1, warm=nothing)\n"
        "print(done.data.split()[0].decode())"
    )
    root = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True)
    assert not Path(f"/proc/{int(told.stdout)}").exists()
    assert list(tmp_path.glob("clausebook-*")) == []


@needs_fork
def test_something_else_is_done_meanwhile_and_once() -> None:
    times: list[float] = []
    jobs = [Job(str(n), when) for n in range(2)]
    ended = [
        float(done.data or b"")
        for done in run(jobs, 1, warm=nothing, meanwhile=lambda: times.append(time.monotonic()))
    ]
    assert len(times) == 1
    assert times[0] < min(ended)
    assert list(run([], warm=nothing, meanwhile=lambda: times.append(0))) == []
    assert len(times) == 1


def lacking() -> None:
    raise CannotMakePdfs("PDFs need Pango")


@needs_fork
def test_what_cannot_be_made_ready_is_said_as_it_was_raised() -> None:
    with pytest.raises(CannotMakePdfs, match="PDFs need Pango"):
        list(run([Job("good", said, ("x",))], 1, warm=lacking))
    (done,) = run([Job("good", said, ("x",))], 1, warm=nothing)
    assert done.data == b"x"


def fatal() -> None:
    os._exit(1)


@needs_fork
def test_a_warm_process_that_always_dies_fails_each_document() -> None:
    jobs = [Job(str(n), said, (str(n),)) for n in range(3)]
    assert ["the system ended it" in str(done.reason) for done in run(jobs, 2, warm=fatal)] == [
        True
    ] * 3
