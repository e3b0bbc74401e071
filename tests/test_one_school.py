"""After any edit to an organisation's file, what is made again and what stays are its whole site."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from clausebook import host
from clausebook.build import open_repository
from clausebook.load.file_parts import file_parts
from clausebook.model import FileParts, Handbook, differing
from clausebook.problem import Place
from clausebook.published import Published, Stale
from clausebook.render.handbook import Made, made_again
from clausebook.render.part import Parts
from clausebook.resolve import Resolver
from clausebook.yamlfile import Document, read_yaml
from tests.test_parts import Held, compared, files, put, to_change

# Theirs say how to reach people, in texts of policies too.
SCHOOLS = {
    "horringer-court": "schools/horringer-court.yml",
    "reedwater-primary": "schools/larkmere/reedwater-primary.yml",
    "fenwick-hall": "schools/larkmere/fenwick-hall.yml",
}
STEPS = 30


def parts_of(text: str) -> FileParts:
    return file_parts(read_yaml(text, Place("school.yml")))


# ------------------------------------------------------------------------------ the parts of a file

SCHOOL = """\
name: Elm
roles:
  head:
    title: Head
    phone: "1" # at school
    email: a@b.c
    publish: name
  dsl: {title: Lead, name: Ann, checked: 2026-01}
policies:
  one: {version: "1"}
  two:
    values:
      phone: said
      name: [a, b]
address: there
"""
EDITS = {
    "name: Elm": ("name: Elms", "rest"),
    "Head\n": ("Heads\n", "rest"),
    '"1" #': ('"2" #', "head"),
    "at school": ("at home", "head"),
    "a@b.c": ("b@b.c", "head"),
    "publish: name": ("publish: contact", "rest"),
    "title: Lead": ("title: Leads", "rest"),
    "Ann": ("Anna", "dsl"),
    "2026-01": ("2026-02", "dsl"),
    '"1"}': ('"2"}', "one"),
    "phone: said": ("phone: silent", "two"),
    "name: [a, b]": ("name: [a, b, c]", "two"),
    "there": ("elsewhere", "rest"),
}


def differ(one: FileParts, other: FileParts) -> set[str]:
    found = differing(one.policies, other.policies) | differing(one.reached, other.reached)
    return found | ({"rest"} if one.rest != other.rest else set())


@pytest.mark.parametrize("what", EDITS)
def test_each_word_belongs_to_one_part(what: str) -> None:
    into, part = EDITS[what]
    assert SCHOOL.count(what) == 1
    assert differ(parts_of(SCHOOL), parts_of(SCHOOL.replace(what, into))) == {part}


def test_where_a_policy_stands_is_a_part_of_it_and_of_nothing_else() -> None:
    was, now = parts_of(SCHOOL), parts_of(SCHOOL.replace("  one:", "\n  one:"))
    assert differ(was, now) == {"one", "two", "rest"}
    now = parts_of(SCHOOL.replace("[a, b]", "\n        [a, b]"))
    assert differ(was, now) == {"two"}
    assert was.places != now.places


# ------------------------------------------------------------------------------ sites


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return to_change(tmp_path_factory.mktemp("school"))


def scalars(document: Document) -> list[tuple[str | int, ...]]:
    """All texts of a file that something else could take the place of."""
    found = [path for path in document.values if isinstance(value(document, path), str)]
    return [path for path in found if document.styles.get(path) in (None, "", "'", '"')]


def value(document: Document, path: tuple[str | int, ...]) -> object:
    found = document.data
    for part in path:
        found = found[part]
    return found


def otherwise(text: str, path: tuple[str | int, ...], chance: random.Random) -> str:
    """The file with one of its texts changed."""
    document = read_yaml(text, Place("school.yml"))
    at, was = document.at(*path), str(value(document, path))
    lines = text.split("\n")
    line = lines[at.line - 1]
    assert line.startswith(was, at.column - 1), (line, was)
    number = chance.randint(10, 99)
    dated = was[:4].isdigit() and was[4:5] == "-"
    into = f"20{chance.randint(20, 25)}{was[4:]}" if dated else f"{was} {number}"
    lines[at.line - 1] = f"{line[: at.column - 1]}{into}{line[at.column - 1 + len(was) :]}"
    return "\n".join(lines)


def again(held: Held, id: str, edition: str, was: FileParts, old: Parts, folder: Path) -> Made:
    """The site as a build makes it, from what the file says otherwise. Stale where that shows anywhere."""
    now = held.repository.organisations[id].file
    changed = differing(was.policies, now.policies)
    if was.rest != now.rest or not changed <= old.policies.keys():
        raise Stale("on every page")

    def resolve(only: Collection[str]) -> Handbook:
        return Resolver(held.repository).resolve(id, [edition], only=only).handbooks[edition]

    published, reached = Published(folder, old.sealed), differing(was.reached, now.reached)
    return made_again(resolve, changed, held.frame, old, published, reached)


@pytest.mark.parametrize("id", SCHOOLS)
def test_after_any_edit_of_a_file_pages_are_as_if_made_anew(
    id: str, root: Path, tmp_path: Path
) -> None:
    file, chance = root / SCHOOLS[id], random.Random(id)
    text = file.read_text(encoding="utf-8")
    before = Held.read(root)
    was = before.repository.organisations[id].file
    editions = [e for e in before.repository.organisations[id].editions if e != "governors"]
    wholes = {edition: before.whole(id, edition) for edition in editions}
    olds = {edition: put(wholes[edition], root, tmp_path / edition) for edition in editions}
    seen = {"made": 0, "stayed": 0, "patched": 0}
    paths = scalars(read_yaml(text, Place("school.yml")))
    about = [path for path in paths if path[0] == "roles"]
    chosen = [*chance.sample(about, min(len(about), STEPS // 3)), *chance.choices(paths, k=STEPS)]
    for path in chosen:
        file.write_text(otherwise(text, path, chance), encoding="utf-8", newline="\n")
        repository, _ = open_repository(root)
        if repository is None or id not in repository.organisations:
            continue
        held = Held(repository, Resolver(repository))
        for edition in editions:
            whole = held.whole(id, edition)
            try:
                part = again(held, id, edition, was, olds[edition], tmp_path / edition)
            except Stale:
                continue
            written = {page.path: page.written for page in part.site.pages if page.written}
            bodies = {page.path: page.body for page in whole.site.pages}
            made = compared(without_written(part, bodies), whole, wholes[edition].site)
            seen["made"] += len(made)
            seen["stayed"] += len(part.site.as_published)
            seen["patched"] += len(written)
            if written:
                host.build_site(
                    part.site, root, tmp_path / "part", published=Published(tmp_path / edition)
                )
                host.build_site(whole.site, root, tmp_path / "whole")
                assert files(tmp_path / "part") == files(tmp_path / "whole"), path
    file.write_text(text, encoding="utf-8", newline="\n")
    assert min(seen["made"], seen["stayed"]) > 0, seen
    # Two of these say themselves how to reach the people whom their guides send readers to.
    assert bool(seen["patched"]) == (id != "horringer-court")


def without_written(part: Made, bodies: dict[str, str]) -> Made:
    """The same, with the bodies of pages that are written already: what those say is compared as files."""
    pages = tuple(
        replace(page, written=b"", body=bodies[page.path]) if page.written else page
        for page in part.site.pages
    )
    return replace(part, site=replace(part.site, pages=pages))
