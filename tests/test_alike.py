"""Sections that schools print in the same words but for their own name are made once, with gaps.

Whatever stands in the gaps, a site is the one that is made of its own texts.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausebook import gaps
from clausebook.blanks import filled
from clausebook.build import open_repository
from clausebook.gaps import Cut, fits, gap, gaps_in, letters
from clausebook.handbook_file import handbook_file, handbook_json
from clausebook.markdown import plain
from clausebook.model import Handbook, Repository, ResolvedSection, Run, RunKind, Text
from clausebook.printed import shared
from clausebook.problem import Place
from clausebook.render.handbook import site
from clausebook.render.site import Site
from clausebook.render.words import HTML, glossary
from clausebook.resolve import Resolver, alike
from tests.made import on_disk

PUBLISH = sys.modules["clausebook.resolve.publish"]
TEXTS = (
    "{{ org.name }} {{ modal }} help {{ term.learner | many }}.",
    "Pupils {{ org.name | start }} meets, at **{{ org.name }}**, *{{ org.name }}*.",
    "{{ org.name | possessive }} pupil premium is {{ org.name }}’s own. [{{ org.name }}](https://x.org)",
    "Look behind{{ org.name }}gate or post-{{ org.name }}-haste, pupil {{ org.name }}.",
    "{{ org.name }}. Then\n\n- {{ org.name }}\n- 1{{ org.name }}.",
    "| Who | Where |\n|---|---|\n| {{ role.head }} | {{ org.name }} |",
    "Ask:\n\n{{ role.head | contacts }}\n\nOr:\n\n{{ role.office | contacts }}",
    "{% if org.site %}The {{ org.site }} site of {{ org.name }}.{% endif %} An act of {{ org.name }}.",
    "Nothing of anybody’s own, but pupil premium & more.",
    "Meta {{ org.name }} and {{ org.name }} Platforms, pupil{{ org.name }}premium.",
    "&{{ org.name }}; \\{{ org.name }} <https://{{ org.name }}>",
    "At {{ org.name }} bell and {{ org.name }} Tools, who rings?",
    "When l{{ org.name }} bell rings, z{{ org.name }}d Tools are put away.",
    "A letter such as \ua384 stands in no gap of {{ org.name }}.",
    # These two stand in one section.
    "Ask at {{ org.name }}.",
    "Go to the {{ org.site }}.",
)
NAMES = (
    "Elm School", "Oak High", "elm school", "St James", "St Mary's", "Mary & Martha", "Pupil Unit",
    "Premium Pupil", "A Pupil Premium", "Meta Academy", "The Meta", "School*", "\ua390 School", "Two  Spaces",
    "O", "9. School", "École Élan", "Straße", "<b>School</b>", "School \u201cOne\u201d", "X", "Pupil", "act",
    "Be Late", "Old Zed", "Ate", "E", "Lunch Hall",
)  # fmt: skip
LIBRARY = {
    "policies/registers/terms.yml": """
terms:
  learner:
    question: What do you call them?
    choices: {pupil: {one: pupil, many: pupils}, student: {one: student, many: students}}
roles:
  head: {title: headteacher, about: Leads the school.}
  office: {title: office, about: Answers the telephone.}
glossary:
  premium: {term: pupil premium, means: Money., also: [PP]}
  act: {term: act, means: A law.}
  bell: {term: late bell, means: It rings.}
""",
    "policies/registers/platforms.yml": """
platforms:
  meta: {name: Meta Platforms, former: [Meta], status: open, severity: ok, confidence: high}
  zed: {name: Zed Tools, status: open, severity: ok, confidence: high}
""",
    "policies/rules/policy.yml": """
title: Rules
summary: Our rules.
sections: [SECTIONS]
packs: {core: {about: All of it., always: true}}
""",
}
CLAUSE = """## {title}

```clause
id: {id}
pack: core
strength: must
summary: {summary}
questions: ["What of {id}?"]
```

{text}

"""
SCHOOL = """name: {name}
site: {site}
kind: school
editions: [staff, governors, public]
terms: {{learner: pupil}}
roles:
  head: {{title: headteacher, name: {head}, phone: "{phone}"{email}, publish: {publish}}}
  office: {{title: office, phone: "01632 960000"}}
policies:
  rules: {{editions: [staff, governors, public], review: {{next: 2030-01}}}}
