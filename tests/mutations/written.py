"""YAML as it is written: a tree that knows where every key and value stands, and edits of it.

Every edit but a duplicated key leaves each remaining line where it was, so that the places of
problems need no translating. The tree comes from PyYAML itself, not from the product's reader.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

_BLOCK = re.compile(r"^```clause *\n(.*?)^``` *$", re.M | re.S)


@dataclass(frozen=True)
class Node:
    """A text, a list or a mapping, and the part of its file that it takes up."""

    kind: str
    value: str
    start: int
    end: int
    flow: bool = False
    literal: bool = False
    items: tuple[Node, ...] = ()
    entries: tuple[Entry, ...] = ()

    def get(self, key: str) -> Node | None:
        return next((e.value for e in self.entries if e.key.value == key), None)

    @property
    def first_text(self) -> str:
        """The first text in it, however deep."""
        if self.kind == "text":
            return self.value
        inside = [*self.items, *(entry.value for entry in self.entries)]
        return inside[0].first_text if inside else ""


@dataclass(frozen=True)
class Entry:
    """A key of a mapping and its value."""

    key: Node
    value: Node

    @property
    def start(self) -> int:
        return self.key.start

    @property
    def end(self) -> int:
        return max(self.key.end + 1, self.value.end)


@dataclass(frozen=True)
class Edit:
    """One stretch of a file and what stands there instead."""

    start: int
    end: int
    new: str

    def applied(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


@dataclass(frozen=True)
class Source:
    """A file's text and its lines."""

    file: str
    text: str

    @cached_property
    def starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def line(self, offset: int) -> int:
        return bisect.bisect_right(self.starts, offset)

    @cached_property
    def documents(self) -> tuple[Node, ...]:
        """The YAML of the file: all of it, or each clause block of a section file."""
        return tuple(self._documents())

    def _documents(self) -> Iterator[Node]:
        if self.file.endswith(".yml"):
            yield self._read(self.text, 0)
            return
        for block in _BLOCK.finditer(self.text):
            yield self._read(block[1], block.start(1))

    def _read(self, text: str, base: int) -> Node:
        lines: list[int] = [0, *(found.end() for found in re.finditer("\n", text))]

        def offset(mark: Any) -> int:
            return base + lines[int(mark.line)] + int(mark.column)

        def made(node: Any) -> Node:
            start, end = offset(node.start_mark), offset(node.end_mark)
            if isinstance(node, yaml.ScalarNode):
                literal = node.style in ("|", ">")
                if literal:
                    end = base + len(text[: end - base].rstrip())
                return Node("text", node.value, start, end, literal=literal)
            flow = bool(node.flow_style)
            if isinstance(node, yaml.SequenceNode):
                items = tuple(made(item) for item in node.value)
                return Node("list", "", start, end if flow else items[-1].end, flow, items=items)
            assert isinstance(node, yaml.MappingNode)
            entries = tuple(Entry(made(key), made(value)) for key, value in node.value)
            return Node(
                "mapping", "", start, end if flow else entries[-1].end, flow, False, (), entries
            )

        return made(yaml.compose(text, Loader=yaml.SafeLoader))

    def excerpt(self, edit: Edit) -> str | None:
        """The edited text with one row and the key above it, all on their own lines.

        Rows of a register, and parameters of a policy, are read each by itself: alone, a row has
        the problems it has among the others. None where the edit reaches beyond a row.
        """
        if not self.file.startswith("policies/") or not self.file.endswith(".yml"):
            return None
        row = next((r for r in self._rows if r[0] <= edit.start and edit.end <= r[1]), None)
        if row is None:
            return None
        start, end, top, top_end = row
        lines = "\n" * (self.line(top) - 1) + self.text[top:top_end]
        lines += "\n" * (self.line(start) - self.line(top) - 1)
        edited = self.text[start : edit.start] + edit.new + self.text[edit.end : end]
        return lines + edited

    @cached_property
    def _rows(self) -> list[tuple[int, int, int, int]]:
        """Where each row begins and ends, and where the line of the key above it does."""
        rows: list[tuple[int, int, int, int]] = []
        for entry in self.documents[0].entries:
            inner = entry.value.entries
            if entry.value.flow or not inner:
                continue
            top = self.starts[self.line(entry.start) - 1]
            first = [self.starts[self.line(e.start) - 1] for e in inner]
            last = [*first[1:], self.starts[self.line(entry.end)]]
            for start, end in zip(first, last, strict=True):
                rows.append((start, end, top, self.text.index("\n", top) + 1))
        return rows

    # ------------------------------------------------------------------ edits

    def replaced(self, node: Node, new: str) -> Edit:
        """Another value, with as many line ends as the old one had."""
        lines = self.text.count("\n", node.start, node.end)
        return Edit(node.start, node.end, new + "\n" * lines)

    def misspelt(self, key: Node) -> Edit:
        end = key.end - 1 if self.text[key.end - 1] in "'\"" else key.end
        return Edit(end, end, "x")

    def doubled(self, parent: Node, entry: Entry) -> tuple[Edit, int]:
        """The same key once more, with another value; and how many lines that adds before it."""
        key = self.text[entry.key.start : entry.key.end]
        if parent.flow:
            return Edit(entry.start, entry.start, f"{key}: wrong, "), 0
        indent = entry.start - self.starts[self.line(entry.start) - 1]
        after = self.text.find("\n", entry.end)
        return Edit(after, after, f"\n{' ' * indent}{key}: wrong"), 1

    def without(self, parent: Node, start: int, end: int) -> Edit:
        """An entry or item taken out; what stands around it stays on its line."""
        if parent.flow:
            comma = re.compile(r"\s*,[ ]*").match(self.text, end)
            if comma:
                return self._blank(start, comma.end())
            before = re.compile(r",\s*\Z").search(self.text[parent.start : start])
            return self._blank(parent.start + before.start() if before else start, end)
        if parent.kind == "list":
            start = self.text.rindex("-", 0, start)
        return self._blank(start, end)

    def _blank(self, start: int, end: int) -> Edit:
        return Edit(start, end, "\n" * self.text.count("\n", start, end))
