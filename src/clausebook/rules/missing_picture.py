"""The file of a picture that a clause shows is not there.

`![what it shows](name.svg)` names an .svg or .png file in the folder of the policy. An organisation's
own text may also show one that lies in the folder of its own file, which is looked for first. The name
is in exactly the letters of the file: some computers tell small letters from capitals, and some do not.
It is written as one piece, without names or conditions inside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.markdown import pictures_as_written, pictures_in
from clausebook.model import Handbook, HeldPolicy, Policy, ResolvedPolicy
from clausebook.once import aside
from clausebook.problem import Place, Problem, did_you_mean
from clausebook.wording import Wording


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
    held = [tier.policies[policy.id] for tier in handbook.tiers if policy.id in tier.policies]
    if not _library_may_vary(policy.policy) and not any(map(_own_may_vary, held)):
        return
    for clause in policy.clauses:
        text = clause.clause.text
        if not _may_vary(text):
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


@aside
def _library_may_vary(policy: Policy) -> bool:
    return any(_may_vary(clause.text) for clause in policy.clauses.values())


@aside
def _own_may_vary(held: HeldPolicy) -> bool:
    texts = [*(one.clause.text for one in held.add), *(one.text for one in held.replace)]
    return any(map(_may_vary, texts))


def _may_vary(text: Wording) -> bool:
    return text.conditional and "!" in text.source
