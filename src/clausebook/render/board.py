"""A governors' handbook in; the review board out, as a page and as a spreadsheet.

Both hold dates as stated and nothing computed from today: the reader's browser says "overdue".
"""

from __future__ import annotations

from clausebook.dates import Stated
from clausebook.model import Handbook, ResolvedPolicy
from clausebook.render.calendar import NAME, approving_body, due, feeds, slugs
from clausebook.render.control import owner_of, state_words
from clausebook.render.site import Heading, Page
from clausebook.render.templates import html
from clausebook.table import Table
from clausebook.typed import dataclass

TITLE = "Review board"
CSV_NAME = "review-board.csv"
NO_BODY = "No approving body stated"
COLUMNS = (
    "Approving body",
    "Policy",
    "Approval",
    "Version",
    "Last reviewed",
    "Next review due",
    "Due by",
    "Owner",
    "Last approved",
    "Minute",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One policy on the board; empty where nothing is stated."""

    address: str
    title: str
    state: str
    version: str
    reviewed: Stated | None
    next: Stated | None
    owner: str
    approved: Stated | None
    minute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An approving body, its calendar feed where it has one, and its policies."""

    id: str
    name: str
    feed: str
    dated: tuple[Row, ...]
    undated: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.dated + self.undated


def page(handbook: Handbook) -> Page:
    """review.html"""
    found = bodies(handbook)
    return Page(
        path="review.html",
        title=TITLE,
        body=html("review.html", title=TITLE, bodies=found, feed=NAME, csv=CSV_NAME),
        headings=tuple(Heading(id=body.id, title=body.name) for body in found),
        about="When each policy is due for review, by the body that approves it.",
    )


def csv_file(handbook: Handbook) -> bytes:
    """review-board.csv"""
    rows = [_cells(row, body.name) for body in bodies(handbook) for row in body.rows]
    return Table(COLUMNS, tuple(rows)).csv().encode()


def bodies(handbook: Handbook) -> list[Body]:
    """Every policy by the body that approved it last: bodies by name, and none stated at the end."""
    dated = [policy for _, policy in due(handbook)]
    known = {policy.id for policy in dated}
    undated = [policy for policy in handbook.policies.values() if policy.id not in known]
    undated.sort(key=lambda policy: (policy.title.casefold(), policy.id))
    names = {approving_body(policy) for policy in handbook.policies.values()}
    ids, files = slugs(names - {""}), feeds(handbook)
    return [
        Body(
            id=f"body-{ids[name]}" if name else "no-body",
            name=name or NO_BODY,
            feed=files.get(name, ""),
            dated=tuple(_row(p, handbook) for p in dated if approving_body(p) == name),
            undated=tuple(_row(p, handbook) for p in undated if approving_body(p) == name),
        )
        for name in sorted(names, key=lambda name: (not name, name.casefold(), name))
    ]


def _row(policy: ResolvedPolicy, handbook: Handbook) -> Row:
    review = policy.review
    last = policy.approvals[-1] if policy.approvals else None
    return Row(
        address=f"{policy.id}.html",
        title=policy.title,
        state=state_words(policy),
        version=policy.held.version or "",
        reviewed=review.last if review else None,
        next=review.next if review else None,
        owner=owner_of(policy, handbook),
        approved=last.date if last else None,
        minute=(last.minute or "") if last else "",
    )


def _cells(row: Row, body: str) -> tuple[str, ...]:
    # A spreadsheet makes 2 of "2.0", a date of minute "25/11" and 1 October of "October 2025":
    # with a word in front they stay as stated.
    return (
        body,
        row.title,
        row.state,
        f"version {row.version}" if row.version else "not stated",
        _said(row.reviewed),
        _said(row.next),
        row.next.last.isoformat() if row.next else "",
        row.owner or "not stated",
        _said(row.approved),
        f"minute {row.minute}" if row.minute else "not stated",
    )


def _said(stated: Stated | None) -> str:
    if stated is None:
        return "not stated"
    return f"on {stated}" if stated.day else f"in {stated}"
