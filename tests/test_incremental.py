"""A build of what changed gives what a build of everything gives, whatever was edited before."""

from __future__ import annotations

import http.client
import itertools
import random
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clausebook.build import check, opened
from clausebook.cli import main
from clausebook.processes import FORK, SPAWN, Processes
from clausebook.publish import Wanted, build
from clausebook.sites import Makers
from tests.conftest import DAY
from tests.published import (
    PINNED,
    Commands,
    commands,
    contents,
    edit,
    pin,
    sites,
    times,
    wrong,
)

STEPS = 50
# To build everything anew takes longer than all edits: every so many.
COMPARED = 10
# What no later edit may make good before it is looked at.
ALONE = ("picture", "template", "register", "kept", "setting", "value_of_a_group")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    folder = tmp_path_factory.mktemp("commands")
    with commands(folder) as found:
        yield found


@pytest.fixture
def root(base: Path) -> Path:
    return pin(base)


def built(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--jobs", "1", "--root", str(root), *more])


# ------------------------------------------------------------------------------ a random walk


class Walk:
    """A handbook, and edits of every kind, each of which leaves it fit to be published."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.chance = random.Random(seed)
        self.numbers = itertools.count(1)
        self.settings: dict[str, str] = {"as_of": "2026-11-20", "due_within_days": "90"}
        self.own = False
        self._write_settings()

    def put(self, name: str, pattern: str, new: str) -> None:
        path = self.root / name
        text, times = re.subn(pattern, new, path.read_text("utf-8"), count=1)
        assert times == 1, (name, pattern)
        path.write_text(text, "utf-8")

    def clause(self) -> None:
        self.put("policies/phones/care.md", r"Read this.* with:", f"Read this {self._word} with:")

    def clause_with_a_value(self) -> None:
        self.put("policies/phones/use.md", r"never .*in front", f"never {self._word} in front")

    def value(self) -> None:
        self.put("schools/elm.yml", r"motto: .*", f"motto: Look {self._word}")

    def value_of_a_group(self) -> None:
        self.put("schools/trust/group.yml", r"age: .*", f"age: {self.chance.randint(6, 17)}")

    def value_of_a_role(self) -> None:
        self.put("schools/elm.yml", r"head: \{title: \w+", f"head: {{title: {self._word[:2]}head")

    def reached(self) -> None:
        """Somebody else holds a role."""
        self.put(
            "schools/elm.yml",
            r"head: \{title: (\w+).*\}",
            rf"head: {{title: \1, name: Ann {self._word}, checked: 2026-05}}",
        )

    def register(self) -> None:
        self.put(
            "policies/registers/terms.yml", r"about: Answers.*\.", f"about: Answers {self._word}."
        )

    def added(self) -> None:
        number = next(self.numbers)
        (self.root / "schools" / "trust" / f"new{number}.yml").write_text(
            f"name: New {number} School\nkind: school\n", "utf-8"
        )

    def renamed(self) -> None:
        if found := self._new():
            path = self.chance.choice(found)
            path.rename(path.with_name(f"other{next(self.numbers)}.yml"))
        else:
            self.put("schools/trust/ash.yml", r"name: .*", f"name: Ashfield {self._word}")

    def removed(self) -> None:
        if found := self._new():
            self.chance.choice(found).unlink()
        else:
            self.added()

    def template(self) -> None:
        own = self.root / "overrides" / "partials"
        own.mkdir(parents=True, exist_ok=True)
        (own / "logo.html").write_text(f"<p>Made {self._word}</p>\n", "utf-8")
        self.own = True
        self._write_settings()

    def template_gone(self) -> None:
        """As soon as may be: with templates of one's own, every page takes its time."""
        if self.own:
            shutil.rmtree(self.root / "overrides")
            self.own = False
            self._write_settings()

    def dates(self) -> None:
        self.put("schools/elm.yml", r"next: .*\}", f"next: {self.chance.randint(2027, 2031)}}}")

    def dates_of_a_group(self) -> None:
        year, month = self.chance.randint(2027, 2029), self.chance.randint(1, 12)
        self.put("schools/trust/group.yml", r"next: .*\}", f"next: {year}-{month:02d}}}")

    def picture(self) -> None:
        """One that a clause of a school shows."""
        (self.root / "schools" / "hook.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 90">'
            f'<path d="M30 6v{self.chance.randint(10, 80)}" stroke="#111"/></svg>\n',
            "utf-8",
        )
        file = self.root / "schools" / "elm.yml"
        if "hooks" not in file.read_text("utf-8"):
            edit(
                self.root,
                "schools/elm.yml",
                "    review:",
                "    add:\n      - id: hooks\n        section: care\n        title: Hooks\n"
                "        text: |\n          Phones hang here: ![A hook](hook.svg)\n    review:",
            )

    def setting(self) -> None:
        self.settings["due_within_days"] = str(self.chance.randint(1, 365))
        self._write_settings()

    def day(self) -> None:
        self.settings["as_of"] = f"2026-{self.chance.randint(6, 12):02d}-15"
        self._write_settings()

    def kept(self) -> None:
        """A clause replaced by a school, and the text it replaced kept; or both taken back."""
        file = self.root / "schools" / "trust" / "oak.yml"
        if "replace" in file.read_text("utf-8"):
            file.write_text(
                "name: Oakfield School\nkind: school\npolicies:\n  phones:\n"
                "    values:\n      own_phone: allowed\n",
                "utf-8",
            )
            shutil.rmtree(self.root / "policies" / "phones" / "kept", ignore_errors=True)
            return
        from clausebook.build import open_repository

        repository, _ = open_repository(self.root)
        assert repository is not None
        clause = repository.library.policies["phones"].clauses["childrens-phones"]
        with file.open("a", encoding="utf-8") as more:
            more.write(
                f"    replace:\n      childrens-phones:\n        of: {clause.fingerprint}\n"
                f"        reason: Ours is {self._word}.\n"
                "        text: Children {{ modal }} bring a phone.\n"
            )
        assert main(["keep", "--root", str(self.root)]) == 0

    def edition(self) -> None:
        which = self.chance.choice(("[staff]", "[staff, governors]", "[staff, public]"))
        self.put("schools/elm.yml", r"editions: .*", f"editions: {which}")

    def nothing(self) -> None:
        pass

    @property
    def _word(self) -> str:
        return f"{self.chance.choice(('well', 'often', 'aloud', 'twice'))} {next(self.numbers)}"

    def _new(self) -> list[Path]:
        folder = self.root / "schools" / "trust"
        return sorted([*folder.glob("new*.yml"), *folder.glob("other*.yml")])

    def _write_settings(self) -> None:
        own = ", ".join(f"{name}: {value}" for name, value in self.settings.items())
        theme = "theme: {name: material, custom_dir: overrides}\n" if self.own else ""
        (self.root / "mkdocs.yml").write_text(
            f"site_name: Ours\n{theme}extra: {{clausebook: {{{own}}}}}\n", "utf-8"
        )


KINDS = [name for name, value in vars(Walk).items() if callable(value) and name[0] != "_"]
KINDS = [kind for kind in KINDS if kind not in ("put", "template_gone")]


@pytest.mark.parametrize("seed", [1])
def test_after_any_edits_what_is_published_is_what_a_clean_build_gives(
    tmp_path: Path, started: Commands, seed: int
) -> None:
    base = started.anew()
    walk = Walk(base, seed)
    order = KINDS * (STEPS // len(KINDS) + 1)
    walk.chance.shuffle(order)
    words = ("build", "--no-pdf", "--jobs", "1")
    done: list[str] = []
    for number, kind in enumerate(order[:STEPS]):
        if done[-2:-1] == ["template"]:
            walk.template_gone()
        getattr(walk, kind)()
        done.append(kind)
        said = f"step {number}: {', '.join(done[-3:])}"
        if number % 7 == 3:  # a mistake, and then it is mended
            edit(base, "schools/elm.yml", "own_phone: banned", "own_phone: band")
            good = contents(base / "site")
            failed = started.run(*words, "--root", str(base))
            assert failed.wait() == 1, failed.said
            assert {n: d for n, d in contents(base / "site").items() if "/elm/" in n} == {
                n: d for n, d in good.items() if "/elm/" in n
            }
            edit(base, "schools/elm.yml", "own_phone: band", "own_phone: banned")
        before, then = contents(base / "site"), times(base / "site")
        now = started.run(*words, "--root", str(base))
        assert now.wait() == 0, f"{said}\n{now.said}"
        if "nobody publishes this any more" in now.said:
            assert started.run("clean", "--sites", "--root", str(base)).wait() == 0
            assert started.run(*words, "--root", str(base)).wait() == 0
        new, after = contents(base / "site"), times(base / "site")
        again = [
            n for n in new.keys() & before.keys() if new[n] == before[n] and after[n] != then[n]
        ]
        assert not again, f"{said}: written again, though the same: {again[:8]}"
        if number % COMPARED and kind not in ALONE and number != STEPS - 1:
            continue
        assert wrong(base / "site") == []
        copy = tmp_path / "copy"
        shutil.copytree(base, copy, ignore=shutil.ignore_patterns(".cache", "site"))
        fresh = started.run(*words, "--root", str(copy))
        assert fresh.wait() == 0, fresh.said
        clean = contents(copy / "site")
        other = sorted(n for n in new.keys() | clean.keys() if new.get(n) != clean.get(n))
        assert not other, f"{said}: {other[:8]}"
        shutil.rmtree(copy)
    assert set(done) == set(KINDS)


def test_templates_that_lie_elsewhere_are_seen(root: Path, tmp_path: Path) -> None:
    """Behind a link, or named by settings that are inherited; a dangling link is no template."""
    far = tmp_path / "far"
    far.mkdir()
    own = root / "looks"
    own.mkdir()
    (own / "partials").symlink_to(far)
    (own / "round").symlink_to(own)
    (own / ".#main.html").symlink_to("someone@somewhere.123")
    (root / "settings").mkdir()
    (root / "settings" / "base.yml").write_text(
        "theme: {name: material, custom_dir: looks}\ncopyright: Ours\n", "utf-8"
    )
    (root / "mkdocs.yml").write_text("INHERIT: settings/base.yml\n" + PINNED, "utf-8")
    page = root / "site" / "staff" / "elm" / "terms.html"
    for number in range(2):
        (far / "logo.html").write_text(
            f"<p>Edit {number} {{{{ config.copyright }}}}</p>\n", "utf-8"
        )
        assert built(root) == 0
        assert f"Edit {number}" in page.read_text("utf-8")
    edit(root, "settings/base.yml", "copyright: Ours", "copyright: Theirs")
    assert built(root) == 0
    assert "Theirs" in page.read_text("utf-8")


# ------------------------------------------------------------------------------ many ways, one result


def test_every_way_of_building_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    def ours(name: str, *more: str, runs: tuple[tuple[str, ...], ...] = ((),)) -> dict[str, str]:
        out = tmp_path / name
        for run in runs:
            words = ["build", "--no-pdf", "--root", str(root), "--out", str(out)]
            assert main([*words, *more, *run]) == 0
        assert wrong(out) == []
        return contents(out)

    wanted = ours("one", "--jobs", "1")
    assert ours("two", "--jobs", "2") == wanted
    parts = (("--shard", "1/2"), ("--shard", "2/2"), ("--portal",))
    assert ours("parts", "--jobs", "1", runs=parts) == wanted
    backwards = (("--shard", "3/3"), ("--shard", "2/3"), ("--shard", "1/3"), ("--portal",))
    assert ours("backwards", "--jobs", "1", runs=backwards) == wanted
    one_by_one = (("ash",), ("oak",), ("elm", "--edition", "staff"), ())
    assert ours("one by one", "--jobs", "1", runs=one_by_one) == wanted
    for start in (SPAWN, FORK):
        with Processes(opened, (), 2, start) as processes:
            makers = Makers.open(root, processes=processes)
            everything = Wanted(sites=tuple(makers.wanted()), portals=True)
            found = build(makers, everything, tmp_path / start, processes)
        assert [one.problem for one in found.built] == [None] * 5
        assert contents(tmp_path / start) == wanted


def test_another_day_changes_nothing_but_the_portal(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    states = []
    for day in (DAY, DAY.replace(day=21), date(2027, 6, 2), date(2031, 1, 1)):
        with Processes(opened, (), 1) as processes:
            outcome = check(base, as_of=day, processes=processes)
            assert outcome.repository is not None
            makers = Makers(base, outcome.repository, processes.held.resolver, outcome=outcome)
            everything = Wanted(sites=tuple(makers.wanted()), portals=True)
            made = build(makers, everything, out, processes)
        states.append((sites(out), times(out), [one.folder for one in made.built if one.why]))
    for (old, old_times, _), (new, new_times, why) in itertools.pairwise(states):
        assert why == ["admin"]
        assert old.keys() == new.keys()
        assert {name for name in old if old[name] != new[name]} == {"admin"}
        assert {
            name.split("/")[0] for name in old_times if old_times[name] != new_times.get(name)
        } == {"admin"}


def test_a_pinned_day_that_is_moved_changes_nothing_but_the_portal(
    root: Path, tmp_path: Path
) -> None:
    assert built(root) == 0
    before, then = sites(root / "site"), times(root / "site")
    edit(root, "mkdocs.yml", "2026-11-20", "2026-12-24")
    assert built(root) == 0
    after, now = sites(root / "site"), times(root / "site")
    assert {name for name in before if before[name] != after[name]} == {"admin"}
    assert {name.split("/")[0] for name in now if now[name] != then.get(name)} == {"admin"}


# ------------------------------------------------------------------------------ readers


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass


class Reader(threading.Thread):
    """Fetches pages one after another, and keeps what came of each request."""

    def __init__(self, port: int, pages: list[str]) -> None:
        super().__init__(daemon=True)
        self.port, self.pages = port, pages
        self.found: dict[str, set[bytes]] = {page: set() for page in pages}
        self.missing: list[str] = []
        self.requests = 0
        self.over = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for page in itertools.cycle(self.pages):
            if self.over.is_set():
                connection.close()
                return
            connection.request("GET", f"/{page}")
            answer = connection.getresponse()
            body = answer.read()
            self.requests += 1
            if answer.status != 200:
                self.missing.append(f"{page}: {answer.status}")
            self.found[page].add(body)
            time.sleep(0.001)  # builds need the processor too


def test_readers_during_twenty_publishes_miss_nothing_and_never_see_a_mix(
    started: Commands, record_testsuite_property: Callable[[str, object], None]
) -> None:
    root = started.anew()
    out = root / "site"
    words = ("build", "--no-pdf", "--jobs", "1", "--root", str(root))
    assert started.run(*words).wait() == 0
    pages = [
        f"{site}/{page}"
        for site in ("staff/elm", "governors/elm", "staff/oak", "admin")
        for page in ("index.html", "phones.html", "quick/phones.html", "seal.json")
        if (out / site / page).exists()
    ]
    versions: dict[str, set[bytes]] = {page: {(out / page).read_bytes()} for page in pages}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(out)))
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    readers = [Reader(server.server_port, pages[at:] + pages[:at]) for at in (0, 5)]
    try:
        for reader in readers:
            reader.start()
        last = "Look up"
        for number in range(20):
            new = f"Look up number {number}"
            edit(root, "schools/elm.yml", f"motto: {last}\n", f"motto: {new}\n")
            edit(
                root,
                "policies/phones/policy.yml",
                "during breaks" if number % 2 == 0 else "in breaks",
                "in breaks" if number % 2 == 0 else "during breaks",
            )
            last = new
            ended = started.run(*words)
            assert ended.wait() == 0, ended.said
            for page in pages:
                versions[page].add((out / page).read_bytes())
    finally:
        for reader in readers:
            reader.over.set()
        for reader in readers:
            reader.join(30)
        server.shutdown()
        serving.join(30)
        server.server_close()
    record_testsuite_property("requests", sum(reader.requests for reader in readers))
    for reader in readers:
        assert reader.missing == []
        assert reader.requests > 200
        for page, seen in reader.found.items():
            assert seen <= versions[page], f"{page} was seen as no build made it"
    assert len(versions["staff/elm/phones.html"]) == 21
