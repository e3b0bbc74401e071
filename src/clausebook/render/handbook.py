"""An edition of a handbook in, its whole site out: made of what each of its policies adds to it.

A site is made again from the parts that were kept of it and the few policies that changed since:
the pages of all others stay as they are published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from clausebook.changes import Change
from clausebook.demonstration import note
from clausebook.handbook_file import handbook_bytes, head
from clausebook.later import Each
from clausebook.model import Handbook, Library, ResolvedPolicy, brand_of, fingerprint
from clausebook.once import told
from clausebook.published import Published, Stale
from clausebook.render import about, board, calendar, changes, home, policy, quick, search
from clausebook.render.brand import stylesheet
from clausebook.render.part import SOME, Part, Parts, Rest, also, elsewhere, part, rest_of
from clausebook.render.people import Person, people
from clausebook.render.site import PDFS, Page, Site
from clausebook.render.words import Glossary, glossary, pictures_of
from clausebook.typed import dataclass

DATA, INDEX = "handbook.json", "assets/handbook/index.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a site is made of beside its policies.

    `made_of` stands for everything but the files of the policies: what organisations say, the
    registers, templates, settings and the program. `kept` are names of PDFs that stay as published.
    """

    library: Library
    within: int
    changed: tuple[Change, ...] | None = None
    since: str = ""
    pdfs: Mapping[str, bytes] | None = None
    kept: Collection[str] = ()
    made_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A site, and its parts as they are to be kept once it is published and sealed."""

    site: Site
    parts: Parts

    def sealed(self, digest: str) -> Parts:
        return replace(self.parts, sealed=digest)


class _Before(NamedTuple):
    """The site as it is published: its files, the parts of it, and what belongs to no policy and stays.

    Some `guides` are made again without the pages of their policies.
    """

    published: Published
    parts: Parts
    rest: Rest | None
    guides: Mapping[str, Page]


def site(
    handbook: Handbook,
    library: Library,
    *,
    within: int,
    changed: tuple[Change, ...] | None = None,
    since: str = "",
    pdfs: Mapping[str, bytes] | None = None,
) -> Site:
    """Every page and file, in the order of the navigation. `pdfs`: what the folder pdf/ holds."""
    frame = Frame(library=library, within=within, changed=changed, since=since, pdfs=pdfs)
    return made(handbook, frame).site


def made(handbook: Handbook, frame: Frame, order: Iterable[str] | None = None) -> Made:
    """The whole site. `order`: the names of its policies, as they are to be looked at first."""
    terms, wanted = glossary(frame.library, handbook), search.words(handbook, frame.library)
    held = handbook.policies
    new = {id: part(held[id], handbook, terms, wanted) for id in order or held}
    parts = {id: new[id] for id in held}
    return _assembled(handbook, frame, parts, terms, wanted, None)


def made_again(
    resolve: Callable[[Collection[str]], Handbook],
    changed: Collection[str],
    frame: Frame,
    old: Parts,
    published: Published,
    reached: AbstractSet[str] = frozenset(),
) -> Made:
    """The site after a change in what is said of some policies, and of how to reach the holders of
    some roles, who are `reached` in another way now. `resolve`: a handbook with just these policies.

    Stale when the whole site has to be made.
    """
    saying = [id for id, one in old.policies.items() if not reached.isdisjoint(one.contacts)]
    changed = {*changed, *saying}
    handbook = resolve(changed)
    terms, wanted = glossary(frame.library, handbook), search.words(handbook, frame.library)
    held = {id for id in changed if id in old.policies}
    if old.frame != _key(handbook, frame, wanted) or handbook.policies.keys() != held:
        raise Stale("more has changed than the texts of some policies")
    if old.elsewhere != elsewhere(frame.library, old.policies):
        raise Stale("a policy that other editions hold is called something else")
    new = {id: part(one, handbook, terms, wanted) for id, one in handbook.policies.items()}
    more = also(old, new)
    if more is None:
        raise Stale("pages of all policies show what has changed")
    parts = {id: new.get(id, kept) for id, kept in old.policies.items()}
    if more:
        handbook = replace(handbook, policies={**handbook.policies, **resolve(more).policies})
    # Beside what changed since an earlier handbook, nothing but policies says anything new, unless
    # somebody is reached in another way.
    rest = rest_of(old, new) if frame.changed is None and not reached else None
    asking = [id for id, one in old.policies.items() if not reached.isdisjoint(one.guided)]
    guides = _guides([id for id in asking if id not in changed], resolve, handbook, old, published)
    before = _Before(published, old, rest, guides)
    return _assembled(handbook, frame, parts, terms, wanted, before)


def _guides(
    ids: Collection[str],
    resolve: Callable[[Collection[str]], Handbook],
    handbook: Handbook,
    old: Parts,
    published: Published,
) -> dict[str, Page]:
    """The guides of some policies, in which nothing changed but how to reach somebody."""
    now, made = quick.contacts(handbook), dict[str, Page]()
    for id in ids:
        known = old.policies[id].brief
        page = quick.again(known, published.read(quick.bare(known).path), old.reached, now)
        if page is not None:
            made[id] = page
    left = [id for id in ids if id not in made]
    resolved = resolve(left).policies if left else {}
    return made | {id: quick.page(one, handbook) for id, one in resolved.items()}


def _key(handbook: Handbook, frame: Frame, wanted: search.Words) -> str:
    """The same where pages of policies that did not change stay as they are."""
    offered = sorted([*(frame.pdfs or {}), *frame.kept])
    own = handbook.organisation
    return fingerprint(
        frame.made_of, own.id, handbook.edition, str(frame.within), wanted.key, *offered
    )


def _assembled(
    handbook: Handbook,
    frame: Frame,
    parts: Mapping[str, Part],
    glossary: Glossary,
    wanted: search.Words,
    before: _Before | None,
) -> Made:
    """A site of parts: with pages of the policies that the handbook holds."""
    fresh = handbook.policies
    outlines = Each.of(
        {id: one.outline for id, one in parts.items() if one.outline},
        parts,
        before.parts.outlines if before else {},
        attrgetter("raw"),
    )
    whole = _whole(handbook, outlines, parts)
    printed = {f"{PDFS}/{name}": data for name, data in (frame.pdfs or {}).items()}
    kept = {f"{PDFS}/{name}" for name in frame.kept}
    offered = printed.keys() | kept
    cites = policy.cited(
        one for held in parts.values() for one in held.cites if one[0] in fresh or not before
    )
    everybody = people(
        whole,
        [one for held in parts.values() for one in held.named],
        {held.brief.owner for held in parts.values()},
    )
    stays = before.rest if before else None
    rest = stays or _rest(whole, frame, parts, offered, everybody, glossary)
    first, *others, last = rest.pages
    pages = [first]
    for id, held in parts.items():
        if id not in fresh:
            pages += _kept_pages(held, before.guides.get(id) if before else None)
            continue
        own = fresh[id]
        pages.append(policy.page(own, handbook, glossary, cites.get(id, {}), frame.within, offered))
        if held.guide:
            pages.append(quick.page(own, handbook))
    said = note(whole)
    calendars = sorted(name for name in rest.files if name.endswith(".ics"))
    briefs = [held.brief for held in parts.values()]
    pages += [*others, about.about(whole, briefs, said, calendars), last]
    json, data = handbook_bytes(head(whole), _texts(parts, before))
    index, rows = search.written(
        whole,
        everybody,
        {id: held.search for id, held in parts.items()},
        wanted,
        before.published.read(INDEX) if before else b"",
        {id: spot for id, spot in before.parts.rows.items() if not parts[id].data}
        if before
        else {},
    )
    pictures = pictures_of(one for id, one in fresh.items() if parts[id].pictures)
    files: dict[str, bytes] = {DATA: json, INDEX: index, **pictures, **printed}
    kept |= {name for held in parts.values() for name in held.pictures} - files.keys()
    if stays:
        kept |= stays.files.keys()
    else:
        files |= rest.files
    return Made(
        site=Site(
            id=whole.organisation.id,
            edition=whole.edition,
            name=whole.organisation.name,
            pages=tuple(pages),
            files=files,
            kept=tuple(sorted(kept)),
            note=said,
            crest=_crest(whole),
            address=whole.organisation.address,
            fingerprint=whole.fingerprint,
            library=whole.library,
        ),
        parts=Parts(
            frame=_key(handbook, frame, wanted),
            policies=Each.of(
                {id: held for id, held in parts.items() if held.outline},
                parts,
                before.parts.policies if before else {},
            ),
            outlines=outlines,
            data=dict(zip(parts, data, strict=True)),
            rows=rows,
            elsewhere=elsewhere(frame.library, parts),
            reached=quick.contacts(handbook),
            rest=rest.kept if frame.changed is None else None,
        ),
    )


def _whole(
    handbook: Handbook, outlines: Mapping[str, ResolvedPolicy], parts: Mapping[str, Part]
) -> Handbook:
    """The handbook with all its policies, of which none is looked at for its check code."""
    made = replace(handbook, policies=outlines)
    told(made, "fingerprint", made.fingerprint_of(one.brief.code for one in parts.values()))
    return made


def _rest(
    whole: Handbook,
    frame: Frame,
    parts: Mapping[str, Part],
    offered: Collection[str],
    everybody: list[Person],
    glossary: Glossary,
) -> Rest:
    """What is about the handbook as a whole, and says nothing that policies say in their texts."""
    guides = {id for id, held in parts.items() if held.guide}
    asked = [one for held in parts.values() for one in held.asked]
    used = glossary.by_name({id for held in parts.values() for id in held.terms})
    pages = [
        home.page(whole, frame.within, offered, everybody, guides, asked),
        about.search(whole),
        about.contacts(whole, everybody),
        about.terms(used),
    ]
    brand, crest = brand_of(whole.tiers), _crest(whole)
    files = {
        "changes.xml": changes.feed(frame.changed, whole, whole.organisation.address),
        **calendar.calendars(whole),
        "assets/handbook/brand.css": stylesheet(brand.colour if brand else None),
    }
    if crest and brand and brand.crest_bytes:
        files[crest] = brand.crest_bytes
    if whole.edition == "governors":
        pages.append(replace(board.page(whole), group=about.GROUP))
        files["review-board.csv"] = board.csv_file(whole)
    pages += [
        replace(changes.page(frame.changed, whole, frame.since), group=about.GROUP),
        about.accessibility(whole),
    ]
    return Rest(pages=tuple(pages), files=files)


def _crest(handbook: Handbook) -> str | None:
    """Where a site keeps what its organisation is known by."""
    brand = brand_of(handbook.tiers)
    shown = brand is not None and brand.crest and brand.crest_bytes
    return f"assets/handbook/{brand.crest}" if brand and shown else None


def _kept_pages(held: Part, guide: Page | None) -> list[Page]:
    """A policy's pages, which stay as they are published, but for its guide where there is another."""
    page = policy.bare(held.brief, SOME if held.contents else ())
    return [page, guide or quick.bare(held.brief)] if held.guide else [page]


def _texts(parts: Mapping[str, Part], before: _Before | None) -> list[bytes]:
    """Each policy as it stands in handbook.json."""
    if before is None:
        return [held.data for held in parts.values()]
    published, spots = before.published.read(DATA), before.parts.data
    return [held.data or published[slice(*spots[id])] for id, held in parts.items()]
