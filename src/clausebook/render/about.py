"""A handbook in; the pages about it out: contacts, terms, accessibility, the handbook itself."""

from __future__ import annotations

from collections.abc import Iterable

from clausebook.model import GlossaryEntry, Handbook
from clausebook.render.brief import Brief
from clausebook.render.home import EDITIONS
from clausebook.render.people import Person, people, person
from clausebook.render.site import Heading, Page
from clausebook.render.templates import html

GROUP = "About this handbook"


def contacts(handbook: Handbook, everybody: list[Person] | None = None) -> Page:
    found = people(handbook) if everybody is None else everybody
    return Page(
        path="contacts.html",
        title="Whom do I tell?",
        group=GROUP,
        about=f"Whom to ask and whom to tell at {handbook.organisation.name}.",
        body=html("contacts.html", people=found, edition=handbook.edition),
    )


def terms(entries: list[GlossaryEntry]) -> Page:
    return Page(
        path="terms.html",
        title="What the words mean",
        group=GROUP,
        about="The terms this handbook uses and what each means.",
        body=html("terms.html", entries=entries),
    )


def about(
    handbook: Handbook, policies: Iterable[Brief], note: str | None, calendars: list[str]
) -> Page:
    own = handbook.organisation
    return Page(
        path="about.html",
        title="About this handbook",
        group=GROUP,
        about="Whose handbook this is, how it is made and how to check a copy.",
        headings=(
            Heading(id="cb.whose", title="Whose it is"),
            Heading(id="cb.made", title="How it is made"),
            Heading(id="cb.check", title="How to check a copy"),
            Heading(id="cb.follow", title="Follow and reuse"),
        ),
        body=html(
            "about.html",
            handbook=handbook,
            policies=policies,
            audience=EDITIONS[handbook.edition],
            groups=[tier.name for tier in handbook.tiers[:-1]],
            note=note,
            calendars=calendars,
            governors=handbook.edition == "governors",
            waivers=[w for w in own.waivers if w.policy is None],
            questions=own.open_questions,
        ),
    )


def accessibility(handbook: Handbook) -> Page:
    """A statement made for each handbook. It never claims that all is well by itself."""
    asked = next((id for id in ("office", "head") if id in handbook.roles), None)
    contact = person(handbook.roles[asked], handbook.edition) if asked else None
    return Page(
        path="accessibility.html",
        title="Accessibility",
        group=GROUP,
        about="How this handbook works with assistive technology, and what to do when it does not.",
        body=html("accessibility.html", handbook=handbook, person=contact),
    )


def search(handbook: Handbook) -> Page:
    policies = sorted(handbook.policies.values(), key=lambda p: p.title.casefold())
    return Page(
        path="search.html",
        title="Search",
        listed=False,
        about=f"Search the policies of {handbook.organisation.name}.",
        body=html("search.html", policies=policies, base="", variant="page"),
    )
