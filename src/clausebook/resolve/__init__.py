"""Library and organisations in, handbooks out: pure and deterministic, whatever day it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

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
    ResolvedSection,
    Role,
    Value,
)
from clausebook.problem import Place, Problem
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
from clausebook.resolve.text import Kept, Texts
from clausebook.resolve.values import (
    AnswerReader,
    Memory,
    fact_values,
    library_values,
    role_value,
    term_values,
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


@dataclass(frozen=True, slots=True)
class Said:
    """Something a tier says that has to show in some handbook at or below it."""

    kind: str
    id: str
    at: Place
    tier: str
    policy: str | None = None


@dataclass(slots=True)
class Spoken:
    """What an organisation's file says, and which sayings its handbook shows, anybody's."""

    said: list[Said] = field(default_factory=list)
    shown: set[tuple[str, Place]] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Resolved:
    """One organisation's handbooks by edition, what was wrong, and what was said and shown."""

    organisation: Organisation
    handbooks: dict[str, Handbook] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    spoken: Spoken = field(default_factory=Spoken)
    policies: tuple[ResolvedPolicy, ...] = ()
    open_answers: list[OpenAnswer] = field(default_factory=list)


@dataclass(slots=True)
class _Told:
    """What an organisation and its groups say, and what came of it in the first edition."""

    tiers: tuple[Organisation, ...]
    terms: Mapping[str, Value]
    roles: Mapping[str, tuple[Role, str]]
    holds: Mapping[str, list[tuple[str, HeldPolicy]]]
    kept: Kept = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    first: dict[str, Published] = field(default_factory=dict)
    printed: Mapping[str, object] = field(default_factory=dict)


