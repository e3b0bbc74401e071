"""The laws of composition, over handbooks that Hypothesis makes up."""

from __future__ import annotations

import random
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clausebook.build import check, open_repository
from clausebook.dates import Stated
from clausebook.handbook_file import handbook_json
from clausebook.model import Handbook, kept_text
from clausebook.problem import Problem
from clausebook.resolve import Resolver
from tests.made import MODALS, Made, Root, handbooks, on_disk, without_references
from tests.origins import Files, fault, runs

DAY = Stated(2026, 11, 20).last
LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Printed:
    """What a reader sees of a clause."""

    number: str
    title: str
    text: str
    strength: str | None
    origin: str


def resolved(root: Path, id: str = "school") -> Mapping[str, Handbook]:
    repository, problems = open_repository(root)
    assert repository is not None, problems
    return Resolver(repository).resolve(id).handbooks


def printed(handbook: Handbook) -> dict[str, Printed]:
    return {
        c.id: Printed(
            c.number,
            c.title.words,
            c.text.words,
            c.strength.value if c.strength else None,
            c.origin,
        )
        for c in handbook.policies["rules"].clauses
    }


def errors(root: Path) -> list[Problem]:
    return list(check(root, as_of=DAY, jobs=1).errors)


def rules(root: Path) -> set[str]:
    return {problem.rule for problem in errors(root)}


# ------------------------------------------------------------------------------ the library alone


@LAW
@given(handbooks())
def test_without_overrides_the_library_prints_unchanged(made: Root) -> None:
    """Every clause, in the library's order, with its words, its strength and the values said."""
    numbers = made.numbers()
    with on_disk(made.files()) as root:
        assert rules(root) == set()
        found = printed(resolved(root)["staff"])
    assert list(found) == list(numbers)
    for clause in made.clauses:
        text = made.printed(clause, numbers, clause.strength)
        wanted = Printed(numbers[clause.id], clause.title, text, clause.strength, "library")
        assert found[clause.id] == wanted


# ------------------------------------------------------------------------------ one override


def replaced(made: Root, target: Made, title: bool) -> Root:
    """The school's own text in place of a clause's, and perhaps its own title."""
    with on_disk(made.files()) as root:
        repository, _ = open_repository(root)
        assert repository is not None
        clause = repository.library.policies["rules"].clauses[target.id]
    modal = " {{ modal }}" if target.strength else ""
    own = {"of": clause.fingerprint, "reason": "Ours.", "text": f"Our staff{modal} do more."}
    if title:
        own["title"] = "Our title"
    school = {"replace": {target.id: own}}
    return replace(made, school=school, kept={clause.fingerprint: kept_text(clause)})


@LAW
@given(handbooks(), st.data(), st.booleans())
def test_a_replacement_changes_its_clause_and_links_to_its_title(
    made: Root, data: st.DataObject, title: bool
) -> None:
    target = data.draw(st.sampled_from(made.clauses))
    with on_disk(made.files()) as root:
        before = printed(resolved(root)["staff"])
    with on_disk(replaced(made, target, title).files()) as root:
        # What only the replaced text used is said for nothing now, and reported.
        assert rules(root) <= {"unused-value", "unused-role"}
        after = printed(resolved(root)["staff"])
    modal = f" {MODALS[target.strength]}" if target.strength else ""
    new = "Our title" if title else target.title
    wanted = replace(
        before[target.id], title=new, text=f"Our staff{modal} do more.", origin="school"
    )
    assert after[target.id] == wanted
    old, link = f"{wanted.number} {target.title}](", f"{wanted.number} {wanted.title}]("
    for id in set(before) - {target.id}:
        assert after[id] == replace(before[id], text=before[id].text.replace(old, link))
    assert list(after) == list(before)


@LAW
@given(handbooks(), st.data())
def test_a_strength_changes_the_modal_of_its_clause_alone(made: Root, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from(made.clauses))
    assume(target.strength is not None)
    other = data.draw(st.sampled_from(sorted(set(MODALS) - {target.strength or ""})))
    with on_disk(made.files()) as root:
        before = printed(resolved(root)["staff"])
    with on_disk(replace(made, school={"strength": {target.id: other}}).files()) as root:
        assert rules(root) == set()
        after = printed(resolved(root)["staff"])
    text = made.printed(target, made.numbers(), other)
    assert after == {**before, target.id: replace(before[target.id], text=text, strength=other)}


