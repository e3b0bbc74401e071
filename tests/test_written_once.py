"""What is made once for many organisations is, to the byte, what each would have had by itself."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from clausebook import blanks as blanks_module
from clausebook import handbook_file, printed, recent
from clausebook.blanks import Blanks, blanks, filled
from clausebook.handbook_file import handbook_json, plain_text
from clausebook.markdown import plain
from clausebook.model import Handbook, Repository, ResolvedClause, Run, RunKind, Text, escape
from clausebook.problem import Place
from clausebook.recent import OfObjects, Recent
from clausebook.render import (
    calendar,
    control,
    home,
    origins,
    part,
    people,
    policy,
    quick,
    search,
)
from clausebook.render.handbook import site
from clausebook.render.words import said_html, text_html
from clausebook.resolve import Resolver
from clausebook.resolve.text import Scope, Texts, text_key
from clausebook.template import read_wording

Handbooks = Mapping[tuple[str, str], Handbook]
AT = Place("values.yml", 1, 1)

# What stands around values: everything that Markdown looks at, next to a value and away from it.
AROUND = st.lists(
    st.sampled_from(
        [
            *("Staff must ", " and ", ".", ")", ". Then", ": ", "1", "2.", " ", "\n", "\n\n", "’s"),
            *("- ", "1. ", "> ", "| a | b |\n| --- | --- |\n| ", " | ", " |\n", "\n\n- ", "    "),
            *("*", "**", "_", "`", "[", "](https://example.org/x)", "](#rule)", "](other.md#rule)"),
            *(
                "![",
                "](a.png)",
                "&",
                "&am",
                "p;",
                "#",
                "\\",
                "<",
                ">",
                "~",
                "://",
                "\t",
                "!",
                "\u3000",
            ),
            *("\ua000", "\ua001", "]", "é"),
        ]
    ),
    max_size=4,
).map("".join)
NASTY = "aZ9é \u00a0\t\n'\"*_`[]()<>{}#+-=~:.!|&;\\/@^$%,\ua000\u200b\u2028\x02\x03\x00"
VALUES = st.one_of(
    st.text(alphabet=NASTY, max_size=6),
    st.sampled_from(["7", "12.", "St John’s", "a@b.example", "amp", "https://a.example/", "¾"]),
    st.text(max_size=6),
)


def text_of(parts: list[tuple[str, str]], end: str) -> Text:
    runs: list[Run] = []
    for before, value in parts:
        if before:
            runs.append(Run(RunKind.SOURCE, before, AT))
        runs.append(Run(RunKind.VALUE, value, AT, "answer.x", "", value))
    return Text((*runs, Run(RunKind.SOURCE, end, AT)))


@given(st.lists(st.tuples(AROUND, VALUES), min_size=1, max_size=3), AROUND)
def test_a_text_is_what_its_own_markdown_makes_of_it(
    parts: list[tuple[str, str]], end: str
) -> None:
    text = text_of(parts, end)
    # Read with other values first, so that these are put into what those left.
    for one in (text_of([(before, "Alder House") for before, _ in parts], end), text):
        assert said_html(filled(one)) == text_html(one.markdown)
        assert plain_text(one) == plain(one.markdown)


def test_every_shipped_text_is_what_its_own_markdown_makes_of_it(handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        for held in handbook.policies.values():
            for clause in held.clauses:
                assert said_html(filled(clause.text)) == text_html(clause.text.markdown)
                assert plain_text(clause.text) == plain(clause.text.markdown)


def test_the_same_words_with_other_values_are_read_once() -> None:
    read: list[str] = []

    def convert(text: str) -> str:
        read.append(text)
        return text_html(text)

    made = Blanks(convert, escape)
    names = ("Alder House", "Birch & Sons", "St John’s <b>*")
    texts = [text_of([("- Ask ", name), (" or ", "Ines")], ".") for name in names]
    assert [made(text) for text in texts] == [text_html(text.markdown) for text in texts]
    assert read == [blanks(texts[0].runs)[0]]
    assert "Alder" not in read[0]


@pytest.mark.parametrize(
    "text",
    [
        text_of([("Write `", "a*b")], "`."),
        text_of([("Write:\n\n    ", "a*b")], ""),
        text_of([("![", "a*b")], "](x.png)"),
        text_of([("Say ", "x")], "\ua001"),
        text_of([("", "7")], ". Then"),
        text_of([("Say *now*: ", "(soon)")], ""),
        text_of([("Say ", "")], "."),
        text_of([("Say ", "two\nlines")], "."),
        text_of([("Say &", "amp")], ";"),
        text_of([("**Staff must *", "x"), ("**Staff must *", "x")], "*"),
        text_of([("**Say** __", "x"), ("__ _", "x")], "_"),
        text_of([("***", "x")], "***"),
    ],
)
def test_where_a_value_could_matter_a_text_is_read_as_it_is(text: Text) -> None:
    read: list[str] = []

    def convert(markdown: str) -> str:
        read.append(markdown)
        return text_html(markdown)

    assert Blanks(convert, escape)(text) == text_html(text.markdown)
    assert text.markdown in read
    assert Blanks(plain, str)(text) == plain(text.markdown)


def test_the_file_is_what_its_entries_say(handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        data = handbook_file.handbook_file(handbook).model_dump(mode="json")
        whole = json.dumps(handbook_file._without_hidden(data), indent=0, ensure_ascii=False)
        assert handbook_json(handbook) == f"{whole}\n"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_data_is_written_as_the_standard_library_writes_it(data: object) -> None:
    assert handbook_file._written(data) == json.dumps(data, indent=0, ensure_ascii=False)


KEPT = {
    blanks_module: ("_texts", "_variants"),
    printed: ("_alike", "_clauses", "_sections"),
    policy: ("_arounds", "_cites", "_clauses", "_filled", "_frames", "_rows", "_sections", "_tops"),
    quick: ("_abouts", "_contacts", "_every", "_guides"),
    search: ("_abouts", "_said_by", "_said_in", "_sayings", "_wanted", "_written_rows"),
    home: ("_listed",),
    origins: ("_values",),
    handbook_file: ("_arounds", "_control", "_runs"),
    people: ("_answered",),
    control: ("_alike", "_every"),
    part: ("_outlines",),
}


def test_what_is_kept_of_one_site_changes_no_other(
    shipped: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made() -> list[object]:
        # What is kept beside a text or a clause is new with these.
        resolver = Resolver(shipped)
        return [
            site(handbook, shipped.library, within=90)
            for id, organisation in shipped.organisations.items()
            if organisation.publishes
            for handbook in resolver.resolve(id).handbooks.values()
        ]

    together = made()
    assert made() == together
    for module, names in KEPT.items():
        held = {name: value for name, value in vars(module).items() if isinstance(value, Recent)}
        assert held.keys() == set(names)
        for name, value in held.items():
            none: Recent[Any, Any] = OfObjects(0) if isinstance(value, OfObjects) else Recent(0)
            monkeypatch.setattr(module, name, none)
    assert made() == together


def said_of(
    *runs: Run,
    covers: tuple[str, ...] = (),
    cites: tuple[str, ...] = (),
    slots: tuple[str, ...] = (),
) -> Text:
    return Text(runs, covers, cites, slots, key=text_key(runs))


def value_of(slot: str, words: str) -> Run:
    return Run(RunKind.VALUE, words, AT, slot, "", words)


def test_texts_are_one_where_nothing_about_them_differs() -> None:
    here = Run(RunKind.SOURCE, "Ask ", AT)
    texts = [
        said_of(here, value_of("role.head", "Ines")),
        said_of(here, value_of("role.dsl", "Ines")),
        said_of(here, value_of("role.head", "Ida")),
        said_of(here, Run(RunKind.VALUE, "0161", AT, "role.head", live=True)),
        said_of(here, Run(RunKind.VALUE, "0114", AT, "role.head", live=True)),
        said_of(here, Run(RunKind.SOURCE, "Ines", AT)),
        said_of(here, Run(RunKind.PRODUCT, "Ines", None, "role.head")),
        said_of(here, value_of("role.head", "Ines"), slots=("role.head", "role.dsl")),
        said_of(here, value_of("role.head", "Ines"), cites=("law",)),
        said_of(here, value_of("role.head", "Ines"), covers=("law",)),
        said_of(here, value_of("role.head", "Ines"), value_of("role.head", "")),
        said_of(here, value_of("role.head", "In\0es")),
        said_of(here, value_of("role.head", "In"), value_of("role.head", "es")),
        said_of(here, value_of("role.head", "\ua000"), Run(RunKind.SOURCE, "x", AT)),
        said_of(here, value_of("role.head", "x"), Run(RunKind.SOURCE, "\ua000", AT)),
        said_of(Run(RunKind.SOURCE, "Ask \ua000", AT), value_of("role.head", "x")),
    ]
    assert len(set(map(filled, texts))) == len(texts)
    ida = said_of(Run(RunKind.SOURCE, "Ask ", AT), value_of("role.head", "Ida"))
    assert filled(ida) is filled(texts[2])


def test_clauses_are_one_where_their_titles_say_and_cover_the_same(shipped: Repository) -> None:
    clause = next(iter(shipped.library.policies["acceptable-use"].clauses.values()))

    def printed_of(title: Text) -> printed.Printed:
        texts = {clause.title: title, clause.summary: text, clause.text: text}
        resolved = ResolvedClause(
            clause=clause, number="1.1", strength=None, origin="library", fill=texts.__getitem__
        )
        return printed._printed(resolved)

    text = said_of(Run(RunKind.SOURCE, "Ask.", AT))
    ask, lawful = Run(RunKind.SOURCE, "Ask", AT), value_of("answer.asking", "Ask")
    titles = [said_of(ask), said_of(ask, covers=("law",)), said_of(Run(RunKind.SOURCE, "As", AT))]
    assert len(set(map(printed_of, titles))) == len(titles)
    assert printed_of(said_of(lawful)) is printed_of(titles[0])


def test_a_text_that_names_nothing_says_what_its_runs_do(shipped: Repository) -> None:
    every = [
        clause for policy in shipped.library.policies.values() for clause in policy.clauses.values()
    ]
    every += [
        added.clause
        for organisation in shipped.organisations.values()
        for held in organisation.policies.values()
        for added in held.add
    ]
    found = [w for clause in every for w in clause.wordings if not w.names]
    found += [read_wording(said, AT, indent)[0] for said in ("", "a\n\nb\n") for indent in (0, 4)]
    texts, scope = Texts(), Scope({})
    for wording in found:
        text = texts.text(wording, scope)
        made = texts._made(wording, scope, texts.ran(wording, scope))
        said = (text.key, text.words, text.markdown, text.slots, text.covers, text.cites, text.live)
        assert said == (
            made.key, made.words, made.markdown, made.slots, made.covers, made.cites, made.live
        )  # fmt: skip
        assert text.runs == made.runs
    assert len(found) > 500


@given(
    st.lists(
        st.tuples(st.text("ab é’-.\n", max_size=4), st.text("aÉ b", min_size=1, max_size=3)),
        min_size=1, max_size=3,
    ),
    st.text("ab é’-.\n", max_size=4),
)  # fmt: skip
def test_the_words_of_a_text_begin_as_they_do_when_it_is_read_as_a_whole(
    parts: list[tuple[str, str]], end: str
) -> None:
    text = filled(text_of(parts, end))
    whole = search._stems(" ".join(plain(text.markdown).split()).casefold())
    assert set(search._stems_of(text)) == set(whole)
    dumped = json.dumps(" ".join(plain(text.markdown).split()), ensure_ascii=False)
    assert f'"{search._within_quotes(search._words.of(text))}"' == dumped


def test_no_more_is_kept_than_was_said() -> None:
    kept: Recent[int, str] = Recent(3)
    for number in range(100):
        assert kept.made(0, str) == "0"
        assert kept.made(number, str) == str(number)
        assert len(kept) <= 6
    assert kept.get(0) == "0"
    assert kept.get(50) is None


def test_what_is_kept_suits_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_enough", recent.ENOUGH)
    kept: Recent[int, int] = Recent()
    parts: Recent[int, int] = Recent(each=4)
    none: Recent[int, int] = Recent(0)
    recent.suit(1_000)
    for number in range(20_000):
        kept.put(number, number)
        parts.put(number, number)
        none.put(number, number)
    assert 3_000 <= len(kept) <= 6_000
    assert 750 <= len(parts) <= 1_500
    assert len(none) <= 2
    recent.suit(0)
    assert recent._enough == recent.ENOUGH


# ------------------------------------------------------------------------------ calendars


@given(st.text(alphabet=NASTY + "ñ漢😀", max_size=200).filter(lambda text: "\x00" not in text))
def test_a_line_of_a_calendar_is_as_the_library_writes_it(text: str) -> None:
    event = Event()
    event.add("summary", text)
    event.add("dtstart", date(2026, 10, 31))
    ours = [
        calendar._line("BEGIN", "VEVENT"),
        calendar._line("SUMMARY", calendar._escaped(text)),
        calendar._line("DTSTART;VALUE=DATE", calendar._day(date(2026, 10, 31))),
        calendar._line("END", "VEVENT"),
    ]
    assert b"".join(ours) == event.to_ical(sorted=False)


def test_a_calendar_is_as_the_library_writes_it(handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        for feed in calendar.calendars(handbook).values():
            assert Calendar.from_ical(feed).to_ical(sorted=False) == feed


# ------------------------------------------------------------------------------ search

WORDS = st.text(alphabet="abs e-'’_.é", min_size=1, max_size=4).filter(str.strip)


@given(WORDS, st.text(alphabet="abs e-'’_.é\n", max_size=40))
def test_words_stand_where_a_pattern_finds_them(words: str, text: str) -> None:
    exactly = rf"(?<!\w){re.escape(words)}(?!\w)"
    phrase = rf"(?<!\w){re.escape(words)}(?:s|es)?(?!\w)"
    assert search._stands(words, text, ("",)) == bool(re.search(exactly, text))
    assert search._stands(words, text, ("", "s", "es")) == bool(re.search(phrase, text))


def test_to_another_process_goes_what_a_text_says_and_nothing_kept_beside_it(
    shipped: Repository,
) -> None:
    resolver, texts = Resolver(shipped), 0
    for id in shipped.organisations:
        for handbook in resolver.resolve(id).handbooks.values():
            for held in handbook.policies.values():
                for clause in held.clauses:
                    said_html(filled(clause.text))
                    sent = pickle.loads(pickle.dumps(clause.text))
                    assert type(sent) is Text
                    assert set(sent.__dict__) == set(Text.__dataclass_fields__)
                    assert (sent.markdown, sent.runs) == (clause.text.markdown, clause.text.runs)
                    texts += 1
    assert texts > 1000


def test_everything_is_made_again_once_templates_may_be_others(shipped: Repository) -> None:
    handbook = Resolver(shipped).resolve("larkmere").handbooks["staff"]
    made = site(handbook, shipped.library, within=60)
    memories = (policy._sections, policy._arounds, quick._guides, home._listed)
    assert all(len(memory) > 0 for memory in memories)
    recent.forget()
    assert all(len(memory) == 0 for memory in memories)
    assert site(handbook, shipped.library, within=60) == made
    assert all(len(memory) > 0 for memory in memories)
