"""A handbook in, what its search knows out: one plain script, so that it works from a folder too.

The browser looks in the rules, the roles and the policies of this edition and in nothing else.
Other words for the same thing come from the registers, as far as this handbook can use them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from clausebook.handbook_file import plain_text
from clausebook.model import Handbook, Library, ResolvedClause, Text
from clausebook.recent import Recent
from clausebook.render.people import Person, people

# Everyday words that mean one thing in a question, whatever a register says about either.
EVERYDAY = (
    ("phone", "mobile", "smartphone", "iPhone", "handset", "mobile phone"),
    ("photo", "photograph", "picture", "pic", "image"),
    ("video", "film", "footage"),
    ("lunch", "lunchtime", "lunch break", "lunch hour"),
    ("email", "e-mail"),
    ("website", "web site", "site", "web page"),
    ("AI", "artificial intelligence", "ChatGPT", "chatbot", "Copilot", "generative AI"),
    ("laptop", "notebook", "Chromebook", "MacBook"),
    ("tablet", "iPad"),
    ("memory stick", "USB stick", "USB", "pen drive", "flash drive", "portable drive"),
    ("CCTV", "security camera", "camera recording"),
    ("login", "log-in", "sign-in"),
    ("social media", "social network", "social networking"),
    ("conviction", "criminal record", "caution"),
    ("lose", "lost", "loss"),
    ("steal", "stolen", "theft"),
    ("report", "notify", "inform", "tell"),
    ("delete", "remove", "erase", "wipe", "take down"),
    ("message", "contact", "text message", "DM", "get in touch"),
    ("Instagram", "insta"),
    ("Facebook", "FB"),
    ("relative", "relation", "family member", "nephew", "niece", "my own child"),
    ("sacked", "fired", "dismissed", "dismissal", "lose my job"),
    ("colleague", "co-worker", "workmate"),
    ("bullying", "cyberbullying", "cyber-bullying", "online bullying"),
)
# The first is what rules say; the others lead to it, but mean more than that.
LEADING = (
    ("gift", "present", "box of chocolates", "voucher", "hospitality"),
    ("break", "breaktime", "playtime"),
    ("computer", "PC", "desktop"),
    ("post", "tweet", "retweet"),
)

_WORD = re.compile(r"\w+")
_ONE_WORD = re.compile(r"\w+\Z")
_UNSAFE = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def index(handbook: Handbook, library: Library, everybody: list[Person] | None = None) -> bytes:
    """assets/handbook/index.js: everything the search of this edition may find.

    Its lists are rows, in the order that search.js reads them. `everybody`: its people, where they
    are known already.
    """
    roles = people(handbook) if everybody is None else everybody
    places = {role.id: place for place, role in enumerate(roles)}
    policies: list[list[str]] = []
    sections: list[str] = []
    clauses: list[str] = []
    rules: list[_Rule] = []
    for policy in handbook.policies.values():
        policies.append([policy.id, policy.title, " ".join(policy.policy.search)])
        lists = {f"answer.{id}" for id, p in policy.policy.parameters.items() if p.type == "titles"}
        for section in policy.sections:
            sections.append(section.title)
            at = f"{len(policies) - 1},{len(sections) - 1}"
            for clause in section.clauses:
                rule = _rule(clause)
                asked = places.get(clause.clause.ask, -1) if clause.clause.ask else -1
                named = _named(clause.text, lists)
                clauses.append(f"[{at},{rule.row},{asked},{_dumped(named) if named else '[]'}]")
                rules.append(rule)
    said = _said(handbook, rules)
    same, means = _other_words(handbook, library, said)
    parts = {
        "edition": _dumped(handbook.edition),
        "policies": _dumped(policies),
        "sections": _dumped(sections),
        "clauses": f"[{','.join(clauses)}]",
        "roles": _dumped(
            [
                [r.id, r.title, r.about, [part for part in (r.name, r.phone, r.email) if part]]
                for r in roles
            ]
        ),
        "ask": _dumped(_fallback(handbook, places)),
        "same": _dumped(same),
        "means": _dumped(means),
        "terms": _dumped(_terms(handbook, library, said)),
    }
    text = ",".join([f'"{name}":{part}' for name, part in parts.items()])
    for char, safe in _UNSAFE.items():
        text = text.replace(char, safe)
    return f"window.clausebookIndex={{{text}}};\n".encode()


_dumped = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Rule(NamedTuple):
    """A clause as the index holds it, and the words that can be looked for in it."""

    row: str
    text: str
    folded: str
    stems: tuple[str, ...]


_Facts = tuple[str, str, str, str, str, tuple[str, ...]]
_rules: Recent[_Facts, _Rule] = Recent()


def _rule(clause: ResolvedClause) -> _Rule:
    summary, text = clause.summary, clause.text
    facts = (
        clause.id,
        clause.number,
        clause.title.words,
        text.markdown,
        summary.words if summary else "",
        clause.clause.questions,
    )
    # Most clauses say in one school what they say in another.
    return _rules.get(facts) or _rules.put(facts, _made(facts, text))


def _made(facts: _Facts, text: Text) -> _Rule:
    id, number, title, _, summary, questions = facts
    words = " ".join(plain_text(text).split())
    said = "\n".join([title, words, summary, *questions])
    folded = said.casefold()
    row = _dumped([id, number, title, words, summary, questions])
    return _Rule(row[1:-1], said, folded, _stems(folded))


def _named(text: Text, lists: set[str]) -> list[str]:
    """The titles of policies a clause sends its reader to: what they say, it does not."""
    if not _names_policies(text.slots) and lists.isdisjoint(text.slots):
        return []
    found = [run.text for run in text.runs if run.slot in lists or run.slot.startswith("policy.")]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def _names_policies(slots: tuple[str, ...]) -> bool:
    return any(slot.startswith("policy.") for slot in slots)


def _fallback(handbook: Handbook, places: dict[str, int]) -> int:
    """Whom to ask when no rule answers: the head, who is asked anything, or an owner."""
    owners = [policy.held.owner for policy in handbook.policies.values() if policy.held.owner]
    asked_anything = [
        id for id, role in handbook.roles.items() if (role.about or "").startswith("Anything")
    ]
    wanted = ["head", *asked_anything, *owners, *_LEADERS]
    return next((places[id] for id in wanted if id in places), -1)


# Where nobody is said to answer anything, those a member of staff would turn to first.
_LEADERS = ("senior_leader", "leadership_team", "line_manager", "manager", "office")


def _terms(handbook: Handbook, library: Library, said: _Said) -> list[str]:
    """The defined terms that stand here, in the organisation's own word for its learners."""
    value = handbook.terms.get("learner")
    register = library.registers.terms.get("learner")
    choices = register.choices if register else {}
    own = value.items[0].words if value and value.items and choices else None
    any_word = "|".join(re.escape(item.words) for item in choices.values())
    terms = []
    for entry in library.registers.glossary.values():
        term = re.sub(rf"\b({any_word})\b", own, entry.term) if own else entry.term
        if any(said.phrase(words) for words in term.split(" or ")):
            terms.append(term)
    return list(dict.fromkeys(terms))


