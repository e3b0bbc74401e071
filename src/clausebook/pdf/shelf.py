"""Handbooks in; the files of each edition's pdf/ folder out: policies, the whole, and a list of them."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from clausebook.cache import Cache, digest
from clausebook.changes import Change
from clausebook.model import Handbook, Library, ResolvedClause, ResolvedPolicy
from clausebook.pdf import children, warm
from clausebook.pdf.binding import Binding, binding
from clausebook.pdf.manuscript import manuscript
from clausebook.pdf.press import Press, Printed, Seen, Wish, make, make_alone, recipe
from clausebook.render.site import pdf_name, whole_name
from clausebook.render.words import glossary
from clausebook.table import Table
from clausebook.typed import dataclass

INDEX = "index.csv"
COLUMNS = ("title", "file", "version", "approved", "review due")

Key = tuple[str, str]
# How a reason names the element it is about, or the nearest before it.
_AT = re.compile(r"#(\S+): (.*)")


@dataclass(slots=True)
class Shelf:
    """One edition's files by name, and why any of them could not be made."""

    files: dict[str, bytes] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """A handbook to print, with what changed in it."""

    handbook: Handbook
    changes: tuple[Change, ...] | None = None
    since: str = ""


def shelves(
    asked: Mapping[Key, Asked],
    library: Library,
    root: Path,
    *,
    jobs: int | None = None,
    wholes: bool = True,
    right_hand: bool = False,
    look: str = "",
    only: Iterable[str] = (),
    cache: Cache | None = None,
    meanwhile: Callable[[], object] = children.nothing,
) -> dict[Key, Shelf]:
    """Every edition's PDFs. A document that two editions share is made once.

    `meanwhile` is something to do here while other processes make them, if any are made.
    """
    press = Press(root, jobs, cache)
    form = Form(right_hand, look)
    # Of which none was made yet: while it is decided what to make.
    if wholes and not all(press.seen(_whose(*key, look)) for key in asked):
        children.prepare(partial(warm.wholes, root))
    run = _Run(press, asked, library, form, set(only), wholes)
    run.run(meanwhile)
    wishes, printed = run.wishes, run.printed
    policies = {
        wish.key: asked[key].handbook.policies[id]
        for key, each in wishes.items()
        for id, wish in each.items()
    }
    failed = [result for result in printed.values() if result.data is None]
    said = (
        _said([(policies[result.wish.key], result) for result in failed], press) if failed else {}
    )
    found: dict[Key, Shelf] = {}
    for key, each in wishes.items():
        shelf = found[key] = Shelf()
        for wish in each.values():
            result = printed[wish.key]
            if result.data is None:
                shelf.reasons += said[wish.key]
            else:
                shelf.files[wish.manuscript.file] = result.data
        shelf.files[INDEX] = _index(asked[key].handbook, shelf.files)
        if shelf.reasons or key not in run.wholes:
            continue
        data, reason = run.wholes[key]
        if data is not None:
            shelf.files[whole_name(key[0])] = data
        else:
            shelf.reasons.append(f"the whole handbook: {reason}")
    return found


def _said(failed: list[tuple[ResolvedPolicy, Printed]], press: Press) -> dict[str, list[str]]:
    """Why documents could not be made, by their keys: each reason with its clause, file and line."""
    unclear = [
        (policy, result)
        for policy, result in failed
        if not all(map(_AT.fullmatch, result.reason.splitlines()))
    ]
    bad = _bad_clauses(unclear, press)
    found = {}
    for policy, result in failed:
        clauses = {clause.id: clause for clause in policy.clauses}
        sections = {f"section.{section.id}": section for section in policy.sections}
        lines = []
        for line in result.reason.splitlines():
            at = _AT.fullmatch(line)
            if at and at[1] in clauses:
                lines.append(_at_clause(policy, clauses[at[1]], at[2]))
            elif at:
                place = sections[at[1]].at if at[1] in sections else policy.at
                lines.append(f"{place}: {policy.title}: {at[2]}")
            elif own := [clause for clause in policy.clauses if bad.get(_html(policy, clause))]:
                lines += [_at_clause(policy, one, bad[_html(policy, one)]) for one in own]
            else:
                lines.append(f"{policy.at}: {policy.title}: {line}")
        found[result.wish.key] = list(dict.fromkeys(lines))
    return found


def _at_clause(policy: ResolvedPolicy, clause: ResolvedClause, reason: str) -> str:
    return f"{clause.clause.at}: {policy.title}, {clause.number} {clause.title.words}: {reason}"


def _html(policy: ResolvedPolicy, clause: ResolvedClause) -> str:
    from clausebook.pdf.document import alone

    return alone(policy, clause).short


