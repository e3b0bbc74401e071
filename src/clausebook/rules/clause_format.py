"""A section file is not written as clauses.

A clause is a heading with two hashes, a fenced `clause` block with its facts, and its text.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="clause-format",
        at=at,
        what=detail,
        why="the clause could not be told apart from its neighbours",
        fix="write '## Title', then a ```clause block with its facts, then the text",
    )
