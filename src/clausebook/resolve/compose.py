"""Which clauses are in force: a policy and the changes of each tier in; a state and problems out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, NamedTuple

from clausebook.model import (
    Addition,
    Change,
    Clause,
    HeldPolicy,
    OutlineSection,
    Policy,
    Replacement,
    ResolvedClause,
    Strength,
    Value,
)
from clausebook.once import once
from clausebook.problem import Place, Problem
from clausebook.resolve.document import Document
from clausebook.resolve.values import (
    Merged,
    locked_answer,
    merge_answer,
    modal_value,
    unknown_answers,
)
from clausebook.rules import (
    bad_value,
    colliding_changes,
    duplicate_clause,
    kept_text,
    list_change,
    list_merge,
    locked,
    no_effect,
    retired_id,
    strength_not_settable,
    unknown_clause,
    unknown_pack,
    unknown_section,
)
from clausebook.typed import dataclass
from clausebook.wording import Wording

if TYPE_CHECKING:
    from clausebook.resolve.plan import Printing

Lock = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Effect:
    """A change that has to show in some handbook, or somebody is mistaken about it."""

    kind: str
    id: str
    at: Place
    tier: str
    policy: str

    @property
    def spot(self) -> tuple[str, int]:
        """The tier and the place in its file that it is told by."""
        return self.tier, self.at.spot


class Asked(NamedTuple):
    """Names that decide what prints: by the ids of their values, or by whether those say anything."""

    tested: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def key(self, values: Mapping[str, Value]) -> tuple[object, ...]:
        """The same wherever it comes to the same."""
        if not self.tested and not self.said:
            return ()
        get = values.get
        found: list[object] = [
            None if (value := get(name)) is None else value.ids for name in self.tested
        ]
        found += [None if (value := get(name)) is None else not value.items for name in self.said]
        return tuple(found)


class Outcome(NamedTuple):
    """Whether a clause prints ("" is not known, for want of an answer), and what that was told by."""

    why_not: str | None
    reached: frozenset[str]
    needed: tuple[str, ...] = ()


@dataclass(frozen=True)
class InForce:
    """A clause in force, whose wording it is, and the changes that made it so.

    Organisations below the same group share it, and with it all that follows from it alone.
    """

    clause: Clause
    origin: str
    strength: Strength | None
    effects: tuple[Effect, ...] = ()
    replaced: Clause | None = None
    of: str | None = None
    reason: str | None = None
    # Where a tier says its strength, if one does.
    strength_at: Place | None = None

    @once
    def changed_by(self) -> frozenset[str]:
        """The tiers that have a say in it."""
        return frozenset([effect.tier for effect in self.effects])

    @once
    def shown(self) -> frozenset[tuple[str, int]]:
        """What it shows where it prints: the changes that made it."""
        return frozenset([effect.spot for effect in self.effects])

    @once
    def modal(self) -> Value | None:
        """What `{{ modal }}` stands for."""
        places = self.clause.places
        at = self.strength_at or places.get("strength.value") or places.get("strength")
        return modal_value(self.strength, at or self.clause.at) if self.strength else None

    @once
    def _naming(self) -> list[Wording]:
        """Its texts, but for those without names."""
        return [wording for wording in self.clause.wordings if wording.names]

    @once
    def asked(self) -> Asked:
        """The names whose values decide whether it prints."""
        names = [n for w in self._naming for n in w.varying if n not in w.links]
        tested = [f"answer.{parameter}" for parameter in self.clause.when]
        tested += [n for w in self._naming if w.tested for n in w.asked if n in names]
        chosen = dict.fromkeys(tested)
        return Asked(tuple(chosen), tuple(dict.fromkeys([n for n in names if n not in chosen])))

    @once
    def names(self) -> frozenset[str]:
        """All names in its texts."""
        return frozenset[str]().union(*[wording.names for wording in self._naming])

    @once
    def varying(self) -> tuple[str, ...]:
        """Those of them that do not stand for the same in every organisation."""
        return tuple(dict.fromkeys([name for w in self._naming for name in w.varying]))

    @once
    def contacts(self) -> frozenset[str]:
        """The names that print who holds a role."""
        return frozenset[str]().union(*[wording.contacts for wording in self._naming])

    @once
    def links(self) -> frozenset[str]:
        """The other clauses and policies it names."""
        return frozenset[str]().union(*[wording.links for wording in self._naming])

    @once
    def outcomes(self) -> dict[tuple[object, ...], Outcome]:
        """What it came to, by what the values of all that it asked came to."""
        return {}

    @once
    def variants(self) -> dict[str, dict[tuple[object, ...], ResolvedClause]]:
        """It as it prints, by its number and by what its names stand for."""
        return {}

    @once
    def called(self) -> dict[str, Value]:
        """What others call it, by its number."""
        return {}


@dataclass(frozen=True, slots=True)
class Omitted:
    """A clause a tier left out, as it stood before, and why."""

    was: InForce
    change: Change
    effect: Effect


class Shape:
    """What states share that differ in nothing but answers: all that follows from the rest."""

    __slots__ = ("asked", "kept", "printings", "reviews")

    def __init__(self) -> None:
        self.asked: Asked | None = None
        # Whether it matters when the policy is reviewed.
        self.reviews = True
        # Whether other organisations can come to share it.
        self.kept = True
        self.printings: dict[tuple[object, ...], Printing] = {}


@dataclass(frozen=True, slots=True)
class State:
    """A policy as the tiers so far have made it."""

    document: Document
    clauses: Mapping[str, InForce] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    packs_at: Place | None = None
    omitted: Mapping[str, Omitted] = field(default_factory=dict)
    answers: Mapping[str, Merged] = field(default_factory=dict)
    locks: Mapping[str, Lock] = field(default_factory=dict)
    outline: tuple[OutlineSection, ...] | None = None
    effects: tuple[Effect, ...] = ()
    problems: tuple[Problem, ...] = ()
    shape: Shape = field(default_factory=Shape)


def library_state(policy: Policy) -> State:
    """The policy with nothing but the library's own say."""
    packs = tuple(pack.id for pack in policy.packs.values() if pack.always)
    clauses = {
        clause.id: _as_written(clause) for clause in policy.clauses.values() if clause.pack in packs
    }
    locks: dict[str, Lock] = {
        clause.id: (clause.places.get("locked", clause.at), "the library")
        for clause in policy.clauses.values()
        if clause.locked
    }
    return State(Document(policy), clauses, tuple(policy.clauses), packs, locks=locks)


