"""The laws of composition, over handbooks that Hypothesis makes up."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausebook.build import check, open_repository
from clausebook.dates import Stated
from clausebook.handbook_file import handbook_json, plain_text
from clausebook.model import Handbook, kept_text
from clausebook.resolve import Resolver
from tests.origins import Files, fault, runs

DAY = Stated(2026, 11, 20).last
STRENGTHS = ("must", "must not", "should", "should not", "advised", "may")
TERMS = {
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
WORDS = st.sampled_from("doors keys letters visits phones records trips lunches".split())


@dataclass
class Made:
    """A clause of a made-up library."""

    id: str
    section: str
    strength: str | None
    words: str
    cites: str | None
    value: bool

    @property
    def text(self) -> str:
        text = f"Staff look after the {self.words} of rule {self.id}."
        if self.strength:
            text = f"Staff {{{{ modal }}}} look after the {self.words} of rule {self.id}."
        if self.value:
            text += " It is for {{ term.learner | many }} and {{ answer.reach }}."
        if self.cites:
            text += f' See {{{{ clause["{self.cites}"] }}}}.'
        return text

    @property
    def markdown(self) -> str:
        facts: dict[str, Any] = {"id": self.id, "pack": "core"}
        if self.strength:
            facts["strength"] = self.strength
        block = yaml.safe_dump(facts, sort_keys=False)
        return f"## Title of {self.id}\n\n```clause\n{block}```\n\n{self.text}\n"


@dataclass
class Root:
    """A made-up repository: its clauses and what its group and its school say."""

    clauses: list[Made]
    group: dict[str, Any] = field(default_factory=dict)
    school: dict[str, Any] = field(default_factory=dict)
    learner: str = "pupil"
    kept: dict[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        sections = list(dict.fromkeys(clause.section for clause in self.clauses))
        values = any(clause.value for clause in self.clauses)
        reach = {"question": "For whom?", "type": "choice", "choices": {"all": "everyone here"}}
        policy: dict[str, Any] = {
            "title": "Rules",
            "summary": "Our rules.",
            "sections": [{"id": id, "title": f"Section {id}"} for id in sections],
            "packs": {"core": {"about": "All of it.", "always": True}},
        }
        held: dict[str, Any] = {"review": {"next": "2030-01"}, **self.group}
        top: dict[str, Any] = {
            "name": "A Trust",
            "kind": "trust",
            "publishes": False,
            "policies": {"rules": held},
        }
        if values:
            policy["parameters"] = {"reach": reach}
            held["values"] = {"reach": "all", **held.get("values", {})}
            top["terms"] = {"learner": self.learner}
        school = {"name": "A School", "kind": "school", "policies": {"rules": self.school}}
        made = {
            "policies/registers/terms.yml": dumped(TERMS),
            "policies/rules/policy.yml": dumped(policy),
            "schools/trust/group.yml": dumped(top),
            "schools/trust/school.yml": dumped(school),
        }
        for id in sections:
            texts = [clause.markdown for clause in self.clauses if clause.section == id]
            made[f"policies/rules/{id}.md"] = "\n".join(texts)
        return made | {f"policies/rules/kept/{of}.md": text for of, text in self.kept.items()}


def dumped(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)


@st.composite
def libraries(draw: st.DrawFn) -> Root:
    count = draw(st.integers(3, 7))
    ids = [f"rule-{chr(97 + index)}" for index in range(count)]
    clauses = [
        Made(
            id=id,
            section=draw(st.sampled_from(("first", "second"))),
            strength=draw(st.none() | st.sampled_from(STRENGTHS)),
            words=draw(WORDS),
            cites=draw(st.none() | st.sampled_from([x for x in ids if x != id])),
            value=draw(st.booleans()),
        )
        for id in ids
    ]
    return Root(clauses=clauses, learner=draw(st.sampled_from(("pupil", "student"))))


@contextmanager
def on_disk(files: dict[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        yield root


def handbook(root: Path, organisation: str = "school") -> Handbook:
    repository, problems = open_repository(root)
    assert repository is not None, problems
    return Resolver(repository).resolve(organisation).handbooks["staff"]


def texts(book: Handbook) -> dict[str, tuple[str, str]]:
    """Number and text of every clause."""
    policy = book.policies["rules"]
    return {c.id: (c.number, plain_text(c.text)) for c in policy.clauses}


def problems(root: Path) -> set[str]:
    return {p.rule for p in check(root, as_of=DAY, jobs=1).errors}


LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(libraries())
def test_without_overrides_the_library_prints_unchanged(made: Root) -> None:
    with on_disk(made.files()) as root:
        assert problems(root) == set()
        book = handbook(root)
        policy = book.policies["rules"]
        assert [c.id for c in policy.clauses] == [
            c.id for s in policy.sections for c in made.clauses if c.section == s.id
        ]
        for clause in policy.clauses:
            written = clause.clause.text.source
            sources = [run.text for run in clause.text.runs if run.kind.value == "source"]
            rest = written
            for text in sources:
                assert text in rest
                rest = rest.partition(text)[2]


@LAW
@given(libraries(), st.data())
def test_an_override_changes_its_clause_and_what_cites_it(made: Root, data: st.DataObject) -> None:
    """Nothing else changes; after an omission later numbers may, and links with them."""
    target = data.draw(st.sampled_from(made.clauses))
    kind = data.draw(st.sampled_from(("replace", "strength", "omit")))
    cited = {c.id for c in made.clauses if c.cites == target.id}
    with on_disk(made.files()) as root:
        before = texts(handbook(root))
        repository, _ = open_repository(root)
        assert repository is not None
        clause = repository.library.policies["rules"].clauses[target.id]
    if kind == "replace":
        modal = " {{ modal }}" if target.strength else ""
        own = {"of": clause.fingerprint, "reason": "Ours.", "text": f"Our staff{modal} do more."}
        made.school = {"replace": {target.id: own}}
        made.kept = {clause.fingerprint: kept_text(clause)}
    elif kind == "strength":
        if target.strength is None:
            return
        other = next(s for s in STRENGTHS if s != target.strength)
        made.school = {"strength": {target.id: other}}
    elif cited or sum(c.section == target.section for c in made.clauses) == 1:
        return  # leaving it out would break a link, or empty a section and move all numbers
    else:
        made.school = {"omit": {target.id: "Not here."}}
    with on_disk(made.files()) as root:
        assert problems(root) <= {"unused-value"}
        after = texts(handbook(root))
    changed = {id for id in before if before[id] != after.get(id)}
    if kind == "omit":
        moved = {id for id in before if id in after and before[id][0] != after[id][0]}
        assert all(
            before[id][0].split(".")[0] == before[target.id][0].split(".")[0] for id in moved
        )
        links = {c.id for c in made.clauses if c.cites in moved}
        assert changed == {target.id} | moved | {id for id in links if id in changed}
        assert target.id not in after
    else:
        assert changed == {target.id}


@LAW
@given(libraries(), st.integers(0, 1000))
def test_the_order_of_keys_and_files_means_nothing(made: Root, seed: int) -> None:
    files = made.files()
    with on_disk(files) as root:
        expected = json.loads(handbook_json(handbook(root)))
    mixed = {
        name: dumped(shuffled(yaml.safe_load(text), seed)) if name.startswith("schools/") else text
        for name, text in reversed(files.items())
    }
    with on_disk(mixed) as root:
        assert json.loads(handbook_json(handbook(root))) == expected


def shuffled(data: Any, seed: int) -> Any:
    if isinstance(data, dict):
        keys = list(data)
        random.Random(seed).shuffle(keys)
        return {key: shuffled(data[key], seed) for key in keys}
    return data


@LAW
@given(libraries(), st.data())
def test_locks_always_win(made: Root, data: st.DataObject) -> None:
    """Whatever a school writes about a locked clause, the group's text stays and both are named."""
    target = data.draw(st.sampled_from(made.clauses))
    made.group = {"lock": [target.id]}
    with on_disk(made.files()) as root:
        before = texts(handbook(root))
    own = {"of": "0" * 12, "reason": "Ours.", "text": "Something else."}
    tries: list[dict[str, Any]] = [
        {"omit": {target.id: "Not here."}},
        {"replace": {target.id: own}},
    ]
    if target.strength:
        other = next(s for s in STRENGTHS if s != target.strength)
        tries.append({"strength": {target.id: other}})
    made.school = data.draw(st.sampled_from(tries))
    with on_disk(made.files()) as root:
        found = [p for p in check(root, as_of=DAY, jobs=1).errors if p.rule == "locked"]
        assert found
        assert found[0].at.file == "schools/trust/school.yml"
        assert "schools/trust/group.yml" in found[0].what
        assert texts(handbook(root)) == before


@LAW
@given(libraries())
def test_a_locked_answer_stays(made: Root) -> None:
    made.clauses[0].value = True
    made.group = {"lock": ["reach"]}
    made.school = {"values": {"reach": "all"}}
    with on_disk(made.files()) as root:
        assert "locked" in problems(root)
        value = handbook(root).policies["rules"].values["reach"]
        assert value.tier == "trust"


@LAW
@given(libraries(), WORDS)
def test_every_run_has_one_origin(made: Root, words: str) -> None:
    own = f"Our staff take care of {words}.\n\nThey tell {{{{ org.name }}}}:\n\n- first\n- second\n"
    section = made.clauses[0].section
    made.school = {"add": [{"id": "own", "section": section, "title": "Our own", "text": own}]}
    files = made.files()
    files["schools/trust/school.yml"] = yaml.dump(
        yaml.safe_load(files["schools/trust/school.yml"]), Dumper=_Blocks, sort_keys=False
    )
    with on_disk(files) as root:
        assert problems(root) == set()
        policy = handbook(root).policies["rules"]
        where = Files(root)
        for run in runs(policy):
            assert fault(run, where) is None, f"{run}: {fault(run, where)}"


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as blocks with |."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Blocks.add_representer(str, _block)
