"""From a handbook repository to sites as data: load → resolve → check → render, refusing what is unfit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clausebook.build import Opened, Outcome, check
from clausebook.cache import Cache
from clausebook.changes import Change, compare
from clausebook.held import Facts
from clausebook.judge import facts_of, known_facts
from clausebook.model import Handbook, Repository, brand_of
from clausebook.problem import Problem, nearest
from clausebook.processes import Processes
from clausebook.remember import Keys
from clausebook.render.site import Site
from clausebook.resolve import Handbooks, Resolver

# What tells changes, and what makes sites, is loaded by those who do.
if TYPE_CHECKING:
    from clausebook.earlier import Earlier
    from clausebook.portal import Gathered


class NotFit(Exception):
    """There is nothing to publish as asked; with the problems, where there are any."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


@dataclass(slots=True)
class Maker:
    """Everything needed to make any site of a repository; it does not ask whether that is fit."""

    root: Path
    repository: Repository
    resolver: Resolver
    earlier: Earlier | None = None
    _handbooks: tuple[object, Handbooks] | None = None

    def handbook(self, id: str, edition: str, only: Collection[str] | None = None) -> Handbook:
        """One edition of a handbook, or just these policies of it."""
        # Editions of one organisation are asked for one after the other; more would pile up.
        key = (id, None if only is None else frozenset(only))
        if self._handbooks is None or self._handbooks[0] != key:
            self._handbooks = key, self.resolver.handbooks(id, only)
        return self._handbooks[1][edition]

    def site(self, id: str, edition: str, pdfs: Mapping[str, bytes] | None = None) -> Site:
        """One site, which offers the PDFs it is given."""
        from clausebook.render.handbook import site as handbook_site

        handbook = self.handbook(id, edition)
        changes, since = self.changes(handbook)
        return handbook_site(
            handbook,
            self.repository.library,
            within=self.repository.settings.due_within_days,
            changed=changes,
            since=since,
            pdfs=pdfs or {},
        )

    def changes(self, handbook: Handbook) -> tuple[tuple[Change, ...] | None, str]:
        """What changed since the earlier handbook, if one is held, and what that one is called."""
        if self.earlier is None:
            return None, ""
        from clausebook.earlier import NoEarlier
        from clausebook.handbook_file import handbook_file

        id, edition = handbook.organisation.id, handbook.edition
        try:
            old = self.earlier.handbook(id, edition)
            if old is None:
                return None, ""
            then = self.earlier.resolved(id, edition)
            new = handbook_file(handbook, origins=True)
            return compare(old, new, then=then, now=handbook), self.earlier.words(id, edition)
        except NoEarlier as error:
            raise NotFit(str(error)) from None


def opened_earlier(root: Path, since: str | None, stated: str | None) -> Earlier | None:
    """What changes are told since: what the command names, else what the settings state."""
    if not (since or stated):
        return None
    from clausebook.earlier import Earlier, NoEarlier

    try:
        if since:
            return Earlier(root, since)
        return Earlier(root, stated, base=root) if stated else None
    except NoEarlier as error:
        raise NotFit(str(error)) from None