def _bad_clauses(failed: Iterable[tuple[ResolvedPolicy, Printed]], press: Press) -> dict[str, str]:
    """Which clauses of failed documents fail when made alone, by their HTML, and why.

    A child that ran out of time or memory cannot say where it was.
    """
    # What makes documents is not loaded to decide of them.
    from clausebook.pdf.document import alone

    jobs: dict[str, children.Job] = {}
    for policy, result in failed:
        for clause in policy.clauses:
            part = alone(policy, clause)
            given = (part.short, part.assets, result.wish.look)
            jobs.setdefault(part.short, children.Job(name=clause.id, make=make_alone, given=given))
    keys = {id(job): html for html, job in jobs.items()}
    bad = children.failing(list(jobs.values()), press.jobs, warm=partial(warm.policies, press.root))
    return {keys[id(done.job)]: _one_line(done.reason or "") for done in bad}


def _one_line(reason: str) -> str:
    """Reasons for one clause, without saying each time which."""
    return "; ".join(_AT.sub(r"\2", line) for line in reason.splitlines())


def _index(handbook: Handbook, files: Mapping[str, bytes]) -> bytes:
    """A list for whoever uploads the folder: it opens right in Excel."""
    rows = []
    for policy in handbook.policies.values():
        name = pdf_name(handbook.organisation.id, policy.id)
        if name not in files:
            continue
        approved = policy.approvals[-1].date if policy.approvals else None
        due = policy.review.next if policy.review else None
        rows.append(
            (
                policy.title,
                name,
                policy.held.version or "",
                str(approved) if approved else "not stated",
                str(due) if due else "not stated",
            )
        )
    return Table(COLUMNS, tuple(rows), "").shown("csv").encode()


# ------------------------------------------------------------------------------ whole handbooks


@dataclass(frozen=True, slots=True)
class Form:
    """How documents are asked for."""

    right_hand: bool
    look: str


@dataclass(frozen=True, slots=True)
class _Whole:
    """A whole handbook that is asked for, and what settles every byte of it."""

    bound: Binding
    key: str
    wishes: Mapping[str, Wish]

    @classmethod
    def of(cls, handbook: Handbook, wishes: Mapping[str, Wish], form: Form) -> _Whole:
        bound = binding(handbook)
        parts = (f"{id} {wish.key}" for id, wish in wishes.items())
        made_of = digest([bound.key(), str(form.right_hand), form.look, recipe(), *parts])
        return cls(bound, made_of, wishes)


