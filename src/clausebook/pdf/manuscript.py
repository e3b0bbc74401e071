"""A policy of a handbook in, all that its printed document is made from out, with a key to know it by.

Nothing is made here yet: a key costs a fraction of a millisecond, the HTML some twenty. The HTML is
made from a manuscript alone, so whatever a document says is in its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from clausebook.cache import digest
from clausebook.changes import Change
from clausebook.demonstration import note
from clausebook.model import (
    GlossaryEntry,
    Handbook,
    Picture,
    ResolvedPolicy,
    RunKind,
    Text,
    brand_of,
)
from clausebook.render.control import Control, Row, control
from clausebook.render.site import pdf_name
from clausebook.typed import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    number: str
    title: str
    text: Text
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    number: str
    title: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """All that a document says. `changes` is None where no earlier text is held."""

    file: str
    policy: str
    title: str
    version: str
    code: str
    organisation: str
    organisation_id: str
    groups: tuple[str, ...]
    note: str
    draft: bool
    rows: tuple[Row, ...]
    approved: tuple[str, ...]
    history: tuple[str, ...]
    signed: tuple[str, ...]
    governors: bool
    changes: tuple[Change, ...] | None
    since: str
    sections: tuple[Section, ...]
    terms: tuple[GlossaryEntry, ...]
    crest: str
    crest_bytes: bytes
    crest_text: str
    page: str
    day: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for section in self.sections for rule in section.rules)

    def key(self) -> str:
        return digest([repr(_plain(self))])


def manuscript(
    policy: ResolvedPolicy,
    handbook: Handbook,
    terms: Mapping[str, GlossaryEntry],
    *,
    changes: tuple[Change, ...] | None = None,
    since: str = "",
) -> Manuscript:
    """`terms` are all that may be explained; those that cannot stand in the policy are left out."""
    sections = tuple(
        Section(
            f"section.{section.id}",
            section.number,
            section.title,
            tuple(
                Rule(clause.id, clause.number, clause.title.words, clause.text, clause.pictures)
                for clause in section.clauses
            ),
        )
        for section in policy.sections
    )
    organisation = handbook.organisation
    held = control(policy, handbook, 0, "")
    brand = brand_of(handbook.tiers)
    governors = handbook.edition == "governors"
    compared = governors and changes is not None
    return Manuscript(
        file=pdf_name(organisation.id, policy.id),
        policy=policy.id,
        title=policy.title,
        version=policy.held.version or "",
        code=_row(held, "Check code")[0],
        organisation=organisation.name,
        organisation_id=organisation.id,
        groups=tuple(tier.name for tier in handbook.tiers[:-1]),
        note=note(handbook) or "",
        draft=held.draft,
        rows=tuple(row for row in held.rows if row.label not in _ELSEWHERE),
        approved=_row(held, "Approved by") if policy.approvals else (),
        history=_row(held, "Approval history"),
        signed=_row(held, "Signed"),
        governors=governors,
        changes=tuple(c for c in changes or () if c.policy == policy.id) if compared else None,
        since=since if compared else "",
        sections=sections,
        terms=_possible(terms, sections),
        crest=(brand.crest or "") if brand and brand.crest_bytes else "",
        crest_bytes=(brand.crest_bytes or b"") if brand and brand.crest else b"",
        crest_text=(brand.crest_text or "") if brand else "",
        page=f"{organisation.address.rstrip('/')}/{policy.id}.html" if organisation.address else "",
        day=_day(policy),
    )


# Said on the last page, or at each foot.
_ELSEWHERE = ("Approval history", "Signed", "Check code")


def _row(held: Control, label: str) -> tuple[str, ...]:
    return next((row.lines for row in held.rows if row.label == label), ())


def _day(policy: ResolvedPolicy) -> str:
    """The day the document states of itself, never the day it was made."""
    stated = policy.approvals[-1].date if policy.approvals else None
    if stated is None and policy.review:
        stated = policy.review.last
    return stated.first.isoformat() if stated else ""


def _possible(
    terms: Mapping[str, GlossaryEntry], sections: tuple[Section, ...]
) -> tuple[GlossaryEntry, ...]:
    """The terms whose longest word stands somewhere: an edit of any other changes nothing here."""
    said = "\n".join(_said(rule.text) for section in sections for rule in section.rules)
    return tuple(entry for entry in terms.values() if _longest_word(entry.term) in said)


@lru_cache(maxsize=8192)
def _longest_word(term: str) -> str:
    letters = "".join(sign if sign.isalnum() else " " for sign in term.casefold())
    return max(letters.split(), key=len, default="")


# Editions share their texts: what is asked of one is asked of it again at once.
@lru_cache(maxsize=8192)
def _said(text: Text) -> str:
    return "".join([run.text for run in text.runs]).casefold()


@lru_cache(maxsize=8192)
def _written(text: Text) -> str:
    """What settles the Markdown of a text: words, and whether they are taken for markup."""
    runs = [(run.text, run.kind is RunKind.VALUE, run.slot == "link-target") for run in text.runs]
    return hashlib.sha256(repr(runs).encode()).hexdigest()


@lru_cache(maxsize=64)
def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: Any) -> Any:
    """The same in tuples and text, large things by their digests."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Text):
        return _written(value)
    if isinstance(value, bytes):
        return _digest(value)
    if isinstance(value, Picture):
        return (value.name, value.tier, value.sha256, value.width, value.height)
    if isinstance(value, GlossaryEntry):
        return (value.id, value.term, value.means)
    kind: Any = type(value)
    if names := _names(kind):
        return tuple([_plain(getattr(value, one)) for one in names])
    return str(value)  # kinds and tags of changes


@lru_cache(maxsize=64)
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()
