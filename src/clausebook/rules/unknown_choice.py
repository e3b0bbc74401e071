"""An answer is not one of a parameter's choices.

The message offers the nearest choice. The choices of a parameter are listed in its policy.yml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem, did_you_mean


def problem(at: Place, id: str, parameter: str, known: Iterable[str]) -> Problem:
    return Problem(
        rule="unknown-choice",
        at=at,
        what=f"'{id}' is not a choice of '{parameter}'",
        why="the clause that depends on it would never print as meant",
        fix=did_you_mean(id, known),
    )


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for id, wanted in clause.when.items():
        parameter = policy.parameters.get(id)
        if parameter is None:
            continue
        at = clause.places.get(f"when.{id}", clause.at)
        for choice in wanted:
            if choice != "said" and choice not in parameter.choices:
                yield problem(at, choice, id, [*parameter.choices, "said"])
    for wording in clause.wordings:
        for test in wording.tested:
            name, _, choice = test.partition("=")
            space, _, key = name.partition(".")
            parameter = policy.parameters.get(key) if space == "answer" else None
            if choice and parameter is not None and choice not in parameter.choices:
                yield problem(wording.find(choice), choice, key, parameter.choices)
