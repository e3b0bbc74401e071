"""What prints of a text is what Jinja would print of it; plain names are read as Jinja reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from clausebook import everyday_tags, template
from clausebook.conditions import run
from clausebook.model import Repository
from clausebook.problem import Place
from clausebook.template import read_wording
from clausebook.wording import FORMATTERS, NAMESPACES, Insert, Running, Span, Wording

AT = Place("policies/x/y.md", 3, 5)
LISTS = {"places": True, "place": False}


@dataclass(frozen=True)
class Value:
    ids: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.ids)


class Name:
    """A name as Jinja meets it, which notes what is asked of it."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, name: str, ids: tuple[str, ...], held: set[str], item: Any = "", said: str = ""
    ):
        self.name, self.ids, self.held, self.item, self.said = name, ids, held, item, said

    def __bool__(self) -> bool:
        return bool(self.ids)

    def __eq__(self, other: object) -> bool:
        return self._held(self.ids == (other,), other)

    def __ne__(self, other: object) -> bool:
        return self.ids != (other,)

    def __contains__(self, other: object) -> bool:
        return self._held(other in self.ids, other)

    def __iter__(self) -> Iterator[Name]:
        return (Name(self.name, (id,), self.held, at) for at, id in enumerate(self.ids))

    def __str__(self) -> str:
        return f"\ue001{self.name}|{self.said}|{self.item}\ue002"

    def _held(self, is_so: bool, other: object) -> bool:
        if is_so:
            self.held.add(f"{self.name}={other}")
        return is_so

    def then(self, formatter: str) -> Name:
        said = f"{self.said},{formatter}" if self.said else formatter
        return Name(self.name, self.ids, self.held, self.item, said)


class Space:
    def __init__(self, space: str, values: dict[str, Value], held: set[str], looked: set[str]):
        self.space, self.values, self.held, self.looked = space, values, held, looked

    def __getitem__(self, key: str) -> Name:
        name = f"{self.space}.{key}"
        self.looked.add(name)
        return Name(name, self.values.get(name, Value(())).ids, self.held)


def jinja_run(source: str, values: dict[str, Value]) -> Running:
    env = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    env.filters = {name: lambda ref, name=name: ref.then(name) for name in FORMATTERS}
    marked, offset = "", 0
    for _, kind, text in env.lex(source):
        end = offset + len(text)
        marked += f"\ue000{offset},{end}\ue002" if kind == "data" else text
        offset = end
    held: set[str] = set()
    looked: set[str] = set()
    given = {space: Space(space, values, held, looked) for space in NAMESPACES}
    modal = Name("modal", values.get("modal", Value(())).ids, held)
    pieces: list[Span | Insert] = []
    for part in env.from_string(marked).render(**given, modal=modal).split("\ue002")[:-1]:
        if part[0] == "\ue000":
            pieces.append(Span(*map(int, part[1:].split(","))))
        else:
            name, said, item = part[1:].split("|")
            formatters = tuple(said.split(",")) if said else ()
            pieces.append(Insert(name, formatters, int(item) if item else None))
    printed = tuple(dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Insert)))
    return Running(tuple(pieces), frozenset(held), frozenset(looked.union(printed)), printed)


def ran(wording: Wording, values: dict[str, Value]) -> Running:
    return wording.fixed or run(wording.tree, values)


def check(source: str, values: dict[str, Value]) -> None:
    wording, problems = read_wording(source, AT, 2, LISTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template._Reader, "_plain", lambda reader: None)
        patch.setattr(everyday_tags, "read", lambda source: None)
        parsed, said = read_wording(source, AT, 2, LISTS)
    assert problems == said
    assert facts(wording) == facts(parsed)
    if not problems:
        assert ran(wording, values) == jinja_run(source, values)


def facts(wording: Wording) -> tuple[object, ...]:
    return (
        wording.names,
        wording.tested,
        wording.plurals,
        wording.contacts,
        wording.fixed,
        wording.conditional and wording.tree,
    )


PRINTED = [
    "w", "\n", "\n\n", "- ", "}", "{ ", "{{ modal }}", "{{modal}}", "{{ term.pupil | start }}", "{{ answer.place }}",
    "{{ answer.places | any }}", '{{ law["a-1"] | many|start }}', "{{ answer.places }}", "{{ role.head | contacts }}",
    "{{ answer.place | bullets }}", "{# c #}", "{{ answer['place'] }}",
]  # fmt: skip
ODD = [
    "{{", "}}", "{%", "%}", "{#", "{", "{{ modals }}", "{{ modal.x }}", "{{ foo.x }}", "{{ answer.x | foo }}", "{{ answer.x.y }}",
    "{{ modal -}}", "{{- modal }}", "{{{ modal }}}", "{{ modal }}}", "{{ modal\n}}", "{{ answer . x }}", "{{ 'x' }}", "{{ answer.1 }}",
    "{{ answer.if }}", "{{ Answer.x }}", "{{ answer.x | start() }}", "{% raw %}", "{{ item }}", "{{\tmodal }}", "{% if answer.x %}",
]  # fmt: skip
TESTS = [
    "answer.place", 'answer.place == "a"', 'answer.place != "a"', '"a" in answer.places', '"b" not in answer.places',
    'not term.pupil or answer.place == "b"', 'modal and "a" in answer.places and not answer.place',
]  # fmt: skip
IN_LOOPS = [
    "{{ item }}",
    "{{ item | start }}",
    '{% if item == "a" %}{{ item }}{% elif "b" in item %}x{% endif %}',
    "w",
]


