"""One override file in, the organisation out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from clausebook.load.file_parts import file_parts
from clausebook.load.picture import named
from clausebook.load.validate import validate
from clausebook.model import (
    Addition,
    Answer,
    Approval,
    Brand,
    Change,
    Clause,
    HeldPolicy,
    ListChange,
    OpenQuestion,
    Organisation,
    OutlineSection,
    Replacement,
    Review,
    Role,
    Signature,
    Strength,
    Waiver,
)
from clausebook.problem import Place, Problem, Severity
from clausebook.rules import no_effect, not_verbatim
from clausebook.shapes import (
    AddShape,
    HeldPolicyShape,
    ListChangeShape,
    OpenQuestionShape,
    OrganisationShape,
)
from clausebook.template import read_wording
from clausebook.wording import Wording
from clausebook.yamlfile import Document, read_yaml
from clausebook.yamlfile import Path as Keys

Lists = dict[str, dict[str, bool]]


def read_organisation(
    at: Place, text: str, id: str, parent: str | None, lists: Lists, *, group: bool
) -> tuple[Organisation | None, list[Problem]]:
    """The organisation a file gives. `lists` says of every policy's parameters which hold lists."""
    document = read_yaml(text, at)
    shape, problems = validate(document, OrganisationShape)
    if shape is None:
        return None, problems
    maker = _Maker(document, shape, id, lists)
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


class _Maker:
    """Makes the model of one override file, with the place of everything it says."""

    def __init__(
        self,
        document: Document,
        shape: OrganisationShape,
        id: str,
        lists: Lists,
    ) -> None:
        self.document, self.shape, self.id = document, shape, id
        self.lists = lists
        self.problems: list[Problem] = []

    def organisation(self, parent: str | None, *, group: bool) -> Organisation:
        shape, document = self.shape, self.document
        brand = None
        if shape.brand:
            places = {key: document.at("brand", key) for key in ("crest", "crest_text", "colour")}
            brand = Brand(**shape.brand.model_dump(), places=places)
        made = Organisation(
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
            file=file_parts(document),
            places={
                str(key[0]): place for key, place in self.document.keys.items() if len(key) == 1
            },
        )
        texts = [change.text for held in made.policies.values() for change in held.replace]
        texts += [one.clause.text for held in made.policies.values() for one in held.add]
        return replace(made, pictured=any(named(text) for text in texts))

    def _own_words(self) -> Iterator[tuple[str, Place]]:
        """Every text of the file that readers may see, with its place."""
        for path, place in self.document.values.items():
            value: Any = self.document.data
            for part in path:
                value = value[part]
            if isinstance(value, str):
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
            for key, place in self._values_of.get(path[:2], ())
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
