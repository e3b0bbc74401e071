"""What tiers say of a policy as a document, nearest first; with what follows from that alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from clausebook.model import (
    Approval,
    ControlField,
    Dated,
    HeldPolicy,
    Item,
    OpenQuestion,
    Policy,
    Review,
    Value,
)
from clausebook.once import once
from clausebook.problem import Place
from clausebook.resolve.values import review_values
from clausebook.typed import dataclass

# What is said together of the document itself.
_TOGETHER = (
    "title", "kind", "audience", "version", "owner", "adopted_from", "contents", "state",
)  # fmt: skip
_NAMES = (*_TOGETHER, "editions", "review", "approvals", "open_questions")


@dataclass(frozen=True, eq=False)
class Document:
    """The nearest of each that was said. Shared by all below a tier who add nothing of their own."""

    policy: Policy
    said: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def below(self, held: HeldPolicy) -> Document:
        """What is said once a further tier has its say."""
        # Nothing is said by what is not there, nor by an empty list; no editions are none.
        new = {
            name: value
            for name in _NAMES
            if (value := getattr(held, name)) is not None and (value != () or name == "editions")
        }
        if not new:
            return self
        places = dict(self.places)
        for name in new:
            place = held.places.get(f"{name}.value")
            if name in _TOGETHER and place is not None:
                places[name] = place
            else:
                places.pop(name, None)
        return Document(self.policy, {**self.said, **new}, places)

    @property
    def title(self) -> str:
        title: str = self.said.get("title") or self.policy.title
        return title

    @property
    def title_at(self) -> Place:
        return self.places.get("title") or self.policy.title_at

    @property
    def kind(self) -> str:
        kind: str = self.said.get("kind") or "policy"
        return kind

    @once
    def kinds(self) -> Mapping[str, Value]:
        """What `{{ document.kind }}` stands for."""
        at = self.places.get("kind")
        item = Item(words=self.kind, at=at, id=self.kind)
        return {"document.kind": Value(items=(item,), chosen_at=at or self.policy.at, tier="")}

    @once
    def values(self) -> Mapping[str, Value]:
        """The same, with what is printed of its review."""
        return {**self.kinds, **review_values(self.review, self.policy.at, "")}

    @once
    def files(self) -> frozenset[str]:
        """The files in which any of that is written."""
        items = [item for value in self.values.values() for item in value.items]
        return frozenset([item.at.file for item in items if item.at is not None])

    @once
    def dated(self) -> Dated:
        return Dated(self.review, self.approvals)

    @property
    def editions(self) -> tuple[str, ...] | None:
        return self.said.get("editions")

    @property
    def review(self) -> Review | None:
        return self.said.get("review")

    @property
    def approvals(self) -> tuple[Approval, ...]:
        return self.said.get("approvals") or ()

    @property
    def open_questions(self) -> tuple[OpenQuestion, ...]:
        return self.said.get("open_questions") or ()

    @once
    def fields(self) -> dict[str, tuple[ControlField, ...]]:
        """Those of its control fields that follow from it alone, by edition."""
        return {}

    def held(self, at: Place) -> HeldPolicy:
        """What the tiers say together about the document itself."""
        said = {name: self.said[name] for name in _TOGETHER if name in self.said}
        return HeldPolicy(id=self.policy.id, at=at, places=self._held_places, **said)

    @once
    def _held_places(self) -> Mapping[str, Place]:
        return {name: self.places[name] for name in _TOGETHER if name in self.places}
