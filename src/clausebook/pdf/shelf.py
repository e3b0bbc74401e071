"""Handbooks in; the files of each edition's pdf/ folder out: policies, the whole, and a list of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clausebook.cache import Cache, digest
from clausebook.changes import Change
from clausebook.model import Handbook, Library, ResolvedClause, ResolvedPolicy
from clausebook.pdf import children
from clausebook.pdf.binding import Binding, binding
from clausebook.pdf.document import alone
from clausebook.pdf.manuscript import manuscript
from clausebook.pdf.press import Press, Printed, Wish, make_alone, ready, recipe
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
) -> dict[Key, Shelf]:
    """Every edition's PDFs. A document that two editions share is made once."""
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
    printed = press.run(wish for each in wishes.values() for wish in each.values())
    policies = {
        wish.key: asked[key].handbook.policies[id]
        for key, each in wishes.items()
        for id, wish in each.items()
    }
    failed = [result for result in printed.values() if result.data is None]
    said = _said([(policies[result.wish.key], result) for result in failed], press)
    found: dict[Key, Shelf] = {}
    parts: dict[Key, list[tuple[str, bytes]]] = {}
    for key, each in wishes.items():
        shelf = found[key] = Shelf()
        parts[key] = []
        for id, wish in each.items():
            result = printed[wish.key]
            if result.data is None:
                shelf.reasons += said[wish.key]
            else:
                shelf.files[wish.manuscript.file] = result.data
                parts[key].append((id, result.data))
        shelf.files[INDEX] = _index(asked[key].handbook, shelf.files)
    if wholes:
        whole = {key: one for key, one in asked.items() if not found[key].reasons and parts[key]}
        for key, made in _wholes(whole, wishes, parts, press, right_hand, look).items():
            if made.data is None:
                found[key].reasons.append(f"the whole handbook: {made.reason}")
            else:
                found[key].files[whole_name(key[0])] = made.data
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
    return alone(policy, clause).short


def _bad_clauses(failed: Iterable[tuple[ResolvedPolicy, Printed]], press: Press) -> dict[str, str]:
    """Which clauses of failed documents fail when made alone, by their HTML, and why.

    A child that ran out of time or memory cannot say where it was.
    """
    jobs: dict[str, children.Job] = {}
    for policy, result in failed:
        for clause in policy.clauses:
            part = alone(policy, clause)
            given = (part.short, part.assets, result.wish.look)
            jobs.setdefault(part.short, children.Job(name=clause.id, make=make_alone, given=given))
    keys = {id(job): html for html, job in jobs.items()}
    bad = children.failing(list(jobs.values()), press.jobs, warm=ready)
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


@dataclass(frozen=True, slots=True)
class _Whole:
    data: bytes | None
    reason: str = ""


def _wholes(
    asked: Mapping[Key, Asked],
    wishes: Mapping[Key, Mapping[str, Wish]],
    parts: Mapping[Key, list[tuple[str, bytes]]],
    press: Press,
    right_hand: bool,
    look: str,
) -> dict[Key, _Whole]:
    """Each whole handbook, put together from its policies."""
    found: dict[Key, _Whole] = {}
    missing: list[children.Job] = []
    keys: dict[int, tuple[Key, str]] = {}
    for key, one in asked.items():
        bound = binding(one.handbook)
        made_of = digest([bound.key(), str(right_hand), look, recipe(), *_parts(wishes[key])])
        kept = press.kept(made_of)
        if kept is not None:
            found[key] = _Whole(kept)
            continue
        job = children.Job(
            name=f"{one.handbook.organisation.name}, {one.handbook.edition}",
            make=whole,
            given=(bound, parts[key], right_hand, look),
        )
        missing.append(job)
        keys[id(job)] = (key, made_of)
    for done in children.run(missing, press.jobs, warm=bindery):
        key, made_of = keys[id(done.job)]
        if done.data is not None:
            press.keep(made_of, done.data)
        found[key] = _Whole(done.data, done.reason or "")
    return found


def _parts(wishes: Mapping[str, Wish]) -> Iterator[str]:
    """What settles each policy, and so every byte of its PDF."""
    for id, wish in wishes.items():
        yield f"{id} {wish.key}"


def bindery() -> None:
    """Warm what makes whole handbooks before the first child."""
    from clausebook.pdf.handbook import front_engine

    front_engine()


def whole(bound: Binding, parts: list[tuple[str, bytes]], right_hand: bool, look: str) -> bytes:
    """In a child: a whole handbook."""
    from clausebook.pdf import handbook as of
    from clausebook.pdf.engine import CannotRender

    try:
        return of.handbook(bound, parts, of.front_engine(), right_hand, look)
    except CannotRender as error:
        raise children.Refused(str(error)) from None
