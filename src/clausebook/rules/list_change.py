"""A list is changed in a way that does not fit the list of the tier above.

`set` stands alone; `add` names what is not there yet; `remove` names what is. A change that does
nothing means that somebody believes the list says something else.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="list-change",
        at=at,
        what=detail,
        why="the change would do nothing",
        fix="correct it to fit the list above",
    )
