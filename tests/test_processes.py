"""Tasks on several cores: in order, whoever dies, and over at once when they are to be."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from operator import itemgetter
from pathlib import Path

import pytest

from clausebook.build import Changed
from clausebook.ended import Ended
from clausebook.processes import FORK, SPAWN, Killed, Processes, Waiting
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="signals and forks of Linux"),
    # pytest-xdist listens in a thread, which touches nothing that a worker needs.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]


def opened(number: int) -> int:
    return number


def refused(number: int) -> int:
    raise Changed("files were edited while this was at work: run it again")


def times_ten(held: int, task: int) -> int:
    time.sleep(0.02 * (task % 3))
    return held + task * 10


def who(held: int, task: int) -> int:
    return os.getpid()


def dies(held: int, task: tuple[Path, int, str]) -> int:
    """Notes that it was begun; then, at task 3, dies: always, or the first time."""
    folder, number, when = task
    begun = len(list(folder.glob(f"{number}-*")))
    (folder / f"{number}-{begun}").touch()
    time.sleep(0.05)
    if number == 3 and (when == "always" or begun == 0):
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("start", [FORK, SPAWN])
@pytest.mark.parametrize("jobs", [1, 3])
def test_results_are_in_order(start: str, jobs: int) -> None:
    with Processes(opened, (7,), jobs, start) as processes:
        assert list(processes.run(times_ten, range(10))) == [7 + 10 * n for n in range(10)]
        assert processes.every(times_ten, [5]) == [57]


def test_few_tasks_start_no_worker() -> None:
    with Processes(opened, (7,), 4) as processes:
        assert list(processes.run(who, [1])) == [os.getpid()]
        assert os.getpid() not in processes.run(who, [1, 2])


def test_a_process_that_cannot_be_copied_works_alone() -> None:
    assert [Processes(opened, (7,), 3, start).copies for start in (FORK, SPAWN)] == [3, 1]


def test_who_did_something_before_does_what_is_left_of_it() -> None:
    """As long as nobody else has nothing to do: then the last of somebody's are done by others."""
    names = ["ash", "birch", "", "elm", "oak", "ash"]
    waiting = Waiting(names, {"ash": 0, "elm": 1, "oak": 1, "": 0})
    assert [waiting.next(1), waiting.next(0), waiting.next(0), waiting.next(0)] == [3, 0, 5, 1]
    assert [waiting.next(0), waiting.next(0), waiting.next(1)] == [2, 4, None]
    waiting.again(3)
    assert [waiting.next(0), waiting.next(0)] == [3, None]


@pytest.mark.parametrize("start", [FORK, SPAWN])
def test_tasks_of_one_name_go_to_one_worker(tmp_path: Path, start: str) -> None:
    """As nobody is done before all have begun, nobody is left to do what is another's."""
    rounds = [[(name, tmp_path / f"{n}") for name in ("ash", "elm", "oak")] for n in range(3)]
    with Processes(opened, (7,), 3, start) as processes:
        first = processes.every(meets, rounds[0], whose=itemgetter(0))
        assert len(set(first)) == 3
        assert processes.every(meets, rounds[1][::-1], whose=itemgetter(0)) == first[::-1]
        assert sorted(processes.every(meets, rounds[2])) == sorted(first)


def meets(held: int, task: tuple[str, Path]) -> int:
    """Is done when two others have begun too."""
    name, folder = task
    folder.mkdir(exist_ok=True)
    (folder / name).touch()
    while len(list(folder.iterdir())) < 3:
        time.sleep(0.01)
    return os.getpid()


