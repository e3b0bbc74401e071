"""Sites built beside the published ones, then put in place file by file: what did not change is not touched."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clausebook.model import EDITIONS
from clausebook.pdf.shelf import Asked, Shelf, shelves
from clausebook.portal import ALL
from clausebook.render.site import Site
from clausebook.seal import ADMIN
from clausebook.seal import NAME as SEAL
from clausebook.sites import Makers, NotFit


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What came of one site."""

    organisation: str
    edition: str
    folder: str
    pages: int = 0
    written: int = 0
    removed: int = 0
    gone: tuple[str, ...] = ()
    problem: NotFit | None = None


@dataclass(slots=True)
class Work:
    """What a worker needs to build any of the sites; set before forking, so that nothing is copied."""

    makers: Makers
    out: Path
    beside: Path
    portals: Mapping[str, Site] = field(default_factory=dict)
    pdfs: Mapping[tuple[str, str], Shelf] = field(default_factory=dict)


_work: Work | None = None


def build(
    makers: Makers,
    wanted: Iterable[tuple[str, str]],
    out: Path,
    jobs: int | None = None,
    told: Callable[[Built], None] = lambda built: None,
    *,
    portals: bool = False,
    pdfs: bool = False,
) -> list[Built]:
    """Build sites on all cores and publish each as it is done. One that fails keeps its last good state.

    PDFs come first, because pages offer them, and the portals last: they say which sites their
    check was about.
    """
    tasks = list(wanted)
    global _work
    shelved = printed(makers, tasks, jobs) if pdfs else {}
    with _beside(makers.root) as beside:
        _work = Work(makers, out, beside, pdfs=shelved)
        try:
            found = []
            for built in _run(tasks, jobs):
                told(built)
                found.append(built)
            if portals:
                made = makers.portals(seals(out))
                _work.portals = {site.id: site for site in made}
                for built in _run([(site.id, ADMIN) for site in made], jobs):
                    told(built)
                    found.append(built)
        finally:
            _work = None
    return found


def _run(tasks: list[tuple[str, str]], jobs: int | None) -> Iterator[Built]:
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    if workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(_task, tasks)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap(_task, tasks)


def _task(task: tuple[str, str]) -> Built:
    assert _work is not None
    id, edition = task
    name = ADMIN if (id, edition) == (ALL, ADMIN) else f"{edition}/{id}"
    try:
        site = _work.portals[id] if edition == ADMIN else _site(_work, id, edition)
        beside, target = _work.beside / edition / id, _work.out / name
        written, gone = publish(site, _work.makers.root, beside, target)
    except NotFit as problem:
        return Built(organisation=id, edition=edition, folder=name, problem=problem)
    return Built(
        organisation=id,
        edition=edition,
        folder=name,
        pages=len(site.pages),
        written=written,
        removed=len(gone),
        gone=tuple(file for file in gone if file.endswith(".pdf")),
    )


def _site(work: Work, id: str, edition: str) -> Site:
    shelf = work.pdfs.get((id, edition))
    if shelf is not None and shelf.reasons:
        raise NotFit("; ".join(shelf.reasons))
    return work.makers.site(id, edition, shelf.files if shelf else None)


def printed(
    makers: Makers, wanted: Iterable[tuple[str, str]], jobs: int | None = None
) -> dict[tuple[str, str], Shelf]:
    """The PDFs of every site asked for whose organisation is fit to be published."""
    asked: dict[tuple[str, str], Asked] = {}
    for key in wanted:
        with contextlib.suppress(NotFit):  # said when its site is built
            handbook = makers.handbook(*key)
            asked[key] = Asked(handbook, *makers.changes(handbook))
    return shelves(asked, makers.repository.library, makers.root, jobs=jobs)


def seals(out: Path) -> dict[str, str]:
    """The SHA-256 of the seal of every site that is published, by EDITION/ORG."""
    return {
        f"{edition}/{path.parent.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for edition in EDITIONS
        for path in sorted((out / edition).glob(f"*/{SEAL}"))
    }


def stale(makers: Makers, out: Path) -> list[str]:
    """Folders of sites that nobody publishes any more. They are never removed by themselves."""
    known = {f"{edition}/{id}" for id, edition in makers.wanted()}
    return [
        f"{edition}/{path.parent.name}"
        for edition in EDITIONS
        for path in sorted((out / edition).glob(f"*/{SEAL}"))
        if f"{edition}/{path.parent.name}" not in known
    ]


def publish(site: Site, root: Path, beside: Path, target: Path) -> tuple[int, list[str]]:
    """Build one site beside its place, then put it there. How many files were written, and which went.

    NotFit for a mistake in a template or a setting of the handbook's own: nothing is put anywhere.
    """
    from clausebook import host  # MkDocs is imported only where something is built

    try:
        host.build_site(site, root, beside)
    except host.CannotBuild as error:
        raise NotFit(str(error)) from None
    return put(beside, target, site.within)


def put(new: Path, target: Path, within: Iterable[str] = ()) -> tuple[int, list[str]]:
    """Make one folder hold what another does. Equal files are left alone, with their times.

    Assets come before the pages that need them, the seal last, and what is no longer there goes
    after everything new has come: a reader never follows a link to a file that is gone.
    """
    wanted = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()}
    written = 0
    for name in sorted(wanted, key=lambda name: (name == SEAL, name.endswith(".html"), name)):
        written += _put_file(new / name, target / name)
    removed: list[str] = []
    kept = tuple(f"{name}/" for name in within)
    for path in sorted(target.rglob("*"), reverse=True):
        name = path.relative_to(target).as_posix()
        if f"{name}/".startswith(kept):
            continue
        if path.is_symlink() or path.is_file():
            if name not in wanted:
                path.unlink()
                removed.append(name)
        elif not any(path.iterdir()):
            path.rmdir()
    return written, removed


def _put_file(new: Path, target: Path) -> bool:
    """Write a file in one step, unless it is there already with the same bytes."""
    data = new.read_bytes()
    with contextlib.suppress(OSError):
        if (
            not target.is_symlink()
            and target.stat().st_size == len(data)
            and target.read_bytes() == data
        ):
            return False
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.new")
    half.write_bytes(data)
    half.replace(target)
    return True


@contextlib.contextmanager
def _beside(root: Path) -> Iterator[Path]:
    """A folder for sites on their way."""
    cache = root / ".cache"
    with tempfile.TemporaryDirectory(
        prefix="clausebook-", dir=cache if cache.is_dir() else None
    ) as made:
        yield Path(made)