@dataclass(slots=True, kw_only=True)
class Makers(Maker):
    """Makes what a check found fit to be published, and says why not of the rest."""

    outcome: Outcome

    @classmethod
    def open(
        cls,
        root: Path,
        since: str | None = None,
        jobs: int | None = None,
        processes: Processes | None = None,
    ) -> Makers:
        """Load and check, and open what changes are told `since`. NotFit when one cannot be read."""
        outcome = check(root, jobs=jobs, processes=processes)
        if outcome.repository is None:
            raise NotFit("this handbook cannot be read", outcome.errors)
        earlier = opened_earlier(root, since, outcome.repository.settings.since)
        held = processes.held if processes else None
        resolver = held.resolver if isinstance(held, Opened) else Resolver(outcome.repository)
        return cls(root, outcome.repository, resolver, earlier, outcome=outcome)

    def blocking(self, id: str) -> tuple[Problem, ...]:
        """What keeps an organisation from being published: every error that time alone did not bring."""
        return tuple(
            problem
            for problem in self.outcome.errors
            if not problem.calendar and (not problem.organisations or id in problem.organisations)
        )

    def unread(self) -> tuple[Problem, ...]:
        """What is wrong in files that cannot be read: whoever they are about is not known here."""
        known = self.repository.organisations
        return tuple(
            problem
            for problem in self.outcome.errors
            if problem.organisations and not any(id in known for id in problem.organisations)
        )

    def wanted(
        self, organisations: Iterable[str] = (), editions: Iterable[str] = ()
    ) -> list[tuple[str, str]]:
        """The sites asked for, in order; all of them when nothing is named."""
        named, only = list(organisations), list(editions)
        known = [o for o in self.repository.organisations.values() if o.publishes]
        for id in named:
            if id not in {o.id for o in known}:
                self._nobody(id)
        found = [
            (o.id, edition)
            for o in known
            if not named or o.id in named
            for edition in o.editions
            if not only or edition in only
        ]
        if not found:
            what = f"{' or '.join(only)} edition" if only else "handbook"
            if not named and not known and (unread := self.unread()):
                raise NotFit("no organisation can be read, so nothing was published", unread)
            if not named:
                raise NotFit(f"nobody here publishes a {what}")
            raise NotFit(f"{', '.join(named)} publishes no {what}")
        return found

    def one(self, id: str | None, edition: str | None) -> tuple[str, str]:
        """The one site asked for; when none is named there must be just one publisher."""
        publishers = [o.id for o in self.repository.organisations.values() if o.publishes]
        if not id:
            if len(publishers) != 1:
                raise NotFit(f"say whose handbook: {', '.join(publishers)}")
            id = publishers[0]
        return self.wanted([id], [edition] if edition else [])[0]

    def handbook(self, id: str, edition: str, only: Collection[str] | None = None) -> Handbook:
        """One edition of a handbook. NotFit when its organisation has problems."""
        if refused := self.refused(id):
            raise refused
        return Maker.handbook(self, id, edition, only)

    def refused(self, id: str) -> NotFit | None:
        """Why an organisation is not published, if it is not."""
        problems = self.blocking(id)
        name = self.repository.organisations[id].name
        said = f"{name} has problems, so nothing was published"
        return NotFit(said, problems) if problems else None

    def portals(
        self, seals: Mapping[str, str] | None = None, processes: Processes | None = None
    ) -> list[Site]:
        """The trust admin's portal over all organisations, then one for every group.

        `seals` are the SHA-256 of published sites' seals by EDITION/ORG: the record of a check
        says which sites it was about.
        """
        # Portals are made less often than sites, and what makes them takes long to load.
        from clausebook.portal import ALL, portals
        from clausebook.render.portal import site as portal_site

        every = portals(self.gathered(processes))
        groups = [portal.id for portal in every if portal.id != ALL]
        library, made = self.repository.library.fingerprint, list[Site]()
        for portal in every:
            brand = brand_of(self.repository.tiers(portal.id)) if portal.id != ALL else None
            within = groups if portal.id == ALL else ()
            like = (every[0], made[0]) if made else None
            made.append(portal_site(portal, library, brand, seals, within, like))
        return made

    def gathered(self, processes: Processes | None = None) -> Gathered:
        """What any portal may say."""
        from clausebook.portal import gathered

        return gathered(self.repository, self.outcome, self._facts(processes))

    def _facts(self, processes: Processes | None) -> dict[str, Facts]:
        """What portals need of every organisation: as the check found it."""
        cache, keys = Cache(self.root), Keys(self.repository, self.outcome.digests)
        publishing = [o.id for o in self.repository.organisations.values() if o.publishes]
        known = {id: known_facts(cache, id, keys.organisation(id)) for id in publishing}
        missing = [id for id, one in known.items() if one is None]
        if processes is None:
            made = [facts_of(self.resolver, id) for id in missing]
        else:
            made = processes.every(_facts, missing)
        known |= dict(zip(missing, made, strict=True))
        return {id: one for id, one in known.items() if one is not None}

    def _nobody(self, id: str) -> None:
        publishers = [o.id for o in self.repository.organisations.values() if o.publishes]
        if id in self.repository.organisations:
            raise NotFit(f"'{id}' publishes no handbook itself")
        if unread := self.unread():
            raise NotFit(f"'{id}' cannot be read, so nothing was published", unread)
        close = nearest(id, publishers)
        hint = f"did you mean '{close}'?" if close else "there are " + ", ".join(publishers[:12])
        raise NotFit(f"no organisation is called '{id}': {hint}")


def _facts(held: Opened, id: str) -> Facts:
    return facts_of(held.resolver, id)
