"""An edition of a handbook in, its whole site out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clausebook.changes import Change
from clausebook.handbook_file import handbook_json, note, outline
from clausebook.model import Handbook, Library, brand_of
from clausebook.render import about, board, calendar, changes, home, policy, quick, search
from clausebook.render.brand import stylesheet
from clausebook.render.people import people
from clausebook.render.site import PDFS, Page, Site
from clausebook.render.words import glossary, html_of, pictures_of


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
    printed = {f"{PDFS}/{name}": data for name, data in (pdfs or {}).items()}
    words = glossary(library, handbook)
    cites = policy.cited(handbook)
    everybody = people(handbook)
    said = note(handbook)
    calendars = calendar.calendars(handbook)
    data = outline(handbook)
    used = words.used(html_of(c.text) for p in handbook.policies.values() for c in p.clauses)
    pages: list[Page] = [home.page(handbook, within, printed, everybody)]
    for held in handbook.policies.values():
        pages.append(policy.page(held, handbook, words, cites, within, printed))
        if quick.has_guide(held):
            pages.append(quick.page(held, handbook))
    pages += [about.search(handbook), about.contacts(handbook, everybody), about.terms(used)]
    files: dict[str, bytes] = {
        "handbook.json": handbook_json(handbook, data).encode(),
        "changes.xml": changes.feed(changed, data, handbook.organisation.address),
        "assets/handbook/index.js": search.index(handbook, library, everybody),
        **calendars,
        **pictures_of(handbook.policies.values()),
        **printed,
    }
    if handbook.edition == "governors":
        pages.append(replace(board.page(handbook), group=about.GROUP))
        files["review-board.csv"] = board.csv_file(handbook)
    pages += [
        replace(changes.page(changed, data, since), group=about.GROUP),
        about.about(handbook, said, sorted(calendars)),
        about.accessibility(handbook),
    ]
    brand = brand_of(handbook.tiers)
    files["assets/handbook/brand.css"] = stylesheet(brand.colour if brand else None)
    crest = None
    if brand and brand.crest and brand.crest_bytes:
        crest = f"assets/handbook/{brand.crest}"
        files[crest] = brand.crest_bytes
    return Site(
        id=handbook.organisation.id,
        edition=handbook.edition,
        name=handbook.organisation.name,
        pages=tuple(pages),
        files=files,
        note=said,
        crest=crest,
        address=handbook.organisation.address,
        fingerprint=handbook.fingerprint,
        library=handbook.library,
    )
