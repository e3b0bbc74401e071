"""Build exports with each host of Markdown that they are for, and see that nothing is missing.

    python3 tools/exports.py [HOST ...]

In:  the shipped handbooks; requirements/exports-*.txt.
Out: a line a host, and exit code 1 when MkDocs or ProperDocs fails. Zensical may: it is young, and
     what it does is shown. ProperDocs answers to the name of MkDocs, so each host has an environment
     of its own, made for this and thrown away. Nothing but the installing needs the network.
"""

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bootstrap

EXPORTED = (("larkmere", "staff"), ("stockport", "governors"))
LONGEST = 300  # seconds for one command


@dataclass(frozen=True)
class Host:
    """A program that builds exports. Without requirements it is in the project's environment."""

    name: str
    build: tuple[str, ...]
    requirements: str = ""
    may_fail: bool = False


HOSTS = (
    Host("mkdocs", ("mkdocs", "build")),
    Host(
        "properdocs",
        ("properdocs", "build", "-f", "mkdocs.yml"),
        requirements="exports-properdocs.txt",
    ),
    Host("zensical", ("zensical", "build"), requirements="exports-zensical.txt", may_fail=True),
)


class Failed(Exception):
    """What a host could not do, and what it said."""


def main(*names: str) -> int:
    unknown = sorted(set(names) - {host.name for host in HOSTS})
    if unknown:
        known = ", ".join(host.name for host in HOSTS)
        print(f"There is no host called '{unknown[0]}': there are {known}.", file=sys.stderr)
        return 2
    try:
        bootstrap.set_up()
    except bootstrap.CannotSetUp as problem:
        print(f"exports: {problem}", file=sys.stderr)
        return 2
    wanted = [host for host in HOSTS if not names or host.name in names]
    with tempfile.TemporaryDirectory(prefix="clausebook-exports-") as made:
        try:
            exports = list(_exported(Path(made)))
        except Failed as problem:
            print(f"exports: {problem}", file=sys.stderr)
            return 1
        good = [_shown(host, Path(made, host.name), exports) or host.may_fail for host in wanted]
    return 0 if all(good) else 1


def _exported(folder: Path) -> Iterator[Path]:
    for id, edition in EXPORTED:
        target = folder / f"{id}-{edition}"
        command = ("export", id, "--edition", edition, "--out", str(target))
        _run(bootstrap.ROOT, bootstrap.PROGRAMS, "clausebook", *command)
        yield target


def _shown(host: Host, folder: Path, exports: Sequence[Path]) -> bool:
    """Whether a host builds every export; a line says so."""
    started = time.monotonic()
    try:
        said = list(_built(host, folder, exports))
    except Failed as problem:
        allowed = " (allowed)" if host.may_fail else ""
        print(f"{host.name}: failed{allowed}: {problem}", flush=True)
        return False
    taken = time.monotonic() - started
    print(f"{host.name}: {'; '.join(said)}; {taken:.0f} s", flush=True)
    return True


def _built(host: Host, folder: Path, exports: Sequence[Path]) -> Iterator[str]:
    programs = _installed(host, folder / "environment")
    for export in exports:
        target = folder / export.name
        shutil.copytree(export, target)
        _run(target, programs, *host.build)
        pages, places = _checked(target)
        yield f"{export.name}: {pages} pages, {places} addresses"


def _installed(host: Host, environment: Path) -> Path:
    """Where the host's programs are."""
    if not host.requirements:
        return bootstrap.PROGRAMS
    python = getattr(sys, "_base_executable", sys.executable)
    programs = environment / bootstrap.PROGRAMS.name
    _run(bootstrap.ROOT, None, python, "-m", "venv", "--without-pip", str(environment))
    pip = ("-m", "pip", "--disable-pip-version-check", "--no-input")
    into = ("--python", str(programs / bootstrap.PYTHON.name))
    listed = ("--requirement", str(bootstrap.LOCK.parent / host.requirements))
    # All that is needed is listed; most of it is never imported, so it is not compiled.
    install = ("install", "--quiet", "--no-compile", "--no-deps", *listed)
    _run(bootstrap.ROOT, bootstrap.PROGRAMS, bootstrap.PYTHON.name, *pip, *into, *install)
    return programs


def _checked(folder: Path) -> tuple[int, int]:
    """Every page of an export is there, with every address that was given to a part of it."""
    pages = places = 0
    for source in sorted((folder / "docs").rglob("*.md")):
        name = source.relative_to(folder / "docs").with_suffix(".html")
        page = folder / "site" / name
        if not page.is_file():
            raise Failed(f"there is no {name.as_posix()}")
        wanted = set(re.findall(r"\{: #(\S+) \}", source.read_text(encoding="utf-8")))
        found = re.findall(r'\bid="([^"]*)"', page.read_text(encoding="utf-8"))
        if missing := sorted(wanted - set(map(html.unescape, found))):
            raise Failed(f"{name.as_posix()} has no place called {', '.join(missing[:5])}")
        pages += 1
        places += len(wanted)
    if not pages or not places:
        raise Failed("there are no pages")
    return pages, places


def _run(where: Path, programs: Path | None, *command: str) -> None:
    """Run a program of an environment, or Failed with the end of what it said."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    # Each host advertises another in many lines.
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    first = str(programs / command[0]) if programs else command[0]
    try:
        done = subprocess.run(
            [first, *command[1:]],
            cwd=where,
            env=kept | quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=LONGEST,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Failed(str(problem)) from None
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise Failed(f"{_as_typed(command)} (exit code {done.returncode}):\n{said}")


def _as_typed(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
