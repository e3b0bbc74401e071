"""What the search of an edition knows: all of that edition, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from clausebook.handbook_file import plain_text
from clausebook.model import Handbook, Repository
from clausebook.render import search
from clausebook.render.people import people
from clausebook.resolve import Resolver

Handbooks = Mapping[tuple[str, str], Handbook]


def read(index: bytes) -> Any:
    text = index.decode()
    assert text.startswith("window.clausebookIndex=")
    assert text.endswith(";\n")
    return json.loads(text.removeprefix("window.clausebookIndex=").removesuffix(";\n"))


def test_every_clause_is_found_under_its_address(shipped: Repository, handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        data = read(search.index(handbook, shipped.library))
        found = {
            (data["policies"][row[0]][0], row[2]): (row[3], row[4], row[5])
            for row in data["clauses"]
        }
        assert found == {
            (policy.id, clause.id): (
                clause.number,
                clause.title.words,
                " ".join(plain_text(clause.text).split()),
            )
            for policy in handbook.policies.values()
            for clause in policy.clauses
        }
        assert [row[0] for row in data["policies"]] == list(handbook.policies)


def test_questions_are_those_of_the_clauses_it_holds(
    shipped: Repository, handbooks: Handbooks
) -> None:
    for handbook in handbooks.values():
        data = read(search.index(handbook, shipped.library))
        held = [
            list(clause.clause.questions)
            for policy in handbook.policies.values()
            for clause in policy.clauses
        ]
        assert [row[7] for row in data["clauses"]] == held


def test_people_are_those_the_edition_shows(shipped: Repository, handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        text = search.index(handbook, shipped.library).decode()
        data = read(text.encode())
        assert [row[0] for row in data["roles"]] == [one.id for one in people(handbook)]
        for row in data["roles"]:
            shown = {words for words, _ in handbook.roles[row[0]].shown(handbook.edition)}
            assert set(row[3]) <= shown
        for place in (row[8] for row in data["clauses"]):
            assert -1 <= place < len(data["roles"])


def test_the_public_edition_holds_no_hidden_contact(
    shipped: Repository, handbooks: Handbooks
) -> None:
    """A role whose holder is not to be published: the name is in no index but the staff's."""
    seen = 0
    for id, organisation in shipped.organisations.items():
        if (id, "public") not in handbooks:
            continue
        handbook = handbooks[id, "public"]
        said = "\n".join(
            plain_text(clause.text)
            for policy in handbook.policies.values()
            for clause in policy.clauses
        )
        index = search.index(handbook, shipped.library).decode()
        for tier in (organisation, *handbook.tiers):
            for role in tier.roles:
                hidden = {role.name, role.phone, role.email} - {None}
                hidden -= {words for words, _ in role.shown("public")}
                for words in hidden:
                    assert words is not None
                    if words not in said:
                        seen += 1
                        assert words not in index, f"{words} in the public search of {id}"
    assert seen


def test_no_other_organisation_is_in_it(shipped: Repository, handbooks: Handbooks) -> None:
    for (id, _), handbook in handbooks.items():
        index = search.index(handbook, shipped.library).decode()
        related = {tier.id for tier in handbook.tiers}
        for other in shipped.organisations.values():
            if other.id in related:
                continue
            for role in other.roles:
                for words in (role.email, role.phone, role.name):
                    ours = any(
                        words in (r.email, r.phone, r.name) for t in handbook.tiers for r in t.roles
                    )
                    assert not words or ours or words not in index, f"{words} in {id}"


def test_where_nobody_else_is_named_the_head_is_asked(
    shipped: Repository, handbooks: Handbooks
) -> None:
    asked = {}
    for (id, edition), handbook in handbooks.items():
        if edition == "staff":
            data = read(search.index(handbook, shipped.library))
            asked[id] = data["roles"][data["ask"]][0] if data["ask"] >= 0 else None
    assert asked == {
        "stockport": "head",
        "horringer-court": "senior_leader",
        "star-mat": "head",
        "rochdale": "head",
        "tornedale-infant": None,
        "larkmere": "head",
        "reedwater-primary": "head",
        "fenwick-hall": "head",
    }


def test_other_words_only_where_they_can_matter(shipped: Repository, handbooks: Handbooks) -> None:
    """Twitter finds X where X is named; nobody is told of gifts where no rule is about them."""
    named = read(search.index(handbooks["stockport", "staff"], shipped.library))
    unnamed = read(search.index(handbooks["horringer-court", "staff"], shipped.library))
    assert ["X", "Twitter"] in [group[:2] for group in named["same"]]
    assert ["X", "Twitter"] not in [group[:2] for group in unnamed["same"]]
    gifts = read(search.index(handbooks["fenwick-hall", "staff"], shipped.library))
    assert "gift" in [group[0] for group in gifts["means"]]
    assert "gift" not in [group[0] for group in named["means"]]


def test_what_an_organisation_calls_a_role_is_another_word_for_it(
    shipped: Repository, handbooks: Handbooks
) -> None:
    data = read(search.index(handbooks["larkmere", "staff"], shipped.library))
    group = next(g for g in data["same"] if "Trust safeguarding lead" in g)
    assert {"designated safeguarding lead", "DSL"} <= set(group)


def test_titles_a_clause_only_names_are_told_apart(
    shipped: Repository, handbooks: Handbooks
) -> None:
    data = read(search.index(handbooks["tornedale-infant", "staff"], shipped.library))
    rows = {row[2]: row for row in data["clauses"]}
    assert "Mobile Devices Policy" in rows["read-with"][9]
    assert rows["decline-requests"][9] == []


@pytest.mark.parametrize("hurtful", ["</script>", "\u2028", "\u2029", "<!--", '"'])
def test_text_cannot_end_the_script(
    shipped: Repository, handbooks: Handbooks, hurtful: str
) -> None:
    handbook = handbooks["fenwick-hall", "staff"]
    policy = handbook.policies["data-protection"]
    hurt = replace(
        handbook, policies={policy.id: replace(policy, title=f"Data {hurtful} protection")}
    )
    index = search.index(hurt, shipped.library)
    assert read(index)["policies"][0][1] == f"Data {hurtful} protection"
    assert not re.search("</|<!|[\u2028\u2029]", index.decode())


def test_same_handbook_same_bytes(shipped: Repository, handbooks: Handbooks) -> None:
    again = Resolver(shipped).resolve("fenwick-hall").handbooks
    for edition, handbook in again.items():
        assert search.index(handbook, shipped.library) == search.index(
            handbooks["fenwick-hall", edition], shipped.library
        )


def test_terms_are_in_the_words_of_the_organisation(
    shipped: Repository, handbooks: Handbooks
) -> None:
    ours = read(search.index(handbooks["fenwick-hall", "staff"], shipped.library))["terms"]
    theirs = read(search.index(handbooks["stockport", "staff"], shipped.library))["terms"]
    assert {"student", "former student"} <= set(ours)
    assert {"pupil", "former pupil"} <= set(theirs)
    assert not {"pupil", "former pupil"} & set(ours)
    assert "low-level concern" in ours
    assert "low-level concern" not in theirs
