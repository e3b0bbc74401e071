"""Eight policies of two generated schools: other words, answers and tables than those that are shipped.

`make bench` looks at all of a larger trust.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from clausebook.pdf.merge import survey
from clausebook.pdf.shelf import Asked, shelves
from clausebook.pdf.words import lost, words
from clausebook.render.site import pdf_name, whole_name
from clausebook.sites import Makers
from tests.pdf.checks import conforms
from tests.pdf.conftest import ROOT, Print, Shipped, taken_apart
from tests.pdf.test_shipped import BYTES, PAGES, source

CHOSEN = {
    "governors": ("safeguarding", "complaints", "medicines", "finance"),
    "staff": ("data-protection", "educational-visits", "behaviour", "recruitment"),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """Each school's in another edition, made in an empty cache."""
    root = tmp_path_factory.mktemp("sample") / "trust"
    program = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), str(root)]
    subprocess.run(
        [*program, "--schools", "2", "--policies", "60"], check=True, capture_output=True
    )
    makers = Makers.open(root)
    schools = sorted({id for id, edition in makers.wanted() if edition == "governors"})
    assert len(schools) == 2
    asked = {}
    for id, (edition, policies) in zip(schools, CHOSEN.items(), strict=True):
        whole = makers.handbook(id, edition)
        held = {policy: whole.policies[policy] for policy in policies}
        asked[id, edition] = Asked(replace(whole, policies=held))
    made = shelves(asked, makers.repository.library, root)
    assert [shelf.reasons for shelf in made.values()] == [[], []]
    return Shipped(root, makers, asked, made)


def policies(sample: Shipped) -> Iterator[Print]:
    found = list(sample.policies())
    assert len(found) == 8
    yield from found


def test_policies_conform_and_lose_no_word(sample: Shipped) -> None:
    for each in policies(sample):
        conforms(each.data)
        assert lost(source(each, sample), taken_apart(each.data)) == [], each


def test_wholes_conform_and_hold_every_policy(sample: Shipped) -> None:
    for each in sample.wholes():
        conforms(each.data)
        said = words(taken_apart(each.data))
        for policy in policies(sample):
            if policy.edition == each.edition:
                assert contains(said, words(taken_apart(policy.data))), policy


def contains(whole: list[str], part: list[str]) -> bool:
    """Whether some words stand in others, one after the other."""
    return " ".join(part) in " ".join(whole)


def test_files_are_small(sample: Shipped) -> None:
    for each in policies(sample):
        assert len(each.data) <= BYTES * max(survey(each.data).pages, PAGES) / PAGES, each


def test_a_whole_is_smaller_than_its_policies(sample: Shipped) -> None:
    """Each brings its own part of the fonts; together they need them once."""
    for (id, edition), shelf in sample.shelves.items():
        one = sample.asked[id, edition].handbook
        alone = sum(len(shelf.files[pdf_name(id, policy)]) for policy in one.policies)
        assert len(shelf.files[whole_name(id)]) < alone
