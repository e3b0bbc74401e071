"""One policy in force in one organisation in; the policy as it prints, numbered, out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field, replace

from clausebook.model import (
    EDITIONS,
    Clause,
    HeldPolicy,
    Item,
    Organisation,
    Parameter,
    Policy,
    ResolvedClause,
    ResolvedPolicy,
    ResolvedSection,
    Role,
    Text,
    Value,
)
from clausebook.once import told
from clausebook.problem import Place, Problem
from clausebook.resolve.alike import (
    Alike,
    Gaps,
    Names,
    OwnSection,
    with_clauses,
    with_letters,
)
from clausebook.resolve.compose import InForce, State
from clausebook.resolve.control import control_fields, in_another_edition
from clausebook.resolve.plan import (
    PRETENDED,
    Common,
    Numbered,
    Printing,
    Slot,
    asking,
    filled,
    printing,
    reference,
)
from clausebook.resolve.text import VARIANTS, Scope, Texts
from clausebook.resolve.values import ELSEWHERE, AnswerReader, review_values, written_in
from clausebook.rules import (
    cites_missing_clause,
    locked,
    policy_not_held,
    requires_missing,
    unanswered,
    unanswered_term,
    unknown_role,
)
from clausebook.typed import dataclass
from clausebook.wording import Wording


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds a policy in one organisation: who, with which words, beside which policies."""

    organisation: Organisation
    policy: Policy
    state: State
    tiers: tuple[tuple[str, HeldPolicy], ...]
    values: Mapping[str, Value]
    roles: Mapping[str, Role]
    holds: Mapping[str, Item]
    reader: AnswerReader
    edition: str
    terms: Mapping[str, object]
    chain: tuple[str, ...]
    # What policies are called, by the names that texts link to them with.
    links: Mapping[str, Value]
    # The names that stand for what is written in the organisation's own file.
    own: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """A question nobody has answered: the clauses that need it and the line to write."""

    policy: str
    parameter: Parameter
    clauses: tuple[str, ...]
    line: str


