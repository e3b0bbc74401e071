"""A policy or an organisation has the id of something that every handbook has already.

A handbook's own pages (its search, its contacts, what changed …) and its folders have fixed names. A
policy is a page called after its id, and an organisation a folder, so neither can have one of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from clausebook.model import Library, Organisation
from clausebook.problem import Place, Problem

PAGES = frozenset(
    """404 about accessibility assets changes contacts handbook index pdf quick review search terms""".split()
)
# A group's portal stands beside the folders of the portal over all organisations.
FOLDERS = frozenset(("admin", "all", "assets", "groups", "matrix", "organisations"))


def problem(at: Place, id: str, kind: str) -> Problem:
    what = "page" if kind == "policy" else "folder"
    return Problem(
        rule="reserved-id",
        at=at,
        what=f"no {kind} can be called '{id}'",
        why=f"handbooks have a {what} of that name already, and one would overwrite the other",
        fix=f"rename its folder: '{id}-policy' would do"
        if kind == "policy"
        else "rename its file (the folder, when it is a group)",
    )


def check_library(library: Library) -> Iterator[Problem]:
    for policy in library.policies.values():
        if policy.id in PAGES:
            yield problem(policy.at, policy.id, "policy").about(policy=policy.id)


def check_organisation(organisation: Organisation, library: Library) -> Iterator[Problem]:
    if organisation.id in FOLDERS:
        yield problem(organisation.at, organisation.id, "organisation")
