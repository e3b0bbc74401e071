"""Processes that begin together do everything, each in another order, and know what to begin with."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import pytest

from clausebook import host, recent
from clausebook.host import shared as host_shared
from clausebook.host import shell
from clausebook.host.shared import shared_for
from clausebook.host.shell import Shells
from clausebook.render import templates
from clausebook.sites import Makers
from clausebook.turn import Turn
from tests.conftest import ROOT


@pytest.mark.parametrize("of", range(1, 14))
@pytest.mark.parametrize("count", [0, 1, 5, 12, 60])
def test_everybody_does_everything_and_begins_with_a_share_of_its_own(count: int, of: int) -> None:
    every = [Turn(place, of) for place in range(of)]
    assert [place for turn in every for place in turn.own(count)] == [*range(count)]
    for turn in every:
        own, order = turn.own(count), turn.order(count)
        assert sorted(order) == [*range(count)]
        assert order[: len(own)] == [*own]
        assert abs(len(own) - count / of) < 1


def test_what_is_compiled_first_is_what_a_site_is_made_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "handbooks"
    command = [sys.executable, "benchmarks/generate.py", str(root)]
    run([*command, "--schools", "1", "--policies", "3"], cwd=ROOT, check=True, capture_output=True)
    monkeypatch.setattr(host_shared, "_kept", None)
    monkeypatch.setattr(templates, "_environment", templates._environment.__wrapped__)
    recent.forget()  # whatever other tests made of the same words
    ours, asked = templates._environment(), list[str]()
    monkeypatch.setattr(templates, "_environment", lambda: ours)
    makers = Makers.open(root)
    site = makers.site(*makers.wanted(editions=["staff"])[0])
    monkeypatch.setattr(Shells, "compile", lambda shells, turn: asked.append("theme"))
    host.build_site(site, root, tmp_path / "site", turn=Turn(1, 2))
    assert asked == ["theme"]
    made = shared_for(root)
    assert made is not None
    assert set(templates._MOST) <= _loaded(ours)
    assert set(shell._LONG) <= _loaded(made.shells.env)
    # A further process finds frames, for which no template is needed.
    made.keep(root)
    monkeypatch.setattr(host_shared, "_kept", None)
    host.build_site(site, root, tmp_path / "site", turn=Turn(1, 2))
    assert asked == ["theme"]


def test_templates_are_compiled_as_they_come_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = templates._environment.__wrapped__()
    monkeypatch.setattr(templates, "_environment", lambda: ours)
    templates.compile(Turn(1, 2))
    names = [name for _, name in ours.cache or ()]
    assert set(names) == set(templates._MOST)


def _loaded(env: object) -> set[str]:
    return {name for _, name in env.cache}  # type: ignore[attr-defined]
