"""A handbook in; its pages that are no policy out, as plain Markdown, at the addresses they had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from clausebook.changes import Change, Kind
from clausebook.export.writing import (
    heading,
    link,
    listed,
    page,
    questions,
    quoted,
    reach,
    said,
    table,
)
from clausebook.export.writing import waivers as waivers_said
from clausebook.model import GlossaryEntry, Handbook, ResolvedClause, ResolvedPolicy
from clausebook.render import board
from clausebook.render.calendar import NAME as CALENDAR
from clausebook.render.control import due_of
from clausebook.render.home import EDITIONS, OTHER, _questions
from clausebook.render.people import people, person, whoever
from clausebook.render.quick import ROOM, _people, chosen, has_guide
from clausebook.table import count

FEW = 6


def home(handbook: Handbook, within: int, note: str | None) -> str:
    blocks = [
        handbook.organisation.name,
        f"Policy handbook. {EDITIONS[handbook.edition]}.",
        quoted(note),
        heading(2, "Whom do I tell?", "cb.contacts"),
        _whom(handbook),
    ]
    if asked := _questions(handbook):
        lines = [link(one.words, one.href) for one in asked]
        blocks += [heading(2, "Common questions", "cb.questions"), listed(lines)]
    blocks.append(heading(2, "All policies", "cb.policies"))
    for area, policies in areas(handbook).items():
        blocks.append(f"### {said(area)}")
        blocks.append(listed(_entry(policy, handbook, within) for policy in policies))
    return page(*blocks)


def areas(handbook: Handbook) -> dict[str, list[ResolvedPolicy]]:
    """The policies by area, in the order of the handbook."""
    found: dict[str, list[ResolvedPolicy]] = {}
    for policy in handbook.policies.values():
        found.setdefault(policy.policy.area or OTHER, []).append(policy)
    return found


def _whom(handbook: Handbook) -> str:
    lines = []
    for one in people(handbook):
        if one.about or one.rules:
            who = [link(one.title, f"contacts.html#role.{one.id}"), *filter(None, [reach(one)])]
            lines.append(f"{said(one.about or one.rules[0][1])}: {' · '.join(who)}")
    nobody = "This handbook names nobody to turn to. If you are unsure, ask whoever manages you."
    return listed(lines) or nobody


def _entry(policy: ResolvedPolicy, handbook: Handbook, within: int) -> str:
    due = due_of(policy, handbook, within, whoever(handbook))
    facts = [f"Next review {due.words}" if due else "Next review not stated"]
    facts += [link("Quick guide", f"quick/{policy.id}.html")] if has_guide(policy) else []
    title = link(policy.title, f"{policy.id}.html")
    draft = " **Draft**" if policy.state == "draft" else ""
    return f"{title}{draft}\n\n{said(policy.policy.summary)}\n\n{' · '.join(facts)}"


def quick(policy: ResolvedPolicy, handbook: Handbook, note: str | None) -> str:
    asked = _people(policy, handbook)
    guide = chosen(policy.clauses, ROOM - 3 * len(asked))
    whole = link("the whole policy", f"../{policy.id}.html")
    blocks = [
        f"Quick guide: {policy.title}",
        f"The strongest rules in short. {link('The whole policy', f'../{policy.id}.html')} is what "
        "counts.",
        quoted(note),
    ]
    for title, id, clauses in (
        ("Do", "do", guide.do),
        ("Do not", "dont", guide.dont),
        ("You may", "may", guide.may),
    ):
        if clauses:
            blocks.append(heading(2, title, f"cb.{id}"))
            blocks.append(listed(_short(clause, policy.id) for clause in clauses))
    if asked:
        lines = [f"**{said(one.title)}**: {said(about)} {reach(one)}" for one, about in asked]
        blocks += [heading(2, "Ask or tell", "cb.ask"), listed(line.rstrip() for line in lines)]
    if guide.more:
        rules = count(guide.more, "more rule is", "more rules are")
        blocks.append(f"{rules} in {whole}.")
    return page(*blocks)


def _short(clause: ResolvedClause, policy: str) -> str:
    words = clause.summary.words.rstrip(".") if clause.summary else ""
    return link(words, f"../{policy}.html#{clause.id}")


def contacts(handbook: Handbook) -> str:
    blocks = [
        "Whom do I tell?",
        "In an emergency, or if a child is in danger now, call 999 first.",
    ]
    found = people(handbook)
    for one in found:
        blocks += [
            heading(2, one.title, f"role.{one.id}"),
            f"{said(one.about)}." if one.about else "",
            reach(one),
        ]
        if one.rules:
            rules = ", ".join(link(words, address) for address, words in one.rules[:FEW])
            more = f" and {len(one.rules) - FEW} more" if len(one.rules) > FEW else ""
            blocks.append(f"Rules: {rules}{more}.")
    return page(*blocks, "" if found else "This handbook names no roles to turn to.")


def terms(entries: Iterable[GlossaryEntry]) -> str:
    blocks = [
        block
        for one in entries
        for block in (
            heading(2, one.term[:1].upper() + one.term[1:], one.id),
            said(one.means),
        )
    ]
    return page(
        "What the words mean",
        "These terms stand in the rules of this handbook.",
        *(blocks or ["No rule of this handbook uses a term that needs explaining."]),
    )


def about(handbook: Handbook, note: str | None, calendars: Iterable[str]) -> str:
    own = handbook.organisation
    groups = [tier.name for tier in handbook.tiers[:-1]]
    whose = f"These are the policies of {said(own.name)}"
    whose += f", within {', '.join(said(name) for name in groups)}" if groups else ""
    codes = [
        (
            link(policy.title, f"{policy.id}.html"),
            said(policy.held.version or "Not stated"),
            f"`{policy.fingerprint}`",
        )
        for policy in handbook.policies.values()
    ]
    data = [
        f"{link('Review dates for your calendar', name)} (`{name}`)" for name in sorted(calendars)
    ]
    data.append(f"{link('Everything here as data', 'handbook.json')} for other programs")
    governors = handbook.edition == "governors"
    if governors:
        data.insert(0, link("The review board", "review.html"))
    blocks = [
        "About this handbook",
        said(note) if note else "",
        heading(2, "Whose it is", "cb.whose"),
        f"{whose}. {EDITIONS[handbook.edition]}.",
        heading(2, "How it is made", "cb.made"),
        "These pages were exported from Clausebook as plain Markdown. What has been edited since was "
        "edited by hand, page by page.",
        "“Approved in another copy” means that the copy that was approved is kept elsewhere, and "
        "this text was made from it. A review that is overdue does not withdraw a policy.",
        heading(2, "How to check a copy", "cb.check"),
        "These are the check codes of the policies as they were exported. A copy with the same code "
        "says the same; the code of a policy that was edited since no longer holds.",
        table(("Policy", "Version", "Check code"), codes),
        heading(2, "Follow and reuse", "cb.follow"),
        "As they were on the day of the export:",
        listed(data),
    ]
    if governors and own.open_questions:
        blocks += [heading(2, "Open questions", "cb.questions"), questions(own.open_questions)]
    if governors:
        blocks.append(waivers_said([w for w in own.waivers if w.policy is None]))
    return page(*blocks)


def accessibility(handbook: Handbook) -> str:
    """Nobody has tested what another program will draw, so nothing is claimed of it."""
    own = said(handbook.organisation.name)
    asked = next((id for id in ("office", "head") if id in handbook.roles), None)
    one = person(handbook.roles[asked], handbook.edition) if asked else None
    whom = f"Tell {own}."
    if one:
        title = one.title[:1].lower() + one.title[1:]
        whom = f"Tell the {said(title)} of {own}. {reach(one)}".rstrip()
    return page(
        "Accessibility",
        "We want everybody to be able to read and use these policies.",
        heading(2, "What we know of", "cb.known"),
        "Nobody has tested these exported pages yet. Whoever publishes them writes here what was "
        "tested, and what does not work.",
        heading(2, "When something does not work", "cb.ask"),
        f"{whom} Say which page, and what you need: large print, another format or the words read "
        "out.",
    )


def review(handbook: Handbook) -> str:
    blocks = [
        board.TITLE,
        "Every policy in this handbook by the body that approved it last, with the earliest review "
        "first. A review that is due in a month is due by its last day. Overdue does not mean "
        "withdrawn.",
        listed(
            [
                link("All review dates as a calendar feed", CALENDAR),
                link("This board as a spreadsheet", board.CSV_NAME),
            ]
        ),
    ]
    for body in board.bodies(handbook):
        head = ("Policy", "Next review due", "Last reviewed", "Approval", "Owner")
        blocks += [heading(2, body.name, body.id), table(head, map(_row, body.rows))]
        if body.feed:
            words = f"Review dates of {body.name} as a calendar feed"
            blocks.append(link(words, body.feed))
    return page(*blocks)


def _row(row: board.Row) -> tuple[str, ...]:
    approved = "No approval stated"
    if row.approved:
        approved = f"{row.approved}, " + (
            f"minute {said(row.minute)}" if row.minute else "no minute stated"
        )
    version = f"Version {said(row.version)}" if row.version else "No version stated"
    return (
        link(row.title, row.address),
        str(row.next or "not stated"),
        str(row.reviewed or "not stated"),
        f"{said(row.state)}; {version}; {approved}",
        said(row.owner) or "not stated",
    )


def changes(found: tuple[Change, ...] | None, handbook: Handbook, since: str) -> str:
    """What changed before the export. Nothing is added to it by itself any more."""
    blocks = ["What changed"]
    earlier = f"{said(since)} had none of these texts" if since else "No earlier copy was named"
    if found is None:
        blocks += [
            heading(2, "No earlier text is held", "changes.none"),
            f"{earlier} when these pages were exported, so nothing was compared. That does not mean "
            "that nothing has changed.",
        ]
    elif not found:
        blocks.append(f"Up to the export, nothing had changed since {said(since)}.")
    else:
        blocks.append(f"Up to the export, since {said(since)}:")
    for (id, title), of_policy in groupby(
        found or (), key=lambda change: (change.policy, change.policy_title)
    ):
        blocks.append(heading(2, title, f"changes.{id}"))
        for change in of_policy:
            blocks += _change(change, held=id in handbook.policies)
    return page(*blocks)


def _change(change: Change, *, held: bool) -> Iterator[str]:
    words = f"{change.number} {change.title}".strip()
    if held and change.kind is not Kind.REMOVED:
        target = f"{change.policy}.html" + (f"#{change.clause}" if change.clause else "")
        yield f"### {link(words or change.policy_title, target)}"
    else:
        yield f"### {said(words or change.policy_title)}"
    yield f"{change.kind.words}. {change.tag.words}."
    yield listed(said(sentence) for sentence in change.also)
    if change.kind not in (Kind.RENUMBERED, Kind.POLICY_ADDED):
        for label, text in (("Before", change.before), ("After", change.after)):
            if text:
                lines = [f"> {said(line)}" for line in text.splitlines() if line.strip()]
                yield f"{label}:"
                yield "\n>\n".join(lines)