"""


def test_every_shipped_site_is_the_same(
    shipped: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    _compare(shipped, monkeypatch)


@pytest.mark.parametrize(
    ("title", "summary", "least"),
    [("Rule", "Help.", 100), ("Rule of {{ org.name }}", "Help {{ org.name }}.", 20)],
)
def test_whatever_schools_are_called(
    title: str, summary: str, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_disk(LIBRARY | _clauses(title, summary) | _schools()) as root:
        assert _compare(_opened(root), monkeypatch) > least


def test_what_stands_in_a_gap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other words for lunch are told where a school is called after it, and nowhere else."""
    monkeypatch.setattr(sys.modules[__name__], "TEXTS", TEXTS[:2])
    with on_disk(LIBRARY | _clauses("Rule", "Help.") | _schools()) as root:
        repository = _opened(root)
        sites = [_site(handbook, repository) for handbook in _handbooks(repository)]
    told = {one.name for one in sites if b'"lunchtime"' in one.files["assets/handbook/index.js"]}
    assert told == {"Lunch Hall"}


@pytest.mark.parametrize("most", range(4))
def test_there_are_only_so_many_letters(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, alike):
        monkeypatch.setattr(module, "MOST", most)
    with on_disk(LIBRARY | _clauses("Rule", "Help.") | _schools()) as root:
        gapped = _compare(_opened(root), monkeypatch)
    assert bool(gapped) == (most > 0)


def test_a_site_is_what_its_clauses_say() -> None:
    """Compared with what is written entry by entry, without anything shared."""
    with on_disk(LIBRARY | _clauses("Rule", "Help.") | _schools()) as root:
        for handbook in _handbooks(_opened(root)):
            text = handbook_json(handbook)
            data = handbook_file(handbook).model_dump_json(exclude_none=True)
            assert not gaps_in(text.replace("\ua390 School", "").replace("such as \ua384", ""))
            for clause in handbook.policies["rules"].clauses:
                assert f'"fingerprint": "{clause.fingerprint}"' in text
                assert clause.fingerprint in data


def test_a_school_that_says_otherwise_shares_nothing() -> None:
    """Of two schools that are alike but for one word of a role, that word tells them apart."""
    files = LIBRARY | _clauses("Rule", "Help.")
    files["schools/a.yml"] = SCHOOL.format(
        name="Ash", site="x", head="Ann", phone="1", email="", publish="role"
    )
    files["schools/b.yml"] = SCHOOL.format(
        name="Elm", site="x", head="Ann", phone="1", email="", publish="role"
    ).replace("title: headteacher", "title: principal")
    files["schools/c.yml"] = SCHOOL.format(
        name="Oak", site="x", head="Ann", phone="1", email="", publish="role"
    )
    with on_disk(files) as root:
        first, second, third = (
            handbook.policies["rules"].sections
            for handbook in _handbooks(_opened(root))
            if handbook.edition == "staff"
        )
    alone = next(f"part-{n}" for n, text in enumerate(TEXTS) if gaps_in(text))
    assert [one.alike is one for one in first if one.id == alone] == [True]
    first, second, third = (
        tuple([one for one in sections if one.id != alone]) for sections in (first, second, third)
    )
    assert all(one.alike is other.alike for one, other in zip(first, third, strict=True))
    apart = [
        one.id for one, other in zip(first, second, strict=True) if one.alike is not other.alike
    ]
    assert apart == ["part-5", "part-6"]  # where the role is named
    assert first[0].words != third[0].words


