"""Each reference organisation makes exactly the points its own document makes, in printed text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausebook.handbook_file import handbook_json
from clausebook.model import Clause, Handbook, Item, Policy, Repository, ResolvedPolicy
from clausebook.resolve import Resolver
from clausebook.template import read_wording

DATA = Path(__file__).parent / "conformance"
FIVE = ("stockport", "horringer-court", "star-mat", "tornedale-infant", "rochdale")
POLICY = "social-media"

Handbooks = Mapping[tuple[str, str], Handbook]


def expected(organisation: str) -> set[str]:
    data = yaml.safe_load((DATA / f"{organisation}.yml").read_text(encoding="utf-8"))
    return set(data["provisions"])


def resolved(repository: Repository, organisation: str) -> ResolvedPolicy:
    return Resolver(repository).resolve(organisation, ["staff"]).policies[0]


@pytest.mark.parametrize("organisation", FIVE)
def test_it_makes_its_own_points_no_more_and_no_fewer(
    organisation: str, handbooks: Handbooks
) -> None:
    policy = handbooks[organisation, "staff"].policies[POLICY]
    assert policy.covers == expected(organisation)


def test_the_library_can_make_every_point(shipped: Repository) -> None:
    everything = set().union(*(expected(organisation) for organisation in FIVE))
    assert set(shipped.library.policies[POLICY].provisions) == everything
    assert len(everything) == 320


@pytest.mark.parametrize("organisation", FIVE)
def test_blanking_any_one_text_loses_its_points(organisation: str, shipped: Repository) -> None:
    """A point counts for what is printed, not for what a clause claims: every text is tried."""
    before = resolved(shipped, organisation).covers
    tried = 0
    for policy, lost in blanked(shipped.library.policies[POLICY], shipped, organisation):
        policies = {**shipped.library.policies, POLICY: policy}
        library = replace(shipped.library, policies=policies)
        after = resolved(replace(shipped, library=library), organisation).covers
        assert not lost & after, f"{sorted(lost & after)} count although their text is blank"
        assert after < before
        tried += 1
    assert tried > 30, "most clauses and choices of the five cover something"


def blanked(
    policy: Policy, repository: Repository, organisation: str
) -> Iterator[tuple[Policy, set[str]]]:
    """The policy with one covering text blank at a time, and what only that text covers."""
    printed = resolved(repository, organisation)
    sources: dict[str, int] = {}
    for clause in printed.clauses:
        for provision in clause.covers:
            sources[provision] = sources.get(provision, 0) + 1
    for field in printed.control:
        for provision in field.covers:
            sources[provision] = sources.get(provision, 0) + 1
    for resolved_clause in printed.clauses:
        only = {p for p in resolved_clause.covers if sources[p] == 1}
        if only and resolved_clause.clause.tier == "library":
            blank = without_text(resolved_clause.clause)
            yield replace(policy, clauses={**policy.clauses, blank.id: blank}), only
    claimed = {p for clause in printed.clauses for p in clause.clause.covers}
    slots = {run.slot for clause in printed.clauses for run in clause.text.runs}
    for parameter in policy.parameters.values():
        if f"answer.{parameter.id}" not in slots or parameter.type == "titles":
            continue  # its choices print no words of their own: they decide which text prints
        value = printed.values.get(parameter.id)
        chosen: tuple[Item, ...] = value.items if value else ()
        twice = [p for item in chosen for p in item.covers]
        for item in chosen:
            choice = parameter.choices.get(item.id or "")
            if choice is None or choice.words is None:
                continue
            once = {p for p in choice.covers if sources.get(p) == 1 and twice.count(p) == 1}
            only = once - claimed
            if not only:
                continue
            blank_choice = replace(choice, words="")
            choices = {**parameter.choices, choice.id: blank_choice}
            changed = replace(parameter, choices=choices)
            parameters = {**policy.parameters, parameter.id: changed}
            yield replace(policy, parameters=parameters), only


@pytest.mark.parametrize("organisation", FIVE)
def test_blanking_any_one_title_loses_its_points(organisation: str, shipped: Repository) -> None:
    """Points that the organisation's own words make: the policies its document is read with."""
    own = shipped.organisations[organisation]
    held = own.policies[POLICY]
    related = next(answer for answer in held.answers if answer.id == "related")
    assert isinstance(related.raw, dict)
    choices = shipped.library.policies[POLICY].parameters["related"].choices
    before = resolved(shipped, organisation).covers
    for topic in related.raw:
        blank = replace(related, raw={**related.raw, topic: " "})
        answers = tuple(blank if answer is related else answer for answer in held.answers)
        changed = replace(own, policies={POLICY: replace(held, answers=answers)})
        organisations = {**shipped.organisations, organisation: changed}
        after = resolved(replace(shipped, organisations=organisations), organisation).covers
        lost = set(choices[topic].covers)
        assert lost
        assert lost <= before
        assert not lost & after


