"""Library and organisations in, handbooks out: pure and deterministic, whatever day it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field, fields, replace
from operator import attrgetter
from typing import NamedTuple

from clausebook.model import (
    EDITIONS,
    Handbook,
    HeldPolicy,
    Item,
    Link,
    Organisation,
    Policy,
    Repository,
    ResolvedPolicy,
    Role,
    Value,
)
from clausebook.once import aside, once
from clausebook.problem import Place, Problem
from clausebook.recent import Recent
from clausebook.resolve.alike import with_clauses
from clausebook.resolve.compose import Effect as Effect
from clausebook.resolve.compose import State, changed_by, library_state
from clausebook.resolve.publish import (
    OpenAnswer,
    Published,
    Setting,
    editions_of,
    publish,
    published_again,
)
from clausebook.resolve.text import Texts
from clausebook.resolve.values import (
    AnswerReader,
    Memory,
    fact_values,
    library_values,
    role_value,
    term_values,
    written_in,
)
from clausebook.resolve.values import (
    silence as silence,
)
from clausebook.rules import (
    locked,
    never_prints,
    no_effect,
    unknown_policy,
    unknown_role,
    unused_policy_change,
    unused_role,
    unused_value,
)
from clausebook.typed import dataclass

# What stands around an organisation's policies takes the room of so many of them.
AROUND = 10


@dataclass(frozen=True)
class Said:
    """Something a tier says that has to show in some handbook at or below it."""

    kind: str
    id: str
    at: Place
    tier: str
    policy: str | None = None


@dataclass(slots=True)
class Spoken:
    """What an organisation's file says, and which sayings its handbook shows, anybody's.

    What is shown is told by where it stands in the file of the tier that says it.
    """

    said: list[Said] = field(default_factory=list)
    shown: dict[str, set[int]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def show(self, tier: str, at: Place) -> None:
        self.shown.setdefault(tier, set()).add(at.spot)

    def open(self, own: str) -> Spoken:
        """What other organisations than this one can still make a difference to."""
        here = self.shown.get(own, set())
        said = [said for said in self.said if said.at.spot not in here]
        above = {tier: spots for tier, spots in self.shown.items() if tier != own}
        return Spoken(said, above, self.reasons)


@dataclass(slots=True)
class Found:
    """What came of one policy in the first edition: what is wrong, and what was said and shown.

    `roles` are those it needs, and `of_roles` what is wrong with who was named for it. What is shown
    is told by its tier and its place there.
    """

    problems: list[Problem] = field(default_factory=list)
    of_roles: list[Problem] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    shown: set[tuple[str, int]] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    terms: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    open_answers: list[OpenAnswer] = field(default_factory=list)

    def told(self) -> tuple[object, ...]:
        """All of it, in the order of its fields."""
        told: tuple[object, ...] = _FIELDS(self)
        return told

    def add(self, other: Found) -> None:
        """What came of another policy too. Open answers are told of each by itself."""
        self.problems += other.problems
        self.of_roles += other.of_roles
        self.said += other.said
        self.shown |= other.shown
        self.reasons |= other.reasons
        self.terms |= other.terms
        self.roles |= other.roles


_FIELDS = attrgetter(*[one.name for one in fields(Found)])


@dataclass(slots=True)
class Around:
    """What stands around an organisation's policies: what it and its groups say for all of them."""

    tiers: tuple[Organisation, ...]
    terms: Mapping[str, Value]
    roles: Mapping[str, tuple[Role, str]]
    holds: Mapping[str, list[tuple[str, HeldPolicy]]]
    said: list[Said]
    problems: list[Problem]
    called: dict[str, dict[str, Value]] = field(default_factory=dict)

    @property
    def own(self) -> Organisation:
        return self.tiers[-1]


class _Title(NamedTuple):
    """What a policy is called, where that is written, and where it is held, if an edition holds it."""

    policy: str
    words: str
    at: Place
    held_at: Place | None


@dataclass(slots=True)
class _Work:
    """What is known of the first edition of an organisation's policies once it is resolved."""

    around: Around
    only: Collection[str] | None
    states: dict[str, State] = field(default_factory=dict)
    first: dict[str, Published] = field(default_factory=dict)
    printed: Mapping[str, object] = field(default_factory=dict)

    @property
    def policies(self) -> list[str]:
        """Which policies it is about."""
        return self.among(self.only)

    def among(self, only: Collection[str] | None) -> list[str]:
        """These of what the organisation holds, in order; all of it when none are named."""
        return [id for id in self.around.holds if only is None or id in only]


