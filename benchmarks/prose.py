"""A topic and a seed go in; sentences, lists and tables about it come out, none of them twice."""

import re
from collections.abc import Sequence

from chance import Deck, Dice
from sentences import (
    BULLETS,
    FRAMES,
    LIST_LEADS,
    SLOTS,
    STEP_LEADS,
    STEPS,
    SUBJECTS,
    TABLE_LEADS,
    VALUE_FRAMES,
    Topic,
)

ROLES = ("head", "dsl", "senco", "office", "site_manager", "dpo", "hr", "it_lead")

_SLOT = re.compile(r"<([A-Za-z]+)>")
_ORGANISATION_VALUES = {
    "organisation": "term.organisation",
    "learner": "term.learner",
    "learners": "term.learner | many",
    "families": "term.family | many",
    "governing": "term.governing",
    "staff": "term.staff",
    "org": "org.name",
    "group": "group.name",
}
_PROPER_NAMES = ("org", "group")
_TRIES = 200


def word_count(text: str) -> int:
    """Words of clause text as a reader would count them, each value being one word."""
    text = re.sub(r"\{%.*?%\}", " ", text)
    text = re.sub(r"\{\{.*?\}\}", "value", text)
    return len(re.findall(r"[A-Za-z0-9][A-Za-z0-9’.-]*", text))


def capital_first(text: str) -> str:
    return text[:1].upper() + text[1:]


class Writer:
    """Fills frames about one topic."""

    def __init__(self, topic: Topic, dice: Dice, *, roles: Sequence[str] = ROLES) -> None:
        self._topic = {
            "matter": topic.matter,
            "event": topic.event,
            "events": topic.events,
            "record": topic.record,
        }
        self._dice = dice
        self._slots = {name: Deck(bank, dice) for name, bank in SLOTS.items()}
        self._roles = Deck(roles, dice)
        self._banks: dict[Sequence[str], Deck[str]] = {}
        self._written: set[str] = set()

    def fill(self, frame: str) -> str:
        """The frame with all its slots filled."""
        return _SLOT.sub(lambda slot: self._slot_text(slot[1]), frame)

    def sentence(self, bank: Sequence[str]) -> str:
        """A sentence from the bank that this writer has not written before."""
        deck = self._banks.setdefault(bank, Deck(bank, self._dice))
        for _ in range(_TRIES):
            text = self.fill(deck.deal())
            if text not in self._written:
                self._written.add(text)
                return text
        raise RuntimeError(f"the bank that begins with {bank[0]!r} is exhausted")

    def duty(self, action: str, *, with_value: bool) -> str:
        subject = "<Staff>" if with_value else self.deal(SUBJECTS)
        return self.fill(f"{subject} {{{{ modal }}}} {action}.")

    def deal(self, bank: Sequence[str]) -> str:
        return self._banks.setdefault(bank, Deck(bank, self._dice)).deal()

    def paragraph(self, sentences: int, values: int = 0) -> str:
        banks = [VALUE_FRAMES] * values + [FRAMES] * (sentences - values)
        return " ".join(self.sentence(bank) for bank in self._dice.shuffled(banks))

    def bullets(self) -> str:
        return f"{self.fill(self.deal(LIST_LEADS))}\n\n" + self._items(
            "- ", BULLETS, self._dice.between(4, 6)
        )

    def nested_bullets(self) -> str:
        inner = self._items("    - ", BULLETS, 3)
        return f"{self.bullets()}\n- {self.fill(self.deal(BULLETS))}, and with it:\n\n{inner}"

    def steps(self) -> str:
        count = self._dice.between(4, 6)
        steps = [f"{number}. {capital_first(self._item(STEPS))}." for number in range(1, count + 1)]
        return f"{self.fill(self.deal(STEP_LEADS))}\n\n" + "\n".join(steps)

    def table(self, *, with_value: bool) -> str:
        row = "| <Detail> | <role> | <When> |" if with_value else "| <Detail> | <People> | <When> |"
        rows = [self.fill(row) for _ in range(self._dice.between(3, 5))]
        return "\n".join(
            [
                self.sentence(TABLE_LEADS),
                "",
                "| What to note | Who reads it | When |",
                "|---|---|---|",
                *rows,
            ]
        )

    def _items(self, mark: str, bank: Sequence[str], count: int) -> str:
        return "\n".join(f"{mark}{self._item(bank)}" for _ in range(count))

    def _item(self, bank: Sequence[str]) -> str:
        return self.fill(self.deal(bank))

    def _slot_text(self, name: str) -> str:
        key = name.lower()
        at_start = name[0].isupper()
        if key == "role":
            return f"{{{{ role.{self._roles.deal()} }}}}"
        if key in _ORGANISATION_VALUES:
            value = _ORGANISATION_VALUES[key]
            return (
                f"{{{{ {value} | start }}}}"
                if at_start and key not in _PROPER_NAMES
                else f"{{{{ {value} }}}}"
            )
        text = self._topic[key] if key in self._topic else self._slots[key].deal()
        return capital_first(text) if at_start else text