@dataclass(slots=True)
class Published:
    """A resolved policy, what was wrong, and which changes and answers showed."""

    policy: ResolvedPolicy
    problems: list[Problem]
    open_answers: list[OpenAnswer]
    prints: Printing
    # The clauses that say whom to ask: of those from the library, one for each.
    asking: tuple[Clause, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    own: AbstractSet[str] = frozenset()


def editions_of(organisation: Organisation, tiers: Iterable[HeldPolicy]) -> tuple[str, ...]:
    """The editions that hold a policy: those it names, or all but the public one."""
    said = [held.editions for held in tiers if held.editions is not None]
    return _editions(organisation, said[-1] if said else None)


def _editions(organisation: Organisation, said: tuple[str, ...] | None) -> tuple[str, ...]:
    wanted = [e for e in organisation.editions if e != "public"] if said is None else said
    return tuple([e for e in EDITIONS if e in wanted])


def publish(setting: Setting, texts: Texts) -> Published:
    """Resolve one policy for one organisation and edition."""
    return _Publisher(setting, texts).published()


def published_again(
    first: Published, setting: Setting, texts: Texts, changed: AbstractSet[str]
) -> ResolvedPolicy:
    """The policy in a further edition, in which the `changed` names stand for something else.

    Which clauses print and how they are numbered is the same in all editions: what can differ is
    the contacts of roles, links to policies that only some editions hold, and signatures.
    """
    policy, changed = first.policy, set(changed)
    answers, links = dict(policy.values), set(first.prints.in_editions)
    for id, value in policy.values.items():
        parameter = policy.policy.parameters[id]
        if parameter.type in ELSEWHERE:
            again = setting.reader.value(parameter, setting.state.answers[id])
            if again is not None and again != value:
                answers[id] = again
                changed.add(f"answer.{id}")
                if parameter.type == "titles":
                    links.add(f"answer.{id}")
    changed &= links
    entries = setting.state.clauses
    if not changed.isdisjoint(first.prints.titles):
        return publish(setting, texts).policy  # and references to it, wherever they stand
    values = {**first.values, **{f"answer.{id}": value for id, value in answers.items()}}
    for name in changed:
        space, _, id = name.partition(".")
        if space == "policy" and name in values:
            values[name] = replace(values[name], items=(setting.holds[id],))
        elif space == "role":
            values[name] = setting.values[name]

    def again_in(section: ResolvedSection) -> ResolvedSection:
        if all(changed.isdisjoint(entries[clause.id].names) for clause in section.facts):
            return section
        clauses = [
            clause
            if changed.isdisjoint(entries[clause.id].names)
            else replace(clause, fill=filled_again(clause))
            for clause in section.clauses
        ]
        return with_clauses(section, clauses)

    def filled_again(clause: ResolvedClause) -> Callable[[Wording], Text]:
        entry = entries[clause.id]
        private = setting.organisation.id in entry.changed_by
        scope = Scope(values, entry.modal, first.own, private)
        return lambda wording: texts.text(wording, scope)

    sections = tuple(map(again_in, policy.sections)) if changed else policy.sections
    control = in_another_edition(policy.control, policy.approvals, setting.edition)
    if sections is policy.sections and control == policy.control and answers == policy.values:
        return policy
    return replace(policy, sections=sections, control=control, values=answers)


class _Publisher:
    def __init__(self, setting: Setting, texts: Texts) -> None:
        self.s, self.texts = setting, texts
        self.problems: list[Problem] = []
        self.open_answers: list[OpenAnswer] = []
        self.values: dict[str, Value] = {}
        self.answers: dict[str, Value] = {}
        self.own = set(setting.own)
        self.editions = _editions(setting.organisation, setting.state.document.editions)

    def published(self) -> Published:
        s, document = self.s, self.s.state.document
        own = s.tiers[-1][1] if s.tiers else None
        at = s.organisation.at if own is None else own.at
        about = document.values if s.state.shape.reviews else document.kinds
        self.values = {**s.values, **about}
        if s.organisation.at.file in document.files:
            for name, value in about.items():
                self._own(name, value)
        bad_answers = self._answers()
        prints = printing(s.policy, s.state, self.values, self.texts)
        for clause in prints.kept_out:
            self._hold_lock(clause, at)
        self.problems += prints.problems
        self._unanswered(at, bad_answers, prints.needed)
        self._check_requires(prints, at)
        broken = self._links_of(prints)
        sections = self._sections(prints, broken)
        policy = ResolvedPolicy(
            policy=s.policy,
            title=document.title,
            kind=document.kind,
            at=at,
            sections=sections,
            control=control_fields(document, s.organisation, at, sections, s.edition),
            held=document.held(at),
            state=document.said.get("state") or "draft",
            editions=self.editions,
            review=document.review,
            approvals=document.approvals,
            left_out=prints.left_out,
            values=self.answers,
            reached=prints.reached,
            packs=s.state.packs,
            open_questions=document.open_questions,
        )
        told(policy, "dated", document.dated)
        if not broken and s.state.shape.kept:
            told(policy, "printed", prints.printed)
        return Published(
            policy,
            self.problems,
            self.open_answers,
            prints,
            asking(clause.clause for clause in policy.clauses) if broken else prints.asking,
            self.values,
            self.own,
        )

    def _answers(self) -> set[str]:
        """Reads all answers; those that say nothing that can be used."""
        s, bad = self.s, set[str]()
        for id, merged in s.state.answers.items():
            parameter = s.policy.parameters[id]
            value = s.reader.value(parameter, merged)
            if value is None:
                bad.add(id)
                continue
            name = f"answer.{id}"
            self.answers[id] = self.values[name] = value
            # What another tier answers is written there, or where all find it.
            if merged[1] == s.organisation.id or parameter.type in ELSEWHERE:
                self._own(name, value)
        return bad

    # ------------------------------------------------------------------ what prints

    def _hold_lock(self, clause: Clause, at: Place) -> None:
        """No answer given below a lock may keep a locked clause from printing."""
        s = self.s
        lock, tiers = s.state.locks.get(clause.id), s.chain
        if lock is None or lock[1] not in tiers:
            return  # the library locks wording; whether the clause applies is for answers to say
        below = tiers[tiers.index(lock[1]) + 1 :]
        reviewed = review_values(s.state.document.review, at, s.organisation.id)
        for name in self._keeping_out(clause):
            value = reviewed.get(name) or self.values[name]
            if value.tier in below:
                self.problems.append(locked.problem(value.chosen_at, clause.id, *lock))

    def _keeping_out(self, clause: Clause) -> Iterator[str]:
        """The values for which a clause does not print."""
        for parameter, wanted in clause.when.items():
            value = self.values.get(f"answer.{parameter}")
            if value is None:
                continue
            fits = not value.silent if "said" in wanted else bool(set(wanted) & set(value.ids))
            if not fits:
                yield f"answer.{parameter}"
        for wording in clause.wordings:
            for name in wording.names:
                value = self.values.get(name)
                if value is not None and value.silent:
                    yield name

    def _links_of(self, prints: Printing) -> set[str]:
        """Gives links their words; the clauses with one that leads nowhere."""
        if not prints.links:
            return set()
        self._name_links(prints)
        return self._broken(prints)

    def _sections(self, prints: Printing, broken: set[str]) -> tuple[ResolvedSection, ...]:
        key = tuple(self._marks(prints))
        known = prints.common.get(key)
        if known is None:
            if len(prints.common) >= VARIANTS:
                prints.common.clear()
            marks = dict(zip((*prints.names, *prints.contacts), key, strict=True))
            known = tuple([self._common(section, marks) for section in prints.sections])
            prints.common[key] = known
        sections = [common.whole or self._with_own(common) for common in known]
        if broken:
            sections = [
                with_clauses(section, [c for c in section.clauses if c.id not in broken])
                for section in sections
            ]
        return tuple(sections)

    def _common(self, section: Numbered, marks: Mapping[str, object]) -> Common:
        common, key = self.texts.common, (section, *[marks[name] for name in section.names])
        return common.get(key) or common.put(key, self._shared(section, marks))

    def _shared(self, section: Numbered, marks: Mapping[str, object]) -> Common:
        """A section with the clauses that others print alike."""
        clauses: list[ResolvedClause | None] = []
        for slot in section.slots:
            entry = slot.entry
            if self._private(entry) or not self.own.isdisjoint(entry.names):
                clauses.append(None)
                continue
            key = tuple([marks[name] for name in entry.varying])
            clauses.append(slot.variants.get(key) or self._kept(slot, key))
        there = tuple([clause for clause in clauses if clause is not None])
        own = tuple([place for place, clause in enumerate(clauses) if clause is None])
        whole = None if own else _section(section, there)
        names = self._names(section, clauses, marks) if own else None
        return Common(section, tuple(clauses), own, names, whole)

    def _names(
        self,
        section: Numbered,
        clauses: Iterable[ResolvedClause | None],
        marks: Mapping[str, object],
    ) -> Names | None:
        """The names in a section's own clauses: one object for all sections that they are alike in."""
        parts: list[object] = [
            self.s.policy.id,
            section.id,
            section.number,
            section.title,
            section.at,
        ]
        entries: list[InForce] = []
        for slot, clause in zip(section.slots, clauses, strict=True):
            if clause is not None:
                parts.append(clause)
                continue
            if self._private(slot.entry):
                return None
            entries.append(slot.entry)
            # No other clause in force can come to have this number: what is kept holds this one.
            parts += (slot.label, id(slot.entry), *[marks[name] for name in slot.entry.varying])
        key = tuple(parts)
        return self.texts.names.get(key) or self.texts.names.put(key, Names(entries, self.own))

    def _kept(self, slot: Slot, key: tuple[object, ...]) -> ResolvedClause:
        """A clause, kept for others: with it no more than the values that it names."""
        get, entry = self.values.get, slot.entry
        values = {name: value for name in entry.names if (value := get(name)) is not None}
        if len(slot.variants) >= VARIANTS:
            slot.variants.clear()
        made = slot.variants[key] = _filled(slot, Scope(values, entry.modal), self.texts)
        return made

    def _with_own(self, common: Common) -> ResolvedSection:
        """A section with the clauses that have an organisation's own words."""
        names = common.names
        if names is None:
            return _section(common.section, self._own_clauses(common))
        said, gaps = names.say(self.values)
        key = (names, *said)
        sections = self.texts.sections
        alike = sections.get(key) or sections.put(key, self._alike(common, gaps))
        return OwnSection.of(common.section, alike, gaps, lambda: self._own_clauses(common))

    def _own_clauses(self, common: Common) -> tuple[ResolvedClause, ...]:
        clauses, slots = list(common.clauses), common.section.slots
        for place in common.own:
            slot = slots[place]
            clauses[place] = _filled(slot, self._scope(slot.entry), self.texts)
        return tuple([clause for clause in clauses if clause is not None])

    def _alike(self, common: Common, gaps: Gaps) -> Alike:
        """A section that stands for all that say the same: with it no more than what it names."""
        clauses, slots = list(common.clauses), common.section.slots
        lettered, get = with_letters(self.values, gaps), self.values.get
        for place in common.own:
            slot = slots[place]
            entry = slot.entry
            found = {n: value for n in entry.names if (value := lettered.get(n) or get(n))}
            scope = Scope(found, entry.modal, self.own)
            clauses[place] = _filled(slot, scope, self.texts)
        there = tuple([clause for clause in clauses if clause is not None])
        return Alike(_section(common.section, there), gaps)

    def _name_links(self, prints: Printing) -> None:
        """What the clauses and policies that others name are called."""
        self.values |= prints.called
        self.own.update(prints.called_by.get(self.s.organisation.id, ()))
        for name, slot in prints.linked:
            entry = slot.entry
            scope = self._scope(entry, pretend=PRETENDED)
            self.values[name] = reference(slot, self.texts.text(entry.clause.title, scope).words)
            if self._private(entry) or not self.own.isdisjoint(entry.clause.title.names):
                self.own.add(name)
        links = self.s.links
        self.values |= {name: links[name] for name in prints.policies if name in links}

    def _own(self, name: str, value: Value) -> None:
        if written_in(value, self.s.organisation.at.file):
            self.own.add(name)

    def _marks(self, prints: Printing) -> list[object]:
        """What tells apart what the names of a policy stand for, but for an organisation's own."""
        values, own = self.values, self.own
        marks: list[object] = [
            _OWN if name in own else values[name].key if name in values else None
            for name in prints.names
        ]
        marks += [
            _OWN if name in own else values[name].detailed_key if name in values else None
            for name in prints.contacts
        ]
        return marks

    def _private(self, entry: InForce) -> bool:
        return bool(entry.effects) and self.s.organisation.id in entry.changed_by

    def _scope(self, entry: InForce, pretend: Value | None = None) -> Scope:
        return Scope(self.values, entry.modal, self.own, self._private(entry), pretend)

    # ------------------------------------------------------------------ where links lead

    def _broken(self, prints: Printing) -> set[str]:
        """The clauses with a link that leads nowhere."""
        there = (self.editions, *[name in self.values for name in prints.policies])
        if there in prints.sound:
            return set()
        broken = {
            slot.entry.clause.id
            for slot in prints.slots
            if not self._all_there(slot.entry) and not self._links(slot.entry, prints.unknown)
        }
        if not broken:
            prints.sound.add(there)
        return broken

    def _all_there(self, entry: InForce) -> bool:
        """Whether all that a clause could link to is there for all who read it."""
        held = self.s.state.clauses
        for name in entry.links:
            if name not in self.values:
                return False
            space, _, id = name.partition(".")
            if space == "clause" and len(held[id].clause.editions) < len(EDITIONS):
                return False
        return True

    def _links(self, entry: InForce, unknown: AbstractSet[str]) -> bool:
        """Whether everything the clause links to is there; a problem for each that is not."""
        clause, whole = entry.clause, True
        shown = [e for e in self.editions if e in clause.editions]
        scope = self._scope(entry)
        for wording in clause.wordings:
            if not wording.links:
                continue
            for name in sorted(self.texts.ran(wording, scope).looked_at & wording.links):
                space, _, key = name.partition(".")
                there = name in self.values
                if space == "policy" and not there:
                    at = wording.find(key)
                    self.problems.append(policy_not_held.problem(at, key, clause.id))
                elif space == "clause" and not there:
                    if not self._excused(key, clause, unknown):
                        at = wording.find(key)
                        self.problems.append(cites_missing_clause.problem(at, key, clause.id))
                elif space == "clause" and (edition := self._narrower(key, shown)):
                    at = wording.find(key)
                    problem = cites_missing_clause.problem(at, key, clause.id, edition)
                    self.problems.append(problem)
                else:
                    continue
                whole = False
        return whole

    def _excused(self, id: str, by: Clause, unknown: AbstractSet[str]) -> bool:
        """Whether it is reported already why a clause is not there: no answer, or no such id."""
        return id in unknown or (by.tier == "library" and id not in self.s.policy.clauses)

    def _narrower(self, id: str, editions: list[str]) -> str | None:
        """The first of some editions in which a clause does not print."""
        held = self.s.state.clauses[id].clause.editions
        return next((edition for edition in editions if edition not in held), None)

    # ------------------------------------------------------------------ what is wrong

    def _unanswered(self, at: Place, bad: set[str], needed: Mapping[str, AbstractSet[str]]) -> None:
        """Each at the key under which the organisation would say it, as far as that is there."""
        own = self.s.organisation
        said = self.s.tiers[-1][1].places if self.s.tiers else {}
        for name, clauses in sorted(needed.items()):
            space, _, key = name.partition(".")
            if space == "answer" and key not in bad:
                parameter = self.s.policy.parameters.get(key)
                if parameter is None:
                    continue
                example = _line(parameter)
                self.open_answers.append(
                    OpenAnswer(self.s.policy.id, parameter, tuple(sorted(clauses)), example)
                )
                self.problems.append(
                    unanswered.problem(
                        said.get("values", at), key, parameter.question, example, clauses
                    )
                )
            elif space == "term":
                term = self.s.reader.registers.terms.get(key)
                if term is None:
                    continue
                example = f"{key}: {next(iter(term.choices), '…')}"
                here = own.places.get("terms", own.at)
                self.problems.append(unanswered_term.problem(here, key, term.question, example))
            elif space == "role":
                here = self._own_mention(name, clauses) or own.places.get("roles", own.at)
                self.problems.append(unknown_role.problem(here, key, self.s.roles))

    def _own_mention(self, name: str, clauses: Iterable[str]) -> Place | None:
        """Where an organisation's own text uses a name, if one of its own does."""
        for id in sorted(clauses):
            entry = self.s.state.clauses.get(id)
            for wording in entry.clause.wordings if entry and entry.origin != "library" else ():
                if name in wording.names:
                    return wording.find(name.partition(".")[2])
        return None

    def _check_requires(self, prints: Printing, at: Place) -> None:
        for id, entry in prints.requires:
            if self._excused(id, entry.clause, prints.unknown):
                continue
            where = at
            if id in self.s.state.omitted:
                where = self.s.state.omitted[id].change.at
            else:
                adopted = [e.at for e in entry.effects if e.kind in ("adopt", "add")]
                where = adopted[0] if adopted else at
            self.problems.append(requires_missing.problem(where, id, entry.clause.id))


# Stands for whatever is written in an organisation's own file.
_OWN = object()


def _section(section: Numbered, clauses: tuple[ResolvedClause, ...]) -> ResolvedSection:
    return ResolvedSection(section.id, section.number, section.title, clauses, section.at)


def _filled(slot: Slot, scope: Scope, texts: Texts) -> ResolvedClause:
    return filled(slot, lambda wording: texts.text(wording, scope))


def _line(parameter: Parameter) -> str:
    """The line to write for an answer."""
    choices, low = list(parameter.choices), parameter.minimum
    most = parameter.maximum
    number = low if low is not None else 1 if most is None else min(1, most)
    examples = {
        "choice": choices[0] if choices else "…",
        "choices": f"[{', '.join(choices[:2])}]",
        "titles": f"{{{choices[0] if choices else 'subject'}: Title of the policy}}",
        "number": str(number),
        "lines": "[first line, second line]",
        "role": "head",
        "roles": "[head]",
        "text": "your words",
    }
    return f"{parameter.id}: {examples[parameter.type]}"
