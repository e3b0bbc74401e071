"""A picture lies beside the text or the organisations' files and nothing shows it.

The usual cause is one that was left behind when its clause or crest was changed. In a policy's folder a
clause of that policy shows it: `![what it shows](name.svg)`. Beside an organisation's file it is the
crest (`brand: {crest: name.svg}`) or stands in a text under `replace` or `add`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from clausebook.model import Library
from clausebook.problem import Place, Problem


def problem(at: Place, name: str, *, own: bool = False) -> Problem:
    beside = f"show it in an own text or write 'crest: {name}' under 'brand'"
    return Problem(
        rule="unused-picture",
        at=at,
        what=f"no organisation of this folder shows the picture '{name}'"
        if own
        else f"no clause of this policy shows the picture '{name}'",
        why="it would never appear in a handbook",
        fix=f"{beside if own else f'write ![what it shows]({name}) in a clause'}, "
        "or take the file away",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        used = {name for clause in policy.clauses.values() for name in clause.pictures}
        for name in policy.pictures:
            if name not in used:
                at = Place(str(PurePosixPath(policy.at.file).with_name(name)))
                yield problem(at, name).about(policy=policy.id)
