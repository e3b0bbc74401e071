"""Every rule: one module each, whose name is its id and whose docstring is its manual page.

A module has a `problem(…)` that says what is wrong. Rules that `load` and `resolve` cannot help
but notice stop there. The others also judge something: `check_library(library)`,
`check_clause(clause, policy, library)`, `check_organisation(organisation, library)`,
`check_handbook(organisation, policies)`, `check_policy(policy, handbook)` or, where the day matters,
`check_dates(dated, today)` and `check_people(organisation, today)`. A policy is judged
again only when it changes itself: the handbook it comes with need not hold the others.
`WAIVABLE = True` lets an organisation waive the rule for a time.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from clausebook.said import said

if TYPE_CHECKING:  # whoever says what is wrong need not load the model
    from clausebook.model import Clause

Thing = TypeVar("Thing")
Made = TypeVar("Made")


@lru_cache(maxsize=1)
def all_rules() -> dict[str, ModuleType]:
    """Every rule by its id."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name.replace("_", "-"): importlib.import_module(f"{__name__}.{name}") for name in names}


@lru_cache(maxsize=16)
def having(function: str) -> tuple[ModuleType, ...]:
    """The rules that judge one kind of thing."""
    return tuple(rule for rule in all_rules().values() if hasattr(rule, function))


@lru_cache(maxsize=1)
def waivable() -> list[str]:
    """The ids of the rules an organisation may waive for a time."""
    return [id for id, rule in all_rules().items() if getattr(rule, "WAIVABLE", False)]


def manual(id: str) -> str:
    """A rule's manual page: its module's docstring."""
    return (all_rules()[id].__doc__ or "").strip()


def for_one(work: Callable[[Thing], Made]) -> Callable[[Thing], Made]:
    """What is made of a register is made once for all clauses, and what is made of a clause once for
    all rules: the last one's is kept.

    Neither is ever changed once it is read, and hashing a register for every clause takes longer
    than judging the clause.
    """
    last: list[tuple[Thing, Made]] = []

    def made(thing: Thing) -> Made:
        if not last or last[0][0] is not thing:
            last[:] = [(thing, work(thing))]
        return last[0][1]

    return made


@for_one
def said_in(clause: Clause) -> frozenset[str]:
    """The words of a clause as it is written."""
    return said([wording.source for wording in clause.wordings])
