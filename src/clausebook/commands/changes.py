"""clausebook changes: what an organisation's handbook says otherwise than an earlier one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from itertools import groupby

from clausebook.changes import AFTER, BEFORE, SAME, Change, Difference, Kind, compare
from clausebook.commands.answer import PROBLEMS, Answer, Unusable, opened, publisher
from clausebook.demonstration import note
from clausebook.earlier import Earlier, NoEarlier
from clausebook.handbook_file import handbook_file
from clausebook.model import EDITIONS, Handbook
from clausebook.resolve import Resolver
from clausebook.table import FORMATS, Table, count, wrapped

COLUMNS = ("policy", "clause", "number", "title", "kind", "tag", "before", "after", "also")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG")
    parser.add_argument(
        "--since",
        metavar="EARLIER",
        required=True,
        help="an earlier handbook.json, an earlier site folder, or a Git revision",
    )
    parser.add_argument("--edition", choices=EDITIONS)
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> Answer:
    repository = opened(args.root)
    organisation = publisher(repository, args.organisation, "changes", "--since HEAD~1")
    example = f"example: clausebook changes {organisation.id} --since HEAD~1"
    edition = args.edition or organisation.editions[0]
    if edition not in organisation.editions:
        have = ", ".join(organisation.editions)
        raise Unusable(
            f"{organisation.name} does not publish a {edition} edition; it publishes: {have}\n"
            f"{example} --edition {organisation.editions[0]}"
        )
    # Python 3.11 takes "--" for the end of options even as a value, and hands over none.
    since = args.since if isinstance(args.since, str) else "--"
    try:
        earlier = Earlier(args.root, since)
        if earlier.about not in (None, (organisation.id, edition)):
            assert earlier.about is not None
            raise NoEarlier(
                f"'{since}' is about '{earlier.about[0]}', {earlier.about[1]} edition, "
                f"not '{organisation.id}', {edition} edition"
            )
        old = earlier.handbook(organisation.id, edition)
        then = earlier.resolved(organisation.id, edition)
        words = earlier.words(organisation.id, edition)
    except NoEarlier as error:
        raise Unusable(f"{error}\n{example}") from None
    resolved = Resolver(repository).resolve(organisation.id, [edition])
    if edition not in resolved.handbooks:
        raise Unusable(f"{organisation.name} cannot be compared: run clausebook check", PROBLEMS)
    now = resolved.handbooks[edition]
    if old is None:
        empty = (
            f"No earlier text is held: {organisation.name} had no {edition} edition in "
            f"{words}, so there is nothing to compare."
        )
        table = Table(COLUMNS, (), "\n".join(wrapped(empty)))
        return Answer(table.shown(args.format))
    changes = compare(old, handbook_file(now, origins=True), then=then, now=now)
    if args.format != "text":
        return Answer(Table(COLUMNS, tuple(map(_row, changes))).shown(args.format))
    return Answer("\n".join(_text(changes, now, words)) + "\n")


def _row(change: Change) -> tuple[str, ...]:
    return (
        change.policy,
        change.clause or "",
        change.number,
        change.title,
        change.kind.value,
        change.tag.value,
        change.before,
        change.after,
        " ".join(change.also),
    )


# ------------------------------------------------------------------------------ as a redline


def _text(changes: tuple[Change, ...], now: Handbook, since: str) -> Iterator[str]:
    yield from wrapped(f"{now.organisation.name}, {now.edition} edition: changes since {since}")
    said = note(now)
    if said:
        yield from wrapped(said)
    if not changes:
        yield "\nNothing has changed."
        return
    if any({BEFORE, AFTER} & {op for op, _ in c.differences} for c in changes):
        yield "Words in [square brackets] are those that changed."
    for (_, title), found in groupby(changes, key=lambda c: (c.policy, c.policy_title)):
        yield from ("", title, "=" * len(title))
        for change in found:
            yield ""
            yield from _change(change)
    policies = len({change.policy for change in changes})
    yield f"\n{count(len(changes), 'change')} in {count(policies, 'policy', 'policies')}"


def _change(change: Change) -> Iterator[str]:
    name = f"({change.policy}/{change.clause})" if change.clause else ""
    yield from wrapped(" ".join(filter(None, [change.number, change.title, name])), "", "    ")
    yield from wrapped(f"{change.kind.words}. {change.tag.words}.", "    ")
    for sentence in change.also:
        yield from wrapped(sentence, "    ", "      ")
    if change.kind is Kind.RENUMBERED:
        return
    whole = not (change.before and change.after)
    if change.before:
        yield from _side("Before", _marked(change.differences, BEFORE, whole))
    if change.after:
        yield from _side("After", _marked(change.differences, AFTER, whole))


def _side(label: str, text: str) -> Iterator[str]:
    yield f"    {label}:"
    for line in text.split("\n"):
        indent = " " * (8 + len(line) - len(line.lstrip()))
        yield from wrapped(line.strip(), indent, indent) if line.strip() else [""]


def _marked(differences: tuple[Difference, ...], side: str, whole: bool) -> str:
    """One side of a text with the words that only it has in brackets, unless all of it is new."""
    return "".join(
        text if op == SAME or whole else _bracketed(text)
        for op, text in differences
        if op in (SAME, side)
    )


def _bracketed(text: str) -> str:
    """Brackets go around words, line by line: never around the space before and after them."""
    lines = []
    for line in text.split("\n"):
        words = line.strip()
        start = line[: len(line) - len(line.lstrip())]
        end = line[len(line.rstrip()) :] if words else ""
        lines.append(f"{start}[{words}]{end}" if words else line)
    return "\n".join(lines)
