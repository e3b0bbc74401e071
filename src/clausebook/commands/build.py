"""clausebook build: check everything, then build and publish every site that is not as it should be."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from itertools import islice
from pathlib import Path

from clausebook import unchanged
from clausebook.commands import pdf_again
from clausebook.commands.answer import EDITIONS, OK, PROBLEMS, Answer, Unusable, apart

# What is imported where it is used takes longer to load than telling that nothing has changed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from clausebook.problem import Problem
    from clausebook.processes import Processes
    from clausebook.publish import Built
    from clausebook.publish import Outcome as Published
    from clausebook.sites import Makers, NotFit

EXAMPLE = "clausebook build larkmere --edition staff"
FAR = "clausebook build --executor dask://scheduler:8786 --out s3://bucket/handbooks"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisations", nargs="*", metavar="ORG")
    parser.add_argument("--edition", action="append", choices=EDITIONS, default=[])
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="where the sites go (default: site): a folder, or an address such as s3://bucket/sites",
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
    parser.add_argument(
        "--executor", metavar="WHERE",
        help="have it done by Dask: `dask` starts workers here, `dask://HOST:PORT` uses a cluster",
    )  # fmt: skip
    parser.add_argument(
        "--cache", metavar="URL",
        help="keep PDFs at an address too, such as s3://bucket/cache, for machines that share no folder",
    )  # fmt: skip
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="the I-th of N parts of the organisations, without the portal",
    )
    parser.add_argument(
        "--keep", type=int, default=3, metavar="N",
        help="how many earlier states to keep for `clausebook rollback` (default: 3)",
    )  # fmt: skip
    parser.add_argument(
        "--explain", action="store_true", help="say why each site is made, or left alone"
    )
    parser.add_argument("--json", action="store_true", help="say what happens as lines of JSON")


def run(args: Namespace) -> Answer:
    out = _out(args)
    if out in (args.root, *args.root.parents):
        raise Unusable(f"--out: '{args.out}' holds the handbook itself\nexample: clausebook build")
    if isinstance(out, Path):
        apart(out, args, EXAMPLE)
    shard = _shard(args.shard)
    asked = _asked(args)
    # Of an address, only the file system there can tell.
    if isinstance(out, Path) and (known := unchanged.answer(out, asked, _today, args.jobs)):
        return _as_before(args, *known)
    return _build(args, out, shard, asked)


def _out(args: Namespace) -> Path | str:
    if args.out and "://" in args.out:
        return str(args.out)
    return Path(args.out).resolve() if args.out else Path(args.root, "site")


def _today() -> str:
    from clausebook.dates import today

    return today().isoformat()


def _asked(args: Namespace) -> dict[str, Any]:
    """What decides the result, besides files."""
    return {
        "root": str(args.root),
        "organisations": sorted(args.organisations),
        "editions": sorted(args.edition),
        "since": args.since,
        "portal": args.portal,
        "pdf": args.pdf,
        "shard": args.shard,
    }


def _as_before(args: Namespace, said: str, code: int) -> Answer:
    if args.json:
        from clausebook.commands.progress import Progress

        said = Progress(args.say, as_json=True).ended(code, said)
    elif args.explain:
        said = f"nothing was made, because nothing changed since the last build\n{said}"
    return Answer(said, code)


def _build(
    args: Namespace, out: Path | str, shard: tuple[int, int] | None, asked: dict[str, Any]
) -> Answer:
    documents = _begin_documents(args)
    from clausebook.commands.progress import Progress
    from clausebook.memory import keep_freed
    from clausebook.publish import Busy, CannotUse, Unwritable, Wanted, build, made_from, only_one
    from clausebook.render.templates import keep_compiled
    from clausebook.sites import Makers, NotFit

    keep_freed()
    keep_compiled(args.root)
    templates = list(made_from.template_tops(args.root))
    variables = unchanged.environment(made_from.variables(args.root))
    day = _today()
    looked = (*unchanged.look(unchanged.sources(args.root, templates)), unchanged.now())
    progress = Progress(args.say, args.show, args.json, args.explain)
    try:
        with only_one(out), _processes(args, out) as processes:
            if isinstance(out, Path):
                unchanged.forget(out)
            progress.checking()
            makers = Makers.open(args.root, args.since, processes=processes)
            args.hold(makers)
            sites, portals = _sites(args, makers, shard)
            wanted = Wanted(
                sites=sites,
                portals=portals,
                pdfs=args.pdf,
                since=args.since,
                keep=args.keep,
                cache=args.cache,
            )
            found = build(makers, wanted, out, processes, progress.told, progress.planned)
            if documents:
                pdf_again.asked_for(args.root, *documents)
            answer = _answer(found, makers, args, out)
            # What is told since a revision, or an earlier folder, can change without any of our files.
            told = args.since or makers.repository.settings.since
            if isinstance(out, Path) and found.settled and not told:
                unchanged.note(
                    out, asked, root=args.root, templates=templates, looked=looked,
                    variables=variables,
                    day="" if makers.outcome.pinned else day,
                    sites=found.stamps, said=_said_again(found, makers, args, out), code=answer.code,
                )  # fmt: skip
    except NotFit as error:
        raise unusable(error, EXAMPLE) from None
    except Busy as error:
        raise Unusable(
            f"another build is writing to '{_shown(out, args.root)}' ({error}): wait until it is done"
            f"\nexample: clausebook build --out elsewhere"
        ) from None
    except Unwritable as error:
        raise Unusable(f"{error}\nexample: clausebook build --out elsewhere") from None
    except CannotUse as error:
        raise Unusable(f"{error}\nexample: {FAR}") from None
    return Answer(progress.ended(answer.code, answer.text), answer.code)


def _begin_documents(args: Namespace) -> tuple[str, str] | None:
    """Have a process make itself ready for documents while this one reads the handbook, where it will
    be the one to make them: several organisations go to workers, which have theirs when they need it.

    Whose documents they are, and how what they are made of looks from outside.
    """
    from clausebook.cores import cores

    whose = _only_one(args)
    if whose is None or not args.pdf or args.executor or (args.jobs or cores()) == 1:
        return None
    from clausebook.pdf import warm

    looks, _ = unchanged.look(pdf_again.sources(args.root))
    pdf_again.begin(args.root, whose, looks, warm.everything)
    return whose, looks


def _only_one(args: Namespace) -> str | None:
    """The organisation that sites are made of, if it is easily seen to be one."""
    named = set(args.organisations)
    if not named and not args.portal:
        files = Path(args.root, "schools").rglob("*.yml")
        schools = (path.stem for path in files if path.name != "group.yml")
        named = set(islice(schools, 2))
    return named.pop() if len(named) == 1 else None


def _processes(args: Namespace, out: Path | str) -> Processes:
    from clausebook.build import opened
    from clausebook.processes import Processes

    if not isinstance(out, Path):
        from clausebook.publish.remote import reached

        reached(out)
    if args.cache:
        from clausebook.publish.remote import opened_address

        opened_address(args.cache)
    if args.executor is None:
        return Processes(opened, (), args.jobs)
    from clausebook.publish.cluster import Cluster

    return Cluster(args.executor, out, jobs=args.jobs, since=args.since, pdfs=args.pdf)


def _sites(
    args: Namespace, makers: Makers, shard: tuple[int, int] | None
) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The sites asked for, and whether the portals are."""
    narrower = bool(args.organisations or args.edition)
    if args.portal and not narrower:
        return (), True
    wanted = makers.wanted(args.organisations, args.edition)
    if shard:
        part, of = shard
        mine = set(sorted({id for id, _ in wanted})[part - 1 :: of])
        wanted = [key for key in wanted if key[0] in mine]
    return tuple(wanted), args.portal or not (narrower or shard)


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    part, _, of = text.partition("/")
    if part.isdecimal() and of.isdecimal() and 1 <= int(part) <= int(of):
        return int(part), int(of)
    raise Unusable(
        f"--shard: '{text}' is not one part of several\nexample: clausebook build --shard 1/4"
    )


