"""One policy in force in one organisation in; the policy as it prints, numbered, out."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from clausebook.model import (
    EDITIONS,
    Clause,
    HeldPolicy,
    Item,
    LeftOut,
    Link,
    Organisation,
    OutlineSection,
    Parameter,
    Policy,
    ResolvedClause,
    ResolvedPolicy,
    ResolvedSection,
    Role,
    Run,
    RunKind,
    Text,
    Value,
)
from clausebook.problem import Place, Problem
from clausebook.resolve.compose import InForce, Outcome, State
from clausebook.resolve.control import control_fields, in_another_edition
from clausebook.resolve.text import Kept, Missing, Scope, Silent, Texts
from clausebook.resolve.values import ELSEWHERE, AnswerReader, review_values
from clausebook.rules import (
    bad_value,
    cites_missing_clause,
    locked,
    outline_incomplete,
    outline_twice,
    policy_not_held,
    requires_missing,
    unanswered,
    unanswered_term,
    unknown_clause,
    unknown_role,
    unknown_section,
)
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
    # The names that the organisation's own file gives a meaning, and the texts that use them.
    own: AbstractSet[str]
    kept: Kept


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
    shown: set[Place] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    # The names in what prints that may stand for one thing in one edition and another in the next.
    in_editions: frozenset[str] = frozenset()
    values: Mapping[str, Value] = field(default_factory=dict)
    own: AbstractSet[str] = frozenset()


def editions_of(organisation: Organisation, tiers: Iterable[HeldPolicy]) -> tuple[str, ...]:
    """The editions that hold a policy: those it names, or all but the public one."""
    said = [held.editions for held in tiers if held.editions is not None]
    wanted = said[-1] if said else tuple(e for e in organisation.editions if e != "public")
    return tuple(e for e in EDITIONS if e in wanted)


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
    answers, links = dict(policy.values), set(first.in_editions)
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
    if any(not changed.isdisjoint(clause.clause.title.names) for clause in policy.clauses):
        return publish(setting, texts).policy  # and references to it, wherever they stand
    values = {**first.values, **{f"answer.{id}": value for id, value in answers.items()}}
    for name in changed:
        space, _, id = name.partition(".")
        if space == "policy" and name in values:
            values[name] = replace(values[name], items=(setting.holds[id],))
        elif space == "role":
            values[name] = setting.values[name]

    def again_in(section: ResolvedSection) -> ResolvedSection:
        clauses = [
            clause
            if changed.isdisjoint(name for w in clause.clause.wordings for name in w.names)
            else replace(clause, fill=filled(clause))
            for clause in section.clauses
        ]
        return replace(section, clauses=tuple(clauses))

    def filled(clause: ResolvedClause) -> Callable[[Wording], Text]:
        entry = setting.state.clauses[clause.id]
        private = setting.organisation.id in entry.changed_by
        scope = Scope(values, entry.modal, first.own, setting.kept, private)
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
        self.reached: set[str] = set()
        self.needed: dict[str, set[str]] = {}
        self.left_out: dict[str, LeftOut] = {}
        self.unknown: set[str] = set()
        self.shown: set[Place] = set()
        self.values: dict[str, Value] = {}
        self.answers: dict[str, Value] = {}
        self.own = {*setting.own, "review.last", "review.next", "review.cycle", "document.kind"}
        self.editions = editions_of(setting.organisation, [held for _, held in setting.tiers])

    def published(self) -> Published:
        s = self.s
        review = self._nearest("review")
        own = s.tiers[-1][1] if s.tiers else None
        at = s.organisation.at if own is None else own.at
        self.values = {**s.values, **review_values(review, at, s.organisation.id)}
        kind = self._nearest("kind") or "policy"
        kind_at = self._place("kind")
        self.values["document.kind"] = Value(
            items=(Item(words=kind, at=kind_at, id=kind),), chosen_at=kind_at or at, tier=""
        )
        for id, merged in s.state.answers.items():
            parameter = s.policy.parameters[id]
            value = s.reader.value(parameter, merged)
            if value is not None:
                self.answers[id] = value
                self.values[f"answer.{id}"] = value
                if value.tier == s.organisation.id or parameter.type in ELSEWHERE:
                    self.own.add(f"answer.{id}")
        bad_answers = set(s.state.answers) - set(self.answers)
        printing = [
            entry
            for id in s.state.order
            if (entry := s.state.clauses.get(id)) and self._prints(entry)
        ]
        self._omissions()
        outline = self._outline()
        sections = self._sections(printing, outline)
        self._unanswered(at, bad_answers)
        self._check_requires(printing, at)
        resolved = self._resolved(sections)
        title = self._nearest("title") or s.policy.title
        title_run = Run(
            RunKind.VALUE, title, self._place("title") or s.policy.title_at, "control", "", title
        )
        audience = self._nearest("audience")
        audience_run = None
        if audience:
            here = self._place("audience") or at
            audience_run = Run(RunKind.VALUE, audience, here, "control", "", audience)
        approvals = self._nearest("approvals") or ()
        policy = ResolvedPolicy(
            policy=s.policy,
            title=title,
            kind=kind,
            at=at,
            sections=resolved,
            control=control_fields(
                s.policy,
                s.organisation,
                title_run,
                audience_run,
                review,
                approvals,
                resolved,
                bool(self._nearest("contents")),
                s.edition,
            ),
            held=self._merged(at),
            state=self._nearest("state") or "draft",
            editions=self.editions,
            review=review,
            approvals=approvals,
            left_out=tuple(self.left_out.values()),
            values=self.answers,
            reached=frozenset(self.reached),
            packs=s.state.packs,
            open_questions=self._nearest("open_questions") or (),
        )
        return Published(
            policy,
            self.problems,
            self.open_answers,
            self.shown,
            self.reached,
            frozenset().union(*(entry.in_editions for entry in printing)),
            self.values,
            self.own,
        )

    # ------------------------------------------------------------------ what tiers say

    def _nearest(self, name: str):  # type: ignore[no-untyped-def]
        for _, held in reversed(self.s.tiers):
            said = getattr(held, name)
            if said is not None and said != ():
                return said
        return None

    def _place(self, name: str) -> Place | None:
        for _, held in reversed(self.s.tiers):
            if getattr(held, name) is not None:
                return held.places.get(f"{name}.value")
        return None

    def _merged(self, at: Place) -> HeldPolicy:
        """What the tiers say together about the document itself."""
        names = (
            "title",
            "kind",
            "audience",
            "version",
            "owner",
            "adopted_from",
            "contents",
            "state",
        )
        said = {name: self._nearest(name) for name in names}
        places = {name: place for name in names if (place := self._place(name))}
        return HeldPolicy(id=self.s.policy.id, at=at, places=places, **said)

    # ------------------------------------------------------------------ what prints

    def _scope(self, entry: InForce, pretend: bool = False) -> Scope:
        s = self.s
        return Scope(
            self.values,
            entry.modal,
            self.own,
            s.kept,
            s.organisation.id in entry.changed_by,
            _PRETENDED if pretend else None,
        )

    def _prints(self, entry: InForce) -> bool:
        """Whether a clause in force prints; if not, why is recorded."""
        clause, outcome = entry.clause, self._outcome(entry)
        self.reached |= outcome.reached
        for name in outcome.needed:
            self.needed.setdefault(name, set()).add(clause.id)
        why = outcome.why_not
        if not why:
            for effect in entry.effects:
                self.shown.add(effect.at)
        if why is None:
            return True
        if why == "":
            # Not known for want of an answer, which is reported: its changes are not at fault.
            self.unknown.add(clause.id)
            why = "it needs an answer that nobody has given"
        else:
            self._hold_lock(clause)
        self.left_out[clause.id] = LeftOut(clause.id, why, entry.origin, clause.at)
        return False

    def _outcome(self, entry: InForce) -> Outcome:
        """Known already when another organisation has answered the same."""
        get = self.values.get
        key = tuple(
            [value.ids if (value := get(name)) is not None else None for name in entry.asked]
        )
        known = entry.outcomes.get(key)
        if known is None:
            known = entry.outcomes[key] = _Trial(entry, self._scope(entry, True), self.texts).run()
        return known

    def _hold_lock(self, clause: Clause) -> None:
        """No answer given below a lock may keep a locked clause from printing."""
        lock = self.s.state.locks.get(clause.id)
        tiers = self.s.chain
        if lock is None or lock[1] not in tiers:
            return  # the library locks wording; whether the clause applies is for answers to say
        below = tiers[tiers.index(lock[1]) + 1 :]
        for name in self._keeping_out(clause):
            value = self.values[name]
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

    def _omissions(self) -> None:
        """An omission shows when the clause would have printed without it."""
        for id, omitted in self.s.state.omitted.items():
            # Where it is not known, for want of an answer, the omission counts.
            if not self._outcome(omitted.was).why_not:
                self.shown.add(omitted.effect.at)
            self.left_out[id] = LeftOut(
                id, omitted.change.says, omitted.effect.tier, omitted.change.at
            )

    # ------------------------------------------------------------------ where it stands

    def _outline(self) -> tuple[OutlineSection, ...]:
        outline = self.s.state.outline
        if outline is None:
            return tuple(OutlineSection(id=x.id, at=x.at) for x in self.s.policy.sections)
        return outline

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
            known = self.s.policy.section(section.id)
            if known is None and (not section.title or not section.clauses):
                detail = f"the new section '{section.id}' needs a title and clauses"
                fix = "give both, or use a section of the policy"
                self.problems.append(bad_value.problem(section.at, detail, fix))
            elif known is None:
                # A new section that is called almost like one with no place here is a slip.
                homeless = {s.id for s in self.s.policy.sections} - {s.id for s in outline}
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
        for section in outline:
            home = [
                e for e in printing if e.clause.section == section.id and e.clause.id not in taken
            ]
            listed = [by_id[c.id] for c in section.clauses if c.id in by_id]
            placed.append((section, home + listed))
            done.update(entry.clause.id for entry in home)
        for entry in printing:
            if entry.clause.id not in done:
                at = outline[0].at if self.s.state.outline else entry.clause.at
                self.problems.append(outline_incomplete.problem(at, entry.clause.id))
        return placed

    def _resolved(
        self, placed: list[tuple[OutlineSection, list[InForce]]]
    ) -> tuple[ResolvedSection, ...]:
        numbered = list(_numbered(self.s.policy, placed))
        linked = set().union(*(entry.links for _, _, entries in numbered for _, entry in entries))
        for number, entry in [pair for _, _, entries in numbered for pair in entries]:
            if linked and f"clause.{entry.clause.id}" in linked:
                self._reference(number, entry)
        for name in linked:
            space, _, id = name.partition(".")
            item = self.s.holds.get(id) if space == "policy" else None
            if item is not None:
                at = item.at or self.s.organisation.at
                if self.s.organisation.at.file in (at.file, item.link.at.file if item.link else ""):
                    self.own.add(name)
                self.values[name] = Value(items=(item,), chosen_at=at, tier="")
        sections: list[ResolvedSection] = []
        for number, outline, entries in numbered:
            home = self.s.policy.section(outline.id)
            title = outline.title or (home.title if home else outline.id)
            at = outline.at if outline.title else (home.at if home else outline.at)
            clauses = [
                self._clause(label, entry)
                for label, entry in entries
                if not entry.links or self._links(entry)
            ]
            sections.append(ResolvedSection(outline.id, number, title, tuple(clauses), at))
        return tuple(sections)

    def _reference(self, number: str, entry: InForce) -> None:
        clause = entry.clause
        title = self.texts.text(clause.title, self._scope(entry, pretend=True)).words
        at = clause.places.get("id.value", clause.at)
        item = Item(
            words=f"{number} {title}",
            at=at,
            id=clause.id,
            link=Link(target=f"#{clause.id}", at=at, raw=clause.id, formatter="anchor"),
            raw=clause.id,
            formatter="reference",
        )
        value = Value(items=(item,), chosen_at=at, tier="")
        self.values[f"clause.{clause.id}"] = value
        if self.s.organisation.id in entry.changed_by or not self.own.isdisjoint(
            clause.title.names
        ):
            self.own.add(f"clause.{clause.id}")

    def _links(self, entry: InForce) -> bool:
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
                    if not self._excused(key, clause):
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

    def _excused(self, id: str, by: Clause) -> bool:
        """Whether it is reported already why a clause is not there: no answer, or no such id."""
        return id in self.unknown or (by.tier == "library" and id not in self.s.policy.clauses)

    def _narrower(self, id: str, editions: list[str]) -> str | None:
        """The first of some editions in which a clause does not print."""
        held = self.s.state.clauses[id].clause.editions
        return next((edition for edition in editions if edition not in held), None)

    def _clause(self, number: str, entry: InForce) -> ResolvedClause:
        scope = self._scope(entry)
        return ResolvedClause(
            clause=entry.clause,
            number=number,
            strength=entry.strength,
            origin=entry.origin,
            fill=lambda wording: self.texts.text(wording, scope),
            replaced=entry.replaced,
            reason=entry.reason,
        )

    # ------------------------------------------------------------------ what is wrong

    def _unanswered(self, at: Place, bad: set[str]) -> None:
        """Each at the key under which the organisation would say it, as far as that is there."""
        own = self.s.organisation
        said = self.s.tiers[-1][1].places if self.s.tiers else {}
        for name, clauses in sorted(self.needed.items()):
            space, _, key = name.partition(".")
            if space == "answer" and key not in bad:
                parameter = self.s.policy.parameters.get(key)
                if parameter is None:
                    continue
                example = _line(parameter.id, parameter.type, list(parameter.choices))
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

    def _check_requires(self, printing: Iterable[InForce], at: Place) -> None:
        here = {entry.clause.id for entry in printing}
        for entry in printing:
            for id in entry.clause.requires:
                if id in here or self._excused(id, entry.clause):
                    continue
                where = at
                if id in self.s.state.omitted:
                    where = self.s.state.omitted[id].change.at
                else:
                    adopted = [e.at for e in entry.effects if e.kind in ("adopt", "add")]
                    where = adopted[0] if adopted else at
                self.problems.append(requires_missing.problem(where, id, entry.clause.id))


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


# Stands for any link while it is not known yet what it will say.
_PRETENDED = Value(items=(Item(words="", at=Place("")),), chosen_at=Place(""), tier="")


def _numbered(
    policy: Policy, placed: list[tuple[OutlineSection, list[InForce]]]
) -> Iterable[tuple[str, OutlineSection, list[tuple[str, InForce]]]]:
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
        labels = [(f"{number}.{index}", entry) for index, entry in enumerate(entries, start=1)]
        yield number, outline, labels


def _line(id: str, type: str, choices: list[str]) -> str:
    """The line to write for an answer."""
    examples = {
        "choice": choices[0] if choices else "…",
        "choices": f"[{', '.join(choices[:2])}]",
        "titles": f"{{{choices[0] if choices else 'subject'}: Title of the policy}}",
        "number": "1",
        "lines": "[first line, second line]",
        "role": "head",
        "roles": "[head]",
        "text": "your words",
    }
    return f"{id}: {examples[type]}"
