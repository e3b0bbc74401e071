"""A section is declared and holds no clause.

Add a file called SECTION.md with at least one clause, or take the section out of policy.yml.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, id: str) -> Problem:
    return Problem(
        rule="empty-section",
        at=at,
        what=f"the section '{id}' has no clauses",
        why="a heading with nothing under it would be published, or nothing at all",
        fix=f"add clauses in {id}.md, or remove the section",
    )
