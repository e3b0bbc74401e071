"""The list of files to remove wherever copies lie out."""

from __future__ import annotations

import csv
from collections.abc import Iterable

import pytest

from clausebook.pdf.removed import removed

ONE, TWO, THREE = "elm-one.pdf", "elm-two.pdf", "elm-three.pdf"


def names(listed: bytes | None) -> list[str]:
    if listed is None:
        return []
    head, *rows = csv.reader(listed.decode("utf-8-sig").splitlines())
    assert head == ["file"]
    return [row[0] for row in rows]


def test_a_first_build_removes_nothing() -> None:
    assert removed([], None, [ONE, TWO]) is None


def test_what_is_no_longer_there_is_listed() -> None:
    assert names(removed([ONE, TWO, "index.csv"], None, [ONE, "index.csv"])) == [TWO]


def test_building_again_changes_nothing() -> None:
    first = removed([ONE, TWO], None, [ONE])
    assert first is not None
    assert removed([ONE], first, [ONE]) == first
    assert removed([ONE, "removed.csv"], first, [ONE]) == first


def test_what_went_longer_ago_stays_listed() -> None:
    first = removed([ONE, TWO, THREE], None, [ONE, TWO])
    assert names(removed([ONE, TWO], first, [ONE])) == [THREE, TWO]


def test_what_comes_back_leaves_the_list() -> None:
    first = removed([ONE, TWO, THREE], None, [ONE])
    assert names(removed([ONE], first, [ONE, TWO])) == [THREE]
    assert removed([ONE], first, [ONE, TWO, THREE]) is None


def test_a_list_that_was_deleted_begins_anew() -> None:
    assert names(removed([ONE, TWO], None, [ONE])) == [TWO]


def test_the_order_of_names_does_not_count() -> None:
    assert removed([TWO, ONE, THREE], None, []) == removed([THREE, TWO, ONE], None, [])


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"\xff\xfe\x00",
        b"file\r\n../../secret.pdf\r\n",
        b"file\r\n/etc/passwd\r\n",
        b'file\r\n"=HYPERLINK(""x"").pdf"\r\n',
        b"file\r\nC:\\x.pdf\r\n",
        b"<html>\n",
        b'"' * 1001,
    ],
)
def test_a_list_is_believed_only_of_documents_of_its_folder(listed: bytes) -> None:
    assert removed([ONE], listed, [ONE]) is None


@pytest.mark.parametrize(
    "line", [f"{TWO}\n", f'\ufefffile\n"{TWO}"\n\n', f"file,why\r\n{TWO},old\r\n"]
)
def test_a_list_that_somebody_saved_another_way_is_read(line: str) -> None:
    def kept(before: Iterable[str]) -> list[str]:
        return names(removed(before, line.encode(), [ONE]))

    assert kept([]) == [TWO]
