"""handbook.json: everything an edition publishes, for other programs. Its schema is published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from clausebook.blanks import Blanks, Further
from clausebook.demonstration import note
from clausebook.markdown import plain
from clausebook.model import (
    Approval,
    Handbook,
    ResolvedClause,
    ResolvedPolicy,
    ResolvedSection,
    Run,
    RunKind,
    Text,
    brand_of,
)
from clausebook.once import aside
from clausebook.printed import Printed, PrintedSection, shared
from clausebook.recent import OfObjects, Recent


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


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


def handbook_file(handbook: Handbook, origins: bool | None = None) -> HandbookFile:
    """An edition as data. Only the governors' is published with the origin of its words.

    `origins` settles whether they are there: asked for, to be compared and never written.
    """
    data = outline(handbook)
    told = handbook.edition == "governors" if origins is None else origins
    for entry, policy in zip(data.policies, handbook.policies.values(), strict=True):
        entry.sections = [
            SectionEntry(
                id=section.id,
                number=section.number,
                title=section.title,
                clauses=[_clause(clause, policy, handbook, told) for clause in section.clauses],
            )
            for section in policy.sections
        ]
    return data


def outline(handbook: Handbook) -> HandbookFile:
    """An edition as data, with every policy but none of their texts."""
    policies = [_policy(policy, handbook) for policy in handbook.policies.values()]
    return head(handbook).model_copy(update={"policies": policies})


def head(handbook: Handbook) -> HandbookFile:
    """An edition as data, without its policies."""
    own, brand = handbook.organisation, brand_of(handbook.tiers)
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
        policies=[],
    )


def handbook_json(handbook: Handbook) -> str:
    """handbook.json: `handbook_file` as JSON."""
    policies = [policy_json(policy, handbook) for policy in handbook.policies.values()]
    return handbook_bytes(head(handbook), policies)[0].decode()


def policy_json(policy: ResolvedPolicy, handbook: Handbook) -> bytes:
    """One policy as it stands in handbook.json.

    The texts are nearly all of it, and are written clause by clause, because schools share most.
    """
    before, between, middle, after = _around(policy, handbook)
    fields = [_control.made((f.id, f.label, f.words), _control_written) for f in policy.control]
    control = _written(fields)
    told = _Told(policy, handbook) if handbook.edition == "governors" else None
    parts = [f"{before}{policy.fingerprint}{between}{control}{middle}".encode()]
    for one, resolved in zip(shared(policy), policy.sections, strict=True):
        if told is None:
            parts += one.parts(_section_written, PLAIN)
        else:
            parts += _section_told(one.whole, resolved, told)
        parts.append(_END_OF_SECTION)
    if len(parts) == 1:
        return parts[0].rstrip() + after.lstrip().encode()
    parts[-1] = after.encode()
    return b"".join(parts)


def handbook_bytes(
    data: HandbookFile, policies: Iterable[bytes]
) -> tuple[bytes, list[tuple[int, int]]]:
    """handbook.json of its `head` and the text of each policy; and where each stands in it."""
    whole = data.model_dump(mode="json")
    before, after = _written(_without_hidden(whole)).encode().rsplit(b"[]", 1)
    out = [before, b"["]
    spots: list[tuple[int, int]] = []
    at = len(before) + 1
    for text in policies:
        join = b",\n" if spots else b"\n"
        out += (join, text)
        spots.append((at + len(join), at + len(join) + len(text)))
        at += len(join) + len(text)
    out += (b"\n]" if spots else b"]", after, b"\n")
    return b"".join(out), spots


_arounds: OfObjects[tuple[str, ...]] = OfObjects(each=10)


def _around(policy: ResolvedPolicy, handbook: Handbook) -> tuple[str, ...]:
    """What stands around the fingerprint, the control and the sections of a policy."""
    if handbook.edition == "governors" and handbook.organisation.open_questions:
        return _around_made(_facts(policy, handbook))
    made_from = (policy.policy, policy.review, policy.approvals, policy.open_questions)
    facts = (
        handbook.edition,
        policy.title,
        policy.kind,
        policy.state,
        policy.held.version,
        policy.held.adopted_from,
        _owner(policy, handbook),
        *_common(policy),
    )
    return _arounds.of(made_from, facts, lambda: _around_made(_facts(policy, handbook)))


def _around_made(facts: dict[str, Any]) -> tuple[str, ...]:
    marks = {
        "fingerprint": _Json(f'"{_MARK}"'),
        "control": _Json(_MARK),
        "sections": [_Json(_MARK)],
    }
    return tuple(_written(facts | marks).split(_MARK))


# Stands where something else is put; no JSON holds one.
_MARK = "\0"
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


def _policy(policy: ResolvedPolicy, handbook: Handbook) -> PolicyEntry:
    control = [{"id": f.id, "label": f.label, "lines": list(f.words)} for f in policy.control]
    return PolicyEntry.model_validate({**_facts(policy, handbook), "control": control})


def _facts(policy: ResolvedPolicy, handbook: Handbook) -> dict[str, Any]:
    """All of a policy's entry but its texts; `control` is left to be filled in."""
    review = policy.review
    facts: dict[str, Any] = {
        "id": policy.id,
        "title": policy.title,
        "area": policy.policy.area or None,
        "kind": policy.kind,
        "version": policy.held.version,
        "approval_state": policy.state,
        "review": {
            "state": "stated" if review and review.next else "not stated",
            "last": review.last.iso if review and review.last else None,
            "next": review.next.iso if review and review.next else None,
            "every_months": review.every_months if review else None,
        },
        "approvals": [_approval(one, handbook) for one in policy.approvals],
        "statutory": policy.policy.statutory.says if policy.policy.statutory else None,
        "owner": _owner(policy, handbook),
        "adopted_from": policy.held.adopted_from,
        "fingerprint": policy.fingerprint,
        "control": [],
        "common": _common(policy),
        "sections": [],
    }
    if handbook.edition == "governors":
        facts["open_questions"] = [
            {"about": q.about, "readings": list(q.readings), "published": q.published}
            for q in (*policy.open_questions, *handbook.organisation.open_questions)
        ]
    return facts


