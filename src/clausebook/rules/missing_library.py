"""There is no clause library where one is expected.

Clausebook looks for policies/ in the folder it is run in, or in the one named with --root.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place) -> Problem:
    return Problem(
        rule="missing-library",
        at=at,
        what="there is no library: no policy stands in policies/",
        why="there is nothing to publish",
        fix="run the command in a handbook's folder, or name it with --root",
    )
