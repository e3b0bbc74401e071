"""What is kept apart is read when somebody looks at it, and otherwise stays in the bytes it came in."""

from __future__ import annotations

import pickle

import pytest

from clausebook.later import Each

A, B = ("one", 1), ("two", 2)


def kept(each: Each[tuple[str, int]]) -> Each[tuple[str, int]]:
    """As a later build finds it."""
    found = pickle.loads(pickle.dumps(each))
    assert isinstance(found, Each)
    return found


def test_it_holds_what_it_was_made_of() -> None:
    each = Each.of({"a": A, "b": B})
    for found in (each, kept(each), kept(kept(each))):
        assert dict(found) == {"a": A, "b": B}
        assert list(found) == ["a", "b"]
        assert len(found) == 2
        assert "a" in found
        assert "c" not in found
        assert found.get("c") is None
        assert repr(found) == repr({"a": A, "b": B})


def test_nothing_is_read_that_nobody_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def reading(raw: bytes) -> object:
        read.append(raw)
        return pickle.loads(raw)

    old = kept(Each.of({"a": A, "b": B}))
    monkeypatch.setattr("clausebook.later.unpickled", reading)
    new = Each.of({"a": B}, ["b", "a"], old)
    assert "b" in new
    assert "c" not in new
    assert read == []
    assert new["a"] == B
    assert read == []
    assert new["b"] == new["b"] == B
    assert len(read) == 1
    assert dict(kept(new)) == {"b": B, "a": B}


def test_what_another_mapping_held_is_taken_over() -> None:
    assert dict(kept(Each.of({"a": B}, ["a", "b"], {"a": A, "b": A}))) == {"a": B, "b": A}


def test_what_nobody_held_is_missing() -> None:
    with pytest.raises(KeyError):
        Each.of({}, ["a"], Each.of({"b": B}))
    with pytest.raises(KeyError):
        Each.of({"b": B})["a"]
