"""Handbooks: the policies of every shipped organisation joined, with contents that are true of them."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Name

from clausebook.demonstration import note
from clausebook.model import Handbook, Repository
from clausebook.pdf.binding import binding
from clausebook.pdf.document import document, long_enough
from clausebook.pdf.engine import Engine
from clausebook.pdf.handbook import areas, front_engine, handbook, subject, title
from clausebook.pdf.manuscript import manuscript
from clausebook.pdf.merge import survey
from clausebook.pdf.press import LARGE_PRINT
from clausebook.pdf.reading import Reading, read
from clausebook.pdf.words import keys, lost, words
from clausebook.render.people import people
from clausebook.render.site import pdf_name
from clausebook.render.words import glossary
from clausebook.shipped import shipped as shipped_part
from tests.pdf.checks import conforms

Key = tuple[str, str]
Parts = list[tuple[str, bytes]]

TRUST, COUNCIL = ("larkmere", "staff"), ("stockport", "governors")
# Every organisation in one edition, and one in all of them: layout is what takes long here.
CHOSEN = [
    TRUST,
    ("larkmere", "governors"),
    ("larkmere", "public"),
    ("fenwick-hall", "public"),
    ("reedwater-primary", "public"),
    ("horringer-court", "staff"),
    ("rochdale", "governors"),
    ("star-mat", "staff"),
    COUNCIL,
    ("tornedale-infant", "staff"),
]


@pytest.fixture(scope="module")
def parts(
    shipped: Repository, handbooks: Mapping[Key, Handbook], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Key, Parts]:
    """The policies of every shipped handbook, each laid out once."""
    engine = Engine(shipped_part("overrides") / "pdf" / "policy.css")
    made: dict[str, bytes] = {}
    found: dict[Key, Parts] = {}
    for key in CHOSEN:
        one = handbooks[key]
        terms = glossary(shipped.library, one).entries
        found[key] = []
        for id, policy in one.policies.items():
            written = manuscript(policy, one, terms)
            printed = document(written)
            html = printed.long if long_enough(written) else printed.short
            if html not in made:
                made[html] = engine.render(html, assets=printed.assets)
            found[key].append((id, made[html]))
    return found


@pytest.fixture(scope="module")
def wholes(parts: Mapping[Key, Parts], handbooks: Mapping[Key, Handbook]) -> Mapping[Key, bytes]:
    engine = front_engine()
    return {key: handbook(binding(handbooks[key]), parts[key], engine) for key in parts}


@pytest.fixture(params=CHOSEN, ids="-".join)
def key(request: pytest.FixtureRequest) -> Key:
    found: Key = request.param
    return found


def opened(data: bytes) -> Any:
    return pikepdf.open(io.BytesIO(data))


@cache
def taken_apart(data: bytes) -> Reading:
    return read(data)


def page_texts(data: bytes) -> list[str]:
    """What stands on each page, as someone who copies it would get it."""
    reading = taken_apart(data)
    return [
        " ".join(run.text for mark in reading.painted[number].marks.values() for run in mark.runs)
        for number in range(len(reading.pages))
    ]


def front_words(data: bytes) -> list[str]:
    """What is read before the first policy."""
    reading = taken_apart(data)
    (whole,) = reading.roots
    return words(replace(reading, roots=whole.elements[:1]))


def together(text: str) -> str:
    """Letters and digits only: lines break in words."""
    return "".join(keys(text))


def test_every_shipped_organisation_is_here(handbooks: Mapping[Key, Handbook]) -> None:
    assert {organisation for organisation, _ in handbooks} == {key[0] for key in CHOSEN}


def test_conforms(key: Key, wholes: Mapping[Key, bytes]) -> None:
    conforms(wholes[key])


def test_every_word_of_every_policy_is_there(
    key: Key, wholes: Mapping[Key, bytes], parts: Mapping[Key, Parts], handbooks: Any
) -> None:
    order = [id for ids in areas(binding(handbooks[key]), dict(parts[key])).values() for id in ids]
    own = [word for id in order for word in words(dict(parts[key])[id])]
    assert lost(own, taken_apart(wholes[key])) == []
    assert words(taken_apart(wholes[key]))[-len(own) :] == own


def contents_are_true(own: Handbook, data: bytes) -> None:
    """Read off the page, as a reader does: the words of the line, and what stands on that page."""
    texts, seen = page_texts(data), survey(data).places
    front = together(" ".join(front_words(data)))
    for id in _order(own):
        policy = own.policies[id]
        draft = "(draft)" if policy.state == "draft" else ""
        page = seen[id] + 1
        assert together(f"{policy.title} {draft} {page}") in front
        assert together(policy.title) in together(texts[page - 1])
        for section in policy.sections:
            page = seen[f"{id}/section.{section.id}"] + 1
            assert together(f"{section.number} {section.title} {page}") in front
            assert together(f"{section.number} {section.title}") in together(texts[page - 1])


def test_contents_give_the_page_on_which_each_policy_and_section_begins(
    key: Key, wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    contents_are_true(handbooks[key], wholes[key])


def test_large_print_has_contents_of_its_own(
    parts: Mapping[Key, Parts], wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    data = handbook(binding(handbooks[COUNCIL]), parts[COUNCIL], front_engine(), look=LARGE_PRINT)
    conforms(data)
    contents_are_true(handbooks[COUNCIL], data)
    assert survey(data).places["social-media"] > survey(wholes[COUNCIL]).places["social-media"]


def feet(page: Any) -> list[float]:
    """How far from the lower edge the foot of each run of text is, the number's own last."""
    found: list[float] = []
    kept: list[pikepdf.Matrix] = []
    around = pikepdf.Matrix()
    steps: Any = pikepdf.parse_content_stream(page)
    for operands, operator in steps:
        said = str(operator)
        if said == "q":
            kept.append(around)
        elif said == "Q":
            around = kept.pop()
        elif said == "cm":
            around = pikepdf.Matrix(*map(float, operands)) @ around
        elif said == "Tm":
            found.append((pikepdf.Matrix(*map(float, operands)) @ around).f)
    return found


