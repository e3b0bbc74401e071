"""Model and handbooks in, problems out: runs every rule that judges something."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta

from clausebook.model import (
    Clause,
    Dated,
    Handbook,
    Library,
    Organisation,
    Policy,
    ResolvedPolicy,
    Waiver,
)
from clausebook.once import aside
from clausebook.problem import Problem
from clausebook.rules import (
    having,
    unknown_policy,
    waivable,
    waiver_check,
    waiver_dates,
    waiver_ended,
    waiver_unused,
)
from clausebook.typed import dataclass

LONGEST_WAIVER = timedelta(days=731)


def check_library(library: Library, policy: str = "") -> list[Problem]:
    """What is wrong with the clauses of one policy; without one, with the library as a whole."""
    if not policy:
        return [p for rule in having("check_library") for p in rule.check_library(library)]
    held = library.policies[policy]
    return [p for clause in held.clauses.values() for p in check_clause(clause, held, library)]


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for rule in having("check_clause"):
        for problem in rule.check_clause(clause, policy, library):
            yield problem.about(policy=policy.id, clause=clause.id)


def check_organisation(organisation: Organisation, library: Library, today: date) -> list[Problem]:
    """What is wrong with what an organisation says, other than of its policies."""
    problems: list[Problem] = []
    for rule in having("check_organisation"):
        problems += rule.check_organisation(organisation, library)
    for rule in having("check_people"):
        problems += rule.check_people(organisation, today)
    return [p.about(organisation.id) for p in problems]


def check_texts(organisation: Organisation, policy: str, library: Library) -> list[Problem]:
    """What is wrong with an organisation's own texts in one policy."""
    own = _own_clauses(organisation, policy, library)
    problems = [p for clause, held in own for p in check_clause(clause, held, library)]
    return [p.about(organisation.id) for p in problems]


def check_held(organisation: Organisation, policies: Collection[str]) -> list[Problem]:
    """What is wrong with which policies a handbook holds."""
    problems = [
        p for rule in having("check_handbook") for p in rule.check_handbook(organisation, policies)
    ]
    return [p.about(organisation.id) for p in problems]


def check_policy(resolved: ResolvedPolicy, handbook: Handbook) -> list[Problem]:
    """What is wrong with one policy as an organisation publishes it, whatever day it is."""
    found = [p for r in having("check_policy") for p in r.check_policy(resolved, handbook)]
    return [p.about(handbook.organisation.id, resolved.id) for p in found]


def check_dates(dated: Dated, organisation: str, policy: str, today: date) -> list[Problem]:
    """What is wrong with its dates on a day: judged once for all of whom the same is said."""
    found = _on(dated)
    if today not in found:
        rules = having("check_dates")
        found[today] = [p for rule in rules for p in rule.check_dates(dated, today)]
    return [p.about(organisation, policy) for p in found[today]]


@aside
def _on(dated: Dated) -> dict[date, list[Problem]]:
    """What is wrong with dates, by the day."""
    return {}


def _own_clauses(
    organisation: Organisation, id: str, library: Library
) -> Iterator[tuple[Clause, Policy]]:
    held, policy = organisation.policies.get(id), library.policies.get(id)
    if held is None or policy is None:
        return
    for addition in held.add:
        yield addition.clause, policy
    for change in held.replace:
        was = policy.clauses.get(change.id)
        if was is not None:
            yield (
                replace(
                    was,
                    tier=organisation.id,
                    text=change.text,
                    title=change.title or was.title,
                    summary=change.summary or was.summary,
                    pictures=change.pictures,
                ),
                policy,
            )


@dataclass(frozen=True)
class Waived:
    """A problem that a waiver allows for now."""

    problem: Problem
    waiver: Waiver
    organisation: str


def apply_waivers(
    organisation: Organisation, library: Library, problems: list[Problem], today: date
) -> tuple[list[Problem], list[Waived]]:
    """The problems that remain, with what is wrong with the waivers; and those that are waived."""
    waived: list[Waived] = []
    left = list(problems)
    for waiver in organisation.waivers:
        faults = list(_faults(waiver, library))
        left += [p.about(organisation.id, waiver.policy) for p in faults]
        if faults:
            continue
        matching = [p for p in left if _allows(waiver, p)]
        if today > waiver.until.last:
            # What it allowed comes back because time has passed, and for no other reason.
            left = [replace(p, calendar=True) if p in matching else p for p in left]
            ended = waiver_ended.problem(waiver.at, waiver.check, str(waiver.until))
            left.append(replace(ended, calendar=True).about(organisation.id, waiver.policy))
        elif not matching:
            unused = waiver_unused.problem(waiver.at, waiver.check)
            left.append(unused.about(organisation.id, waiver.policy))
        elif waiver.start.first <= today:
            left = [p for p in left if p not in matching]
            waived += [Waived(p, waiver, organisation.id) for p in matching]
    return left, waived


def _faults(waiver: Waiver, library: Library) -> Iterator[Problem]:
    if waiver.check not in waivable():
        yield waiver_check.problem(waiver.at, waiver.check, waivable())
    if waiver.policy is not None and waiver.policy not in library.policies:
        yield unknown_policy.problem(waiver.places["policy"], waiver.policy, library.policies)
    if waiver.until.last < waiver.start.first:
        detail = f"the waiver ends ({waiver.until}) before it begins ({waiver.start})"
        yield waiver_dates.problem(waiver.places["until"], detail)
    elif waiver.until.last - waiver.start.first > LONGEST_WAIVER:
        detail = f"the waiver runs from {waiver.start} to {waiver.until}, more than two years"
        yield waiver_dates.problem(waiver.places["until"], detail)


def _allows(waiver: Waiver, problem: Problem) -> bool:
    return (
        waiver.check == problem.rule
        and waiver.policy in (None, problem.policy)
        and waiver.clause in (None, problem.clause)
    )
