"""Markdown as most clauses are written, read without a parser: paragraphs, links, lists and tables.

In: a text. Out: the HTML that Python-Markdown makes of it, to the byte, or its words as
`markdown.plain` gives them; None for a text that holds anything else, however slight, because only
a parser can say what that is. Both parsers are known to read alike whatever is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# What no Markdown reader takes for anything but words: letters, digits and a few signs. The
# underscore is among them only because a class of letters holds it: no text here has one.
_WORD = r"[\w ,.;:’‘'“”()–—…?/%£\"-]"
_TARGET = (
    r"(?:\#[a-z0-9-]+|[a-z0-9-]+\.md(?:\#[a-z0-9-]+)?|X+"
    r"|https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[A-Za-z0-9./-]*)?)"
)
_LINK = rf"\[(?! ){_WORD}++(?<! )\]\({_TARGET}\)"
# A line begins with a letter or a link, after a quotation mark or a bracket at most, and ends in no
# space: nothing of it is a list, a rule, code or a forced line break.
_LETTER = r"[“‘(]?[^\W\d_]"
_LINE = re.compile(rf"(?:{_LETTER}|[“‘(]?(?=\[)){_WORD}*+(?:{_LINK}{_WORD}*+)*+(?<! )")
_LINKED = re.compile(rf"\[({_WORD}++)\]\(({_TARGET})\)")
# Python-Markdown counts every list from one; a list within one of three digits is none to CommonMark.
_STEP = re.compile(r"[0-9]{1,2}\. ")
_RULE = re.compile(r"\|(?: ?-{3,} ?\|)++")
_WITHIN = "    "


def holds(text: str) -> bool:
    """Whether a text is one of those."""
    return _blocks(text) is not None


def as_html(text: str) -> str | None:
    """What Python-Markdown makes of a text."""
    read = _blocks(text)
    return None if read is None else "\n".join(line for block in read for line in block.html())


def as_words(text: str) -> str | None:
    """Paragraphs and rows on lines of their own, bullets and numbers kept."""
    read = _blocks(text)
    return None if read is None else "\n".join(line for block in read for line in block.words())


class _Paragraph(NamedTuple):
    text: str

    def html(self) -> Iterator[str]:
        yield f"<p>{_html(self.text)}</p>"

    def words(self) -> Iterator[str]:
        yield _words(self.text)


class _Table(NamedTuple):
    head: list[str]
    rows: list[list[str]]

    def html(self) -> Iterator[str]:
        yield "<table>\n<thead>\n<tr>"
        yield from (f"<th>{_html(cell)}</th>" for cell in self.head)
        yield "</tr>\n</thead>\n<tbody>"
        for row in self.rows:
            yield "<tr>"
            yield from (f"<td>{_html(cell)}</td>" for cell in row)
            yield "</tr>"
        yield "</tbody>\n</table>"

    def words(self) -> Iterator[str]:
        return (" | ".join(map(_words, row)) for row in (self.head, *self.rows))


class _List(NamedTuple):
    """A list; the last of its items may hold one more."""

    numbered: bool
    items: list[str]
    within: _List | None = None

    def html(self) -> Iterator[str]:
        tag = "ol" if self.numbered else "ul"
        yield f"<{tag}>"
        single = self.items if self.within is None else self.items[:-1]
        yield from (f"<li>{_html(item)}</li>" for item in single)
        if self.within is not None:
            yield f"<li>\n<p>{_html(self.items[-1])}</p>"
            yield from self.within.html()
            yield "</li>"
        yield f"</{tag}>"

    def words(self, indent: str = "") -> Iterator[str]:
        for number, item in enumerate(self.items, start=1):
            yield f"{indent}{f'{number}.' if self.numbered else '•'} {_words(item)}"
        if self.within is not None:
            yield from self.within.words(f"{indent}  ")


_Block = _Paragraph | _Table | _List


# A policy's texts are asked for as pages first and then as words.
@lru_cache(maxsize=500)
def _blocks(text: str) -> list[_Block] | None:
    """A text block by block; None where anything in it is for a parser to read."""
    if "_" in text:
        return None
    read: list[_Block] = []
    for piece in text.strip("\n").split("\n\n"):
        last = read[-1] if read else None
        inner = piece.startswith(_WITHIN)
        made = _block(_outdented(piece) if inner else piece)
        if made is None:
            return None
        if isinstance(made, _List) and isinstance(last, _List):
            if not inner or last.within is not None:
                return None
            read[-1] = last._replace(within=made)
        elif inner:
            return None
        else:
            read.append(made)
    return read


def _block(piece: str) -> _Block | None:
    lines = piece.split("\n")
    if piece.startswith("|"):
        return _table(*lines)
    numbered = piece.startswith("1. ")
    if numbered or piece.startswith("- "):
        items = list(map(_step if numbered else _bullet, lines))
        return _List(numbered, items) if all(map(_LINE.fullmatch, items)) else None
    return _Paragraph(piece) if all(map(_LINE.fullmatch, lines)) else None


def _table(head: str, rule: str = "", *rows: str) -> _Table | None:
    made = _Table(_cells(head), list(map(_cells, rows)))
    columns = len(made.head)
    ruled = _RULE.fullmatch(rule) and rule.count("|") == columns + 1
    if columns < 2 or not ruled or not rows or any(len(row) != columns for row in made.rows):
        return None
    return (
        made
        if all(_LINE.fullmatch(cell) for row in (made.head, *made.rows) for cell in row)
        else None
    )


def _cells(row: str) -> list[str]:
    return row[2:-2].split(" | ") if row.startswith("| ") and row.endswith(" |") else []


def _bullet(line: str) -> str:
    return line[2:] if line.startswith("- ") else ""


def _step(line: str) -> str:
    found = _STEP.match(line)
    return line[found.end() :] if found else ""


def _outdented(piece: str) -> str:
    """Lines without the four spaces that each begins with; nothing where one does not."""
    lines = piece.split("\n")
    return "\n".join(line[4:] for line in lines) if all(map(_is_within, lines)) else ""


def _is_within(line: str) -> bool:
    return line.startswith(_WITHIN)


def _html(text: str) -> str:
    return _LINKED.sub(r'<a href="\2">\1</a>', text) if "[" in text else text


def _words(text: str) -> str:
    text = text.replace("\n", " ")
    return _LINKED.sub(r"\1", text) if "[" in text else text
