"""Resolved policies in; what each organisation makes of every clause and parameter out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from clausebook.later import Common, by_parts
from clausebook.model import (
    Organisation,
    Policy,
    Printed,
    ResolvedClause,
    ResolvedPolicy,
    Value,
)
from clausebook.once import aside, once
from clausebook.problem import Place
from clausebook.typed import dataclass

LIBRARY, CHANGED, ADDED = "library", "changed", "added"
OMITTED, LEFT_OUT, NOT_TAKEN = "omitted", "left out", ""


@by_parts
class State(NamedTuple):
    """What one organisation makes of one clause: a word, why, a strength of its own, and where."""

    word: str = NOT_TAKEN
    why: str = ""
    strength: str = ""
    at: Place | None = None

    def __str__(self) -> str:
        said = ", ".join(part for part in (self.word, self.strength) if part)
        return f"{said}: {self.why}" if self.why else said or "-"

    @property
    def differs(self) -> bool:
        """Whether it is anything but the library's clause as it stands, or a clause not taken."""
        return self.word not in (LIBRARY, NOT_TAKEN) or bool(self.strength)


class Said(NamedTuple):
    """What one organisation answers to a parameter, and where that is written."""

    words: str = "-"
    at: Place | None = None

    def __str__(self) -> str:
        return self.words


_LIBRARY = State(LIBRARY)
_NOT_TAKEN = State()
_NOT_SAID = Said()


@dataclass(frozen=True)
class Variant:
    """A policy as one organisation holds it: what differs from the library, clause by clause.

    What is made of the clauses is one object for all who make the same of them. Answers are very many:
    each is kept as its words and the parts of its place.
    """

    clauses: Mapping[str, State]
    said: Mapping[str, tuple[Any, ...]]

    @once
    def answers(self) -> Mapping[str, Said]:
        return {
            id: Said(words, Place(*at) if at else None) for id, (words, *at) in self.said.items()
        }

    def clause(self, id: str) -> State:
        return self.clauses.get(id, _NOT_TAKEN)

    def answer(self, id: str) -> Said:
        return self.answers.get(id, _NOT_SAID)


def variant(resolved: ResolvedPolicy, tiers: Sequence[Organisation] = ()) -> Variant:
    """The organisation's variant. `tiers` are its groups and itself: where a strength is changed."""
    clauses = _states(resolved.printed)
    if strong := _with_another_strength(resolved.printed):
        held = [tier.policies[resolved.id] for tier in tiers if resolved.id in tier.policies]
        at = {change.id: change.at for one in held for change in one.strength}
        clauses = {**clauses, **{clause.id: _state(clause, at.get(clause.id)) for clause in strong}}
    return Variant(clauses, _said(resolved))


def clause_ids(policy: Policy, held: Mapping[str, Variant]) -> list[str]:
    """Every clause of the library's policy, and after them those that organisations added."""
    printed = (LIBRARY, CHANGED, ADDED)
    own = [
        id for one in held.values() for id, state in one.clauses.items() if state.word in printed
    ]
    return list(dict.fromkeys([*policy.clauses, *own]))


@aside
def _states(printed: Printed) -> Mapping[str, State]:
    """Of every clause that was left out or prints, wherever strengths are changed."""
    states: dict[str, State] = {}
    for left in printed.left_out:
        omitted = left.at.file.startswith("schools/")
        state = State(OMITTED if omitted else LEFT_OUT, left.why, at=left.at)
        states.setdefault(left.clause, state)
    states |= {clause.id: _state(clause) for clause in printed.clauses}
    return Common(states)


@aside
def _with_another_strength(printed: Printed) -> list[ResolvedClause]:
    return [clause for clause in printed.clauses if _another_strength(clause)]


def _another_strength(clause: ResolvedClause) -> str:
    """A clause's strength, if that is not the one it is written with."""
    strength = clause.strength
    return strength.value if strength and strength is not clause.clause.strength else ""


def _state(clause: ResolvedClause, at: Place | None = None) -> State:
    """What is made of a clause whose strength is changed there, if it is."""
    strength = _another_strength(clause)
    if clause.replaced is not None:
        return State(CHANGED, clause.reason or "", strength, clause.clause.places.get("of", at))
    if clause.clause.tier != LIBRARY:
        return State(ADDED, strength=strength, at=clause.clause.at)
    return State(LIBRARY, strength=strength, at=at) if strength else _LIBRARY


def _said(resolved: ResolvedPolicy) -> dict[str, tuple[Any, ...]]:
    values, reached = resolved.values, resolved.reached
    said: dict[str, tuple[Any, ...]] = {}
    for id in resolved.policy.parameters:
        value = values.get(id)
        if value is None:
            said[id] = (_NOT_SAID.words,)
        elif f"answer.{id}" in reached:
            said[id] = _told(value)
        else:
            said[id] = ("(not reached)", *value.chosen_at)
    return said


@aside
def _told(value: Value) -> tuple[Any, ...]:
    words = ", ".join([item.id or item.words for item in value.items])
    return (words if value.items else "silent", *value.chosen_at)
