"""clausebook verify: whether built sites are whole and as they were built, here or on a host."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from clausebook.commands.answer import OK, PROBLEMS, Answer, Unusable
from clausebook.seal import Sealed, Verified, verified
from clausebook.table import count

MOST = 20


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="DIR", help="a site, or sites (default: site)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--all", action="store_true", help="show all problems")


def run(args: Namespace) -> Answer:
    folders = [_near(folder) for folder in args.folders or [args.root / "site"]]
    for folder in folders:
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            raise Unusable(f"'{folder}' {what}\nexample: clausebook verify site")
    seen = [verified(folder) for folder in folders]
    text = _json(seen) if args.format == "json" else _text(seen, everything=args.all)
    return Answer(text, PROBLEMS if any(one.findings for one in seen) else OK)


def _near(folder: Path) -> Path:
    """The same folder as seen from here, so that places are short and can be clicked."""
    try:
        return folder.relative_to(Path.cwd()) if folder.is_absolute() else folder
    except ValueError:
        return folder


def _text(seen: list[Verified], *, everything: bool) -> str:
    found = [str(finding) for one in seen for finding in one.findings]
    shown = found if everything else found[:MOST]
    lines = list(shown)
    if len(found) > len(shown):
        lines.append(f"… and {len(found) - len(shown):,} more: --all shows them")
    if lines:
        lines.append("")
    sites = [site for one in seen for site in one.sites]
    lines += [f"{site.name}: {_state(site)}" for site in sites]
    if found:
        lines.append(f"{count(len(sites), 'site')}, {count(len(found), 'problem')}")
    return "\n".join(lines) + "\n"


def _state(site: Sealed) -> str:
    if site.findings:
        return count(len(site.findings), "problem")
    return f"{count(site.files, 'file')}, as sealed"


def _json(seen: list[Verified]) -> str:
    data = {
        "sites": [
            {
                "site": site.name,
                "folder": site.place,
                "files": site.files,
                "as_sealed": not site.findings,
            }
            for one in seen
            for site in one.sites
        ],
        "problems": [asdict(finding) for one in seen for finding in one.findings],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
