"""A policy resolved alone is the policy resolved among all that its organisation holds."""

from __future__ import annotations

import itertools
import pickle
import sys
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from clausebook.build import open_repository
from clausebook.judge import Part, _parts, judge
from clausebook.model import (
    Clause,
    Dated,
    Handbook,
    Policy,
    Printed,
    Repository,
    ResolvedClause,
    ResolvedPolicy,
    Text,
)
from clausebook.resolve import AROUND, Found, Resolved, Resolver, Spoken
from tests.made import on_disk


def test_a_policy_comes_out_the_same_alone(shipped: Repository) -> None:
    together, alone = Resolver(shipped), Resolver(shipped)
    seen = 0
    for id, organisation in shipped.organisations.items():
        whole = together.resolve(id)
        assert set(whole.handbooks) == set(organisation.editions if organisation.publishes else ())
        for policy in whole.policies:
            part = alone.resolve(id, only=[policy.id])
            assert [_said(one) for one in part.policies] == [_said(policy)]
            assert part.open_answers == [a for a in whole.open_answers if a.policy == policy.id]
            assert _pairs(part.spoken) <= _pairs(whole.spoken)
            for edition, handbook in whole.handbooks.items():
                _same(part.handbooks[edition], handbook, policy.id)
                seen += 1
        _together(alone, whole)
    assert seen > 10


def test_each_edition_comes_out_the_same_alone(shipped: Repository) -> None:
    resolver = Resolver(shipped)
    for id in shipped.organisations:
        for edition, handbook in resolver.resolve(id).handbooks.items():
            for policy in handbook.policies:
                only = Resolver(shipped).resolve(id, [edition], only=[policy]).handbooks[edition]
                _same(only, handbook, policy)


def _together(resolver: Resolver, whole: Resolved) -> None:
    """What is wrong, said and shown: in the parts as in the whole."""
    held = list(resolver.states(whole.organisation.id))
    parts = [
        resolver.resolve(whole.organisation.id, only=one) for one in [[], *([p] for p in held)]
    ]
    assert {p for part in parts for p in part.problems} == set(whole.problems)
    assert {s for part in parts for s in part.spoken.said} == set(whole.spoken.said)
    assert set().union(*(_pairs(part.spoken) for part in parts)) == _pairs(whole.spoken)
    assert {k: v for p in parts for k, v in p.spoken.reasons.items()} == whole.spoken.reasons


def _pairs(spoken: Spoken) -> set[tuple[str, int]]:
    return {(tier, spot) for tier, spots in spoken.shown.items() for spot in spots}


def _same(part: Handbook, whole: Handbook, policy: str) -> None:
    assert list(part.policies) == [id for id in whole.policies if id == policy]
    assert (part.tiers, part.roles, part.terms, part.library) == (
        whole.tiers,
        whole.roles,
        whole.terms,
        whole.library,
    )
    for id, one in part.policies.items():
        assert _said(one) == _said(whole.policies[id])


def _said(policy: ResolvedPolicy) -> dict[str, Any]:
    """All that a policy says, down to every run of its texts and where that stands."""
    simple = {f.name: getattr(policy, f.name) for f in fields(policy)}
    simple |= {"policy": _id(policy.policy), "covers": policy.covers}
    simple |= {"fingerprint": policy.fingerprint}
    simple["sections"] = [
        (
            (section.id, section.number, section.title, section.at),
            [
                (
                    (clause.number, clause.strength, clause.origin, clause.reason),
                    (_id(clause.clause), _id(clause.replaced), clause.covers, clause.fingerprint),
                    [_text(t) for t in (clause.title, clause.text, clause.summary) if t],
                    clause.pictures,
                )
                for clause in section.clauses
            ],
        )
        for section in policy.sections
    ]
    return simple


def _id(thing: Clause | Policy | None) -> object:
    return None if thing is None else (thing.id, thing.at)


def _text(text: Text) -> tuple[object, ...]:
    return tuple(getattr(text, f.name) for f in fields(text))


