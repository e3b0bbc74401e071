"""YAML text in; plain data out, where every value knows its line and column.

Every scalar stays the text that was written: no value becomes a number, a flag or a date by its
looks, so `5.10` cannot turn into 5.1 nor `no` into false. Anchors, aliases, tags and second
documents are refused: nobody needs them here, and they are how YAML files attack their readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from clausebook.problem import Place, Problem
from clausebook.rules import bad_text, duplicate_key, empty_value, yaml_feature, yaml_syntax

MAX_DEPTH = 12

Path = tuple[str | int, ...]

# libyaml, which every published PyYAML wheel holds: the pure Python parser is slower and reads a
# few texts differently, and the same files must mean the same everywhere.
_Loader: Any = yaml.CSafeLoader

# Line ends for YAML but not for editors: a key could hide behind one, and places would be wrong.
_HIDDEN_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


@dataclass(slots=True)
class Document:
    """Plain data (mappings, lists, texts) and the place of every key and value in it."""

    data: Any
    start: Place
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    styles: dict[Path, str | None] = field(default_factory=dict)

    def at(self, *path: str | int) -> Place:
        """Where a value stands; for one that is not written, where its nearest parent does."""
        while path:
            place = self.values.get(path)
            if place:
                return place
            path = path[:-1]
        return self.start

    def key(self, *path: str | int) -> Place:
        """Where a mapping's key (or a list's item) stands."""
        return self.keys.get(path) or self.at(*path)

    def wording(self, *path: str | int) -> tuple[Place, int] | None:
        """Where a value's text begins and how far its further lines are indented.

        None when the text does not stand in the file as it reads: folded, or with escapes.
        """
        at, value = self.at(*path), self._value(path)
        lines = self.text.split("\n")
        first = at.line - self.start.line
        if self.styles.get(path) != "|":
            column = at.column - (self.start.column if first == 0 else 1)
            return (at, 0) if lines[first][column:].startswith(value) else None
        body = lines[first + 1 : first + 1 + len(value.rstrip("\n").split("\n"))]
        indent = min((len(raw) - len(raw.lstrip(" ")) for raw in body if raw.strip()), default=0)
        if [raw[indent:] for raw in body] != value.rstrip("\n").split("\n"):
            return None
        return Place(at.file, at.line + 1, indent + 1), indent

    def _value(self, path: Path) -> str:
        value = self.data
        for part in path:
            value = value[part]
        return str(value)


def read_yaml(text: str, start: Place) -> Document:
    """Read one YAML document; what is wrong with it as YAML is in its `problems`."""
    document = Document(data=None, start=start, text=text)
    hidden = _HIDDEN_LINE_ENDS.search(text)
    if hidden:
        before = text[: hidden.start()]
        at = start.down(before.count("\n"), len(before) - before.rfind("\n"))
        document.problems.append(
            bad_text.problem(at, "this line holds a character that is not shown")
        )
        return document
    try:
        _Builder(document).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = start.down(mark.line, mark.column + 1) if mark else start
        document.problems.append(yaml_syntax.problem(at, error.problem or "cannot be read"))
        document.data = None
    except yaml.YAMLError as error:
        document.problems.append(yaml_syntax.problem(start, str(error).split("\n")[0]))
        document.data = None
    return document


_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_BLANK = ("", "~", "null", "Null", "NULL")


class _Builder:
    """Builds data from parser events with a stack of its own, so deep nesting cannot overflow."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[tuple[Any, Path]] = []
        # Of the innermost mapping: the key that was read last, until its value is.
        self.pending: str | None = None
        self.done = False

    def build(self, text: str) -> None:
        # yaml.parse, without a generator between libyaml and each of its events.
        for event in iter(_Loader(text).get_event, None):
            if not self._take(event):
                return

    def _place(self, event: Any) -> Place:
        mark, start = event.start_mark, self.document.start
        line, column = mark.line, mark.column + 1
        return Place(start.file, start.line + line, column if line else start.column + column - 1)

    def _refuse(self, event: Any, what: str) -> bool:
        self.document.problems.append(yaml_feature.problem(self._place(event), what))
        self.document.data = None
        return False

    def _take(self, event: Any) -> bool:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._is_plain(event) and self._scalar(event)
        if kind in _ENDS:
            self.stack.pop()
        elif kind is yaml.MappingStartEvent:
            return self._is_plain(event) and self._open(event, {})
        elif kind is yaml.SequenceStartEvent:
            return self._is_plain(event) and self._open(event, [])
        elif kind is yaml.AliasEvent:
            return self._refuse(event, "an anchor or alias")
        elif kind is yaml.DocumentStartEvent:
            if self.done:
                return self._refuse(event, "a second document")
            self.done = True
        return True

    def _is_plain(self, event: Any) -> bool:
        if event.anchor:
            return self._refuse(event, "an anchor or alias")
        if event.tag not in (None, "!"):
            return self._refuse(event, f"a tag ({event.tag})")
        return True

    def _wants_key(self) -> bool:
        """Whether a mapping is open that waits for its next key."""
        return self.pending is None and bool(self.stack) and type(self.stack[-1][0]) is dict

    def _open(self, event: Any, made: dict[str, Any] | list[Any]) -> bool:
        if len(self.stack) >= MAX_DEPTH:
            return self._refuse(event, f"nesting deeper than {MAX_DEPTH} levels")
        if self._wants_key():
            return self._refuse(event, "a key that is not plain text")
        self.stack.append((made, self._put(made, self._place(event))))
        return True

    def _scalar(self, event: Any) -> bool:
        document, value, place = self.document, event.value, self._place(event)
        if self._wants_key():
            parent, path = self.stack[-1]
            here = (*path, value)
            if value in parent:
                first = document.keys[here]
                document.problems.append(duplicate_key.problem(place, value, first))
            else:
                document.keys[here] = place
            self.pending = value
            return True
        # libyaml gives a plain scalar the style "", PyYAML's own parser None.
        blank = not event.style and value in _BLANK
        here = self._put(None if blank else value, place)
        if blank and here:
            document.problems.append(empty_value.problem(document.key(*here)))
        document.styles[here] = event.style
        if event.style in ("'", '"'):
            document.values[here] = place.down(0, 2)
        return True

    def _put(self, value: Any, place: Place) -> Path:
        document = self.document
        if not self.stack:
            document.data = value
            return ()
        parent, path = self.stack[-1]
        if self.pending is not None:
            here: Path = (*path, self.pending)
            parent[self.pending] = value
            self.pending = None
        else:
            here = (*path, len(parent))
            parent.append(value)
            document.keys[here] = place
        document.values[here] = place
        return here
