"""A resolved policy in; what portals say of it as one organisation holds it out, to be kept.

It is the same whatever day it is and whatever was found wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from clausebook.model import (
    Approval,
    Dated,
    OpenQuestion,
    Organisation,
    ResolvedPolicy,
    Review,
    Role,
)
from clausebook.resolve.publish import OpenAnswer
from clausebook.typed import dataclass
from clausebook.variants import Variant, variant


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

    @property
    def approval(self) -> Approval | None:
        return self.dated.approvals[-1] if self.dated.approvals else None

    @property
    def review(self) -> Review | None:
        return self.dated.review


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a portal needs of one resolved organisation."""

    policies: tuple[Held, ...]
    unanswered: tuple[OpenAnswer, ...]


def held_as(
    policy: ResolvedPolicy,
    dated: Dated,
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
        dated=dated,
        variant=variant(policy, tiers),
        questions=policy.open_questions,
    )
