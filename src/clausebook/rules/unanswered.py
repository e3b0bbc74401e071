"""A question is open: a clause in force needs an answer nobody has given.

Clausebook has no default answers. Silence is an answer where the parameter allows it, and is
written: `silent`. A group may answer for its schools.
"""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, question: str, line: str, clauses: Iterable[str]) -> Problem:
    return Problem(
        rule="unanswered",
        at=at,
        what=f"'{id}' is not answered: {question}",
        why="needed by " + ", ".join(sorted(clauses)),
        fix=f"add under 'values': {line}",
    )
