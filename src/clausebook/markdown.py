"""Clause Markdown: is it within the part every clause may use, and what does it say as plain text?

Two well-known parsers read every text: markdown-it (CommonMark, with line numbers) and
Python-Markdown (what MkDocs uses). A text they read differently is refused, so a page, a PDF and
an exported tree can never disagree about what is a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from clausebook import everyday

if TYPE_CHECKING:  # most runs read no text that they have not read before
    from markdown import Markdown
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

EXTENSIONS = ("tables",)
# Python-Markdown takes minutes over a text that is nothing but these.
MAX_BRACKETS = 500

_REFUSED = {
    "html_block": "raw HTML",
    "html_inline": "raw HTML",
    "heading_open": "a heading",
    "fence": "a code block",
    "code_block": "an indented code block (a list item that goes on is indented by four spaces)",
    "hr": "a horizontal rule",
    "hardbreak": "a forced line break",
}
_PICTURE = re.compile(
    r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])\.)[a-z0-9][a-z0-9._-]*\.(?:svg|png)"
)
_SCHEMES = ("https://", "http://", "mailto:", "tel:")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    class Reader(MarkdownIt):
        def validateLink(self, url: str) -> bool:
            """Unsafe links are read as links too, so that they are refused as what they are."""
            return True

    return Reader("commonmark").enable("table")


@lru_cache(maxsize=1)
def _mkdocs_parser() -> Markdown:
    from markdown import Markdown

    return Markdown(extensions=list(EXTENSIONS))


def faults(text: str) -> list[tuple[int, str]]:
    """Constructs outside the subset, each with its line (from 0) in the text."""
    if text.count("[") > MAX_BRACKETS:
        return [(0, f"a text with more than {MAX_BRACKETS} square brackets cannot be read")]
    if everyday.holds(text):
        return []
    tokens = _parser().parse(text)
    found = [(line, f"{what} cannot stand in a clause") for line, what in _refused(tokens)]
    found += [(line, what) for line, what in _definitions(text)]
    if not found and _shape(_parser().render(text)) != _shape(_mkdocs(text)):
        found.append((_first_difference(text), _WHY_DIFFERENT))
    return found


_WHY_DIFFERENT = (
    "Markdown readers disagree about this text: put a blank line before a list or table, and "
    "indent what belongs to a list item by four spaces"
)


def _refused(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    for token in tokens:
        line = token.map[0] if token.map else 0
        if token.type in _REFUSED:
            yield line, _REFUSED[token.type]
        for child in token.children or ():
            if child.type in _REFUSED:
                yield line, _REFUSED[child.type]
            elif child.type == "image" and not child.content.strip():
                yield line, "an image without a description"
            elif child.type == "image" and not _is_plain(child):
                yield line, "a description of an image that is more than plain words"
            elif child.type == "image" and not is_asset(str(child.attrs.get("src", ""))):
                yield line, "an image from outside the handbook"
            elif child.type == "link_open" and not _is_link(str(child.attrs.get("href", ""))):
                yield line, "a link to anywhere but the web, an email address or a clause"


def _is_plain(image: Token) -> bool:
    return {child.type for child in image.children or ()} <= {"text", "softbreak"}


def is_asset(source: str) -> bool:
    """Whether this is the name of a file that may be shown: an SVG or PNG, and no folder."""
    return bool(_PICTURE.fullmatch(source)) and ".." not in source


def _is_link(target: str) -> bool:
    return target.startswith(_SCHEMES) or bool(
        re.fullmatch(r"#[a-z0-9-]+|[a-z0-9-]+\.md(#[a-z0-9-]+)?|X+", target)
    )


def _definitions(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n")):
        if re.match(r" {0,3}\[[^\]]+\]:", line):
            yield number, "a reference link cannot stand in a clause"
        elif re.search(r"\[\^[^\]]+\]", line):
            yield number, "a footnote cannot stand in a clause"
        elif re.match(r" {0,3}(=+|-{2,}) *\Z", line) and number:
            yield number, "an underlined heading cannot stand in a clause"


def _mkdocs(text: str) -> str:
    parser = _mkdocs_parser()
    parser.reset()
    return str(parser.convert(text))


def _shape(html: str) -> str:
    """HTML with what may differ between parsers, but not for readers, taken out."""
    html = re.sub(r"\s+", " ", html)
    html = re.sub(r" style=\"text-align: ?(\w+);?\"", r" align \1", html)
    html = re.sub(r"<img ([^>]*?) ?/?>", _in_order, html)
    html = re.sub(r"> <", "><", html)
    html = re.sub(r"> | <", lambda m: m[0].strip(), html)
    return unescape(_without_item_paragraphs(html)).strip()


def _in_order(image: re.Match[str]) -> str:
    """A picture with its attributes by name: parsers write them in orders of their own."""
    attributes = re.findall(r'[a-z]+="[^"]*"', image[1])
    return f"<img {' '.join(sorted(attributes))}>"


def _without_item_paragraphs(html: str) -> str:
    """A list with space between its items is one paragraph an item in one parser, some in another."""
    depth, kept = 0, []
    for part in re.split(r"(<[^>]*>)", html):
        depth += part.startswith("<li") - part.startswith("</li")
        if depth and part in ("<p>", "</p>"):
            continue
        kept.append(part)
    return "".join(kept)


def _first_difference(text: str) -> int:
    """The line of the first paragraph, list or table that the two parsers read differently."""
    start = 0
    for block in re.split(r"(?<=\n)\n+", text):
        start = text.index(block, start)
        if _shape(_parser().render(block)) != _shape(_mkdocs(block)):
            return text.count("\n", 0, start)
        start += len(block)
    return 0


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """What a Markdown text says: paragraphs on lines of their own, bullets and numbers kept."""
    words = everyday.as_words(text)
    return _parsed_words(text) if words is None else words


def _parsed_words(text: str) -> str:
    lines: list[str] = []
    lists: list[int | None] = []
    marker = ""
    cells: list[str] = []
    in_cell = False
    for token in _parser().parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            ordered = token.type.startswith("ordered")
            lists.append(int(token.attrs.get("start", 1)) if ordered else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            marker = "• " if number is None else f"{number}. "
            if number is not None:
                lists[-1] = number + 1
        elif token.type in ("th_open", "td_open"):
            in_cell = True
        elif token.type in ("th_close", "td_close"):
            in_cell = False
        elif token.type == "tr_close":
            lines.append(" | ".join(cells))
            cells = []
        elif token.type == "inline":
            words = inline_words(token)
            if in_cell:
                cells.append(words)
                continue
            indent = "  " * max(len(lists) - 1, 0)
            lines.append(f"{indent}{marker or ('  ' if lists else '')}{words}")
            marker = ""
    return "\n".join(lines)


def pictures_in(text: str) -> tuple[str, ...]:
    """The files of the pictures that a Markdown text shows, each once."""
    if "![" not in text:
        return ()
    tokens = [child for token in _parser().parse(text) for child in token.children or ()]
    sources = [str(token.attrs.get("src", "")) for token in tokens if token.type == "image"]
    return tuple(dict.fromkeys(sources))


_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_NAME = re.compile(r"\{\{.*?\}\}", re.S)


def as_if_met(source: str) -> str:
    """A clause's source with every condition taken as met and every name as a word.

    Conditions leave nothing behind, not even the line they stand on.
    """
    if "{%" in source or "{#" in source:
        lines = [(line, _TAG.sub("", line)) for line in source.split("\n")]
        source = "\n".join([bare for line, bare in lines if bare.strip() or not line.strip()])
    return _NAME.sub("X", source) if "{{" in source else source


def pictures_as_written(source: str) -> tuple[str, ...]:
    """The files of the pictures that a clause's source names."""
    return pictures_in(as_if_met(source)) if "!" in source else ()


def inline_words(token: Token) -> str:
    words: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            words.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif child.type == "image":
            words.append(child.content.replace("\n", " "))
    return "".join(words)