def test_whoever_was_resolved_before_makes_no_difference(
    shipped: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    forth, back = Resolver(shipped), Resolver(shipped)
    ids = list(shipped.organisations)
    first = {id: forth.resolve(id) for id in ids}
    last = {id: back.resolve(id) for id in reversed(ids)}
    for kept in ("text", "plan", "publish"):  # nothing may hang on what is kept
        monkeypatch.setattr(sys.modules[f"clausebook.resolve.{kept}"], "VARIANTS", 1)
    for id in ids:
        alone = Resolver(shipped).resolve(id)
        for whole in (first[id], last[id], forth.resolve(id)):
            assert whole.problems == alone.problems
            assert _pairs(whole.spoken) == _pairs(alone.spoken)
            assert list(whole.handbooks) == list(alone.handbooks)
            for edition, handbook in alone.handbooks.items():
                assert list(whole.handbooks[edition].policies) == list(handbook.policies)
                for policy in handbook.policies.values():
                    assert _said(whole.handbooks[edition].policies[policy.id]) == _said(policy)


@pytest.mark.parametrize("backwards", [False, True])
def test_what_was_kept_for_later_makes_the_same_handbooks(
    shipped: Repository, backwards: bool
) -> None:
    resolver, kept = Resolver(shipped, room=10_000), 0
    for id in shipped.organisations:
        judge(resolver, id, date(2026, 11, 20), strict=False)
    for id, organisation in shipped.organisations.items():
        alone, later = Resolver(shipped).resolve(id), resolver.handbooks(id)
        kept += bool(later.resolved.handbooks)
        editions = organisation.editions if organisation.publishes else ()
        for edition in sorted(editions, reverse=backwards):
            handbook, wanted = later[edition], alone.handbooks[edition]
            assert handbook is later[edition]
            assert handbook.library == wanted.library
            assert list(handbook.policies) == list(wanted.policies)
            for policy in wanted.policies.values():
                assert _said(handbook.policies[policy.id]) == _said(policy)
        assert resolver.handbooks(id).resolved is not later.resolved, "it is kept for one alone"
    assert kept > 5


def test_what_was_kept_of_some_policies_is_for_those_alone(shipped: Repository) -> None:
    kept = 0
    for id, organisation in shipped.organisations.items():
        for policy in shipped.library.policies if organisation.publishes else ():
            for asked in ([policy], None, []):
                resolver = Resolver(shipped, room=10_000)
                resolved = resolver.resolve(id, organisation.editions[:1], only=[policy])
                resolver.keep(resolved)
                found, whole = (
                    resolver.handbooks(id, asked),
                    Resolver(shipped).resolve(id, only=asked),
                )
                kept += found.resolved.work is resolved.work
                for edition in organisation.editions:
                    assert list(found[edition].policies) == list(whole.handbooks[edition].policies)
                    for one in found[edition].policies.values():
                        assert _said(one) == _said(whole.handbooks[edition].policies[one.id])
    assert kept > 10


def test_no_more_is_kept_than_there_is_room_for(shipped: Repository) -> None:
    id, other = [id for id, one in shipped.organisations.items() if one.publishes][:2]
    size = AROUND + len(Resolver(shipped).resolve(id).policies)
    for room, both in ((size - 1, False), (size, True)):
        resolver = Resolver(shipped, room=room)
        resolved = resolver.resolve(id, shipped.organisations[id].editions[:1])
        resolver.keep(resolved)
        resolver.keep(resolver.resolve(other, shipped.organisations[other].editions[:1]))
        first = next(iter(resolved.handbooks))
        assert (resolver.handbooks(id)[first] is resolved.handbooks[first]) is both
        resolver.keep(resolved)  # its room is free again
        assert (resolver.handbooks(id)[first] is resolved.handbooks[first]) is both


def test_texts_that_say_the_same_stand_where_each_was_written(shipped: Repository) -> None:
    resolver, seen = Resolver(shipped), 0
    for id in shipped.organisations:
        twice = [resolver.resolve(id).policies for _ in range(2)]
        for one, other in zip(*twice, strict=True):
            for clause, again in zip(one.clauses, other.clauses, strict=True):
                first, second = clause.text, again.text
                if first.alike is second.alike and second.alike is not second:
                    assert second.runs == first.runs
                    assert (second.markdown, second.words) == (first.markdown, first.words)
                    seen += 1
    assert seen > 100


def test_which_clauses_print_is_told_once_for_whoever_prints_them(shipped: Repository) -> None:
    resolver, every = Resolver(shipped), list[Printed]()
    for id in shipped.organisations:
        for handbook in resolver.resolve(id).handbooks.values():
            for policy in handbook.policies.values():
                assert [_whose(c) for c in policy.printed.clauses] == [
                    _whose(c) for c in policy.clauses
                ]
                every.append(policy.printed)
    assert len(every) > len(set(every)) > 10


def _whose(clause: ResolvedClause) -> tuple[object, ...]:
    replaced = clause.replaced and (clause.replaced.id, clause.replaced.at)
    facts = (clause.number, clause.strength, clause.origin, clause.reason)
    return clause.id, clause.clause.at, replaced, *facts


def test_what_is_dated_is_one_for_all_of_whom_the_same_is_said() -> None:
    with on_disk(TOLD) as root:
        repository, _ = open_repository(root)
    assert repository is not None
    resolver = Resolver(repository)
    ash, elm = (_dated(resolver, id) for id in ("ash", "elm"))
    assert ash is elm
    assert ash.review is not None
    assert pickle.loads(pickle.dumps(ash)) == ash
    own = _dated(resolver, "oak")
    assert own.review is not None
    assert (str(ash.review.next), str(own.review.next)) == ("January 2030", "May 2031")


def test_what_is_kept_of_a_policy_comes_back_as_it_was(shipped: Repository) -> None:
    resolver = Resolver(shipped)
    for id in shipped.organisations:
        around = resolver.around(id)
        made = _parts(resolver, around, [*around.holds])
        for kept in (*made.parts.values(), *made.held.values()):
            assert pickle.loads(pickle.dumps(kept)) == kept


def test_all_that_was_found_is_kept() -> None:
    whole = Found(*[[one.name] for one in fields(Found)])  # type: ignore[arg-type]
    part = Part(whole, (), (), clauses=3, visible=True)
    assert pickle.loads(pickle.dumps(part)) == part


def test_a_section_is_one_for_all_who_print_the_same_in_it() -> None:
    """Whatever else of the policy they changed; not where its number is another."""
    with on_disk(PARTS) as root:
        repository, problems = open_repository(root)
    assert repository is not None
    assert not problems
    resolver = Resolver(repository)
    assert not any(resolver.resolve(id).problems for id in repository.organisations)
    printed = {
        id: resolver.resolve(id).work.first["rules"].prints.sections
        for id in ("ash", "elm", "fir", "oak", "yew")
    }
    ash, elm, fir, oak, yew = printed.values()
    assert [(one.id, one.number) for one in ash] == [("first", "1"), ("last", "2")]
    assert ash[0] is oak[0] is not elm[0]
    assert ash[1] is elm[1] is not oak[1]
    assert [(one.id, one.number) for one in yew] == [("last", "1")]
    assert [one.title for one in fir] == ["Own", "Last"]
    assert fir[0] is not ash[0]
    said = {id: _said(resolver.resolve(id).policies[0]) for id in printed}
    assert said == {id: _said(Resolver(repository).resolve(id).policies[0]) for id in printed}


def _dated(resolver: Resolver, id: str) -> Dated:
    policies = {policy.id: policy for policy in resolver.resolve(id).policies}
    return policies["rules"].dated


@pytest.mark.parametrize("order", list(itertools.permutations(("ash", "elm", "oak"))))
def test_a_policy_is_called_what_each_school_calls_it(order: tuple[str, ...]) -> None:
    """A group's answer names it, and is read once for all below who call it the same."""
    with on_disk(TOLD) as root:
        repository, problems = open_repository(root)
    assert repository is not None
    assert not problems
    resolver = Resolver(repository)
    said = {}
    for id in order:
        handbook = resolver.resolve(id).handbooks["staff"]
        said[id] = handbook.policies["rules"].clauses[0].text.markdown
    assert said == {
        "ash": "- [Visits](visits.md)\n- Other",
        "elm": "- [Going out](visits.md)\n- Other",
        "oak": "- Visits\n- Other",
    }


SCHOOL = """name: {}
kind: school
editions: [staff]
policies:
  rules: {{state: draft, {}}}
"""
ADDED = "add: [{{id: ours, section: {}, title: Ours, text: Ours.}}]"
PARTS = {
    "policies/registers/terms.yml": "terms: {}\n",
    "policies/rules/policy.yml": """
title: Rules
summary: Our rules.
sections: [{id: first, title: First}, {id: last, title: Last}]
packs: {core: {about: All of it., always: true}}
""",
    "policies/rules/first.md": "## Come\n\n```clause\nid: come\npack: core\n```\n\nCome early.\n",
    "policies/rules/last.md": "## Leave\n\n```clause\nid: leave\npack: core\n```\n\nLeave late.\n",
    "schools/ash.yml": SCHOOL.format("Ash", ""),
    "schools/elm.yml": SCHOOL.format("Elm", ADDED.format("first")),
    "schools/fir.yml": SCHOOL.format("Fir", "outline: [{id: first, title: Own}, {id: last}]"),
    "schools/oak.yml": SCHOOL.format("Oak", ADDED.format("last")),
    "schools/yew.yml": SCHOOL.format("Yew", "omit: {come: Nobody comes.}"),
}

TOLD = {
    "policies/registers/terms.yml": "terms: {}\n",
    "policies/rules/policy.yml": """
title: Rules
summary: Our rules.
sections: [{id: all, title: All}]
packs: {core: {about: All of it., always: true}}
parameters:
  beside:
    question: What else is there to read?
    type: titles
    choices: {first: {words: one}, second: {words: two}}
""",
    "policies/rules/all.md": """## Read on

```clause
id: read-on
pack: core
```

{{ answer.beside | bullets }}
""",
    "policies/visits/policy.yml": """
title: Visits
summary: Our visits.
sections: [{id: all, title: All}]
packs: {core: {about: All of it., always: true}}
""",
    "policies/visits/all.md": """## Go

```clause
id: go
pack: core
```

Go.
""",
    "schools/vale/group.yml": """
name: Vale
kind: trust
publishes: false
editions: [staff, governors]
policies:
  rules:
    values: {beside: {first: {policy: visits}, second: Other}}
    review: {next: 2030-01}
  visits: {review: {next: 2030-01}}
""",
    "schools/vale/ash.yml": "name: Ash\nkind: school\neditions: [staff]\n",
    "schools/vale/elm.yml": """
name: Elm
kind: school
editions: [staff]
policies: {visits: {title: Going out}}
""",
    "schools/vale/oak.yml": """
name: Oak
kind: school
editions: [staff, governors]
policies: {rules: {review: {next: 2031-05}}, visits: {editions: [governors]}}
""",
}


def test_schools_share_what_they_print_alike(shipped: Repository) -> None:
    """And still every word stands in the library, in an organisation's own file or a group's."""
    resolver, shared = Resolver(shipped), 0
    printed: dict[ResolvedClause, str] = {}
    for id, organisation in shipped.organisations.items():
        files = {tier.at.file for tier in shipped.tiers(id)}
        for policy in resolver.resolve(id).policies:
            for clause in policy.clauses:
                shared += printed.setdefault(clause, id) != id
                for run in clause.text.runs:
                    file = run.at.file if run.at else ""
                    assert file in files or not file.startswith("schools/"), organisation.name
    assert shared > 20
