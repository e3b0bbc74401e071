"""Clause text as a Jinja template: read and checked once, and run for the values of an organisation.

A text in, its `Wording` and problems out; a text and values in, the pieces that print out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from clausebook.problem import Place, Problem
from clausebook.rules import (
    template_list,
    template_name,
    template_not_allowed,
    template_syntax,
)
from clausebook.wording import (
    ALONE,
    FORMATTERS,
    MAX_LENGTH,
    MAX_NESTED,
    MAX_TAG,
    NAMESPACES,
    Choosing,
    Insert,
    Piece,
    Running,
    Span,
    Values,
    Wording,
)

# Marks in the rewritten template: private-use characters, which no source file may hold.
_SPAN, _NAME, _END = "\ue000", "\ue001", "\ue002"


def read_wording(
    source: str, at: Place, indent: int = 0, parameters: Mapping[str, bool] | None = None
) -> tuple[Wording, list[Problem]]:
    """Check a text; `parameters` says of each parameter of its policy whether it holds a list."""
    if "{" not in source and len(source) <= MAX_LENGTH:
        whole: tuple[Piece, ...] = (Span(0, len(source)),) if source else ()
        return Wording(source, at, indent, fixed=Running(whole)), []
    reader = _Reader(source, at, parameters or {})
    reader.read()
    wording = Wording(
        source,
        at,
        indent,
        names=tuple(dict.fromkeys(reader.names)),
        tested=tuple(dict.fromkeys(reader.tested)),
        plurals=tuple(dict.fromkeys(reader.plurals)),
        contacts=tuple(dict.fromkeys(reader.contacts)),
        fixed=None if reader.problems else reader.fixed(),
    )
    return wording, reader.problems


# --------------------------------------------------------------------------- checking


def _unused(*_: Any) -> str:
    raise AssertionError("formatters are applied when a name is inserted")


class _Environment(ImmutableSandboxedEnvironment):
    """Sandboxed and strict, with our formatters and nothing else: no globals, tests or calls."""

    def __init__(self, finalize: Callable[[Any], Any] | None = None) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, finalize=finalize)
        self.globals.clear()
        self.tests.clear()
        self.filters = {name: _formatter(name) for name in FORMATTERS}


def _formatter(name: str) -> Callable[[Any], Any]:
    def apply(ref: Any) -> Any:
        return ref.formatted(name)

    return apply


_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


class _Reader:
    """Walks a template's tree and reports whatever lies outside the small safe part."""

    def __init__(self, source: str, at: Place, parameters: Mapping[str, bool]) -> None:
        self.source = source
        self.at = at
        self.parameters = parameters
        self.names: list[str] = []
        self.tested: list[str] = []
        self.plurals: list[str] = []
        self.contacts: list[str] = []
        self.problems: list[Problem] = []
        self.tokens: list[tuple[str, str]] = []
        self.body: list[nodes.Node] = []
        self.depth = 0

    def read(self) -> None:
        if len(self.source) > MAX_LENGTH:
            self._refuse(1, f"a text longer than {MAX_LENGTH:,} characters")
            return
        size = 0
        for line, kind, value in _tokens(self.source, self._syntax):
            self.tokens.append((kind, value))
            size = 0 if kind.endswith("_begin") else size + 1
            if size == MAX_TAG:
                self._refuse(line, f"an expression of more than {MAX_TAG} words and signs")
            if kind.endswith(("_begin", "_end")) and ("-" in value or "+" in value):
                self._refuse(line, f"white-space control ({value.strip()})")
            if kind.startswith("raw"):
                self._refuse(line, "a raw block")
        if self.problems:
            return
        try:
            tree = _environment().parse(self.source)
        except TemplateSyntaxError as error:
            self._syntax(error)
            return
        except RecursionError:
            self._refuse(1, "conditions nested this deeply")
            return
        self.body = tree.body
        self._body(tree.body, loops={})

    def fixed(self) -> Running | None:
        """The pieces of a text without conditions, which are the same for all values."""
        if any(kind in ("block_begin", "comment_begin") for kind, _ in self.tokens):
            return None
        spans: list[Piece] = []
        offset = 0
        for kind, value in self.tokens:
            if kind == "data":
                spans.append(Span(offset, offset + len(value)))
            offset += len(value)
        inserts: list[Insert] = []
        for node in self.body:
            assert isinstance(node, nodes.Output)
            inserts += [_insert(c) for c in node.nodes if not isinstance(c, nodes.TemplateData)]
        pieces = tuple(_interleaved(self.source, spans, inserts))
        printed = _printed(pieces)
        return Running(pieces, looked_at=frozenset(printed), printed=printed)

    def _syntax(self, error: TemplateSyntaxError) -> None:
        self.problems.append(
            template_syntax.problem(self.at.down(error.lineno - 1), error.message or "")
        )

    def _refuse(self, line: int, what: str) -> None:
        self.problems.append(template_not_allowed.problem(self.at.down(line - 1), what))

    def _body(self, body: list[nodes.Node], loops: dict[str, str]) -> None:
        for node in body:
            if isinstance(node, nodes.Output):
                for child in node.nodes:
                    if not isinstance(child, nodes.TemplateData):
                        self._printed(child, loops)
            elif isinstance(node, nodes.If):
                self._condition(node, loops)
            elif isinstance(node, nodes.For):
                self._loop(node, loops)
            else:
                self._refuse(node.lineno, _what(node))

    def _condition(self, node: nodes.If, loops: dict[str, str]) -> None:
        if self.depth == MAX_NESTED:
            self._refuse(node.lineno, f"more than {MAX_NESTED} conditions inside each other")
            return
        self.depth += 1
        self._test(node.test, loops)
        self._body(node.body, loops)
        self._body(node.else_, loops)
        self.depth -= 1
        self._body(list(node.elif_), loops)

    def _loop(self, node: nodes.For, loops: dict[str, str]) -> None:
        name = self._name(node.iter, loops)
        if node.recursive or node.test or node.else_ or not isinstance(node.target, nodes.Name):
            self._refuse(node.lineno, "this form of loop")
            return
        if loops:
            self._refuse(node.lineno, "a loop inside a loop")
            return
        if name:
            self.tested.append(name)
            self._body(node.body, {node.target.name: name})

    def _printed(self, node: nodes.Node, loops: dict[str, str]) -> None:
        formatters: list[str] = []
        inner: nodes.Node = node
        while isinstance(inner, nodes.Filter):
            if inner.args or inner.kwargs or inner.dyn_args or inner.dyn_kwargs or not inner.node:
                self._refuse(
                    node.lineno, f"the formatter '{inner.name}' with something in brackets"
                )
                return
            if inner.name not in FORMATTERS:
                self.problems.append(
                    template_name.problem(
                        self.at.down(node.lineno - 1),
                        f"formatter '{inner.name}'",
                        inner.name,
                        FORMATTERS,
                    )
                )
                return
            formatters.insert(0, inner.name)
            inner = inner.node
        name = self._name(inner, loops)
        if name is None:
            return
        if "many" in formatters:
            self.plurals.append(name)
        if "contacts" in formatters:
            self.contacts.append(name)
        at = self.at.down(node.lineno - 1)
        joined = any(f in ("any", "all", "bullets", "contacts") for f in formatters)
        in_loop = isinstance(inner, nodes.Name) and inner.name in loops
        if self._is_list(name) and not joined and not in_loop:
            self.problems.append(template_list.problem(at, name))
        if any(f in ALONE for f in formatters) and not self._alone(node.lineno):
            self._refuse(node.lineno, f"'{formatters[-1]}' inside a paragraph (give it its own)")

    def _is_list(self, name: str) -> bool:
        space, _, key = name.partition(".")
        return space == "answer" and self.parameters.get(key, False)

    def _alone(self, line: int) -> bool:
        lines = self.source.split("\n")
        here = lines[line - 1].strip()
        before = lines[line - 2].strip() if line > 1 else ""
        after = lines[line].strip() if line < len(lines) else ""
        alone = re.fullmatch(r"(\{%[^%]*%\})*\{\{[^{}]*\}\}(\{%[^%]*%\})*", here)
        return bool(alone) and not before and not after

    def _test(self, node: nodes.Node, loops: dict[str, str]) -> None:
        if isinstance(node, nodes.And | nodes.Or):
            self._test(node.left, loops)
            self._test(node.right, loops)
        elif isinstance(node, nodes.Not):
            self._test(node.node, loops)
        elif isinstance(node, nodes.Compare):
            self._compare(node, loops)
        else:
            name = self._name(node, loops)
            if name:
                self.tested.append(name)

    def _compare(self, node: nodes.Compare, loops: dict[str, str]) -> None:
        if len(node.ops) != 1 or node.ops[0].op not in ("eq", "ne", "in", "notin"):
            self._refuse(node.lineno, "this comparison (use ==, !=, in or not in)")
            return
        left, right = node.expr, node.ops[0].expr
        if node.ops[0].op in ("in", "notin"):
            left, right = right, left
        name = self._name(left, loops)
        if not (isinstance(right, nodes.Const) and isinstance(right.value, str)):
            self._refuse(node.lineno, "a comparison with anything but a quoted id")
        elif name:
            self.tested.append(f"{name}={right.value}")

    def _name(self, node: nodes.Node, loops: dict[str, str]) -> str | None:
        if isinstance(node, nodes.Name):
            if node.name in loops:
                return loops[node.name]
            if node.name == "modal":
                self.names.append("modal")
                return "modal"
            self._unknown_space(node)
            return None
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            space, key = node.node.name, node.attr
        elif (
            isinstance(node, nodes.Getitem)
            and isinstance(node.node, nodes.Name)
            and isinstance(node.arg, nodes.Const)
            and isinstance(node.arg.value, str)
        ):
            space, key = node.node.name, node.arg.value
        else:
            self._refuse(node.lineno, _what(node))
            return None
        if space not in NAMESPACES:
            self._unknown_space(node.node)
            return None
        self.names.append(f"{space}.{key}")
        return f"{space}.{key}"

    def _unknown_space(self, node: nodes.Name) -> None:
        self.problems.append(
            template_name.problem(
                self.at.down(node.lineno - 1),
                f"name '{node.name}'",
                node.name,
                (*NAMESPACES, "modal"),
            )
        )


