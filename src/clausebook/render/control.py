"""Document control in readers' words: one line that opens into all that is known, and what is not."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from clausebook.dates import Stated
from clausebook.model import Handbook, ResolvedPolicy
from clausebook.recent import OfObjects, Recent
from clausebook.typed import dataclass

NOT_STATED = "Not stated"
CODE = "Check code"
STATES = {
    "draft": "Draft, not yet approved",
    "approved elsewhere": "Approved in another copy",
}
STATES_MEAN = {
    "draft": "Nobody has approved this text yet.",
    "approved elsewhere": "The copy that was approved is kept elsewhere. This text was made from it.",
}
# Said elsewhere on the page.
_ELSEWHERE = ("title", "organisation", "contents", "approval", "last_reviewed", "next_review")


class Row(NamedTuple):
    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a review is due: as stated, and the last day that can mean."""

    words: str
    iso: str
    day: str
    within: int
    ask: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Control:
    """What is known of a policy as a document."""

    line: str
    rows: tuple[Row, ...]
    draft: bool
    due: Due | None


def state_words(policy: ResolvedPolicy) -> str:
    return STATES.get(policy.state, policy.state)


def owner_of(policy: ResolvedPolicy, handbook: Handbook) -> str:
    role = handbook.roles.get(policy.held.owner) if policy.held.owner else None
    return role.title if role else ""


def due_of(policy: ResolvedPolicy, handbook: Handbook, within: int, ask: str = "") -> Due | None:
    if policy.review is None or policy.review.next is None:
        return None
    return _due(policy.review.next, within, owner_of(policy, handbook) or ask)


@lru_cache(maxsize=1_000)
def _due(stated: Stated, within: int, ask: str) -> Due:
    day = stated.last.isoformat()
    return Due(words=str(stated), iso=stated.iso, day=day, within=within, ask=ask)


def control(policy: ResolvedPolicy, handbook: Handbook, within: int, ask: str) -> Control:
    """Everything a reader may want to know of a policy that is not a rule; last its check code."""
    known = stated(policy, handbook, within, ask)
    return replace(known, rows=(*known.rows, Row(CODE, (policy.fingerprint,))))


def stated(policy: ResolvedPolicy, handbook: Handbook, within: int, ask: str) -> Control:
    """The same but for the check code: one object for all policies of which the same is known."""
    fields = [one for one in policy.control if one.id == "approval" or one.id not in _ELSEWHERE]
    made_of = (policy.policy, policy.approvals, policy.review, *fields)
    said = (policy.state, policy.held.version, policy.held.adopted_from)
    facts = (*said, owner_of(policy, handbook), within, ask)
    return _every.of(made_of, facts, lambda: _one(_stated(policy, handbook, within, ask)))


def _one(made: Control) -> Control:
    facts = (made.line, made.rows, made.draft, made.due)
    return _alike.get(facts) or _alike.put(facts, made)


_every: OfObjects[Control] = OfObjects(each=10)
_alike: Recent[tuple[object, ...], Control] = Recent(each=10)


def _stated(policy: ResolvedPolicy, handbook: Handbook, within: int, ask: str) -> Control:
    approval = policy.approvals[-1] if policy.approvals else None
    review = policy.review
    fields = {field.id: field.words for field in policy.control}
    approved = fields.get("approval", (str(approval.date),) if approval else ())
    rows = [
        Row("Status", (f"{state_words(policy)}. {STATES_MEAN.get(policy.state, '')}".strip(),)),
        Row("Version", (policy.held.version or NOT_STATED,)),
        Row("Owner", (_capital(owner_of(policy, handbook)) or NOT_STATED,)),
        Row("Approved by", approved or (NOT_STATED,)),
    ]
    if approval and approval.effective:
        rows.append(Row("In force from", (str(approval.effective),)))
    rows += [
        Row("Last reviewed", (str(review.last) if review and review.last else NOT_STATED,)),
        Row("Next review due", (str(review.next) if review and review.next else NOT_STATED,)),
    ]
    if review and review.every_months:
        rows.append(Row("Reviewed every", (_months(review.every_months),)))
    statutory = policy.policy.statutory
    if statutory:
        word = "Yes" if statutory.required else "No"
        rows.append(Row("Required by law", (f"{word}. {statutory.says}",)))
    if policy.held.adopted_from:
        rows.append(Row("Adopted from", (policy.held.adopted_from,)))
    rows += [Row(f.label, f.words) for f in policy.control if f.id not in _ELSEWHERE]
    return Control(
        line=_line(policy, approved),
        rows=tuple(rows),
        draft=policy.state == "draft",
        due=due_of(policy, handbook, within, ask),
    )


def _line(policy: ResolvedPolicy, approved: tuple[str, ...]) -> str:
    parts = [STATES["draft"]] if policy.state == "draft" else []
    if approved:
        parts.append("Approved: " + approved[-1].split("; next review")[0])
    elif policy.state != "draft":
        parts.append("Approval not stated")
    if policy.held.version:
        parts.append(f"Version {policy.held.version}")
    if policy.review is None or policy.review.next is None:
        parts.append("Next review not stated")
    return " · ".join(parts)


def _months(count: int) -> str:
    if count % 12 == 0:
        return "year" if count == 12 else f"{count // 12} years"
    return "month" if count == 1 else f"{count} months"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
