"""A resolved policy in; what portals say of it as one organisation holds it out, to be kept.

It is the same whatever day it is and whatever was found wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clausebook.model import (
    Approval,
    Dated,
    OpenQuestion,
    Organisation,
    ResolvedPolicy,
    Review,
    Role,
    read_dated,
)
from clausebook.resolve.publish import OpenAnswer
from clausebook.typed import dataclass
from clausebook.variants import State, Variant, variant


@dataclass(frozen=True, kw_only=True)
class Held:
    """A policy as an organisation holds it."""

    id: str
    title: str
    version: str
    owner: str
    editions: tuple[str, ...]
    state: str
    dated: Dated
    variant: Variant
    questions: tuple[OpenQuestion, ...]

    def __reduce__(self) -> tuple[Callable[..., Held], tuple[object, ...]]:
        """There are very many: without names of classes and fields they take half as long."""
        told = (self.id, self.title, self.version, self.owner, self.editions, self.state)
        return _held, (
            told,
            self.dated.raw,
            self.variant.clauses,
            self.variant.said,
            self.questions,
        )

    @property
    def approval(self) -> Approval | None:
        return self.dated.approvals[-1] if self.dated.approvals else None

    @property
    def review(self) -> Review | None:
        return self.dated.review


def _held(
    told: tuple[Any, ...],
    raw: bytes,
    clauses: Mapping[str, State],
    said: Mapping[str, tuple[Any, ...]],
    questions: tuple[OpenQuestion, ...],
) -> Held:
    id, title, version, owner, editions, state = told
    return Held(
        id=id,
        title=title,
        version=version,
        owner=owner,
        editions=editions,
        state=state,
        dated=read_dated(raw),
        variant=Variant(clauses, said),
        questions=questions,
    )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a portal needs of one resolved organisation."""

    policies: tuple[Held, ...]
    unanswered: tuple[OpenAnswer, ...]


def held_as(
    policy: ResolvedPolicy,
    tiers: tuple[Organisation, ...],
    roles: Mapping[str, tuple[Role, str]],
) -> Held:
    """The policy as the last of these tiers holds it."""
    owner = roles.get(policy.held.owner) if policy.held.owner else None
    return Held(
        id=policy.id,
        title=policy.title,
        version=policy.held.version or "",
        owner=owner[0].title if owner else "",
        editions=policy.editions,
        state=policy.state,
        dated=policy.dated,
        variant=variant(policy, tiers),
        questions=policy.open_questions,
    )
