"""A handbook in; calendar feeds of its review dates out, one for all and one per approving body."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from clausebook.dates import Stated
from clausebook.demonstration import note
from clausebook.model import Handbook, ResolvedPolicy, fingerprint
from clausebook.once import aside
from clausebook.render.control import owner_of

NAME = "review-dates.ics"


def calendars(handbook: Handbook) -> dict[str, bytes]:
    """Files by name. The feed of all is always there: an address people subscribe to stays."""
    # Most events stand in two feeds, and are written once.
    dated = due(handbook)
    events = [(approving_body(p), _event(stated, p, handbook)) for stated, p in dated]
    files = {NAME: _calendar(handbook, "", [event for _, event in events])}
    for body, name in _feeds(dated).items():
        files[name] = _calendar(handbook, body, [event for by, event in events if by == body])
    return files


def due(handbook: Handbook) -> list[tuple[Stated, ResolvedPolicy]]:
    """The policies with a stated review date, by that date."""
    dated = [
        (policy.review.next, policy)
        for policy in handbook.policies.values()
        if policy.review is not None and policy.review.next is not None
    ]
    return sorted(dated, key=lambda one: (_last(one[1]), one[1].title.casefold(), one[1].id))


@aside
def _last(policy: ResolvedPolicy) -> date:
    """The last day that the date of its next review can mean."""
    assert policy.review is not None
    assert policy.review.next is not None
    return policy.review.next.last


def approving_body(policy: ResolvedPolicy) -> str:
    """Who approved a policy last; empty where nobody is stated."""
    return (policy.approvals[-1].by or "") if policy.approvals else ""


def feeds(handbook: Handbook) -> dict[str, str]:
    """The file of each body that has a policy with a review date."""
    return _feeds(due(handbook))


def _feeds(dated: Iterable[tuple[Stated, ResolvedPolicy]]) -> dict[str, str]:
    bodies = {body for _, policy in dated if (body := approving_body(policy))}
    return {body: f"review-dates-{slug}.ics" for body, slug in slugs(bodies).items()}


def slugs(names: Iterable[str]) -> dict[str, str]:
    """A short name for each, fit for any file system and different from every other's."""
    plain = {name: _slug(name) for name in sorted(set(names))}
    count = Counter(plain.values())
    # All that share one get a mark of their own: a feed must not turn into another body's on the
    # day a second body comes along.
    return {
        name: slug if slug and count[slug] == 1 else f"{slug or 'body'}-{fingerprint(name)}"
        for name, slug in plain.items()
    }


def _slug(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    letters = re.sub(r"['’]|[^\x00-\x7f]", "", letters)
    return re.sub(r"[^a-z0-9]+", "-", letters)[:60].strip("-")


def _calendar(handbook: Handbook, body: str, events: list[bytes]) -> bytes:
    organisation = handbook.organisation.name
    title = f"Review dates: {organisation}" + (f", {body}" if body else "")
    about = f"When the policies of {organisation} are due for review."
    described = " ".join(filter(None, [about, note(handbook)]))
    lines = [
        _line("BEGIN", "VCALENDAR"),
        _line("PRODID", "-//Clausebook//Review dates//EN"),
        _line("VERSION", "2.0"),
        _line("CALSCALE", "GREGORIAN"),
        _line("NAME", _escaped(title)),
        _line("X-WR-CALNAME", _escaped(title)),
        _line("DESCRIPTION", _escaped(described)),
        _line("X-WR-CALDESC", _escaped(described)),
        _line("X-WR-TIMEZONE", "Europe/London"),
        _line("REFRESH-INTERVAL;VALUE=DURATION", "P1D"),
    ]
    return b"".join([*lines, *events, _line("END", "VCALENDAR")])


def _event(stated: Stated, policy: ResolvedPolicy, handbook: Handbook) -> bytes:
    organisation = handbook.organisation
    summary = f"Review due: {policy.title} ({organisation.name})"
    lines = [
        b"BEGIN:VEVENT\r\n",
        # Neither title nor date is part of it: a calendar moves the event it has, and adds no second.
        _line("UID", _escaped(f"{policy.id}.review@{organisation.id}.clausebook")),
        _dated(_looked_at(policy) or stated.first, _last(policy)),
        _line("SUMMARY", _escaped(summary)),
        _described("\n".join(_description(stated, policy, handbook))),
        b"TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n",
    ]
    return b"".join(lines)


@lru_cache(maxsize=1_000)
def _dated(stamp: date, day: date) -> bytes:
    """The lines that say when an event is, and since when this is known."""
    lines = [
        _line("DTSTAMP", f"{_day(stamp)}T000000Z"),
        _line("DTSTART;VALUE=DATE", f"{_day(day)}"),
        _line("DTEND;VALUE=DATE", f"{_day(day + timedelta(days=1))}"),
    ]
    return b"".join(lines)


@lru_cache(maxsize=1_000)
def _described(text: str) -> bytes:
    return _line("DESCRIPTION", _escaped(text))


@aside
def _looked_at(policy: ResolvedPolicy) -> date | None:
    """The last date on which somebody is known to have decided something about the policy."""
    known = [approval.date.first for approval in policy.approvals]
    if policy.review is not None and policy.review.last is not None:
        known.append(policy.review.last.first)
    return max(known, default=None)


def _description(stated: Stated, policy: ResolvedPolicy, handbook: Handbook) -> list[str]:
    lines = [f"Next review: due {stated}."]
    if stated.day is None:
        what = "month" if stated.month else "year"
        lines.append(f"No day is stated, so this stands on the last day of the {what}.")
    lines.append(f"Owner: {owner_of(policy, handbook) or 'not stated'}.")
    lines.append(f"Last approved by: {approving_body(policy) or 'not stated'}.")
    own = note(handbook)
    return [*lines, own] if own else lines


# ------------------------------------------------------------------------------ iCalendar


def _line(name: str, value: str) -> bytes:
    """A line of a calendar, folded where RFC 5545 wants it, as the library `icalendar` folds it.

    No escape is parted from what it escapes.
    """
    raw = f"{name}:{value}".encode()
    parts: list[bytes] = []
    start = 0
    while len(raw) - start > _WIDTH:
        end = start + _WIDTH
        while raw[end] & 0xC0 == 0x80:  # within a letter
            end -= 1
        if raw[end - 1] in b"\\^":
            end -= 1
        parts.append(raw[start:end])
        start = end
    return b"\r\n ".join([*parts, raw[start:]]) + b"\r\n"


_WIDTH = 74


def _escaped(text: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11): an organisation's own words are never syntax."""
    text = text.replace("\\N", "\n").replace("\\", "\\\\")
    text = text.replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")
