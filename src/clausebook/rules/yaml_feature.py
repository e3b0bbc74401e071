"""A YAML file uses a feature Clausebook refuses.

Anchors, aliases, tags, several documents in one file, keys that are not plain text and very deep
nesting are not needed in handbooks, and are how YAML files attack their readers.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, feature: str) -> Problem:
    return Problem(
        rule="yaml-feature",
        at=at,
        what=f"{feature} is not allowed here",
        why="such features can hide a value or exhaust memory",
        fix="write the value out in full",
    )