def _as_written(clause: Clause, origin: str = "library", *effects: Effect) -> InForce:
    return InForce(clause, origin, clause.strength, effects)


def changed_by(state: State, policy: Policy, held: HeldPolicy, tier: str) -> State:
    """The state after one tier's changes."""
    if _only_answers(held):
        return _Answers(state, policy, held, tier).state()
    return _Tier(state, policy, held, tier).state()


def _only_answers(held: HeldPolicy) -> bool:
    clauses = held.adopt or held.omit or held.strength or held.replace or held.add or held.lock
    return not clauses and held.packs is None and not held.outline


class _Answers:
    """Applies the changes of a tier that changes no clause."""

    def __init__(self, state: State, policy: Policy, held: HeldPolicy, tier: str) -> None:
        self.before, self.policy, self.held, self.tier = state, policy, held, tier
        self.answers = dict(state.answers)
        self.problems: list[Problem] = []

    def state(self) -> State:
        self._answer()
        return replace(
            self.before,
            document=self.before.document.below(self.held),
            answers=self.answers,
            problems=tuple(self.problems),
        )

    def _answer(self) -> None:
        self.problems += unknown_answers(self.policy, self.held.answers)
        for answer in self.held.answers:
            parameter = self.policy.parameters.get(answer.id)
            if parameter is None:
                continue
            above = self.before.answers.get(answer.id)
            lock = self.before.locks.get(answer.id)
            if lock is None and parameter.locked and above:
                lock = (above[0].at, above[1])
            if lock is not None:
                self.problems.append(locked_answer(answer, lock))
                continue
            self.answers[answer.id] = merge_answer(
                parameter, answer, self.tier, above, self.problems
            )