class Unsendable(Exception):
    """Another process could not make it again."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")

    def __reduce__(self) -> tuple[type[Unsendable], tuple[str]]:
        # Said here: where Dask is imported, exceptions are sent in a way of its own.
        return Unsendable, ("one of them",)


def test_what_a_task_raises_is_raised_here_with_where_that_was() -> None:
    with Processes(opened, (7,), 2) as processes:
        with pytest.raises(ValueError, match="no such") as found:
            processes.every(raises, ["a", "b"])
        assert "in raises" in found.value.__notes__[0]
        assert processes.every(times_ten, [1, 2]) == [17, 27]
        with pytest.raises(RuntimeError, match="Unsendable: this and that") as told:
            processes.every(raises, ["unsendable", "b"])
        assert "in raises" in told.value.__notes__[0]
        with pytest.raises(TypeError, match="pickle"):
            processes.every(unsendable, [1, 2])


def raises(held: int, task: str) -> int:
    raise Unsendable("this", "that") if task == "unsendable" else ValueError("no such")


def unsendable(held: int, task: int) -> object:
    return threading.Lock()


def test_a_worker_that_nobody_came_to_end_keeps_nobody_waiting() -> None:
    """As when a signal comes between its start and the moment that it is remembered."""
    script = (
        "import multiprocessing, sys; from clausebook.worker import Worker, inherited;"
        "inherited[:] = [1]; Worker(multiprocessing.get_context('fork'), None, ()); sys.exit(3)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, cwd=ROOT).returncode == 3


def test_what_is_asked_for_no_longer_is_not_done_to_its_end() -> None:
    with Processes(opened, (60,), 2) as processes:
        began = time.monotonic()
        assert next(processes.run(waits, range(4))) == 0
        assert time.monotonic() - began < 30
        assert len(processes.every(who, range(4))) == 4
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("when", ["always", "once"])
def test_a_task_at_which_workers_die_fails_alone(tmp_path: Path, when: str) -> None:
    jobs, every = 3, 40
    tasks = [(tmp_path, number, when) for number in range(every)]
    with Processes(opened, (7,), jobs) as processes:
        found = list(processes.run(dies, tasks))
        wanted = [*range(3), Killed if when == "always" else 3, *range(4, every)]
        assert [type(one) if isinstance(one, Killed) else one for one in found] == wanted
        begun = {n: len(list(tmp_path.glob(f"{n}-*"))) for n in range(every)}
        # Nothing else is done again.
        assert begun == {n: 2 if n == 3 else 1 for n in range(every)}
        assert processes.every(times_ten, [1, 2]) == [17, 27]


def test_what_cannot_go_on_without_a_result_says_at_what_it_ended(tmp_path: Path) -> None:
    tasks = [(tmp_path, number, "always") for number in range(5)]
    with Processes(opened, (7,), 2) as processes, pytest.raises(Ended, match="memory runs out"):
        processes.every(dies, tasks)


def test_a_worker_that_dies_between_two_rounds_is_replaced() -> None:
    with Processes(opened, (7,), 2) as processes:
        for worker in set(processes.run(who, range(8))):
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.2)
        assert list(processes.run(times_ten, range(8))) == [7 + 10 * n for n in range(8)]


def test_workers_that_are_let_go_end_and_others_come_after_them() -> None:
    with Processes(opened, (7,), 2) as processes:
        first = set(processes.run(who, range(8)))
        processes.let_go()
        assert not first & set(processes.run(who, range(8)))
        for worker in multiprocessing.active_children():
            worker.join(0 if worker.pid not in first else 30)
        assert not first & {worker.pid for worker in multiprocessing.active_children()}
    assert multiprocessing.active_children() == []


def test_what_a_fresh_process_cannot_open_is_said_in_its_words() -> None:
    with (
        Processes(refused, (7,), 2, SPAWN) as processes,
        pytest.raises(Changed, match="files were edited"),
    ):
        list(processes.run(times_ten, range(4)))


def test_an_error_ends_workers_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert time.monotonic() - began < 10


def stopped() -> None:
    with Processes(opened, (60,), 2) as processes:
        for _ in processes.run(waits, range(4)):
            raise KeyboardInterrupt


def waits(held: int, task: int) -> int:
    time.sleep(held if task else 0.01)
    return task


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_a_build_in_one_sentence(base: Path, jobs: str) -> None:
    """As a terminal sends it: to the command and all its workers at once."""
    hooks = base / "hooks"
    hooks.mkdir()
    (hooks / "own.py").write_text(
        "import pathlib, time\n"
        "def on_pre_build(config):\n"
        f"    pathlib.Path({str(base)!r}, 'begun').touch()\n"
        "    time.sleep(60)\n",
        "utf-8",
    )
    shipped = ROOT / "hooks" / "handbook.py"
    (base / "mkdocs.yml").write_text(
        f"site_name: Ours\nhooks: [{shipped}, hooks/own.py]\n", "utf-8"
    )
    command = [sys.executable, "-m", "clausebook", "build", "--no-pdf", "--jobs", jobs]
    running = subprocess.Popen(
        [*command, "--root", str(base)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        # Whoever started the tests in the background let them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        cwd=ROOT,
    )
    while not (base / "begun").exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    began = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert running.returncode == 130
    assert said == "clausebook: stopped; what is published is whole\n"
