"""One organisation's sites built and put in place: the unit of work, whichever process does it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausebook.build import Opened
from clausebook.cache import Cache
from clausebook.model import Library
from clausebook.pdf.removed import REMOVED, removed
from clausebook.publish.kept_parts import KeptParts
from clausebook.publish.output import Promise, Torn
from clausebook.publish.place import Place, place
from clausebook.published import Published, Stale
from clausebook.render.site import Site
from clausebook.sites import Maker, NotFit, opened_earlier
from clausebook.turn import ALONE, Turn
from clausebook.typed import dataclass

if TYPE_CHECKING:
    from clausebook.earlier import Earlier
    from clausebook.pdf.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Which sites to make and where: plain facts, so that any process can be told."""

    organisation: str
    editions: tuple[str, ...]
    # A folder, or an address that fsspec reaches.
    out: Path | str
    number: int
    since: str | None = None
    pdfs: bool = False
    # The address of documents that several machines keep together.
    cache: str | None = None
    # How many documents are made side by side, within this one task.
    jobs: int = 1
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # By edition, of all that a site is made from but its policies' and its organisation's files.
    frames: Mapping[str, str] = field(default_factory=dict)
    # Which of the tasks it is that are begun at once.
    turn: Turn = ALONE
    # By edition, how its folder looked when it was published.
    looks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What came of one site."""

    organisation: str
    edition: str
    folder: str
    why: tuple[str, ...] = ()
    pages: int = 0
    pdfs: int = 0
    # How many pages were made, rather than left as they are published.
    made: int = 0
    written: int = 0
    written_pdfs: int = 0
    gone: tuple[str, ...] = ()
    files: int = 0
    bytes: int = 0
    stamp: str = ""
    promise: Promise = Promise.KEPT
    seconds: float = 0.0
    problem: NotFit | None = None

    @property
    def removed(self) -> int:
        return len(self.gone)

    def figures(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "site": self.folder,
            "why": list(self.why),
            "pages": self.pages,
            "pages_made": self.made,
            "pdfs": self.pdfs,
            "pdfs_written": self.written_pdfs,
            "written": self.written,
            "removed": self.removed,
            "put_in_place": str(self.promise),
            "seconds": round(self.seconds, 2),
            "problem": str(self.problem) if self.problem else None,
        }


def build_one(held: Opened, task: Task) -> list[Built]:
    """Every edition asked for. One that fails keeps its last good state."""
    try:
        earlier = _earlier(held.root, task.since, held.repository.settings.since)
        maker = Maker(held.root, held.repository, held.resolver, earlier)
        printed = _printed(maker, task)
        return [_edition(maker, task, edition, printed.get(edition)) for edition in task.editions]
    except NotFit as problem:
        return [_failed(task, edition, problem) for edition in task.editions]
    except MemoryError:
        starved = NotFit(f"building {task.organisation} failed: memory ran out")
        return [_failed(task, edition, starved) for edition in task.editions]


# What a process on another machine was sent, by its root: there is no history to look in.
brought: dict[Path, Earlier | None] = {}


@lru_cache(maxsize=2)
def _earlier(root: Path, since: str | None, stated: str | None) -> Earlier | None:
    if root in brought:
        return brought[root]
    return opened_earlier(root, since, stated)


def _edition(maker: Maker, task: Task, edition: str, shelf: Shelf | None) -> Built:
    began = time.perf_counter()
    try:
        if shelf is not None and shelf.reasons:
            raise NotFit("; ".join(shelf.reasons))
        name, output = f"{edition}/{task.organisation}", place(task.out, task.number)
        if shelf is not None:
            gone = removed(*output.documents(name), shelf.files)
            shelf.files |= {REMOVED: gone} if gone else {}
        parts = KeptParts(maker, task, edition, shelf.files if shelf else {})
        site, published = parts.site(output, name)
        why = task.why.get(edition, ())
        pdfs = sum(file.endswith(".pdf") for file in shelf.files) if shelf else 0
        try:
            built = put_site(
                site,
                maker.root,
                output,
                name,
                why=why,
                pdfs=pdfs,
                began=began,
                published=published,
            )
        except Stale:
            site = parts.whole()
            built = put_site(site, maker.root, output, name, why=why, pdfs=pdfs, began=began)
        parts.keep(output, name)
        return built
    except NotFit as problem:
        return _failed(task, edition, problem)


def put_site(
    site: Site,
    root: Path,
    output: Place,
    name: str,
    *,
    why: tuple[str, ...] = (),
    pdfs: int = 0,
    began: float | None = None,
    within: Mapping[str, Path] | None = None,
    published: Published | None = None,
) -> Built:
    """Build one site beside its place, then put it there. NotFit where nothing was put anywhere.

    `within`: folders of sites that are ready and lie within this one. `published`: the site as it
    is, for pages that stay; Stale when they are not as they were built.
    """
    began = time.perf_counter() if began is None else began
    new = output.beside(name)
    try:
        make_site(site, root, new, published)
        for inner, folder in (within or {}).items():
            if (new / inner).exists():
                said = f"the portal has a folder called '{inner}' already: call the group something else"
                raise NotFit(said)
            folder.rename(new / inner)
        put = output.put(new, name, published.linked if published else ())
        looks, files, size = output.stamped(name)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise unwritten(name, error, output) from None
    except (NotFit, Stale):
        shutil.rmtree(new, ignore_errors=True)
        raise
    return Built(
        organisation=site.id,
        edition=site.edition,
        folder=name,
        why=why,
        pages=len(site.pages),
        pdfs=pdfs,
        made=sum(not page.stays for page in site.pages),
        written=len(put.written),
        written_pdfs=sum(file.endswith(".pdf") for file in put.written),
        gone=put.gone,
        files=files,
        bytes=size,
        stamp=looks,
        promise=put.promise,
        seconds=time.perf_counter() - began,
    )


def unwritten(name: str, error: OSError, output: Place) -> NotFit:
    """A site that could not be put where it belongs, and what is true of it now."""
    after = _TORN if isinstance(error, Torn) else output.after_failure
    return NotFit(f"{name} could not be written: {error.strerror or error}; {after}")


_TORN = "what is published is part old and part new until the next build"


def make_site(
    site: Site,
    root: Path,
    folder: Path,
    published: Published | None = None,
) -> None:
    """A site's pages and files in a folder. NotFit for a mistake in a template or a setting."""
    from clausebook import host
    from clausebook.host import framed

    # MkDocs is imported only where its part is not done yet.
    if framed.build_site(site, root, folder, published):
        return
    try:
        host.build_site(site, root, folder, published=published)
    except host.CannotBuild as error:
        raise NotFit(str(error)) from None