def _compare(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> int:
    """Each site, made with gaps and without any; how many sections had some."""
    sites, gapped = [], 0
    for handbook in _handbooks(repository):
        sites.append(_site(handbook, repository))
        gapped += sum(
            bool(one.words) and glossary(repository.library, handbook).of(one) is one.section
            for policy in handbook.policies.values()
            for one in shared(policy)
        )
    with monkeypatch.context() as plainly:
        plainly.setattr(PUBLISH._Publisher, "_names", lambda *_: None)
        for made, handbook in itertools.zip_longest(sites, _handbooks(repository)):
            assert all(section.alike is section for section in _sections(handbook))
            assert made == _site(handbook, repository)
    return gapped


def _handbooks(repository: Repository) -> list[Handbook]:
    resolver = Resolver(repository)
    return [
        handbook
        for id, organisation in repository.organisations.items()
        if organisation.publishes
        for handbook in resolver.resolve(id).handbooks.values()
    ]


def _sections(handbook: Handbook) -> list[ResolvedSection]:
    return [section for policy in handbook.policies.values() for section in policy.sections]


def _site(handbook: Handbook, repository: Repository) -> Site:
    return site(handbook, repository.library, within=90)


def _opened(root: Path) -> Repository:
    repository, problems = open_repository(root)
    assert repository is not None, problems
    return repository


def _clauses(title: str, summary: str) -> dict[str, str]:
    made = [
        CLAUSE.format(
            id=f"rule-{place}", title=f"{title} {place}", summary=f'"{summary}"', text=text
        )
        for place, text in enumerate(TEXTS)
    ]
    made[-2:] = ["".join(made[-2:])]
    sections = ", ".join(f"{{id: part-{n}, title: Part {n}}}" for n in range(len(made)))
    policy = LIBRARY["policies/rules/policy.yml"].replace("SECTIONS", sections)
    files = {f"policies/rules/part-{n}.md": text for n, text in enumerate(made)}
    return files | {"policies/rules/policy.yml": policy}


def _schools() -> dict[str, str]:
    return {
        f"schools/school-{place}.yml": SCHOOL.format(
            name=f"'{name.replace(chr(39), chr(39) * 2)}'",
            site=("north", "South")[place % 2],
            head=("Ines Grant", "Ida Low", "J. P*pil*")[place % 3],
            email=("", f", email: head-{place}@elm.org")[place % 4 > 0],
            phone=("01632 960001", "(01632) 960002", "+44 1632")[place % 3],
            publish=("role", "name", "contact")[place % 3],
        )
        for place, name in enumerate(NAMES)
    }


# ------------------------------------------------------------------------------ gaps


@pytest.mark.parametrize(
    ("words", "fit"),
    [
        ("Elm School", True),
        ("St Mary’s CE (VA) Primary School", True),
        ("head@elm.sch.uk", True),
        ("01632 960001", True),
        ("St. Mary", True),
        ("", False),
        ("Elm ", False),
        ("Elm!", False),
        ("Elm.", False),
        ("“Elm” School", False),
        ("+44 1632", False),
        ("Elm  School", False),
        ("Elm\nSchool", False),
        ("Elm\u2028School", False),
        ('Elm "School"', False),
        ("Elm \\ School", False),
        ("Elm & Oak", False),
        ("Elm *School* of", False),
        ("9. School", False),
    ],
)
def test_what_fits_a_gap(words: str, fit: bool) -> None:
    assert fits(words) == fit


@given(
    st.lists(st.tuples(st.text("ab é’.", max_size=4), st.sampled_from(NAMES))),
    st.text("ab .", max_size=4),
)
def test_a_text_is_cut_at_its_gaps_and_filled(parts: list[tuple[str, str]], end: str) -> None:
    made = "".join(f"{before}{gap(place % 9)}" for place, (before, _) in enumerate(parts)) + end
    words = [f"word {place}" for place in range(9)]
    whole = "".join(f"{before}word {place % 9}" for place, (before, _) in enumerate(parts)) + end
    assert Cut(made, letters(9)).filled(words) == whole
    raw = Cut(made.encode(), [letter.encode() for letter in letters(9)])
    assert raw.filled([word.encode() for word in words]) == whole.encode()
    assert gaps_in(made) == len(parts)


@given(
    st.text("aé Z0.*_<&'’\"\\-1)#|\ua384\n", max_size=6),
    st.text("a .*_|’1(", max_size=3),
    st.text("a .*_|’1)", max_size=3),
)
def test_what_fits_a_gap_comes_out_as_any_other_words_do(
    words: str, before: str, after: str
) -> None:
    if not fits(words):
        return
    texts = [filled(_text(before, said, after)) for said in (words, gap(0))]
    if HTML.around(texts[1]):
        assert Cut(HTML.of(texts[1]), letters(1)).filled([words]) == HTML.of(texts[0])
    said = [plain(text.markdown) for text in texts]
    if texts[1].reliable:
        assert said[1].replace(gap(0), words) == said[0]


def _text(before: str, words: str, after: str) -> Text:
    at = Place("x.yml", 1, 1)
    runs = (
        Run(RunKind.SOURCE, before, at),
        Run(RunKind.VALUE, words, at, "org.name", "", words),
        Run(RunKind.SOURCE, after, at),
    )
    return Text(runs, key="".join(run.text for run in runs))