def test_numbers_stand_below_all_other_text(key: Key, wholes: Mapping[Key, bytes]) -> None:
    pdf = opened(wholes[key])
    for page in list(pdf.pages)[1:]:
        *others, number = feet(page)
        assert number == 22
        # Letters of 8.5 points rise three quarters above their foot and hang a quarter below it.
        assert min(others) - 8.5 / 4 > number + 8.5 * 3 / 4


def _order(own: Handbook) -> list[str]:
    return [id for ids in areas(binding(own), own.policies).values() for id in ids]


def test_page_numbers_are_stamped_on_the_pages_the_contents_name(
    key: Key, wholes: Mapping[Key, bytes]
) -> None:
    pdf = opened(wholes[key])
    for number, page in enumerate(pdf.pages, 1):
        if number == 1:
            assert not isinstance(page.obj.Contents, pikepdf.Array)
            continue
        drawing = b"".join(part.read_bytes() for part in page.obj.Contents).decode("latin-1")
        found = re.search(r"(/\w+) \S+ Tf [^/]* Tm\n((?:<\w+> Tj\n)+)ET Q\nEMC\n$", drawing)
        assert found
        table = page.obj.Resources.Font[found[1]].ToUnicode.read_bytes().decode()
        letters = dict(re.findall(r"<(\w{4})> <(\w{4})>", table))
        codes = re.findall(r"\w{4}", found[2])
        text = "".join(bytes.fromhex(letters[code]).decode("utf-16-be") for code in codes)
        assert text == f"Handbook page {number}"


