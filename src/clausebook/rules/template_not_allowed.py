"""A text uses more of the template language than clauses may.

Clauses may insert names, format them, choose with `if` and repeat with `for` over an answer.
Everything else is refused: calls, arithmetic, reaching into values, white-space control.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, what_: str) -> Problem:
    return Problem(
        rule="template-not-allowed",
        at=at,
        what=f"{what_} is not allowed in a text",
        why="texts only insert and choose; anything more could reach what it should not",
        fix="see 'Names that text may use' in docs/format.md",
    )