def _what(node: nodes.Node) -> str:
    words = {
        "Call": "a call",
        "Set": "setting a name",
        "Macro": "a macro",
        "Include": "an include",
        "Import": "an import",
        "FromImport": "an import",
        "Extends": "an extends",
        "Block": "a block",
        "Const": "a value typed between braces",
        "List": "a list",
        "Dict": "a mapping",
        "Test": "a test with 'is'",
        "CondExpr": "an if inside braces",
        "Getattr": "reaching into a value",
        "Getitem": "reaching into a value",
        "TemplateData": "text",
        "Concat": "joining with ~",
    }
    return words.get(type(node).__name__, "arithmetic or another expression")


def _tokens(
    source: str, broken: Callable[[TemplateSyntaxError], None]
) -> Iterator[tuple[int, str, str]]:
    try:
        yield from _environment().lex(source)
    except TemplateSyntaxError as error:
        broken(error)


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    return _Environment(finalize=_mark)


# --------------------------------------------------------------------------- running


def run(source: str, values: Values) -> Running:
    """The pieces of a text with conditions that print for these values."""
    held: set[str] = set()
    looked: set[str] = set()
    context = {space: _Names(space, values, held, looked) for space in NAMESPACES}
    modal = _Ref("modal", values.get("modal"), held)
    rendered = _compiled(source).render(**context, modal=modal)
    pieces = tuple(_marked(rendered))
    looked.update(piece.name for piece in pieces if isinstance(piece, Insert))
    return Running(pieces, frozenset(held), frozenset(looked), _printed(pieces))


