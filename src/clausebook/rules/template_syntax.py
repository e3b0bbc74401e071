"""The braces in a text do not add up.

Every `{{` needs its `}}`, every `{% if %}` its `{% endif %}` and every `{% for %}` its
`{% endfor %}`.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="template-syntax",
        at=at,
        what=f"the text cannot be read: {detail}",
        why="the clause cannot be filled in",
        fix="check that every {{ has its }} and every {% if %} its {% endif %}",
    )
