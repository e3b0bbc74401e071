"""A school's place in the trust goes in; what it says about each policy comes out.

Every school changes twelve things over the whole handbook, and answers the questions that the
group leaves to schools. No change leaves a link, a `requires` or an answer without its clause.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chance import Dice
from clausebook.model import fingerprint
from library import Clause, Policy
from parameters import Kind
from prose import Writer
from sentences import ADDED_TITLES, REASONS
from yaml_text import Value

_CHANGES = (
    *("replace", "strength", "answer", "add"),
    *("replace", "strength", "omit", "add"),
    *("replace", "answer", "replace", "add"),
)
_OTHER_STRENGTH = {
    "must": "should",
    "should": "must",
    "must not": "should not",
    "should not": "must not",
    "advised": "should",
    "may": "advised",
}
_TRIES = 400


def fingerprint_of(clause: Clause) -> str:
    """The fingerprint that a school's `replace` records of the library clause it replaces."""
    return fingerprint(clause.title, clause.text, clause.strength or "")


def group_locks(policy: Policy) -> list[str]:
    """The clauses and parameters of the policy that the group lets no school change."""
    lock_a_clause = policy.place % 3 == 1
    lock_a_parameter = policy.place % 5 == 0
    clauses = [clause.id for clause in policy.clauses if clause.strength and clause.always_prints]
    parameters = [kind.id for kind in policy.parameters if not kind.local]
    return clauses[: int(lock_a_clause)] + parameters[: int(lock_a_parameter)]


@dataclass(slots=True, kw_only=True)
class School:
    """A school, and what it has changed so far."""

    place: int
    count: int
    """How many schools there are."""
    library: Sequence[Policy]
    dice: Dice
    _changes: dict[str, dict[str, dict[str, Value]]] = field(default_factory=dict)
    _additions: dict[str, list[Value]] = field(default_factory=dict)
    _touched: set[tuple[str, str]] = field(default_factory=set)

    def change(self, policy: Policy, key: str, target: str, change: Value) -> None:
        self._changes.setdefault(policy.id, {}).setdefault(key, {})[target] = change

    def additions(self, policy: Policy) -> list[Value]:
        return self._additions.setdefault(policy.id, [])

    def touch(self, policy: Policy, target: str) -> bool:
        """Whether the school may change the target, and has not done so before."""
        key = (policy.id, target)
        if key in self._touched or target in group_locks(policy):
            return False
        self._touched.add(key)
        return True

    def policies(self) -> dict[str, Value]:
        """What the school says about policies, in the order of the library."""
        result: dict[str, Value] = {}
        for policy in self.library:
            added = self._additions.get(policy.id)
            facts = self._changes.get(policy.id, {}) | ({"add": added} if added else {})
            if facts:
                result[policy.id] = facts
        return result


def changes_of_school(school: School) -> dict[str, Value]:
    """The `policies` of the school's file."""
    _answer_local_questions(school)
    changes: dict[str, Callable[[School], bool]] = {
        "replace": _replace_clause,
        "strength": _change_strength,
        "omit": _omit_clause,
        "add": _add_clause,
        "answer": _change_answer,
    }
    for name in _CHANGES:
        # Each try picks a target by chance. A tiny library can lack targets: then less is changed.
        any(changes[name](school) for _ in range(_TRIES))
    return school.policies()


def _answer_local_questions(school: School) -> None:
    for policy in school.library:
        for kind in policy.parameters:
            if kind.local:
                turn = (school.place + policy.place) % len(kind.answers)
                school.change(policy, "values", kind.id, kind.answers[turn])


def _clause_to_change(
    school: School, suits: Callable[[Clause], bool]
) -> tuple[Policy, Clause] | None:
    policy = school.dice.pick(school.library)
    clause = school.dice.pick(policy.clauses)
    if clause.locked or not suits(clause) or not school.touch(policy, clause.id):
        return None
    return policy, clause


def _replace_clause(school: School) -> bool:
    found = _clause_to_change(school, lambda clause: clause.may_change)
    if found is None:
        return False
    policy, clause = found
    replacement: Value = {
        "of": fingerprint_of(clause),
        "reason": school.dice.pick(REASONS),
        "text": _own_text(school, policy, is_duty=clause.strength is not None),
    }
    school.change(policy, "replace", clause.id, replacement)
    return True


def _omit_clause(school: School) -> bool:
    found = _clause_to_change(school, lambda clause: clause.may_change)
    if found is None:
        return False
    policy, clause = found
    school.change(policy, "omit", clause.id, school.dice.pick(REASONS))
    return True


def _change_strength(school: School) -> bool:
    found = _clause_to_change(school, lambda clause: clause.always_prints and bool(clause.strength))
    if found is None:
        return False
    policy, clause = found
    school.change(policy, "strength", clause.id, _OTHER_STRENGTH[clause.strength or ""])
    return True


def _add_clause(school: School) -> bool:
    found = _clause_to_change(school, lambda clause: clause.always_prints)
    if found is None:
        return False
    policy, clause = found
    additions = school.additions(policy)
    if len(additions) == len(ADDED_TITLES):
        return False
    title = ADDED_TITLES[len(additions)]
    addition: Value = {
        "id": f"local-rule-{len(additions) + 1}",
        "section": clause.section,
        "after": clause.id,
        "title": Writer(policy.topic, school.dice).fill(title),
        "strength": "must",
        "text": _own_text(school, policy, is_duty=True),
    }
    additions.append(addition)
    return True


def _own_text(school: School, policy: Policy, *, is_duty: bool) -> str:
    writer = Writer(policy.topic, school.dice)
    if is_duty:
        action = writer.fill("tell the <role> about <event> <when>")
        first = writer.duty(action, with_value=True)
    else:
        first = writer.fill("This is how <org> goes about <matter>.")
    return f"{first} {writer.paragraph(2)}\n\n{writer.paragraph(3, values=1)}"


def _change_answer(school: School) -> bool:
    policy = school.dice.pick(school.library)
    kind = school.dice.pick(policy.parameters)
    answer = _other_answer(kind, school.place)
    # One school keeps each answer of the group, so that none is wasted.
    keeper = (policy.place + len(kind.id)) % school.count
    if answer is None or school.place == keeper or not school.touch(policy, kind.id):
        return False
    school.change(policy, "values", kind.id, answer)
    return True


def _other_answer(kind: Kind, turn: int) -> Value | None:
    """An answer that is not the group's; a list says how it departs from the group's list."""
    group_answer, *others = kind.answers
    choices = kind.facts.get("choices")
    if kind.local:
        return None
    if others:
        answer = others[turn % len(others)]
        return answer if isinstance(answer, str | int) else {"set": answer}
    if isinstance(choices, Mapping) and isinstance(group_answer, tuple):
        return {"add": [choice for choice in choices if choice not in group_answer][:1]}
    return None
