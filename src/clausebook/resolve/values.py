"""What organisations say in, printable values out: answers, terms, roles and facts.

Nearest tier wins for a single value; lists change only as they say. Each value keeps where it was
chosen and where its words are written, so that every printed run has one origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from clausebook.dates import Stated
from clausebook.model import (
    Answer,
    Item,
    Library,
    Link,
    Organisation,
    Parameter,
    Policy,
    Registers,
    Review,
    Role,
    Strength,
    Term,
    Value,
)
from clausebook.problem import Place, Problem
from clausebook.rules import (
    answer_range,
    answer_type,
    bad_text,
    bad_value,
    empty_value,
    list_change,
    list_merge,
    locked,
    silence_not_allowed,
    unknown_choice,
    unknown_key,
    unknown_name,
    unknown_parameter,
    unknown_policy,
    unknown_role,
)
from clausebook.spelling import FORBIDDEN, WEB

SILENT = "silent"
# Parameters whose answers take their words from roles and policies, which are each organisation's.
ROLES = ("role", "roles")
ELSEWHERE = (*ROLES, "titles")


# ------------------------------------------------------------------------------ terms and roles


def term_values(
    registers: Registers, tier: Organisation, above: Mapping[str, Value], problems: list[Problem]
) -> dict[str, Value]:
    """The terms in force below and at a tier."""
    values = dict(above)
    for change in tier.terms:
        term = registers.terms.get(change.id)
        if term is None:
            problems.append(unknown_name.problem(change.at, "term", change.id, registers.terms))
            continue
        value = _term_value(term, change.says, change.at, tier.id, problems)
        if value:
            values[change.id] = value
    return values


def _term_value(
    term: Term, says: str, at: Place, tier: str, problems: list[Problem]
) -> Value | None:
    if says == SILENT:
        if term.silent is None:
            problems.append(silence_not_allowed.problem(at, term.id))
            return None
        return Value(items=(), chosen_at=at, tier=tier)
    if term.free:
        return Value(items=(Item(words=says, at=at),), chosen_at=at, tier=tier)
    if says not in term.choices:
        problems.append(unknown_choice.problem(at, says, term.id, term.choices))
        return None
    return Value(items=(term.choices[says],), chosen_at=at, tier=tier)


def role_value(role: Role, tier: str, edition: str) -> Value:
    """A role as it prints: its title; name and contacts only through `contacts`."""
    item = Item(words=role.title, at=role.at, id=role.id, details=role.shown(edition))
    return Value(items=(item,), chosen_at=role.at, tier=tier)


# ------------------------------------------------------------------------------ answers

Merged = tuple[Answer, str, Any]
"""An answer with the tier that gave it and what it holds after merging with the tiers above."""


def merge_answer(
    parameter: Parameter, answer: Answer, tier: str, above: Merged | None, problems: list[Problem]
) -> Merged:
    """What an answer holds once merged with the one above it."""
    raw = answer.raw
    changes = isinstance(raw, dict) and parameter.plural and set(raw) & {"set", "add", "remove"}
    inherited = above[2] if above and isinstance(above[2], list | dict) else None
    if not parameter.plural or raw == SILENT:
        return answer, tier, raw
    if not changes:
        if inherited is not None:
            problems.append(list_merge.problem(answer.at, parameter.id, above[0].at))  # type: ignore[index]
        return answer, tier, raw
    assert isinstance(raw, dict)
    for key in raw:
        if key not in ("set", "add", "remove"):
            at = answer.places.get((key,), answer.at)
            problems.append(unknown_key.problem(at, key, ("set", "add", "remove")))
    if "set" in raw:
        if len(raw) > 1:
            detail = "'set' stands alone: it already says the whole list"
            problems.append(list_change.problem(answer.at, detail))
        return answer, tier, raw["set"]
    if inherited is None:
        problems.append(list_change.problem(answer.at, "there is no list above to change"))
        return answer, tier, []
    return answer, tier, _changed(parameter, answer, inherited, problems)


def _changed(parameter: Parameter, answer: Answer, inherited: Any, problems: list[Problem]) -> Any:
    assert isinstance(answer.raw, dict)
    add, remove = answer.raw.get("add"), answer.raw.get("remove", [])
    empty: Any = {} if isinstance(inherited, dict) else []
    if add is None:
        add = empty
    if not isinstance(add, type(inherited)) or not isinstance(remove, list):
        problems.append(list_change.problem(answer.at, "'add' and 'remove' are lists"))
        return inherited
    for index, id in enumerate(remove):
        if id not in inherited:
            at = answer.places.get(("remove", index), answer.at)
            problems.append(list_change.problem(at, f"'{id}' is not in the list above"))
    for index, id in enumerate(add):
        if id in inherited:
            at = answer.places.get(("add", index), answer.at)
            problems.append(list_change.problem(at, f"'{id}' is already in the list above"))
    if isinstance(inherited, dict):
        return {k: v for k, v in inherited.items() if k not in remove} | add
    return [id for id in inherited if id not in remove] + [id for id in add if id not in inherited]


class Known(NamedTuple):
    """A value that was read of an answer, and what it says of policies."""

    merged: Merged
    value: Value
    policies: tuple[tuple[str, Item], ...]


@dataclass(slots=True)
class Memory:
    """Values of groups' answers, which all schools below share: read once."""

    groups: frozenset[str]
    values: dict[str, dict[str, Known]] = field(default_factory=dict)


