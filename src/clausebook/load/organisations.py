"""schools/ in, organisations out: one override file each, folders for groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from clausebook.cache import Cache, digest
from clausebook.later import Later
from clausebook.load.files import PICTURES, Folder
from clausebook.load.picture import MOST_CREST, named, read_picture, shown_in
from clausebook.load.readers import read_each
from clausebook.model import (
    Brand,
    HeldPolicy,
    Library,
    Organisation,
    Picture,
)
from clausebook.problem import Place, Problem
from clausebook.rules import (
    bad_id,
    crest_text,
    duplicate_organisation,
    missing_crest,
    missing_group,
    unexpected_file,
    unused_picture,
)
from clausebook.spelling import KEBAB, RESERVED
from clausebook.wording import Wording

GROUP = "group.yml"
KEPT = "organisation-"


Read = tuple[Organisation | None, list[Problem]]


def load_organisations(
    folder: Folder, library: Library, cache: Cache | None = None, jobs: int = 1
) -> tuple[dict[str, Organisation], list[Problem]]:
    """Every organisation in schools/, groups before the schools below them."""
    top = folder.root / "schools"
    reader = _Reader(folder, library)
    if cache is not None:
        reader.known = reader.kept(top, cache, jobs)
    reader.folder(top, None)
    return reader.organisations, reader.problems


class _File(NamedTuple):
    """The file of one organisation, below its group."""

    path: Path
    id: str
    parent: str | None
    group: bool

    @property
    def kept_as(self) -> str:
        return f"{KEPT}{self.id}"


class _Reader:
    def __init__(self, folder: Folder, library: Library) -> None:
        self.files = folder
        self.library = library
        # What files come to, by their names, where that is known beforehand.
        self.known: dict[str, Read] = {}
        self.organisations: dict[str, Organisation] = {}
        self.problems: list[Problem] = []
        self.broken: set[str] = set()
        self.shown: set[Path] = set()

    def folder(self, path: Path, parent: str | None) -> None:
        entries, found = self.files.entries(path)
        self.problems += found
        before = set(self.broken)
        for entry in entries:
            if entry.is_dir():
                self._group(entry, parent)
            elif entry.suffix == ".yml":
                if entry.name != GROUP:
                    self._organisation(entry, entry.stem, parent, group=False)
                elif parent is None:
                    at = Place(self.files.name(entry))
                    expected = "a group.yml stands in a folder of its group's own"
                    self.problems.append(unexpected_file.problem(at, expected))
            elif entry.suffix not in PICTURES:
                at = Place(self.files.name(entry))
                self.problems.append(
                    unexpected_file.problem(
                        at, "override files end in .yml, pictures in .svg or .png"
                    )
                )
        if self.broken == before:  # or else the file that names it may be one that cannot be read
            self._unused_pictures(entries)

    def _unused_pictures(self, entries: list[Path]) -> None:
        for entry in entries:
            if entry.suffix in PICTURES and not entry.is_dir() and entry not in self.shown:
                at = Place(self.files.name(entry))
                self.problems.append(unused_picture.problem(at, entry.name, own=True))

    def _group(self, path: Path, parent: str | None) -> None:
        if (path / GROUP).is_file():
            self._organisation(path / GROUP, path.name, parent, group=True)
        else:
            at = Place(self.files.name(path))
            self.problems.append(missing_group.problem(at, at.file))
            self.broken.add(path.name)
        self.folder(path, path.name)

    def _organisation(self, path: Path, id: str, parent: str | None, *, group: bool) -> None:
        at = Place(self.files.name(path))
        if not _is_id(id):
            self.problems.append(bad_id.problem(at, f"'{id}' is not an id"))
            self.broken.add(id)
            return
        text, found = self.files.read(path)
        self.problems += found
        if text is not None and id in self.organisations:
            first = self.organisations[id].at
            self.problems.append(duplicate_organisation.problem(at, id, first))
            return
        organisation = None
        if text is not None:
            organisation, found = self._made(at, text, id, parent, group=group)
            self.problems += [p.about(id) for p in found]
        if organisation is not None and organisation.brand is not None:
            brand, found = self._crest(organisation.brand, path.parent)
            self.problems += [p.about(id) for p in found]
            organisation = replace(organisation, brand=brand)
        if organisation is not None and organisation.pictured:
            held = {
                policy: self._pictured(said, id, path.parent)
                for policy, said in organisation.policies.items()
            }
            organisation = replace(organisation, policies=held)
        if organisation is None or parent in self.broken:
            self.broken.add(id)
        else:
            self.organisations[id] = organisation

    def _crest(self, brand: Brand, folder: Path) -> tuple[Brand, list[Problem]]:
        """The brand with its crest, which is read each time: it may change when nothing else does."""
        if brand.crest is None:
            if brand.crest_text is None:
                return brand, []
            return brand, [crest_text.problem(brand.places["crest_text"], crest=False)]
        at = brand.places["crest"]
        pictures = self._lying(folder)
        path = pictures.get(brand.crest)
        if path is None:
            self.shown.update(pictures.values())  # any of them may be the one that was meant
            return brand, [
                missing_crest.problem(at, brand.crest, self.files.name(folder), pictures)
            ]
        self.shown.add(path)
        if brand.crest_text is None:
            return brand, [crest_text.problem(at, crest=True)]
        picture, problems = read_picture(self.files, path, most=MOST_CREST)
        return replace(brand, crest_bytes=picture.raw if picture else None), problems

    def _lying(self, folder: Path) -> dict[str, Path]:
        """The pictures that lie in a folder, by name."""
        entries, _ = self.files.entries(folder)
        return {entry.name: entry for entry in entries if entry.suffix in PICTURES}

    def _pictured(self, held: HeldPolicy, tier: str, folder: Path) -> HeldPolicy:
        """What a tier says of a policy, with the pictures of its own texts: read each time, too."""
        texts = [change.text for change in held.replace]
        texts += [addition.clause.text for addition in held.add]
        names = {name for text in texts for name in named(text)}
        if not names:
            return held
        lying = self._lying(folder)
        policy = self.library.policies.get(held.id)
        pictures = dict(policy.pictures) if policy else {}
        known = {*pictures, *lying}
        if policy:  # whatever its own clauses name is the library's to answer for
            known.update(name for clause in policy.clauses.values() for name in named(clause.text))
        folders = [self.files.name(folder), f"policies/{held.id}"]
        for name in sorted(names & set(lying)):
            self.shown.add(lying[name])
            picture, found = read_picture(self.files, lying[name], tier)
            self.problems += [p.about(tier, held.id) for p in found]
            pictures.pop(name, None)
            if picture is not None:
                pictures[name] = picture
        if not names <= known:
            self.shown.update(lying.values())  # any of them may be the one that was meant

        def shown(text: Wording) -> dict[str, Picture]:
            pictured, found = shown_in(text, pictures, known, folders)
            self.problems += [p.about(tier, held.id) for p in found]
            return pictured

        return replace(
            held,
            replace=tuple(replace(c, pictures=shown(c.text)) for c in held.replace),
            add=tuple(
                replace(a, clause=replace(a.clause, pictures=shown(a.clause.text)))
                for a in held.add
            ),
        )

    def _made(self, at: Place, text: str, id: str, parent: str | None, *, group: bool) -> Read:
        """The organisation a file gives."""
        known = self.known.get(at.file)
        return known or self._read(at, text, id, parent, group=group)

    def _read(self, at: Place, text: str, id: str, parent: str | None, *, group: bool) -> Read:
        from clausebook.load.organisation import read_organisation

        return read_organisation(at, text, id, parent, self._lists, group=group)

    # ------------------------------------------------------------------ what is kept of files

    def kept(self, top: Path, cache: Cache, jobs: int) -> dict[str, Read]:
        """What every file came to when it was read; those that changed are read by so many
        processes."""
        files = [file for file in self._files(top, None) if self._text(file) is not None]
        cache.prune(KEPT, (file.kept_as for file in files))
        found = {file: cache.get(file.kept_as, self._key(file)) for file in files}
        anew = [file for file, known in found.items() if known is None]

        def read(file: _File) -> Read:
            text = self._text(file) or ""
            at = Place(self.files.name(file.path))
            organisation, problems = self._read(at, text, file.id, file.parent, group=file.group)
            if organisation is not None:
                organisation = replace(organisation, policies=Later.of(organisation.policies))
            cache.put(file.kept_as, self._key(file), (organisation, problems))
            return organisation, problems

        found |= zip(anew, read_each(read, anew, jobs), strict=True)
        return {self.files.name(file.path): known for file, known in found.items()}

    def _files(self, path: Path, parent: str | None) -> Iterator[_File]:
        """Of every organisation that may have one."""
        for entry in self.files.entries(path)[0]:
            if entry.is_dir():
                if _is_id(entry.name) and (entry / GROUP).is_file():
                    yield _File(entry / GROUP, entry.name, parent, group=True)
                yield from self._files(entry, entry.name)
            elif entry.suffix == ".yml" and entry.name != GROUP and _is_id(entry.stem):
                yield _File(entry, entry.stem, parent, group=False)

    def _text(self, file: _File) -> str | None:
        return self.files.read(file.path)[0]

    def _key(self, file: _File) -> str:
        name, text = self.files.name(file.path), self._text(file) or ""
        return digest([self._lists_key, name, file.parent or "", str(file.group), text])

    @cached_property
    def _lists_key(self) -> str:
        """Of all that reading an organisation's file asks of the library."""
        return digest(
            f"{policy} {id} {holds_list}"
            for policy, lists in self._lists.items()
            for id, holds_list in ((policy, False), *lists.items())
        )

    @cached_property
    def _lists(self) -> dict[str, dict[str, bool]]:
        return {
            policy.id: {id: p.plural for id, p in policy.parameters.items()}
            for policy in self.library.policies.values()
        }


def _is_id(name: str) -> bool:
    return bool(KEBAB.match(name)) and not RESERVED.match(name)
