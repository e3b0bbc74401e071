"""Handbooks in; the files of each edition's pdf/ folder out: policies, the whole, and a list of them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from clausebook.cache import Cache, digest
from clausebook.changes import Change
from clausebook.model import Handbook, Library, ResolvedClause, ResolvedPolicy
from clausebook.pdf import children, warm
from clausebook.pdf.binding import Binding, binding
from clausebook.pdf.manuscript import manuscript
from clausebook.pdf.press import Press, Printed, Wish, make, make_alone, recipe
from clausebook.render.site import pdf_name, whole_name
from clausebook.render.words import glossary
from clausebook.table import Table

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
    wanted = set(only)
    wishes: dict[Key, dict[str, Wish]] = {}
    for key, one in asked.items():
        terms = glossary(library, one.handbook).entries
        wishes[key] = {
            id: Wish(
                manuscript(policy, one.handbook, terms, changes=one.changes, since=one.since), look
            )
            for id, policy in one.handbook.policies.items()
            if not wanted or id in wanted
        }
    wanted_wholes = _wanted_wholes(asked, wishes, right_hand, look) if wholes else {}
    made_wholes = {
        key: kept for key, whole in wanted_wholes.items() if (kept := press.kept(whole.key))
    }
    if len(made_wholes) < len(wanted_wholes):
        children.prepare(warm.wholes)  # while what it joins is looked for
    printed, missing = press.known(wish for each in wishes.values() for wish in each.values())
    run = _Run(press, printed, missing)
    for key, whole in wanted_wholes.items():
        if key not in made_wholes:
            run.add(key, whole, wishes[key])
    run.run(meanwhile)
    policies = {
        wish.key: asked[key].handbook.policies[id]
        for key, each in wishes.items()
        for id, wish in each.items()
    }
    failed = [result for result in printed.values() if result.data is None]
    said = _said([(policies[result.wish.key], result) for result in failed], press)
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
        if shelf.reasons or key not in wanted_wholes:
            continue
        if (data := made_wholes.get(key) or run.wholes[key].data) is not None:
            shelf.files[whole_name(key[0])] = data
        else:
            shelf.reasons.append(f"the whole handbook: {run.wholes[key].reason}")
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
    bad = children.failing(list(jobs.values()), press.jobs, warm=warm.policies)
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
class _Whole:
    """A whole handbook that is asked for, and what settles every byte of it."""

    bound: Binding
    key: str
    right_hand: bool
    look: str

    @property
    def whose(self) -> str:
        """A name for its documents, by which they are found when their texts have changed."""
        return digest([self.bound.organisation, self.bound.edition, self.look])[:32]


def _wanted_wholes(
    asked: Mapping[Key, Asked],
    wishes: Mapping[Key, Mapping[str, Wish]],
    right_hand: bool,
    look: str,
) -> dict[Key, _Whole]:
    found = {}
    for key, one in asked.items():
        if wishes[key]:
            bound = binding(one.handbook)
            parts = (f"{id} {wish.key}" for id, wish in wishes[key].items())
            made_of = digest([bound.key(), str(right_hand), look, recipe(), *parts])
            found[key] = _Whole(bound, made_of, right_hand, look)
    return found


@dataclass(frozen=True, slots=True)
class Piece:
    """A policy's PDF, or the number of the job that makes it and what it was before, if that is known."""

    data: bytes | None
    number: int = 0
    before: bytes | None = None

    def made(self, others: children.Others) -> bytes:
        return others(self.number) if self.data is None else self.data


