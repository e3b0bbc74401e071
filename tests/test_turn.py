"""Processes that begin together do everything, each in another order, and know what to begin with."""

from __future__ import annotations

import shutil
import sys
from logging import getLogger
from pathlib import Path
from subprocess import run

import pytest
from mkdocs.config.defaults import MkDocsConfig

from clausebook import host, recent
from clausebook.host import shared as host_shared
from clausebook.host import shell
from clausebook.host.config import settings_for
from clausebook.host.shared import shared_for
from clausebook.render import templates
from clausebook.render.site import Site
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
    ours = templates._environment()
    monkeypatch.setattr(templates, "_environment", lambda: ours)
    makers = Makers.open(root)
    site = makers.site(*makers.wanted(editions=["staff"])[0])
    host.compile(root, Turn(1, 2))
    made = shared_for(root)
    assert made is not None
    assert _loaded(made.shells.env) == set(shell._MOST[9:])
    host.build_site(site, root, tmp_path / "site")
    assert shared_for(root) is made
    assert set(templates._MOST) <= _loaded(ours)
    assert set(shell._MOST) <= _loaded(made.shells.env)
    # A further process finds frames, for which no template is needed.
    monkeypatch.setattr(host_shared, "_kept", None)
    host.compile(root, Turn(1, 2))
    made = shared_for(root)
    assert made is not None
    assert _loaded(made.shells.env) == set()


def test_what_is_wrong_with_the_settings_is_said_where_a_site_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_shared, "_kept", None)
    site = Site(id="one", edition="staff", name="One", pages=())
    own = tmp_path / "mkdocs.yml"
    (tmp_path / "policies").mkdir()
    own.write_text("site_name: One\nno_such_setting: 1\n", encoding="utf-8")
    host.compile(tmp_path, Turn(0, 2))
    with pytest.raises(host.CannotBuild, match="no_such_setting"):
        host.build_site(site, tmp_path, tmp_path / "site")

    def warning(*args: object) -> MkDocsConfig:
        getLogger("mkdocs.config").warning("this will end")
        return settings_for(*args)  # type: ignore[arg-type]

    own.write_text("site_name: One\n", encoding="utf-8")
    monkeypatch.setattr(host_shared, "settings_for", warning)
    host.compile(tmp_path, Turn(0, 2))
    with pytest.raises(host.CannotBuild, match="this will end"):
        host.build_site(site, tmp_path, tmp_path / "site")


def test_what_is_warned_of_only_once_is_said_where_a_site_is_built(tmp_path: Path) -> None:
    """MkDocs loads a hook once in each process."""
    root = Path(shutil.copytree(ROOT / "examples" / "smallest", tmp_path / "handbooks"))
    (root / "own.py").write_text(
        'import logging\nlogging.getLogger("mkdocs.own").warning("loaded")\n', encoding="utf-8"
    )
    with (root / "mkdocs.yml").open("a", encoding="utf-8") as settings:
        settings.write(f"hooks: [{ROOT / 'hooks' / 'handbook.py'}, own.py]\n")
    makers = Makers.open(root)
    site = makers.site(*makers.wanted(editions=["staff"])[0])
    host.compile(root, Turn(0, 2))
    with pytest.raises(host.CannotBuild, match=r"^loaded$"):
        host.build_site(site, root, tmp_path / "site")
    host.build_site(site, root, tmp_path / "site")


def test_templates_are_compiled_by_whose_share_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = templates._environment.__wrapped__()
    monkeypatch.setattr(templates, "_environment", lambda: ours)
    templates.compile(Turn(1, 2))
    names = [name for _, name in ours.cache or ()]
    assert set(names) == set(templates._MOST[8:])


def _loaded(env: object) -> set[str]:
    return {name for _, name in env.cache}  # type: ignore[attr-defined]
