"""A handbook in, all that its printed whole says besides its policies out, with a key to know it by.

A whole handbook is made from this and the PDFs of its policies alone, so whatever it says is in the
key; and it can be handed to another process, which a handbook cannot.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from clausebook.cache import digest
from clausebook.demonstration import note
from clausebook.model import Handbook, brand_of
from clausebook.render.people import Person, people
from clausebook.typed import dataclass

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Section:
    place: str
    number: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy as the contents of the whole name it."""

    title: str
    area: str
    draft: bool
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What goes round the policies of a whole handbook, which are here by their ids, in order."""

    organisation: str
    name: str
    address: str
    edition: str
    groups: tuple[str, ...]
    note: str
    fingerprint: str
    crest: str
    crest_bytes: bytes
    crest_text: str
    colour: str
    policies: dict[str, Policy]
    people: tuple[Person, ...]

    def key(self) -> str:
        bare = replace(self, crest_bytes=b"")
        return digest([repr(bare), hashlib.sha256(self.crest_bytes).hexdigest()])


def binding(handbook: Handbook) -> Binding:
    organisation, brand = handbook.organisation, brand_of(handbook.tiers)
    return Binding(
        organisation=organisation.id,
        name=organisation.name,
        address=organisation.address or "",
        edition=handbook.edition,
        groups=tuple(tier.name for tier in handbook.tiers[:-1]),
        note=note(handbook) or "",
        fingerprint=handbook.fingerprint,
        crest=(brand.crest or "") if brand and brand.crest_bytes else "",
        crest_bytes=(brand.crest_bytes or b"") if brand and brand.crest else b"",
        crest_text=(brand.crest_text or "") if brand else "",
        colour=(brand.colour or "") if brand else "",
        policies={
            policy.id: Policy(
                title=policy.title,
                area=policy.policy.area or "",
                draft=policy.state == DRAFT,
                sections=tuple(
                    Section(f"section.{section.id}", section.number, section.title)
                    for section in policy.sections
                ),
            )
            for policy in handbook.policies.values()
        },
        people=tuple(people(handbook)),
    )
