"""What one policy adds to the pages and files that are about a whole handbook, without its texts.

In: a resolved policy. Out: a `Part`, small enough to be kept from one build to the next, so that a
site is made again from the parts of its policies although only one of them was resolved. And which
policies have to be resolved too, because their pages say something about one that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import fields, replace

from clausebook.handbook_file import policy_json
from clausebook.later import pickled
from clausebook.model import Handbook, HeldPolicy, Library, Policy, ResolvedPolicy
from clausebook.once import aside, once
from clausebook.problem import Place
from clausebook.recent import OfObjects
from clausebook.render import home, policy, quick, search
from clausebook.render.brief import Brief
from clausebook.render.people import Named, names
from clausebook.render.site import Heading, Page
from clausebook.render.words import Glossary, pictures_of
from clausebook.typed import dataclass


class Outline(ResolvedPolicy):
    """A policy without its texts: what is said about it on pages that are not its own, wherever that
    is written."""

    @once
    def fingerprint(self) -> str:
        raise TypeError("a check code is of texts too: the brief of a policy knows it")

    @once
    def raw(self) -> bytes:
        """It as it is kept."""
        return pickled(self)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One policy of one edition. Until the site is published it holds too what is looked at seldom,
    and is not kept with it: the texts, `data` and the rules of `search`, and the `outline`.

    `contacts` are the roles whose holders its texts may say how to reach, and `at` is where it is
    held.
    """

    outline: Outline | None
    at: Place
    guide: bool
    contents: bool
    named: tuple[Named, ...]
    contacts: tuple[str, ...]
    asked: tuple[home.Asked, ...]
    cites: tuple[policy.Citation, ...]
    terms: tuple[str, ...]
    pictures: tuple[str, ...]
    search: search.Searched
    data: bytes

    @property
    def brief(self) -> Brief:
        return self.search.brief

    @property
    def guided(self) -> tuple[str, ...]:
        """The roles that its guide may say how to reach the holders of, if it has one."""
        return (*self.search.asks, self.brief.owner) if self.guide else ()

    def __reduce__(self) -> tuple[Callable[..., Part], tuple[object, ...]]:
        """What is kept of it: few and plain things, which are soonest written and read."""
        found = self.search
        return _kept, (
            self.guide,
            self.contents,
            self.at[:],
            self.named,
            self.contacts,
            self.asked,
            self.cites,
            self.terms,
            self.pictures,
            found.brief[:],
            found.sections,
            found.asks,
            found.names,
            found.phrases,
            found.stems,
        )


def _kept(
    guide: bool,
    contents: bool,
    at: tuple[str, int, int],
    named: tuple[Named, ...],
    contacts: tuple[str, ...],
    asked: tuple[home.Asked, ...],
    cites: tuple[policy.Citation, ...],
    terms: tuple[str, ...],
    pictures: tuple[str, ...],
    brief: tuple[str, str, str, str, str, str, str, str],
    sections: tuple[str, ...],
    asks: tuple[str, ...],
    names: tuple[str, ...],
    phrases: tuple[str, ...],
    stems: str,
) -> Part:
    return Part(
        outline=None,
        at=Place(*at),
        guide=guide,
        contents=contents,
        named=named,
        contacts=contacts,
        asked=asked,
        cites=cites,
        terms=terms,
        pictures=pictures,
        search=search.Searched(
            brief=Brief(*brief),
            sections=sections,
            asks=asks,
            names=names,
            phrases=phrases,
            stems=stems,
            rules=(),
        ),
        data=b"",
    )