def _whose(organisation: str, edition: str, look: str) -> str:
    """A name for a handbook's documents, by which they are found when their texts have changed."""
    return digest([organisation, edition, look])[:32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A policy's PDF, or the number of the job that makes it.

    `seen`: what it is, where that was noted; of one that is to be made, what it was before.
    """

    data: bytes | None
    number: int = 0
    seen: Seen | None = None

    def made(self, others: children.Others) -> bytes:
        return others(self.number) if self.data is None else self.data

    def looked_at(self) -> Piece:
        """For whoever only asks for what was noted of it, where that is to be had."""
        return replace(self, data=b"") if self.data is not None and self.seen else self


@dataclass(slots=True)
class _Run:
    """What is made for some shelves, all side by side: policies, first pages and whole handbooks.

    What is found missing is begun at once, while it is still decided what else is.
    """

    press: Press
    asked: Mapping[Key, Asked]
    library: Library
    form: Form
    only: Collection[str]
    with_wholes: bool
    wishes: dict[Key, dict[str, Wish]] = field(default_factory=dict)
    # By their keys, what came of wishes, and the numbers of the jobs that make what was missing.
    printed: dict[str, Printed] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    # What came of whole handbooks: bytes, or the reason that there are none.
    wholes: dict[Key, tuple[bytes | None, str]] = field(default_factory=dict)
    jobs: list[children.Job] = field(default_factory=list)
    # By a job, what is done with what comes of it.
    _then: dict[int, Callable[[children.Done], None]] = field(default_factory=dict)

    def run(self, meanwhile: Callable[[], object]) -> None:
        jobs = self._jobs()
        if (first := next(jobs, None)) is None:
            return
        if not self.missing:
            ready = warm.wholes
        else:
            ready = warm.everything if self.with_wholes else warm.policies
        every = chain([first], jobs)
        for done in children.run(
            every, self.press.jobs, warm=partial(ready, self.press.root), meanwhile=meanwhile
        ):
            self._then[id(done.job)](done)

    def _jobs(self) -> Iterator[children.Job]:
        for key, one in self.asked.items():
            terms, wishes = glossary(self.library, one.handbook).entries, self.wishes
            wishes[key] = {}
            for id, policy in one.handbook.policies.items():
                if not self.only or id in self.only:
                    made_from = manuscript(
                        policy, one.handbook, terms, changes=one.changes, since=one.since
                    )
                    wishes[key][id] = Wish(made_from, self.form.look)
                    yield from self._policy(wishes[key][id])
        for key, one in self.asked.items():
            if self.with_wholes and self.wishes[key]:
                yield from self._whole(key, _Whole.of(one.handbook, self.wishes[key], self.form))

    def _policy(self, wish: Wish) -> Iterator[children.Job]:
        key = wish.key
        if key in self.printed or key in self.missing:
            return
        if (kept := self.press.kept(key)) is not None:
            self.printed[key] = Printed(wish, kept)
            return

        def made(done: children.Done) -> None:
            self.printed[key] = Printed(wish, done.data, done.reason or "")
            self._keep(key, done.data)

        self.missing[key] = len(self.jobs)
        name, given = wish.manuscript.title, (wish.manuscript, wish.look)
        yield self._job(made, name=name, make=make, given=given)

    def _whole(self, edition: Key, whole: _Whole) -> Iterator[children.Job]:
        """A whole handbook, of policies that are there and of some that are to come."""
        if (kept := self.press.kept(whole.key)) is not None:
            self.wholes[edition] = kept, ""
            return
        whose, bound = _whose(*edition, self.form.look), whole.bound
        last = self.press.seen(whose)
        pieces = {id: self._piece(wish.key, last.get(id)) for id, wish in whole.wishes.items()}
        needs = tuple(piece.number for piece in pieces.values() if piece.data is None)
        looked_at = {id: piece.looked_at() for id, piece in pieces.items()}

        def seen(done: children.Done) -> None:
            if done.data is not None:
                found = FirstPages.read(done.data).places
                noted = {id: Seen(wish.key, *found[id]) for id, wish in whole.wishes.items()}
                self.press.note(whose, noted)

        def made(done: children.Done) -> None:
            self.wholes[edition] = done.data, done.reason or ""
            self._keep(whole.key, done.data)

        name, first = f"{bound.name}, {bound.edition}", len(self.jobs)
        yield self._job(
            seen,
            name=f"{name}: first pages",
            make=first_pages,
            given=(bound, looked_at, self.form),
            needs=needs,
        )
        yield self._job(
            made,
            name=name,
            make=whole_handbook,
            given=(first, bound, pieces, self.form),
            needs=(first, *needs),
        )

    def _piece(self, key: str, last: Seen | None) -> Piece:
        printed = self.printed.get(key)
        if printed is None or printed.data is None:
            return Piece(None, self.missing[key], last)
        return Piece(printed.data, seen=last if last and last.key == key else None)

    def _job(self, then: Callable[[children.Done], None], **about: Any) -> children.Job:
        job = children.Job(**about)
        self.jobs.append(job)
        self._then[id(job)] = then
        return job

    def _keep(self, key: str, data: bytes | None) -> None:
        if data is not None:
            self.press.keep(key, data)


@dataclass(frozen=True, slots=True)
class FirstPages:
    """What comes before the policies of a whole handbook, the font of its numbers, and how many pages
    each policy has and where its places are."""

    front: bytes
    letters: bytes
    places: Mapping[str, tuple[int, Mapping[str, int]]]

    def written(self) -> bytes:
        head = json.dumps({"front": len(self.front), "places": self.places})
        return head.encode("ascii") + b"\n" + self.front + self.letters

    @classmethod
    def read(cls, data: bytes) -> FirstPages:
        line, _, rest = data.partition(b"\n")
        head = json.loads(line)
        places = {id: (pages, where) for id, (pages, where) in head["places"].items()}
        return cls(rest[: head["front"]], rest[head["front"] :], places)


def first_pages(
    others: children.Others,
    bound: Binding,
    pieces: Mapping[str, Piece],
    form: Form,
) -> bytes:
    """In a child: the first pages of a whole handbook, and what goes with them.

    An edit seldom moves a page of another policy: while some are being made, the pages are laid out
    with the numbers that were true before. Where they turn out to be others, it is done again.
    """
    from clausebook.pdf import handbook as of
    from clausebook.pdf.engine import CannotRender
    from clausebook.pdf.merge import Survey, survey

    engine, laid = of.front_engine(), dict[str, bytes]()

    def front(seen: Mapping[str, Survey]) -> bytes:
        return of.front(bound, seen, engine, form.right_hand, form.look, laid)

    noted = {
        id: Survey(piece.seen.pages, piece.seen.places)
        for id, piece in pieces.items()
        if piece.seen
    }
    known = {
        id: noted.get(id) or survey(piece.data)
        for id, piece in pieces.items()
        if piece.data is not None
    }
    try:
        then = {**noted, **known}
        if len(known) < len(pieces) == len(then):
            # Of places that were not there then, or numbers that are not true.
            with contextlib.suppress(KeyError, ValueError, CannotRender):
                front(then)
        now = {id: known.get(id) or survey(piece.made(others)) for id, piece in pieces.items()}
        made = front(now)
    except CannotRender as error:
        raise children.Refused(str(error)) from None
    places = {id: (one.pages, one.places) for id, one in now.items()}
    return FirstPages(made, of.alphabet(engine), places).written()


def whole_handbook(
    others: children.Others,
    first: int,
    bound: Binding,
    pieces: Mapping[str, Piece],
    form: Form,
) -> bytes:
    """In a child: a whole handbook. `first` is the number of the job that makes its first pages."""
    from clausebook.pdf import handbook as of

    def made_first() -> tuple[bytes, bytes]:
        made = FirstPages.read(others(first))
        return made.front, made.letters

    return of.bind(
        bound,
        made_first,
        {id: piece.data or partial(piece.made, others) for id, piece in pieces.items()},
        form.right_hand,
        form.look,
        others.held.append,
    )
