"""Conditions, loops and names as most are written, read without Jinja.

In: a text. Out: the nodes that Jinja makes of it, and the spans of its plain words; None for a text
that holds anything else, however slight, because only Jinja can say what that is.
"""

from __future__ import annotations

import re

from jinja2 import nodes

from clausebook.wording import MAX_NESTED, NAMESPACES, Span

_SPACES = "|".join(NAMESPACES)
_ID = '"[a-z0-9-]+"'
_NAME = rf"(?:modal|item|(?:{_SPACES})(?:\.[a-z][a-z0-9_]*|\[{_ID}\]))"
_TEST = rf"(?:(?:not )?{_NAME}|{_NAME} [!=]= {_ID}|{_ID} (?:not )?in {_NAME})"
_TAG = re.compile(
    rf"\{{\{{ *(?P<shown>{_NAME})(?P<formatters>(?: *\| *[a-z]+){{0,9}}) *\}}\}}"
    rf"|\{{% *(?:(?P<case>if|elif) (?P<tests>{_TEST}(?: and {_TEST}){{0,3}})"
    rf"|for item in (?P<each>{_NAME})|(?P<word>else|endif|endfor)) *%\}}"
)
_OPENED = re.compile(r"\{[{%#]")
_SIGNS = {"==": "eq", "!=": "ne"}


def read(source: str) -> tuple[list[nodes.Node], list[Span]] | None:
    """The nodes of a text, and its spans in their order."""
    if "\r" in source:
        return None
    reading = _Reading(source)
    offset = 0
    while opened := _OPENED.search(source, offset):
        found = _TAG.match(source, opened.start())
        if found is None:
            return None
        reading.data(offset, found.start())
        if not reading.tag(found):
            return None
        offset = found.end()
    reading.data(offset, len(source))
    return None if reading.open else (reading.bodies[0], reading.spans)


class _Reading:
    def __init__(self, source: str) -> None:
        self.source = source
        self.spans: list[Span] = []
        self.open: list[nodes.If | nodes.For] = []
        # What is read next stands in the last.
        self.bodies: list[list[nodes.Node]] = [[]]

    def data(self, start: int, end: int) -> None:
        if start < end:
            self.spans.append(Span(start, end))
            self._print(nodes.TemplateData(self.source[start:end]))

    def tag(self, found: re.Match[str]) -> bool:
        """Take what stands between braces, if it can stand here."""
        line = self.source.count("\n", 0, found.start()) + 1
        last = self.open[-1] if self.open else None
        # Where another case may stand: in a condition that has come to no else.
        cases = last if isinstance(last, nodes.If) and self.bodies[-1] is not last.else_ else None
        if found["shown"]:
            self._print(_shown(found["shown"], found["formatters"], line))
        elif found["each"]:
            target = nodes.Name("item", "store", lineno=line)
            loop = nodes.For(target, _name(found["each"], line), [], [], None, False, lineno=line)
            return self._opened(loop)
        elif found["case"] == "if":
            return self._opened(_case(found["tests"], line))
        elif found["case"] and cases:
            case = _case(found["tests"], line)
            cases.elif_.append(case)
            self.bodies[-1] = case.body
        elif found["word"] == "else" and cases:
            self.bodies[-1] = cases.else_
        elif last and found["word"] == ("endif" if isinstance(last, nodes.If) else "endfor"):
            self.open.pop()
            self.bodies.pop()
        else:
            return False
        return True

    def _opened(self, node: nodes.If | nodes.For) -> bool:
        self.bodies[-1].append(node)
        self.open.append(node)
        self.bodies.append(node.body)
        return len(self.open) <= MAX_NESTED

    def _print(self, node: nodes.Expr) -> None:
        last = self.bodies[-1][-1] if self.bodies[-1] else None
        if isinstance(last, nodes.Output):
            last.nodes.append(node)
        else:
            self.bodies[-1].append(nodes.Output([node]))


def _case(tests: str, line: int) -> nodes.If:
    first, *more = tests.split(" and ")
    whole = _test(first, line)
    for test in more:
        whole = nodes.And(whole, _test(test, line), lineno=line)
    return nodes.If(whole, [], [], [], lineno=line)


def _test(text: str, line: int) -> nodes.Expr:
    match text.split(" "):
        case [name]:
            return _name(name, line)
        case ["not", name]:
            return nodes.Not(_name(name, line), lineno=line)
        case [id, "not", "in", name]:
            return _compared(_id(id, line), "notin", _name(name, line), line)
        case [id, "in", name]:
            return _compared(_id(id, line), "in", _name(name, line), line)
    name, sign, id = text.split(" ")
    return _compared(_name(name, line), _SIGNS[sign], _id(id, line), line)


def _compared(left: nodes.Expr, how: str, right: nodes.Expr, line: int) -> nodes.Compare:
    return nodes.Compare(left, [nodes.Operand(how, right)], lineno=line)


def _shown(name: str, formatters: str, line: int) -> nodes.Expr:
    node = _name(name, line)
    for formatter in formatters.replace(" ", "").split("|")[1:]:
        node = nodes.Filter(node, formatter, [], [], None, None, lineno=line)
    return node


def _name(text: str, line: int) -> nodes.Expr:
    space, dot, key = text.partition(".")
    if dot:
        return nodes.Getattr(nodes.Name(space, "load", lineno=line), key, "load", lineno=line)
    space, bracket, id = text.partition("[")
    node = nodes.Name(space, "load", lineno=line)
    return nodes.Getitem(node, _id(id[:-1], line), "load", lineno=line) if bracket else node


def _id(quoted: str, line: int) -> nodes.Const:
    return nodes.Const(quoted[1:-1], lineno=line)
