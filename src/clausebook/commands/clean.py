"""clausebook clean: take away what builds keep for speed, and folders nobody publishes any more."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from clausebook import unchanged
from clausebook.cache import FOLDER
from clausebook.commands.answer import OK, Answer, Unusable
from clausebook.publish import stale
from clausebook.publish.lock import Busy, Unwritable, only_one
from clausebook.publish.output import Output
from clausebook.sites import Makers, NotFit
from clausebook.table import count


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the sites are (default: site)"
    )
    parser.add_argument(
        "--sites", action="store_true", help="also remove sites that nobody publishes any more"
    )
    parser.add_argument(
        "--releases", action="store_true", help="also forget the earlier states rollback could use"
    )


def run(args: Namespace) -> Answer:
    out = args.out.resolve() if args.out else args.root / "site"
    lines = [_cache(args.root)]
    if out.is_dir():
        try:
            with only_one(out):
                lines += _output(args, out)
        except Busy as error:
            raise Unusable(
                f"a build is writing to '{out}' ({error}): wait until it is done"
            ) from None
        except Unwritable as error:
            raise Unusable(str(error)) from None
    return Answer("\n".join(lines) + "\n", OK)


def _cache(root: Path) -> str:
    """What is kept of checks and documents: made again when it is next asked for."""
    files = [path for path in (root / FOLDER).glob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    for path in files:
        path.unlink(missing_ok=True)
    return f"{count(len(files), 'kept result')} forgotten, {size / 2**20:,.1f} MB"


def _output(args: Namespace, out: Path) -> list[str]:
    output = Output(out)
    lines = output.mend()
    unchanged.forget(out)
    if args.releases:
        before = len(output.releases())
        output.prune(0)
        lines.append(f"{count(before, 'earlier state')} forgotten")
    if args.sites:
        try:
            makers = Makers.open(args.root)
            old = stale(makers, out)
        except NotFit as error:
            raise Unusable(
                f"{error}: nothing was removed, because it is not known who publishes"
            ) from None
        if makers.unread():
            raise Unusable("some organisations cannot be read: no site was removed")
        for name in old:
            output.take_away(out / name)
            lines.append(f"{name}: removed, because nobody publishes it any more")
    return lines