class _Ref:
    """A name in a condition or between braces: it can be asked and printed, nothing else."""

    __slots__ = ("_formatters", "_held", "_item", "_name", "_value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        name: str,
        value: Choosing | None,
        held: set[str],
        item: int | None = None,
        formatters: tuple[str, ...] = (),
    ) -> None:
        self._name, self._value, self._held = name, value, held
        self._item, self._formatters = item, formatters

    def formatted(self, formatter: str) -> _Ref:
        return _Ref(self._name, self._value, self._held, self._item, (*self._formatters, formatter))

    def mark(self) -> str:
        item = "" if self._item is None else str(self._item)
        return f"{_NAME}{self._name}|{','.join(self._formatters)}|{item}{_END}"

    def _ids(self) -> tuple[str, ...]:
        if self._value is None:
            return ()
        return self._value.ids if self._item is None else (self._value.ids[self._item],)

    def __bool__(self) -> bool:
        return self._value is not None and self._value.size > 0

    def __eq__(self, other: object) -> bool:
        if self._ids() != (other,):
            return False
        self._held.add(f"{self._name}={other}")
        return True

    def __ne__(self, other: object) -> bool:
        return self._ids() != (other,)

    def __contains__(self, other: object) -> bool:
        if other not in self._ids():
            return False
        self._held.add(f"{self._name}={other}")
        return True

    def __iter__(self) -> Iterator[_Ref]:
        size = self._value.size if self._value is not None else 0
        return iter([_Ref(self._name, self._value, self._held, index) for index in range(size)])


