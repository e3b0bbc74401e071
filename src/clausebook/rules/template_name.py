"""A text uses a name or formatter that does not exist.

The message lists the names, or the formatters, that exist. docs/format.md says what each prints.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, what_: str, name: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="template-name",
        at=at,
        what=f"there is no {what_}",
        why="a blank would be printed in its place",
        fix=did_you_mean(name, known),
    )
