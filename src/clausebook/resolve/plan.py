"""The clauses in force of a policy in; which of them print, under which numbers, and why not, out.

All of it is worked out once for all organisations whose clauses are the same and whose values come
to the same: few conditions ask for more than whether something was said.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from clausebook.model import (
    EDITIONS,
    Clause,
    Item,
    LeftOut,
    Link,
    OutlineSection,
    Policy,
    Printed,
    ResolvedClause,
    ResolvedSection,
    Text,
    Value,
)
from clausebook.once import aside, once, told
from clausebook.problem import Place, Problem
from clausebook.resolve.alike import Names
from clausebook.resolve.compose import Asked, InForce, Outcome, State
from clausebook.resolve.text import VARIANTS, Missing, Scope, Silent, Texts
from clausebook.rules import (
    bad_value,
    outline_incomplete,
    outline_twice,
    unknown_clause,
    unknown_section,
)
from clausebook.typed import dataclass
from clausebook.wording import Wording


class Slot(NamedTuple):
    """A clause that prints, its number, and how it prints by what its names stand for."""

    label: str
    entry: InForce
    variants: dict[tuple[object, ...], ResolvedClause]


class Common(NamedTuple):
    """A section as far as all print it alike for whom its names stand for the same.

    A clause with words of an organisation's own is None, and `own` are the places of those. `names`
    are the names of what they say, unless that is an organisation's own text.
    """

    section: Numbered
    clauses: tuple[ResolvedClause | None, ...]
    own: tuple[int, ...]
    names: Names | None
    whole: ResolvedSection | None


class Linked(NamedTuple):
    """A clause that others name, and how."""

    name: str
    slot: Slot


@dataclass(frozen=True, eq=False, kw_only=True)
class Numbered:
    """A section that has something to print: one for all who print the same clauses under its number."""

    id: str
    number: str
    title: str
    at: Place
    slots: tuple[Slot, ...]

    @once
    def names(self) -> tuple[str, ...]:
        """Those in its texts that do not stand for the same in every organisation."""
        return tuple(dict.fromkeys(chain.from_iterable([s.entry.varying for s in self.slots])))

    @once
    def titles(self) -> frozenset[str]:
        """The names in its clauses' titles."""
        return _all([slot.entry.clause.title.names for slot in self.slots])

    @once
    def contacts(self) -> frozenset[str]:
        """The names that print who holds a role."""
        return _all([slot.entry.contacts for slot in self.slots])

    @once
    def links(self) -> frozenset[str]:
        """The clauses and policies that it names."""
        return _all([slot.entry.links for slot in self.slots])

    @once
    def linked(self) -> tuple[Linked, ...]:
        """Its clauses as others name them."""
        return tuple([Linked(f"clause.{slot.entry.clause.id}", slot) for slot in self.slots])

    @once
    def in_editions(self) -> frozenset[str]:
        """The names that may print one thing in one edition and another in the next."""
        return self.contacts.union([name for name in self.links if name.startswith("policy.")])

    @once
    def everywhere(self) -> frozenset[str]:
        """The editions that show all of it."""
        shown = [slot.entry.clause.editions for slot in self.slots]
        return frozenset(EDITIONS).intersection(*shown)


@dataclass(frozen=True, kw_only=True)
class Printing:
    """What prints of a policy, and what that was told by.

    `answers`, `terms` and `roles` are those that were `reached`. `contacts` are the names in texts that
    print which print who holds a role, `names` the others, and `titles` those in their titles.
    What is `shown` is told by its tier and its place there. `linked` are the clauses that others name:
    those whose titles have no names in them are `called` the same by all, and `called_by` are the
    tiers that have a say in some of them.
    `everywhere` are the editions that show all of it, and `asking` the clauses that say whom to ask:
    of those from the library, one for each. `sound` are the circumstances in which all links are
    known to lead somewhere, and `common` the sections by what their names stand for.
    """

    sections: tuple[Numbered, ...]
    reached: frozenset[str]
    answers: frozenset[str]
    terms: frozenset[str]
    roles: frozenset[str]
    needed: Mapping[str, frozenset[str]]
    unknown: frozenset[str]
    shown: frozenset[tuple[str, int]]
    kept_out: tuple[Clause, ...]
    left_out: tuple[LeftOut, ...]
    problems: tuple[Problem, ...]
    names: tuple[str, ...]
    titles: frozenset[str]
    contacts: tuple[str, ...]
    links: bool
    linked: tuple[Linked, ...]
    called: Mapping[str, Value]
    called_by: Mapping[str, tuple[str, ...]]
    policies: tuple[str, ...]
    in_editions: frozenset[str]
    everywhere: frozenset[str]
    asking: tuple[Clause, ...]
    requires: tuple[tuple[str, InForce], ...]
    sound: set[tuple[object, ...]]
    common: dict[tuple[object, ...], tuple[Common, ...]]

    @property
    def slots(self) -> Iterable[Slot]:
        return (slot for section in self.sections for slot in section.slots)

    @once
    def printed(self) -> Printed:
        """Which clauses print: one object for all who print them."""
        made = Printed(tuple([filled(slot, _unread) for slot in self.slots]), self.left_out)
        told(made, "contacts", _all([section.contacts for section in self.sections]))
        return made


