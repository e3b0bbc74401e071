"""One organisation in, resolved and checked; what was found out.

Each policy is judged by itself, and what came of it is kept: when one policy of the library
changes, only that one is judged again. What all of an organisation's policies share is judged each
time, and so are dates. What else is found of a policy depends on what is in its key: its own files
and those that all policies share, the names of the library's policies, the files of the groups above
the organisation, the pictures beside them, what the organisation says of this policy and of all of
them, what it calls the others and which of them a reader of its first edition can open. And it depends
on how to reach the holders of those roles whose contacts the policy prints.

Most edits of the library change nothing that is found: then what all policies come to is known too,
and no other one is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import date
from typing import Any, NamedTuple

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
from clausebook.later import Each
from clausebook.model import Dated, differing, read_dated
from clausebook.problem import Problem
from clausebook.resolve import Around, Found, Resolver, Spoken, together
from clausebook.resolve.publish import OpenAnswer
from clausebook.typed import dataclass

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
    """What came of one policy. `clauses` is None where the organisation does not publish it."""

    found: Found
    texts: tuple[Problem, ...]
    rules: tuple[Problem, ...]
    dated: Dated = Dated()
    clauses: int | None = None
    visible: bool = False

    def __reduce__(self) -> tuple[Callable[..., Part], tuple[object, ...]]:
        """In most nothing was found: without names of classes and fields they take half as long."""
        found, texts, rules, dated, clauses, visible = self
        return _part, (*found.told(), texts, rules, dated.raw, clauses, visible)


def _part(*told: Any) -> Part:
    *found, texts, rules, raw, clauses, visible = told
    return Part(Found(*found), texts, rules, read_dated(raw), clauses, visible)


class _Parts(NamedTuple):
    """What came of some policies, what portals say of each, and the roles whose contacts it prints."""

    parts: dict[str, Part]
    held: dict[str, _Held | None]
    contacts: dict[str, frozenset[str]]


class Whole(NamedTuple):
    """What the parts of all policies come to on a day."""

    found: Found
    texts: tuple[Problem, ...]
    rules: tuple[Problem, ...]
    clauses: Mapping[str, int]
    visible: tuple[str, ...]


@dataclass
class Kept:
    """What was found of an organisation's policies, with the key of each, of what none does without
    and of all together. `whole` is what all come to, by day, and `held` what portals say of each.
    `contacts` are the roles whose contacts each prints, and `reached` stands for what those were."""

    key: str = ""
    beside: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reached: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    held: Mapping[str, _Held | None] = field(default_factory=dict)
    whole: Mapping[str, Whole] = field(default_factory=dict)


_Held = tuple[Held, list[OpenAnswer]]


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
        made = _parts(resolver, around, [*around.holds]).parts
        return _judged(resolver, around, _whole(around, made, today), today, strict)
    old: Kept = cache.get(NAME + id, "") or Kept()
    keys = _keys(resolver, around, beside)
    reached = around.own.file.reached
    otherwise = differing(reached, old.reached)
    new = [
        policy
        for policy in keys
        if old.keys.get(policy) != keys[policy] or not otherwise.isdisjoint(old.contacts[policy])
    ]
    made, held, contacts = _parts(resolver, around, new)
    contacts = {id: contacts[id] if id in contacts else old.contacts[id] for id in keys}
    parts = Each.of(made, keys, old.parts)
    day, whole = today.isoformat(), old.whole
    same = old.beside == beside and list(old.keys) == list(keys)
    if not (same and day in whole and all(made[id] == old.parts[id] for id in new)):
        whole = Each.of({day: _whole(around, parts, today)})
    if new or whole is not old.whole or old.key != key:
        said = Each.of(held, keys, old.held)
        kept = Kept(key, beside, keys, contacts, reached, parts, said, whole)
        cache.put(NAME + id, "", kept)
    return _judged(resolver, around, whole[day], today, strict)


def facts(held: Iterable[_Held | None]) -> Facts:
    """What portals say of an organisation, by what they say of each of its policies."""
    known = [one for one in held if one is not None]
    return Facts(
        policies=tuple(held for held, _ in known),
        unanswered=tuple(answer for _, answers in known for answer in answers),
    )


def facts_of(resolver: Resolver, id: str) -> Facts:
    """The same of an organisation of which nothing is known."""
    around = resolver.around(id)
    return facts(_parts(resolver, around, [*around.holds]).held.values())


def known_facts(cache: Cache, id: str, key: str) -> Facts | None:
    """The same, if it is kept and still true."""
    old: Kept | None = cache.get(NAME + id, "")
    return None if old is None or old.key != key else facts(old.held.values())


def _keys(resolver: Resolver, around: Around, beside: str) -> dict[str, str]:
    edition = next(iter(around.own.editions), "")
    titles = resolver.titles(around, edition).items()
    called = [f"{id} {item.link is not None} {item.at} {item.words}" for id, item in titles]
    shared = digest([beside, *called])
    files, said = resolver.library.fingerprints, around.own.file.policies
    return {
        policy: digest([shared, files.get(policy, ""), said.get(policy, "")])
        for policy in around.holds
    }


def _parts(resolver: Resolver, around: Around, policies: list[str]) -> _Parts:
    """Some of an organisation's policies, judged."""
    made = _Parts({}, {}, {})
    parts, said, contacts = made
    if not policies:
        return made
    own, library = around.own, resolver.library
    resolved = resolver.resolve(own.id, own.editions[:1], only=policies, around=around)
    resolver.keep(resolved)
    handbook = next(iter(resolved.handbooks.values()), None)
    published = {policy.id: policy for policy in resolved.policies}
    for id in policies:
        found, policy = resolved.found.get(id) or Found(), published.get(id)
        texts = tuple(check_texts(own, id, library))
        if policy is None or handbook is None:
            parts[id], said[id], contacts[id] = Part(found, texts, ()), None, frozenset()
            continue
        parts[id] = Part(
            found,
            texts,
            tuple(check_policy(policy, handbook)),
            policy.dated,
            len(policy.printed.clauses),
            id in handbook.policies,
        )
        said[id] = held_as(policy, around.tiers, around.roles), found.open_answers
        contacts[id] = policy.contacts
    return made


def _whole(around: Around, parts: Mapping[str, Part], today: date) -> Whole:
    """What is found in all policies, in the order in which it is said."""
    own, found, rules = around.own, Found(), list[Problem]()
    for id, part in parts.items():
        found.add(part.found)
        rules += part.rules
        if part.clauses is not None:
            rules += check_dates(part.dated, own.id, id, today)
    return Whole(
        found,
        tuple(problem for id in own.policies if id in parts for problem in parts[id].texts),
        tuple(rules),
        {id: part.clauses for id, part in parts.items() if part.clauses is not None},
        tuple(id for id, part in parts.items() if part.visible),
    )


def _judged(resolver: Resolver, around: Around, whole: Whole, today: date, strict: bool) -> Judged:
    """What there is to say of the organisation, with all its policies."""
    own, library = around.own, resolver.library
    problems, spoken = together(around, [whole.found])
    problems += check_organisation(own, library, today)
    problems += whole.texts
    if own.publishes:
        problems += check_held(own, whole.visible)
    problems += whole.rules
    waived: list[Waived] = []
    if not strict:
        problems, waived = apply_waivers(own, library, problems, today)
    return Judged(
        organisation=own.id,
        spoken=spoken.open(own.id),
        problems=tuple(problems),
        waived=tuple(waived),
        policies=tuple(whole.clauses),
        clauses=sum(whole.clauses.values()),
    )