def _printed(maker: Maker, task: Task) -> dict[str, Shelf]:
    """The PDFs of every edition; one that two of them share is made once."""
    if not task.pdfs:
        return {}
    from clausebook.pdf import children, warm  # a build of pages alone has no use for them

    if task.jobs > 1:
        # Some will have to be made, most likely: the engine loads while texts are filled in.
        children.prepare(partial(warm.everything, maker.root))
    from clausebook.pdf.shelf import Asked, shelves

    asked: dict[tuple[str, str], Asked] = {}
    for edition in task.editions:
        handbook = maker.handbook(task.organisation, edition)
        asked[task.organisation, edition] = Asked(handbook, *maker.changes(handbook))
    library: Library = maker.repository.library
    cache = _shared_cache(maker.root, task.cache) if task.cache else None
    made = shelves(
        asked, library, maker.root, jobs=task.jobs, cache=cache, meanwhile=_load_what_builds
    )
    return {edition: shelf for (_, edition), shelf in made.items()}


def _load_what_builds() -> None:
    from clausebook import host  # noqa: F401


def _shared_cache(root: Path, url: str) -> Cache:
    from clausebook.publish.far_cache import FarCache  # fsspec is an extra

    return FarCache(root, url)


def _failed(task: Task, edition: str, problem: NotFit) -> Built:
    return Built(
        organisation=task.organisation,
        edition=edition,
        folder=f"{edition}/{task.organisation}",
        why=task.why.get(edition, ()),
        problem=problem,
    )
