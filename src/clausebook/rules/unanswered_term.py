"""A word is needed that the organisation has not chosen."""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, question: str, line: str) -> Problem:
    return Problem(
        rule="unanswered-term",
        at=at,
        what=f"the term '{id}' is not chosen: {question}",
        why="clauses in force print it",
        fix=f"add under 'terms': {line}",
    )
