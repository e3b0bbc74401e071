"""A policy in; out what a handbook says of it wherever it is only named.

So little that it is read again in every build, while all else of a policy that stays is left alone.
"""

from __future__ import annotations

from typing import NamedTuple

from clausebook.model import ResolvedPolicy
from clausebook.once import aside


class Brief(NamedTuple):
    """A policy as menus, lists and the search know it; `code` is its check code."""

    id: str
    title: str
    area: str
    summary: str
    search: str
    version: str
    owner: str
    code: str


@aside
def brief(policy: ResolvedPolicy) -> Brief:
    return Brief(
        id=policy.id,
        title=policy.title,
        area=policy.policy.area,
        summary=policy.policy.summary,
        search=" ".join(policy.policy.search),
        version=policy.held.version or "",
        owner=policy.held.owner or "",
        code=policy.fingerprint,
    )
