"""The file of a picture that a clause shows is not there.

`![what it shows](name.svg)` names an .svg or .png file in the folder of the policy. An organisation's
own text may also show one that lies in the folder of its own file, which is looked for first. The name
is in exactly the letters of the file: some computers tell small letters from capitals, and some do not.
It is written as one piece, without names or conditions inside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.markdown import pictures_as_written, pictures_in
from clausebook.model import Handbook, ResolvedClause, ResolvedPolicy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, name: str, folders: Iterable[str], known: Iterable[str]) -> Problem:
    where = " or ".join(dict.fromkeys(folders))
    return Problem(
        rule="missing-picture",
        at=at,
        what=f"there is no picture '{name}' in the folder {where}",
        why="the page would show a broken picture",
        fix=did_you_mean(name, known, f"put the picture into {where}, or take it out of the text"),
    )


def check_policy(policy: ResolvedPolicy, handbook: Handbook) -> Iterator[Problem]:
    """Conditions may put a name together that the text as written does not hold."""
    for clause in policy.clauses if any(map(_may_vary, policy.facts)) else ():
        text = clause.clause.text
        if not _may_vary(clause):
            continue
        written = pictures_as_written(text.source)
        for name in pictures_in(clause.text.markdown):
            if name not in written:
                yield Problem(
                    rule="missing-picture",
                    at=text.at,
                    what=f"the picture '{name}' is put together by conditions",
                    why="nothing can tell from the text which pictures it shows",
                    fix="write each picture whole, with the conditions around it",
                )


def _may_vary(clause: ResolvedClause) -> bool:
    text = clause.clause.text
    return "!" in text.source and text.conditional
