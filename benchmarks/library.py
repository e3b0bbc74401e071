"""A number of policies goes in; the policies of the benchmark library come out, clauses and all.

A policy depends on its own place alone, so the first six of sixty are the same as six of six.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from chance import Dice
from parameters import KINDS, NEIGHBOUR, Kind
from prose import Writer, capital_first, word_count
from registers import LAW
from sentences import (
    CLAUSE_LINK_FRAMES,
    LAW_FRAMES,
    PARTS,
    POLICY_LINK_FRAMES,
    SECTIONS,
    TOPICS,
    Section,
    Theme,
    Topic,
)
from yaml_text import Value

SHARE_WITH_VALUES = 0.58
# Where the last paragraph stops growing; titles and the last sentence come on top.
ENOUGH_WORDS = 89
PARAMETERS_PER_POLICY = 8

_SKIPPABLE_SECTIONS = ("people", "concerns", "training")
_USES_A_VALUE = re.compile(r"\{[{%][^}]*\b(?:term|org|role|answer)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A finished clause, and what schools may do with it."""

    id: str
    title: str
    section: str
    facts: dict[str, Value]
    text: str
    may_change: bool
    """Whether a school may replace or omit it without breaking a link or wasting a value."""
    always_prints: bool

    @property
    def strength(self) -> str | None:
        strength = self.facts.get("strength")
        return strength if isinstance(strength, str) else None

    @property
    def locked(self) -> bool:
        return "locked" in self.facts

    @property
    def uses_value(self) -> bool:
        return _USES_A_VALUE.search(self.text) is not None

    @property
    def words(self) -> int:
        return word_count(f"{self.title} {self.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A finished policy."""

    id: str
    place: int
    topic: Topic
    title: str
    summary: str
    sections: tuple[Section, ...]
    clauses: tuple[Clause, ...]
    parameters: tuple[Kind, ...]

    @property
    def adopted(self) -> Clause:
        """The clause that no pack brings in."""
        return next(clause for clause in self.clauses if "pack" not in clause.facts)

    @property
    def words(self) -> int:
        return sum(clause.words for clause in self.clauses)


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A clause on its way: what it will contain, decided before any text is written."""

    theme: Theme
    section: str
    with_value: bool = False
    parameter: Kind | None = None
    when: Kind | None = None
    facts: dict[str, Value] = field(default_factory=dict)
    closings: list[tuple[Sequence[str], str]] = field(default_factory=list)
    is_linked: bool = False

    @property
    def always_prints(self) -> bool:
        return self.when is None and not (self.parameter and self.parameter.may_vanish)


def policies(count: int) -> tuple[Policy, ...]:
    """The first `count` policies of the library."""
    topics = [_topic_at(place) for place in range(count)]
    seen: set[str] = set()
    return tuple(_policy(place, topics, seen) for place in range(count))


def _topic_at(place: int) -> Topic:
    topic = TOPICS[place % len(TOPICS)]
    round_number = place // len(TOPICS)
    if round_number == 0:
        return topic
    lap, part_number = divmod(round_number - 1, len(PARTS))
    part = PARTS[part_number] + (f" {lap + 1}" if lap else "")
    return replace(
        topic, id=f"{topic.id}-{part.replace(' ', '-')}", title=f"{topic.title} ({part})"
    )


def _policy(place: int, topics: Sequence[Topic], seen: set[str]) -> Policy:
    topic = topics[place]
    dice = Dice(f"policy {topic.id}")
    parameters = tuple(
        _bound(kind, topics[place - 1].id if place else "")
        for kind in (
            KINDS[(place * 5 + step) % len(KINDS)] for step in range(PARAMETERS_PER_POLICY)
        )
    )
    sections = _sections(dice)
    drafts = _drafts(sections, dice)
    _give_values(drafts, parameters, dice)
    _give_conditions(drafts, parameters, place)
    _give_packs(drafts, place, dice)
    _give_links(drafts, [topics[other].id for other in (place - 1, place - 7) if other >= 0], dice)
    _give_law(drafts, place, dice)
    writer = Writer(topic, dice)
    clauses = tuple(
        _clause(draft, number, writer, dice, seen) for number, draft in enumerate(drafts)
    )
    return Policy(
        id=topic.id,
        place=place,
        topic=topic,
        title=topic.title,
        summary=f"How {topic.matter} works from day to day, and whom to ask.",
        sections=sections,
        clauses=clauses,
        parameters=tuple(replace(kind, question=writer.fill(kind.question)) for kind in parameters),
    )


def _bound(kind: Kind, neighbour: str) -> Kind:
    """The kind with the neighbouring policy named in its answers."""
    return replace(
        kind, answers=tuple(_with_neighbour(answer, neighbour) for answer in kind.answers)
    )


def _with_neighbour(answer: Value, neighbour: str) -> Value:
    if not isinstance(answer, dict):
        return answer
    return {
        key: {"policy": neighbour} if item == {"policy": NEIGHBOUR} else item
        for key, item in answer.items()
        if neighbour or item != {"policy": NEIGHBOUR}
    }


def _sections(dice: Dice) -> tuple[Section, ...]:
    skipped = dice.shuffled(_SKIPPABLE_SECTIONS)[: dice.below(3)]
    return tuple(section for section in SECTIONS if section.id not in skipped)


def _drafts(sections: Sequence[Section], dice: Dice) -> list[_Draft]:
    total = dice.between(26, 30)
    drafts: list[_Draft] = []
    for number, section in enumerate(sections):
        wanted = total // len(sections) + (number < total % len(sections))
        chosen = set(dice.shuffled(range(len(section.themes)))[:wanted])
        drafts += [
            _Draft(theme=theme, section=section.id)
            for index, theme in enumerate(section.themes)
            if index in chosen
        ]
    return drafts


def _give_values(drafts: Sequence[_Draft], parameters: Sequence[Kind], dice: Dice) -> None:
    wanted = round(len(drafts) * SHARE_WITH_VALUES)
    for number, draft in enumerate(dice.shuffled(drafts)[:wanted]):
        draft.with_value = True
        if number < len(parameters):
            draft.parameter = parameters[number]


def _give_conditions(drafts: Sequence[_Draft], parameters: Sequence[Kind], place: int) -> None:
    """One clause prints only for some answers; one policy in four has a clause for staff alone."""
    choice = next((kind for kind in parameters if kind.facts["type"] == "choice"), None)
    plain = [draft for draft in drafts if draft.parameter is None and draft.theme.strength]
    if choice is not None:
        plain[-1].when = choice
        plain[-1].facts["when"] = {choice.id: list(choice.answers[:2])}
    if place % 4 == 0:
        plain[-2].facts["editions"] = ["staff"]


def _give_packs(drafts: Sequence[_Draft], place: int, dice: Dice) -> None:
    firm = [draft for draft in drafts if draft.parameter and draft.always_prints]
    adopted = next(
        draft
        for draft in drafts
        if draft.parameter is None and draft.when is None and not draft.facts
    )
    for draft in drafts:
        if draft is not adopted:
            draft.facts["pack"] = dice.pick(("core", "core", "core", "detail"))
    if place % 3 == 0:
        firm[0].facts["locked"] = True


def _give_links(drafts: Sequence[_Draft], other_policies: Sequence[str], dice: Dice) -> None:
    targets = [draft for draft in drafts if draft.parameter and draft.always_prints]
    sources = dice.shuffled([draft for draft in drafts if draft not in targets])
    for source, target in zip(sources[:4], dice.shuffled(targets), strict=False):
        source.closings.append((CLAUSE_LINK_FRAMES, f'{{{{ clause["{target.theme.id}"] }}}}'))
        target.is_linked = True
    for source, target in zip(sources[4:6], dice.shuffled(targets), strict=False):
        source.facts["requires"] = [target.theme.id]
        target.is_linked = True
    for source, policy in zip(sources[6:8], other_policies, strict=False):
        source.closings.append((POLICY_LINK_FRAMES, f'{{{{ policy["{policy}"] }}}}'))


def _give_law(drafts: Sequence[_Draft], place: int, dice: Dice) -> None:
    cited = [list(LAW)[(place * 4 + step) % len(LAW)] for step in range(4)]
    for draft, law in zip(dice.shuffled(drafts), cited, strict=False):
        draft.closings.append((LAW_FRAMES, f'{{{{ law["{law}"] }}}}'))


def _clause(draft: _Draft, number: int, writer: Writer, dice: Dice, seen: set[str]) -> Clause:
    opening = writer.fill(dice.pick(draft.theme.openings))
    text = _clause_text(draft, number, opening, writer, dice)
    while text in seen:
        text = _clause_text(draft, number, opening, writer, dice)
    seen.add(text)
    return Clause(
        id=draft.theme.id,
        title=draft.theme.title,
        section=draft.section,
        facts=_facts(draft, opening, dice),
        text=text,
        may_change=_may_change(draft, text),
        always_prints=draft.always_prints,
    )


def _may_change(draft: _Draft, text: str) -> bool:
    return (
        draft.parameter is None
        and draft.when is None
        and not draft.is_linked
        and "pack" in draft.facts
        and "editions" not in draft.facts
        and "role." not in text
    )


def _facts(draft: _Draft, opening: str, dice: Dice) -> dict[str, Value]:
    """The facts of the clause block in the order of the manual."""
    strength = draft.theme.strength
    facts: dict[str, Value] = {"id": draft.theme.id}
    if "pack" in draft.facts:
        facts["pack"] = draft.facts["pack"]
    if strength:
        question = "May I" if strength in ("may", "must not", "should not") else "Do I"
        facts["strength"] = strength
        facts["summary"] = f"{capital_first(opening)}."
        facts["questions"] = [f"{question} {opening}?"]
        if dice.below(5) == 0:
            facts["ask"] = dice.pick(("head", "dsl", "office"))
    return facts | {key: fact for key, fact in draft.facts.items() if key != "pack"}


def _clause_text(draft: _Draft, number: int, opening: str, writer: Writer, dice: Dice) -> str:
    strength = draft.theme.strength
    first = writer.duty(opening, with_value=draft.with_value) if strength else opening
    blocks = [f"{first} {writer.paragraph(2, values=1 if draft.with_value else 0)}"]
    if draft.parameter:
        blocks.append(writer.fill(draft.parameter.text))
    else:
        blocks.extend(_shape(number, writer, with_value=draft.with_value))
    closing = [
        writer.fill(dice.pick(bank).replace("<link>", link).replace("<law>", link))
        for bank, link in draft.closings
    ]
    wanted = ENOUGH_WORDS + dice.between(-25, 25)
    last = writer.paragraph(1)
    while word_count(" ".join([*blocks, last, *closing])) < wanted:
        last += " " + writer.paragraph(1)
    return "\n\n".join([*blocks, " ".join([last, *closing])])


def _shape(number: int, writer: Writer, *, with_value: bool) -> Iterator[str]:
    """The middle of a clause without a parameter: two in five are lists or tables."""
    shapes: dict[int, Callable[[], str]] = {
        1: writer.bullets,
        4: writer.steps,
        6: lambda: writer.table(with_value=with_value),
        8: writer.nested_bullets,
    }
    if number % 10 in shapes:
        yield shapes[number % 10]()
    elif with_value:
        yield writer.paragraph(2, values=1)
