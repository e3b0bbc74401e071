"""An edition of a handbook in, its whole site out: made of what each of its policies adds to it.

A site is made again from the parts that were kept of it and the few policies that changed since:
the pages of all others stay as they are published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from clausebook.changes import Change
from clausebook.demonstration import note
from clausebook.handbook_file import handbook_bytes, outline
from clausebook.model import Handbook, Library, brand_of, fingerprint
from clausebook.published import Published, Stale
from clausebook.render import about, board, calendar, changes, home, policy, quick, search
from clausebook.render.brand import stylesheet
from clausebook.render.part import Part, Parts, also, elsewhere, part
from clausebook.render.people import people
from clausebook.render.site import PDFS, Heading, Page, Site
from clausebook.render.words import Glossary, glossary, pictures_of

DATA, INDEX = "handbook.json", "assets/handbook/index.js"
# A page that stays has a contents of its own, which nobody looks at.
_SOME = (Heading(id="", title=""),)


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


def made(handbook: Handbook, frame: Frame) -> Made:
    """The whole site."""
    terms, wanted = glossary(frame.library, handbook), search.words(handbook, frame.library)
    parts = {id: part(one, handbook, terms, wanted) for id, one in handbook.policies.items()}
    return _assembled(handbook, frame, parts, terms, wanted, None)


def made_again(
    resolve: Callable[[Collection[str]], Handbook],
    changed: Collection[str],
    frame: Frame,
    old: Parts,
    published: Published,
) -> Made:
    """The site after a change in the files of some policies. `resolve`: a handbook with just these.

    Stale when the whole site has to be made.
    """
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
    return _assembled(handbook, frame, parts, terms, wanted, published)


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
    published: Published | None,
) -> Made:
    """A site of parts: with pages of the policies that the handbook holds."""
    fresh = handbook.policies
    whole = replace(handbook, policies={id: one.outline for id, one in parts.items()})
    printed = {f"{PDFS}/{name}": data for name, data in (frame.pdfs or {}).items()}
    kept = {f"{PDFS}/{name}" for name in frame.kept}
    offered = printed.keys() | kept
    cites = policy.cited(
        one for held in parts.values() for one in held.cites if one[0] in fresh or not published
    )
    everybody = people(whole, [one for held in parts.values() for one in held.named])
    said = note(whole)
    calendars = calendar.calendars(whole)
    data = outline(whole)
    used = glossary.by_name({id for held in parts.values() for id in held.terms})
    guides = {id for id, held in parts.items() if held.guide}
    asked = [one for held in parts.values() for one in held.asked]
    pages: list[Page] = [home.page(whole, frame.within, offered, everybody, guides, asked)]
    for id, held in parts.items():
        if id not in fresh:
            pages += _kept_pages(held)
            continue
        own = fresh[id]
        pages.append(policy.page(own, handbook, glossary, cites, frame.within, offered))
        if held.guide:
            pages.append(quick.page(own, handbook))
    pages += [about.search(whole), about.contacts(whole, everybody), about.terms(used)]
    json, spots = handbook_bytes(data, _texts(parts, published))
    index, places = search.written(
        whole,
        everybody,
        {id: held.search for id, held in parts.items()},
        wanted,
        published.read(INDEX) if published else b"",
    )
    files: dict[str, bytes] = {
        DATA: json,
        "changes.xml": changes.feed(frame.changed, data, whole.organisation.address),
        INDEX: index,
        **calendars,
        **pictures_of(fresh.values()),
        **printed,
    }
    kept |= {name for held in parts.values() for name in held.pictures} - files.keys()
    if whole.edition == "governors":
        pages.append(replace(board.page(whole), group=about.GROUP))
        files["review-board.csv"] = board.csv_file(whole)
    pages += [
        replace(changes.page(frame.changed, data, frame.since), group=about.GROUP),
        about.about(whole, said, sorted(calendars)),
        about.accessibility(whole),
    ]
    brand = brand_of(whole.tiers)
    files["assets/handbook/brand.css"] = stylesheet(brand.colour if brand else None)
    crest = None
    if brand and brand.crest and brand.crest_bytes:
        crest = f"assets/handbook/{brand.crest}"
        files[crest] = brand.crest_bytes
    stays = {
        id: replace(held, data=spot, search=replace(held.search, rows=places[id]))
        for (id, held), spot in zip(parts.items(), spots, strict=True)
    }
    return Made(
        site=Site(
            id=whole.organisation.id,
            edition=whole.edition,
            name=whole.organisation.name,
            pages=tuple(pages),
            files=files,
            kept=tuple(sorted(kept)),
            note=said,
            crest=crest,
            address=whole.organisation.address,
            fingerprint=whole.fingerprint,
            library=whole.library,
        ),
        parts=Parts(
            frame=_key(handbook, frame, wanted),
            policies=stays,
            elsewhere=elsewhere(frame.library, stays),
        ),
    )


def _kept_pages(held: Part) -> list[Page]:
    """A policy's pages, which stay as they are published."""
    page = policy.bare(held.outline, _SOME if held.contents else ())
    return [page, quick.bare(held.outline)] if held.guide else [page]


def _texts(parts: Mapping[str, Part], published: Published | None) -> list[bytes]:
    """Each policy as it stands in handbook.json."""
    before = published.read(DATA) if published else b""
    return [
        held.data if isinstance(held.data, bytes) else before[slice(*held.data)]
        for held in parts.values()
    ]
