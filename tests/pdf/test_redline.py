"""What governors read of a changed text: marks that read well, and never a word too few."""

from __future__ import annotations

import re

import pytest

from clausebook.changes import AFTER, BEFORE, SAME, Difference, word_differences
from clausebook.pdf.redline import redline

PAIRS = [
    ("Staff should lock their screens.", "Staff must lock their screens."),
    ("Report it the same day.", "Report it the same day to the head."),
    ("Ask the head, in writing, before you go.", "Ask before you go."),
    ("Keep it for six years.\n• on paper\n• on disk", "Keep it for seven years.\n• on paper"),
    ("It must be checked each term by staff here", "It will be satisfied twice by staff here"),
    (" Begins with a space and goes on", "Begins with a space and goes on so"),
]


def shown(parts: tuple[Difference, ...]) -> str:
    marks = {SAME: "{}", BEFORE: "-{}-", AFTER: "+{}+"}
    return "".join(marks[op].format(text) for op, text in parts)


def only(parts: tuple[Difference, ...], side: str) -> list[str]:
    return "".join(text if op in (SAME, side) else " " for op, text in parts).split()


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_both_texts_can_be_read_out_of_it(before: str, after: str) -> None:
    parts = redline(word_differences(before, after))
    assert parts
    assert only(parts, BEFORE) == before.split()
    assert only(parts, AFTER) == after.split()


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_marks_begin_and_end_with_words_and_never_touch(before: str, after: str) -> None:
    parts = redline(word_differences(before, after))
    assert all(text == text.strip() for op, text in parts if op != SAME)
    kinds = "".join({SAME: " ", BEFORE: "-", AFTER: "+"}[op] for op, _ in parts)
    assert not re.search(r"[-+]{2}", kinds)


def test_what_was_taken_out_stands_before_what_came_in_its_place() -> None:
    assert (
        shown(redline(word_differences(*PAIRS[0]))) == "Staff -should- +must+ lock their screens."
    )


def test_edits_with_hardly_a_word_between_them_are_one() -> None:
    parts = shown(redline(word_differences(*PAIRS[4])))
    assert parts == "It -must be checked each term- +will be satisfied twice+ by staff here"


def test_the_end_of_a_sentence_keeps_edits_apart() -> None:
    parts = redline(
        word_differences(
            "All staff read the first of these rules now. Then sign. Nobody else needs to see them at all",
            "All staff read the first of these rules soon. Then sign. Somebody else needs to see them at all",
        )
    )
    assert "+soon.+ Then sign. -Nobody-" in shown(parts)


def test_texts_with_little_in_common_are_printed_one_by_one() -> None:
    assert redline(word_differences("Nobody may go there.", "Ask whoever is on duty first.")) == ()


def test_nothing_is_marked_in_texts_that_are_the_same() -> None:
    assert [op for op, _ in redline(word_differences("The same.", "The same."))] == [SAME]
