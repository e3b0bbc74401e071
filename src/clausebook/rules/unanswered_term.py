"""A word is needed that the organisation has not chosen.

Terms are the organisation's own words for the people and places that clauses speak of. A group may
choose them for its schools.
"""

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