@LAW
@given(handbooks(), st.data())
def test_an_omission_moves_later_numbers_and_links_to_them_and_no_more(
    made: Root, data: st.DataObject
) -> None:
    """Clauses after it in its section move up by one; when it was the last of its section, so do
    the sections after. Links say the new numbers."""
    cited = {clause.cites for clause in made.clauses}
    target = data.draw(st.sampled_from(made.clauses))
    assume(target.id not in cited)
    with on_disk(made.files()) as root:
        before = printed(resolved(root)["staff"])
    with on_disk(replace(made, school={"omit": {target.id: "Not here."}}).files()) as root:
        assert rules(root) <= {"unused-value", "unused-role"}
        after = printed(resolved(root)["staff"])
    numbers = made.numbers(omitted=[target.id])
    assert list(after) == list(numbers)
    for clause in made.clauses:
        if clause is target:
            continue
        text = made.printed(clause, numbers, clause.strength)
        assert after[clause.id] == replace(before[clause.id], number=numbers[clause.id], text=text)


@LAW
@given(handbooks(), st.data())
def test_what_one_school_says_never_reaches_its_neighbour(made: Root, data: st.DataObject) -> None:
    """Byte for byte, places included, whichever of the two is resolved first."""
    target = data.draw(st.sampled_from(made.clauses))
    with on_disk(made.files()) as root:
        expected = [handbook_json(book) for book in resolved(root, "other").values()]
    changed = replaced(made, target, title=True)
    changed.school["review"] = {"next": "2030-01"}  # the council's words, in a place of its own
    with on_disk(changed.files()) as root:
        repository, _ = open_repository(root)
        assert repository is not None
        for order in (["school", "other"], ["other", "school"]):
            resolver = Resolver(repository)
            found = {
                id: [handbook_json(book) for book in resolver.resolve(id).handbooks.values()]
                for id in order
            }
            assert found["other"] == expected


# ------------------------------------------------------------------------------ order


@LAW
@given(handbooks(), st.data(), st.randoms(use_true_random=False))
def test_the_order_of_files_and_keys_means_nothing(
    made: Root, data: st.DataObject, order: random.Random
) -> None:
    made = replace(made, school=data.draw(several_changes(made)))
    with on_disk(made.files()) as root:
        expected, found = _in_public(root), rules(root)
    with on_disk(made.files(order)) as root:
        assert _in_public(root) == expected
        assert rules(root) == found


def _in_public(root: Path) -> str:
    """The staff's handbook.json, where no places are."""
    return handbook_json(resolved(root)["staff"])


@st.composite
def several_changes(draw: st.DrawFn, made: Root, sparing: Container[str] = ()) -> dict[str, Any]:
    """An override file that changes several clauses in several ways, rightly or wrongly."""
    ids = [clause.id for clause in made.clauses if clause.id not in sparing]
    if not ids:
        return {}
    said: dict[str, Any] = {}
    strengths = draw(st.dictionaries(st.sampled_from(ids), st.sampled_from(sorted(MODALS))))
    omits = draw(st.dictionaries(st.sampled_from(ids), st.just("Not here."), max_size=2))
    texts = draw(st.dictionaries(st.sampled_from(ids), st.just("Our own words."), max_size=2))
    adopts = draw(st.lists(st.sampled_from(ids), max_size=2, unique=True))
    if strengths:
        said["strength"] = strengths
    if omits:
        said["omit"] = omits
    if texts:
        said["replace"] = {
            id: {"of": "0" * 12, "reason": "Ours.", "text": text} for id, text in texts.items()
        }
    if adopts:
        said["adopt"] = adopts
    return said


# ------------------------------------------------------------------------------ locks


def attempts(made: Root, target: Made) -> Iterator[dict[str, Any]]:
    """Every way a file may try to change a clause."""
    yield {"omit": {target.id: "Not here."}}
    yield {"replace": {target.id: {"of": "0" * 12, "reason": "Ours.", "text": "Other words."}}}
    if target.strength:
        other = next(strength for strength in MODALS if strength != target.strength)
        yield {"strength": {target.id: other}}
    extra = {clause.id for clause in made.clauses if clause.pack == "extra"}
    if target.id in extra and target.cites not in extra:
        yield {"packs": {"remove": ["extra"]}}
        yield {"packs": {"set": []}}