def test_every_link_leads_somewhere_and_none_out_to_a_policy_that_is_here(
    key: Key, wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    pdf = opened(wholes[key])
    own = handbooks[key]
    names = {str(name) for name in list(pdf.Root.Names.Dests.Names)[::2]}
    here = {pdf_name(own.organisation.id, id) for id in own.policies}
    inside = 0
    for page in pdf.pages:
        for found in page.obj.get(Name.Annots, []):
            if Name.Dest in found:
                assert str(found.Dest) in names
                inside += 1
            else:
                address = str(found.A.URI)
                assert not address.startswith("handbook:")
                assert address.partition("#")[0] not in here
    assert inside >= sum(len(policy.sections) for policy in own.policies.values())


def test_links_between_policies_lead_to_their_clauses(wholes: Mapping[Key, bytes]) -> None:
    """The rule on staff who use their own phones, which other policies name by its clause."""
    pdf = opened(wholes[TRUST])
    starts = survey(wholes[TRUST]).places
    across = {
        str(found.Dest)
        for number, page in enumerate(pdf.pages)
        if number >= min(starts[id] for id in ("acceptable-use", "data-protection"))
        for found in page.obj.get(Name.Annots, [])
        if Name.Dest in found
    }
    assert {"data-protection", "social-media", "staff-code-of-conduct"} <= across


def test_outline_is_policies_then_sections_then_clauses(
    key: Key, wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    own = handbooks[key]
    pdf = opened(wholes[key])
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    places = survey(wholes[key]).places
    with pdf.open_outline() as outline:
        front, *entries = outline.root
        assert front.title == "About this handbook"
        order = _order(own)
        assert len(entries) == len(order)
        for id, entry in zip(order, entries, strict=True):
            policy = own.policies[id]
            draft = " (draft)" if policy.state == "draft" else ""
            assert entry.title == policy.title + draft
            assert pages[entry.destination[0].objgen] == places[id]
            below = {one.title: one for one in entry.children}
            for section in policy.sections:
                held = below[f"{section.number} {section.title}"]
                place = places[f"{id}/section.{section.id}"]
                assert pages[held.destination[0].objgen] == place
                assert [one.title for one in held.children] == [
                    f"{clause.number} {clause.title.words}" for clause in section.clauses
                ]
                for one, clause in zip(held.children, section.clauses, strict=True):
                    assert pages[one.destination[0].objgen] == places[f"{id}/{clause.id}"]


def test_front_says_whose_it_is_for_whom_and_what_is_a_draft(
    key: Key, wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    own = handbooks[key]
    cover = together(page_texts(wholes[key])[0])
    for said in (own.organisation.name, own.fingerprint, *(t.name for t in own.tiers[:-1])):
        assert together(said) in cover
    about = note(own)
    assert about is None or together(about) in cover
    drafts = [policy.title for policy in own.policies.values() if policy.state == "draft"]
    assert ("draft" in cover) == bool(drafts)
    if drafts and len(drafts) < len(own.policies):
        assert all(together(one) in cover for one in drafts)
    pdf = opened(wholes[key])
    info = pdf.docinfo
    assert (
        str(info[Name.Title]) == title(binding(own)) == f"Policy handbook – {own.organisation.name}"
    )
    assert str(info[Name.Subject]) == subject(binding(own), own.fingerprint)


def test_people_are_shown_as_far_as_the_edition_may(
    key: Key, wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    own = handbooks[key]
    front = together(" ".join(front_words(wholes[key])))
    shown = [one for one in people(own) if one.about or one.rules]
    for one in shown:
        assert together(one.title) in front
    reach = {line for one in shown for line in (one.name, one.phone, one.email) if line}
    for line in reach:
        assert together(line) in front
    for role in own.roles.values():
        for held in (role.name, role.phone, role.email):
            if held and held not in reach:
                assert together(held) not in front


@pytest.mark.parametrize("key", [TRUST, COUNCIL], ids="-".join)
def test_right_hand_pages(
    key: Key, parts: Mapping[Key, Parts], handbooks: Mapping[Key, Handbook]
) -> None:
    data = handbook(binding(handbooks[key]), parts[key], front_engine(), right_hand=True)
    conforms(data)
    seen = survey(data).places
    front = together(" ".join(front_words(data)))
    for id in _order(handbooks[key]):
        policy = handbooks[key].policies[id]
        assert seen[id] % 2 == 0
        draft = "(draft)" if policy.state == "draft" else ""
        assert together(f"{policy.title} {draft} {seen[id] + 1}") in front


def test_order_of_the_parts_does_not_matter(
    parts: Mapping[Key, Parts], wholes: Mapping[Key, bytes], handbooks: Mapping[Key, Handbook]
) -> None:
    turned = list(reversed(parts[TRUST]))
    assert handbook(binding(handbooks[TRUST]), turned, front_engine()) == wholes[TRUST]


def test_fewer_policies_make_a_smaller_handbook(
    parts: Mapping[Key, Parts], handbooks: Mapping[Key, Handbook]
) -> None:
    """Links to the policies that are left out lead to the files beside."""
    some = [part for part in parts[TRUST] if part[0] in ("acceptable-use", "mobile-devices")]
    data = handbook(binding(handbooks[TRUST]), some, front_engine())
    conforms(data)
    assert set(survey(data).places) >= {"acceptable-use", "mobile-devices"}
    assert "social-media" not in survey(data).places
    pdf = opened(data)
    out = {
        str(found.A.URI)
        for page in pdf.pages
        for found in page.obj.get(Name.Annots, [])
        if Name.A in found
    }
    assert "larkmere-social-media.pdf" in out


@pytest.mark.parametrize("key", [TRUST, COUNCIL], ids="-".join)
def test_same_bytes_in_any_process(
    key: Key,
    parts: Mapping[Key, Parts],
    wholes: Mapping[Key, bytes],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    (tmp_path / "parts").write_bytes(pickle.dumps(parts[key]))
    program = """
import hashlib, pickle, sys
from pathlib import Path
from clausebook.build import open_repository
from clausebook.pdf.binding import binding
from clausebook.pdf.handbook import front_engine, handbook
from clausebook.resolve import Resolver
root, parts, organisation, edition = sys.argv[1:]
repository, _ = open_repository(Path(root))
own = Resolver(repository).resolve(organisation).handbooks[edition]
data = handbook(binding(own), pickle.loads(Path(parts).read_bytes()), front_engine())
sys.stdout.write(hashlib.sha256(data).hexdigest())
"""
    around = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(request.config.rootpath), tmp_path / "parts", *key],
        env=around,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout == hashlib.sha256(wholes[key]).hexdigest()