class _Names:
    """A namespace such as `answer`: every key gives a `_Ref`."""

    __slots__ = ("_held", "_looked", "_space", "_values")

    def __init__(self, space: str, values: Values, held: set[str], looked: set[str]) -> None:
        self._space, self._values, self._held, self._looked = space, values, held, looked

    def __getitem__(self, key: str) -> _Ref:
        name = f"{self._space}.{key}"
        self._looked.add(name)
        return _Ref(name, self._values.get(name), self._held)


def _mark(value: Any) -> Any:
    return value.mark() if isinstance(value, _Ref) else value


@lru_cache(maxsize=20_000)
def _compiled(source: str) -> Any:
    """The template with its text replaced by marks that say where the text stood."""
    rewritten: list[str] = []
    offset = 0
    for _, kind, value in _environment().lex(source):
        end = offset + len(value)
        rewritten.append(f"{_SPAN}{offset},{end}{_END}" if kind == "data" else value)
        offset = end
    assert offset == len(source), "the lexer returns every character"
    return _environment().from_string("".join(rewritten))


def _marked(rendered: str) -> Iterator[Piece]:
    for part in rendered.split(_END):
        if part.startswith(_SPAN):
            start, end = part[1:].split(",")
            yield Span(int(start), int(end))
        elif part.startswith(_NAME):
            name, formatters, item = part[1:].split("|")
            yield Insert(
                name,
                tuple(formatters.split(",")) if formatters else (),
                int(item) if item else None,
            )
        else:
            assert not part, "a rendered template holds only marks"


def _printed(pieces: tuple[Piece, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Insert)))


def _insert(node: nodes.Node) -> Insert:
    formatters: list[str] = []
    while isinstance(node, nodes.Filter):
        formatters.insert(0, node.name)
        assert node.node is not None
        node = node.node
    if isinstance(node, nodes.Name):
        return Insert(node.name, tuple(formatters))
    assert isinstance(node, nodes.Getattr | nodes.Getitem)
    assert isinstance(node.node, nodes.Name)
    if isinstance(node, nodes.Getattr):
        return Insert(f"{node.node.name}.{node.attr}", tuple(formatters))
    assert isinstance(node.arg, nodes.Const)
    return Insert(f"{node.node.name}.{node.arg.value}", tuple(formatters))


def _interleaved(source: str, spans: list[Piece], inserts: list[Insert]) -> Iterator[Piece]:
    """Spans and inserts in source order: an insert fills each gap between spans."""
    offset = 0
    waiting = iter(inserts)
    for span in spans:
        assert isinstance(span, Span)
        if span.start > offset:
            yield from _several(source[offset : span.start], waiting)
        yield span
        offset = span.end
    if offset < len(source):
        yield from _several(source[offset:], waiting)


def _several(gap: str, waiting: Iterator[Insert]) -> Iterator[Insert]:
    for _ in range(gap.count("{{")):
        yield next(waiting)
