"""HTML read into a tree of elements, whatever kind of element a test asks questions of."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, Generic, TypeVar

EMPTY = frozenset("area base br col embed hr img input link meta source track wbr".split())
# Has a name, and parts that are elements and texts.
Node = TypeVar("Node", bound=Any)


class TreeReader(HTMLParser, Generic[Node]):
    """Feed it a page; `top` is what holds it all."""

    def __init__(self, element: Callable[[str, dict[str, str]], Node]) -> None:
        super().__init__()
        self.element = element
        self.top: Node = element("", {})
        self.open: list[Node] = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self.element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self.element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in {element.name for element in self.open}:
            while self.open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)
