"""A word looks like the organisation's own name, misspelt.

A capitalised word in the organisation's own texts differs by a letter or two from a word of its
name. Nothing looks worse on a policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from clausebook.model import Library, Organisation
from clausebook.problem import Place, Problem


def problem(at: Place, found: str, name: str) -> Problem:
    return Problem(
        rule="misspelt-name",
        at=at,
        what=f"'{found}' looks like '{name}', misspelt",
        why="a school that misspells its own name is not believed on anything else",
        fix=f"write '{name}', or {{{{ org.name }}}} in a text",
    )


_ORDINARY = frozenset(
    "school academy trust council college primary secondary infant junior".split()
)


def check_organisation(organisation: Organisation, library: Library) -> Iterator[Problem]:
    """Capitalised words of the organisation's own that are nearly a word of its name."""
    names = [w for w in re.findall(r"[A-Z]\w{4,}", organisation.name) if w.lower() not in _ORDINARY]
    for text, at in organisation.own_words:
        for word in re.findall(r"\b[A-Z]\w{4,}", text):
            for name in names:
                if word != name and word.lower() != name.lower() and _alike(word, name):
                    yield problem(at, word, name)


def _alike(word: str, name: str) -> bool:
    one, other = word.lower(), name.lower()
    # What would be found if the shorter stood in the longer; nearly all pairs end here.
    if 2 * min(len(one), len(other)) / (len(one) + len(other)) <= 0.85:
        return False
    matcher = SequenceMatcher(None, one, other)
    # The first never is below the second, and takes next to no time.
    measures = (matcher.quick_ratio, matcher.ratio)
    return word.removesuffix("s") != name and all(measure() > 0.85 for measure in measures)
