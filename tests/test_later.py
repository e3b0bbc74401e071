"""What is kept comes back as it was, read or not."""

from __future__ import annotations

import pickle

from clausebook.conditions import printed
from clausebook.later import Common, Later
from clausebook.problem import Place
from clausebook.wording import Insert, Running, Span

PIECES = (Span(0, 3), Insert("term.pupil", ("start",), 2))
KEPT = {"a": Running(PIECES, printed=printed(PIECES)), "b": Place("policies/x.md", 3, 5)}


def test_tuples_keep_their_class_and_parts() -> None:
    back = pickle.loads(pickle.dumps(KEPT))
    assert back == KEPT
    assert [type(each) for each in back.values()] == [Running, Place]
    assert [type(piece) for piece in back["a"].pieces] == [Span, Insert]
    assert back["b"].down(1) == Place("policies/x.md", 4)


def test_what_is_at_hand_is_not_read_again() -> None:
    held, left = Later.of(KEPT, hold=True), Later.of(KEPT)
    assert held["a"] is KEPT["a"]
    assert left["a"] is not KEPT["a"]
    for kept in (held, left):
        back = pickle.loads(pickle.dumps(kept))
        assert dict(back) == dict(left) == KEPT
        assert back["a"] is not KEPT["a"]


def test_what_many_hold_is_pickled_once() -> None:
    held = Common(KEPT)
    assert held == KEPT
    first = pickle.dumps(held)
    held["a"] = held["b"]  # nobody does: what was pickled shows that it was not pickled again
    assert pickle.dumps(held) == first
    back = pickle.loads(first)
    assert back == KEPT
    assert type(back) is dict
