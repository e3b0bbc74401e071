"""What browser tests share: one headless Chromium, and the shipped sites behind a plain web server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, Route, sync_playwright

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser on the path, else the Chrome that is installed elsewhere."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, channel=None if found else "chrome", args=flags
        )
        yield browser
        browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    """A plain web server that says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder behind a web server; the address it begins at."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def web(built: Path, changed: Path) -> Iterator[str]:
    """Where the shipped sites are served from; `changed` is beside them."""
    with served(built.parent) as address:
        yield f"{address}/{built.name}"


@pytest.fixture(scope="session")
def changed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One site again, with PDFs, and since a handbook that said other things."""
    folder, out = tmp_path_factory.mktemp("changed"), built.parent / "changed"
    earlier = json.loads((built / "governors/larkmere/handbook.json").read_text(encoding="utf-8"))
    for number, policy in enumerate(earlier["policies"]):
        clauses = [clause for section in policy["sections"] for clause in section["clauses"]]
        clauses[0]["text"] += " Ask first."
        clauses[1]["title"] = "Another title"
        clauses[2]["text"] = clauses[2]["text"].replace(" ", " very ", 1)
        if number == 0:
            policy["sections"][0]["clauses"].pop()
    since = folder / "handbook.json"
    since.write_text(json.dumps(earlier), encoding="utf-8")
    command = [sys.executable, "-m", "clausebook", "build", "larkmere", "--edition", "governors"]
    command += ["--since", str(since), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "governors" / "larkmere"


@dataclass(slots=True)
class Seen:
    """What went wrong in a browser while nobody looked."""

    outside: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return self.outside + self.missing + self.errors


Reader = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def seen() -> Seen:
    """Shared by every context of the run."""
    return Seen()


@pytest.fixture
def reader(chromium: Browser, seen: Seen) -> Iterator[Reader]:
    """Makes somebody's browser: anything from outside is blocked and fails the test, as errors do."""
    contexts: list[BrowserContext] = []
    before = len(seen.all)

    def made(**settings: Any) -> BrowserContext:
        context = chromium.new_context(**({"viewport": {"width": 1300, "height": 900}} | settings))
        watch(context, seen)
        contexts.append(context)
        return context

    yield made
    for context in contexts:
        context.close()
    assert seen.all[before:] == []


def watch(context: BrowserContext, seen: Seen) -> None:
    """Note whatever a page asks for from outside, what it does not find, and what it complains of."""

    def outside(route: Route) -> None:
        seen.outside.append(f"outside: {route.request.url}")
        route.abort()

    def failed(request: Request) -> None:
        # A page that is left while it loads is no failure.
        if request.failure != "net::ERR_ABORTED":
            seen.missing.append(f"missing: {request.url}: {request.failure}")

    context.route(lambda url: not is_local(url), outside)
    context.on("requestfailed", failed)
    context.on(
        "response",
        lambda r: seen.missing.append(f"missing: {r.url}: {r.status}") if r.status >= 400 else None,
    )
    context.on("weberror", lambda error: seen.errors.append(f"error: {error.error}"))
    context.on(
        "console",
        lambda m: (
            seen.errors.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None
        ),
    )


def is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob", "about") or parts.hostname == "127.0.0.1"


def page_kinds(built: Path) -> dict[str, str]:
    """One page of every kind, by what it is."""
    drafts = sorted(built.glob("staff/*/*.html"))
    draft = next(p for p in drafts if '<p class="cb-draft">' in p.read_text(encoding="utf-8"))
    kinds = {
        "home": "staff/larkmere/index.html",
        "home with one policy": "staff/stockport/index.html",
        "home for the public": "public/fenwick-hall/index.html",
        "policy": "staff/larkmere/social-media.html",
        "policy of one": "staff/rochdale/social-media.html",
        "policy with origins": "governors/reedwater-primary/data-protection.html",
        "policy for the public": "public/larkmere/pupil-images.html",
        "draft": draft.relative_to(built).as_posix(),
        "quick guide": "staff/fenwick-hall/quick/social-media.html",
        "search": "staff/larkmere/search.html",
        "search with results": "staff/larkmere/search.html?q=friend+request",
        "search without results": "staff/larkmere/search.html?q=zebra+crossing+lollipop",
        "contacts": "staff/larkmere/contacts.html",
        "contacts for the public": "public/larkmere/contacts.html",
        "terms": "staff/larkmere/terms.html",
        "changes, none held": "staff/larkmere/changes.html",
        "changes": "../changed/governors/larkmere/changes.html",
        "policy with a PDF": "../changed/governors/larkmere/social-media.html",
        "review board": "governors/larkmere/review.html",
        "about": "governors/larkmere/about.html",
        "accessibility": "staff/larkmere/accessibility.html",
    }
    # The portal of a group has the same kinds of page as that of all.
    top = sorted(path.relative_to(built).as_posix() for path in built.glob("admin/*.html"))
    inner = ["matrix/social-media.html", "organisations/fenwick-hall.html", "larkmere/index.html"]
    for name in (*top, *(f"admin/{name}" for name in inner)):
        kinds[f"portal: {name.removeprefix('admin/')}"] = name
    return kinds
