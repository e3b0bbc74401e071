"""clausebook rules: every check's manual page, from its own docstring."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from clausebook.commands.answer import Answer, one_of
from clausebook.rules import all_rules, manual, waivable
from clausebook.table import wrapped


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("rule", nargs="?", metavar="ID")


def run(args: Namespace) -> Answer:
    if args.rule is None:
        width = max(len(id) for id in all_rules())
        lines = [
            line
            for id in all_rules()
            for line in wrapped(
                f"{id:<{width}}  {manual(id).splitlines()[0]}", hanging=" " * (width + 2)
            )
        ]
        return Answer("\n".join(lines) + "\n")
    id = one_of("check", args.rule, all_rules(), "clausebook rules unanswered")
    page = [id, "=" * len(id), "", manual(id)]
    if id in waivable():
        page += ["", "An organisation may waive this check for a time, with a reason."]
    return Answer("\n".join(page) + "\n")
