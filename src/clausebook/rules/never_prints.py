"""A clause is adopted, replaced or changed and then never prints.

The change is kept from showing by an answer: a condition (`when`) that does not hold, or a value
that is silent. The message says which.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str, because: str) -> Problem:
    return Problem(
        rule="never-prints",
        at=at,
        what=f"'{id}' is changed here, but does not print: {because}",
        why="this change would never appear in the handbook",
        fix="change the answer that keeps it out, or remove this line",
    )
