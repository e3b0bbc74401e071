"""One organisation in, resolved and checked; what was found out.

Each policy is judged by itself, and what came of it is kept: when one policy of the library
changes, only that one is judged again. What all of an organisation's policies share is judged each
time, and so are dates. What else is found of a policy depends on what is in its key: its own files
and those that all policies share, the names of the library's policies, the files of the organisation
and its groups with the pictures beside them, and what the organisation calls its other policies and
which of them a reader of its first edition can open.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from clausebook.cache import Cache, digest
from clausebook.check import (
    Waived,
    apply_waivers,
    check_dates,
    check_held,
    check_organisation,
    check_policy,
    check_texts,
)
from clausebook.held import Facts, Held, held_as
from clausebook.model import Dated
from clausebook.problem import Problem
from clausebook.resolve import Around, Found, Resolver, Spoken, together
from clausebook.resolve.publish import OpenAnswer

NAME = "check-"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One organisation, resolved and checked: all that the report needs, and nothing large.

    Of what was said and shown, only what other organisations can still make a difference to.
    """

    organisation: str
    spoken: Spoken
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]
    policies: tuple[str, ...]
    clauses: int


class Part(NamedTuple):
    """What came of one policy. `clauses` is None where the organisation does not publish it.

    `held` is what portals say of it, pickled: a check has no use for that.
    """

    found: Found
    texts: tuple[Problem, ...]
    rules: tuple[Problem, ...]
    dated: Dated = Dated(None, ())
    clauses: int | None = None
    visible: bool = False
    held: bytes = b""


@dataclass
class Kept:
    """What was found of an organisation's policies, with the key of each and of all together."""

    key: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)


def judge(
    resolver: Resolver,
    id: str,
    today: date,
    *,
    strict: bool,
    cache: Cache | None = None,
    key: str = "",
    beside: str = "",
) -> Judged:
    """Resolve and check one organisation; with a cache, only what is not known from there.

    `key` is of all that its findings depend on, `beside` of what no policy of it does without.
    """
    around = resolver.around(id)
    if cache is None:
        parts = _parts(resolver, around, list(around.holds))
        return _judged(resolver, around, parts, today, strict)
    old: Kept = cache.get(NAME + id, "") or Kept()
    keys = _keys(resolver, around, beside)
    new = [policy for policy in keys if old.keys.get(policy) != keys[policy]]
    made = _parts(resolver, around, new)
    parts = {policy: made.get(policy) or old.parts[policy] for policy in keys}
    if new or old.key != key or list(old.keys) != list(keys):
        cache.put(NAME + id, "", Kept(key, keys, parts))
    return _judged(resolver, around, parts, today, strict)


def facts(parts: Mapping[str, Part]) -> Facts:
    """What portals say of an organisation."""
    known: list[tuple[Held, list[OpenAnswer]]] = [
        pickle.loads(part.held) for part in parts.values() if part.held
    ]
    return Facts(
        policies=tuple(held for held, _ in known),
        unanswered=tuple(answer for _, answers in known for answer in answers),
    )


def facts_of(resolver: Resolver, id: str) -> Facts:
    """The same of an organisation of which nothing is known."""
    around = resolver.around(id)
    return facts(_parts(resolver, around, list(around.holds)))


def known_facts(cache: Cache, id: str, key: str) -> Facts | None:
    """The same, if it is kept and still true."""
    old: Kept | None = cache.get(NAME + id, "")
    return None if old is None or old.key != key else facts(old.parts)


def _keys(resolver: Resolver, around: Around, beside: str) -> dict[str, str]:
    edition = next(iter(around.own.editions), "")
    titles = resolver.titles(around, edition).items()
    called = [f"{id} {item.link is not None} {item.at} {item.words}" for id, item in titles]
    shared = digest([beside, *called])
    files = resolver.library.fingerprints
    return {policy: digest([shared, files.get(policy, "")]) for policy in around.holds}


def _parts(resolver: Resolver, around: Around, policies: list[str]) -> dict[str, Part]:
    """Some of an organisation's policies, judged."""
    if not policies:
        return {}
    own, library = around.own, resolver.library
    resolved = resolver.resolve(own.id, own.editions[:1], only=policies, around=around)
    handbook = next(iter(resolved.handbooks.values()), None)
    published = {policy.id: policy for policy in resolved.policies}
    parts: dict[str, Part] = {}
    for id in policies:
        found, policy = resolved.found.get(id) or Found(), published.get(id)
        texts = check_texts(own, id, library)
        if policy is None or handbook is None:
            parts[id] = Part(found, tuple(texts), ())
            continue
        parts[id] = Part(
            found,
            tuple(texts),
            tuple(check_policy(policy, handbook)),
            Dated(policy.review, policy.approvals),
            len(policy.clauses),
            id in handbook.policies,
            pickle.dumps(
                (held_as(policy, around.tiers, around.roles), found.open_answers),
                protocol=pickle.HIGHEST_PROTOCOL,
            ),
        )
    return parts


def _judged(
    resolver: Resolver, around: Around, parts: Mapping[str, Part], today: date, strict: bool
) -> Judged:
    """What there is to say of the organisation as a whole."""
    own, library = around.own, resolver.library
    problems, spoken = together(around, {id: part.found for id, part in parts.items()})
    problems += check_organisation(own, library, today)
    problems += [p for id in own.policies if id in parts for p in parts[id].texts]
    if own.publishes:
        problems += check_held(own, [id for id, part in parts.items() if part.visible])
    for id, part in parts.items():
        problems += part.rules
        if part.clauses is not None:
            problems += check_dates(part.dated, own.id, id, today)
    waived: list[Waived] = []
    if not strict:
        problems, waived = apply_waivers(own, library, problems, today)
    clauses = {id: part.clauses for id, part in parts.items() if part.clauses is not None}
    return Judged(
        organisation=own.id,
        spoken=spoken.open(own.id),
        problems=tuple(problems),
        waived=tuple(waived),
        policies=tuple(clauses),
        clauses=sum(clauses.values()),
    )
