"""A handbook in; calendar feeds of its review dates out, one for all and one per approving body."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event, vDuration, vText

from clausebook.dates import Stated
from clausebook.handbook_file import note
from clausebook.model import Handbook, ResolvedPolicy, fingerprint
from clausebook.render.control import owner_of

NAME = "review-dates.ics"


def calendars(handbook: Handbook) -> dict[str, bytes]:
    """Files by name. The feed of all is always there: an address people subscribe to stays."""
    dated = due(handbook)
    files = {NAME: _calendar(handbook, "", dated)}
    for body, name in feeds(handbook).items():
        own = [(stated, policy) for stated, policy in dated if approving_body(policy) == body]
        files[name] = _calendar(handbook, body, own)
    return files


def due(handbook: Handbook) -> list[tuple[Stated, ResolvedPolicy]]:
    """The policies with a stated review date, by that date."""
    dated = [
        (policy.review.next, policy)
        for policy in handbook.policies.values()
        if policy.review is not None and policy.review.next is not None
    ]
    return sorted(dated, key=lambda one: (one[0].last, one[1].title.casefold(), one[1].id))


def approving_body(policy: ResolvedPolicy) -> str:
    """Who approved a policy last; empty where nobody is stated."""
    return (policy.approvals[-1].by or "") if policy.approvals else ""


def feeds(handbook: Handbook) -> dict[str, str]:
    """The file of each body that has a policy with a review date."""
    bodies = {body for _, policy in due(handbook) if (body := approving_body(policy))}
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


def _calendar(handbook: Handbook, body: str, dated: list[tuple[Stated, ResolvedPolicy]]) -> bytes:
    organisation = handbook.organisation.name
    title = f"Review dates: {organisation}" + (f", {body}" if body else "")
    about = f"When the policies of {organisation} are due for review."
    calendar = Calendar()
    calendar.add("prodid", "-//Clausebook//Review dates//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    # The library escapes these only when they are given as text.
    calendar.add("name", vText(title))
    calendar.add("x-wr-calname", vText(title))
    described = " ".join(filter(None, [about, note(handbook)]))
    calendar.add("description", vText(described))
    calendar.add("x-wr-caldesc", vText(described))
    calendar.add("x-wr-timezone", vText("Europe/London"))
    day = vDuration(timedelta(days=1))
    calendar.add("refresh-interval", day, parameters={"VALUE": "DURATION"})
    for stated, policy in dated:
        calendar.add_component(_event(stated, policy, handbook))
    return bytes(calendar.to_ical(sorted=False))


def _event(stated: Stated, policy: ResolvedPolicy, handbook: Handbook) -> Event:
    organisation = handbook.organisation
    event = Event()
    # Neither title nor date is part of it: a calendar moves the event it has, and adds no second.
    event.add("uid", f"{policy.id}.review@{organisation.id}.clausebook")
    event.add("dtstamp", datetime.combine(_looked_at(policy) or stated.first, time(), UTC))
    event.add("dtstart", stated.last)
    event.add("dtend", stated.last + timedelta(days=1))
    event.add("summary", f"Review due: {policy.title} ({organisation.name})")
    event.add("description", "\n".join(_description(stated, policy, handbook)))
    event.add("transp", "TRANSPARENT")
    return event


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
