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
    Review,
    Run,
    RunKind,
)
from clausebook.problem import Place
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
    policy: Policy,
    organisation: Organisation,
    title: Run,
    audience: Run | None,
    review: Review | None,
    approvals: tuple[Approval, ...],
    sections: tuple[ResolvedSection, ...],
    contents: bool,
    edition: str,
) -> tuple[ControlField, ...]:
    """Every field that has something to print, in the order of the cover."""
    name_at = organisation.name_at or organisation.at
    lines: dict[str, list[list[Run]]] = {
        "title": [[title]],
        "organisation": [[_value(organisation.name, name_at)]],
    }
    if organisation.site and organisation.site_at:
        lines["site"] = [[_value(organisation.site, organisation.site_at)]]
    if audience:
        lines["audience"] = [[audience]]
    if approvals and approvals[-1].by:
        lines["approval"] = [_approval(approvals[-1])]
    if len(approvals) > 1:
        lines["history"] = [_approval(approval) for approval in approvals]
    signed = list(_signatures(approvals, edition))
    if signed:
        lines["signatories"] = signed
    if review and review.last:
        lines["last_reviewed"] = [[_date(review.last, review.places["last"])]]
    if review and review.next:
        lines["next_review"] = [[_date(review.next, review.places["next"])]]
    if contents:
        lines["contents"] = [[_numbered(section)] for section in sections]
    return tuple(
        ControlField(
            id, LABELS[id], tuple(tuple(line) for line in made), tuple(policy.control.get(id, ()))
        )
        for id, made in lines.items()
    )


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
