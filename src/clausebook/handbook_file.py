"""handbook.json: everything an edition publishes, for other programs. Its schema is published."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from clausebook.markdown import plain
from clausebook.model import (
    Handbook,
    ResolvedClause,
    ResolvedPolicy,
    Run,
    RunKind,
    Text,
    brand_of,
)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrganisationEntry(_File):
    """Whose handbook it is."""

    id: str
    name: str
    kind: str
    demonstration: bool
    fictional: bool
    groups: list[str]
    address: str | None
    colour: str | None
    crest_text: str | None


class SealEntry(_File):
    """Which text this is. The library it was made from is in seal.json: an edit elsewhere in it
    changes nothing here."""

    handbook: str


class OriginEntry(_File):
    """Where a run of text comes from (governors' edition only)."""

    text: str
    kind: Literal["source", "value", "product"]
    at: str | None = None
    name: str | None = None
    formatter: str | None = None
    chosen_at: str | None = None


class PictureEntry(_File):
    """A picture that a clause shows."""

    name: str
    sha256: str


class ClauseEntry(_File):
    """One clause as published."""

    id: str
    number: str
    title: str
    text: str
    covers: list[str]
    cites: list[str]
    strength: str | None
    fingerprint: str
    summary: str | None = None
    ask: str | None = None
    questions: list[str]
    pictures: list[PictureEntry] | None = None
    origin: str | None = None
    reason: str | None = None
    runs: list[OriginEntry] | None = None


class SectionEntry(_File):
    """A section and its clauses."""

    id: str
    number: str
    title: str
    clauses: list[ClauseEntry]


class ControlEntry(_File):
    """A generated document-control field."""

    id: str
    label: str
    lines: list[str]


class ApprovalEntry(_File):
    """One approval, as far as its edition may show it."""

    date: str
    by: str | None = None
    minute: str | None = None
    effective: str | None = None
    next: str | None = None
    signed: list[str] = []


class ReviewEntry(_File):
    """When the policy was and will be looked at."""

    state: Literal["stated", "not stated"]
    last: str | None = None
    next: str | None = None
    every_months: int | None = None


class QuestionEntry(_File):
    """Where the source contradicts itself (governors' edition only)."""

    about: str
    readings: list[str]
    published: str | None = None


class PolicyEntry(_File):
    """One policy as published."""

    id: str
    title: str
    area: str | None
    kind: str
    version: str | None
    approval_state: str
    review: ReviewEntry
    approvals: list[ApprovalEntry]
    statutory: str | None
    owner: str | None
    adopted_from: str | None
    fingerprint: str
    control: list[ControlEntry]
    common: list[str]
    sections: list[SectionEntry]
    open_questions: list[QuestionEntry] | None = None


class HandbookFile(_File):
    """handbook.json"""

    format: Literal[1] = 1
    organisation: OrganisationEntry
    edition: str
    note: str | None
    seal: SealEntry
    policies: list[PolicyEntry]


DEMONSTRATION = (
    "Demonstration text. The words are Clausebook's own, not the organisation's; approvals and "
    "dates are those of the source document, not of this text."
)
FICTION = "A fictional organisation, made up to show what Clausebook does."


def note(handbook: Handbook) -> str | None:
    """What every page and document of a demonstration says."""
    if handbook.organisation.demonstration:
        return DEMONSTRATION
    return FICTION if handbook.organisation.fictional else None


def handbook_file(handbook: Handbook, origins: bool | None = None) -> HandbookFile:
    """An edition as data. Only the governors' is published with the origin of its words.

    `origins` settles whether they are there: asked for, to be compared and never written.
    """
    own, brand = handbook.organisation, brand_of(handbook.tiers)
    told = handbook.edition == "governors" if origins is None else origins
    return HandbookFile(
        organisation=OrganisationEntry(
            id=own.id,
            name=own.name,
            kind=own.kind,
            demonstration=own.demonstration,
            fictional=own.fictional,
            groups=[tier.name for tier in handbook.tiers[:-1]],
            address=own.address,
            colour=brand.colour if brand else None,
            crest_text=brand.crest_text if brand else None,
        ),
        edition=handbook.edition,
        note=note(handbook),
        seal=SealEntry(handbook=handbook.fingerprint),
        policies=[_policy(policy, handbook, told) for policy in handbook.policies.values()],
    )


def handbook_json(handbook: Handbook) -> str:
    data = handbook_file(handbook).model_dump(mode="json", exclude_none=False)
    return json.dumps(_without_hidden(data), indent=2, ensure_ascii=False) + "\n"


_HIDDEN = ("runs", "origin", "reason", "open_questions")
_RARE = ("pictures",)


def _without_hidden(data: Any) -> Any:
    """Keys that only the governors' edition or few clauses have are absent elsewhere, not null."""
    if isinstance(data, dict):
        return {
            key: _without_hidden(value)
            for key, value in data.items()
            if not (key in (*_HIDDEN, *_RARE) and value is None)
        }
    if isinstance(data, list):
        return [_without_hidden(value) for value in data]
    return data


def _policy(policy: ResolvedPolicy, handbook: Handbook, told: bool) -> PolicyEntry:
    review, governors = policy.review, handbook.edition == "governors"
    owner = handbook.roles.get(policy.held.owner) if policy.held.owner else None
    printed = {clause.id for clause in policy.clauses}
    return PolicyEntry(
        id=policy.id,
        title=policy.title,
        area=policy.policy.area or None,
        kind=policy.kind,
        version=policy.held.version,
        approval_state=policy.state,
        review=ReviewEntry(
            state="stated" if review and review.next else "not stated",
            last=review.last.iso if review and review.last else None,
            next=review.next.iso if review and review.next else None,
            every_months=review.every_months if review else None,
        ),
        approvals=[
            ApprovalEntry(
                date=a.date.iso,
                by=a.by,
                minute=a.minute,
                effective=a.effective.iso if a.effective else None,
                next=a.next.iso if a.next else None,
                signed=[
                    s.role if handbook.edition == "public" else f"{s.name}, {s.role}"
                    for s in a.signed
                ],
            )
            for a in policy.approvals
        ],
        statutory=policy.policy.statutory.says if policy.policy.statutory else None,
        owner=owner.title if owner else None,
        adopted_from=policy.held.adopted_from,
        fingerprint=policy.fingerprint,
        control=[ControlEntry(id=f.id, label=f.label, lines=list(f.words)) for f in policy.control],
        common=[id for id in policy.policy.common if id in printed],
        sections=[
            SectionEntry(
                id=section.id,
                number=section.number,
                title=section.title,
                clauses=[_clause(clause, policy, handbook, told) for clause in section.clauses],
            )
            for section in policy.sections
        ],
        open_questions=[
            QuestionEntry(about=q.about, readings=list(q.readings), published=q.published)
            for q in (*policy.open_questions, *handbook.organisation.open_questions)
        ]
        if governors
        else None,
    )


def _clause(
    clause: ResolvedClause, policy: ResolvedPolicy, handbook: Handbook, told: bool
) -> ClauseEntry:
    entry = ClauseEntry(
        id=clause.id,
        number=clause.number,
        title=clause.title.words,
        text=plain_text(clause.text),
        covers=list(clause.covers),
        cites=list(clause.text.cites),
        strength=clause.strength.value if clause.strength else None,
        fingerprint=clause.fingerprint,
        summary=clause.summary.words if clause.summary else None,
        ask=clause.clause.ask,
        questions=list(clause.clause.questions),
        pictures=[PictureEntry(name=p.name, sha256=p.sha256) for p in clause.pictures] or None,
    )
    if told:
        entry.origin = clause.origin
        entry.reason = clause.reason
        entry.runs = [origin(run, policy, handbook) for run in clause.text.runs]
    return entry


def origin(run: Run, policy: ResolvedPolicy, handbook: Handbook) -> OriginEntry:
    """Where a run comes from, with the place where its value was chosen."""
    chosen = None
    space, _, key = run.slot.partition(".")
    if run.kind is RunKind.VALUE and space == "answer" and key in policy.values:
        chosen = str(policy.values[key].chosen_at)
    elif run.kind is RunKind.VALUE and space == "term" and key in handbook.terms:
        chosen = str(handbook.terms[key].chosen_at)
    return OriginEntry(
        text=run.text,
        kind=run.kind.value,
        at=str(run.at) if run.at else None,
        name=run.slot or None,
        formatter=run.formatter or None,
        chosen_at=chosen,
    )


def plain_text(text: Text) -> str:
    """What a text says, without Markdown."""
    return plain(text.markdown)
