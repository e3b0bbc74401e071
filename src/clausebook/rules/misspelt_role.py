"""A role of the organisation's own has nearly the id of a role everybody knows.

An organisation may have roles that `terms.yml` does not list. One that is called almost like a
listed one is a slip: the role that clauses ask for would be missing, or stay that of the group.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from clausebook.model import Library, Organisation
from clausebook.problem import Place, Problem


def problem(at: Place, id: str, known: str) -> Problem:
    return Problem(
        rule="misspelt-role",
        at=at,
        what=f"the role '{id}' looks like '{known}', misspelt",
        why=f"clauses that speak of '{known}' would not find it",
        fix=f"write '{known}', or choose an id that nobody mistakes for it",
    )


def check_organisation(organisation: Organisation, library: Library) -> Iterator[Problem]:
    known = library.registers.roles
    for role in organisation.roles:
        if role.id in known:
            continue
        close = difflib.get_close_matches(role.id, known, n=1, cutoff=0.8)
        if close:
            yield problem(role.places["id"], role.id, close[0])
