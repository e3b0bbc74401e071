"""What a command gives back, and how it finds what the user named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

TYPE_CHECKING = False
# A command that turns out to have nothing to do has not loaded the whole program to say so.
if TYPE_CHECKING:
    from argparse import Namespace

    from clausebook.model import Organisation, Repository

OK, PROBLEMS, USAGE = 0, 1, 2
EDITIONS = ("staff", "governors", "public")


class Answer:
    """Text for standard output, and the exit code."""

    def __init__(self, text: str = "", code: int = OK) -> None:
        self.text, self.code = text, code


class Unusable(Exception):
    """The command cannot be carried out as given; the message says why, and shows an example."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        self.code = code
        super().__init__(message)


# Whatever lies in these is read as a part of the handbook.
_READ = ("policies", "schools", "overrides", "hooks")


def apart(out: Path, args: Namespace, example: str) -> None:
    """Unusable where what is written would become a part of what is read."""
    for part in _READ:
        if out.is_relative_to(args.root / part):
            raise Unusable(f"--out: '{args.out}' is part of the handbook\nexample: {example}")


def opened(root: Path) -> Repository:
    """The repository, or Unusable with every problem that keeps it from being read."""
    from clausebook.build import open_repository
    from clausebook.problem import Severity, sorted_problems
    from clausebook.report import problem_text

    repository, problems = open_repository(root)
    errors = [p for p in problems if p.severity is Severity.ERROR]
    if repository is None or errors:
        text = "\n".join(problem_text(p) for p in sorted_problems(errors))
        raise Unusable(text, PROBLEMS)
    return repository


def one_of(kind: str, name: str, known: Iterable[str], example: str) -> str:
    """The name, when it is known; otherwise Unusable with the nearest and an example."""
    from clausebook.problem import nearest

    names = sorted(known)
    if name in names:
        return name
    close = nearest(name, names)
    hint = f"did you mean '{close}'?" if close else _listed(names)
    raise Unusable(f"no {kind} is called '{name}': {hint}\nexample: {example}")


def publisher(repository: Repository, name: str, command: str, rest: str = "") -> Organisation:
    """The organisation, when it publishes; otherwise Unusable with the nearest that does."""
    from clausebook.problem import nearest

    known = [o.id for o in repository.organisations.values() if o.publishes]
    close = nearest(name, known) or next(iter(known), "my-school")
    organisation = repository.organisations.get(name)
    if organisation is not None and not organisation.publishes:
        below = [id for id in known if organisation in repository.tiers(id)]
        raise Unusable(
            f"{organisation.name} publishes no handbook itself; below it: {', '.join(below)}\n"
            f"example: clausebook {command} {(below or [close])[0]} {rest}".rstrip()
        )
    example = f"clausebook {command} {close} {rest}".rstrip()
    return repository.organisations[one_of("organisation", name, known, example)]


def _listed(names: list[str]) -> str:
    if not names:
        return "there are none here"
    few = ", ".join(names[:12])
    return f"there are {few}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