class _Run:
    """What is made for some shelves, all side by side: policies, first pages and whole handbooks."""

    def __init__(
        self, press: Press, printed: dict[str, Printed], missing: Mapping[str, Wish]
    ) -> None:
        self.press, self.printed, self.missing = press, printed, missing
        self.jobs = [
            children.Job(name=wish.manuscript.title, make=make, given=(wish.manuscript, wish.look))
            for wish in missing.values()
        ]
        self.keys = list(missing)
        self.wanted: dict[int, tuple[Key, _Whole]] = {}
        self.wholes: dict[Key, children.Done] = {}
        self.notes: dict[str, dict[str, str]] = {}

    def add(self, key: Key, whole: _Whole, wishes: Mapping[str, Wish]) -> None:
        """Have a whole handbook made, of policies that are there and of some that are to come."""
        self.notes[whole.whose] = {id: wish.key for id, wish in wishes.items()}
        last = self.press.last(whole.whose) if self.missing else {}
        pieces = {id: self._piece(wish.key, last.get(id)) for id, wish in wishes.items()}
        needs = tuple(piece.number for piece in pieces.values() if piece.data is None)
        given = (whole.bound, pieces, whole.right_hand, whole.look)
        name = f"{whole.bound.name}, {whole.bound.edition}"
        first = len(self.jobs)
        self.jobs += [
            children.Job(name=f"{name}: first pages", make=first_pages, given=given, needs=needs),
            children.Job(
                name=name, make=whole_handbook, given=(first, *given), needs=(first, *needs)
            ),
        ]
        self.wanted[first + 1] = (key, whole)

    def _piece(self, key: str, before: str | None) -> Piece:
        if key in self.printed:
            return Piece(self.printed[key].data)
        number = self.keys.index(key)
        return Piece(None, number, self.press.former(before) if before else None)

    def run(self, meanwhile: Callable[[], object]) -> None:
        numbers = {id(job): number for number, job in enumerate(self.jobs)}
        ready = (
            warm.wholes if not self.missing else warm.everything if self.wanted else warm.policies
        )
        for done in children.run(self.jobs, self.press.jobs, warm=ready, meanwhile=meanwhile):
            number = numbers[id(done.job)]
            if number < len(self.keys):
                key = self.keys[number]
                self.printed[key] = Printed(self.missing[key], done.data, done.reason or "")
            elif number in self.wanted:
                edition, whole = self.wanted[number]
                self.wholes[edition], key = done, whole.key
            else:
                continue
            if done.data is not None:
                self.press.keep(key, done.data)
        for whose, keys in self.notes.items():
            self.press.note(whose, keys)


def first_pages(
    others: children.Others,
    bound: Binding,
    pieces: Mapping[str, Piece],
    right_hand: bool,
    look: str,
) -> bytes:
    """In a child: what comes before the policies of a whole handbook, and the font of its numbers.

    An edit seldom moves a page of another policy: while some are being made, the pages are laid out
    with the numbers that were true before. Where they turn out to be others, it is done again.
    """
    from clausebook.pdf import handbook as of
    from clausebook.pdf.engine import CannotRender
    from clausebook.pdf.merge import survey

    engine, laid = of.front_engine(), dict[str, bytes]()
    known = {id: survey(piece.data) for id, piece in pieces.items() if piece.data is not None}
    before = {id: piece.before for id, piece in pieces.items() if piece.before is not None}
    try:
        if len(known) < len(pieces) == len(known) + len(before):
            # Of places that were not there then, or numbers that are not true.
            with contextlib.suppress(KeyError, ValueError, CannotRender):
                then = {id: survey(data) for id, data in before.items()}
                of.front(bound, {**known, **then}, engine, right_hand, look, laid)
        now = {id: known.get(id) or survey(piece.made(others)) for id, piece in pieces.items()}
        made = of.front(bound, now, engine, right_hand, look, laid)
    except CannotRender as error:
        raise children.Refused(str(error)) from None
    return len(made).to_bytes(8, "big") + made + of.alphabet(engine)


def whole_handbook(
    others: children.Others,
    first: int,
    bound: Binding,
    pieces: Mapping[str, Piece],
    right_hand: bool,
    look: str,
) -> bytes:
    """In a child: a whole handbook. `first` is the number of the job that makes its first pages."""
    from clausebook.pdf import handbook as of

    def made_first() -> tuple[bytes, bytes]:
        said = others(first)
        length = 8 + int.from_bytes(said[:8], "big")
        return said[8:length], said[length:]

    return of.bind(
        bound,
        made_first,
        {id: piece.data or partial(piece.made, others) for id, piece in pieces.items()},
        right_hand,
        look,
        others.held.append,
    )