def _owner(policy: ResolvedPolicy, handbook: Handbook) -> str | None:
    owner = handbook.roles.get(policy.held.owner) if policy.held.owner else None
    return owner.title if owner else None


def _common(policy: ResolvedPolicy) -> list[str]:
    """The clauses that are asked for most, as far as they are here."""
    common = policy.policy.common
    printed = {clause.id for clause in policy.facts} if common else ()
    return [id for id in common if id in printed]


def _approval(one: Approval, handbook: Handbook) -> dict[str, Any]:
    public = handbook.edition == "public"
    return {
        "date": one.date.iso,
        "by": one.by,
        "minute": one.minute,
        "effective": one.effective.iso if one.effective else None,
        "next": one.next.iso if one.next else None,
        "signed": [s.role if public else f"{s.name}, {s.role}" for s in one.signed],
    }


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
    value = run.kind is RunKind.VALUE
    return OriginEntry(
        text=run.text,
        kind=run.kind.value,
        at=str(run.at) if run.at else None,
        name=run.slot or None,
        formatter=run.formatter or None,
        chosen_at=chosen_at(run.slot, policy, handbook) if value else None,
    )


def chosen_at(slot: str, policy: ResolvedPolicy, handbook: Handbook) -> str | None:
    """Where an organisation chose what stands for a name, if it is one that is chosen."""
    space, _, key = slot.partition(".")
    if space == "answer" and key in policy.values:
        return str(policy.values[key].chosen_at)
    if space == "term" and key in handbook.terms:
        return str(handbook.terms[key].chosen_at)
    return None


# A value is escaped so that it says just what it is.
PLAIN = Blanks(plain, str, "plain")


def plain_text(text: Text) -> str:
    """What a text says, without Markdown: what `plain` makes of it."""
    return PLAIN(text)


# ------------------------------------------------------------------------------ as JSON


class _Json(str):
    """Written already."""

    __slots__ = ()


def _written(value: Any) -> str:
    """What json.dumps(value, indent=0, ensure_ascii=False) writes: a line for each thing, so that two
    files can be compared, and no room before it, which would be a fifth of the file."""
    if isinstance(value, str):
        return value if isinstance(value, _Json) else encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, dict):
        items = [f"{encode_basestring(k)}: {_written(v)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + "\n}" if items else "{}"
    if isinstance(value, list | tuple):
        return "[\n" + ",\n".join(map(_written, value)) + "\n]" if value else "[]"
    return json.dumps(value)


_control: Recent[tuple[str, str, tuple[str, ...]], _Json] = Recent()


def _control_written(facts: tuple[str, str, tuple[str, ...]]) -> _Json:
    id, label, lines = facts
    return _Json(_written({"id": id, "label": label, "lines": lines}))


@aside
def _section_written(section: PrintedSection) -> tuple[bytes, ...]:
    """A section as JSON, in parts: its clauses are kept only once."""
    parts = [_head(section)]
    for one in section.clauses:
        parts += (_facts_written(one), _END_OF_CLAUSE)
    return _closed(parts)


def _section_told(
    section: PrintedSection, resolved: ResolvedSection, told: _Told
) -> tuple[bytes, ...]:
    """The same, with what only governors are told."""
    parts = [_head(section)]
    for one, clause in zip(section.clauses, resolved.clauses, strict=True):
        parts += (_facts_written(one), told.of(clause).encode(), _END_OF_CLAUSE)
    return _closed(parts)


