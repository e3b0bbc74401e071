"""A text in a YAML file is written so that it does not stand there as it reads.

Every published word can be pointed at in its file. Quotation marks inside quoted text, escapes and
folded blocks (`>`) break that. A block with `|` keeps the text as it is.
"""

from __future__ import annotations

from clausebook.problem import Place, Problem


def problem(at: Place) -> Problem:
    return Problem(
        rule="not-verbatim",
        at=at,
        what="this text does not stand in the file as it reads (escapes, quotation marks or folding)",
        why="nobody could point at where a published word comes from",
        fix="write it as a block: a '|' after the key, and the text indented below",
    )
