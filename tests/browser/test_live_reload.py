"""Live reload, and MkDocs on its own: an edit shows, a mistake is told, the last good state stays."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT, Reader

Starter = Callable[..., "Server"]


class Server:
    """A server in a process of its own, and what it has said."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.said = ""
        # A process group of its own is what Ctrl+C in a terminal reaches.
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, words: str, times: int = 1, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert time.monotonic() < end, f"never said '{words}':\n{self.said}"
            assert self.process.poll() is None, f"it stopped:\n{self.said}"
            time.sleep(0.05)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def started(handbook: Path) -> Iterator[Starter]:
    servers: list[Server] = []

    def start(*command: str, **environment: str) -> Server:
        program = [sys.executable, "-m", *command]
        servers.append(Server(program, handbook, environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def handbook(base: Path) -> Path:
    """A small handbook with this repository's own mkdocs.yml, hooks and templates."""
    for part in ("hooks", "overrides"):
        shutil.copytree(ROOT / part, base / part)
    shutil.copyfile(ROOT / "mkdocs.yml", base / "mkdocs.yml")
    return base


def opened(page: Page, words: str) -> Locator:
    """Words on the same page, in a tab of its own: the first may be loading itself again."""
    other = page.context.new_page()
    other.goto(page.url)
    return other.get_by_text(words)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_edit_shows_in_the_browser_and_a_mistake_in_the_terminal(
    handbook: Path, started: Starter, reader: Reader
) -> None:
    port = free_port()
    server = started("clausebook", "serve", "elm", "--port", str(port))
    server.wait_for(f"open http://127.0.0.1:{port}/")
    page = reader().new_page()
    page.goto(f"http://127.0.0.1:{port}/phones.html")
    page.evaluate("window.before = true")

    clause = handbook / "policies" / "phones" / "care.md"
    school = handbook / "schools" / "elm.yml"
    edit(school, "Look up", "Heads up")
    expect(page.get_by_text("Heads up")).to_be_visible(timeout=60_000)
    assert page.evaluate("window.before") is None, "the page loaded itself again"

    edit(clause, "Our motto is", "Our own words are")
    expect(page.get_by_text("Our own words are")).to_be_visible(timeout=60_000)

    good = school.read_text(encoding="utf-8")
    school.write_text(good.replace("motto: Heads up", "motto: [Heads"), encoding="utf-8")
    server.wait_for("the last good state stays")
    assert "schools/elm.yml:" in server.said
    assert "fix:" in server.said
    assert "Traceback" not in server.said
    expect(opened(page, "Heads up")).to_be_visible()

    school.write_text(good.replace("Heads up", "Eyes up"), encoding="utf-8")
    expect(page.get_by_text("Eyes up")).to_be_visible(timeout=60_000)

    edit(handbook / "overrides" / "main.html", "About this handbook", "About these pages")
    expect(page.get_by_role("link", name="About these pages")).to_be_visible(timeout=60_000)
    edit(handbook / "overrides" / "main.html", "{% block footer %}", "{% block footer }")
    server.wait_for("the last good state stays", times=2)
    expect(opened(page, "About these pages")).to_be_visible()
    assert "Traceback" not in server.said
    edit(handbook / "overrides" / "main.html", "{% block footer }", "{% block footer %}")
    server.wait_for("built again", times=4)

    page.context.close()  # which would ask on for news
    assert server.stop() == 0
    assert "stopped" in server.said


def test_a_port_in_use_is_said_so(handbook: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("clausebook", "serve", "elm", "--port", str(port), cwd=handbook)
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr


# ------------------------------------------------------------------------------ MkDocs on its own


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_plain_mkdocs_builds_what_clausebook_builds(handbook: Path, tmp_path: Path) -> None:
    done = run("mkdocs", "build", "--strict", cwd=handbook, CLAUSEBOOK_ORGANISATION="elm")
    assert done.returncode == 0, done.stderr
    plain = files_of(handbook / "site" / "staff" / "elm")
    ours = run(
        "clausebook", "build", "elm", "--no-pdf", "--out", str(tmp_path / "out"), cwd=handbook
    )
    assert ours.returncode == 0, ours.stderr
    assert plain == files_of(tmp_path / "out" / "staff" / "elm")
    other = run(
        *("mkdocs", "build", "--site-dir", str(tmp_path / "own")),
        cwd=handbook,
        CLAUSEBOOK_ORGANISATION="elm",
        CLAUSEBOOK_EDITION="governors",
    )
    assert other.returncode == 0, other.stderr
    assert files_of(tmp_path / "own") == files_of(tmp_path / "out" / "governors" / "elm")


def test_plain_mkdocs_builds_nothing_that_fails_a_check(handbook: Path) -> None:
    assert run("mkdocs", "build", cwd=handbook, CLAUSEBOOK_ORGANISATION="elm").returncode == 0
    before = files_of(handbook / "site")
    edit(handbook / "schools" / "elm.yml", "own_phone: banned", "own_phone: sometimes")
    done = run("mkdocs", "build", cwd=handbook, CLAUSEBOOK_ORGANISATION="elm")
    assert done.returncode != 0
    assert "schools/elm.yml:" in done.stderr
    assert "sometimes" in done.stderr
    assert "Traceback" not in done.stderr
    assert files_of(handbook / "site") == before


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "say whose handbook: elm, ash, oak (set CLAUSEBOOK_ORGANISATION"),
        ({"CLAUSEBOOK_ORGANISATION": "eml"}, "did you mean 'elm'?"),
        ({"CLAUSEBOOK_ORGANISATION": "trust"}, "publishes no handbook itself"),
        (
            {"CLAUSEBOOK_ORGANISATION": "elm", "CLAUSEBOOK_EDITION": "public"},
            "elm publishes no public edition",
        ),
    ],
)
def test_plain_mkdocs_says_whose_handbook_it_needs(
    environment: dict[str, str], says: str, handbook: Path
) -> None:
    done = run("mkdocs", "build", cwd=handbook, **environment)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (handbook / "site").exists()


def test_plain_mkdocs_serves_with_live_reload(
    handbook: Path, started: Starter, reader: Reader
) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    server = started("mkdocs", "serve", "--dev-addr", address, CLAUSEBOOK_ORGANISATION="elm")
    server.wait_for("Serving on")
    page = reader().new_page()
    page.goto(f"http://{address}/phones.html")
    edit(handbook / "schools" / "elm.yml", "Look up", "Heads up")
    expect(page.get_by_text("Heads up")).to_be_visible(timeout=60_000)


def test_two_organisations_in_turn_in_one_process(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped mkdocs.yml, as MkDocs loads it; nothing of one build is left for the next."""
    for turn, (id, edition) in enumerate(
        [("larkmere", "governors"), ("stockport", "staff"), ("larkmere", "public")]
    ):
        monkeypatch.setenv("CLAUSEBOOK_ORGANISATION", id)
        monkeypatch.setenv("CLAUSEBOOK_EDITION", edition)
        site = tmp_path / str(turn)
        config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(site))
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
        made, alone = files_of(site), files_of(built / edition / id)
        assert sorted(made) == sorted(alone)
        assert [name for name in made if made[name] != alone[name]] == []
