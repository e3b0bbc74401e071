"""Rules that first look whether a word of theirs is there find all that they would find without."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clausebook.model import Clause, Repository, Strength
from clausebook.problem import Place, Problem
from clausebook.rules import (
    outdated_phrase,
    outdated_platform,
    placeholder,
    typed_law,
    typed_modal,
)
from clausebook.said import said, small, telling
from clausebook.wording import Wording

AT = Place("policies/x/y.md", 3, 5)
RULES = (outdated_phrase, outdated_platform, placeholder, typed_law, typed_modal)
LEFT_IN = (
    "TBC tba ToDo FIXME XXX xxxx Lorem\u0131psum|lorem ipsum|[insert a name]|[name]|[School x]|[date]|[add]"
    "|<insert>|<name of it>|insert the\u017f name|insert a b c name|????|______|.......|[\u0130nsert]|XX|..."
).split("|")
MODALS = ["must", "MUST NOT", "should", "shall not", "are advised", "\u017fhould", "mustard"]
BETWEEN = st.sampled_from([" ", "", "-", "_", "\n", ". ", "’", "“", "é", "x", "{{ modal }}", ", "])


def found(rule: ModuleType, clause: Clause, repository: Repository) -> list[Problem]:
    policy = next(iter(repository.library.policies.values()))
    return list(rule.check_clause(clause, policy, repository.library))


def names(repository: Repository) -> list[str]:
    """All that the registers tell rules to look for, in forms that rules find too."""
    registers = repository.library.registers
    laws = list(typed_law.compiled(registers.law)[1])
    platforms = list(outdated_platform.compiled(registers.platforms)[1])
    phrases = [words for phrase in registers.phrases.values() for words in phrase.find]
    patterned = ["change passwords often", "(s)he", "„", "‘grooming’", "aged under 13"]
    every = laws + platforms + phrases + patterned + LEFT_IN + MODALS
    loose = [name.replace(" and ", " & ").replace(" ", ",\n").replace("'", "’") for name in laws]
    cases = [name.swapcase() for name in every]
    alike = [
        name.replace("s", "\u017f").replace("i", "\u0131").replace("k", "\u212a")
        for name in phrases
    ]
    return every + loose + cases + alike


def clause(title: str, text: str) -> Clause:
    return Clause(
        id="x",
        section="y",
        at=AT,
        title=Wording(title, AT),
        text=Wording(text, AT),
        strength=Strength.MUST,
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.rpartition(".")[2])
def test_nothing_is_passed_over(rule: ModuleType, shipped: Repository) -> None:
    every = names(shipped)
    words = said(every)
    some = st.lists(st.tuples(st.sampled_from(every), BETWEEN).map("".join), max_size=3)

    @settings(max_examples=150, deadline=None)
    @given(BETWEEN, some.map("".join), some.map("".join))
    def check(before: str, title: str, text: str) -> None:
        one = clause(title, before + text)
        quickly = found(rule, one, shipped)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rule, "said_in", lambda _: words)
            assert quickly == found(rule, one, shipped)

    check()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule, "said_in", lambda _: words)
        whole = [found(rule, clause("a title", name), shipped) for name in every]
    assert [found(rule, clause("a title", name), shipped) for name in every] == whole
    assert sum(map(len, whole)) > 5


def test_no_placeholder_among_an_organisations_own_words_is_passed_over(
    shipped: Repository,
) -> None:
    some = st.lists(st.tuples(st.sampled_from(LEFT_IN), BETWEEN).map("".join), max_size=3)
    anyone = next(iter(shipped.organisations.values()))

    def found_in(*texts: str) -> list[str]:
        own = replace(anyone, own_words=tuple((text, AT) for text in texts))
        return [one.what for one in placeholder.check_organisation(own, shipped.library)]

    def without(*texts: str) -> list[str]:
        left_in = [match[0] for text in texts for match in placeholder._LEFT_IN.finditer(text)]
        return [placeholder.problem(AT, each).what for each in left_in]

    @settings(max_examples=150, deadline=None)
    @given(BETWEEN, some.map("".join), some.map("".join))
    def check(before: str, one: str, other: str) -> None:
        assert found_in(before + one, other) == without(before + one, other)

    check()
    assert [found_in(each) for each in LEFT_IN] == [without(each) for each in LEFT_IN]
    assert sum(bool(without(each)) for each in LEFT_IN) > 10


@settings(max_examples=300)
@example("Equality Act 2010")
@given(st.text(alphabet="aAiIsSkK1 -’é\u0130\u0131\u017f\u212a", min_size=1))
def test_a_phrase_stands_nowhere_without_its_telling_word(phrase: str) -> None:
    for text in (phrase, phrase.upper(), phrase.lower(), f"“{phrase}”", f"x {phrase}."):
        if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.I):
            assert telling(phrase) in said([text])


def test_a_year_tells_most() -> None:
    assert telling("Education Act 2002") == "2002"
    assert telling("chat rooms") == "rooms"
    assert telling("„") == ""
    assert "" in said([])
    assert said(["It’s 3 o'clock"]) == {"", "it", "s", "3", "o", "clock"}


def test_every_letter_like_a_plain_one_is_known() -> None:
    alike = [char for char in map(chr, range(128, 0x110000)) if re.match("[a-z0-9]", char, re.I)]
    assert len(alike) == 4
    for char in alike:
        assert re.match(small(char), char, re.I)
        assert small(char).isascii()


def test_a_title_in_letters_like_plain_ones_is_found(shipped: Repository) -> None:
    title = "Data Protect\u0131on Act 1998"
    (problem,) = found(typed_law, clause("a title", f"See the {title}."), shipped)
    assert title in problem.what
