"""What changed: real Git repositories, edited as people edit them, compared and shown."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from clausebook.build import open_repository
from clausebook.changes import (
    AFTER,
    BEFORE,
    EARLIER_CONTACT,
    SAME,
    Change,
    Kind,
    Tag,
    compare,
    dated,
    word_differences,
)
from clausebook.cli import main
from clausebook.earlier import Earlier, NoEarlier, earlier
from clausebook.handbook_file import HandbookFile, handbook_file, handbook_json
from clausebook.model import Handbook
from clausebook.render.changes import feed, page
from clausebook.resolve import Resolver

ROOT = Path(__file__).parents[1]
ATOM = "{http://www.w3.org/2005/Atom}"
PLANNING = "policies/lone-working/planning.md"
ALONE = "policies/lone-working/alone.md"
PROBLEMS = "policies/lone-working/problems.md"
POLICY = "policies/lone-working/policy.yml"
LAW = "policies/registers/law.yml"
TERMS = "policies/registers/terms.yml"
GROUP = "schools/riverside/group.yml"
KILNFOLD = "schools/riverside/kilnfold-academy.yml"
OTTERBANK = "schools/riverside/otterbank-primary.yml"


class Book:
    """The smallest example in a Git repository of its own."""

    def __init__(self, top: Path, below: str = "") -> None:
        self.top, self.root = top, top / below
        shutil.copytree(ROOT / "examples" / "smallest", self.root)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("first", "2026-05-12")

    def git(self, *words: str, day: str = "2026-05-12") -> str:
        who = ["-c", "user.name=A Person", "-c", "user.email=a.person@example.org"]
        dates = {f"GIT_{who}_DATE": f"{day}T12:00:00+0000" for who in ("AUTHOR", "COMMITTER")}
        done = subprocess.run(
            ["git", "-C", str(self.top), *who, *words],
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(self.top), **dates},
        )
        return done.stdout

    def commit(self, message: str, day: str) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", message, day=day)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    def now(self, organisation: str, edition: str = "staff") -> Handbook:
        repository, problems = open_repository(self.root)
        assert repository is not None, problems
        resolved = Resolver(repository).resolve(organisation, [edition])
        assert not problems + resolved.problems
        return resolved.handbooks[edition]

    def changes(
        self, organisation: str, edition: str = "staff", since: str = "HEAD"
    ) -> tuple[Change, ...]:
        """As a build compares: with the handbooks themselves at hand."""
        then = Earlier(self.root, since)
        now = self.now(organisation, edition)
        old = then.handbook(organisation, edition)
        assert old is not None
        return compare(
            old,
            handbook_file(now, origins=True),
            then=then.resolved(organisation, edition),
            now=now,
        )

    def from_files(self, organisation: str, edition: str = "governors") -> tuple[Change, ...]:
        """As two published files are compared, with nothing else at hand."""
        old = earlier(self.root, "HEAD", organisation, edition)
        assert old is not None
        new = handbook_json(self.now(organisation, edition))
        if edition != "governors":
            for policy in old.policies:
                for section in policy.sections:
                    for clause in section.clauses:
                        clause.runs = clause.origin = None
        return compare(old, HandbookFile.model_validate_json(new))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "repository")


def only(changes: tuple[Change, ...]) -> Change:
    assert len(changes) == 1, changes
    return changes[0]


def told(changes: tuple[Change, ...]) -> list[tuple[str | None, Kind, Tag]]:
    return [(change.clause, change.kind, change.tag) for change in changes]


# ------------------------------------------------------------------------------ kinds and tags


def test_nothing_changed(book: Book) -> None:
    for organisation in ("kilnfold-academy", "otterbank-primary"):
        for edition in ("staff", "governors"):
            assert book.changes(organisation, edition) == ()
            assert book.from_files(organisation, edition) == ()


def test_a_rewording_shows_the_words_that_differ(book: Book) -> None:
    book.edit(PLANNING, "climb a ladder or go on a roof", "climb a ladder, or go onto any roof")
    for found in (book.changes("otterbank-primary"), book.from_files("otterbank-primary")):
        change = only(found)
        assert (change.kind, change.tag) == (Kind.CHANGED, Tag.WORDING)
        assert (change.policy, change.clause, change.number) == (
            "lone-working",
            "jobs-for-two",
            "1.3",
        )
        assert "• climb a ladder or go on a roof" in change.before
        assert "• climb a ladder, or go onto any roof" in change.after
        parts = [part for part in change.differences if part[0] != SAME]
        assert parts == [
            (BEFORE, "ladder"),
            (AFTER, "ladder,"),
            (BEFORE, "on a"),
            (AFTER, "onto any"),
        ]


def test_a_groups_answer_is_the_groups_change_wherever_it_shows(book: Book) -> None:
    book.edit(GROUP, "check_in_hours: 2", "check_in_hours: 3")
    for organisation in ("otterbank-primary", "kilnfold-academy"):
        change = only(book.changes(organisation))
        assert (change.clause, change.kind, change.tag) == ("check-in", Kind.CHANGED, Tag.GROUP)
        assert [text for op, text in change.differences if op != SAME] == ["two", "three"]
        assert only(book.from_files(organisation)).tag is Tag.GROUP


def test_a_schools_answer_is_the_schools_change_and_nobody_elses(book: Book) -> None:
    book.edit(KILNFOLD, "    values:\n", "    values:\n      check_in: call\n")
    change = only(book.changes("kilnfold-academy"))
    assert (change.clause, change.tag) == ("check-in", Tag.SCHOOL)
    assert only(book.from_files("kilnfold-academy")).tag is Tag.SCHOOL
    assert book.changes("otterbank-primary") == ()


def test_a_word_a_school_chooses_is_its_change(book: Book) -> None:
    book.edit(KILNFOLD, "family: parents and carers", "family: families")
    assert told(book.changes("kilnfold-academy")) == [("leaving-a-visit", Kind.CHANGED, Tag.SCHOOL)]


def test_other_words_for_the_same_choice_are_the_librarys(book: Book) -> None:
    book.edit(POLICY, "message: by message", "message: by text message")
    for found in (book.changes("otterbank-primary"), book.from_files("otterbank-primary")):
        assert told(found) == [("check-in", Kind.CHANGED, Tag.WORDING)]


def test_naming_a_schools_choice_once_more_is_wording(book: Book) -> None:
    book.edit(
        PROBLEMS,
        "to the {{ role.head }} by the next working day.",
        "to the {{ role.head }} and the {{ answer.contact }} by the next working day.",
    )
    assert told(book.changes("otterbank-primary")) == [
        ("report-what-happened", Kind.CHANGED, Tag.WORDING)
    ]


def test_words_that_print_by_an_answer_are_the_answers_change(book: Book) -> None:
    book.edit(GROUP, "second_number: silent", "second_number: 01632 960399")
    change = only(book.changes("otterbank-primary"))
    assert (change.clause, change.kind, change.tag) == ("get-help", Kind.CHANGED, Tag.GROUP)
    assert "If nobody answers, ring 01632 960399." in change.after


def test_words_of_no_value_that_print_by_an_answer_are_the_answers_change(book: Book) -> None:
    book.edit(PROBLEMS, "ring {{ answer.second_number }}.", "ring the second number.")
    gate = "      - {id: gate, section: alone, title: Gate, text: 'Look.%s'}\n"
    shown = gate % "{% if answer.second_number %} Then ring.{% endif %}"
    with (book.root / OTTERBANK).open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"policies:\n  lone-working:\n    add:\n{shown}")
    book.commit("if", "2026-06-01")
    book.edit(GROUP, "second_number: silent", "second_number: 01632 960399")
    assert told(book.changes("otterbank-primary")) == [
        ("gate", Kind.CHANGED, Tag.GROUP),
        ("get-help", Kind.CHANGED, Tag.GROUP),
    ]


def test_what_a_trust_says_in_its_own_handbook_is_the_trusts(book: Book) -> None:
    book.edit(GROUP, "publishes: false", "editions: [staff, governors]")
    book.edit(GROUP, "roles:\n", "roles:\n  head: {title: headteacher, for: Anything else}\n")
    book.commit("trust", "2026-06-01")
    book.edit(GROUP, "check_in_hours: 2", "check_in_hours: 3")
    for found in (book.changes("riverside"), book.from_files("riverside")):
        assert told(found) == [("check-in", Kind.CHANGED, Tag.GROUP)]


def test_the_law_is_told_by_its_title_and_by_what_is_cited(book: Book) -> None:
    book.edit(LAW, "Safety at Work etc. Act 1974", "Safety at Work Act 1974")
    for found in (book.changes("otterbank-primary"), book.from_files("otterbank-primary")):
        assert told(found) == [("what-the-law-asks", Kind.CHANGED, Tag.LAW)]
    book.commit("title", "2026-06-01")
    book.edit(PLANNING, 'The {{ law["hswa-1974"] }} makes', "The law makes")
    for edition in ("staff", "governors"):
        for found in (
            book.changes("otterbank-primary", edition),
            book.from_files("otterbank-primary", edition),
        ):
            assert told(found) == [("what-the-law-asks", Kind.CHANGED, Tag.LAW)]


def test_a_strength_is_told_as_such_and_whose_it_is(book: Book) -> None:
    book.edit(
        PLANNING,
        "strength: must\nsummary: Say where",
        "strength: should\nsummary: Say where",
    )
    change = only(book.changes("otterbank-primary"))
    assert (change.kind, change.tag) == (Kind.STRENGTH, Tag.WORDING)
    assert change.also == ("It was “must” and is “should”.",)
    book.commit("strength", "2026-06-01")
    book.edit(
        KILNFOLD, "    values:\n", "    strength: {first-visits-in-pairs: must}\n    values:\n"
    )
    for found in (book.changes("kilnfold-academy"), book.from_files("kilnfold-academy")):
        assert told(found) == [("first-visits-in-pairs", Kind.STRENGTH, Tag.SCHOOL)]


def test_a_new_strength_with_other_words_is_a_change_that_says_both(book: Book) -> None:
    book.edit(PLANNING, "strength: must not\n", "strength: should not\n")
    book.edit(PLANNING, "go on a roof", "go on any roof")
    change = only(book.changes("otterbank-primary"))
    assert change.kind is Kind.CHANGED
    assert change.also == ("It was “must not” and is “should not”.",)


def test_a_clause_of_the_library_added_and_removed(book: Book) -> None:
    text = (book.root / PLANNING).read_text(encoding="utf-8")
    start, end = text.index("## Jobs for two"), text.index("## What the law asks")
    (book.root / PLANNING).write_text(text[:start] + text[end:], encoding="utf-8", newline="\n")
    gone = book.changes("otterbank-primary")
    assert told(gone) == [
        ("jobs-for-two", Kind.REMOVED, Tag.WORDING),
        (None, Kind.RENUMBERED, Tag.WORDING),
    ]
    assert gone[0].before.startswith("While alone, staff must not")
    assert gone[0].after == ""
    assert gone[0].number == "1.3"
    assert gone[1].also == ("1.4 is now 1.3: What the law asks",)
    book.commit("gone", "2026-06-01")
    (book.root / PLANNING).write_text(text, encoding="utf-8", newline="\n")
    come = book.changes("otterbank-primary")
    assert told(come) == [
        ("jobs-for-two", Kind.ADDED, Tag.WORDING),
        (None, Kind.RENUMBERED, Tag.WORDING),
    ]
    assert (come[0].before, come[0].after) == ("", gone[0].before)


def test_renumbered_clauses_are_summed_up_once_a_policy(book: Book) -> None:
    book.edit(POLICY, "  - {id: planning, title: Before you work alone, required: true}\n", "")
    book.edit(
        POLICY,
        "  - {id: problems, title: If something goes wrong, required: true}\n",
        "  - {id: problems, title: If something goes wrong, required: true}\n"
        "  - {id: planning, title: Before you work alone, required: true}\n",
    )
    change = only(book.changes("otterbank-primary"))
    assert change.kind is Kind.RENUMBERED
    assert "1.1 is now 3.1: What lone working is" in change.also
    assert len(change.also) == 8
    assert change.clause is None
    assert told(book.from_files("otterbank-primary")) == told((change,))


def test_a_new_title_does_not_change_the_clauses_that_name_it(book: Book) -> None:
    book.edit(PLANNING, "That includes people", "Form 13.1 Get help is for people")
    book.commit("form", "2026-06-01")
    book.edit(PROBLEMS, "## Get help", "## Getting help")
    found = book.changes("otterbank-primary")
    assert told(found) == [
        ("get-help", Kind.TITLE, Tag.WORDING),
        (None, Kind.RENUMBERED, Tag.WORDING),
    ]
    assert found[1].also == ("3.2 names other clauses as they are called now",)


def test_an_approval_more_is_told_with_the_history(book: Book) -> None:
    book.edit(
        GROUP,
        'minute: "14", next: 2031-09}',
        'minute: "14", next: 2031-09}\n'
        '      - {date: 2026-11-03, by: Board of Trustees, minute: "21", next: 2031-09}',
    )
    change = only(book.changes("otterbank-primary"))
    assert (change.title, change.tag, change.dated) == ("Approved", Tag.GROUP, "2026-11-03")
    assert change.before.startswith("Board of Trustees, 22 September 2026, minute 14")
    assert change.after.startswith("Board of Trustees, 3 November 2026, minute 21")


def test_switching_a_pack_is_the_schools_change(book: Book) -> None:
    book.edit(KILNFOLD, "  family: parents and carers", "  staff: colleagues # parents")
    book.edit(KILNFOLD, "    packs: {add: [home-visits]}\n", "")
    found = book.changes("kilnfold-academy")
    gone = {c.clause: c.tag for c in found if c.kind is Kind.REMOVED}
    assert gone == {"first-visits-in-pairs": Tag.SCHOOL, "leaving-a-visit": Tag.SCHOOL}


def test_leaving_a_clause_out_is_the_change_of_whoever_does(book: Book) -> None:
    book.edit(
        GROUP,
        "    state: approved elsewhere",
        "    omit: {jobs-for-two: We have no ladders.}\n    state: approved elsewhere",
    )
    found = book.changes("otterbank-primary")
    assert told(found)[0] == ("jobs-for-two", Kind.REMOVED, Tag.GROUP)
    # From a published file it is known as well: today's handbook says who left it out.
    now = book.now("otterbank-primary")
    old = earlier(book.root, "HEAD", "otterbank-primary", "staff")
    assert old is not None
    assert told(compare(old, handbook_file(now), now=now))[0][2] is Tag.GROUP


def test_a_clause_that_prints_by_an_answer_is_the_change_of_whoever_answers(book: Book) -> None:
    book.edit(PLANNING, "id: jobs-for-two\n", "id: jobs-for-two\nwhen: {check_in: [message]}\n")
    book.commit("when", "2026-06-01")
    book.edit(GROUP, "check_in: message", "check_in: call")
    gone = {c.clause: (c.kind, c.tag) for c in book.changes("otterbank-primary")}
    assert gone["jobs-for-two"] == (Kind.REMOVED, Tag.GROUP)


def test_a_policy_a_school_does_without_is_its_change(book: Book) -> None:
    book.edit(
        OTTERBANK, "kind: school\n", "kind: school\nwithout: {lone-working: We close at dusk.}\n"
    )
    gone = only(book.changes("otterbank-primary"))
    assert (gone.kind, gone.tag) == (Kind.POLICY_REMOVED, Tag.SCHOOL)
    assert "ladder" in gone.before


def test_a_clause_replaced_and_given_back_is_the_schools_change(book: Book) -> None:
    repository, _ = open_repository(book.root)
    assert repository is not None
    of = repository.library.policies["lone-working"].clauses["jobs-for-two"].fingerprint
    own = (
        f"    replace:\n      jobs-for-two: {{of: {of}, reason: Our own list., "
        "text: 'While alone, {{ term.staff }} {{ modal }} climb a ladder.'}\n"
    )
    book.edit(KILNFOLD, "    values:\n", own + "    values:\n")
    assert main(["keep", "--root", str(book.root)]) == 0
    for found in (book.changes("kilnfold-academy"), book.from_files("kilnfold-academy")):
        assert told(found) == [("jobs-for-two", Kind.CHANGED, Tag.SCHOOL)]
    book.commit("own", "2026-06-01")
    book.edit(KILNFOLD, own, "")
    for found in (book.changes("kilnfold-academy"), book.from_files("kilnfold-academy")):
        assert told(found) == [("jobs-for-two", Kind.CHANGED, Tag.SCHOOL)]


def test_a_role_called_otherwise_is_the_change_of_whoever_calls_it_so(book: Book) -> None:
    book.edit(KILNFOLD, "head: {title: principal,", "head: {title: head,")
    for found in (book.changes("kilnfold-academy"), book.from_files("kilnfold-academy")):
        assert told(found)[0] == ("report-what-happened", Kind.CHANGED, Tag.SCHOOL)


def test_a_schools_own_clause_is_the_schools(book: Book) -> None:
    own = (
        "    add:\n"
        "      - id: gate\n"
        "        section: planning\n"
        "        after: say-where-you-will-be\n"
        "        title: The gate\n"
        "        strength: must\n"
        "        text: Whoever leaves last {{ modal }} lock the gate.\n"
    )
    book.edit(KILNFOLD, "    values:\n", own + "    values:\n")
    found = book.changes("kilnfold-academy")
    assert told(found)[0] == ("gate", Kind.ADDED, Tag.SCHOOL)
    assert told(book.from_files("kilnfold-academy"))[0] == ("gate", Kind.ADDED, Tag.SCHOOL)
    book.commit("gate", "2026-06-01")
    book.edit(KILNFOLD, "lock the gate.", "lock both gates.")
    for changed in (book.changes("kilnfold-academy"), book.from_files("kilnfold-academy")):
        assert told(changed) == [("gate", Kind.CHANGED, Tag.SCHOOL)]
    book.edit(KILNFOLD, own.replace("lock the gate.", "lock both gates."), "")
    assert told(book.changes("kilnfold-academy"))[0] == ("gate", Kind.REMOVED, Tag.SCHOOL)


def test_a_moved_clause_says_from_where(book: Book) -> None:
    text = (book.root / PLANNING).read_text(encoding="utf-8")
    start = text.index("## What the law asks")
    (book.root / PLANNING).write_text(text[:start], encoding="utf-8", newline="\n")
    with (book.root / PROBLEMS).open("a", encoding="utf-8", newline="\n") as file:
        file.write("\n" + text[start:])
    change = only(book.changes("otterbank-primary"))
    assert (change.clause, change.kind) == ("what-the-law-asks", Kind.MOVED)
    assert change.before == "1 Before you work alone"
    assert change.after == "3 If something goes wrong"


def test_titles_of_clauses_sections_and_policies(book: Book) -> None:
    book.edit(PLANNING, "## Jobs for two", "## Jobs that need two")
    book.edit(POLICY, "title: While you are alone", "title: Working alone")
    book.edit(POLICY, "title: Lone working policy", "title: Working alone policy")
    found = book.changes("otterbank-primary")
    assert [(c.kind, c.clause, c.title, c.before, c.after) for c in found] == [
        (Kind.TITLE, None, "Its title", "Lone working policy", "Working alone policy"),
        (Kind.TITLE, None, "Section 2", "While you are alone", "Working alone"),
        (
            Kind.TITLE,
            "jobs-for-two",
            "Jobs that need two",
            "Jobs for two",
            "Jobs that need two",
        ),
    ]
    assert {change.policy_title for change in found} == {"Working alone policy"}


def test_the_short_version_alone(book: Book) -> None:
    book.edit(PLANNING, "summary: Use ladders,", "summary: Use any ladder,")
    change = only(book.changes("otterbank-primary"))
    assert (change.clause, change.kind) == ("jobs-for-two", Kind.SUMMARY)
    assert change.before.startswith("Use ladders,")


def test_a_link_alone(book: Book) -> None:
    for address in ("one", "two"):
        if address == "two":
            book.commit("link", "2026-06-01")
        text = (book.root / PLANNING).read_text(encoding="utf-8")
        text = re.sub(r"That includes people.*", "", text).rstrip()
        text = re.sub(r" See \[this\].*", "", text)
        text += f" See [this](https://example.org/{address}).\n"
        (book.root / PLANNING).write_text(text, encoding="utf-8", newline="\n")
    change = only(book.changes("otterbank-primary"))
    assert (change.clause, change.kind) == ("what-the-law-asks", Kind.LINK)


def test_an_approval_and_a_review_are_told_by_field(book: Book) -> None:
    book.edit(GROUP, "date: 2026-09-22", "date: 2026-11-03")
    book.edit(
        KILNFOLD, "    values:\n", "    review: {last: 2026-11, next: 2029-11}\n    values:\n"
    )
    group = only(book.changes("otterbank-primary"))
    assert (group.kind, group.tag, group.title) == (Kind.CONTROL, Tag.GROUP, "Approved")
    assert "22 September 2026" in group.before
    assert "3 November 2026" in group.after
    assert group.dated == "2026-11-03"
    found = book.changes("kilnfold-academy")
    assert [(c.title, c.tag, c.before, c.after) for c in found[1:]] == [
        ("Last reviewed", Tag.SCHOOL, "September 2026", "November 2026"),
        ("Next review due", Tag.SCHOOL, "September 2031", "November 2029"),
    ]


def test_a_policy_added_and_removed(book: Book) -> None:
    shutil.copytree(book.root / "policies" / "lone-working", book.root / "policies" / "visits")
    book.edit("policies/visits/policy.yml", "Lone working policy", "Visits policy")
    said = (
        "  visits:\n    packs: {add: [home-visits]}\n    values: {contact: head, check_in: call, "
        "check_in_hours: 2, second_number: silent}\n"
    )
    with (book.root / KILNFOLD).open("a", encoding="utf-8", newline="\n") as file:
        file.write(said)
    come = only(book.changes("kilnfold-academy"))
    assert (come.policy, come.policy_title) == ("visits", "Visits policy")
    assert (come.clause, come.kind, come.tag) == (None, Kind.POLICY_ADDED, Tag.SCHOOL)
    assert "1.1 What lone working is\nYou work alone when" in come.after
    assert book.changes("otterbank-primary") == ()
    book.commit("visits", "2026-06-01")
    book.edit(KILNFOLD, said, "")
    shutil.rmtree(book.root / "policies" / "visits")
    gone = only(book.changes("kilnfold-academy"))
    assert (gone.policy, gone.kind, gone.tag) == ("visits", Kind.POLICY_REMOVED, Tag.SCHOOL)
    assert gone.before == come.after.replace("01632 960303", EARLIER_CONTACT)
    made = page((gone,), book.now("kilnfold-academy"), "the handbook of 1 June 2026")
    assert "visits.html" not in made.body
    assert "<summary>Before: the whole text" in made.body


# ------------------------------------------------------------------------------ contacts


def test_a_contact_that_changed_is_not_published_again(book: Book) -> None:
    book.edit(PROBLEMS, "If nobody answers, ring", "Ring")
    assert "ring 01632 960303." in only(book.changes("kilnfold-academy")).before
    book.edit(PROBLEMS, "Ring {{", "If nobody answers, ring {{")
    book.edit(KILNFOLD, "second_number: 01632 960303", "second_number: 01632 960404")
    change = only(book.changes("kilnfold-academy"))
    assert (change.clause, change.kind, change.tag) == ("get-help", Kind.DETAILS, Tag.SCHOOL)
    assert change.before == ""
    assert "01632 960404" in change.after
    book.edit(PROBLEMS, "If nobody answers, ring", "When nobody answers, ring")
    change = only(book.changes("kilnfold-academy"))
    assert change.kind is Kind.CHANGED
    assert f"If nobody answers, ring {EARLIER_CONTACT}." in change.before
    new = book.now("kilnfold-academy")
    shown = page((change,), new, "").body + feed((change,), new, None).decode()
    assert "01632 960404" in shown
    assert "01632 960303" not in shown


def test_a_name_that_is_withdrawn_is_not_published_again(book: Book) -> None:
    book.edit(
        PROBLEMS,
        "by the next working day.",
        "by the next working day.\n\n{{ role.head | contacts }}",
    )
    book.commit("contacts", "2026-06-01")
    book.edit(OTTERBANK, "name: Nia Example, ", "")
    book.edit(PROBLEMS, "by the next working day.", "by the end of the day.")
    for edition in ("staff", "governors"):
        for found in (
            book.changes("otterbank-primary", edition),
            book.from_files("otterbank-primary"),
        ):
            change = only(found)
            assert change.clause == "report-what-happened"
            assert "Nia" not in str(change)


def test_a_text_taken_out_of_an_edition_is_not_published_there_once_more(book: Book) -> None:
    book.edit(OTTERBANK, "editions: [staff, governors]", "editions: [staff, governors, public]")
    book.edit(GROUP, "    state: ap", "    editions: [staff, governors, public]\n    state: ap")
    book.commit("public", "2026-06-01")
    book.edit(
        PLANNING,
        "id: jobs-for-two\npack: core\n",
        "id: jobs-for-two\npack: core\neditions: [staff]\n",
    )
    for edition in ("public", "governors"):
        gone = only(book.changes("otterbank-primary", edition))
        assert (gone.clause, gone.kind, gone.before) == ("jobs-for-two", Kind.REMOVED, "")
        assert gone.also == ("It is no longer for the readers of this edition.",)
        assert "ladder" not in str(gone)
    assert "ladder" not in str(book.from_files("otterbank-primary", "public"))
    assert book.changes("otterbank-primary", "staff") == ()
    book.commit("clause", "2026-06-02")
    book.edit(GROUP, "    editions: [staff, governors, public]", "    editions: [staff]")
    gone = only(book.changes("otterbank-primary", "public"))
    assert (gone.kind, gone.before) == (Kind.POLICY_REMOVED, "")
    assert "alarm" not in str(gone) + str(book.from_files("otterbank-primary", "public"))


def test_an_outline_of_its_own_is_the_schools_change(book: Book) -> None:
    book.edit(
        KILNFOLD,
        "    values:\n",
        "    outline:\n      - {id: planning}\n      - {id: alone, title: Alone}\n"
        "      - {id: problems}\n    values:\n",
    )
    change = only(book.changes("kilnfold-academy"))
    assert (change.title, change.kind, change.tag) == ("Section 2", Kind.TITLE, Tag.SCHOOL)
    assert (change.before, change.after) == ("While you are alone", "Alone")


# ------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "One."),
        ("One two.", ""),
        ("Staff must tell the head.", "All staff should tell the head, or a deputy."),
        ("• one\n• two\n  • deep", "• one\n• three\n• two"),
        (" leading  and trailing ", "leading and trailing"),
    ],
)
def test_the_parts_make_up_both_texts(before: str, after: str) -> None:
    parts = word_differences(before, after)
    assert "".join(text for op, text in parts if op != AFTER) == before
    assert "".join(text for op, text in parts if op != BEFORE) == after
    assert all(text for _, text in parts)


def test_the_space_before_a_word_is_no_difference() -> None:
    assert word_differences("Staff must go", "Staff should go") == (
        (SAME, "Staff "),
        (BEFORE, "must"),
        (AFTER, "should"),
        (SAME, " go"),
    )


# ------------------------------------------------------------------------------ where it was


def test_a_revision_of_a_handbook_below_the_top_of_its_repository(tmp_path: Path) -> None:
    book = Book(tmp_path / "repository", "trust/handbook")
    book.edit(PLANNING, "go on a roof", "go on any roof")
    assert told(book.changes("otterbank-primary")) == [("jobs-for-two", Kind.CHANGED, Tag.WORDING)]
    assert Earlier(book.root, "main").words("otterbank-primary", "staff") == (
        "the handbook of 12 May 2026"
    )


def test_an_organisation_or_edition_that_did_not_exist_has_no_earlier_text(book: Book) -> None:
    then = Earlier(book.root, "HEAD")
    assert then.handbook("new-school", "staff") is None
    assert then.handbook("otterbank-primary", "public") is None
    assert then.handbook("riverside", "staff") is None, "it publishes nothing itself"
    assert then.resolved("new-school", "staff") is None


def test_nothing_is_written_beside_the_handbook(book: Book) -> None:
    before = book.git("status", "--porcelain", "--ignored")
    earlier(book.root, "HEAD", "otterbank-primary", "staff")
    assert book.git("status", "--porcelain", "--ignored") == before == ""


def test_a_published_file_and_a_folder_of_sites(book: Book, tmp_path: Path) -> None:
    site = tmp_path / "old site"
    for edition in ("staff", "governors"):
        folder = site / edition / "otterbank-primary"
        folder.mkdir(parents=True)
        text = handbook_json(book.now("otterbank-primary", edition))
        (folder / "handbook.json").write_text(text, encoding="utf-8")
    book.edit(GROUP, "check_in_hours: 2", "check_in_hours: 3")
    now = book.now("otterbank-primary")
    for since in (site, site / "staff" / "otterbank-primary" / "handbook.json"):
        then = Earlier(book.root, str(since))
        old = then.handbook("otterbank-primary", "staff")
        assert old is not None
        assert told(compare(old, handbook_file(now, origins=True), now=now)) == [
            ("check-in", Kind.CHANGED, Tag.GROUP)
        ]
        assert then.handbook("kilnfold-academy", "staff") is None
        words = then.words("otterbank-primary", "staff")
        assert words == f"the handbook with the check code {old.seal.handbook}"
    assert Earlier(book.root, "old site", base=tmp_path).about is None


def test_a_file_of_another_version_is_read_as_far_as_it_goes(book: Book, tmp_path: Path) -> None:
    data = json.loads(handbook_json(book.now("otterbank-primary")))
    data["later"] = {"unknown": True}
    for policy in data["policies"]:
        del policy["kind"], policy["adopted_from"]
    path = tmp_path / "handbook.json"
    path.write_text(json.dumps(data), encoding="utf-8-sig")
    with pytest.raises(NoEarlier, match=r"no handbook\.json that can be read here: .*kind"):
        Earlier(book.root, str(path))
    for policy in data["policies"]:
        policy["kind"] = "policy"
    path.write_text(json.dumps(data), encoding="utf-8-sig")
    old = Earlier(book.root, str(path)).handbook("otterbank-primary", "staff")
    assert old is not None
    assert compare(old, handbook_file(book.now("otterbank-primary"))) == ()


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("no-such-revision", "no file, folder or revision is called 'no-such-revision'"),
        ("-x", "no file, folder or revision is called '-x'"),
        ("--output=stolen", "no file, folder or revision is called '--output=stolen'"),
        ("--upload-pack=touch stolen", "no file, folder or revision is called"),
        ("HEAD..HEAD", "no file, folder or revision is called"),
        ("HEAD:policies", "no file, folder or revision is called"),
        ("", "name an earlier handbook.json"),
        ("x" * 5_000, "no file, folder or revision is called"),
        ("nowhere/handbook.json", "there is no file 'nowhere/handbook.json'"),
        ("mkdocs.yml", "'mkdocs.yml' is no handbook.json: it is not JSON"),
        ("empty.json", "'empty.json' is no handbook.json that can be read here: "),
        ("list.json", "'list.json' is no handbook.json that can be read here: "),
        ("deep.json", "'deep.json' is no handbook.json: it is not JSON"),
        ("latin.json", "'latin.json' is no handbook.json: it is not JSON"),
        ("schools", "the folder 'schools' holds no EDITION/ORGANISATION/handbook.json"),
        ("bare", "'bare' holds no handbook: there is no folder 'policies' in it"),
        ("broken", "schools/riverside/group.yml:"),
        ("unanswered", "cannot be read by this version of Clausebook"),
    ],
)
def test_what_cannot_be_read_says_why(
    since: str, said: str, book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(book.root)
    (book.root / "empty.json").write_text("{}", encoding="utf-8")
    (book.root / "list.json").write_text("[1]", encoding="utf-8")
    (book.root / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    (book.root / "latin.json").write_bytes('{"é": 1}'.encode("latin-1"))
    group = (book.root / GROUP).read_text(encoding="utf-8")
    for tag, text in (
        ("broken", "name: ["),
        ("unanswered", group.replace("      check_in: message\n", "")),
    ):
        (book.root / GROUP).write_text(text, encoding="utf-8")
        book.commit(tag, "2026-06-01")
        book.git("tag", tag)
    (book.root / GROUP).write_text(group, encoding="utf-8")
    book.git("rm", "-r", "--quiet", "policies", "--cached")
    book.git("commit", "--quiet", "--message", "bare")
    book.git("tag", "bare")
    with pytest.raises(NoEarlier) as error:
        Earlier(book.root, since).handbook("otterbank-primary", "staff")
    assert said in str(error.value)
    assert str(tmp_path) not in str(error.value)
    assert not list(book.top.rglob("stolen*"))


def test_a_folder_that_is_in_no_repository_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoEarlier, match="no Git repository to look for a revision in"):
        Earlier(tmp_path, "HEAD")


def test_a_file_where_it_does_not_belong_is_refused(book: Book, tmp_path: Path) -> None:
    folder = tmp_path / "site" / "public" / "otterbank-primary"
    folder.mkdir(parents=True)
    text = handbook_json(book.now("otterbank-primary", "governors"))
    (folder / "handbook.json").write_text(text, encoding="utf-8")
    then = Earlier(book.root, str(tmp_path / "site"))
    with pytest.raises(NoEarlier, match="governors edition: it is not where it belongs"):
        then.handbook("otterbank-primary", "public")


def test_what_a_revision_holds_is_never_run(book: Book) -> None:
    (book.root / "policies" / "__init__.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    hooks = book.top / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{book.top}/ran'\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    assert earlier(book.root, "HEAD", "otterbank-primary", "staff") is not None
    assert not (book.top / "ran").exists()


# ------------------------------------------------------------------------------ the page


@pytest.fixture
def some(book: Book) -> tuple[tuple[Change, ...], Handbook]:
    book.edit(PLANNING, "go on a roof", "go on <any> roof & wall".replace("<any> ", "any "))
    book.edit(GROUP, "check_in_hours: 2", "check_in_hours: 3")
    book.edit(LAW, "Safety at Work etc. Act 1974", "Safety at Work Act 1974")
    book.edit(KILNFOLD, "family: parents and carers", "family: <b>families</b> & carers")
    return book.changes("kilnfold-academy"), book.now("kilnfold-academy")


def test_the_page_shows_both_texts_in_words_and_links_to_the_clause(
    some: tuple[tuple[Change, ...], Handbook],
) -> None:
    changes, new = some
    made = page(changes, new, "the handbook of 12 May 2026")
    assert (made.path, made.title) == ("changes.html", "What changed")
    assert made.body.count("<h1") == 1
    assert "Since the handbook of 12 May 2026: 4 changes in 1 policy." in made.body
    for tag in ("Change in the law", "Trust or council", "School", "Wording"):
        assert f">{tag}</span>" in made.body
    assert '<a href="lone-working.html#jobs-for-two">1.3 Jobs for two</a>' in made.body
    assert made.body.count(">Before</p>") == made.body.count(">After</p>") == 4
    assert "<del>two</del>" in made.body
    assert "<ins>three</ins>" in made.body
    assert "<b>" not in made.body
    assert "&lt;b&gt;families&lt;/b&gt; &amp;" in made.body
    assert [heading.title for heading in made.headings] == ["Lone working policy"]
    ids = re.findall(r'id="([^"]+)"', made.body)
    assert len(ids) == len(set(ids))
    assert {heading.id for heading in made.headings} <= set(ids)


def test_no_line_is_drawn_through_a_space(book: Book) -> None:
    book.edit(LAW, "Safety at Work etc. Act 1974", "Safety at Work Act 1974")
    changes = book.changes("otterbank-primary")
    body = page(changes, book.now("otterbank-primary"), "").body
    assert "at Work <del>etc.</del> Act 1974" in body
    assert "at Work Act 1974" in body


def test_the_page_is_made_of_elements_that_close(
    some: tuple[tuple[Change, ...], Handbook],
) -> None:
    changes, new = some
    for given in (changes, (), None):
        body = page(given, new, "the handbook of 12 May 2026").body
        root = xml.fromstring(f"<main>{body}</main>")
        levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", e.tag)]
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))


def test_no_earlier_text_and_no_change_are_different_things(book: Book) -> None:
    new = book.now("otterbank-primary")
    none = page(None, new, "").body
    assert "No earlier text is held" in none
    assert "No earlier copy was named when these pages were made" in none
    assert "Nothing has changed" not in none
    then = page(None, new, "the handbook of 12 May 2026").body
    assert "There was no staff edition of them in the handbook of 12 May 2026" in then
    same = page((), new, "the handbook of 12 May 2026").body
    assert "Nothing has changed since the handbook of 12 May 2026." in same
    assert "No earlier text" not in same


ADMIN = ("override", "parameter", "tier", "lock", "seal", "fingerprint", "resolved")


def test_pages_and_feeds_keep_to_readers_words(
    some: tuple[tuple[Change, ...], Handbook],
) -> None:
    changes, new = some
    for given in (changes, (), None):
        text = re.sub("<[^>]*>", " ", page(given, new, "").body + feed(given, new, None).decode())
        assert [word for word in ADMIN if re.search(rf"\b{word}", text, re.I)] == []
    for words in (*(kind.words for kind in Kind), *(tag.words for tag in Tag)):
        assert not [word for word in ADMIN if word in words.lower()]


# ------------------------------------------------------------------------------ the feed


def atom(raw: bytes) -> xml.Element:
    """A feed that has what RFC 4287 asks of one."""
    root = xml.fromstring(raw)
    assert root.tag == f"{ATOM}feed"
    moment = re.compile(r"\d{4}-\d\d-\d\dT00:00:00Z")
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert (element.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert moment.fullmatch(element.findtext(f"{ATOM}updated") or "")
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [element.text for element in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return root


def test_the_feed_has_an_entry_for_each_change(
    some: tuple[tuple[Change, ...], Handbook],
) -> None:
    changes, new = some
    root = atom(feed(changes, new, "https://kilnfold.example/handbook"))
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == len(changes) == 4
    links = [link.get("href") for link in root.iter(f"{ATOM}link")]
    assert "https://kilnfold.example/handbook/changes.xml" in links
    assert "https://kilnfold.example/handbook/lone-working.html#jobs-for-two" in links
    terms = {e.get("term"): e.get("label") for e in root.iter(f"{ATOM}category")}
    assert terms == {tag.value: tag.words for tag in Tag}
    assert "Before: " in (entries[0].findtext(f"{ATOM}content") or "")
    assert root.findtext(f"{ATOM}updated") == "2026-09-22T00:00:00Z"


def test_an_entry_keeps_its_id_until_its_clause_says_something_else(book: Book) -> None:
    def ids() -> Mapping[str, str]:
        changes = book.changes("otterbank-primary", since="main~0")
        raw = feed(changes, book.now("otterbank-primary"), None)
        entries = atom(raw).findall(f"{ATOM}entry")
        return {
            str(change.clause): entry.findtext(f"{ATOM}id") or ""
            for change, entry in zip(changes, entries, strict=True)
        }

    book.edit(PLANNING, "go on a roof", "go on any roof")
    first = ids()
    book.edit(GROUP, "check_in_hours: 2", "check_in_hours: 3")
    second = ids()
    assert second["jobs-for-two"] == first["jobs-for-two"]
    book.edit(PLANNING, "go on any roof", "go on roofs")
    third = ids()
    assert third["check-in"] == second["check-in"]
    assert third["jobs-for-two"] != first["jobs-for-two"]


def test_the_feed_is_there_without_changes_and_without_an_address(book: Book) -> None:
    new = book.now("otterbank-primary")
    for changes in ((), None):
        root = atom(feed(changes, new, None))
        assert not root.findall(f"{ATOM}entry")
        assert [link.get("href") for link in root.iter(f"{ATOM}link")] == ["changes.html"]
        assert root.findtext(f"{ATOM}updated") == "2026-09-22T00:00:00Z"


def test_a_policy_that_states_no_date_is_dated_at_the_beginning(book: Book) -> None:
    now = book.now("otterbank-primary")
    policy = handbook_file(now).policies[0]
    bare = policy.model_copy(
        update={"approvals": [], "review": policy.review.model_copy(update={"last": None})}
    )
    assert dated(policy) == "2026-09-22"
    assert dated(bare) == "1970-01-01"
    undated = {id: replace(one, approvals=(), review=None) for id, one in now.policies.items()}
    for new in (replace(now, policies=undated), replace(now, policies={})):
        root = atom(feed((), new, None))
        assert root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


# ------------------------------------------------------------------------------ the command


def command(book: Book, *words: str, code: int = 0) -> None:
    assert main(["changes", "--root", str(book.root), *words]) == code


def test_the_command_reads_like_a_redline(
    book: Book, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    book.edit(PLANNING, "go on a roof", "go on any roof")
    book.edit(GROUP, "check_in_hours: 2", "check_in_hours: 3")
    command(book, "kilnfold-academy", "--since", "HEAD")
    out = capsys.readouterr().out
    assert out.startswith(
        "Kilnfold Academy, staff edition: changes since the handbook of 12 May 2026\n"
    )
    assert "1.3 Jobs for two (lone-working/jobs-for-two)\n    Changed. Wording.\n" in out
    assert "    Before:\n        While alone, staff must not:\n" in out
    assert "• climb a ladder or go on [a] roof" in out
    assert "• climb a ladder or go on [any] roof" in out
    assert "Changed. Trust or council." in out
    assert "every [two] hours" in out
    assert "every [three] hours" in out
    assert out.endswith("\n2 changes in 1 policy\n")


def test_the_command_writes_csv_and_json(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    book.edit(KILNFOLD, "family: parents and carers", "family: families")
    command(book, "kilnfold-academy", "--since", "HEAD", "--format", "json")
    row = json.loads(capsys.readouterr().out)[0]
    assert (row["clause"], row["kind"], row["tag"]) == ("leaving-a-visit", "changed", "school")
    assert "to families there" in row["after"]
    command(book, "kilnfold-academy", "--since", "HEAD", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert rows == [row]


def test_the_command_says_when_nothing_is_held_or_nothing_changed(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    command(book, "otterbank-primary", "--since", "HEAD")
    assert "Nothing has changed." in capsys.readouterr().out
    book.edit(OTTERBANK, "editions: [staff, governors]", "editions: [staff, governors, public]")
    command(book, "otterbank-primary", "--since", "HEAD", "--edition", "public")
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("No earlier text is held: Otterbank Primary School had no public edition")
    command(book, "otterbank-primary", "--since", "HEAD", "--edition", "public", "--format", "json")
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["otterbank", "--since", "HEAD"], "did you mean 'otterbank-primary'?"),
        (["riverside", "--since", "HEAD"], "publishes no handbook itself"),
        (["otterbank-primary"], "the following arguments are required: --since"),
        (["otterbank-primary", "--since=-x"], "no file, folder or revision is called '-x'"),
        (["otterbank-primary", "--since=--"], "no file, folder or revision is called '--'"),
        (["otterbank-primary", "--since", "nope"], "no file, folder or revision is called 'nope'"),
        (
            ["otterbank-primary", "--since", "HEAD", "--edition", "public"],
            "does not publish a public edition",
        ),
        (
            ["kilnfold-academy", "--since", "old.json"],
            "'old.json' is about 'otterbank-primary', staff edition, not 'kilnfold-academy', staff",
        ),
        (
            ["otterbank-primary", "--since", "old.json", "--edition", "governors"],
            "staff edition, not 'otterbank-primary', governors edition",
        ),
    ],
)
def test_a_slip_says_what_is_wrong_with_an_example(
    words: list[str],
    said: str,
    book: Book,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(book.root)
    text = handbook_json(book.now("otterbank-primary"))
    (book.root / "old.json").write_text(text, encoding="utf-8")
    command(book, *words, code=2)
    error = capsys.readouterr().err
    assert said in error
    assert "example: clausebook changes" in error


# ------------------------------------------------------------------------------ in memory


def test_origins_are_told_when_asked_for_and_published_for_governors_alone(book: Book) -> None:
    for edition in ("staff", "governors"):
        handbook = book.now("otterbank-primary", edition)
        asked = handbook_file(handbook, origins=True).policies[0].sections[0].clauses[0]
        assert asked.runs
        refused = handbook_file(handbook, origins=False).policies[0].sections[0].clauses[0]
        assert refused.runs is None
        assert refused.origin is None
        assert ('"runs"' in handbook_json(handbook)) is (edition == "governors")


def test_lines_that_moved_in_a_file_change_nothing_and_nobody_is_blamed(tmp_path: Path) -> None:
    """A role's telephone number stands further down; the library's words are what changed."""
    for top in ("policies", "schools"):
        shutil.copytree(ROOT / top, tmp_path / top)
    group = tmp_path / "schools" / "larkmere" / "group.yml"
    group.write_text("# One more line.\n" + group.read_text("utf-8"), "utf-8")
    file = tmp_path / "policies" / "data-protection" / "data-breaches.md"
    text = file.read_text("utf-8")
    assert "as soon as they notice" in text
    file.write_text(text.replace("as soon as they notice", "the moment they notice"), "utf-8")
    books = []
    for root in (ROOT, tmp_path):
        repository, _ = open_repository(root)
        assert repository is not None
        books.append(Resolver(repository).resolve("larkmere", ["staff"]).handbooks["staff"])
    old, new = (handbook_file(book, origins=True) for book in books)
    found = compare(old, new, then=books[0], now=books[1])
    assert [(change.clause, change.tag) for change in found] == [("report-breach", Tag.WORDING)]