# ------------------------------------------------------------------------------ other words


class _Said:
    """The words of a handbook, to see which of the registers' words can matter in it."""

    def __init__(self, texts: list[str], rules: list[_Rule]) -> None:
        folded = [text.casefold() for text in texts]
        self.text = "\n".join([*texts, *[rule.text for rule in rules]])
        self.folded = "\n".join([*folded, *[rule.folded for rule in rules]])
        self.stems = set(_stems("\n".join(folded))).union(*[rule.stems for rule in rules])

    def exactly(self, words: str) -> bool:
        """Whether a name stands in it, with its capitals: some names are ordinary words."""
        return _stands(words, self.text, ("",))

    def phrase(self, words: str) -> bool:
        return _stands(words.casefold(), self.folded, ("", "s", "es"))

    def scattered(self, words: str) -> bool:
        return self.stems.issuperset(_stems(words.casefold()))


def _stands(words: str, text: str, endings: tuple[str, ...]) -> bool:
    """Whether some words stand in a text and are no part of longer ones, but for an ending.

    Looked for as plain text, which takes a hundredth of the time of a pattern.
    """
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        if not _in_word(text[at - 1 : at]) and any(
            text.startswith(ending, end)
            and not _in_word(text[end + len(ending) : end + len(ending) + 1])
            for ending in endings
        ):
            return True
        at = text.find(words, at + 1)
    return False


def _in_word(char: str) -> bool:
    return char == "_" or char.isalnum()


def _stems(folded: str) -> tuple[str, ...]:
    """What the words of a text begin with.

    Near enough to tell whether words can be the same: the browser's stemmer decides.
    """
    return tuple(map(intern, {word[:5] for word in _WORD.findall(folded)}))


def _said(handbook: Handbook, rules: list[_Rule]) -> _Said:
    titles = [role.title for role in handbook.roles.values()]
    titles += [policy.title for policy in handbook.policies.values()]
    return _Said(titles, rules)


def _other_words(
    handbook: Handbook, library: Library, said: _Said
) -> tuple[list[list[str]], list[list[str]]]:
    """Groups of words for one thing; and terms that other words lead to, but not back.

    "Laptop" leads to "mobile device"; someone who lost a laptop is not told about phones.
    """
    registers = library.registers
    same: list[list[str]] = [list(group) for group in EVERYDAY]
    means: list[list[str]] = [list(words) for words in LEADING if said.scattered(words[0])]
    for choices in (registers.terms[id].choices for id in ("learner",) if id in registers.terms):
        same.append([item.words for item in choices.values()])
    for platform in registers.platforms.values():
        names = [platform.name, *platform.former, *platform.also]
        if any(said.exactly(name) for name in names):
            same.append(names)
    for id, known in registers.roles.items():
        own = [handbook.roles[id].title] if id in handbook.roles else []
        same.append([*own, known.title, *known.also, *known.outdated])
    for entry in registers.glossary.values():
        terms = entry.term.split(" or ")
        if all(_ONE_WORD.match(term) for term in terms):
            same.append([*terms, *entry.also])
        elif said.scattered(entry.term):
            means.append([entry.term, *entry.also])
    kept = (_distinct(group) for group in same)
    return [group for group in kept if any(said.scattered(word) for word in group)], [
        _distinct(group) for group in means
    ]


def _distinct(words: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for word in words:
        kept.setdefault(word.casefold(), word)
    return list(kept.values())