class AnswerReader:
    """Turns merged answers of one policy into values."""

    def __init__(
        self,
        policy: Policy,
        registers: Registers,
        roles: Mapping[str, Role],
        holds: Mapping[str, Item],
        edition: str,
        memory: Memory,
        values: Mapping[str, Value],
    ) -> None:
        self.policy, self.registers, self.roles = policy, registers, roles
        self.holds, self.edition, self.memory, self.values = holds, edition, memory, values
        # Values of the answers that were read for all below a group.
        self.known = memory.values.setdefault(policy.id, {})
        self.problems: list[Problem] = []

    def value(self, parameter: Parameter, merged: Merged) -> Value | None:
        """The value of an answer, or None with problems that say what is wrong with it."""
        before = self.known.get(parameter.id)
        if (
            before is not None
            and before.merged is merged
            and (not before.policies or self._still_called(before))
        ):
            return before.value
        value = self._value(parameter, merged)
        if value is not None and merged[1] in self.memory.groups and parameter.type not in ROLES:
            named = _policies(merged[2]) if parameter.type == "titles" else ()
            self.known[parameter.id] = Known(
                merged, value, tuple([(id, self.holds[id]) for id in named])
            )
        return value

    def _still_called(self, known: Known) -> bool:
        return all(self.holds.get(id) is item for id, item in known.policies)

    def _value(self, parameter: Parameter, merged: Merged) -> Value | None:
        answer, tier, held = merged
        if held == SILENT:
            if parameter.silent is None:
                at = answer.places.get((), answer.at)
                self.problems.append(silence_not_allowed.problem(at, parameter.id))
                return None
            return Value(items=(), chosen_at=answer.at, tier=tier, plural=parameter.plural)
        before = len(self.problems)
        items = self._items(parameter, answer, held)
        if len(self.problems) > before:
            return None
        covered = (
            tuple(replace(item, covers=(*item.covers, *parameter.covers)) for item in items)
            if parameter.covers
            else items
        )
        return Value(
            items=covered,
            chosen_at=answer.at,
            tier=tier,
            plural=parameter.plural,
            live=parameter.live,
        )

    def _items(self, parameter: Parameter, answer: Answer, held: Any) -> tuple[Item, ...]:
        return tuple(_READERS[parameter.type](self, parameter, answer, held))

    def _at(self, answer: Answer, *path: str | int) -> Place:
        if isinstance(answer.raw, dict) and path and path not in answer.places:
            for key in ("set", "add"):
                found = answer.places.get((key, *path))
                if found:
                    return found
        return answer.places.get(path) or answer.places.get(()) or answer.at

    def _wrong(self, parameter: Parameter, at: Place, expected: str) -> tuple[Item, ...]:
        self.problems.append(answer_type.problem(at, parameter.id, expected))
        return ()

    def _one_line(self, text: Any, at: Place) -> bool:
        if text is None or (isinstance(text, str) and not text.strip()):
            self.problems.append(empty_value.problem(at))
        elif (
            not isinstance(text, str) or "\n" in text or FORBIDDEN.search(text) or len(text) > 1000
        ):
            detail = "this must be one line of ordinary characters"
            self.problems.append(bad_text.problem(at, detail))
        else:
            return True
        return False

    def _choice(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        at = self._at(answer)
        if held is None:
            self.problems.append(empty_value.problem(at))
            return ()
        if not isinstance(held, str):
            return self._wrong(parameter, at, "one of: " + ", ".join(parameter.choices))
        if held not in parameter.choices:
            self.problems.append(unknown_choice.problem(at, held, parameter.id, parameter.choices))
            return ()
        return (self._chosen(parameter, held, at),)

    def _chosen(self, parameter: Parameter, id: str, at: Place) -> Item:
        choice = parameter.choices[id]
        if choice.law is not None:
            law = self.registers.law[choice.law]
            return Item(
                words=law.title,
                at=law.at,
                id=id,
                link=law.link,
                covers=choice.covers,
                cites=(law.id,),
            )
        if choice.platform is not None:
            platform = self.registers.platforms[choice.platform]
            return Item(words=platform.name, at=platform.at, id=id, covers=choice.covers)
        return Item(words=choice.words or "", at=choice.at, id=id, covers=choice.covers)

    def _list(self, parameter: Parameter, answer: Answer, held: Any) -> list[Any]:
        at = self._at(answer)
        if not isinstance(held, list):
            self._wrong(parameter, at, "a list")
            return []
        if not held:
            self.problems.append(empty_value.problem(at))
        seen: set[str] = set()
        for index, entry in enumerate(held):
            if isinstance(entry, str) and entry in seen:
                here = self._at(answer, index)
                self.problems.append(
                    bad_value.problem(here, f"'{entry}' is given twice", "remove one of the two")
                )
            seen.add(str(entry))
        return held

    def _choices(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        ids = self._list(parameter, answer, held)
        for index, id in enumerate(ids):
            at = self._at(answer, index)
            if not isinstance(id, str):
                self._wrong(parameter, at, "a list of: " + ", ".join(parameter.choices))
            elif id not in parameter.choices:
                self.problems.append(
                    unknown_choice.problem(at, id, parameter.id, parameter.choices)
                )
        order = [id for id in parameter.choices if id in ids]
        return [self._chosen(parameter, id, self._at(answer)) for id in order]

    def _text(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        at = self._at(answer)
        if isinstance(held, list | dict):
            return self._wrong(parameter, at, "one line of text")
        return (Item(words=held, at=at),) if self._one_line(held, at) else ()

    def _lines(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        lines = self._list(parameter, answer, held)
        return [
            Item(words=line, at=self._at(answer, index))
            for index, line in enumerate(lines)
            if self._one_line(line, self._at(answer, index))
        ]

    def _number(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        at = self._at(answer)
        if not isinstance(held, str) or not held.isascii() or not held.isdigit() or len(held) > 9:
            return self._wrong(parameter, at, "a whole number")
        number = int(held)
        if parameter.minimum is not None and number < parameter.minimum:
            detail = f"is below {parameter.minimum}"
            self.problems.append(answer_range.problem(at, parameter.id, detail))
        elif parameter.maximum is not None and number > parameter.maximum:
            detail = f"is above {parameter.maximum}"
            self.problems.append(answer_range.problem(at, parameter.id, detail))
        made = "" if held == str(number) else "number"
        return (Item(words=str(number), at=at, id=str(number), raw=held, formatter=made),)

    def _role(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        at = self._at(answer)
        if not isinstance(held, str):
            return self._wrong(parameter, at, "the id of one role")
        if held not in self.roles:
            self._unknown_role(held, at)
            return ()
        return self.values[f"role.{held}"].items

    def _unknown_role(self, id: str, at: Place) -> None:
        self.problems.append(unknown_role.problem(at, id, self.roles))

    def _roles(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        items: list[Item] = []
        for index, id in enumerate(self._list(parameter, answer, held)):
            if isinstance(id, str) and id in self.roles:
                items += self.values[f"role.{id}"].items
            elif isinstance(id, str):
                self._unknown_role(id, self._at(answer, index))
            else:
                self._wrong(parameter, self._at(answer, index), "a list of role ids")
        return items

    def _titles(self, parameter: Parameter, answer: Answer, held: Any) -> Iterable[Item]:
        at = self._at(answer)
        if not isinstance(held, dict):
            return self._wrong(parameter, at, "a mapping from a subject to a title")
        if not held:
            self.problems.append(empty_value.problem(at))
        items: dict[str, list[Item]] = {}
        for topic, entry in held.items():
            here = self._at(answer, topic)
            if topic not in parameter.choices:
                self.problems.append(
                    unknown_choice.problem(here, topic, parameter.id, parameter.choices)
                )
                continue
            entries = entry if isinstance(entry, list) else [entry]
            items[topic] = []
            for index, one in enumerate(entries):
                path = (topic, index) if isinstance(entry, list) else (topic,)
                items[topic] += self._title(parameter, answer, topic, one, path)
        return [item for topic in parameter.choices for item in items.get(topic, [])]

    def _title(
        self,
        parameter: Parameter,
        answer: Answer,
        topic: str,
        entry: Any,
        path: tuple[str | int, ...],
    ) -> tuple[Item, ...]:
        covers = parameter.choices[topic].covers
        at = self._at(answer, *path)
        if not isinstance(entry, dict):
            if self._one_line(entry, at):
                return (Item(words=entry, at=at, id=topic, covers=covers),)
            return ()
        if set(entry) == {"policy"}:
            id, here = entry["policy"], self._at(answer, *path, "policy")
            if not isinstance(id, str):
                return self._wrong(parameter, here, "the id of one policy after 'policy'")
            if id not in self.holds:
                self.problems.append(unknown_policy.problem(here, str(id), self.holds))
                return ()
            return (replace(self.holds[id], id=topic, covers=covers),)
        for key in entry:
            if key not in ("title", "url"):
                here = self._at(answer, *path, key)
                self.problems.append(unknown_key.problem(here, key, ("title", "url", "policy")))
        here = self._at(answer, *path, "title")
        if not self._one_line(entry.get("title"), here):
            return ()
        link = None
        if "url" in entry:
            url, there = entry["url"], self._at(answer, *path, "url")
            if not isinstance(url, str) or not WEB.fullmatch(url):
                self.problems.append(bad_value.problem(there, "this is not a web address"))
                return ()
            link = Link(target=url, at=there, raw=url)
        return (Item(words=entry["title"], at=here, id=topic, covers=covers, link=link),)


_READERS: Mapping[str, Callable[[AnswerReader, Parameter, Answer, Any], Iterable[Item]]] = {
    "choice": AnswerReader._choice,
    "choices": AnswerReader._choices,
    "text": AnswerReader._text,
    "lines": AnswerReader._lines,
    "number": AnswerReader._number,
    "role": AnswerReader._role,
    "roles": AnswerReader._roles,
    "titles": AnswerReader._titles,
}


def _policies(held: Any) -> set[str]:
    """The policies that an answer of titles names, where it could be read."""
    if not isinstance(held, dict):
        return set()
    every = [e for said in held.values() for e in (said if isinstance(said, list) else [said])]
    return {entry["policy"] for entry in every if isinstance(entry, dict) and "policy" in entry}


def unknown_answers(policy: Policy, answers: Iterable[Answer]) -> list[Problem]:
    """Answers to parameters the policy does not have."""
    return [
        unknown_parameter.problem(answer.at, answer.id, policy.parameters)
        for answer in answers
        if answer.id not in policy.parameters
    ]


def locked_answer(answer: Answer, lock: tuple[Place, str]) -> Problem:
    return locked.problem(answer.at, answer.id, *lock)


# ------------------------------------------------------------------------------ facts


def fact_values(tiers: tuple[Organisation, ...]) -> dict[str, Value]:
    """`org.*` and `group.*`."""
    own = tiers[-1]
    values = {"org.name": _fact(own.name, own.name_at or own.at, own.id)}
    if own.site:
        values["org.site"] = _fact(own.site, own.site_at or own.at, own.id)
    else:
        values["org.site"] = silence(own.at, own.id)
    if len(tiers) > 1:
        group = tiers[-2]
        values["group.name"] = _fact(group.name, group.name_at or group.at, group.id)
    else:
        values["group.name"] = silence(own.at, own.id)
    return values


def review_values(review: Review | None, at: Place, tier: str) -> dict[str, Value]:
    """`review.last`, `review.next`, `review.cycle`."""
    quiet = silence(at, tier)
    values = {"review.last": quiet, "review.next": quiet, "review.cycle": quiet}
    if review is None:
        return values
    for name, date in (("last", review.last), ("next", review.next)):
        if date:
            values[f"review.{name}"] = _date(date, review.places[name], tier)
    if review.every_months:
        at = review.places["every_months"]
        words = cycle_words(review.every_months)
        months = str(review.every_months)
        item = Item(words=words, at=at, id=months, raw=months, formatter="cycle")
        values["review.cycle"] = Value(items=(item,), chosen_at=at, tier=tier)
    return values


def cycle_words(months: int) -> str:
    """24 → "every two years"."""
    words = "zero one two three four five six seven eight nine ten eleven twelve".split()
    count, unit = (months // 12, "year") if months % 12 == 0 else (months, "month")
    if count == 1:
        return f"every {unit}"
    return f"every {words[count] if count <= 12 else count} {unit}s"


def _date(date: Stated, at: Place, tier: str) -> Value:
    item = Item(words=str(date), at=at, id=date.iso, raw=date.iso, formatter="date")
    return Value(items=(item,), chosen_at=at, tier=tier)


def _fact(words: str, at: Place, tier: str) -> Value:
    return Value(items=(Item(words=words, at=at),), chosen_at=at, tier=tier)


def modal_value(strength: Strength, at: Place) -> Value:
    """What `{{ modal }}` stands for."""
    item = Item(
        words=strength.modal,
        at=at,
        id=strength.value,
        raw=strength.value,
        formatter="modal" if strength.modal != strength.value else "",
    )
    return Value(items=(item,), chosen_at=at, tier="")


def written_in(value: Value, file: str) -> bool:
    """Whether any words it prints, or where they lead, are written in a file."""
    for item in value.items:
        if item.at is not None and item.at.file == file:
            return True
        if item.link is not None and item.link.at.file == file:
            return True
    return False


def silence(at: Place, tier: str) -> Value:
    return Value(items=(), chosen_at=at, tier=tier)


def library_values(library: Library) -> dict[str, Value]:
    """`law.*` and `platform.*`: the same for everyone."""
    values: dict[str, Value] = {}
    for law in library.registers.law.values():
        item = Item(words=law.title, at=law.at, id=law.id, link=law.link, cites=(law.id,))
        values[f"law.{law.id}"] = Value(items=(item,), chosen_at=law.at, tier="library")
    for platform in library.registers.platforms.values():
        item = Item(words=platform.name, at=platform.at, id=platform.id)
        values[f"platform.{platform.id}"] = Value(
            items=(item,), chosen_at=platform.at, tier="library"
        )
    return values
