"""Every shipped PDF, made once for all tests that look at them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from clausebook.model import Handbook, ResolvedPolicy
from clausebook.pdf.reading import Reading, read
from clausebook.pdf.shelf import INDEX, Asked, Key, Shelf, shelves
from clausebook.render.site import pdf_name, whole_name
from clausebook.sites import Makers

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Print:
    """One PDF of one edition; `policy` is None for a whole handbook."""

    name: str
    edition: Key
    handbook: Handbook = field(repr=False)
    policy: ResolvedPolicy | None = field(repr=False)
    data: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{self.edition[1]}/{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Shipped:
    """All PDFs of the repository, as `clausebook build` makes them."""

    root: Path
    makers: Makers
    asked: Mapping[Key, Asked]
    shelves: Mapping[Key, Shelf]

    def policies(self) -> Iterator[Print]:
        for key, one in self.asked.items():
            for policy in one.handbook.policies.values():
                name = pdf_name(key[0], policy.id)
                yield Print(name, key, one.handbook, policy, self.shelves[key].files[name])

    def wholes(self) -> Iterator[Print]:
        for key, one in self.asked.items():
            name = whole_name(key[0])
            yield Print(name, key, one.handbook, None, self.shelves[key].files[name])

    def distinct(self) -> list[Print]:
        """Policies and handbooks, those with the same bytes once."""
        found: dict[bytes, Print] = {}
        for each in (*self.policies(), *self.wholes()):
            found.setdefault(each.data, each)
        return list(found.values())

    def one(self, organisation: str, edition: str, policy: str = "") -> Print:
        """The PDF of a policy, or without one the whole handbook."""
        return next(
            each
            for each in (self.policies() if policy else self.wholes())
            if each.edition == (organisation, edition)
            and (each.policy is None or each.policy.id == policy)
        )


@pytest.fixture(scope="session")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """Every PDF of every shipped edition, made in an empty cache on all cores."""
    makers = Makers.open(ROOT)
    asked = {}
    for key in makers.wanted():
        handbook = makers.handbook(*key)
        asked[key] = Asked(handbook, *makers.changes(handbook))
    root = tmp_path_factory.mktemp("prints")
    made = shelves(asked, makers.repository.library, root)
    assert {key: shelf.reasons for key, shelf in made.items() if shelf.reasons} == {}
    assert all(INDEX in shelf.files for shelf in made.values())
    return Shipped(root, makers, asked, made)


@lru_cache(maxsize=200)
def taken_apart(data: bytes) -> Reading:
    return read(data)


def opened(data: bytes) -> Any:
    return pikepdf.open(io.BytesIO(data))
