"""Where a clause comes from, in the words of a governor: who wrote it, and which words were filled in."""

from __future__ import annotations

from dataclasses import dataclass

from clausebook.model import Handbook, Organisation, ResolvedClause, ResolvedPolicy, Run, RunKind


@dataclass(frozen=True, slots=True)
class Filled:
    """Words that were filled in, what for and by whom."""

    words: str
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    by: str
    how: str
    reason: str
    strength: str
    filled: tuple[Filled, ...]


def origin(clause: ResolvedClause, policy: ResolvedPolicy, handbook: Handbook) -> Origin:
    own = handbook.organisation.id
    by = _tier(clause.origin, handbook)
    how = "The library’s text"
    if clause.replaced is not None:
        how = f"A local change by {by}, in place of the library’s text"
    elif clause.origin != "library":
        how = f"Added by {by}" if clause.origin == own else f"Written by {by}"
    another = clause.strength is not None and clause.strength is not clause.clause.strength
    filled = dict.fromkeys(
        Filled(run.text, _what(run, policy), _who(run, policy, handbook))
        for run in clause.text.runs
        if run.kind is RunKind.VALUE and run.text.strip() and run.slot not in ("link-target",)
    )
    return Origin(
        by=by,
        how=how,
        reason=clause.reason or "",
        strength=clause.strength.value if clause.strength and another else "",
        filled=tuple(filled),
    )


def _tier(id: str, handbook: Handbook) -> str:
    for tier in handbook.tiers:
        if tier.id == id:
            return tier.name
    return "the library"


def _what(run: Run, policy: ResolvedPolicy) -> str:
    space, _, key = run.slot.partition(".")
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


def _who(run: Run, policy: ResolvedPolicy, handbook: Handbook) -> str:
    space, _, key = run.slot.partition(".")
    value = None
    if space == "answer":
        value = policy.values.get(key)
    elif space == "term":
        value = handbook.terms.get(key)
    file = value.chosen_at.file if value else (run.at.file if run.at else "")
    return by_file(file, handbook.tiers)


def by_file(file: str, tiers: tuple[Organisation, ...]) -> str:
    """Who wrote a file, by its place."""
    for tier in tiers:
        if tier.at.file == file:
            return tier.name
    return "the library"
