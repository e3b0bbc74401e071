"""Where a clause comes from, in the words of a governor: who wrote it, and which words were filled in."""

from __future__ import annotations

from typing import NamedTuple

from clausebook.model import Handbook, Organisation, ResolvedClause, ResolvedPolicy, RunKind, Text
from clausebook.recent import Recent


class Filled(NamedTuple):
    """Words that were filled in, what for and by whom."""

    words: str
    what: str
    by: str


class Origin(NamedTuple):
    """All strings, so that two can be told apart at once."""

    by: str
    how: str
    reason: str
    strength: str
    filled: tuple[Filled, ...]


class Origins:
    """The origins of a policy's clauses. The same names are filled in again and again."""

    __slots__ = ("_filled", "_handbook", "_policy")

    def __init__(self, policy: ResolvedPolicy, handbook: Handbook) -> None:
        self._policy, self._handbook = policy, handbook
        self._filled: dict[_Value, Filled] = {}

    def of(self, clause: ResolvedClause) -> Origin:
        handbook = self._handbook
        own = handbook.organisation.id
        by = _tier(clause.origin, handbook)
        how = "The library’s text"
        if clause.replaced is not None:
            how = f"A local change by {by}, in place of the library’s text"
        elif clause.origin != "library":
            how = f"Added by {by}" if clause.origin == own else f"Written by {by}"
        another = clause.strength is not None and clause.strength is not clause.clause.strength
        filled = dict.fromkeys([self._of(value) for value in _values.made(clause.text, _found)])
        return Origin(
            by=by,
            how=how,
            reason=clause.reason or "",
            strength=clause.strength.value if clause.strength and another else "",
            filled=tuple(filled),
        )

    def _of(self, value: _Value) -> Filled:
        found = self._filled.get(value)
        if found is None:
            words, slot, file = value
            what = _what(slot, self._policy)
            by = _who(slot, file, self._policy, self._handbook)
            found = self._filled[value] = Filled(words, what, by)
        return found


# The words of a value, its name and the file it is written in.
_Value = tuple[str, str, str]
_values: Recent[Text, tuple[_Value, ...]] = Recent()


def _found(text: Text) -> tuple[_Value, ...]:
    return tuple(
        [
            (run.text, run.slot, run.at.file if run.at else "")
            for run in text.runs
            if run.kind is RunKind.VALUE and run.text.strip() and run.slot != "link-target"
        ]
    )


def _tier(id: str, handbook: Handbook) -> str:
    for tier in handbook.tiers:
        if tier.id == id:
            return tier.name
    return "the library"


def _what(slot: str, policy: ResolvedPolicy) -> str:
    space, _, key = slot.partition(".")
    if space == "answer" and key in policy.policy.parameters:
        return policy.policy.parameters[key].question
    return {
        "term": "Our word for it",
        "role": "A role",
        "law": "The law register",
        "platform": "The platforms register",
        "policy": "A policy’s title",
        "clause": "Another clause",
        "modal": "How strong the duty is",
    }.get(space, "Filled in")


def _who(slot: str, file: str, policy: ResolvedPolicy, handbook: Handbook) -> str:
    space, _, key = slot.partition(".")
    value = None
    if space == "answer":
        value = policy.values.get(key)
    elif space == "term":
        value = handbook.terms.get(key)
    return by_file(value.chosen_at.file if value else file, handbook.tiers)


def by_file(file: str, tiers: tuple[Organisation, ...]) -> str:
    """Who wrote a file, by its place."""
    for tier in tiers:
        if tier.at.file == file:
            return tier.name
    return "the library"