class _Tier(_Answers):
    """Applies one tier's changes in a fixed order, so the order of keys in a file means nothing."""

    def __init__(self, state: State, policy: Policy, held: HeldPolicy, tier: str) -> None:
        super().__init__(state, policy, held, tier)
        self.clauses = dict(state.clauses)
        self.order = list(state.order)
        self.omitted = dict(state.omitted)
        self.locks = dict(state.locks)
        self.effects: list[Effect] = []

    def state(self) -> State:
        held = self.held
        packs, packs_at = self._packs()
        self._collisions()
        for change in held.adopt:
            self._adopt(change, packs)
        for addition in held.add:
            self._add(addition)
        for change in held.omit:
            self._omit(change)
        for replacement in held.replace:
            self._replace(replacement)
        for change in held.strength:
            self._strength(change)
        self._answer()
        for change in held.lock:
            self._lock(change)
        return State(
            document=self.before.document.below(held),
            clauses=self.clauses,
            order=tuple(self.order),
            packs=packs,
            packs_at=packs_at,
            omitted=self.omitted,
            answers=self.answers,
            locks=self.locks,
            outline=held.outline or self.before.outline,
            effects=(*self.before.effects, *self.effects),
            problems=tuple(self.problems),
        )

    def _effect(self, kind: str, id: str, at: Place) -> Effect:
        effect = Effect(kind, id, at, self.tier, self.policy.id)
        self.effects.append(effect)
        return effect

    def _known(self, id: str, at: Place, among: Iterable[str]) -> bool:
        if id in self.policy.retired:
            gone = self.policy.retired[id]
            problem = retired_id.problem(at, id)
            if gone.successor:
                problem = replace(problem, fix=f"use '{gone.successor}', which took its place")
            self.problems.append(problem)
            return False
        if id not in self.policy.clauses and id not in self.clauses:
            self.problems.append(unknown_clause.problem(at, id, among))
            return False
        return True

    def _is_locked(self, id: str, at: Place) -> bool:
        lock = self.before.locks.get(id)
        if lock:
            self.problems.append(locked.problem(at, id, *lock))
        return lock is not None

    def _collisions(self) -> None:
        """The same clause may not be omitted and changed, nor listed twice, by one file."""
        held = self.held
        omits = [("omit", c.id, c.at) for c in held.omit]
        others = [("adopt", c.id, c.at) for c in held.adopt]
        others += [("strength", c.id, c.at) for c in held.strength]
        others += [("replace", r.id, r.at) for r in held.replace]
        adds = [("add", a.clause.id, a.clause.at) for a in held.add]
        first: dict[str, tuple[str, Place]] = {}
        for kind, id, at in [*omits, *others, *adds]:
            earlier = first.get(id)
            clash = earlier is not None and ("omit" in (kind, earlier[0]) or kind == earlier[0])
            if clash:
                assert earlier is not None
                self.problems.append(colliding_changes.problem(at, id, earlier[1]))
            else:
                first.setdefault(id, (kind, at))

    def _packs(self) -> tuple[tuple[str, ...], Place | None]:
        change, before = self.held.packs, self.before
        if change is None:
            return before.packs, before.packs_at
        always = [pack.id for pack in self.policy.packs.values() if pack.always]
        optional = [id for id in before.packs if id not in always]
        if change.bare and before.packs_at is not None:
            self.problems.append(list_merge.problem(change.at, "packs", before.packs_at))
        if change.set is not None and (change.add or change.remove):
            detail = "'set' stands alone: it already says the whole list"
            self.problems.append(list_change.problem(change.at, detail))
        on = [] if change.set is not None else list(optional)
        for entry in change.set if change.set is not None else change.add:
            if entry.id not in self.policy.packs:
                self.problems.append(unknown_pack.problem(entry.at, entry.id, self.policy.packs))
            elif entry.id in on or entry.id in always:
                why = "it is already on, from a tier above or because it always is"
                what = f"the pack '{entry.id}' is switched on twice"
                self.problems.append(no_effect.problem(entry.at, what, why))
            else:
                on.append(entry.id)
                if entry.id not in before.packs:
                    self._switch_on(entry)
        for entry in change.remove:
            if entry.id not in on:
                what = f"the pack '{entry.id}' is not on"
                self.problems.append(
                    no_effect.problem(entry.at, what, "there is nothing to remove")
                )
            else:
                on.remove(entry.id)
        for id in optional:
            if id not in on:
                self._switch_off(id, change.at)
        return (*always, *on), change.at

    def _switch_on(self, entry: Change) -> None:
        effect = self._effect("pack", entry.id, entry.at)
        for clause in self.policy.clauses.values():
            if clause.pack != entry.id:
                continue
            present = self.clauses.get(clause.id)
            if present is None:
                self.clauses[clause.id] = _as_written(clause, "library", effect)
            else:
                self.clauses[clause.id] = replace(present, effects=(*present.effects, effect))

    def _switch_off(self, pack: str, at: Place) -> None:
        for clause in self.policy.clauses.values():
            present = clause.pack == pack and clause.id in self.clauses
            if present and not self._is_locked(clause.id, at):
                del self.clauses[clause.id]

    def _adopt(self, change: Change, packs: tuple[str, ...]) -> None:
        if not self._known(change.id, change.at, self.policy.clauses):
            return
        if change.id in self.clauses:
            pack = self.clauses[change.id].clause.pack
            why = (
                f"it is in force already, by the pack '{pack}'"
                if pack in packs
                else ("a tier above has adopted it")
            )
            what = f"'{change.id}' need not be adopted"
            self.problems.append(no_effect.problem(change.at, what, why))
            return
        if change.id in self.omitted and self._is_locked(change.id, change.at):
            return
        self.omitted.pop(change.id, None)
        effect = self._effect("adopt", change.id, change.at)
        self.clauses[change.id] = _as_written(self.policy.clauses[change.id], "library", effect)

    def _in_force(self, id: str, at: Place) -> bool:
        if not self._known(id, at, self.clauses):
            return False
        if id in self.clauses:
            return True
        if id in self.omitted and self.omitted[id].change.at == at:
            return False
        pack = self.policy.clauses[id].pack
        why = f"its pack '{pack}' is not switched on" if pack else "nobody has adopted it"
        if id in self.omitted:
            why = f"it is omitted ({self.omitted[id].change.at})"
        what = f"'{id}' is not in force here"
        self.problems.append(no_effect.problem(at, what, why))
        return False

    def _omit(self, change: Change) -> None:
        if self._in_force(change.id, change.at) and not self._is_locked(change.id, change.at):
            effect = self._effect("omit", change.id, change.at)
            self.omitted[change.id] = Omitted(self.clauses.pop(change.id), change, effect)

    def _replace(self, change: Replacement) -> None:
        if not self._in_force(change.id, change.at) or self._is_locked(change.id, change.at):
            return
        was = self.clauses[change.id]
        if change.of not in self.policy.kept:
            self.problems.append(kept_text.problem(change.of_at, change.id, change.of))
        clause = replace(
            was.clause,
            text=change.text,
            title=change.title or was.clause.title,
            summary=change.summary or was.clause.summary,
            tier=self.tier,
            pictures=change.pictures,
            places={**was.clause.places, "of": change.of_at},
        )
        effect = self._effect("replace", change.id, change.at)
        self.clauses[change.id] = replace(
            was,
            clause=clause,
            origin=self.tier,
            replaced=was.clause,
            of=change.of,
            reason=change.reason,
            effects=(*was.effects, effect),
        )

    def _add(self, addition: Addition) -> None:
        clause = addition.clause
        if clause.id in self.policy.retired:
            self.problems.append(retired_id.problem(clause.at, clause.id))
            return
        taken = self.policy.clauses.get(clause.id) or (
            self.clauses[clause.id].clause if clause.id in self.clauses else None
        )
        if taken:
            self.problems.append(duplicate_clause.problem(clause.at, clause.id, taken.at))
            return
        if self.policy.section(clause.section) is None:
            known = [section.id for section in self.policy.sections]
            at = addition.places.get("section", clause.at)
            self.problems.append(unknown_section.problem(at, clause.section, known))
            return
        for index, id in enumerate(clause.requires):
            self._known(id, addition.places.get(f"requires.{index}", clause.at), self.clauses)
        effect = self._effect("add", clause.id, clause.at)
        self.clauses[clause.id] = _as_written(clause, self.tier, effect)
        if addition.after is None:
            self.order.append(clause.id)
        elif addition.after in self.order:
            self.order.insert(self.order.index(addition.after) + 1, clause.id)
            if self._section(addition.after) != clause.section:
                at = addition.places.get("after", clause.at)
                detail = f"'{addition.after}' is not in the section '{clause.section}'"
                fix = "name a clause of the same section, or remove 'after'"
                self.problems.append(bad_value.problem(at, detail, fix))
        else:
            at = addition.places.get("after", clause.at)
            self.problems.append(unknown_clause.problem(at, addition.after, self.order))
            self.order.append(clause.id)

    def _section(self, id: str) -> str | None:
        if id in self.clauses:
            return self.clauses[id].clause.section
        clause = self.policy.clauses.get(id)
        return clause.section if clause else None

    def _strength(self, change: Change) -> None:
        if not self._in_force(change.id, change.at) or self._is_locked(change.id, change.at):
            return
        was = self.clauses[change.id]
        if was.strength is None:
            self.problems.append(strength_not_settable.problem(change.at, change.id))
            return
        strength = Strength(change.says)
        if strength is was.strength:
            what = f"'{change.id}' is already '{change.says}'"
            self.problems.append(no_effect.problem(change.at, what, "setting it changes nothing"))
            return
        effect = self._effect("strength", change.id, change.at)
        self.clauses[change.id] = replace(
            was, strength=strength, strength_at=change.at, effects=(*was.effects, effect)
        )

    def _lock(self, change: Change) -> None:
        known = [*self.clauses, *self.policy.parameters]
        if change.id not in known:
            self.problems.append(unknown_clause.problem(change.at, change.id, known))
        elif change.id in self.locks:
            at, by = self.locks[change.id]
            what = f"'{change.id}' is already locked by {by}"
            self.problems.append(no_effect.problem(change.at, what, f"see {at}"))
        else:
            self.locks[change.id] = (change.at, self.tier)
