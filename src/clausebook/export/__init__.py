"""An edition of a handbook in, a plain Markdown project out: files by path, for any host of Markdown.

Nothing in it needs Clausebook: no hooks, no templates, no extension but Python-Markdown's own. Pages
keep the addresses they have on the published site, and clauses their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from clausebook.changes import Change
from clausebook.demonstration import note
from clausebook.export import pages
from clausebook.export.policy import ReadsOtherwise as ReadsOtherwise
from clausebook.export.policy import policy_page
from clausebook.export.project import CREST, STYLES, Project, read_me, requirements, settings
from clausebook.handbook_file import handbook_json
from clausebook.model import Handbook, Library, brand_of
from clausebook.render import board, calendar
from clausebook.render.brand import stylesheet
from clausebook.render.quick import has_guide
from clausebook.render.words import glossary, pictures_of, text_html

DOCS = "docs"
# The theme tells links from words by their colour alone.
_LINKS = b".md-typeset a:not(.headerlink) { text-decoration: underline; }\n"


def exported(
    handbook: Handbook,
    library: Library,
    *,
    within: int,
    changed: tuple[Change, ...] | None = None,
    since: str = "",
) -> Mapping[str, bytes]:
    """Every file of the project. ReadsOtherwise: a clause that plain Markdown cannot say."""
    calendars = calendar.calendars(handbook)
    crest = _crest(handbook)
    docs = {name: text.encode() for name, text in _pages(handbook, library, within).items()}
    docs["changes.md"] = pages.changes(changed, handbook, since).encode()
    docs["about.md"] = pages.about(handbook, note(handbook), calendars).encode()
    if handbook.edition == "governors":
        docs["review.md"] = pages.review(handbook).encode()
        docs[board.CSV_NAME] = board.csv_file(handbook)
    brand = brand_of(handbook.tiers)
    docs |= {
        "handbook.json": handbook_json(handbook).encode(),
        STYLES: stylesheet(brand.colour if brand else None) + _LINKS,
        **calendars,
        **crest,
        **pictures_of(handbook.policies.values()),
    }
    project = Project(
        name=handbook.organisation.name,
        edition=handbook.edition,
        note=note(handbook),
        crest=next(iter(crest), ""),
        areas={
            area: [policy.id for policy in policies]
            for area, policies in pages.areas(handbook).items()
        },
        guides=any(has_guide(policy) for policy in handbook.policies.values()),
    )
    return {
        "README.md": read_me(project).encode(),
        "mkdocs.yml": settings(project).encode(),
        "requirements.txt": requirements().encode(),
        **{f"{DOCS}/{name}": data for name, data in docs.items()},
    }


def _pages(handbook: Handbook, library: Library, within: int) -> dict[str, str]:
    said = note(handbook)
    texts = [text_html(c.text.markdown) for p in handbook.policies.values() for c in p.clauses]
    made = {"index.md": pages.home(handbook, within, said)}
    for policy in handbook.policies.values():
        made[f"{policy.id}.md"] = policy_page(policy, handbook, within, said)
        if has_guide(policy):
            made[f"quick/{policy.id}.md"] = pages.quick(policy, handbook, said)
    made["contacts.md"] = pages.contacts(handbook)
    made["terms.md"] = pages.terms(glossary(library, handbook).used(texts))
    made["accessibility.md"] = pages.accessibility(handbook)
    return made


def _crest(handbook: Handbook) -> dict[str, bytes]:
    brand = brand_of(handbook.tiers)
    if brand is None or brand.crest is None or brand.crest_bytes is None:
        return {}
    return {f"{CREST}{PurePosixPath(brand.crest).suffix}": brand.crest_bytes}
