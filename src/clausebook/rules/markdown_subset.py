"""A clause's text uses Markdown outside the part that every clause may use.

Clauses are moved, numbered, compared and printed one by one, so each must stand alone: no
headings, raw HTML, code blocks, footnotes or reference links; images have a description; lists
have a blank line before them and nested lists are indented by four spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from clausebook.markdown import as_if_met, faults
from clausebook.model import Clause, Library, Policy
from clausebook.problem import Place, Problem


def problem(at: Place, detail: str) -> Problem:
    return Problem(
        rule="markdown-subset",
        at=at,
        what=detail,
        why="it would read differently on the page, in the PDF and on its own",
        fix="see 'A clause' in docs/format.md",
    )


_BULLETS = re.compile(r"^[^\n{]*\{\{[^{}]*\|\s*(?:bullets|contacts)\s*\}\}[^\n]*$", re.M)


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    for line, detail in _faults(clause.text.source):
        yield problem(clause.text.at.down(line), detail)
    for wording in clause.wordings:
        if wording is clause.text:
            continue
        if "\n" in wording.source or re.search(r"[*_`\[\]<>|#]", as_if_met(wording.source)):
            yield problem(wording.at, "a title or summary is plain text, without Markdown")


@lru_cache(maxsize=20_000)
def _faults(source: str) -> tuple[tuple[int, str], ...]:
    """Faults of a text with every condition taken as met and every name as a word."""
    listed = "bullets" in source or "contacts" in source
    text = _BULLETS.sub("- X", source) if listed else source
    return tuple(faults(as_if_met(text)))
