"""A placeholder was left in.

"[insert name]", "TBC", "xxx" and rows of dots or underscores are how models mark what a school
must fill in. None may be published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from clausebook.model import Clause, Library, Organisation, Policy
from clausebook.problem import Place, Problem
from clausebook.rules import said_in
from clausebook.said import said, small


def problem(at: Place, found: str) -> Problem:
    return Problem(
        rule="placeholder",
        at=at,
        what=f"'{found}' looks like a placeholder",
        why="it would be published, and approved, as it stands",
        fix="fill it in",
    )


# The signs that any of it begins with come first: most of a text is passed over at once.
_LEFT_IN = re.compile(
    r"(?=[tfxli\[<?_.])(?:"
    r"\b(?:TBC|TBA|TODO|FIXME|XXX+|lorem ipsum)\b|\[(?:insert|name|school|date|add)\b[^\]]*\]"
    r"|<(?:insert|name|school|date)\b[^>]*>|\binsert [a-z ]{0,40}\bname\b|\?\?\?+|_{4,}|\.{6,})",
    re.I,
)
# Where any of it stands, one of these does: a word by itself, or a part of one.
_WORDS = frozenset(("tbc", "tba", "todo", "fixme", "lorem", "insert"))
_PARTS = (
    *("[name", "[school", "[date", "[add", "<name", "<school", "<date"),
    *("xxx", "???", "____", "......"),
)


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if not _may_be_left_in([wording.source for wording in clause.wordings], said_in(clause)):
        return
    for wording in clause.wordings:
        for found in _LEFT_IN.finditer(wording.source):
            yield problem(wording.place(found.start()), found[0])


def check_organisation(organisation: Organisation, library: Library) -> Iterator[Problem]:
    texts = [text for text, _ in organisation.own_words]
    if not _may_be_left_in(texts, said(texts)):
        return
    for text, at in organisation.own_words:
        for found in _LEFT_IN.finditer(text):
            yield problem(at, found[0])


def _may_be_left_in(texts: list[str], words: AbstractSet[str]) -> bool:
    """Whether anything of it can stand in some texts, of which these are the words."""
    if not _WORDS.isdisjoint(words):
        return True
    whole = small("\n".join(texts))
    return any(map(whole.__contains__, _PARTS))