def _head(section: PrintedSection) -> bytes:
    facts = {"id": section.id, "number": section.number, "title": section.title}
    said = [f"\n{_written(k)}: {_written(v)}," for k, v in facts.items()]
    return f'{{{"".join(said)}\n"clauses": [\n'.encode()


_END_OF_SECTION = b",\n"
_END_OF_CLAUSE = b"\n},\n"
_END_OF_LAST_CLAUSE = b"\n}\n]\n}"


def _closed(parts: list[bytes]) -> tuple[bytes, ...]:
    if len(parts) == 1:
        return (parts[0].removesuffix(b"\n") + b"]\n}",)
    parts[-1] = _END_OF_LAST_CLAUSE
    return tuple(parts)


class _Told:
    """What governors are told of the clauses of a policy beside their texts."""

    __slots__ = ("_chosen", "_handbook", "_policy")

    def __init__(self, policy: ResolvedPolicy, handbook: Handbook) -> None:
        self._policy, self._handbook = policy, handbook
        self._chosen: dict[str, str] = {}

    def of(self, clause: ResolvedClause) -> str:
        told = {"origin": clause.origin}
        if clause.reason is not None:
            told["reason"] = clause.reason
        parts = _runs.made(clause.text, _runs_written)
        # Every other part is the name of a value: whoever chose it is a school's own.
        runs = "".join(
            [self._chosen_at(part) if place % 2 else part for place, part in enumerate(parts)]
        )
        return _members({**told, "runs": _Json(runs)})

    def _chosen_at(self, slot: str) -> str:
        found = self._chosen.get(slot)
        if found is None:
            found = _written(chosen_at(slot, self._policy, self._handbook))
            self._chosen[slot] = found
        return found


def _members(facts: Mapping[str, object]) -> str:
    """Some more of what a clause holds."""
    return "".join([f",\n{encode_basestring(k)}: {_written(v)}" for k, v in facts.items()])


_runs: Recent[Text, tuple[str, ...]] = Recent()


# All of a clause that every edition is told, but for pictures, which few have.
_FACTS = (
    "id", "number", "title", "text", "covers", "cites", "strength", "fingerprint", "summary", "ask",
    "questions",
)  # fmt: skip
_CLAUSE = ",".join([f'\n"{name}": %s' for name in _FACTS])


@aside
def _facts_written(one: Printed) -> bytes:
    """All of a clause that every edition is told, but for the bracket that closes it."""
    quoted, strength, ask = encode_basestring, one.strength, one.clause.ask
    told = _CLAUSE % (
        quoted(one.id),
        quoted(one.number),
        quoted(one.title),
        f'"{_plain_within.of(one.text)}"',
        _written(one.covers),
        _written(one.text.cites),
        quoted(strength.value) if strength else "null",
        quoted(one.fingerprint),
        "null" if one.summary is None else quoted(one.summary),
        "null" if ask is None else quoted(ask),
        _written(one.clause.questions),
    )
    shown = [{"name": picture.name, "sha256": picture.sha256} for picture in one.pictures]
    return f"{{{told}{_members({'pictures': shown}) if shown else ''}".encode()


def _within_quotes(text: str) -> str:
    return encode_basestring(text)[1:-1]


_plain_within = Further(PLAIN, _within_quotes)


def _runs_written(text: Text) -> tuple[str, ...]:
    """A text's runs as JSON, cut where it says who chose a value: there stands the value's name."""
    parts: list[str] = []
    here = "[\n"
    for place, run in enumerate(text.runs):
        here += f"{_BETWEEN_RUNS if place else ''}{_run_written(run)}"
        if run.kind is RunKind.VALUE and run.slot.startswith(("answer.", "term.")):
            parts += (here, run.slot)
            here = ""
        else:
            here += "null"
    parts.append(f"{here}\n}}\n]" if text.runs else "[]")
    return tuple(parts)


_BETWEEN_RUNS = "\n},\n"
_KINDS = {kind: encode_basestring(kind.value) for kind in RunKind}


def _run_written(run: Run) -> str:
    """A run as JSON, up to who chose it."""
    quoted, name, made_by = encode_basestring, run.slot, run.formatter
    return (
        f'{{\n"text": {quoted(run.text)},\n"kind": {_KINDS[run.kind]}'
        f',\n"at": {quoted(str(run.at)) if run.at else "null"}'
        f',\n"name": {quoted(name) if name else "null"}'
        f',\n"formatter": {quoted(made_by) if made_by else "null"}'
        f',\n"chosen_at": '
    )