@dataclass
class Resolved:
    """One organisation's handbooks by edition, what was wrong, and what was said and shown."""

    organisation: Organisation
    work: _Work
    handbooks: dict[str, Handbook] = field(default_factory=dict)
    policies: tuple[ResolvedPolicy, ...] = ()
    found: dict[str, Found] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return self._together[0]

    @property
    def spoken(self) -> Spoken:
        return self._together[1]

    @once
    def _together(self) -> tuple[list[Problem], Spoken]:
        return together(self.work.around, self.found.values())

    @property
    def open_answers(self) -> list[OpenAnswer]:
        return [answer for found in self.found.values() for answer in found.open_answers]


class Resolver:
    """Resolves organisations one by one, doing shared work once.

    What a group says is applied once for all schools below it; a clause is filled in once for
    every distinct set of inputs.
    """

    def __init__(self, repository: Repository, room: int = 0) -> None:
        self.repository = repository
        # What was resolved is kept for the work that comes after: so many policies of it.
        self._room, self._kept = room, dict[str, Resolved]()
        self.library = repository.library
        self.shared = library_values(repository.library)
        self._states: dict[tuple[str, str], State] = {}
        self._texts = Texts()
        self._titles: Recent[_Title, Value] = Recent()
        self._library_states: dict[str, State] = {}
        groups = (o.id for o in repository.organisations.values() if o.group)
        self._memory = Memory(frozenset(groups))

    def resolve(
        self,
        id: str,
        editions: Iterable[str] | None = None,
        only: Collection[str] | None = None,
        around: Around | None = None,
    ) -> Resolved:
        """Everything one organisation publishes; with `only`, just these of its policies.

        Of the other policies a policy knows what they are called and which editions hold them, so
        each comes out the same whether or not the others are resolved beside it.
        """
        around = around or self.around(id)
        own = around.own
        resolved = Resolved(own, _Work(around, only))
        wanted = [e for e in EDITIONS if e in (editions if editions is not None else own.editions)]
        if not own.publishes:
            wanted = []
            self._states_only(resolved)
        for edition in wanted:
            self._edition(edition, resolved)
        return resolved

    def keep(self, resolved: Resolved) -> None:
        """Keep what an organisation's first edition came to for `handbooks`, if there is room."""
        size, own = AROUND + len(resolved.policies), resolved.organisation
        self._let_go(own.id)
        if size <= self._room and [*resolved.handbooks] == _first(own):
            self._room -= size
            # Nobody asks again what was found.
            self._kept[own.id] = Resolved(
                own, resolved.work, resolved.handbooks, policies=resolved.policies
            )

    def handbooks(self, id: str, only: Collection[str] | None = None) -> Handbooks:
        """One organisation's handbooks, or just these policies of them. What was kept of it is theirs:
        it is not kept longer, unless more of it was kept."""
        kept = self._kept.get(id)
        if kept is not None:
            asked, there = kept.work.among(only), kept.work.policies
            if asked != there and set(asked) <= set(there):
                return Handbooks(self, kept, frozenset(asked))
            self._let_go(id)
            if asked == there:
                return Handbooks(self, kept)
        return Handbooks(self, self.resolve(id, _first(self.repository.organisations[id]), only))

    def _let_go(self, id: str) -> Resolved | None:
        kept = self._kept.pop(id, None)
        if kept is not None:
            self._room += AROUND + len(kept.policies)
        return kept

    def further(self, resolved: Resolved, edition: str) -> Handbook:
        """One more edition of what is resolved."""
        self._edition(edition, resolved)
        return resolved.handbooks[edition]

    def around(self, id: str) -> Around:
        """What an organisation and its groups say for all its policies."""
        tiers = self.repository.tiers(id)
        own, problems = tiers[-1], list[Problem]()
        terms = self._terms(tiers, problems)
        holds = self._holds(tiers, problems)
        return Around(tiers, terms, self._roles(tiers), holds, list(self._said(own)), problems)

    def titles(self, around: Around, edition: str) -> dict[str, Item]:
        """What an organisation calls each of its policies: all that one knows of another."""
        called = self._called(around, edition)
        return {id: called[f"policy.{id}"].items[0] for id in around.holds}

    def _called(self, around: Around, edition: str) -> dict[str, Value]:
        """The same, by the names that texts link to them with."""
        known = around.called.get(edition)
        if known is None:
            titles = (
                _title(self.library.policies[id], around.own, said, edition)
                for id, said in around.holds.items()
            )
            known = around.called[edition] = {
                f"policy.{title.policy}": self._titles.made(title, _title_value) for title in titles
            }
        return known

    def states(self, id: str) -> dict[str, State]:
        """The clauses in force of every policy an organisation holds."""
        holds = self._holds(self.repository.tiers(id), [])
        return {policy: self._state(policy, said) for policy, said in holds.items()}

    # ------------------------------------------------------------------ what tiers say

    def _terms(self, tiers: tuple[Organisation, ...], problems: list[Problem]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for tier in tiers:
            found: list[Problem] = []
            values = term_values(self.library.registers, tier, values, found)
            if tier is tiers[-1]:
                problems += [p.about(tier.id) for p in found]
        return values

    def _roles(self, tiers: tuple[Organisation, ...]) -> dict[str, tuple[Role, str]]:
        return {role.id: (role, tier.id) for tier in tiers for role in tier.roles}

    def _holds(
        self, tiers: tuple[Organisation, ...], problems: list[Problem]
    ) -> dict[str, list[tuple[str, HeldPolicy]]]:
        """The policies an organisation holds, with what each tier says about them."""
        holds: dict[str, list[tuple[str, HeldPolicy]]] = {}
        for tier in tiers:
            own = tier is tiers[-1]
            for change in tier.without:
                if (change.id not in holds or change.id in tier.policies) and own:
                    problems.append(
                        unused_policy_change.problem(change.at, change.id).about(tier.id)
                    )
                lock = self._lock_of_a_group(change.id, holds.get(change.id, []))
                if lock is None:
                    holds.pop(change.id, None)
                elif own:
                    problems.append(locked.problem(change.at, *lock).about(tier.id, change.id))
            for id, held in tier.policies.items():
                if id in self.library.policies:
                    holds.setdefault(id, []).append((tier.id, held))
                elif own:
                    known = self.library.policies
                    problems.append(unknown_policy.problem(held.at, id, known).about(tier.id, id))
        return {id: holds[id] for id in self.library.policies if id in holds}

    def _lock_of_a_group(
        self, policy: str, tiers: list[tuple[str, HeldPolicy]]
    ) -> tuple[str, Place, str] | None:
        """What a group has locked in a policy: to drop the policy would be to change it."""
        if not any(held.lock for _, held in tiers):
            return None
        by = {tier for tier, _ in tiers}
        locks = self._state(policy, tiers).locks
        return next(((id, at, tier) for id, (at, tier) in locks.items() if tier in by), None)

    def _state(self, policy: str, tiers: list[tuple[str, HeldPolicy]]) -> State:
        """The policy after all tiers' changes; each tier's work is done once."""
        state = self._library_states.get(policy)
        if state is None:
            state = library_state(self.library.policies[policy])
            self._library_states[policy] = state
        for tier, held in tiers:
            key = (policy, tier)
            known = self._states.get(key)
            if known is None:
                known = changed_by(state, self.library.policies[policy], held, tier)
                if self.repository.organisations[tier].group:
                    self._states[key] = known
                elif known.shape is not state.shape:
                    known.shape.kept = False
            state = known
        return state

    def _said(self, own: Organisation) -> Iterator[Said]:
        """What this organisation's own file says that somebody has to see."""
        for change in own.terms:
            yield Said("term", change.id, change.at, own.id)
        for role in own.roles:
            yield Said("role", role.id, role.at, own.id)
        for id, held in own.policies.items():
            if id in self.library.policies:
                for answer in held.answers:
                    yield Said("answer", answer.id, answer.at, own.id, id)

    def _states_only(self, resolved: Resolved) -> None:
        """A group that publishes nothing still has its own file checked."""
        around = resolved.work.around
        for id in resolved.work.policies:
            found = resolved.found[id] = Found()
            self._own_changes(around.own, id, self._state(id, around.holds[id]), found)

    def _own_changes(self, own: Organisation, policy: str, state: State, found: Found) -> None:
        if policy not in own.policies:
            return
        found.problems += [p.about(own.id, policy) for p in state.problems]
        found.said += [
            Said(effect.kind, effect.id, effect.at, effect.tier, policy)
            for effect in state.effects
            if effect.tier == own.id
        ]

    # ------------------------------------------------------------------ one edition

    def _edition(self, edition: str, resolved: Resolved) -> None:
        work = resolved.work
        around = work.around
        tiers, terms, roles, own = around.tiers, around.terms, around.roles, around.own
        values = {f"term.{id}": value for id, value in terms.items()}
        values |= {
            f"role.{id}": role_value(role, tier, edition) for id, (role, tier) in roles.items()
        }
        values |= fact_values(tiers)
        titles = self.titles(around, edition)
        links = self._called(around, edition)
        file = own.at.file
        own_names = {
            name for name, value in (*values.items(), *links.items()) if written_in(value, file)
        }
        values |= self.shared
        named = {id: role for id, (role, _) in roles.items()}
        first = not resolved.handbooks
        printed: dict[str, object] = {
            name: value for name, value in values.items() if name.startswith("role.")
        }
        printed |= {f"policy.{id}": item for id, item in titles.items()}
        changed = {name for name, value in printed.items() if work.printed.get(name) != value}
        work.printed = work.printed or printed
        policies: dict[str, ResolvedPolicy] = {}
        for id in work.policies:
            said = around.holds[id]
            state = work.states.get(id) or work.states.setdefault(id, self._state(id, said))
            reader = AnswerReader(
                self.library.policies[id],
                self.library.registers,
                named,
                titles,
                edition,
                self._memory,
                values,
            )
            setting = Setting(
                organisation=own,
                policy=self.library.policies[id],
                state=state,
                tiers=tuple(said),
                values=values,
                roles=reader.roles,
                holds=titles,
                reader=reader,
                edition=edition,
                terms=terms,
                chain=tuple(tier.id for tier in tiers),
                links=links,
                own=own_names,
            )
            if not first:
                policies[id] = published_again(work.first[id], setting, self._texts, changed)
                continue
            published = work.first[id] = publish(setting, self._texts)
            found = resolved.found[id] = Found()
            self._own_changes(own, id, state, found)
            found.problems += [p.about(own.id, id) for p in reader.problems]
            found.problems += [p.about(own.id, id) for p in published.problems]
            found.open_answers += published.open_answers
            _shown(id, said, state, published, found)
            _roles_of(published, roles, own.id, found)
            policies[id] = published.policy
        if first:
            resolved.policies = tuple(policies.values())
        visible = {
            id: policy if edition in work.first[id].prints.everywhere else _visible(policy, edition)
            for id, policy in policies.items()
            if edition in policy.editions
        }
        resolved.handbooks[edition] = Handbook(
            organisation=own,
            tiers=tiers,
            edition=edition,
            policies=visible,
            roles=named,
            terms=terms,
            library=self.library.fingerprint_of(
                id for id, item in titles.items() if item.link is not None
            ),
        )


@dataclass(frozen=True, slots=True)
class Handbooks:
    """One organisation's handbooks, each of which is resolved when it is asked for; with `only`, just
    these of the policies that were resolved."""

    resolver: Resolver
    resolved: Resolved
    only: Collection[str] | None = None

    def __getitem__(self, edition: str) -> Handbook:
        known = self.resolved.handbooks.get(edition)
        handbook = known or self.resolver.further(self.resolved, edition)
        return handbook if self.only is None else handbook.with_only(self.only)


def _first(own: Organisation) -> list[str]:
    """The edition that further ones are made from."""
    return [edition for edition in EDITIONS if edition in own.editions][:1]


def together(around: Around, each: Collection[Found]) -> tuple[list[Problem], Spoken]:
    """What was wrong with an organisation's policies, and what was said and shown, in all of them.

    Terms and roles are used by any policy; roles also by owners and "Whom do I tell?".
    """
    problems = [*around.problems]
    problems += [p for one in each for p in one.problems]
    problems += [p for one in each for p in one.of_roles]
    spoken = Spoken([*around.said, *(said for one in each for said in one.said)])
    shown: dict[str, set[int]] = defaultdict(set)
    for one in each:
        spoken.reasons |= one.reasons
        for tier, spot in one.shown:
            shown[tier].add(spot)
    spoken.shown = dict(shown)
    if around.own.publishes:
        terms = set().union(*(one.terms for one in each))
        needed = set().union(*(one.roles for one in each))
        for id, value in around.terms.items():
            if id in terms:
                spoken.show(value.tier, value.chosen_at)
        for id, (role, tier) in around.roles.items():
            if role.about or id in needed:
                spoken.show(tier, role.at)
    return problems, spoken


def _shown(
    policy: str,
    said: list[tuple[str, HeldPolicy]],
    state: State,
    published: Published,
    found: Found,
) -> None:
    prints = published.prints
    if prints.left_out:
        changed = {effect.id for effect in state.effects}
        for left in prints.left_out:
            if left.clause in changed:
                found.reasons[f"{policy}/{left.clause}"] = left.why
    found.terms |= prints.terms
    found.roles |= prints.roles
    found.shown |= prints.shown
    answers = [one for key, one in state.answers.items() if key in prints.answers]
    found.shown.update([(tier, answer.spot) for answer, tier, _ in answers])
    for answer, _, _ in answers:
        # A list a lower tier adds to is used through it.
        if isinstance(answer.raw, dict):
            for lower, held in said:
                found.shown |= {(lower, o.spot) for o in held.answers if o.id == answer.id}


def _roles_of(published: Published, roles: Mapping[str, object], own: str, found: Found) -> None:
    """The roles a policy needs besides those its texts name."""
    policy = published.policy
    if policy.held.owner:
        found.roles.add(policy.held.owner)
        if policy.held.owner not in roles:
            at = policy.held.places.get("owner", policy.at)
            problem = unknown_role.problem(at, policy.held.owner, roles)
            found.of_roles.append(problem.about(own, policy.id))
    for id in _naming_roles(policy.policy):
        if f"answer.{id}" in policy.reached and id in policy.values:
            found.roles.update(policy.values[id].ids)
    for clause in published.asking:
        ask = clause.ask or ""
        found.roles.add(ask)
        if clause.tier != "library" and ask not in roles:
            at = clause.places.get("ask", clause.at)
            found.of_roles.append(unknown_role.problem(at, ask, roles).about(own, policy.id))


@aside
def _naming_roles(policy: Policy) -> list[str]:
    """The parameters whose answers name roles."""
    return [id for id, one in policy.parameters.items() if one.type in ("role", "roles")]


def _title(
    policy: Policy, own: Organisation, said: list[tuple[str, HeldPolicy]], edition: str
) -> _Title:
    """What an organisation calls a policy."""
    words, at = policy.title, policy.title_at
    for _, held in said:
        if held.title:
            words, at = held.title, held.places["title.value"]
    there = edition in editions_of(own, [held for _, held in said])
    return _Title(policy.id, words, at, said[0][1].at if there else None)


def _title_value(title: _Title) -> Value:
    id, words, at, held_at = title
    link = Link(target=f"{id}.md", at=held_at, raw=id, formatter="page") if held_at else None
    return Value(items=(Item(words=words, at=at, id=id, link=link),), chosen_at=at, tier="")


def _visible(policy: ResolvedPolicy, edition: str) -> ResolvedPolicy:
    """The policy with the clauses its edition may show; numbers stay as they are."""
    if all(edition in clause.clause.editions for clause in policy.facts):
        return policy
    sections = (
        with_clauses(s, [c for c in s.clauses if edition in c.clause.editions])
        for s in policy.sections
    )
    return replace(policy, sections=tuple(s for s in sections if s.clauses))


def unused(every: list[Spoken]) -> list[Problem]:
    """What some tier says and no handbook at or below it shows: judged over all organisations."""
    shown: dict[str, set[int]] = {}
    for one in every:
        for tier, spots in one.shown.items():
            shown.setdefault(tier, set()).update(spots)
    problems: list[Problem] = []
    for one in every:
        for said in one.said:
            if said.at.spot in shown.get(said.tier, ()):
                continue
            problems.append(_unused(said, every).about(said.tier, said.policy))
    return problems


def _unused(said: Said, every: list[Spoken]) -> Problem:
    if said.kind == "role":
        return unused_role.problem(said.at, said.id)
    if said.kind in ("answer", "term"):
        return unused_value.problem(said.at, said.id, said.kind)
    if said.kind == "pack":
        what = f"switching on the pack '{said.id}' prints nothing"
        return no_effect.problem(said.at, what, "none of its clauses prints in any handbook")
    key = f"{said.policy}/{said.id}"
    why = next((one.reasons[key] for one in every if key in one.reasons), "it is not in force")
    if said.kind == "omit":
        what = f"omitting '{said.id}' changes nothing"
        return no_effect.problem(said.at, what, "it would not print anyway")
    return never_prints.problem(said.at, said.id, why)
