"""The command line: parse, call one command, print what it gives back, return its exit code."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from pathlib import Path

from clausebook import __version__
from clausebook.commands.answer import PROBLEMS, USAGE, Answer, Unusable
from clausebook.ended import Ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import NoReturn

# Each command is a module of clausebook.commands, imported only when it is the one to run.
COMMANDS = {
    "build": "build every site, or those of some organisations",
    "rollback": "put sites back as they were before the last build",
    "clean": "take away what builds keep for speed, and sites nobody publishes",
    "pdf": "make an organisation's documents, also in large print or as booklets",
    "export": "write an organisation's handbook as plain Markdown, to go on with elsewhere",
    "serve": "show one site in the browser, made again as its sources change",
    "check": "show every problem of every organisation",
    "show": "show an organisation's text as it will be published",
    "explain": "show where the words of a clause, or an answer, come from",
    "questions": "list every question nobody has answered",
    "matrix": "compare a policy across organisations",
    "impact": "show what changes if a clause, parameter or register row changes",
    "changes": "show what changed since an earlier handbook",
    "keep": "keep the texts that organisations replaced",
    "rules": "list the checks, or show the manual page of one",
    "schema": "print or write the JSON Schema of every file",
    "verify": "show whether built sites are whole and as they were built",
}
EXAMPLES = {
    "build": "clausebook build larkmere --edition staff",
    "rollback": "clausebook rollback larkmere",
    "clean": "clausebook clean --sites",
    "pdf": "clausebook pdf larkmere social-media",
    "export": "clausebook export larkmere --out larkmere-handbook",
    "serve": "clausebook serve larkmere",
    "check": "clausebook check --strict",
    "show": "clausebook show stockport social-media",
    "explain": "clausebook explain stockport decline-requests",
    "questions": "clausebook questions --format csv",
    "matrix": "clausebook matrix social-media",
    "impact": "clausebook impact dpa-2018",
    "changes": "clausebook changes stockport --since HEAD~1",
    "keep": "clausebook keep",
    "rules": "clausebook rules unanswered",
    "schema": "clausebook schema organisation",
    "verify": "clausebook verify site",
}
# What a shell says of a command that Ctrl+C ended.
STOPPED = 130
ROOT_HELP = "the handbook's folder (default: here)"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line, with an example."""

    example = "clausebook check"

    def error(self, message: str) -> NoReturn:
        raise Unusable(f"{message}\nexample: {self.example}")


def main(argv: Sequence[str] | None = None, held: list[object] | None = None) -> int:
    """Run one command. 0: clean; 1: problems; 2: the command cannot be carried out as given;
    130: stopped by Ctrl+C.

    `held` is given what a command had open, by whoever takes nothing of it apart any more."""
    # A handbook is a great many small objects that refer to each other in one direction only:
    # looking through them all for cycles after every few thousand takes longer than a check does.
    # Where work repeats, whoever repeats it sees to that (processes.py, serve).
    collects = gc.isenabled()
    gc.disable()
    try:
        return _main(argv, [] if held is None else held)
    finally:
        if collects:
            gc.enable()


def _main(argv: Sequence[str] | None, held: list[object]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        args = _parsed(list(sys.argv[1:] if argv is None else argv))
        args.say, args.show = _say, _show if _is_terminal() else None
        args.hold = held.append
        answer: Answer = _module(args.command).run(args)
    except Ended as error:
        print(f"clausebook: {error}", file=sys.stderr)
        return PROBLEMS
    except Unusable as error:
        print(f"clausebook: {error}" if error.code == USAGE else error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print(f"{_line_end()}clausebook: stopped; what is published is whole", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        return 0
    try:
        sys.stdout.write(answer.text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        sys.stderr.close()
    return answer.code


def _say(text: str) -> None:
    """What a command that takes its time says on the way."""
    global _shown
    print(f"{_line_end()}{text}", flush=True)
    _shown = False


def _line_end() -> str:
    """What takes the place of a line that was only shown."""
    return "\r\x1b[K" if _shown else ""


def _show(text: str) -> None:
    """A line that the next one takes the place of."""
    global _shown
    print(f"\r\x1b[K{text}", end="", flush=True)
    _shown = bool(text)


_shown = False


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"clausebook.commands.{command}")


def _parsed(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="clausebook", description="Publish an organisation’s policies.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"clausebook {__version__}")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help=ROOT_HELP)
    wanted, plain = _command(argv)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=_Parser, prog=parser.prog
    )
    subs: dict[str, _Parser] = {}
    # The others are made for the list of them alone, and that takes as long as small answers do.
    names = [wanted] if plain and wanted in COMMANDS else list(COMMANDS)
    for name in names:
        summary = COMMANDS[name]
        sub = subs[name] = commands.add_parser(
            name, help=summary, description=summary, allow_abbrev=False
        )
        sub.example = EXAMPLES[name]
        # Said after the command, it wins over one said before it.
        sub.add_argument(
            "--root", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=ROOT_HELP
        )
        if name == wanted:
            _module(name).arguments(sub)
    if wanted is not None and wanted not in COMMANDS:
        from clausebook.problem import nearest

        close = nearest(wanted, COMMANDS)
        hint = f"did you mean '{close}'?" if close else "there are " + ", ".join(COMMANDS)
        example = EXAMPLES[close or "check"]
        raise Unusable(f"no command is called '{wanted}': {hint}\nexample: {example}")
    args, unknown = parser.parse_known_args(argv)
    if unknown:
        from clausebook.problem import nearest

        who = subs.get(args.command, parser)
        close = nearest(unknown[0], [o for a in who._actions for o in a.option_strings])
        hint = f"; did you mean {close}?" if close else ""
        example = EXAMPLES[args.command or "check"]
        raise Unusable(
            f"'{who.prog.split()[-1]}' takes no '{unknown[0]}'{hint}\nexample: {example}"
        )
    if args.command is None:
        raise Unusable(f"say what to do\n\n{parser.format_help().rstrip()}")
    if not args.root.is_dir():
        example = f"clausebook {args.command} --root handbook"
        raise Unusable(f"--root: there is no folder '{args.root}'\nexample: {example}")
    args.root = args.root.resolve()
    return args


def _command(argv: Sequence[str]) -> tuple[str | None, bool]:
    """The first word that is neither an option nor the folder after --root; and whether nothing but
    that folder stands before it."""
    words, plain = iter(argv), True
    for word in words:
        if word == "--root":
            folder = next(words, "")
            plain = plain and not folder.startswith("-")
        elif not word.startswith("-"):
            return word, plain
        else:
            plain = plain and word.startswith("--root=")
    return None, plain


if __name__ == "__main__":
    sys.exit(main())