# A page that stays has a contents of its own, which nobody looks at.
SOME = (Heading(id="", title=""),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The pages and files about a handbook as a whole that no text of a policy shows in."""

    pages: tuple[Page, ...]
    files: Mapping[str, bytes]

    @property
    def kept(self) -> Rest:
        """What is kept of them while they stay: everything but what they say."""
        return Rest(
            pages=tuple(
                replace(page, body="", stays=True, headings=SOME if page.headings else ())
                for page in self.pages
            ),
            files=dict.fromkeys(self.files, b""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one site as it is published.

    `frame` tells what they were made in: everything but the policies. `outlines` are the policies
    without sections, texts and values: only what is said about each as a whole. `data` and `rows` say where
    the texts of each stand in the files of the site, and `sealed` is the digest in its seal.
    `elsewhere` is what policies are called that this edition does not hold. `rest` is what belongs
    to no policy, where it can stay. `reached` says how guides say to reach the holder of each role.
    """

    frame: str
    policies: Mapping[str, Part]
    outlines: Mapping[str, Outline]
    data: Mapping[str, tuple[int, int]]
    rows: Mapping[str, search.Spot]
    elsewhere: Mapping[str, str]
    reached: Mapping[str, str]
    rest: Rest | None
    sealed: str = ""


def part(
    resolved: ResolvedPolicy, handbook: Handbook, glossary: Glossary, wanted: search.Words
) -> Part:
    """What a policy adds to its handbook."""
    return Part(
        outline=outline(resolved),
        at=resolved.at,
        guide=quick.has_guide(resolved),
        contents=bool(resolved.sections),
        named=tuple(names(resolved)),
        contacts=tuple(sorted(resolved.contacts)),
        asked=tuple(home.common(resolved)),
        cites=tuple(policy.citations(resolved)),
        terms=tuple(sorted(glossary.said(resolved))),
        pictures=tuple(pictures_of([resolved])),
        search=search.searched(resolved, wanted),
        data=policy_json(resolved, handbook),
    )


_outlines: OfObjects[Outline] = OfObjects(each=10)


def outline(resolved: ResolvedPolicy) -> Outline:
    """One object for all policies of which the same is said."""
    held = resolved.held
    made_of = (resolved.policy, resolved.review, resolved.approvals)
    said = (held.version, held.owner, held.adopted_from, resolved.editions, resolved.packs)
    facts = (resolved.title, resolved.kind, resolved.state, *said)
    return _outlines.of(made_of, facts, lambda: _outline(resolved))


def _outline(resolved: ResolvedPolicy) -> Outline:
    policy, held, review = _facts(resolved.policy), resolved.held, resolved.review
    return Outline(
        policy=policy,
        title=resolved.title,
        kind=resolved.kind,
        at=policy.at,
        sections=(),
        control=(),
        held=HeldPolicy(
            id=resolved.id,
            at=policy.at,
            places={},
            version=held.version,
            owner=held.owner,
            adopted_from=held.adopted_from,
        ),
        state=resolved.state,
        editions=resolved.editions,
        review=replace(review, places={}) if review else None,
        approvals=tuple([replace(one, places={}) for one in resolved.approvals]),
        left_out=(),
        values={},
        reached=frozenset(),
        packs=resolved.packs,
    )


@aside
def _facts(policy: Policy) -> Policy:
    return replace(
        policy,
        sections=(),
        packs={},
        parameters={},
        clauses={},
        provisions={},
        control={},
        retired={},
        kept={},
        pictures={},
        places={},
    )


def elsewhere(library: Library, here: Container[str]) -> dict[str, str]:
    """What texts may say of policies that an edition does not hold, and where that is written."""
    return {
        id: f"{policy.title_at}: {policy.title}"
        for id, policy in library.policies.items()
        if id not in here
    }


def also(old: Parts, new: Mapping[str, Part]) -> set[str] | None:
    """The policies whose pages have to be made again beside those that changed, the `new` ones.

    None: all of them, because one that changed is another one now to all others.
    """
    found: set[str] = set()
    for id, made in new.items():
        before = old.policies.get(id)
        if before is None or _face(before, old.outlines[id]) != _face(made, made.outline):
            return None
        was, now = _by_target(before.cites), _by_target(made.cites)
        found |= {
            target for target in was.keys() | now.keys() if was.get(target) != now.get(target)
        }
    return (found & old.policies.keys()) - new.keys()


def rest_of(old: Parts, new: Mapping[str, Part]) -> Rest | None:
    """What belongs to no policy and stays, if it shows nothing that is new in the `new` ones."""
    same = all(
        _told(one, one.outline) == _told(old.policies[id], old.outlines[id])
        for id, one in new.items()
    )
    return old.rest if same else None


def _face(part: Part, own: Outline | None) -> tuple[object, ...]:
    """What pages of other policies may show of this one: its title, and where it stands."""
    assert own is not None
    return (own.id, own.title, own.policy.title_at, part.at, own.policy.area, own.editions)


def _told(part: Part, own: Outline | None) -> tuple[object, ...]:
    """What pages about the whole handbook say of this policy, but for its check code."""
    assert own is not None
    outline = [getattr(own, field.name) for field in fields(own)]
    return (*outline, part.at, part.guide, part.named, part.asked, part.terms)


def _by_target(cites: Iterable[policy.Citation]) -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for target, *reference in cites:
        clause, href, words = reference
        found.setdefault(target, []).append((clause, href, words))
    return found
