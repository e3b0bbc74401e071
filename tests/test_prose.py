"""Texts that are nothing but words are not parsed: what comes out is what the parsers make of them."""

from __future__ import annotations

import markdown as python_markdown
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clausebook import markdown
from clausebook.model import Repository
from clausebook.render import words

SIGNS = " ,.;:’‘'“”()–—…?/%£\"-\n"
LETTERS = st.sampled_from("aAzZéßŵ0179𒀀Ω")
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from(SIGNS), st.sampled_from("xy ")), max_size=60)


def slow_html(text: str) -> str:
    parser = python_markdown.Markdown(extensions=list(markdown.EXTENSIONS), output_format="html")
    return parser.convert(text)


def slow_plain(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(markdown, "paragraphs", lambda text: None)
        return markdown.plain.__wrapped__(text)


@settings(max_examples=600, deadline=None)
@example("a\nb\n\nc")
@example("“a” 1. b\n(c) - d")
@example("a\n\n\nb")
@example("https://a.b/c-d?e:f")
@example("A)\nb. c\n\n(1) d")
@given(TEXTS)
def test_words_come_out_as_the_parsers_make_them(text: str) -> None:
    if markdown.paragraphs(text) is None:
        return
    assert words._converted(text) == slow_html(text)
    with pytest.MonkeyPatch.context() as patch:
        assert markdown.plain.__wrapped__(text) == slow_plain(text, patch)
        patch.setattr(markdown, "paragraphs", lambda text: None)
        assert markdown.faults(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "- a", "1. a", "1) a", "# a", "a*b*", "a_b_", "`a`", "[a](b.md)", "![a](b.svg)", "<b>",
        "a  \nb", "a ", " a", "    a", "a\tb", "> a", "| a | b |", "a\n===", "a\n---", "&amp;", "a\\", "~a~",
        "a\n- b", "a\n1. b", "a\x0cb", "a\u2028b", "a\u00a0b", "a\rb", "+ a", "a = b", "a@b",
    ],
)  # fmt: skip
def test_whatever_could_be_markup_is_parsed(text: str) -> None:
    assert markdown.paragraphs(text) is None


def test_most_shipped_clauses_are_words(shipped: Repository) -> None:
    texts = [
        markdown.as_if_met(clause.text.source)
        for policy in shipped.library.policies.values()
        for clause in policy.clauses.values()
    ]
    assert sum(markdown.paragraphs(text) is not None for text in texts) > len(texts) / 2
