"""A site as data: what a generator has to write, and nothing about how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from clausebook.typed import dataclass

STYLES = ("brand.css", "handbook.css", "search.css", "board.css", "changes.css")
PDFS = "pdf"
SCRIPTS = ("handbook.js", "dates.js", "search.js")


class Heading(NamedTuple):
    """An entry of a page's own contents: where it leads and what is under it."""

    id: str
    title: str
    under: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `body` is the HTML of its main part and begins with its one <h1>.

    A page that `stays` is taken from the site as it is published: everything it is made of is as it
    was, and it has no body here. Nor has one that is `written` already, with all that stands around it.

    `path` is below the site, with forward slashes. `group` is the heading it stands under in the
    navigation: none for a page that stands alone; `listed` is False for a page that is only linked.
    `code` is the check code of what it shows, where that is a policy.
    """

    path: str
    title: str
    body: str = ""
    stays: bool = False
    written: bytes = b""
    headings: tuple[Heading, ...] = ()
    group: str = ""
    listed: bool = True
    about: str = ""
    code: str = ""

    @property
    def base(self) -> str:
        """What an address below the site begins with when it is written on this page."""
        return "../" * self.path.count("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything one site holds. `files` are bytes by path below the site.

    `kept` are the paths of further files, which stay as they are published.
    """

    id: str
    edition: str
    name: str
    pages: tuple[Page, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    note: str | None = None
    colour: str | None = None
    crest: str | None = None
    address: str | None = None
    fingerprint: str = ""
    library: str = ""
    styles: tuple[str, ...] = STYLES
    scripts: tuple[str, ...] = SCRIPTS
    within: tuple[str, ...] = ()

    @property
    def as_published(self) -> tuple[str, ...]:
        """The paths of all that is not made here, but taken from the site as it is published."""
        return (*[page.path for page in self.pages if page.stays], *self.kept)


def pdf_name(organisation: str, policy: str) -> str:
    """A document's file: the same from one year to the next, because the version is inside."""
    return f"{organisation}-{policy}.pdf"


def whole_name(organisation: str) -> str:
    """The file of the whole handbook."""
    return pdf_name(organisation, "handbook")
