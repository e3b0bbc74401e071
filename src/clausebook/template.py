"""Clause text as a Jinja template, read and checked: a text in, its `Wording` and problems out.

Jinja only reads. No template is ever run: what prints is decided in `conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from clausebook import everyday_tags
from clausebook.conditions import (
    Asked,
    Both,
    Each,
    Either,
    Item,
    Not,
    Test,
    Tree,
    When,
    printed,
)
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
    Insert,
    Piece,
    Running,
    Span,
    Wording,
)

_OPENED = re.compile(r"\{[{%#]")
# A name as nearly every one is written, with nothing in it that Jinja could read another way.
_NAME = re.compile(
    r"\{\{ *(?:modal|(?P<space>[a-z]+)(?:\.(?P<key>[a-z][a-z0-9_]*)|\[\"(?P<id>[a-z0-9-]+)\"\]))"
    r"(?P<formatters>(?: *\| *[a-z]+){0,9}) *\}\}"
)
_PIECES = (Span, Insert)
_ALONE = frozenset(ALONE)
_JOINING = frozenset(("any", "all", *ALONE))


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
        tree=() if reader.problems else reader.tree,
    )
    return wording, reader.problems


# --------------------------------------------------------------------------- checking


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
        self.tree: Tree = ()
        self.conditional = False
        self.depth = 0

    def read(self) -> None:
        if len(self.source) > MAX_LENGTH:
            self._refuse(1, f"a text longer than {MAX_LENGTH:,} characters")
            return
        plain = self._plain()
        if plain is None:
            self._parsed()
        else:
            self.tree = plain

    def fixed(self) -> Running | None:
        """What a text without conditions comes to, whatever the values."""
        if self.conditional:
            return None
        pieces = tuple([piece for piece in self.tree if isinstance(piece, _PIECES)])
        names = printed(pieces)
        return Running(pieces, looked_at=frozenset(names), printed=names)

    def _plain(self) -> tuple[Piece, ...] | None:
        """The pieces of a text with nothing but plain names in it, as most are; None for any other."""
        source, offset = self.source, 0
        pieces: list[Piece] = []
        words: list[tuple[int, Insert]] = []
        if "\r" in source:
            return None
        while opened := _OPENED.search(source, offset):
            start = opened.start()
            found = _NAME.match(source, start)
            insert = _named(found[0]) if found else None
            if found is None or insert is None:
                return None
            if start > offset:
                pieces.append(Span(offset, start))
            pieces.append(insert)
            words.append((start, insert))
            offset = found.end()
        if offset < len(source):
            pieces.append(Span(offset, len(source)))
        for start, insert in words:
            self.names.append(insert.name)
            self._inserted(insert, source.count("\n", 0, start) + 1, in_loop=False)
        return tuple(pieces)

    def _parsed(self) -> None:
        """The same of any text."""
        found = everyday_tags.read(self.source) or self._by_jinja()
        if found is None:
            return
        body, spans = found
        self.conditional |= any(isinstance(node, nodes.If | nodes.For) for node in body)
        self._body(body, loops={})
        if not self.problems:
            self.tree = _tree(body, iter(spans), {})

    def _by_jinja(self) -> tuple[list[nodes.Node], list[Span]] | None:
        """What Jinja reads, unless it cannot, or what no text may hold is among it."""
        size = offset = 0
        spans: list[Span] = []
        for line, kind, value in _tokens(self.source, self._syntax):
            if kind == "data":
                spans.append(Span(offset, offset + len(value)))
            offset += len(value)
            size = 0 if kind.endswith("_begin") else size + 1
            if size == MAX_TAG:
                self._refuse(line, f"an expression of more than {MAX_TAG} words and signs")
            if kind.endswith(("_begin", "_end")) and ("-" in value or "+" in value):
                self._refuse(line, f"white-space control ({value.strip()})")
            if kind.startswith("raw"):
                self._refuse(line, "a raw block")
            self.conditional |= kind in ("block_begin", "comment_begin")
        if self.problems:
            return None
        try:
            return _environment().parse(self.source).body, spans
        except TemplateSyntaxError as error:
            self._syntax(error)
        except RecursionError:
            self._refuse(1, "conditions nested this deeply")
        return None

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
        in_loop = isinstance(inner, nodes.Name) and inner.name in loops
        self._inserted(Insert(name, tuple(formatters)), node.lineno, in_loop=in_loop)

    def _inserted(self, insert: Insert, line: int, *, in_loop: bool) -> None:
        name, formatters, _ = insert
        if "many" in formatters:
            self.plurals.append(name)
        if "contacts" in formatters:
            self.contacts.append(name)
        if self._is_list(name) and _JOINING.isdisjoint(formatters) and not in_loop:
            self.problems.append(template_list.problem(self.at.down(line - 1), name))
        if not _ALONE.isdisjoint(formatters) and not self._alone(line):
            self._refuse(line, f"'{formatters[-1]}' inside a paragraph (give it its own)")

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


@lru_cache(maxsize=10_000)
def _named(braces: str) -> Insert | None:
    """What a plain name between braces inserts; None where nothing is called so."""
    found = _NAME.fullmatch(braces)
    assert found is not None, "it was found by the same pattern"
    space, key, id, chain = found.groups()
    formatters = tuple(chain.replace(" ", "").split("|")[1:])
    if space not in (None, *NAMESPACES) or not all(f in FORMATTERS for f in formatters):
        return None
    return Insert(f"{space}.{key or id}" if space else "modal", formatters)


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
def _environment() -> Environment:
    return Environment(keep_trailing_newline=True)


# --------------------------------------------------------------------------- as a tree


def _tree(body: list[nodes.Node], spans: Iterator[Span], loops: Mapping[str, str]) -> Tree:
    """What Jinja read of a text that was found good. The spans are those of its plain text, in order."""
    made: list[Span | Insert | Item | When | Each] = []
    for node in body:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                data = isinstance(child, nodes.TemplateData)
                made.append(next(spans) if data else _insert(child, loops))
        elif isinstance(node, nodes.If):
            cases = tuple(
                (_test(case.test, loops), _tree(case.body, spans, loops))
                for case in (node, *node.elif_)
            )
            made.append(When(cases, _tree(node.else_, spans, loops)))
        else:
            assert isinstance(node, nodes.For)
            assert isinstance(node.target, nodes.Name)
            name, _ = _name_of(node.iter, loops)
            made.append(Each(name, _tree(node.body, spans, {node.target.name: name})))
    return tuple(made)


def _insert(node: nodes.Node, loops: Mapping[str, str]) -> Insert | Item:
    formatters: list[str] = []
    while isinstance(node, nodes.Filter):
        formatters.insert(0, node.name)
        assert node.node is not None
        node = node.node
    name, each = _name_of(node, loops)
    return Item(name, tuple(formatters)) if each else Insert(name, tuple(formatters))


def _test(node: nodes.Node, loops: Mapping[str, str]) -> Test:
    if isinstance(node, nodes.And):
        return Both(_test(node.left, loops), _test(node.right, loops))
    if isinstance(node, nodes.Or):
        return Either(_test(node.left, loops), _test(node.right, loops))
    if isinstance(node, nodes.Not):
        return Not(_test(node.node, loops))
    if not isinstance(node, nodes.Compare):
        return Asked(*_name_of(node, loops))
    op, right = node.ops[0].op, node.ops[0].expr
    if op in ("eq", "ne"):
        assert isinstance(right, nodes.Const)
        return Asked(*_name_of(node.expr, loops), "==" if op == "eq" else "!=", right.value)
    assert isinstance(node.expr, nodes.Const)
    held = Asked(*_name_of(right, loops), "in", node.expr.value)
    return held if op == "in" else Not(held)


def _name_of(node: nodes.Node, loops: Mapping[str, str]) -> tuple[str, bool]:
    """The name that stands here, and whether it is the item of a loop over that."""
    if isinstance(node, nodes.Name):
        return (loops[node.name], True) if node.name in loops else (node.name, False)
    assert isinstance(node, nodes.Getattr | nodes.Getitem)
    assert isinstance(node.node, nodes.Name)
    if isinstance(node, nodes.Getattr):
        return f"{node.node.name}.{node.attr}", False
    assert isinstance(node.arg, nodes.Const)
    return f"{node.node.name}.{node.arg.value}", False
