"""What the last build left: of each site what it was made from, and how its folder looked then.

Kept beside the sites, because it is about them. A record that is missing, cut short or of another
version is no record: everything is made anew, and what comes out the same is left alone.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clausebook.publish.place import Place
from clausebook.unchanged import digest_of

NAME = "record.json"
FORMAT = 1


class Site(NamedTuple):
    """One site as it was published."""

    parts: Mapping[str, str]
    stamp: str
    pages: int
    files: int
    bytes: int
    pdfs: int


@dataclass(slots=True)
class Record:
    """All sites of one output, by EDITION/ORG."""

    output: Place
    sites: dict[str, Site] = field(default_factory=dict)

    @classmethod
    def read(cls, output: Place) -> Record:
        try:
            body: dict[str, Any] = json.loads(output.read(NAME) or b"")
            if body.pop("digest") != digest_of(body) or body["format"] != FORMAT:
                return cls(output)
            sites = {name: Site(**site) for name, site in body["sites"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(output)
        return cls(output, sites)

    def write(self) -> None:
        """A build that is cut off, or has no room, leaves the earlier record: what was published
        since then looks other than it says, and is made anew."""
        body = {
            "format": FORMAT,
            "sites": {name: site._asdict() for name, site in sorted(self.sites.items())},
        }
        with contextlib.suppress(OSError):
            self.output.write(NAME, json.dumps({**body, "digest": digest_of(body)}).encode())

    def why(self, name: str, parts: Mapping[str, str]) -> list[str]:
        """Why a site has to be made; nothing when it is as it would be. Its files are looked at only
        where nothing else says so: there are very many."""
        from clausebook.publish.made_from import differing

        known = self.sites.get(name)
        there = self.output.there(name)
        if known is None:
            return ["it was built before, but not recorded" if there else "it was never built"]
        reasons = differing(known.parts, parts)
        if not there:
            reasons.append("its folder is gone")
        elif not reasons and self.output.stamped(name)[0] != known.stamp:
            reasons.append("its folder was changed by somebody else")
        return reasons

    def stamp(self, name: str) -> str:
        """How a site's folder looked when it was published; nothing where that is not known."""
        known = self.sites.get(name)
        return known.stamp if known else ""
