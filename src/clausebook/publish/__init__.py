"""The order of work of a build: decide what is stale → make it on all cores → put it in place → note it.

Nothing is made whose parts have not changed since it was put in place, and what is made anew but
comes out the same is left alone.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from operator import attrgetter
from pathlib import Path

from clausebook.cache import FOLDER as CACHE
from clausebook.cache import Cache, digest
from clausebook.processes import Killed, Processes
from clausebook.publish import made_from
from clausebook.publish.kept_parts import PREFIX, name_of
from clausebook.publish.lock import Busy as Busy
from clausebook.publish.lock import Unwritable as Unwritable
from clausebook.publish.lock import only_one as only_one
from clausebook.publish.one import Built as Built
from clausebook.publish.one import Task, build_one, make_site, put_site, unwritten
from clausebook.publish.output import Promise as Promise
from clausebook.publish.output import put
from clausebook.publish.place import CannotUse as CannotUse
from clausebook.publish.place import Place, place
from clausebook.publish.record import Record
from clausebook.publish.record import Site as Recorded
from clausebook.publish.report import Report
from clausebook.render.site import Site
from clausebook.seal import ADMIN
from clausebook.sites import Makers, NotFit
from clausebook.turn import Turn
from clausebook.typed import dataclass
from clausebook.unchanged import stamp

Key = tuple[str, str]
# A build that is cut off loses at most what it noted since then: those sites are looked at again.
NOTE_EVERY = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a build will do: what every site is made from, and why some have to be made."""

    templates: str
    parts: Mapping[Key, Mapping[str, str]]
    frames: Mapping[Key, str]
    stale: Mapping[Key, tuple[str, ...]]
    current: tuple[Key, ...]
    refused: Mapping[Key, NotFit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to build and how. `since`: what changes are told since, as the command named it."""

    sites: tuple[Key, ...]
    portals: bool = False
    pdfs: bool = False
    since: str | None = None
    keep: int = 3
    # The address of documents that several machines keep together.
    cache: str | None = None


@dataclass(slots=True)
class Outcome:
    """What came of a build."""

    built: list[Built] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether the same files would give the same again: a full disk, or a worker that was
        ended, says nothing about the next build."""
        return all(built.problem is None or built.problem.problems for built in self.built)


def plan(makers: Makers, wanted: Wanted, record: Record) -> Plan:
    """Decide from digests alone what is stale; nothing is resolved or imported for it."""
    templates = made_from.template_digest(makers.root)
    pictures = made_from.pictures(makers.outcome.digests)
    parts: dict[Key, Mapping[str, str]] = {}
    frames: dict[Key, str] = {}
    stale: dict[Key, tuple[str, ...]] = {}
    current: list[Key] = []
    refused: dict[Key, NotFit] = {}
    for id, edition in wanted.sites:
        if problem := makers.refused(id):
            refused[id, edition] = problem
            continue
        parts[id, edition] = made_from.parts(
            makers.repository.tiers(id),
            makers.repository.library,
            makers.outcome.digests,
            templates=templates,
            pictures=pictures,
            earlier=makers.earlier.digest(id, edition) if makers.earlier else "",
            pdfs=wanted.pdfs,
        )
        why = record.why(f"{edition}/{id}", parts[id, edition])
        if why:
            own = makers.repository.organisations[id].at.file
            frames[id, edition] = made_from.frame(parts[id, edition], own)
            stale[id, edition] = tuple(why)
        else:
            current.append((id, edition))
    return Plan(
        templates=templates,
        parts=parts,
        frames=frames,
        stale=stale,
        current=tuple(current),
        refused=refused,
    )


def build(
    makers: Makers,
    wanted: Wanted,
    out: Path | str,
    processes: Processes,
    told: Callable[[Built], None] = lambda built: None,
    planned: Callable[[Plan], None] = lambda plan: None,
) -> Outcome:
    """Build what is stale and publish each site as it is done. One that fails keeps its last good
    state. The caller holds the lock of the output folder.

    The portals come last: they say which sites their check was about.
    """
    began = time.perf_counter()
    output = place(out)
    record, outcome = Record.read(output), Outcome()
    outcome.mended = output.mend()
    todo = plan(makers, wanted, record)
    planned(todo)
    noted = time.monotonic()
    try:
        for built in _sites(todo, wanted, out, output.number, record, processes):
            told(built)
            outcome.built.append(built)
            if built.problem is None and built.stamp:
                record.sites[built.folder] = _recorded(built, todo)
                if time.monotonic() - noted > NOTE_EVERY:
                    record.write()
                    noted = time.monotonic()
        if wanted.portals:
            report = Report.of(outcome.built, todo.current, began, _kept_for_next(makers, output))
            for built in _portals(makers, output, record, todo.templates, report, processes):
                told(built)
                outcome.built.append(built)
        processes.let_go()
    finally:
        record.write()
        with contextlib.suppress(OSError):  # a full disk: what is too much goes next time
            output.prune(wanted.keep)
        if wanted.pdfs:
            from clausebook.pdf.press import bound  # a build of pages alone has no use for it

            bound(makers.root)
        _forget_parts(makers)
    outcome.stamps = {name: site.stamp for name, site in record.sites.items() if output.there(name)}
    return outcome


def _sites(
    todo: Plan,
    wanted: Wanted,
    out: Path | str,
    number: int,
    record: Record,
    processes: Processes,
) -> Iterator[Built]:
    for (id, edition), problem in todo.refused.items():
        yield Built(organisation=id, edition=edition, folder=f"{edition}/{id}", problem=problem)
    for id, edition in todo.current:
        yield _kept(id, edition, record.sites[f"{edition}/{id}"])
    editions: dict[str, list[str]] = {}
    for id, edition in todo.stale:
        editions.setdefault(id, []).append(edition)
    together = max(1, min(processes.within, len(editions)))
    tasks = [
        Task(
            organisation=id,
            editions=tuple(those),
            out=out,
            number=number,
            since=wanted.since,
            pdfs=wanted.pdfs,
            cache=wanted.cache,
            jobs=max(1, processes.within // max(1, len(editions))),
            why={edition: todo.stale[id, edition] for edition in those},
            frames={edition: todo.frames[id, edition] for edition in those},
            looks={edition: record.stamp(f"{edition}/{id}") for edition in those},
            turn=Turn(place % together, together),
        )
        for place, (id, those) in enumerate(editions.items())
    ]
    whose = attrgetter("organisation")
    for task, result in zip(tasks, processes.run(build_one, tasks, whose=whose), strict=True):
        if isinstance(result, Killed):
            result = [_killed(task, edition) for edition in task.editions]
        yield from result


def _kept(id: str, edition: str, known: Recorded) -> Built:
    return Built(
        organisation=id,
        edition=edition,
        folder=f"{edition}/{id}",
        pages=known.pages,
        pdfs=known.pdfs,
        files=known.files,
        bytes=known.bytes,
    )


def _killed(task: Task, edition: str) -> Built:
    said = (
        f"building {task.organisation} failed: {Killed()!r}; what is published was left as it was"
    )
    return Built(
        organisation=task.organisation,
        edition=edition,
        folder=f"{edition}/{task.organisation}",
        why=task.why.get(edition, ()),
        problem=NotFit(said),
    )


def _recorded(built: Built, todo: Plan) -> Recorded:
    return Recorded(
        parts=todo.parts[built.organisation, built.edition],
        stamp=built.stamp,
        pages=built.pages,
        files=built.files,
        bytes=built.bytes,
        pdfs=built.pdfs,
    )


# ------------------------------------------------------------------------------ the portals


def _portals(
    makers: Makers,
    output: Place,
    record: Record,
    templates: str,
    report: Report,
    processes: Processes,
) -> list[Built]:
    """The portals as one site: the group's own lie within the whole one and change with it."""
    from clausebook.portal import ALL  # a build of sites alone has no use for it

    began = time.perf_counter()
    found = output.seals()
    made = {
        made_from.PROGRAM: made_from.program(),
        made_from.TEMPLATES: templates,
        "the handbooks": makers.outcome.digest,
        "the day": makers.outcome.as_of.isoformat(),
        "what is published": digest(f"{name}={found[name]}" for name in sorted(found)),
    }
    parts = {name: value[:12] for name, value in made.items()}
    why = record.why(ADMIN, parts)
    if not why and not report.anything:
        return [_kept(ALL, ADMIN, record.sites[ADMIN])]
    sites = makers.portals(found, processes)
    whole, groups = sites[0], sites[1:]
    whole = report.on(whole)
    inner = [(site, output.beside(f"{ADMIN}/{site.id}")) for site in groups]
    try:
        for site, folder in inner:
            make_site(site, makers.root, folder)
        built = put_site(
            whole, makers.root, output, ADMIN, why=tuple(why), began=began,
            within={site.id: folder for site, folder in inner},
        )  # fmt: skip
    except (NotFit, OSError) as error:
        problem = error if isinstance(error, NotFit) else unwritten(ADMIN, error, output)
        for folder in (output.beside(ADMIN), *(folder for _, folder in inner)):
            shutil.rmtree(folder, ignore_errors=True)
        return [Built(organisation=ALL, edition=ADMIN, folder=ADMIN, problem=problem)]
    record.sites[ADMIN] = Recorded(
        parts=parts,
        stamp=built.stamp,
        pages=built.pages,
        files=built.files,
        bytes=built.bytes,
        pdfs=0,
    )
    return [replace(built, organisation=ALL)]


def _kept_for_next(makers: Makers, output: Place) -> dict[str, int]:
    _, files, size = stamp(makers.root / CACHE)
    return {
        "files": files,
        "bytes": size,
        "releases": sum(not one.undone for one in output.releases()),
    }


def _forget_parts(makers: Makers) -> None:
    """What is kept of sites that nobody publishes any more."""
    publishing = (o for o in makers.repository.organisations.values() if o.publishes)
    kept = [name_of(edition, own.id) for own in publishing for edition in own.editions]
    Cache(makers.root).prune(PREFIX, kept)


def seals(out: Path | str) -> dict[str, str]:
    """The SHA-256 of the seal of every site that is published, by EDITION/ORG."""
    return place(out).seals()


def stale(makers: Makers, out: Path | str) -> list[str]:
    """Folders of sites that nobody publishes any more. They are never removed by themselves."""
    known = {f"{edition}/{id}" for id, edition in makers.wanted()}
    return [name for name in place(out).names() if name not in known]


def publish(site: Site, root: Path, beside: Path, target: Path) -> tuple[int, list[str]]:
    """One site in a folder of its own, file by file: what `serve` shows."""
    make_site(site, root, beside)
    return put(beside, target)