def printing(policy: Policy, state: State, values: Mapping[str, Value], texts: Texts) -> Printing:
    """What prints of a policy where names have these values."""
    shape = state.shape
    if not shape.kept:
        return _Planner(policy, state, values, texts).printing()
    key = asked(state).key(values)
    known = shape.printings.get(key)
    if known is None:
        if len(shape.printings) >= VARIANTS:
            shape.printings.clear()
        known = shape.printings[key] = _Planner(policy, state, values, texts).printing()
    return known


def asked(state: State) -> Asked:
    """The names whose values decide what prints of a policy."""
    if state.shape.asked is None:
        found = state.shape.asked = _asked(state)
        names = (*found.tested, *found.said)
        state.shape.reviews = any(name.startswith("review.") for name in names)
    return state.shape.asked


def asking(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Those that say whom to ask; of those from the library, the first for each."""
    found: dict[str, Clause] = {}
    for clause in clauses:
        if clause.ask is not None:
            found.setdefault(clause.ask if clause.tier == "library" else f"/{clause.id}", clause)
    return tuple(found.values())


def _asked(state: State) -> Asked:
    every = [state.clauses[id] for id in state.order if id in state.clauses]
    every += [omitted.was for omitted in state.omitted.values()]
    tested = dict.fromkeys(chain.from_iterable([entry.asked.tested for entry in every]))
    said = dict.fromkeys(chain.from_iterable([entry.asked.said for entry in every]))
    return Asked(tuple(tested), tuple([name for name in said if name not in tested]))


class _Planner:
    def __init__(
        self, policy: Policy, state: State, values: Mapping[str, Value], texts: Texts
    ) -> None:
        self.policy, self.state, self.values, self.texts = policy, state, values, texts
        self.problems: list[Problem] = []
        self.reached: set[str] = set()
        self.needed: dict[str, set[str]] = {}
        self.left_out: dict[str, LeftOut] = {}
        self.kept_out: list[Clause] = []
        self.unknown: set[str] = set()
        self.shown: set[tuple[str, int]] = set()

    def printing(self) -> Printing:
        every = self._every()
        self._omissions()
        placed = self._sections(every, self._outline())
        sections = tuple(_numbered(self.policy, placed, self.texts))
        names = dict.fromkeys(chain.from_iterable([section.names for section in sections]))
        contacts = _all([section.contacts for section in sections])
        links = _all([section.links for section in sections])
        linked = [one for section in sections for one in section.linked if one.name in links]
        fixed = _called_alike(linked)
        called = {name: _called(slot) for name, slot in fixed}
        here = {entry.clause.id for entry in every}
        reached = [name.partition(".") for name in self.reached]
        return Printing(
            sections=sections,
            reached=frozenset(self.reached),
            answers=frozenset([key for space, _, key in reached if space == "answer"]),
            terms=frozenset([key for space, _, key in reached if space == "term"]),
            roles=frozenset([key for space, _, key in reached if space == "role"]),
            needed={name: frozenset(clauses) for name, clauses in self.needed.items()},
            unknown=frozenset(self.unknown),
            shown=frozenset(self.shown),
            kept_out=tuple(self.kept_out),
            left_out=tuple(self.left_out.values()),
            problems=tuple(self.problems),
            names=tuple(name for name in names if name not in contacts),
            titles=_all([section.titles for section in sections]),
            contacts=tuple(name for name in names if name in contacts),
            links=bool(links),
            linked=tuple([one for one in linked if one.name not in called]),
            called=called,
            called_by=_called_by(fixed),
            policies=tuple(sorted(name for name in links if name.startswith("policy."))),
            in_editions=_all([section.in_editions for section in sections]),
            requires=tuple(
                (id, entry) for entry in every for id in entry.clause.requires if id not in here
            ),
            everywhere=frozenset(EDITIONS).intersection(*[one.everywhere for one in sections]),
            asking=asking(entry.clause for entry in every),
            sound=set(),
            common={},
        )

    # ------------------------------------------------------------------ what prints

    def _every(self) -> list[InForce]:
        """The clauses in force that print; why the others do not is recorded."""
        held = self.state.clauses
        found = [(held[id], self._outcome(held[id])) for id in self.state.order if id in held]
        self.reached.update(*[outcome.reached for _, outcome in found])
        showing = [entry for entry, outcome in found if entry.effects and not outcome.why_not]
        self.shown.update(*[entry.shown for entry in showing])
        for entry, outcome in found:
            for name in outcome.needed:
                self.needed.setdefault(name, set()).add(entry.clause.id)
            if outcome.why_not is not None:
                self._leave_out(entry, outcome.why_not)
        return [entry for entry, outcome in found if outcome.why_not is None]

    def _leave_out(self, entry: InForce, why: str) -> None:
        clause = entry.clause
        if why == "":
            # Not known for want of an answer, which is reported: its changes are not at fault.
            self.unknown.add(clause.id)
            why = "it needs an answer that nobody has given"
        else:
            self.kept_out.append(clause)
        self.left_out[clause.id] = LeftOut(clause.id, why, entry.origin, clause.at)

    def _outcome(self, entry: InForce) -> Outcome:
        """Known already when another organisation has answered the same."""
        key = entry.asked.key(self.values)
        known = entry.outcomes.get(key)
        if known is None:
            scope = Scope(self.values, entry.modal, pretend=PRETENDED)
            known = entry.outcomes[key] = _Trial(entry, scope, self.texts).run()
        return known

    def _omissions(self) -> None:
        """An omission shows when the clause would have printed without it."""
        for id, omitted in self.state.omitted.items():
            # Where it is not known, for want of an answer, the omission counts.
            if not self._outcome(omitted.was).why_not:
                self.shown.add(omitted.effect.spot)
            self.left_out[id] = LeftOut(
                id, omitted.change.says, omitted.effect.tier, omitted.change.at
            )

    # ------------------------------------------------------------------ where it stands

    def _outline(self) -> tuple[OutlineSection, ...]:
        outline = self.state.outline
        return _as_in_library(self.policy) if outline is None else outline

    def _sections(
        self, printing: list[InForce], outline: tuple[OutlineSection, ...]
    ) -> list[tuple[OutlineSection, list[InForce]]]:
        by_id = {entry.clause.id: entry for entry in printing}
        taken: set[str] = set()
        seen: set[str] = set()
        for section in outline:
            if section.id in seen:
                self.problems.append(outline_twice.problem(section.at, section.id))
            seen.add(section.id)
            known = self.policy.section(section.id)
            if known is None and (not section.title or not section.clauses):
                detail = f"the new section '{section.id}' needs a title and clauses"
                fix = "give both, or use a section of the policy"
                self.problems.append(bad_value.problem(section.at, detail, fix))
            elif known is None:
                # A new section that is called almost like one with no place here is a slip.
                homeless = {s.id for s in self.policy.sections} - {s.id for s in outline}
                if difflib.get_close_matches(section.id, homeless, cutoff=0.8):
                    found = unknown_section.problem(section.at, section.id, homeless)
                    self.problems.append(found)
            for change in section.clauses:
                if change.id in taken:
                    self.problems.append(outline_twice.problem(change.at, change.id))
                elif change.id not in by_id:
                    self.problems.append(unknown_clause.problem(change.at, change.id, by_id))
                taken.add(change.id)
        placed: list[tuple[OutlineSection, list[InForce]]] = []
        done: set[str] = set(taken)
        homes: dict[str, list[InForce]] = {}
        for id, entry in by_id.items():
            if id not in taken:
                homes.setdefault(entry.clause.section, []).append(entry)
        for section in outline:
            home = homes.get(section.id, [])
            listed = [by_id[c.id] for c in section.clauses if c.id in by_id]
            placed.append((section, home + listed))
            done.update(entry.clause.id for entry in home)
        for entry in printing:
            if entry.clause.id not in done:
                at = outline[0].at if self.state.outline else entry.clause.at
                self.problems.append(outline_incomplete.problem(at, entry.clause.id))
        return placed


class _Trial:
    """Runs a clause's conditions and texts once: does it print, and what told?"""

    def __init__(self, entry: InForce, scope: Scope, texts: Texts) -> None:
        self.clause, self.scope, self.texts = entry.clause, scope, texts
        self.reached: set[str] = set()

    def run(self) -> Outcome:
        why = self._condition()
        if why is None:
            why = self._silence()
        needed = [
            name
            for name in self.reached
            if name.startswith(("answer.", "term.", "role.")) and self.scope.get(name) is None
        ]
        return Outcome(why, frozenset(self.reached), tuple(needed))

    def _condition(self) -> str | None:
        for parameter, wanted in self.clause.when.items():
            name = f"answer.{parameter}"
            self.reached.add(name)
            value = self.scope.get(name)
            if value is None:
                return ""
            if "said" in wanted:
                if value.silent:
                    return f"'{parameter}' is silent"
            elif not set(wanted) & set(value.ids):
                said = ", ".join(value.ids) or "silent"
                return f"'{parameter}' is {said}"
        return None

    def _silence(self) -> str | None:
        silent: str | None = None
        for wording in self.clause.wordings:
            if not wording.names:
                continue
            self.reached |= self.texts.ran(wording, self.scope).looked_at
            try:
                self.texts.running(wording, self.scope)
            except Missing:
                silent = silent or ""
            except Silent as quiet:
                silent = f"'{quiet.name.partition('.')[2]}' is silent"
        return silent


@aside
def _as_in_library(policy: Policy) -> tuple[OutlineSection, ...]:
    return tuple([OutlineSection(id=one.id, at=one.at) for one in policy.sections])


# Stands for any link while it is not known yet what it will say.
PRETENDED = Value(items=(Item(words="", at=Place("")),), chosen_at=Place(""), tier="")


def _numbered(
    policy: Policy, placed: list[tuple[OutlineSection, list[InForce]]], texts: Texts
) -> Iterator[Numbered]:
    """Sections with something to print are numbered in order, appendices by letter."""
    count, letters = 0, 0
    for outline, entries in placed:
        if not entries:
            continue
        home = policy.section(outline.id)
        if home is not None and home.appendix:
            number = chr(ord("A") + letters)
            letters += 1
        else:
            count += 1
            number = str(count)
        title = outline.title or (home.title if home else outline.id)
        at = outline.at if outline.title else (home.at if home else outline.at)
        # No other clause in force can come to have this number: what is kept holds this one.
        key = (policy.id, outline.id, number, title, at, *map(id, entries))
        yield texts.numbered.get(key) or texts.numbered.put(
            key,
            Numbered(
                id=outline.id, number=number, title=title, at=at, slots=_slots(number, entries)
            ),
        )


def _slots(number: str, entries: list[InForce]) -> tuple[Slot, ...]:
    return tuple([_slot(f"{number}.{place}", entry) for place, entry in enumerate(entries, 1)])


def _slot(label: str, entry: InForce) -> Slot:
    known = entry.variants.get(label)
    if known is None:
        known = entry.variants[label] = {}
    return Slot(label, entry, known)


def _all(each: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset[str]().union(*each)


def filled(slot: Slot, fill: Callable[[Wording], Text]) -> ResolvedClause:
    """A clause that prints, whose texts are filled in like this."""
    entry = slot.entry
    return ResolvedClause(
        clause=entry.clause,
        number=slot.label,
        strength=entry.strength,
        origin=entry.origin,
        fill=fill,
        replaced=entry.replaced,
        reason=entry.reason,
    )


def _unread(wording: Wording) -> Text:
    raise AssertionError("what it says is not known here")


def _title(slot: Slot) -> Wording:
    return slot.entry.clause.title


def _called(slot: Slot) -> Value:
    """What others call a clause that has no names in its title."""
    known = slot.entry.called.get(slot.label)
    if known is None:
        known = slot.entry.called[slot.label] = reference(slot, _title(slot).source)
    return known


def _called_alike(linked: list[Linked]) -> list[Linked]:
    """Those that are called the same wherever they have this number."""
    if any(_title(slot).links for _, slot in linked):
        return []  # what one is called can hang on what the one before it is
    return [one for one in linked if "{" not in _title(one.slot).source]


def _called_by(linked: list[Linked]) -> dict[str, tuple[str, ...]]:
    """The names of those that each tier has a say in."""
    tiers = {tier for _, slot in linked for tier in slot.entry.changed_by}
    return {
        tier: tuple([name for name, slot in linked if tier in slot.entry.changed_by])
        for tier in tiers
    }


def reference(slot: Slot, title: str) -> Value:
    """What a clause is called by others."""
    clause = slot.entry.clause
    at = clause.places.get("id.value", clause.at)
    item = Item(
        words=f"{slot.label} {title}",
        at=at,
        id=clause.id,
        link=Link(target=f"#{clause.id}", at=at, raw=clause.id, formatter="anchor"),
        raw=clause.id,
        formatter="reference",
    )
    return Value(items=(item,), chosen_at=at, tier="")
