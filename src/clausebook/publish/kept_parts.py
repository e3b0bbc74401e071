"""What was kept of a site: which of its policies have to be resolved and rendered, and which stay.

In: an organisation's edition and what is published of it. Out: its site, whose unchanged pages stay
as they are published. What cannot be relied on is made whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from clausebook import host, lasting
from clausebook.cache import Cache, digest
from clausebook.model import Handbook, differing
from clausebook.publish.output import Output
from clausebook.publish.place import Place
from clausebook.published import Published, Stale, sealed
from clausebook.render import templates
from clausebook.render.handbook import Frame, Made, made, made_again
from clausebook.render.site import Site
from clausebook.sites import Maker
from clausebook.turn import ALONE

if TYPE_CHECKING:
    from clausebook.publish.one import Task

PREFIX = "parts-"
# So few policies are sooner made again than what earlier builds made of their words is read.
_FEW = 5


def name_of(edition: str, organisation: str) -> str:
    return f"{PREFIX}{edition}-{organisation}"


class KeptParts:
    """One edition's site, from kept parts where they can be relied on."""

    def __init__(self, maker: Maker, task: Task, edition: str, files: Mapping[str, bytes]) -> None:
        self.maker, self.id, self.edition, self.files = maker, task.organisation, edition, files
        frame = task.frames.get(edition, "")
        self._own = maker.repository.organisations[self.id].file
        self.made_of = digest([frame, self._rest]) if frame else ""
        self._looks = task.looks.get(edition, "")
        self._turn = task.turn
        # What changed since an earlier handbook is told from the whole text.
        self.usable = bool(self.made_of) and maker.earlier is None
        self._all = bool(files)
        self._made: Made | None = None

    def site(self, output: Place, name: str) -> tuple[Site, Published | None]:
        """The site, and the published one that some of its pages are to be taken from."""
        kept = self._cache().get(name_of(self.edition, self.id), "") if self.usable else None
        if kept is None or kept[0] != self.made_of or not isinstance(output, Output):
            return self.whole(), None
        _, was, own, parts = kept
        now = self._fingerprints(was)
        changed = {id for id, value in now.items() if was[id] != value}
        changed |= differing(own.policies, self._own.policies)
        reached = differing(own.reached, self._own.reached)
        try:
            published = Published(output.folder / name, parts.sealed, self._looks)
            if not changed <= parts.policies.keys():
                raise Stale("the organisation says something else of a policy that is not here")
            self._made = made_again(
                self._resolved, changed, self._frame(), parts, published, reached
            )
        except Stale:
            return self.whole(), None
        return self._made.site, published

    def whole(self) -> Site:
        """The site with every page made."""
        cache = self._cache()
        lasting.recall(cache)
        handbook = self.maker.handbook(self.id, self.edition)
        if lasting.nothing() and self._turn != ALONE:
            templates.compile(self._turn)
            host.compile(self.maker.root, self._turn)
        order = lasting.in_turns(cache, [*handbook.policies], self._turn)
        self._made = made(handbook, self._frame(handbook), order)
        lasting.keep(cache)
        return self._made.site

    def keep(self, output: Place, name: str) -> None:
        """Keep the parts of the site as it is published now."""
        if self.usable and self._made is not None and isinstance(output, Output):
            parts = self._made.sealed(sealed(output.folder / name))
            value = (self.made_of, self._fingerprints(parts.policies), self._own, parts)
            self._cache().put(name_of(self.edition, self.id), "", value)

    @property
    def _rest(self) -> str:
        """Of all that the organisation's file says and every page may show."""
        # Governors are told where everything is written, also what other policies show.
        return digest(self._own.whole) if self.edition == "governors" else self._own.rest

    def _cache(self) -> Cache:
        return Cache(self.maker.root)

    def _frame(self, handbook: Handbook | None = None) -> Frame:
        changed, since = self.maker.changes(handbook) if handbook else (None, "")
        return Frame(
            library=self.maker.repository.library,
            within=self.maker.repository.settings.due_within_days,
            changed=changed,
            since=since,
            pdfs=self.files,
            made_of=self.made_of,
        )

    def _fingerprints(self, policies: Collection[str]) -> dict[str, str | None]:
        """Of the files of some policies, and of all others that the organisation's sites know of."""
        held = self.maker.repository.library.fingerprints
        return {id: held.get(id) for id in policies}

    def _resolved(self, policies: Collection[str]) -> Handbook:
        """The handbook with just these; where documents were made, everything is resolved already."""
        if len(policies) > _FEW:
            lasting.recall(self._cache())
        if self._all:
            return self.maker.handbook(self.id, self.edition).with_only(policies)
        return self.maker.handbook(self.id, self.edition, policies)
