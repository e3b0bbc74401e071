"""clausebook pdf: the documents of one organisation, without its site, and in other forms on request."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from clausebook import unchanged
from clausebook.commands import pdf_again
from clausebook.commands.answer import EDITIONS, PROBLEMS, Answer, Unusable, apart, one_of

# What is imported where it is used loads while another process makes itself ready for documents.

EXAMPLE = "clausebook pdf larkmere social-media"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG")
    parser.add_argument("policies", nargs="*", metavar="POLICY")
    parser.add_argument(
        "--handbook", action="store_true", help="the whole handbook as one document, and only that"
    )
    parser.add_argument("--edition", choices=EDITIONS)
    parser.add_argument(
        "--large-print", action="store_true", help="18 point, set anew rather than magnified"
    )
    parser.add_argument(
        "--booklet", action="store_true", help="two pages to a side, in the order for folding"
    )
    parser.add_argument(
        "--right-hand", action="store_true", help="each policy of the handbook on a right-hand page"
    )
    parser.add_argument("--since", metavar="WHAT", help="show governors what changed since then")
    parser.add_argument(
        "--out", type=Path, default=Path("pdf"), metavar="DIR", help="(default: pdf)"
    )
    parser.add_argument("--jobs", type=int, metavar="N")


def run(args: Namespace) -> Answer:
    if args.handbook and args.policies:
        raise Unusable(f"--handbook takes no policies: it holds them all\nexample: {EXAMPLE}")
    apart(args.out.resolve(), args, EXAMPLE)
    if (said := pdf_again.answer(args)) is not None:
        return Answer(said)
    return _made(args)


def _made(args: Namespace) -> Answer:
    from clausebook.pdf import warm

    looked = (*unchanged.look(pdf_again.sources(args.root)), unchanged.now())
    what = warm.policies if args.policies else warm.everything
    pdf_again.begin(args.root, args.organisation, looked[0], what)
    from clausebook.commands.build import unusable
    from clausebook.pdf.press import LARGE_PRINT
    from clausebook.pdf.shelf import INDEX, Asked, shelves
    from clausebook.render.site import whole_name
    from clausebook.sites import Makers, NotFit
    from clausebook.table import count

    try:
        makers = Makers.open(args.root, args.since, args.jobs)
        args.hold(makers)
        key = makers.one(args.organisation, args.edition)
        handbook = makers.handbook(*key)
        asked = Asked(handbook, *makers.changes(handbook))
    except NotFit as error:
        raise unusable(error, EXAMPLE) from None
    for policy in args.policies:
        one_of("policy", policy, handbook.policies, EXAMPLE)
    shelf = shelves(
        {key: asked},
        makers.repository.library,
        args.root,
        jobs=args.jobs,
        wholes=not args.policies,
        right_hand=args.right_hand,
        look=LARGE_PRINT if args.large_print else "",
        only=args.policies,
    )[key]
    pdf_again.asked_for(args.root, args.organisation, looked[0])
    wanted = {name: data for name, data in shelf.files.items() if name != INDEX}
    if args.handbook:
        wanted = {name: wanted[name] for name in (whole_name(key[0]),) if name in wanted}
    lines = list(shelf.reasons)
    files: dict[str, str] = {}
    for name, data in wanted.items():
        if args.booklet:
            from clausebook.pdf.booklet import booklet

            data = booklet(data)
        path = args.out / _called(name, large=args.large_print, folded=args.booklet)
        try:
            args.out.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise Unusable(
                f"--out: '{path}' cannot be written: {error.strerror}\nexample: {EXAMPLE} --out printed"
            ) from None
        # A link that leads there is looked at too.
        file = os.path.abspath(path)
        files[file] = pdf_again.look_of(file)
        lines.append(f"{path}: {count(len(data) // 1000, 'KB', 'KB')}")
    text = "\n".join(lines) + "\n"
    # What is told since a revision, or an earlier folder, can change without any of our files.
    if not shelf.reasons and makers.earlier is None:
        day = "" if makers.outcome.pinned else makers.outcome.as_of.isoformat()
        pdf_again.note(args, looked=looked, day=day, files=files, said=text)
    return Answer(text, PROBLEMS if shelf.reasons else 0)


def _called(name: str, *, large: bool, folded: bool) -> str:
    """Another form never takes the place of the document itself."""
    ending = ("-large-print" if large else "") + ("-booklet" if folded else "")
    return name.removesuffix(".pdf") + ending + ".pdf"