@LAW
@given(handbooks(), st.data())
def test_a_locked_clause_stays_as_the_group_has_it(made: Root, data: st.DataObject) -> None:
    """Whatever a file below writes, alone or among other changes; the problem names both files."""
    target = data.draw(st.sampled_from(made.clauses))
    above, below = data.draw(
        st.sampled_from([("council", "trust"), ("council", "school"), ("trust", "school")])
    )
    attempt = data.draw(st.sampled_from(list(attempts(made, target))))
    others = data.draw(several_changes(made, {target.id, target.cites or ""}))
    with on_disk(made.files()) as root:
        before = printed(resolved(root)["staff"])[target.id]
    changed = made.saying(above, {"lock": [target.id]}).saying(below, {**others, **attempt})
    with on_disk(changed.files()) as root:
        found = [p for p in errors(root) if p.rule == "locked" and f"'{target.id}'" in p.what]
        after = printed(resolved(root)["staff"])[target.id]
    files = {"school": "schools/council/trust/school.yml"} | {
        id: f"schools/council{'' if id == 'council' else '/trust'}/group.yml"
        for id in ("council", "trust")
    }
    assert any(p.at.file == files[below] and files[above] in p.what for p in found)
    assert without_references(after.text) == without_references(before.text)
    assert replace(after, number="", text="") == replace(before, number="", text="")


@LAW
@given(handbooks(), st.data())
def test_a_locked_answer_stays_as_the_group_gave_it(made: Root, data: st.DataObject) -> None:
    assume(made.answers)
    name = data.draw(st.sampled_from(sorted(made.answers)))
    answer = data.draw(
        st.sampled_from(["all", "some", "silent", "7", ["trips"], {"add": ["trips"]}, {"set": []}])
    )
    with on_disk(made.files()) as root:
        before = printed(resolved(root)["staff"])
    made = replace(made, council={"lock": [name]}, school={"values": {name: answer}})
    with on_disk(made.files()) as root:
        found = [p for p in errors(root) if p.rule == "locked"]
        handbook = resolved(root)["staff"]
    assert [p.at.file for p in found] == ["schools/council/trust/school.yml"]
    assert "schools/council/group.yml" in found[0].what
    assert printed(handbook) == before
    assert handbook.policies["rules"].values[name].tier == "council"


@LAW
@given(handbooks(), st.data())
def test_a_policy_with_a_lock_cannot_be_dropped(made: Root, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from(made.clauses))
    with on_disk(made.files()) as root:
        before = printed(resolved(root)["staff"])
    without = {"rules": "We would rather not."}
    with on_disk(replace(made, council={"lock": [target.id]}, without=without).files()) as root:
        found = [p for p in errors(root) if p.rule == "locked"]
        after = printed(resolved(root)["staff"])
    assert [p.at.file for p in found] == ["schools/council/trust/school.yml"]
    assert "schools/council/group.yml" in found[0].what
    assert after == before


# ------------------------------------------------------------------------------ origins, editions


@LAW
@given(handbooks(), st.data(), st.booleans())
def test_every_run_has_one_origin(made: Root, data: st.DataObject, quoted: bool) -> None:
    own = "Our staff take care of {{ org.name }}.\n\nThey tell {{ group.name }}:\n\n- first\n- second\n"
    if quoted:
        own = "It is ours: it’s what {{ org.name }} does."
    section = data.draw(st.sampled_from(made.sections))
    added = {"id": "own", "section": section, "title": "Our own", "text": own}
    changed = replaced(made, data.draw(st.sampled_from(made.clauses)), title=True)
    changed.school["add"] = [added]
    with on_disk(changed.files()) as root:
        assert rules(root) <= {"unused-value", "unused-role"}
        files = Files(root)
        for handbook in resolved(root).values():
            policy = handbook.policies["rules"]
            for run in runs(policy):
                wrong = fault(run, policy, files)
                assert wrong is None, f"{run}: {wrong}"


@LAW
@given(handbooks(), st.data())
def test_a_clause_for_some_editions_leaves_no_trace_in_others(
    made: Root, data: st.DataObject
) -> None:
    """Neither its text nor, by a link, its title; and no other number is touched."""
    hidden = data.draw(st.sampled_from(made.clauses))
    hidden.editions = ("staff", "governors")
    made = replace(made, editions=("staff", "governors", "public"))
    citing = {c.id for c in made.clauses if c.cites == hidden.id}
    with on_disk(made.files()) as root:
        assert rules(root) == ({"cites-missing-clause"} if citing else set())
        books = resolved(root)
    whole, public = printed(books["staff"]), printed(books["public"])
    assert whole.keys() - public.keys() == {hidden.id}
    assert public.items() <= whole.items()
    assert hidden.title not in handbook_json(books["public"])
    assert f"rule {hidden.id}." not in handbook_json(books["public"])
