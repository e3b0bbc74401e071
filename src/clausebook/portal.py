"""A checked repository in; what the trust admin's portal says out. Dates are judged on the check's day.

`gathered` is what any portal needs of all organisations; `portal` keeps what one portal may hold: everything,
or a group with what is below it and nothing of anybody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from clausebook import __version__
from clausebook.build import SOON, Outcome
from clausebook.check import Waived
from clausebook.dates import Stated
from clausebook.held import Facts
from clausebook.model import (
    Approval,
    OpenQuestion,
    Organisation,
    Parameter,
    Policy,
    Repository,
    Review,
    Waiver,
)
from clausebook.problem import Place, Problem, Severity
from clausebook.resolve.publish import OpenAnswer
from clausebook.typed import dataclass
from clausebook.variants import Variant

ALL = "all"
OVERDUE, DUE, IN_DATE, NO_DATE = "overdue", "due", "in date", "no date"
MISSING, NOT_TAKEN, NOT_HELD = "missing", "not taken", "not held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One policy as one organisation holds it. `days` from the check's day to when it falls due."""

    policy: str
    title: str
    version: str
    owner: str
    editions: tuple[str, ...]
    state: str
    approval: Approval | None
    review: Review | None
    due: str
    days: int | None
    variant: Variant
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]
    questions: tuple[OpenQuestion, ...]

    @property
    def next(self) -> Stated | None:
        return self.review.next if self.review else None

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """What is wrong with it, whatever day it is."""
        return tuple(p for p in self.problems if p.severity is not Severity.INFO and not p.calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A policy that an organisation does not hold: how that is called, and why if somebody said."""

    state: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A waiver on the check's day: "in force", "ends soon", "ended" or "not begun"; and what it allows."""

    organisation: str
    name: str
    waiver: Waiver
    state: str
    allows: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An organisation that publishes. `group` is the nearest one above it."""

    id: str
    name: str
    kind: str
    group: str
    tiers: tuple[str, ...]
    editions: tuple[str, ...]
    entries: Mapping[str, Entry]
    without: Mapping[str, str]
    problems: tuple[Problem, ...]
    waivers: tuple[Permission, ...]
    questions: tuple[OpenQuestion, ...]
    unanswered: tuple[OpenAnswer, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A question nobody has answered: who is asked, which clauses need it, the line to write."""

    policy: str
    parameter: Parameter
    line: str
    clauses: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A contradiction in a source, written down: for every organisation that shows it."""

    question: OpenQuestion
    policy: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything any portal may say."""

    repository: Repository
    outcome: Outcome
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What one portal says. `policies` are those that somebody in it holds, `groups` by id their names."""

    id: str
    name: str
    as_of: date
    pinned: bool
    within: int
    members: tuple[Member, ...]
    groups: Mapping[str, str]
    policies: tuple[Policy, ...]
    gaps: Mapping[tuple[str, str], Gap]
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]
    waivers: tuple[Permission, ...]
    unanswered: tuple[Unanswered, ...]
    recorded: tuple[Recorded, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for member in self.members for entry in member.entries.values())

    def of(self, severity: Severity) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is severity)


# ------------------------------------------------------------------------------ every organisation


def gathered(repository: Repository, outcome: Outcome, known: Mapping[str, Facts]) -> Gathered:
    """Every organisation that publishes, looked at as it is on the check's day."""
    outcome = replace(
        outcome,
        problems=tuple(map(_printable, outcome.problems)),
        waived=tuple(replace(w, problem=_printable(w.problem)) for w in outcome.waived),
    )
    found: dict[str, list[Problem]] = {}
    for problem in outcome.problems:
        for id in problem.organisations:
            found.setdefault(id, []).append(problem)
    allowed: dict[str, list[Waived]] = {}
    for waived in outcome.waived:
        allowed.setdefault(waived.organisation, []).append(waived)
    members = (
        _member(
            own,
            known[own.id],
            repository,
            outcome.as_of,
            tuple(found.get(own.id, ())),
            tuple(allowed.get(own.id, ())),
        )
        for own in repository.organisations.values()
        if own.publishes
    )
    return Gathered(repository=repository, outcome=outcome, members=tuple(members))


def _member(
    own: Organisation,
    known: Facts,
    repository: Repository,
    today: date,
    problems: tuple[Problem, ...],
    waived: tuple[Waived, ...],
) -> Member:
    tiers = repository.tiers(own.id)
    entries: dict[str, Entry] = {}
    about: dict[str, list[Problem]] = {}
    for problem in problems:
        about.setdefault(problem.policy or "", []).append(problem)
    for held in known.policies:
        due, days = judged(held.review, today, repository.settings.due_within_days)
        entries[held.id] = Entry(
            policy=held.id,
            title=held.title,
            version=held.version,
            owner=held.owner,
            editions=held.editions,
            state=held.state,
            approval=held.approval,
            review=held.review,
            due=due,
            days=days,
            variant=held.variant,
            problems=tuple(about.get(held.id, ())),
            waived=tuple(w for w in waived if w.problem.policy == held.id),
            questions=held.questions,
        )
    return Member(
        id=own.id,
        name=own.name,
        kind=own.kind,
        group=own.parent or "",
        tiers=tuple(tier.id for tier in tiers),
        editions=own.editions,
        entries=entries,
        without={change.id: change.says for tier in tiers for change in tier.without},
        problems=tuple(p for p in problems if p.policy not in entries),
        waivers=tuple(_permissions(own, waived, today)),
        questions=own.open_questions,
        unanswered=known.unanswered,
        note="demonstration" if own.demonstration else "fictional" if own.fictional else "",
    )


def _printable(problem: Problem) -> Problem:
    """A problem with what no page may hold written out, as in a terminal: it may quote a file."""
    words = (problem.at.file, problem.what, problem.why, problem.fix)
    if all(text.isprintable() for text in words):
        return problem
    file, what, why, fix = (
        "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
        for text in words
    )
    return replace(problem, at=problem.at._replace(file=file), what=what, why=why, fix=fix)


def judged(review: Review | None, today: date, within: int) -> tuple[str, int | None]:
    """Where a review stands on a day, and how many days are left; fewer than none once overdue."""
    if review is None or review.next is None:
        return NO_DATE, None
    days = (review.next.last - today).days
    if days < 0:
        return OVERDUE, days
    return (DUE if days <= within else IN_DATE), days


def _permissions(
    own: Organisation, waived: tuple[Waived, ...], today: date
) -> Iterable[Permission]:
    for waiver in own.waivers:
        state = "in force"
        if waiver.until.last < today:
            state = "ended"
        elif waiver.start.first > today:
            state = "not begun"
        elif waiver.until.last <= today + SOON:
            state = "ends soon"
        allows = tuple(w.problem for w in waived if w.waiver.at == waiver.at)
        yield Permission(
            organisation=own.id, name=own.name, waiver=waiver, state=state, allows=allows
        )


# ------------------------------------------------------------------------------ one portal


def portals(found: Gathered) -> list[Portal]:
    """The portal over all organisations, and one for every group."""
    groups = [o.id for o in found.repository.organisations.values() if o.group]
    return [portal(found), *(portal(found, group) for group in groups)]


def portal(found: Gathered, group: str = "") -> Portal:
    """What one portal may hold: the whole, or a group with what is below it."""
    repository, outcome = found.repository, found.outcome
    organisations = repository.organisations
    scope = {
        id
        for id in organisations
        if not group or group in {tier.id for tier in repository.tiers(id)}
    }
    members = tuple(_kept(member, scope) for member in found.members if member.id in scope)
    near = {(member.tiers[0], id) for member in members for id in member.entries}
    held = {id for _, id in near}
    policies = tuple(p for p in repository.library.policies.values() if p.id in held)
    # A group that publishes nothing itself has waivers and questions of its own all the same.
    silent = [organisations[id] for id in organisations if id in scope]
    silent = [own for own in silent if not own.publishes]
    waivers = [w for member in members for w in member.waivers]
    for own in silent:
        mine = tuple(w for w in outcome.waived if w.organisation == own.id)
        waivers += _permissions(own, mine, outcome.as_of)
    return Portal(
        id=group or ALL,
        name=organisations[group].name if group else "",
        as_of=outcome.as_of,
        pinned=outcome.pinned,
        within=repository.settings.due_within_days,
        members=members,
        groups={id: own.name for id, own in organisations.items() if own.group and id in scope},
        policies=policies,
        gaps={
            (member.id, policy.id): _gap(member, policy.id, near)
            for member in members
            for policy in policies
            if policy.id not in member.entries
        },
        problems=tuple(_within(outcome.problems, scope, repository, everything=not group)),
        waived=tuple(w for w in outcome.waived if w.organisation in scope),
        waivers=tuple(waivers),
        unanswered=tuple(_unanswered(members)),
        recorded=tuple(_recorded(members, silent)),
    )


def _kept(member: Member, scope: set[str]) -> Member:
    """A member whose problems name nobody else."""

    def narrowed(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        return tuple(_narrowed(problem, scope) for problem in problems)

    return replace(
        member,
        group=member.group if member.group in scope else "",
        problems=narrowed(member.problems),
        entries={
            id: replace(entry, problems=narrowed(entry.problems)) if entry.problems else entry
            for id, entry in member.entries.items()
        },
    )


def _narrowed(problem: Problem, scope: set[str]) -> Problem:
    kept = tuple(id for id in problem.organisations if id in scope)
    return problem if kept == problem.organisations else replace(problem, organisations=kept)


def _within(
    problems: Iterable[Problem], scope: set[str], repository: Repository, *, everything: bool
) -> Iterable[Problem]:
    """The problems of the organisations in a portal, and of the library they share."""
    files = {own.at.file for id, own in repository.organisations.items() if id in scope}
    for problem in problems:
        shared = not problem.at.file.startswith("schools/") or problem.at.file in files
        if everything or scope & set(problem.organisations):
            yield _narrowed(problem, scope)
        elif not problem.organisations and shared:
            yield problem


def _gap(member: Member, policy: str, near: set[tuple[str, str]]) -> Gap:
    """Missing where a neighbour in the same group holds the policy, and nobody said why not."""
    if policy in member.without:
        return Gap(state=NOT_TAKEN, why=member.without[policy])
    return Gap(state=MISSING if (member.tiers[0], policy) in near else NOT_HELD)


def _unanswered(members: tuple[Member, ...]) -> Iterable[Unanswered]:
    asked: dict[tuple[str, str], list[tuple[Member, OpenAnswer]]] = {}
    for member in members:
        for question in member.unanswered:
            key = (question.policy, question.parameter.id)
            asked.setdefault(key, []).append((member, question))
    for (policy, _), found in sorted(asked.items()):
        first = found[0][1]
        yield Unanswered(
            policy=policy,
            parameter=first.parameter,
            line=first.line,
            clauses=tuple(sorted({id for _, question in found for id in question.clauses})),
            members=tuple(member.id for member, _ in found),
        )


def _recorded(members: tuple[Member, ...], silent: list[Organisation]) -> Iterable[Recorded]:
    """Each question once, however many organisations took it over from their group."""
    found: dict[Place, Recorded] = {}
    every = [(own.id, "", own.open_questions) for own in silent]
    every += [
        (own.id, policy, held.open_questions)
        for own in silent
        for policy, held in own.policies.items()
    ]
    for member in members:
        every.append((member.id, "", member.questions))
        every += [(member.id, id, entry.questions) for id, entry in member.entries.items()]
    for id, policy, questions in every:
        for question in questions:
            seen = found.get(question.at)
            who = (*seen.members, id) if seen else (id,)
            found[question.at] = Recorded(question=question, policy=policy, members=who)
    return sorted(found.values(), key=lambda one: (one.policy, one.question.at))


# ------------------------------------------------------------------------------ the record


def checks_json(shown: Portal, seals: Mapping[str, str]) -> str:
    """What the check found on its day, site by site. `seals`: the SHA-256 of each seal.json."""
    general = [p for p in shown.of(Severity.ERROR) if not p.organisations]
    sites = []
    for member in shown.members:
        own = [p for p in shown.of(Severity.ERROR) if member.id in p.organisations]
        overdue = [e for e in member.entries.values() if e.due == OVERDUE]
        for edition in member.editions:
            site = f"{edition}/{member.id}"
            sites.append(
                {
                    "site": site,
                    "seal": seals.get(site),
                    "errors": len(own) + len(general),
                    "calendar": [_calendar(p, member.id) for p in own if p.calendar],
                    "overdue": [
                        {
                            "policy": entry.policy,
                            "due": entry.next.iso if entry.next else None,
                            "waived": any(w.problem.rule == "review-overdue" for w in entry.waived),
                        }
                        for entry in overdue
                        if edition in entry.editions
                    ],
                }
            )
    found = {
        "format": 1,
        "portal": shown.id,
        "as_of": shown.as_of.isoformat(),
        "made_by": f"clausebook {__version__}",
        "errors": len(shown.of(Severity.ERROR)),
        "warnings": len(shown.of(Severity.WARNING)),
        "waived": len(shown.waived),
        "sites": sites,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _calendar(problem: Problem, organisation: str) -> dict[str, object]:
    return {
        "rule": problem.rule,
        "organisation": organisation,
        "policy": problem.policy,
        "what": problem.what,
        "at": str(problem.at),
    }