def inside(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tests = st.sampled_from(TESTS)
    whole = st.lists(parts, max_size=3).map("".join)
    other = st.one_of(
        st.just(""),
        whole.map("{{% else %}}{}".format),
        st.builds("{{% elif {} %}}{}{{% else %}}{}".format, tests, whole, whole),
    )
    loop = st.lists(st.one_of(st.sampled_from(IN_LOOPS), parts), max_size=3).map("".join)
    return st.one_of(
        st.builds("{{% if {} %}}{}{}{{% endif %}}".format, tests, whole, other),
        loop.map("{{% for item in answer.places %}}{}{{% endfor %}}".format),
    )


PARTS = st.recursive(st.sampled_from(PRINTED), inside, max_leaves=6)
TEXTS = st.one_of(
    st.lists(PARTS, max_size=5).map("".join),
    st.lists(st.sampled_from(PRINTED + ODD), max_size=5).map("".join),
)
IDS = st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(lambda ids: Value(tuple(ids)))
NAMES = ["modal", "answer.place", "answer.places", "term.pupil", "role.head", "law.a-1"]
VALUES = st.dictionaries(st.sampled_from(NAMES), IDS)


@settings(max_examples=400, deadline=None)
@example("a {{ modal }} b", {})
@example(
    "{% for item in answer.places %}{{ item | start }}{% endfor %}",
    {"answer.places": Value(("a", "b"))},
)
@example("{% if answer.place %}" * 10 + "a" + "{% endif %}" * 10, {"answer.place": Value(("a",))})
@example("{% if answer.x %}" + "{% elif answer.y %}b" * 900 + "{% endif %}", {})
@given(TEXTS, VALUES)
def test_a_text_comes_to_what_jinja_makes_of_it(source: str, values: dict[str, Value]) -> None:
    check(source, values)


def tree(node: Any) -> Any:
    """A node of Jinja's with all that it holds, and the lines that problems are told of."""
    if isinstance(node, list):
        return [tree(each) for each in node]
    if not isinstance(node, nodes.Node):
        return node
    line = node.lineno if not isinstance(node, UNTOLD) else None
    return type(node), line, [tree(getattr(node, name)) for name in node.fields]


UNTOLD = (nodes.Output, nodes.TemplateData, nodes.Operand)
JINJA = Environment(keep_trailing_newline=True)


@settings(max_examples=800, deadline=None)
@example("a{% if modal %}\n{% else %}{% if item %}b{% endif %}{% endif %}{% endif %}")
@example("{% for item in answer.x %}{% else %}{% endfor %}")
@example("{% if modal %}{% else %}{% else %}{% endif %}")
@example("{% if modal %}{% else %}{% elif modal %}{% endif %}")
@example("{% if modal %}{% endfor %}")
@example('{% if not answer.x == "a" %}{% endif %}')
@example('{% if modal and not org.x and "a" not in law["b"] %}\n\n{{ item | a|b }}{% endif %}')
@given(TEXTS)
def test_tags_are_read_as_jinja_reads_them(source: str) -> None:
    read = everyday_tags.read(source)
    if read is None:
        return
    assert tree(read[0]) == tree(JINJA.parse(source).body)
    spans, offset = [], 0
    for _, kind, text in JINJA.lex(source):
        if kind == "data":
            spans.append((offset, offset + len(text)))
        offset += len(text)
    assert read[1] == spans


def test_no_shipped_text_needs_jinja(shipped: Repository) -> None:
    for policy in shipped.library.policies.values():
        for clause in policy.clauses.values():
            for wording in clause.wordings:
                assert everyday_tags.read(wording.source) is not None, wording.at


def test_every_shipped_text_does(shipped: Repository) -> None:
    for policy in shipped.library.policies.values():
        for clause in policy.clauses.values():
            for wording in clause.wordings:
                names = {name: Value(("a", "b")) for name in wording.names}
                tested = {
                    t.partition("=")[0]: Value((t.partition("=")[2],)) for t in wording.tested
                }
                for values in ({}, names, {**names, **tested}):
                    assert ran(wording, values) == jinja_run(wording.source, values)
