"""A pattern in a register is not one that can be searched for.

It is not a regular expression, or one that could take for ever on an ordinary text: a repetition
inside a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clausebook.model import Library
from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="bad-pattern",
        at=at,
        what=f"the pattern cannot be used: {detail}",
        why="the rule would never find anything",
        fix="write a Python regular expression without nested repetition",
    )


_NESTED = re.compile(r"\([^()]*[+*][^()]*\)[+*{]")


def check_library(library: Library) -> Iterator[Problem]:
    for phrase in library.registers.phrases.values():
        if phrase.pattern is None:
            continue
        try:
            re.compile(phrase.pattern)
        except re.error as error:
            yield problem(phrase.at, str(error))
            continue
        if _NESTED.search(phrase.pattern):
            yield problem(phrase.at, "a repetition inside a repetition can take for ever")
