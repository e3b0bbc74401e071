"""clausebook build: check everything, then build and publish every site."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from clausebook.commands.answer import OK, PROBLEMS, Answer, Unusable
from clausebook.model import EDITIONS
from clausebook.problem import Problem, sorted_problems
from clausebook.publish import Built, build, stale
from clausebook.report import problem_text
from clausebook.sites import Makers, NotFit
from clausebook.table import count


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisations", nargs="*", metavar="ORG")
    parser.add_argument("--edition", action="append", choices=EDITIONS, default=[])
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the sites go (default: site)"
    )
    parser.add_argument(
        "--since", metavar="WHAT",
        help="show what changed since a Git revision, an earlier site folder or a handbook.json",
    )  # fmt: skip
    parser.add_argument(
        "--portal", action="store_true",
        help="the trust admin's portal, which is built with everything too: alone, or after those named",
    )  # fmt: skip
    parser.add_argument(
        "--no-pdf", dest="pdf", action="store_false", help="pages only, which then offer no PDFs"
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="how many at once (default: all cores)"
    )


def run(args: Namespace) -> Answer:
    out = args.out.resolve() if args.out else args.root / "site"
    if out in (args.root, *args.root.parents):
        raise Unusable(f"--out: '{args.out}' holds the handbook itself\nexample: clausebook build")
    try:
        makers = Makers.open(args.root, args.since, args.jobs)
        narrower = bool(args.organisations or args.edition)
        alone = args.portal and not narrower
        wanted = [] if alone else makers.wanted(args.organisations, args.edition)
    except NotFit as error:
        raise unusable(error, "clausebook build larkmere --edition staff") from None
    found = build(
        makers,
        wanted,
        out,
        args.jobs,
        lambda built: args.say(_line(built)),
        portals=args.portal or not narrower,
        pdfs=args.pdf,
    )
    unread = () if args.organisations else makers.unread()
    old = [] if narrower or unread else stale(makers, out)
    return _answer(found, unread, old, out, args.root)


def unusable(error: NotFit, example: str) -> Unusable:
    """What cannot be published, in the form every command gives it."""
    if error.problems:
        return Unusable(f"{problems_text(error.problems)}\n{error}", PROBLEMS)
    return Unusable(f"{error}\nexample: {example}")


def problems_text(problems: tuple[Problem, ...]) -> str:
    return "\n".join(problem_text(problem) for problem in sorted_problems(problems))


def _line(built: Built) -> str:
    if built.problem:
        return f"{built.folder}: not built"
    changed = [f"{built.written} written"] if built.written else []
    changed += [f"{built.removed} removed"] if built.removed else []
    return (
        f"{built.folder}: {count(built.pages, 'page')}, {', '.join(changed) or 'nothing changed'}"
    )


def _answer(
    found: list[Built], unread: tuple[Problem, ...], old: list[str], out: Path, root: Path
) -> Answer:
    bad = [built for built in found if built.problem]
    shown = out.relative_to(root).as_posix() if out.is_relative_to(root) else str(out)
    lines = []
    stopped = [p for b in bad if b.problem for p in b.problem.problems]
    lines += [problem_text(problem) for problem in sorted_problems([*stopped, *unread])]
    for said in dict.fromkeys(str(built.problem) for built in bad):
        lines.append(said)
    if unread:
        lines.append("some organisations cannot be read: what is published of them was left alone")
    # What was uploaded elsewhere stays there until somebody takes it away.
    for built in found:
        lines += [
            f"{built.folder}/{file}: no longer made; remove your copies" for file in built.gone
        ]
    lines += [f"{folder}: nobody publishes this any more; remove the folder" for folder in old]
    good = [built for built in found if not built.problem]
    if good:
        lines.append(f"{count(len(good), 'site')} in {shown}/")
        lines.append(f"open {shown}/{good[0].folder}/index.html")
    return Answer("\n".join(lines) + "\n", PROBLEMS if bad or unread else OK)
