"""A mapping goes in; YAML text comes out, the same on every platform and with every library."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = str | int | Sequence["Value"] | Mapping[str, "Value"]

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .()/’_-]*[A-Za-z0-9.)’])?|\d{4}(?:-\d\d){1,2}")
_WORDS_WITH_A_MEANING = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_WIDTH = 100


def yaml_text(value: Mapping[str, Value]) -> str:
    """The mapping as a YAML document; small mappings and lists stand on one line."""
    return "".join(f"{line}\n" if line else "\n" for line in _mapping_lines(value))


def _mapping_lines(mapping: Mapping[str, Value]) -> Iterator[str]:
    for key, value in mapping.items():
        yield from _entry_lines(f"{_scalar(key)}:", value)


def _entry_lines(label: str, value: Value) -> Iterator[str]:
    one_line = _one_line(value)
    if one_line is not None and len(label) + len(one_line) < _WIDTH:
        yield f"{label} {one_line}"
    elif isinstance(value, str):
        yield from _text_lines(label, value)
    elif isinstance(value, Mapping):
        yield label
        yield from _indented(_mapping_lines(value))
    elif isinstance(value, Sequence):
        yield label
        for item in value:
            yield from _indented(_item_lines(item))


def _text_lines(label: str, text: str) -> Iterator[str]:
    if "\n" not in text:
        yield f"{label} {_scalar(text)}"
        return
    yield f"{label} |"
    yield from _indented(text.rstrip("\n").split("\n"))


def _item_lines(item: Value) -> Iterator[str]:
    one_line = _one_line(item)
    if isinstance(item, Mapping) and (one_line is None or len(one_line) >= _WIDTH):
        first, *rest = _mapping_lines(item)
        yield f"- {first}"
        yield from _indented(rest)
    else:
        yield f"- {one_line}"


def _indented(lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _one_line(value: Value) -> str | None:
    """The value in flow style; nothing when a text in it has several lines."""
    if isinstance(value, str | int):
        return None if isinstance(value, str) and "\n" in value else _scalar(value)
    if isinstance(value, Mapping):
        pairs = [(_scalar(key), _one_line(item)) for key, item in value.items()]
        parts = [None if item is None else f"{key}: {item}" for key, item in pairs]
        opening, closing = "{}"
    else:
        parts = [_one_line(item) for item in value]
        opening, closing = "[]"
    if any(part is None for part in parts):
        return None
    return opening + ", ".join(part for part in parts if part is not None) + closing


def _scalar(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS_WITH_A_MEANING:
        return value
    return json.dumps(value, ensure_ascii=False)