@pytest.mark.parametrize("organisation", FIVE)
def test_taking_out_a_fact_of_the_document_loses_its_points(
    organisation: str, shipped: Repository
) -> None:
    """Points that document control makes, from the site, the audience, the dates and approvals."""
    own = shipped.organisations[organisation]
    held = own.policies[POLICY]
    said = {
        "site": replace(own, site=None),
        "audience": replace(own, policies={POLICY: replace(held, audience=None)}),
        "approvals": replace(own, policies={POLICY: replace(held, approvals=())}),
        "review": replace(own, policies={POLICY: replace(held, review=None)}),
        "contents": replace(own, policies={POLICY: replace(held, contents=None)}),
    }
    fields: dict[str, tuple[str, ...]] = {"approvals": ("approval", "history", "signatories")}
    fields["review"] = ("last_reviewed", "next_review")
    before = resolved(shipped, organisation)
    for fact, changed in said.items():
        organisations = {**shipped.organisations, organisation: changed}
        after = resolved(replace(shipped, organisations=organisations), organisation).covers
        made = [f for f in before.control if f.id in fields.get(fact, (fact,))]
        assert not {p for field in made for p in field.covers} & after, fact


def without_text(clause: Clause) -> Clause:
    return replace(clause, text=read_wording("", clause.text.at)[0])


# ------------------------------------------------------------------------------ facts


def facts() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((DATA / "facts.yml").read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("organisation", FIVE)
def test_its_facts_are_those_of_its_document(organisation: str, handbooks: Handbooks) -> None:
    handbook = handbooks[organisation, "staff"]
    policy = handbook.policies[POLICY]
    said = facts()[organisation]
    assert handbook.organisation.name == said["name"]
    assert policy.title == said["title"]
    assert policy.kind == said["kind"]
    review = policy.review
    dates = {
        "last": review.last.iso if review and review.last else None,
        "next": review.next.iso if review and review.next else None,
        "every_months": review.every_months if review else None,
    }
    assert dates == said["review"]
    approvals = [
        [a.date.iso, a.by, a.next.iso if a.next else None, [s.name for s in a.signed]]
        for a in policy.approvals
    ]
    assert approvals == said["approvals"]
    assert {id: value.items[0].words for id, value in handbook.terms.items() if value.items} == (
        said["terms"]
    )
    for id, answer in said["answers"].items():
        value = policy.values[id]
        printed = [item.id or item.words for item in value.items]
        assert printed == ([] if answer == "silent" else answer), id
    for id, strength in said["strengths"].items():
        clause = next(clause for clause in policy.clauses if clause.id == id)
        assert clause.strength is not None
        assert clause.strength.value == strength, id
    people = sorted(role.name for role in handbook.roles.values() if role.name)
    assert people == said["people"]
    contacts = {r.name: [r.phone, r.email] for r in handbook.roles.values() if r.phone or r.email}
    assert contacts == said.get("contacts", {})
    words = " ".join(clause.text.words for clause in policy.clauses)
    assert all(detail in words for details in contacts.values() for detail in details if detail)


def test_the_faults_of_the_sources_are_not_printed(handbooks: Handbooks) -> None:
    faults = [
        "Toredale",
        "Data Protection Act 1998",
        "Malicious Communications Act 1998",
        "insert education",
        "education establishment",
        "Esafety",
    ]
    for key in handbooks:
        printed = handbook_json(handbooks[key])
        assert not [fault for fault in faults if fault in printed], key


def test_demonstrations_say_so(handbooks: Handbooks) -> None:
    for (organisation, _), handbook in handbooks.items():
        printed = handbook_json(handbook)
        if organisation in FIVE:
            assert "not of this text" in printed
        else:
            assert "made up" in printed
