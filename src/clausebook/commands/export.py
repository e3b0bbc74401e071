"""clausebook export: one organisation's handbook as plain Markdown, to go on with elsewhere."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from clausebook.commands.answer import Answer, Unusable, apart
from clausebook.commands.build import unusable
from clausebook.export import ReadsOtherwise, exported
from clausebook.export.folder import NotOurs, put
from clausebook.model import EDITIONS
from clausebook.sites import Makers, NotFit
from clausebook.table import count

EXAMPLE = "clausebook export larkmere --out larkmere-handbook"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG")
    parser.add_argument("--edition", choices=EDITIONS, help="(default: the first it publishes)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="a new folder (default: export/EDITION/ORG)"
    )
    parser.add_argument("--since", metavar="WHAT", help="show what changed since then")
    parser.add_argument("--jobs", type=int, metavar="N")


def run(args: Namespace) -> Answer:
    try:
        makers = Makers.open(args.root, args.since, args.jobs)
        id, edition = makers.one(args.organisation, args.edition)
        handbook = makers.handbook(id, edition)
        changed, since = makers.changes(handbook)
    except NotFit as error:
        raise unusable(error, EXAMPLE) from None
    out = args.out.resolve() if args.out else args.root / "export" / edition / id
    apart(out, args, EXAMPLE)
    try:
        files = exported(
            handbook,
            makers.repository.library,
            within=makers.repository.settings.due_within_days,
            changed=changed,
            since=since,
        )
        again = put(files, out, id, edition)
    except ReadsOtherwise as error:
        raise Unusable(
            f"{error}: this clause would read otherwise in plain Markdown, so nothing was exported\n"
            "fix: write its text more plainly; braces and code are the likeliest cause"
        ) from None
    except NotOurs as error:
        raise Unusable(
            f"--out: {error}; nothing was written there\n"
            f"fix: name a new folder, or move that one away\nexample: {EXAMPLE}"
        ) from None
    except OSError as error:
        raise Unusable(f"--out: '{out}' cannot be written: {error.strerror}") from None
    shown = out.relative_to(args.root).as_posix() if out.is_relative_to(args.root) else str(out)
    pages = sum(name.endswith(".md") and name.startswith("docs/") for name in files)
    replaced = "; it replaced an earlier export" if again else ""
    return Answer(
        f"{count(pages, 'page')} of {handbook.organisation.name}, {edition} edition, in {shown}/"
        f"{replaced}\nhow to build it: {shown}/README.md\n"
    )
