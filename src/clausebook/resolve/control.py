"""Document control: generated fields, each printed from what a file says, and the open questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clausebook.dates import Stated
from clausebook.model import (
    Approval,
    ControlField,
    Organisation,
    Policy,
    ResolvedSection,
    Run,
    RunKind,
)
from clausebook.problem import Place
from clausebook.resolve.document import Document
from clausebook.resolve.text import product

LABELS = {
    "title": "Title",
    "organisation": "Organisation",
    "site": "Site",
    "audience": "Written for",
    "approval": "Approved",
    "history": "Approval history",
    "signatories": "Signed",
    "last_reviewed": "Last reviewed",
    "next_review": "Next review due",
    "contents": "Contents",
}


def control_fields(
    document: Document,
    organisation: Organisation,
    at: Place,
    sections: tuple[ResolvedSection, ...],
    edition: str,
) -> tuple[ControlField, ...]:
    """Every field that has something to print, in the order of the cover."""
    if "audience" in document.said and "audience" not in document.places:
        known = tuple(_fields(document, at, edition))  # where it is said is not known
    elif edition in document.fields:
        known = document.fields[edition]
    else:
        known = document.fields[edition] = tuple(_fields(document, at, edition))
    title, *others = known
    name_at = organisation.name_at or organisation.at
    policy, fields = document.policy, [title]
    fields.append(_field("organisation", [[_value(organisation.name, name_at)]], policy))
    if organisation.site and organisation.site_at:
        fields.append(_field("site", [[_value(organisation.site, organisation.site_at)]], policy))
    fields += others
    if document.said.get("contents"):
        fields.append(_field("contents", [[_numbered(section)] for section in sections], policy))
    return tuple(fields)


def _fields(document: Document, at: Place, edition: str) -> Iterable[ControlField]:
    """The title, and what else organisations print alike of whom the same is said."""
    policy, review, approvals = document.policy, document.review, document.approvals
    yield _field("title", [[_value(document.title, document.title_at)]], policy)
    if audience := document.said.get("audience"):
        here = document.places.get("audience") or at
        yield _field("audience", [[_value(audience, here)]], policy)
    if approvals and approvals[-1].by:
        yield _field("approval", [_approval(approvals[-1])], policy)
    if len(approvals) > 1:
        yield _field("history", [_approval(approval) for approval in approvals], policy)
    signed = list(_signatures(approvals, edition))
    if signed:
        yield _field("signatories", signed, policy)
    if review and review.last:
        yield _field("last_reviewed", [[_date(review.last, review.places["last"])]], policy)
    if review and review.next:
        yield _field("next_review", [[_date(review.next, review.places["next"])]], policy)


def _field(id: str, lines: list[list[Run]], policy: Policy) -> ControlField:
    covers = tuple(policy.control.get(id, ()))
    return ControlField(id, LABELS[id], tuple([tuple(line) for line in lines]), covers)


def in_another_edition(
    fields: tuple[ControlField, ...], approvals: tuple[Approval, ...], edition: str
) -> tuple[ControlField, ...]:
    """The same fields as another edition prints them: only signatures differ."""
    return tuple(
        replace(field, lines=tuple(tuple(line) for line in _signatures(approvals, edition)))
        if field.id == "signatories"
        else field
        for field in fields
    )


def _value(text: str, at: Place) -> Run:
    return Run(RunKind.VALUE, text, at, "control", "", text)


def _date(date: Stated, at: Place) -> Run:
    return Run(RunKind.VALUE, str(date), at, "control", "date", date.iso)


def _numbered(section: ResolvedSection) -> Run:
    text = f"{section.number} {section.title}"
    return Run(RunKind.VALUE, text, section.at, "control", "numbered", section.title)


def _approval(approval: Approval) -> list[Run]:
    runs = [_date(approval.date, approval.at)]
    if approval.by:
        runs = [_value(approval.by, approval.places["by"]), product("comma"), *runs]
    if approval.minute:
        runs += [product("minute"), _value(approval.minute, approval.places["minute"])]
    if approval.next:
        runs += [product("next-review"), _date(approval.next, approval.places["next"])]
    return runs


def _signatures(approvals: tuple[Approval, ...], edition: str) -> Iterable[list[Run]]:
    for approval in approvals:
        for signature in approval.signed:
            date = _date(approval.date, approval.at)
            role = _value(signature.role, signature.role_at)
            if edition == "public":
                yield [role, product("comma"), date]
            else:
                name = _value(signature.name, signature.at)
                yield [name, product("comma"), role, product("comma"), date]
