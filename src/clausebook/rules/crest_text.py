"""A crest has no words for those who cannot see it, or there are words and no crest.

`crest_text` is read out where others see the crest, and shown when it cannot be. Say what it shows
in a few words: "A heron among reeds".
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place, *, crest: bool) -> Problem:
    return Problem(
        rule="crest-text",
        at=at,
        what="this crest has no 'crest_text'" if crest else "there is no crest for this text",
        why="readers who cannot see it would not know what is shown"
        if crest
        else "it would never appear in the handbook",
        fix="add a line 'crest_text: …' that says what the crest shows"
        if crest
        else "name the picture in a line 'crest: …', or remove this one",
    )
