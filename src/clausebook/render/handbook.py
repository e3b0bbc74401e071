"""An edition of a handbook in, its whole site out."""

from __future__ import annotations

from dataclasses import replace

from clausebook.changes import Change
from clausebook.handbook_file import handbook_file, handbook_json, note
from clausebook.model import Handbook, Library, brand_of
from clausebook.render import about, board, calendar, changes, home, policy, quick, search
from clausebook.render.brand import stylesheet
from clausebook.render.site import Page, Site
from clausebook.render.words import glossary, text_html


def site(
    handbook: Handbook,
    library: Library,
    *,
    within: int,
    changed: tuple[Change, ...] | None = None,
    since: str = "",
) -> Site:
    """Every page and file, in the order of the navigation."""
    words = glossary(library, handbook)
    cites = policy.cited(handbook)
    said = note(handbook)
    calendars = calendar.calendars(handbook)
    data = handbook_file(handbook)
    used = words.used(
        [text_html(c.text.markdown) for p in handbook.policies.values() for c in p.clauses]
    )
    pages: list[Page] = [home.page(handbook, within)]
    for held in handbook.policies.values():
        pages.append(policy.page(held, handbook, words, cites, within))
        if quick.has_guide(held):
            pages.append(quick.page(held, handbook))
    pages += [about.search(handbook), about.contacts(handbook), about.terms(used)]
    files: dict[str, bytes] = {
        "handbook.json": handbook_json(handbook).encode(),
        "changes.xml": changes.feed(changed, data, handbook.organisation.address),
        "assets/handbook/index.js": search.index(handbook, library),
        **calendars,
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
        crest_text=(brand.crest_text or "") if brand else "",
        address=handbook.organisation.address,
        fingerprint=handbook.fingerprint,
        library=handbook.library,
    )
