"""Texts written as most are come out as the parsers make them, and nothing else is read without one."""

from __future__ import annotations

import markdown as python_markdown
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clausebook import everyday, markdown
from clausebook.model import Repository
from clausebook.render import words

SAID = st.sampled_from(
    [
        "word", "A b c", "“Quoted” text.", "(in brackets)", "[a](#b) and more", "see [Foo bar](code-x.md).",
        "\ua000 \ua001", "a: b", "it's 5. x", "[X](X)", "“[a](#b)”", "(see [a](x.md#y))", "a - b",
        "[law](https://www.example.org/ukpga/1998/A/23)", "[a](https://a--b..c)", "a\nb", "a\n- b", "a  b",
        "[a](https://WWW.x)", "5 days", "é", "Ⅷ", "**bold**", "a_b", "![a](b.svg)", "[a](b.pdf)", "[a]", "a ",
    ]
)  # fmt: skip
ROW = st.lists(SAID, min_size=1, max_size=3).map(lambda cells: f"| {' | '.join(cells)} |")
RULE = st.sampled_from(
    ["|---|---|", "| --- | --- |", "|---|", "|---|---|---|", "|:--|--:|", "|--|--|"]
)


def listed(marks: list[str]) -> st.SearchStrategy[str]:
    item = st.tuples(st.sampled_from(marks), SAID).map("".join)
    return st.lists(item, min_size=1, max_size=3).map("\n".join)


BLOCK = st.one_of(
    SAID,
    listed(["- "]),
    listed(["1. ", "1. ", "2. ", "12. "]),
    listed(["    - "]),
    listed(["    1. ", "    2. "]),
    listed(["- ", "* ", "    - ", "1. ", "100. ", "1) ", "  - ", ""]),
    st.tuples(ROW, RULE, st.lists(ROW, max_size=2).map("\n".join)).map("\n".join),
)
BLOCKS = st.lists(BLOCK, min_size=1, max_size=4).map("\n\n".join)
SIGNS = st.sampled_from(
    [*" ,.;:’‘'“”()–—…?/%£\"-\n|#[]*1a", "](#b)", "\n\n", "    ", "- ", "1. ", "\n---"]
)
# A text with something put in where it does most harm: anywhere.
CHANGED = st.builds(
    lambda text, at, sign: text[: at % (len(text) + 1)] + sign + text[at % (len(text) + 1) :],
    BLOCKS,
    st.integers(0, 400),
    SIGNS,
)
TEXTS = st.one_of(BLOCKS, CHANGED, st.lists(SIGNS, max_size=12).map("".join))


def parsed_html(text: str) -> str:
    parser = python_markdown.Markdown(extensions=list(markdown.EXTENSIONS), output_format="html")
    return parser.convert(text)


def agree(text: str) -> None:
    assert everyday.as_html(text) == parsed_html(text)
    assert everyday.as_words(text) == markdown._parsed_words(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(everyday, "holds", lambda text: False)
        assert markdown.faults(text) == []


@settings(max_examples=800, deadline=None)
@example("a\nb\n\nc")
@example("“a” 1. b\n(c) - d")
@example("- a\n- b\n\n    - c\n\nd")
@example("10. a\n\n    - b")
@example("1. a\n\n    1. b\n    2. c\n\n| a | b |\n|---|---|\n| [c](#d) | e |")
@example("- a\n\n- b")
@example("- a\n\n1. b")
@example("    - a")
@example("- a\n\n    - b\n- c")
@example("\n\na\n")
@given(TEXTS)
def test_what_is_read_comes_out_as_the_parsers_make_it(text: str) -> None:
    if everyday.holds(text):
        agree(text)
    else:
        assert everyday.as_html(text) is None
        assert everyday.as_words(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "# a", "a*b*", "a_b_", "`a`", "[a](b.pdf)", "![a](b.svg)", "<b>", "a  \nb", "a ", " a", "    a",
        "a\tb", "> a", "a\n===", "a\n---", "&amp;", "a\\", "~a~", "a\n- b", "a\n1. b", "a\x0cb", "a\u2028b",
        "a\u00a0b", "a\rb", "+ a", "a = b", "a@b", "* a", "1) a", "2. a", "- a\nb", "- a\n\n- b", "- 1. a",
        "- - a", "-  a", "- a\n    - b", "- a\n\n  - b", "- a\n\n    b", "    - a", "| a |\n|---|\n| b |",
        "| a | b |\n|---|\n| c | d |", "| a | b |\n|---|---|", "| a | b |\n|:--|---|\n| c | d |",
        "a\n| a | b |\n|---|---|\n| c | d |", "[a]: b", "[a](#b)\n[c]: d", "[^a](#b)", "[a]", "[a]( #b)",
        "[a](#b \"c\")", "[a](javascript:b)", "[ a](#b)", "a\n\n\nb", "100. a\n\n    - b", "- a\n\n        - b",
    ],
)  # fmt: skip
def test_whatever_a_parser_might_read_another_way_is_parsed(text: str) -> None:
    assert not everyday.holds(text)


def test_every_shipped_text_that_is_read_is_read_as_parsed(shipped: Repository) -> None:
    texts = [
        markdown.as_if_met(clause.text.source)
        for policy in shipped.library.policies.values()
        for clause in policy.clauses.values()
    ]
    held = [text for text in texts if everyday.holds(text)]
    assert len(held) > len(texts) * 0.9
    for text in held:
        agree(text)


@pytest.mark.parametrize(
    "text", ["a\n\n- [b](c.md#d)\n- e", "a", "| a | b |\n|---|---|\n| c | d |"]
)
def test_pages_are_made_of_the_same(text: str) -> None:
    assert words._converted(text) == everyday.as_html(text) == parsed_html(text)
