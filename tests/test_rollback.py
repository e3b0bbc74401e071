"""Sites put back as they were: by the command, from what builds keep."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from clausebook.cli import main
from clausebook.publish import output as module
from clausebook.publish.output import Output, Promise
from tests.published import HIDDEN, contents, edit, pin, sites, times, wrong

VALUES = ("Look up", "Look down", "Look left", "Look right", "Look here", "Look there")


@pytest.fixture
def root(base: Path) -> Path:
    return pin(base)


def build(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--jobs", "1", "--root", str(root), *more])


def states(root: Path, number: int, *more: str) -> list[dict[str, dict[str, str]]]:
    """Builds with another word each time, which Elmbridge prints; what each of them published."""
    found = []
    for at in range(number):
        if at:
            edit(root, "schools/elm.yml", VALUES[at - 1], VALUES[at])
        assert build(root, *more) == 0
        found.append(sites(root / "site"))
    return found


def rollback(root: Path, *more: str) -> int:
    return main(["rollback", "--root", str(root), *more])


def test_the_last_build_is_taken_back_and_twice_the_last_two(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = states(root, 3)
    assert published[0] != published[1] != published[2]
    for before in (published[1], published[0]):
        capsys.readouterr()
        assert rollback(root) == 0
        said = capsys.readouterr().out
        assert "staff/elm: as it was before build " in said
        assert "next `clausebook build` publishes what the sources say again" in said
        assert sites(root / "site") == before
        assert wrong(root / "site") == []
    assert rollback(root) == 2
    assert "no earlier state is kept here" in capsys.readouterr().err
    assert build(root) == 0
    assert "nothing changed" not in capsys.readouterr().out
    assert sites(root / "site") == published[2]


def test_to_a_build_that_is_named_and_a_list_of_them(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = states(root, 4)
    capsys.readouterr()
    assert rollback(root, "--list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in listed] == ["1", "2", "3"]
    assert all("staff/elm" in line and "before build" in line for line in listed)
    assert rollback(root, "--to", "9") == 2
    assert "there are 1, 2, 3" in capsys.readouterr().err
    assert rollback(root, "--to", "2") == 0
    assert sites(root / "site") == published[1]
    assert wrong(root / "site") == []
    assert rollback(root, "--list") == 0
    assert "taken away by a rollback" in capsys.readouterr().out
    assert build(root) == 0
    assert sites(root / "site") == published[3]


def test_one_organisation_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(root) == 0
    first = sites(root / "site")
    edit(root, "policies/phones/policy.yml", "during breaks", "in breaks")
    edit(root, "schools/elm.yml", "Look up", "Look down")
    assert build(root) == 0
    second = sites(root / "site")
    assert rollback(root, "elm") == 0
    now = sites(root / "site")
    assert now["staff/elm"] == first["staff/elm"] != second["staff/elm"]
    assert now["governors/elm"] == first["governors/elm"]
    assert {name: now[name] for name in ("staff/oak", "staff/ash")} == {
        name: second[name] for name in ("staff/oak", "staff/ash")
    }
    assert wrong(root / "site") == []
    assert rollback(root, "elf") == 2
    assert "did you mean 'elm'?" in capsys.readouterr().err


def test_no_more_is_kept_than_asked_for(root: Path) -> None:
    states(root, 6)
    assert [release.number for release in Output(root / "site").releases()] == [3, 4, 5]
    edit(root, "schools/elm.yml", VALUES[5], VALUES[0])
    assert build(root, "--keep", "1") == 0
    assert [release.number for release in Output(root / "site").releases()] == [6]
    assert main(["clean", "--releases", "--root", str(root)]) == 0
    assert Output(root / "site").releases() == []


def test_a_release_takes_no_room_for_what_did_not_change(root: Path) -> None:
    states(root, 3)
    releases = root / "site" / HIDDEN / "releases"
    for number in ("000001", "000002"):
        kept = releases / number / "staff+elm"
        same = [
            path
            for path in kept.rglob("*")
            if path.is_file() and path.samefile(_published(root, kept, path))
        ]
        other = [path for path in kept.rglob("*") if path.is_file() and path not in same]
        assert len(same) > 4 * len(other)
        assert {path.name for path in other} >= {"phones.html", "seal.json"}
    assert (root / "site" / "staff" / "elm" / "terms.html").stat().st_nlink == 3


def _published(root: Path, kept: Path, path: Path) -> Path:
    return root / "site" / "staff" / "elm" / path.relative_to(kept)


# ------------------------------------------------------------------------------ file by file


def cannot(one: Path, other: Path) -> None:
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def test_where_folders_cannot_change_places_it_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "exchange", cannot)
    assert build(root) == 0
    assert "file by file" not in capsys.readouterr().out
    first, then = sites(root / "site"), times(root / "site")
    edit(root, "schools/elm.yml", "Look up", "Look down")
    assert build(root) == 0
    assert "sites put in place file by file" in capsys.readouterr().out
    second, now = sites(root / "site"), times(root / "site")
    assert second["staff/elm"] != first["staff/elm"]
    for name, digest in first["staff/elm"].items():
        if second["staff/elm"].get(name) == digest:
            assert now[name] == then[name], name
    assert rollback(root) == 0
    assert "staff/elm: as it was before build 1 (file by file)" in capsys.readouterr().out
    assert sites(root / "site") == first
    assert wrong(root / "site") == []
    assert build(root) == 0
    assert sites(root / "site") == second
    assert wrong(root / "site") == []


class Stop(Exception):
    """In place of a sudden end."""


@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("command", ["build", "rollback"])
def test_file_by_file_cut_off_is_undone_by_whoever_comes_next(
    root: Path, monkeypatch: pytest.MonkeyPatch, command: str, at: int
) -> None:
    monkeypatch.setattr(module, "exchange", cannot)
    assert build(root) == 0
    edit(root, "schools/elm.yml", "Look up", "Look down")
    if command == "rollback":
        assert build(root) == 0
        edit(root, "schools/elm.yml", "Look down", "Look left")
    before = contents(root / "site")
    put_file, done = module._put_file, []

    def put_some(new: Path, target: Path) -> None:
        done.append(target)
        if len(done) > at:
            raise Stop
        put_file(new, target)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_put_file", put_some)
        with pytest.raises(Stop):
            build(root) if command == "build" else rollback(root)
    assert contents(root / "site") != before
    said = Output(root / "site").mend()
    assert len(said) == 1
    assert said[0].endswith("was left half changed, and is as it was before")
    assert wrong(root / "site") == []
    assert contents(root / "site") == before
    assert rollback(root) == (0 if command == "rollback" else 2)
    assert wrong(root / "site") == []
    assert build(root) == 0
    assert wrong(root / "site") == []


def test_a_full_disk_while_file_by_file_leaves_the_site_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "exchange", cannot)
    assert build(root) == 0
    before = sites(root / "site")
    edit(root, "schools/elm.yml", "Look up", "Look down")
    put_file, done = module._put_file, []

    def no_room(new: Path, target: Path) -> None:
        done.append(target)
        if len(done) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put_file(new, target)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_put_file", no_room)
        assert build(root) == 1
    said = capsys.readouterr().out
    assert "staff/elm could not be written: No space left on device; what is published was" in said
    assert sites(root / "site")["staff/elm"] == before["staff/elm"]
    assert wrong(root / "site") == []
    assert build(root) == 0
    assert sites(root / "site")["staff/elm"] != before["staff/elm"]


# ------------------------------------------------------------------------------ cut off


def test_a_rollback_that_is_cut_off_is_finished(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = states(root, 2)
    out = Output(root / "site")
    release = out.releases()[-1].number

    def stop(old: Path, new: Path) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(module, "_move", stop)
        with pytest.raises(Stop):
            out.back(release, "staff/elm")
    assert sites(root / "site")["staff/elm"] == published[0]["staff/elm"]
    assert rollback(root) == 0
    assert sites(root / "site")["staff/elm"] == published[0]["staff/elm"]
    assert sites(root / "site")["governors/elm"] == published[0]["governors/elm"]
    assert wrong(root / "site") == []


def test_a_release_is_forgotten_at_once_or_not_at_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = states(root, 3)

    def stop(path: Path, *_: object, **__: object) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", stop)
        with pytest.raises(Stop):
            Output(root / "site").prune(1)
    assert [release.number for release in Output(root / "site").releases()] == [2]
    assert rollback(root) == 0
    assert sites(root / "site") == published[1]


def test_a_site_that_is_gone_comes_back(root: Path) -> None:
    published = states(root, 2)
    shutil.rmtree(root / "site" / "staff" / "elm")
    out = Output(root / "site")
    assert out.back(out.releases()[-1].number, "staff/elm") is Promise.SWITCHED
    assert sites(root / "site")["staff/elm"] == published[0]["staff/elm"]
