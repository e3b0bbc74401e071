"""clausebook rollback: put sites back as they were before the last build."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from clausebook import unchanged
from clausebook.commands.answer import OK, PROBLEMS, Answer, Unusable, one_of
from clausebook.publish.lock import Busy, Unwritable, only_one
from clausebook.publish.output import Output, Promise, Release
from clausebook.publish.record import Record
from clausebook.table import count

EXAMPLE = "clausebook rollback larkmere"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisations", nargs="*", metavar="ORG")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the sites are (default: site)"
    )
    parser.add_argument(
        "--to", type=int, metavar="N",
        help="as before build N, rather than before the last one (see --list)",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="show what can be put back")


def run(args: Namespace) -> Answer:
    out = args.out.resolve() if args.out else args.root / "site"
    if not out.is_dir():
        raise Unusable(f"'{out}' does not exist: nothing was published there\nexample: {EXAMPLE}")
    output = Output(out)
    if args.list:
        return Answer(_listed(output.releases()))
    try:
        with only_one(out):
            return _back(output, args)
    except Busy as error:
        raise Unusable(f"a build is writing to '{out}' ({error}): wait until it is done") from None
    except Unwritable as error:
        raise Unusable(str(error)) from None


def _back(output: Output, args: Namespace) -> Answer:
    said = output.mend()
    kept = [release for release in output.releases() if not release.undone]
    for id in args.organisations:
        sites = {*output.names(), *(site for release in kept for site in release.sites)}
        known = {site.rpartition("/")[2] for site in sites}
        one_of("organisation", id, known, EXAMPLE)
    wanted = _chosen(kept, args)
    unchanged.forget(output.folder)
    record = Record.read(output)
    for release, site in wanted:
        record.sites.pop(site, None)
        try:
            promise = output.back(release.number, site)
        except OSError as error:
            record.write()
            raise Unusable(
                "\n".join([*said, f"{site} could not be put back: {error.strerror}"]), PROBLEMS
            ) from None
        how = f" ({promise})" if promise is not Promise.SWITCHED else ""
        said.append(f"{site}: as it was before build {release.number}{how}")
    record.write()
    said.append(
        f"{count(len(wanted), 'site')} put back; the next `clausebook build` publishes what the "
        "sources say again, so mend them first"
    )
    return Answer("\n".join(said) + "\n", OK)


def _chosen(kept: list[Release], args: Namespace) -> list[tuple[Release, str]]:
    """Every site of the last build, or of those named, as it was before."""
    if args.to is not None and args.to not in {release.number for release in kept}:
        numbers = ", ".join(str(release.number) for release in kept) or "none"
        raise Unusable(f"--to: nothing is kept from before build {args.to}: there are {numbers}")
    found: dict[str, Release] = {}
    for release in kept:
        if args.to is not None and release.number < args.to:
            continue
        for site in release.sites:
            named = not args.organisations or site.rpartition("/")[2] in args.organisations
            # The oldest kept state from then on is how it was before that build.
            if named and (args.to is None or site not in found):
                found[site] = release
    if not found:
        raise Unusable("no earlier state is kept here, so nothing can be put back")
    if args.to is None and not args.organisations:
        newest = max(release.number for release in found.values())
        found = {site: release for site, release in found.items() if release.number == newest}
    return sorted(((release, site) for site, release in found.items()), key=lambda one: one[1])


def _listed(releases: list[Release]) -> str:
    lines = [
        f"{release.number}: {count(len(release.sites), 'site')} "
        + ("taken away by a rollback" if release.undone else f"as before build {release.number}")
        + f": {_few(release.sites)}"
        for release in releases
    ]
    return "\n".join(lines or ["no earlier state is kept here"]) + "\n"


def _few(sites: tuple[str, ...]) -> str:
    more = f" and {len(sites) - 6} more" if len(sites) > 6 else ""
    return ", ".join(sites[:6]) + more