def unusable(error: NotFit, example: str) -> Unusable:
    """What cannot be published, in the form every command gives it."""
    if error.problems:
        return Unusable(f"{problems_text(error.problems)}\n{error}", PROBLEMS)
    return Unusable(f"{error}\nexample: {example}")


def problems_text(problems: tuple[Problem, ...]) -> str:
    from clausebook.problem import sorted_problems
    from clausebook.report import problem_text

    return "\n".join(problem_text(problem) for problem in sorted_problems(problems))


def _answer(found: Published, makers: Makers, args: Namespace, out: Path | str) -> Answer:
    from clausebook.publish import stale
    from clausebook.table import count

    unread = () if args.organisations else makers.unread()
    narrower = bool(args.organisations or args.edition or args.shard)
    old = [] if narrower or unread else stale(makers, out)
    bad = [built for built in found.built if built.problem]
    shown = _shown(out, args.root)
    lines = list(found.mended)
    stopped = [p for b in bad if b.problem for p in b.problem.problems]
    if stopped or unread:
        lines.append(problems_text(tuple(dict.fromkeys([*stopped, *unread]))))
    for said in dict.fromkeys(str(built.problem) for built in bad):
        lines.append(said)
    if unread:
        lines.append("some organisations cannot be read: what is published of them was left alone")
    # What was uploaded elsewhere stays there until somebody takes it away.
    for built in found.built:
        lines += [
            f"{built.folder}/{file}: no longer made; remove your copies"
            for file in built.gone
            if file.endswith(".pdf")
        ]
    lines += [f"{folder}: nobody publishes this any more; remove the folder" for folder in old]
    lines += _promised(found.built)
    good = [built for built in found.built if not built.problem]
    if good:
        same = sum(not built.why for built in good)
        kept = f", {same} of them as they were" if 0 < same < len(good) else ""
        kept = ", nothing changed" if same == len(good) else kept
        lines.append(f"{count(len(good), 'site')} in {shown}/{kept}")
        if isinstance(out, Path):
            lines.append(f"open {shown}/{good[0].folder}/index.html")
    return Answer("\n".join(lines) + "\n", PROBLEMS if bad or unread else OK)


def _said_again(found: Published, makers: Makers, args: Namespace, out: Path | str) -> str:
    """What the same build would say if it were asked again at once."""
    from dataclasses import replace

    from clausebook.publish import Promise

    again = [
        built if built.problem else replace(built, why=(), gone=(), promise=Promise.KEPT)
        for built in found.built
    ]
    return _answer(replace(found, built=again, mended=[]), makers, args, out).text


def _promised(built: list[Built]) -> list[str]:
    """Said only where the better promise could not be kept."""
    from clausebook.table import count

    by_file = [one.folder for one in built if one.promise == "file by file"]
    if not by_file:
        return []
    return [
        f"{count(len(by_file), 'site')} put in place file by file, because this file system cannot "
        "switch folders at once: a reader may have met old and new pages for a moment"
    ]


def _shown(out: Path | str, root: Path) -> str:
    if isinstance(out, str):
        return out.rstrip("/")
    return out.relative_to(root).as_posix() if out.is_relative_to(root) else str(out)