class Resolver:
    """Resolves organisations one by one, doing shared work once.

    What a group says is applied once for all schools below it; a clause is filled in once for
    every distinct set of inputs.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.library = repository.library
        self.shared = library_values(repository.library)
        self._states: dict[tuple[str, str], State] = {}
        self._texts = Texts()
        self._library_states: dict[str, State] = {}
        groups = (o.id for o in repository.organisations.values() if o.group)
        self._memory = Memory(frozenset(groups))

    def resolve(self, id: str, editions: Iterable[str] | None = None) -> Resolved:
        """Everything one organisation publishes."""
        tiers = self.repository.tiers(id)
        own = tiers[-1]
        resolved = Resolved(own)
        terms = self._terms(tiers, resolved)
        roles = self._roles(tiers)
        holds = self._holds(tiers, resolved)
        self._said(own, resolved)
        wanted = [e for e in EDITIONS if e in (editions if editions is not None else own.editions)]
        if not own.publishes:
            wanted = []
            self._states_only(tiers, holds, resolved)
        told = _Told(tiers, terms, roles, holds)
        for edition in wanted:
            self._edition(edition, told, resolved)
        return resolved

    def states(self, id: str) -> dict[str, State]:
        """The clauses in force of every policy an organisation holds."""
        holds = self._holds(self.repository.tiers(id), Resolved(self.repository.organisations[id]))
        return {policy: self._state(policy, said) for policy, said in holds.items()}

    # ------------------------------------------------------------------ what tiers say

    def _terms(self, tiers: tuple[Organisation, ...], resolved: Resolved) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for tier in tiers:
            problems: list[Problem] = []
            values = term_values(self.library.registers, tier, values, problems)
            if tier is tiers[-1]:
                resolved.problems += [p.about(tier.id) for p in problems]
        return values

    def _roles(self, tiers: tuple[Organisation, ...]) -> dict[str, tuple[Role, str]]:
        return {role.id: (role, tier.id) for tier in tiers for role in tier.roles}

    def _holds(
        self, tiers: tuple[Organisation, ...], resolved: Resolved
    ) -> dict[str, list[tuple[str, HeldPolicy]]]:
        """The policies an organisation holds, with what each tier says about them."""
        holds: dict[str, list[tuple[str, HeldPolicy]]] = {}
        for tier in tiers:
            own = tier is tiers[-1]
            for change in tier.without:
                if (change.id not in holds or change.id in tier.policies) and own:
                    resolved.problems.append(
                        unused_policy_change.problem(change.at, change.id).about(tier.id)
                    )
                lock = self._lock_of_a_group(change.id, holds.get(change.id, []))
                if lock is None:
                    holds.pop(change.id, None)
                elif own:
                    resolved.problems.append(
                        locked.problem(change.at, *lock).about(tier.id, change.id)
                    )
            for id, held in tier.policies.items():
                if id in self.library.policies:
                    holds.setdefault(id, []).append((tier.id, held))
                elif own:
                    known = self.library.policies
                    resolved.problems.append(
                        unknown_policy.problem(held.at, id, known).about(tier.id, id)
                    )
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
            state = known
        return state

    def _said(self, own: Organisation, resolved: Resolved) -> None:
        """What this organisation's own file says that somebody has to see."""
        for change in own.terms:
            resolved.spoken.said.append(Said("term", change.id, change.at, own.id))
        for role in own.roles:
            resolved.spoken.said.append(Said("role", role.id, role.at, own.id))
        for id, held in own.policies.items():
            if id not in self.library.policies:
                continue
            for answer in held.answers:
                resolved.spoken.said.append(Said("answer", answer.id, answer.at, own.id, id))

    def _states_only(
        self,
        tiers: tuple[Organisation, ...],
        holds: Mapping[str, list[tuple[str, HeldPolicy]]],
        resolved: Resolved,
    ) -> None:
        """A group that publishes nothing still has its own file checked."""
        own = tiers[-1]
        for id, said in holds.items():
            self._own_changes(own, id, self._state(id, said), resolved)

    def _own_changes(
        self, own: Organisation, policy: str, state: State, resolved: Resolved
    ) -> None:
        if policy not in own.policies:
            return
        resolved.problems += [p.about(own.id, policy) for p in state.problems]
        resolved.spoken.said += [
            Said(effect.kind, effect.id, effect.at, effect.tier, policy)
            for effect in state.effects
            if effect.tier == own.id
        ]

    # ------------------------------------------------------------------ one edition

    def _edition(self, edition: str, told: _Told, resolved: Resolved) -> None:
        tiers, terms, roles, holds = told.tiers, told.terms, told.roles, told.holds
        own = tiers[-1]
        values = {f"term.{id}": value for id, value in terms.items()}
        values |= {
            f"role.{id}": role_value(role, tier, edition) for id, (role, tier) in roles.items()
        }
        values |= fact_values(tiers)
        own_names = {name for name, value in values.items() if value.tier == own.id}
        values |= self.shared
        titles = {
            id: _title(self.library.policies[id], own, said, edition) for id, said in holds.items()
        }
        first = not resolved.handbooks
        printed: dict[str, object] = {
            name: value for name, value in values.items() if name.startswith("role.")
        }
        printed |= {f"policy.{id}": item for id, item in titles.items()}
        changed = {name for name, value in printed.items() if told.printed.get(name) != value}
        told.printed = told.printed or printed
        policies: dict[str, ResolvedPolicy] = {}
        for id, said in holds.items():
            state = told.states.get(id) or told.states.setdefault(id, self._state(id, said))
            reader = AnswerReader(
                self.library.policies[id],
                self.library.registers,
                {name: role for name, (role, _) in roles.items()},
                titles,
                edition,
                self._memory,
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
                own=own_names,
                kept=told.kept,
            )
            if not first:
                policies[id] = published_again(told.first[id], setting, self._texts, changed)
                continue
            published = told.first[id] = publish(setting, self._texts)
            self._own_changes(own, id, state, resolved)
            resolved.problems += [p.about(own.id, id) for p in reader.problems]
            resolved.problems += [p.about(own.id, id) for p in published.problems]
            resolved.open_answers += published.open_answers
            self._shown(id, said, state, published, resolved)
            policies[id] = published.policy
        if first:
            resolved.policies = tuple(policies.values())
            self._shown_everywhere(own, tiers, terms, roles, policies, resolved)
        visible = {
            id: _visible(policy, edition)
            for id, policy in policies.items()
            if edition in policy.editions
        }
        resolved.handbooks[edition] = Handbook(
            organisation=own,
            tiers=tiers,
            edition=edition,
            policies=visible,
            roles={id: role for id, (role, _) in roles.items()},
            terms=terms,
            library=self.library.fingerprint_of(visible),
        )

    def _shown(
        self,
        policy: str,
        said: list[tuple[str, HeldPolicy]],
        state: State,
        published: Published,
        resolved: Resolved,
    ) -> None:
        for effect in state.effects:
            if effect.at in published.shown:
                resolved.spoken.shown.add((effect.tier, effect.at))
        changed = {effect.id for effect in state.effects}
        for left in published.policy.left_out:
            if left.clause in changed:
                resolved.spoken.reasons[f"{policy}/{left.clause}"] = left.why
        for name in published.reached:
            space, _, key = name.partition(".")
            if space == "answer" and key in state.answers:
                answer, tier, _ = state.answers[key]
                resolved.spoken.shown.add((tier, answer.at))
                # A list a lower tier adds to is used through it.
                for lower, held in said:
                    for other in held.answers:
                        if other.id == key and isinstance(answer.raw, dict):
                            resolved.spoken.shown.add((lower, other.at))
            elif space in ("term", "role"):
                resolved.spoken.shown.add((space, Place(key)))

    def _shown_everywhere(
        self,
        own: Organisation,
        tiers: tuple[Organisation, ...],
        terms: Mapping[str, Value],
        roles: Mapping[str, tuple[Role, str]],
        policies: Mapping[str, ResolvedPolicy],
        resolved: Resolved,
    ) -> None:
        """Terms and roles are used by any policy; roles also by owners and "Whom do I tell?"."""
        used = {(kind, at.file) for kind, at in resolved.spoken.shown if kind in ("term", "role")}
        resolved.spoken.shown = {
            pair for pair in resolved.spoken.shown if pair[0] not in ("term", "role")
        }
        for id, value in terms.items():
            if ("term", id) in used:
                resolved.spoken.shown.add((value.tier, value.chosen_at))
        needed = {id for kind, id in used if kind == "role"}
        for policy in policies.values():
            if policy.held.owner:
                needed.add(policy.held.owner)
                if policy.held.owner not in roles:
                    at = policy.held.places.get("owner", policy.at)
                    resolved.problems.append(
                        unknown_role.problem(at, policy.held.owner, roles).about(own.id, policy.id)
                    )
            for parameter in policy.policy.parameters.values():
                answered = f"answer.{parameter.id}" in policy.reached
                names_roles = answered and parameter.type in ("role", "roles")
                if names_roles and parameter.id in policy.values:
                    needed.update(policy.values[parameter.id].ids)
            for clause in policy.clauses:
                ask = clause.clause.ask
                if ask is None:
                    continue
                needed.add(ask)
                if clause.clause.tier != "library" and ask not in roles:
                    at = clause.clause.places.get("ask", clause.clause.at)
                    resolved.problems.append(
                        unknown_role.problem(at, ask, roles).about(own.id, policy.id)
                    )
        for id, (role, tier) in roles.items():
            if role.about or id in needed:
                resolved.spoken.shown.add((tier, role.at))


