"""clausebook check: all problems of all organisations at once."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from clausebook.build import check
from clausebook.commands.answer import OK, PROBLEMS, Answer, Unusable, one_of
from clausebook.dates import NotADate, Stated
from clausebook.report import FORMATS, report


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisations", nargs="*", metavar="ORG", help="only these organisations")
    parser.add_argument("--as-of", metavar="DATE", help="judge dates as on this day (2026-11-20)")
    parser.add_argument("--strict", action="store_true", help="ignore waivers")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--all", action="store_true", help="show all problems, and notes")
    parser.add_argument("--jobs", type=int, default=None, metavar="N", help="processes to use")


def run(args: Namespace) -> Answer:
    as_of = None
    if args.as_of:
        try:
            as_of = Stated.read(args.as_of).last
        except NotADate as error:
            raise Unusable(
                f"--as-of: {error}\nexample: clausebook check --as-of 2026-11-20"
            ) from None
    outcome = check(args.root, args.organisations, as_of, args.strict, args.jobs)
    # Of a file that cannot be read, its problems are the answer.
    unread = {id for problem in outcome.errors for id in problem.organisations}
    for name in args.organisations if outcome.names else ():
        if name not in unread:
            one_of("organisation", name, outcome.names, f"clausebook check {outcome.names[0]}")
    text = report(outcome, args.format, everything=args.all)
    return Answer(text, PROBLEMS if outcome.errors else OK)
