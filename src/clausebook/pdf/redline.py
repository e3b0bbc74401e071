"""The differences of two texts in, what is printed of them out: marks that read well, or both texts whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clausebook.changes import AFTER, BEFORE, SAME, Difference

# Fewer words between two marks than this would only break up what belongs together.
BETWEEN = 3
# With less than this left of both, marks would be all there is: each text is printed by itself.
LEFT = 0.4


def redline(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Both texts as one, in parts; or nothing, where too little of them is the same.

    White space stands outside the marks, and what was taken out before what came in its place.
    """
    joined = _joined(list(differences))
    if _share(joined) < LEFT:
        return ()
    found: list[Difference] = []
    for place, (op, text) in enumerate(joined):
        inner = text.strip()
        replaced = op == BEFORE and [one for one, _ in joined[place + 1 : place + 2]] == [AFTER]
        if op == SAME or not inner:
            _say(found, "" if op == BEFORE else text)
            continue
        begin = text.index(inner)
        follows = bool(found) and found[-1][0] == BEFORE
        _say(found, " " if follows else text[:begin])
        found.append((op, inner))
        _say(found, "" if replaced else text[begin + len(inner) :])
    return tuple(found)


def _say(found: list[Difference], text: str) -> None:
    """Add words that are in both."""
    if text and found and found[-1][0] == SAME:
        found[-1] = (SAME, found[-1][1] + text)
    elif text:
        found.append((SAME, text))


def _joined(parts: list[Difference]) -> list[Difference]:
    """Edits with hardly a word between them as one edit."""
    runs: list[tuple[str, str, str]] = []  # the same, or what was there and what is
    for place, (op, text) in enumerate(parts):
        within = 0 < place < len(parts) - 1 and len(text.split()) < BETWEEN
        if op == SAME and not (within and not re.search(r"[.:;!?]\s*$|\n", text)):
            runs.append((text, "", ""))
            continue
        if not runs or runs[-1][0]:
            runs.append(("", "", ""))
        _, before, after = runs[-1]
        runs[-1] = (
            "",
            before + (text if op != AFTER else ""),
            after + (text if op != BEFORE else ""),
        )
    out: list[Difference] = []
    for same, before, after in runs:
        out += [(op, text) for op, text in ((SAME, same), (BEFORE, before), (AFTER, after)) if text]
    return out


def _share(parts: Iterable[Difference]) -> float:
    """How much of the words stands in both texts."""
    same = other = 0
    for op, text in parts:
        if op == SAME:
            same += len(text.split())
        else:
            other += len(text.split())
    return 2 * same / (2 * same + other) if same + other else 1.0
