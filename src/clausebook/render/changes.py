"""Changes in; the page "What changed" and its Atom feed out."""

from __future__ import annotations

import uuid
from itertools import groupby
from xml.etree import ElementTree as xml

from clausebook.changes import AFTER, BEFORE, NO_DATE, SAME, Change, Kind, latest
from clausebook.demonstration import note
from clausebook.model import Handbook, ResolvedPolicy
from clausebook.once import aside
from clausebook.render.site import Heading, Page
from clausebook.render.templates import html
from clausebook.spelling import NOT_XML
from clausebook.table import count

PATH = "changes.html"
FEED = "changes.xml"
TITLE = "What changed"

_ATOM = "http://www.w3.org/2005/Atom"


def page(changes: tuple[Change, ...] | None, new: Handbook, since_words: str) -> Page:
    """The page: by policy, each change with both texts. None: there is no earlier text."""
    found = [
        {
            "id": f"changes.{id}",
            "title": title,
            "href": f"{id}.html" if id in new.policies else "",
            "changes": [_shown(change, id in new.policies) for change in of_policy],
        }
        for (id, title), of_policy in groupby(
            changes or (), key=lambda change: (change.policy, change.policy_title)
        )
    ]
    policies = count(len(found), "policy", "policies")
    return Page(
        path=PATH,
        title=TITLE,
        body=html(
            "changes.html",
            held=changes is not None,
            since=since_words,
            organisation=new.organisation.name,
            edition=new.edition,
            feed=FEED,
            counts=f"{count(len(changes or ()), 'change')} in {policies}",
            policies=found,
        ),
        headings=tuple(Heading(id=str(one["id"]), title=str(one["title"])) for one in found),
        about=f"What changed in the policies of {new.organisation.name}.",
    )


def _shown(change: Change, held: bool) -> dict[str, object]:
    sides = [] if change.kind is Kind.RENUMBERED else list(_sides(change))
    return {
        "heading": f"{change.number} {change.title}".strip(),
        "href": _address(change) if held and change.kind is not Kind.REMOVED else "",
        "kind": change.kind.words,
        "tag": change.tag.words,
        "law": change.tag.value,
        "also": change.also,
        "sides": sides,
    }


def _sides(change: Change) -> list[dict[str, object]]:
    if change.kind is Kind.POLICY_ADDED:
        return []
    # The text of a policy that is gone opens when somebody asks for it.
    closed = change.kind is Kind.POLICY_REMOVED
    one = not (change.before and change.after)
    sides: list[dict[str, object]] = []
    for label, text, mark in (
        ("Before", change.before, BEFORE),
        ("After", change.after, AFTER),
    ):
        if text:
            parts = [
                part
                for op, words in change.differences
                if op in (SAME, mark)
                for part in _bare(op, words)
            ]
            sides.append({"label": label, "parts": parts, "closed": closed, "one": one})
    return sides


def _bare(op: str, words: str) -> list[tuple[str, str]]:
    """Words without the space before them, so that no line is drawn through it."""
    bare = words.lstrip()
    space = words[: len(words) - len(bare)]
    return [part for part in ((SAME, space), (op, bare)) if part[1]]


def _address(change: Change) -> str:
    """Where a change can be read in the text as it is now."""
    return f"{change.policy}.html" + (f"#{change.clause}" if change.clause else "")


# ------------------------------------------------------------------------------ the feed


def feed(changes: tuple[Change, ...] | None, new: Handbook, address: str | None) -> bytes:
    """The Atom feed. An entry keeps its id for as long as its clause says the same."""
    base = address.rstrip("/") + "/" if address else ""
    own = new.organisation
    dates = [change.dated for change in changes or ()] or list(map(_dated, new.policies.values()))
    root = xml.Element("feed", {"xmlns": _ATOM, "xml:lang": "en-GB"})
    _element(root, "id", _id(own.id, new.edition))
    _element(root, "title", f"{own.name}: what changed")
    if said := note(new):
        _element(root, "subtitle", said)
    _element(root, "updated", _moment(max(dates, default=NO_DATE)))
    _element(_element(root, "author"), "name", own.name)
    _element(root, "link", rel="alternate", type="text/html", href=f"{base}{PATH}")
    if base:
        _element(root, "link", rel="self", type="application/atom+xml", href=f"{base}{FEED}")
    for change in changes or ():
        _entry(root, change, new, base, change.policy in new.policies)
    xml.indent(root)
    text = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


@aside
def _dated(policy: ResolvedPolicy) -> str:
    """The latest day on which a policy says that it was approved, took effect or was reviewed."""
    stated = [policy.review.last] if policy.review else []
    stated += [date for one in policy.approvals for date in (one.date, one.effective)]
    return latest(stated)


def _entry(root: xml.Element, change: Change, new: Handbook, base: str, held: bool) -> None:
    gone = not held or change.kind is Kind.REMOVED
    entry = _element(root, "entry")
    about = change.clause or change.kind.value
    parts = (new.organisation.id, new.edition, change.policy, about, change.mark)
    _element(entry, "id", _id(*parts))
    heading = f"{change.number} {change.title}".strip()
    where = "" if change.title == change.policy_title else f"{change.policy_title}: "
    _element(entry, "title", f"{where}{heading} ({change.kind.words.lower()})")
    _element(entry, "updated", _moment(change.dated))
    href = base + (PATH if gone else _address(change))
    _element(entry, "link", rel="alternate", type="text/html", href=href)
    _element(entry, "category", term=change.tag.value, label=change.tag.words)
    _element(entry, "content", _content(change), type="text")


def _content(change: Change) -> str:
    parts = [f"{change.kind.words}. {change.tag.words}.", *change.also]
    if change.kind not in (Kind.RENUMBERED, Kind.POLICY_ADDED):
        parts += [f"Before: {change.before}"] if change.before else []
        parts += [f"After: {change.after}"] if change.after else []
    return "\n\n".join(parts)


def _element(parent: xml.Element, tag: str, text: str = "", /, **facts: str) -> xml.Element:
    element = xml.SubElement(parent, tag, facts)
    element.text = NOT_XML.sub("", text) or None
    return element


def _id(*parts: str) -> str:
    """An address-free id that never changes: made of what it is about, never of where or when."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(('clausebook', *parts)))}"


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"
