"""A list is given though a tier above has given one.

Lists do not merge silently. Say what to do with the list above.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, above: Place) -> Problem:
    return Problem(
        rule="list-merge",
        at=at,
        what=f"'{id}' already has a list, given at {above}",
        why="it is not clear whether this list replaces the other or adds to it",
        fix="write {add: […]}, {remove: […]} or {set: […]}",
    )
