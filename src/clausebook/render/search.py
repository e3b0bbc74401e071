"""A handbook in, what its search knows out: one plain script, so that it works from a folder too.

The browser looks in the rules, the roles and the policies of this edition and in nothing else.
Other words for the same thing come from the registers, as far as this handbook can use them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from clausebook.handbook_file import plain_text
from clausebook.model import Handbook, Library, ResolvedClause, ResolvedPolicy
from clausebook.render.people import people

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

_ONE_WORD = re.compile(r"\w+\Z")
_UNSAFE = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def index(handbook: Handbook, library: Library) -> bytes:
    """assets/handbook/index.js: everything the search of this edition may find."""
    text = json.dumps(data(handbook, library), ensure_ascii=False, separators=(",", ":"))
    for char, safe in _UNSAFE.items():
        text = text.replace(char, safe)
    return f"window.clausebookIndex={text};\n".encode()


def data(handbook: Handbook, library: Library) -> dict[str, Any]:
    """The index as data. Its lists are rows, in the order that search.js reads them."""
    roles = people(handbook)
    places = {role.id: place for place, role in enumerate(roles)}
    policies: list[list[Any]] = []
    sections: list[str] = []
    clauses: list[list[Any]] = []
    for policy in handbook.policies.values():
        policies.append([policy.id, policy.title, " ".join(policy.policy.search)])
        for section in policy.sections:
            sections.append(section.title)
            for clause in section.clauses:
                asked = places.get(clause.clause.ask, -1) if clause.clause.ask else -1
                at = (len(policies) - 1, len(sections) - 1)
                clauses.append([*at, *_clause(clause), asked, _named(clause, policy)])
    said = _said(handbook, clauses)
    same, means = _other_words(handbook, library, said)
    return {
        "edition": handbook.edition,
        "policies": policies,
        "sections": sections,
        "clauses": clauses,
        "roles": [
            [r.id, r.title, r.about, [part for part in (r.name, r.phone, r.email) if part]]
            for r in roles
        ],
        "ask": _fallback(handbook, places),
        "same": same,
        "means": means,
        "terms": _terms(handbook, library, said),
    }


def _clause(clause: ResolvedClause) -> list[Any]:
    summary = clause.summary
    return [
        clause.id,
        clause.number,
        clause.title.words,
        " ".join(plain_text(clause.text).split()),
        summary.words if summary else "",
        list(clause.clause.questions),
    ]


def _named(clause: ResolvedClause, policy: ResolvedPolicy) -> list[str]:
    """The titles of policies a clause sends its reader to: what they say, it does not."""
    lists = {id for id, known in policy.policy.parameters.items() if known.type == "titles"}
    found = [
        run.text
        for run in clause.text.runs
        for space, _, id in [run.slot.partition(".")]
        if space == "policy" or (space == "answer" and id in lists)
    ]
    return list(dict.fromkeys(found))


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

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts)
        self.folded = self.text.casefold()
        self.words = {_stem(word) for word in re.findall(r"\w+", self.folded)}

    def exactly(self, words: str) -> bool:
        """Whether a name stands in it, with its capitals: some names are ordinary words."""
        return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", self.text))

    def phrase(self, words: str) -> bool:
        return bool(re.search(rf"(?<!\w){re.escape(words.casefold())}(?:s|es)?(?!\w)", self.folded))

    def scattered(self, words: str) -> bool:
        return all(_stem(word) in self.words for word in re.findall(r"\w+", words.casefold()))


def _stem(word: str) -> str:
    """Near enough to tell whether words can be the same: the browser's stemmer decides."""
    return word[:5]


def _said(handbook: Handbook, clauses: list[list[Any]]) -> _Said:
    texts = [role.title for role in handbook.roles.values()]
    texts += [policy.title for policy in handbook.policies.values()]
    for row in clauses:
        texts += [row[4], row[5], row[6], *row[7]]
    return _Said(texts)


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
