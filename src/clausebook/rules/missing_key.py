"""Something required is not given.

Some keys are required, such as an organisation's `name` and `kind` or a clause's `id`. The schema
of the file lists them; editors that know it complete them.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, key: str) -> Problem:
    return Problem(
        rule="missing-key",
        at=at,
        what=f"'{key}' is missing",
        why="nothing sensible can be published without it",
        fix=f"add a line '{key}: …'",
    )
