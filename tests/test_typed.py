"""Dataclasses that are frozen to mypy: what else `frozen` means is as ever."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from clausebook.typed import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


@dataclass(frozen=True, eq=False)
class Thing:
    name: str


@dataclass
class Box:
    inside: int


def test_what_is_frozen_is_found_by_what_it_says() -> None:
    assert {Point(1): "here"}[replace(Point(2), x=1)] == "here"
    assert pickle.loads(pickle.dumps(Point(1, 2))) == Point(1, 2)


def test_what_is_not_compared_is_found_by_itself() -> None:
    one = Thing("a")
    assert {one: "here"}.get(one) == "here"
    assert {one: "here"}.get(Thing("a")) is None


def test_what_is_not_frozen_cannot_be_hashed() -> None:
    box = Box(1)
    box.inside = 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(box)


def test_mypy_refuses_to_change_what_is_frozen() -> None:
    # An ignore that is not needed is an error: this line is what tells that there is one.
    Point(1).x = 2  # type: ignore[misc]
