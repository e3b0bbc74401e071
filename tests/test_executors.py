"""Builds that Dask does and builds to addresses: the same bytes as on one machine, and what is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import distributed
import fsspec  # type: ignore[import-untyped,unused-ignore]
import pytest

from clausebook.build import opened
from clausebook.cli import main
from clausebook.ended import Ended
from clausebook.processes import Killed, Processes
from clausebook.publish import CannotUse, Wanted, build
from clausebook.publish import Outcome as Published
from clausebook.publish.bundle import packed, unpacked
from clausebook.publish.cluster import Cluster
from clausebook.publish.far_cache import FarCache
from clausebook.publish.one import Built
from clausebook.publish.output import Promise
from clausebook.publish.remote import Remote
from clausebook.sites import Makers
from tests.conftest import BASE

# Its sockets and files are closed by threads that outlive a test.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Any]:
    """A cluster of two workers, which knows nothing of us but its address."""
    # Twice killed is enough to give a task up: each time, a worker has to start anew.
    settings = {"distributed.scheduler.allowed-failures": 1}
    made: Any = distributed.LocalCluster
    with (
        dask.config.set(settings),
        made(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs="ERROR"
        ) as it,
    ):
        yield it


@pytest.fixture(scope="module")
def address(scheduler: Any) -> str:
    return str(scheduler.scheduler_address).replace("tcp://", "dask://")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tiny handbook as one process builds it."""
    folder = tmp_path_factory.mktemp("local")
    shutil.copytree(BASE, folder / "handbook")
    assert run(folder / "handbook", "--jobs", "1", "--out", str(folder / "site")) == 0
    return digests(folder / "site")


