"""Small handbooks that Hypothesis makes up, and what each of their clauses has to print."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

MODALS = {
    "must": "must",
    "must not": "must not",
    "should": "should",
    "should not": "should not",
    "advised": "are advised to",
    "advised not": "are advised not to",
    "may": "may",
}
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
KINDS = {"letters": "letters home", "visits": "visits to 9. High St", "trips": "trips *abroad*"}
LAW = "[Fence Act 2001](https://www.legislation.gov.uk/ukpga/2001/1)"
# Every way a text may depend on what an organisation says.
PARTS = ("term", "choice", "list", "bullets", "if", "number", "law", "name", "role", "date")
WORDS = st.sampled_from("doors keys letters visits phones records trips lunches".split())


@dataclass
class Made:
    """A clause of a made-up library."""

    id: str
    section: str
    strength: str | None
    words: str
    parts: tuple[str, ...] = ()
    cites: str | None = None
    pack: str = "core"
    editions: tuple[str, ...] = ()
    spaces: int = 1

    @property
    def title(self) -> str:
        return f"Title of {self.id}"

    @property
    def text(self) -> str:
        modal = " {{ modal }}" if self.strength else ""
        sentences = [f"Staff{modal} look after the {self.words} of rule {self.id}."]
        sentences += [_WRITTEN[part] for part in self.parts]
        if self.cites:
            sentences.append(f' See {{{{ clause["{self.cites}"] }}}}.')
        return "".join(sentences)

    def markdown(self, order: random.Random | None) -> str:
        facts: dict[str, Any] = {"id": self.id, "pack": self.pack}
        if self.strength:
            facts["strength"] = self.strength
            facts["summary"] = f"Look after the {self.words} of {{{{ org.name }}}}."
        if self.editions:
            facts["editions"] = list(self.editions)
        block = dumped(mixed(facts, order))
        return f"##{' ' * self.spaces}{self.title}\n\n```clause\n{block}```\n\n{self.text}\n"


_WRITTEN = {
    "term": " It is for {{ term.learner | many }}.",
    "choice": " It holds {{ answer.reach }}.",
    "list": " It is about {{ answer.kinds | any }}.",
    "bullets": "\n\n{{ answer.kinds | bullets }}\n\n",
    "if": '{% if answer.reach == "all" %} Nobody is left out.{% else %} Ask first.{% endif %}',
    "number": " It takes {{ answer.days | words }} days.",
    "law": ' It follows the {{ law["fence-2001"] }}.',
    "name": " {{ org.name | possessive }} doors are shut.",
    "role": " Tell the {{ answer.teller }}.",
    "date": " Look again in {{ review.next }}.",
}
_NEEDS = {
    "choice": ("reach",), "if": ("reach",), "list": ("kinds",), "bullets": ("kinds",),
    "number": ("days",), "role": ("teller",),
}  # fmt: skip


@dataclass
class Root:
    """A made-up repository: its clauses, and what each tier says about its one policy."""

    clauses: list[Made]
    learner: str = "pupil"
    reach: str = "all"
    kinds: tuple[str, ...] = ("letters",)
    days: int = 3
    appendix: str | None = None
    editions: tuple[str, ...] = ("staff", "governors")
    council: dict[str, Any] = field(default_factory=dict)
    trust: dict[str, Any] = field(default_factory=dict)
    school: dict[str, Any] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def sections(self) -> list[str]:
        return sorted({clause.section for clause in self.clauses})

    @property
    def answers(self) -> dict[str, Any]:
        """What the texts need answered, and no more: an answer nothing uses is a problem."""
        given = {
            "reach": self.reach,
            "kinds": list(self.kinds),
            "days": self.days,
            "teller": "keeper",
        }
        parts = {part for clause in self.clauses for part in clause.parts}
        needed = {name for part in parts for name in _NEEDS.get(part, ())}
        return {name: answer for name, answer in given.items() if name in needed}

    def uses(self, part: str) -> bool:
        return any(part in clause.parts for clause in self.clauses)

    def files(self, order: random.Random | None = None) -> dict[str, str]:
        """The files, with every mapping whose order means nothing in some order."""
        data = {
            "policies/registers/terms.yml": _TERMS,
            "policies/registers/law.yml": _LAW,
            "policies/rules/policy.yml": self._policy(),
            "schools/council/group.yml": self._council(),
            "schools/council/trust/group.yml": self._trust(),
            "schools/council/trust/school.yml": self._school("A School", self.school, self.without),
            "schools/council/trust/other.yml": self._school("Another School", {}, {}),
        }
        made = {name: dumped(mixed(value, order)) for name, value in data.items()}
        for id in self.sections:
            texts = [clause.markdown(order) for clause in self.clauses if clause.section == id]
            made[f"policies/rules/{id}.md"] = "\n".join(texts)
        made |= {f"policies/rules/kept/{of}.md": text for of, text in self.kept.items()}
        names = list(made)
        if order:
            order.shuffle(names)
        return {name: made[name] for name in names}

    def _policy(self) -> dict[str, Any]:
        parameters = {name: _PARAMETERS[name] for name in self.answers}
        packs = {"core": {"about": "All of it.", "always": True}}
        if any(clause.pack == "extra" for clause in self.clauses):
            packs["extra"] = {"about": "More of it."}
        return {
            "title": "Rules",
            "summary": "Our rules.",
            "sections": [
                {"id": id, "title": f"Section {id}"}
                | ({"appendix": "true"} if id == self.appendix else {})
                for id in self.sections
            ],
            "packs": packs,
            **({"parameters": parameters} if parameters else {}),
        }

    def _council(self) -> dict[str, Any]:
        packs = {"packs": ["extra"]} if any(c.pack == "extra" for c in self.clauses) else {}
        values = {"values": self.answers} if self.answers else {}
        held = {"review": {"next": "2030-01"}, "state": "draft", **packs, **values, **self.council}
        roles = {"roles": {"keeper": {"title": "keeper of keys"}}} if self.uses("role") else {}
        terms = {"terms": {"learner": self.learner}} if self.uses("term") else {}
        top = {"name": "A Council", "kind": "council", "publishes": "false", **roles, **terms}
        return {**top, "policies": {"rules": held}}

    def _trust(self) -> dict[str, Any]:
        held = {"rules": self.trust} if self.trust else {}
        top = {"name": "A Trust", "kind": "trust", "publishes": "false"}
        return {**top, **({"policies": held} if held else {})}

    def _school(self, name: str, said: dict[str, Any], without: dict[str, str]) -> dict[str, Any]:
        shown = {"editions": list(self.editions)} if "public" in self.editions else {}
        held = {**said, **shown}
        top: dict[str, Any] = {"name": name, "kind": "school", "editions": list(self.editions)}
        top |= {"policies": {"rules": held}} if held else {}
        return top | ({"without": without} if without else {})

    def saying(self, tier: str, said: dict[str, Any]) -> Root:
        """The same, had a tier another file."""
        tiers = {"council": self.council, "trust": self.trust, "school": self.school, tier: said}
        return replace(self, council=tiers["council"], trust=tiers["trust"], school=tiers["school"])

    # ------------------------------------------------------------------ what has to print

    def numbers(self, omitted: Iterable[str] = ()) -> dict[str, str]:
        """The number of every clause when some are left out: sections count, appendices have
        letters, and what prints nothing is not counted."""
        gone = set(omitted)
        numbers: dict[str, str] = {}
        count = 0
        for id in self.sections:
            inside = [c.id for c in self.clauses if c.section == id and c.id not in gone]
            if not inside:
                continue
            if id != self.appendix:
                count += 1
            label = "A" if id == self.appendix else str(count)
            numbers |= {clause: f"{label}.{place}" for place, clause in enumerate(inside, 1)}
        return numbers

    def printed(self, clause: Made, numbers: dict[str, str], strength: str | None) -> str:
        """What a clause of the library prints in a school called A School."""
        words = [KINDS[kind] for kind in KINDS if kind in self.kinds]
        listed = ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]
        made = {
            "term": f" It is for {self.learner}s.",
            "choice": f" It holds {_REACH[self.reach]}.",
            "list": f" It is about {listed}.",
            "bullets": "\n\n" + "\n".join(f"- {word}" for word in words) + "\n\n",
            "if": " Nobody is left out." if self.reach == "all" else " Ask first.",
            "number": f" It takes {NUMBERS[self.days]} days.",
            "law": f" It follows the {LAW}.",
            "name": " A School’s doors are shut.",
            "role": " Tell the keeper of keys.",
            "date": " Look again in January 2030.",
        }
        modal = f" {MODALS[strength]}" if strength else ""
        text = f"Staff{modal} look after the {clause.words} of rule {clause.id}."
        text += "".join(made[part] for part in clause.parts)
        if clause.cites:
            text += f" See [{numbers[clause.cites]} Title of {clause.cites}](#{clause.cites})."
        return text.rstrip()


def without_references(text: str) -> str:
    """A text without what it says of other clauses: their numbers and titles."""
    return re.sub(r"\[[^\]]*\]\(#", "[…](#", text)


_REACH = {"all": "for everyone here", "some": "for some of us"}
_PARAMETERS: dict[str, Any] = {
    "reach": {"question": "For whom?", "type": "choice", "choices": _REACH},
    "kinds": {"question": "What for?", "type": "choices", "choices": KINDS},
    "days": {"question": "How many days?", "type": "number", "min": 1, "max": 12},
    "teller": {"question": "Who hears?", "type": "role"},
}
_TERMS = {
    "terms": {
        "learner": {
            "question": "What do you call children?",
            "choices": {
                "pupil": {"one": "pupil", "many": "pupils"},
                "student": {"one": "student", "many": "students"},
            },
        }
    }
}
_LAW = {
    "law": {
        "fence-2001": {
            "title": "Fence Act 2001",
            "kind": "act",
            "status": "in force",
            "path": "ukpga/2001/1",
            "severity": "ok",
            "confidence": "high",
            "basis": "knowledge",
        }
    }
}


# ------------------------------------------------------------------------------ on disk


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks with |, as people do."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dumped(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def mixed(data: Any, order: random.Random | None, key: str = "") -> Any:
    """The same data with its keys in another order, where their order means nothing."""
    if order is None:
        return data
    if isinstance(data, dict):
        keys = list(data)
        if key != "choices":  # choices print in the library's order
            order.shuffle(keys)
        return {name: mixed(data[name], order, name) for name in keys}
    if isinstance(data, list) and key in ("kinds", "adopt", "lock", "editions"):
        return order.sample(data, len(data))
    if isinstance(data, list):
        return [mixed(one, order) for one in data]
    return data


@contextmanager
def on_disk(files: dict[str, str]) -> Iterator[Path]:
    """The files in a folder of their own, made in the order given."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        yield root


@st.composite
def handbooks(draw: st.DrawFn) -> Root:
    """A library of a few clauses that use values, law and one another, and three tiers."""
    ids = [f"rule-{letter}" for letter in "abcdefg"[: draw(st.integers(2, 7))]]
    clauses = [
        Made(
            id=id,
            section=draw(st.sampled_from(("first", "later", "middle"))),
            strength=draw(st.none() | st.sampled_from(sorted(MODALS))),
            words=draw(WORDS),
            parts=tuple(draw(st.lists(st.sampled_from(PARTS), max_size=3, unique=True))),
            cites=draw(st.none() | st.sampled_from([other for other in ids if other != id])),
            pack=draw(st.sampled_from(("core", "extra"))) if id != "rule-a" else "core",
            spaces=draw(st.integers(1, 3)),
        )
        for id in ids
    ]
    clauses.sort(key=lambda clause: clause.section)
    return Root(
        clauses=clauses,
        learner=draw(st.sampled_from(("pupil", "student"))),
        reach=draw(st.sampled_from(sorted(_REACH))),
        kinds=tuple(draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, unique=True))),
        days=draw(st.integers(1, 12)),
        appendix=draw(st.none() | st.just("middle")),
    )
