"""clausebook serve: one site in the browser, made again whenever its sources change."""

from __future__ import annotations

import gc
from argparse import ArgumentParser, Namespace
from pathlib import Path

from clausebook import recent
from clausebook.commands.answer import OK, Answer, Unusable
from clausebook.commands.build import problems_text, unusable
from clausebook.model import EDITIONS
from clausebook.publish import publish
from clausebook.publish.made_from import template_tops
from clausebook.scratch import scratch
from clausebook.sites import Makers, NotFit

EXAMPLE = "clausebook serve larkmere --edition governors"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG")
    parser.add_argument("--edition", choices=EDITIONS)
    parser.add_argument("--port", type=int, default=8000, metavar="N")
    parser.add_argument("--since", metavar="WHAT", help="show what changed since then")


def run(args: Namespace) -> Answer:
    if not 0 < args.port < 65_536:
        raise Unusable(f"--port: a number from 1 to 65535\nexample: {EXAMPLE} --port 8080")
    # MkDocs is imported only where it is used.
    from clausebook.host.serve import InUse, serve

    with scratch("serve") as made:
        beside, folder = made / "beside", made / "site"
        try:
            _build(args, beside, folder)
        except NotFit as error:
            raise unusable(error, EXAMPLE) from None

        def again() -> None:
            gc.collect()
            try:
                _build(args, beside, folder)
            except NotFit as error:
                args.say(
                    f"{problems_text(error.problems)}\n{error}: the last good state stays".lstrip()
                )
            else:
                args.say("built again")

        watched = [args.root / name for name in ("policies", "schools", "mkdocs.yml")]
        watched = [path for path in (*watched, *template_tops(args.root)) if path.exists()]
        try:
            serve(folder, again, dict.fromkeys(watched), args.port, args.say)
        except InUse:
            raise Unusable(
                f"port {args.port} is in use\nexample: {EXAMPLE} --port {args.port + 1}"
            ) from None
    return Answer(code=OK)


def _build(args: Namespace, beside: Path, folder: Path) -> None:
    # A template may have changed.
    recent.forget()
    makers = Makers.open(args.root, args.since)
    publish(makers.site(*makers.one(args.organisation, args.edition)), args.root, beside, folder)