def run(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--root", str(root), *more])


def digests(site: Path) -> dict[str, str]:
    """Every published file but those that say how long the build took."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.rglob("*")
        if path.is_file()
        and not (name := path.relative_to(site).as_posix()).startswith(("admin/", ".clausebook/"))
    }


def published(root: Path, out: Path | str, processes: Processes, **more: Any) -> Published:
    makers = Makers.open(root, processes=processes)
    return build(makers, Wanted(sites=tuple(makers.wanted())), out, processes, **more)


# ------------------------------------------------------------------------------ Dask


def test_an_embedded_cluster_makes_the_same_bytes(base: Path, local: dict[str, str]) -> None:
    assert run(base, "--executor", "dask", "--jobs", "2") == 0
    assert digests(base / "site") == local


def test_a_cluster_elsewhere_is_sent_the_sources(
    base: Path, address: str, local: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = base.parent / "far"
    more = ("--executor", address, "--out", f"file://{out}")
    assert run(base, *more) == 0
    assert digests(out) == local
    assert "put in place file by file" in capsys.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if "admin" not in path.parts}
    assert run(base, *more, "--explain") == 0
    said = capsys.readouterr().out
    assert (
        said.count("left alone, because nothing it is made from changed") == len(sites(local)) + 1
    )  # the portal
    changed = [path for path, at in before.items() if path.stat().st_mtime_ns != at]
    assert not [path for path in changed if path.is_file() and path.name != "record.json"]
    assert not list((out / ".clausebook").glob("reach-*"))


def sites(found: dict[str, str]) -> set[str]:
    return {"/".join(name.split("/")[:2]) for name in found}


def test_workers_elsewhere_know_what_changed_since_a_revision(base: Path, address: str) -> None:
    git = ["git", "-C", str(base), "-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "as it was"], check=True)
    file = base / "schools" / "elm.yml"
    file.write_text(file.read_text("utf-8").replace("phone: banned", "phone: allowed"), "utf-8")
    one, other = base.parent / "one", base.parent / "other"
    assert run(base, "--jobs", "1", "--since", "HEAD", "--out", str(one)) == 0
    assert run(base, "--executor", address, "--since", "HEAD", "--out", str(other)) == 0
    assert (one / "staff" / "elm" / "changes.html").is_file()
    assert digests(other) == digests(one)


def test_earlier_sites_in_a_folder_cannot_be_sent(
    base: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(base, "--jobs", "1") == 0
    more = ("--since", str(base / "site"), "--out", str(base.parent / "new"))
    assert run(base, "--executor", address, *more) == 2
    assert "name a Git revision instead" in capsys.readouterr().err


def test_an_address_where_nobody_answers(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    assert run(base, "--executor", "dask://127.0.0.1:9") == 2
    assert time.monotonic() - began < 10
    said = capsys.readouterr().err
    assert "no Dask scheduler answers at dask://127.0.0.1:9" in said
    assert said.count("\n") == 2  # with an example


@pytest.mark.parametrize(
    ("missing", "more"),
    [("distributed", ("--executor", "dask")), ("fsspec.core", ("--out", "s3://bucket/handbooks"))],
)
def test_without_the_extra(
    base: Path,
    missing: str,
    more: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(base, *more) == 2
    assert 'pip install "clausebook[scale]"' in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["spark", "dask://", "dask://host", "dask:/host:1"])
def test_what_is_no_executor(base: Path, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, "--executor", wrong) == 2
    assert "dask://scheduler:8786" in capsys.readouterr().err


def test_a_cluster_without_workers(base: Path) -> None:
    made: Any = distributed.LocalCluster
    with made(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs="ERROR") as empty:
        address = empty.scheduler_address.replace("tcp://", "dask://")
        out = f"file://{base / 'site'}"
        with Cluster(address, out, pdfs=False, patience=0.5) as processes:
            Makers.open(base, processes=processes)
            with pytest.raises(CannotUse, match="no worker"):
                list(processes.run(die_of_two, [1, 3]))


def test_an_output_that_workers_cannot_reach(
    base: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(base, "--executor", address, "--out", "memory://handbooks") == 2
    assert "cannot reach the address 'memory://handbooks'" in capsys.readouterr().err


def test_a_folder_that_workers_share_will_do(
    base: Path, address: str, local: dict[str, str]
) -> None:
    assert run(base, "--executor", address) == 0
    assert digests(base / "site") == local
    assert not list((base / "site" / ".clausebook").glob("reach-*"))


def test_a_worker_with_another_program_refuses(
    base: Path, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = __import__("clausebook.publish.cluster", fromlist=["version"]).version
    monkeypatch.setattr(
        "clausebook.publish.cluster.version",
        lambda name: "0.1" if name == "jinja2" else real(name),
    )
    assert run(base, "--executor", address) == 2
    said = capsys.readouterr().err
    assert "would make other pages: jinja2 is" in said
    assert "and 0.1 here" in said


# Workers that were killed start anew, which takes them seconds: these two come last.


def test_a_worker_that_is_killed_halfway_costs_nothing(
    base: Path, scheduler: Any, address: str, local: dict[str, str]
) -> None:
    out = base.parent / "far"

    def kill_one(built: Built) -> None:
        if killed:
            return
        with distributed.Client(scheduler, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            killed.extend(client.run(os.getpid).values())
        os.kill(killed[0], signal.SIGKILL)

    killed: list[int] = []
    with Cluster(address, f"file://{out}", pdfs=False) as processes:
        found = published(base, f"file://{out}", processes, told=kill_one)
    assert killed
    assert not [built.problem for built in found.built if built.problem]
    assert digests(out) == local


@pytest.mark.parametrize("seconds", [0, 6])
def test_a_cluster_that_is_lost(base: Path, local: dict[str, str], seconds: int) -> None:
    def lose(built: Built) -> None:
        time.sleep(seconds)
        lost.close()

    out = base.parent / "far"
    # Where its worker begins to put the last site: a pipe that nobody reads holds it until it is lost.
    *_, last = sorted(sites(local))
    pipe = out / ".clausebook" / "pending" / last.replace("/", "+")
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    made: Any = distributed.LocalCluster
    with made(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as lost:
        address = lost.scheduler_address.replace("tcp://", "dask://")
        with (
            Cluster(address, f"file://{out}", pdfs=False) as processes,
            pytest.raises(Ended, match="the Dask cluster was lost"),
        ):
            published(base, f"file://{out}", processes, told=lose)
    assert sites(digests(out)) < sites(local)
    pipe.unlink()
    with Processes(opened, (), 1) as processes:
        again = published(base, f"file://{out}", processes)
    assert {one.folder for one in again.built if one.why} < sites(local)
    assert digests(out) == local


def die_of_two(held: object, task: int) -> int:
    if task == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return task * task


def test_a_task_at_which_workers_die_is_given_up(base: Path, address: str) -> None:
    out = base / "site"
    with Cluster(address, f"file://{out}", pdfs=False) as processes:
        Makers.open(base, processes=processes)
        assert list(processes.run(die_of_two, [1, 3])) == [1, 9]
        found = list(processes.run(die_of_two, [2], few=1))
    assert [type(one) for one in found] == [Killed]


# ------------------------------------------------------------------------------ the sources, sent


def test_sources_are_the_same_bytes_until_they_change(base: Path, tmp_path: Path) -> None:
    data = packed(base, None)
    copy = tmp_path / "copy"
    shutil.copytree(base, copy)
    assert packed(copy, None) == data
    root, earlier = unpacked(data, tmp_path, [])
    assert earlier is None
    assert packed(root, None) == data
    (root / ".cache" / "clausebook").mkdir(parents=True)
    (root / ".cache" / "clausebook" / "kept").touch()
    (copy / "schools" / "elm.yml").write_text("name: Elm\n", "utf-8")
    assert packed(copy, None) != data
    other, _ = unpacked(packed(copy, None), tmp_path, [root])
    assert not root.exists()
    assert (other / ".cache" / "clausebook" / "kept").is_file()


def test_templates_outside_the_folder_are_not_sent(base: Path, tmp_path: Path) -> None:
    (tmp_path / "theme").mkdir()
    (base / "mkdocs.yml").write_text("theme:\n  custom_dir: ../theme\n", "utf-8")
    with pytest.raises(Exception, match="outside the handbook's folder"):
        packed(base, None)


# ------------------------------------------------------------------------------ addresses


@pytest.fixture
def here(base: Path) -> Iterator[Processes]:
    with Processes(opened, (), 1) as processes:
        yield processes


def in_memory(url: str) -> dict[str, str]:
    fs, top = fsspec.url_to_fs(url)
    return {
        path[len(top) + 1 :]: hashlib.sha256(fs.cat_file(path)).hexdigest()
        for path in fs.find(top)
        if "/.clausebook/" not in path
    }


def test_only_what_differs_is_sent(base: Path, here: Processes, local: dict[str, str]) -> None:
    url = "memory://differs"
    assert {one.promise for one in published(base, url, here).built} == {Promise.BY_FILE}
    assert in_memory(url) == local
    assert not [one for one in published(base, url, here).built if one.why]
    file = base / "schools" / "elm.yml"
    file.write_text(file.read_text("utf-8").replace("phone: banned", "phone: allowed"), "utf-8")
    again = {one.folder: one for one in published(base, url, here).built}
    elm = again["staff/elm"]
    assert elm.why == ("schools/elm.yml",)
    assert 0 < elm.written < elm.files
    assert not again["staff/oak"].why


def test_what_somebody_changed_there_is_put_right(
    base: Path, here: Processes, local: dict[str, str]
) -> None:
    url = "memory://changed"
    published(base, url, here)
    fs, top = fsspec.url_to_fs(url)
    fs.rm_file(f"{top}/staff/elm/index.html")
    fs.pipe_file(f"{top}/staff/elm/stray.html", b"old")
    fs.pipe_file(f"{top}/staff/elm/seal.json", b"{}")
    again = {one.folder: one for one in published(base, url, here).built}
    assert again["staff/elm"].why == ("its folder was changed by somebody else",)
    assert again["staff/elm"].gone == ("stray.html",)
    assert in_memory(url) == local


class Cut(Exception):
    pass


def test_a_site_whose_upload_was_cut_off_is_sent_whole(
    base: Path, here: Processes, local: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "memory://cut"
    published(base, url, here)
    file = base / "schools" / "elm.yml"
    was = file.read_text("utf-8")
    file.write_text(was.replace("phone: banned", "phone: allowed"), "utf-8")
    send = Remote._send

    def cut(self: Remote, new: Path, name: str, files: list[str]) -> None:
        send(self, new, name, files)
        if any(file.endswith(".html") for file in files):
            raise Cut("the line is dead")

    monkeypatch.setattr(Remote, "_send", cut)
    broken = {one.folder: one.problem for one in published(base, url, here).built if one.problem}
    assert "the line is dead; what is published there may be part old" in str(broken["staff/elm"])
    monkeypatch.undo()
    file.write_text(was, "utf-8")  # the record and the seal say that nothing has changed
    again = published(base, url, here)
    assert "staff/elm: the last build ended while it was put in place" in again.mended
    assert in_memory(url) == local
    assert not published(base, url, here).mended


def test_assets_come_first_and_the_seal_last(
    base: Path, here: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = Remote._send

    def noted(self: Remote, new: Path, name: str, files: list[str]) -> None:
        sent.extend(files if name == "staff/elm" else [])
        send(self, new, name, files)

    monkeypatch.setattr(Remote, "_send", noted)
    published(base, "memory://order", here)
    pages = [file.endswith(".html") for file in sent]
    assert sent[-1] == "seal.json"
    assert pages[:-1] == sorted(pages[:-1])
    assert any(pages)


@pytest.mark.parametrize(
    ("url", "said"),
    [("nosuch://x/y", "nosuch"), ("sftp://127.0.0.1:9/x", "cannot be reached")],
)
def test_an_address_that_cannot_be_reached(
    base: Path, url: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(base, "--out", url) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


# ------------------------------------------------------------------------------ documents kept there


def test_documents_are_kept_for_other_machines(tmp_path: Path) -> None:
    url = f"file://{tmp_path / 'shared'}"
    FarCache(tmp_path / "one", url).put("pdf-a", "key", b"%PDF")
    other = FarCache(tmp_path / "other", url)
    assert other.get("pdf-a", "key") == b"%PDF"
    assert other.get("pdf-a", "another key") is None
    (kept,) = (tmp_path / "shared").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert other.get("pdf-a", "key") == b"%PDF"  # kept here by now
    assert FarCache(tmp_path / "third", url).get("pdf-a", "key") is None


def test_a_cache_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("a file, no folder")
    cache = FarCache(tmp_path, f"file://{tmp_path / 'shared'}")
    cache.put("pdf-a", "key", b"%PDF")
    assert cache.get("pdf-a", "key") == b"%PDF"
