"""schools/ in, organisations out: one override file each, folders for groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from clausebook.cache import Cache, digest
from clausebook.load.files import PICTURES, Folder
from clausebook.load.picture import MOST_CREST, named, read_picture, shown_in
from clausebook.load.validate import validate
from clausebook.model import (
    Addition,
    Answer,
    Approval,
    Brand,
    Change,
    Clause,
    HeldPolicy,
    Library,
    ListChange,
    OpenQuestion,
    Organisation,
    OutlineSection,
    Picture,
    Replacement,
    Review,
    Role,
    Signature,
    Strength,
    Waiver,
)
from clausebook.problem import Place, Problem, Severity
from clausebook.rules import (
    bad_id,
    crest_text,
    duplicate_organisation,
    missing_crest,
    missing_group,
    no_effect,
    not_verbatim,
    unexpected_file,
    unused_picture,
)
from clausebook.shapes import (
    KEBAB,
    RESERVED,
    AddShape,
    HeldPolicyShape,
    ListChangeShape,
    OpenQuestionShape,
    OrganisationShape,
)
from clausebook.wording import Wording, read_wording
from clausebook.yamlfile import Document, read_yaml
from clausebook.yamlfile import Path as Keys

GROUP = "group.yml"


def load_organisations(
    folder: Folder, library: Library, cache: Cache | None = None
) -> tuple[dict[str, Organisation], list[Problem]]:
    """Every organisation in schools/, groups before the schools below them."""
    reader = _Reader(folder, library, cache)
    reader.folder(folder.root / "schools", None)
    if cache is not None:
        cache.prune("organisation-", reader.kept)
    return reader.organisations, reader.problems


class _Reader:
    def __init__(self, folder: Folder, library: Library, cache: Cache | None) -> None:
        self.files = folder
        self.library = library
        self.cache = cache
        self.kept: list[str] = []
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
        if not KEBAB.match(id) or RESERVED.match(id):
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
        if organisation is not None:
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

    def _made(
        self, at: Place, text: str, id: str, parent: str | None, *, group: bool
    ) -> tuple[Organisation | None, list[Problem]]:
        """The organisation a file gives, from the cache when the file is as it was."""
        name = f"organisation-{id}"
        if self.cache is None:
            return self._read(at, text, id, parent, group=group)
        key = digest([self.library.fingerprint, at.file, parent or "", str(group), text])
        self.kept.append(name)
        known: tuple[Organisation | None, list[Problem]] | None = self.cache.get(name, key)
        if known is None:
            known = self._read(at, text, id, parent, group=group)
            self.cache.put(name, key, known)
        return known

    def _read(
        self, at: Place, text: str, id: str, parent: str | None, *, group: bool
    ) -> tuple[Organisation | None, list[Problem]]:
        document = read_yaml(text, at)
        shape, problems = validate(document, OrganisationShape)
        if shape is None:
            return None, problems
        maker = _Maker(document, shape, id, self.library, self._lists)
        organisation = maker.organisation(parent, group=group)
        if not group:
            for held in organisation.policies.values():
                for change in held.lock:
                    what = f"the lock on '{change.id}' binds nobody"
                    why = "only a group, with schools in its folder, has somebody to bind"
                    maker.problems.append(no_effect.problem(change.at, what, why))
        if any(p.severity is Severity.ERROR for p in maker.problems):
            return None, [*problems, *maker.problems]
        return organisation, [*problems, *maker.problems]

    @cached_property
    def _lists(self) -> dict[str, dict[str, bool]]:
        return {
            policy.id: {id: p.plural for id, p in policy.parameters.items()}
            for policy in self.library.policies.values()
        }


class _Maker:
    """Makes the model of one override file, with the place of everything it says."""

    def __init__(
        self,
        document: Document,
        shape: OrganisationShape,
        id: str,
        library: Library,
        lists: dict[str, dict[str, bool]],
    ) -> None:
        self.document, self.shape, self.id = document, shape, id
        self.library, self.lists = library, lists
        self.problems: list[Problem] = []

    def organisation(self, parent: str | None, *, group: bool) -> Organisation:
        shape, document = self.shape, self.document
        brand = None
        if shape.brand:
            places = {key: document.at("brand", key) for key in ("crest", "crest_text", "colour")}
            brand = Brand(**shape.brand.model_dump(), places=places)
        return Organisation(
            id=self.id,
            at=document.start,
            name=shape.name,
            name_at=document.at("name"),
            kind=shape.kind,
            parent=parent,
            group=group,
            demonstration=shape.demonstration,
            fictional=shape.fictional,
            publishes=shape.publishes,
            editions=shape.editions,
            site=shape.site,
            site_at=document.at("site"),
            address=shape.address,
            brand=brand,
            terms=tuple(
                Change(id=term, at=document.at("terms", term), says=says)
                for term, says in shape.terms.items()
            ),
            roles=self._roles(),
            policies={id: self._held(id, held) for id, held in shape.policies.items()},
            without=tuple(
                Change(id=id, at=document.key("without", id), says=why)
                for id, why in shape.without.items()
            ),
            waivers=self._waivers(),
            open_questions=self._questions(shape.open_questions, "open_questions"),
            own_words=tuple(self._own_words()),
            places={
                str(key[0]): place for key, place in self.document.keys.items() if len(key) == 1
            },
        )

    def _own_words(self) -> Iterator[tuple[str, Place]]:
        """Every text of the file that readers may see, with its place."""
        for path, place in self.document.values.items():
            value: Any = self.document.data
            for part in path:
                value = value[part]
            if isinstance(value, str) and " " in value:
                yield value, place

    def _roles(self) -> tuple[Role, ...]:
        return tuple(
            Role(
                id=id,
                at=self.document.at("roles", id, "title"),
                title=role.title,
                about=role.for_,
                name=role.name,
                phone=role.phone,
                email=role.email,
                checked=role.checked,
                publish=role.publish,
                places={
                    key: self.document.at("roles", id, key)
                    for key in ("name", "phone", "email", "checked")
                }
                | {"id": self.document.key("roles", id)},
            )
            for id, role in self.shape.roles.items()
        )

    def _waivers(self) -> tuple[Waiver, ...]:
        return tuple(
            Waiver(
                check=w.check,
                at=self.document.at("waivers", index, "check"),
                reason=w.reason,
                by=w.by,
                start=w.from_,
                until=w.until,
                policy=w.policy,
                clause=w.clause,
                places={
                    key: self.document.at("waivers", index, key)
                    for key in ("from", "until", "policy", "clause")
                },
            )
            for index, w in enumerate(self.shape.waivers)
        )

    def _questions(
        self, questions: tuple[OpenQuestionShape, ...], *path: str
    ) -> tuple[OpenQuestion, ...]:
        return tuple(
            OpenQuestion(
                about=q.about,
                readings=q.readings,
                published=q.published,
                at=self.document.at(*path, index, "about"),
            )
            for index, q in enumerate(questions)
        )

    @cached_property
    def _keys_of(self) -> dict[Keys, list[Keys]]:
        """The document's keys by the policy they are about."""
        found: dict[Keys, list[Keys]] = {}
        for key in self.document.keys:
            found.setdefault(key[:2], []).append(key)
        return found

    @cached_property
    def _values_of(self) -> dict[Keys, list[tuple[Keys, Place]]]:
        """The places of the document's values by the policy they are about."""
        found: dict[Keys, list[tuple[Keys, Place]]] = {}
        for path, place in self.document.values.items():
            found.setdefault(path[:2], []).append((path, place))
        return found

    def _held(self, id: str, held: HeldPolicyShape) -> HeldPolicy:
        top = ("policies", id)
        document = self.document
        names = [key for key in self._keys_of.get(top, ()) if len(key) == 3]
        return HeldPolicy(
            id=id,
            at=document.key(*top),
            places={str(key[2]): document.at(*key) for key in names}
            | {f"{key[2]}.value": document.at(*key) for key in names},
            title=held.title,
            kind=held.kind,
            audience=held.audience,
            version=held.version,
            owner=held.owner,
            adopted_from=held.adopted_from,
            editions=held.editions,
            contents=held.contents,
            state=held.state,
            packs=self._list(held.packs, *top, "packs"),
            adopt=self._changes(held.adopt, *top, "adopt"),
            omit=tuple(
                Change(id=clause, at=document.key(*top, "omit", clause), says=why)
                for clause, why in held.omit.items()
            ),
            answers=tuple(self._answer(id, name, raw) for name, raw in held.values.items()),
            strength=tuple(
                Change(id=clause, at=document.at(*top, "strength", clause), says=says)
                for clause, says in held.strength.items()
            ),
            replace=tuple(
                changed
                for clause in held.replace
                if (changed := self._replacement(id, clause, held))
            ),
            add=tuple(
                made
                for index, add in enumerate(held.add)
                if (made := self._addition(id, index, add))
            ),
            outline=self._outline(held, *top),
            lock=self._changes(held.lock, *top, "lock"),
            approvals=self._approvals(held, *top),
            review=self._review(held, *top),
            open_questions=self._questions(held.open_questions, *top, "open_questions"),
        )

    def _changes(self, ids: tuple[str, ...], *path: str) -> tuple[Change, ...]:
        return tuple(
            Change(id=id, at=self.document.at(*path, index)) for index, id in enumerate(ids)
        )

    def _list(self, change: ListChangeShape | None, *path: str) -> ListChange | None:
        if change is None:
            return None
        bare = (*path, "set") not in self.document.values and change.set is not None
        return ListChange(
            at=self.document.key(*path),
            bare=bare,
            set=None
            if change.set is None
            else self._changes(change.set, *path, *(() if bare else ("set",))),
            add=self._changes(change.add, *path, "add"),
            remove=self._changes(change.remove, *path, "remove"),
        )

    def _answer(self, policy: str, name: str, raw: Any) -> Answer:
        top = ("policies", policy, "values", name)
        places = {
            path[len(top) :]: place
            for path, place in self._values_of.get(top[:2], ())
            if path[: len(top)] == top
        }
        return Answer(id=name, at=self.document.key(*top), raw=raw, places=places)

    def _wording(self, policy: str, text: str, *path: str | int) -> Wording | None:
        written = self.document.wording(*path)
        if written is None:
            self.problems.append(not_verbatim.problem(self.document.at(*path)))
            return None
        wording, found = read_wording(text, *written, self.lists.get(policy, {}))
        self.problems += found
        return wording

    def _replacement(self, policy: str, id: str, held: HeldPolicyShape) -> Replacement | None:
        path = ("policies", policy, "replace", id)
        shape = held.replace[id]
        text = self._wording(policy, shape.text.rstrip("\n"), *path, "text")
        title = self._wording(policy, shape.title, *path, "title") if shape.title else None
        summary = self._wording(policy, shape.summary, *path, "summary") if shape.summary else None
        if text is None:
            return None
        return Replacement(
            id=id,
            at=self.document.key(*path),
            of=shape.of,
            of_at=self.document.at(*path, "of"),
            reason=shape.reason,
            text=text,
            title=title,
            summary=summary,
        )

    def _addition(self, policy: str, index: int, shape: AddShape) -> Addition | None:
        path = ("policies", policy, "add", index)
        text = self._wording(policy, shape.text.rstrip("\n"), *path, "text")
        title = self._wording(policy, shape.title, *path, "title")
        summary = self._wording(policy, shape.summary, *path, "summary") if shape.summary else None
        if text is None or title is None:
            return None
        places = {
            str(key[4]) if len(key) == 5 else ".".join(map(str, key[4:])): place
            for key, place in self.document.values.items()
            if key[:4] == path and len(key) > 4
        }
        clause = Clause(
            id=shape.id,
            section=shape.section,
            at=self.document.at(*path, "id"),
            title=title,
            text=text,
            tier=self.id,
            covers=shape.covers,
            requires=shape.requires,
            strength=Strength(shape.strength) if shape.strength else None,
            summary=summary,
            ask=shape.ask,
            questions=shape.questions,
            editions=shape.editions,
            places=places,
        )
        return Addition(clause=clause, after=shape.after, places=places)

    def _outline(self, held: HeldPolicyShape, *top: str) -> tuple[OutlineSection, ...] | None:
        if held.outline is None:
            return None
        return tuple(
            OutlineSection(
                id=o.id,
                at=self.document.at(*top, "outline", index, "title" if o.title else "id"),
                title=o.title,
                clauses=tuple(
                    Change(id=id, at=self.document.at(*top, "outline", index, "clauses", place))
                    for place, id in enumerate(o.clauses)
                ),
            )
            for index, o in enumerate(held.outline)
        )

    def _approvals(self, held: HeldPolicyShape, *top: str) -> tuple[Approval, ...]:
        return tuple(
            Approval(
                date=a.date,
                at=self.document.at(*top, "approvals", index, "date"),
                by=a.by,
                minute=a.minute,
                effective=a.effective,
                next=a.next,
                signed=tuple(
                    Signature(
                        name=s.name,
                        role=s.role,
                        at=self.document.at(*top, "approvals", index, "signed", place, "name"),
                        role_at=self.document.at(*top, "approvals", index, "signed", place, "role"),
                    )
                    for place, s in enumerate(a.signed)
                ),
                places={
                    key: self.document.at(*top, "approvals", index, key)
                    for key in ("by", "minute", "next")
                },
            )
            for index, a in enumerate(held.approvals)
        )

    def _review(self, held: HeldPolicyShape, *top: str) -> Review | None:
        if held.review is None:
            return None
        keys = ("last", "next", "every_months")
        return Review(
            at=self.document.key(*top, "review"),
            last=held.review.last,
            next=held.review.next,
            every_months=held.review.every_months,
            places={key: self.document.at(*top, "review", key) for key in keys},
        )