def _title(
    policy: Policy, own: Organisation, said: list[tuple[str, HeldPolicy]], edition: str
) -> Item:
    """What an organisation calls a policy, with a link to it where the edition holds it."""
    words, at = policy.title, policy.title_at
    for _, held in said:
        if held.title:
            words, at = held.title, held.places["title.value"]
    link = Link(target=f"{policy.id}.md", at=said[0][1].at, raw=policy.id, formatter="page")
    there = edition in editions_of(own, [held for _, held in said])
    return Item(words=words, at=at, id=policy.id, link=link if there else None)


def _visible(policy: ResolvedPolicy, edition: str) -> ResolvedPolicy:
    """The policy with the clauses its edition may show; numbers stay as they are."""
    if all(edition in clause.clause.editions for clause in policy.clauses):
        return policy
    sections = (
        ResolvedSection(
            s.id,
            s.number,
            s.title,
            tuple(c for c in s.clauses if edition in c.clause.editions),
            s.at,
        )
        for s in policy.sections
    )
    return replace(policy, sections=tuple(s for s in sections if s.clauses))


def unused(every: list[Spoken]) -> list[Problem]:
    """What some tier says and no handbook at or below it shows: judged over all organisations."""
    shown = {pair for one in every for pair in one.shown}
    problems: list[Problem] = []
    for one in every:
        for said in one.said:
            if (said.tier, said.at) in shown:
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
