"""Pages and files of a site, as MkDocs knows them."""

from __future__ import annotations

import html
from collections.abc import Iterable

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from clausebook.host.config import HOME, source
from clausebook.render.site import Heading, Site
from clausebook.render.site import Page as Made

# Material brings these along; our pages ask for none of them.
_NOT_NEEDED = (
    ".map",
    "sitemap.xml",
    "pdf/",  # templates of documents, not files of the site
    "assets/javascripts/lunr/",
    "assets/javascripts/workers/",
    "assets/images/favicon",
)


class HandbookPage(Page):
    """A page whose HTML is made already."""

    def __init__(self, made: Made, file: File, config: MkDocsConfig) -> None:
        title = HOME if made.path == "index.html" else made.title
        super().__init__(Markup(html.escape(title)), file, config)
        self.made = made

    def read_source(self, config: MkDocsConfig) -> None:
        self.markdown = ""
        self.meta = {"handbook": self.made, "description": html.escape(self.made.about)}
        if not self.made.headings:
            self.meta["hide"] = ["toc"]

    def render(self, config: MkDocsConfig, files: Files) -> None:
        self.content = self.made.body
        top = AnchorLink(html.escape(self.made.title), "cb.top", 1)
        top.children = list(_links(self.made.headings, 2))
        self.toc = TableOfContents([top])


def files(found: Files, config: MkDocsConfig) -> Files:
    """What the theme brings and what the site is made of; nothing of the source folder."""
    site: Site = config.extra["handbook"]
    theme = [
        file for file in found if file.src_dir != config.docs_dir and not _left_out(file.src_uri)
    ]
    made = [File.generated(config, path, content=data) for path, data in site.files.items()]
    for page in site.pages:
        file = File.generated(config, source(page.path), content="")
        file.inclusion = InclusionLevel.INCLUDED if page.listed else InclusionLevel.NOT_IN_NAV
        HandbookPage(page, file, config)
        made.append(file)
    return Files([*theme, *made])


def _left_out(path: str) -> bool:
    return any(path.endswith(part) or path.startswith(part) for part in _NOT_NEEDED)


def _links(headings: Iterable[Heading], level: int) -> Iterable[AnchorLink]:
    for heading in headings:
        link = AnchorLink(html.escape(heading.title), heading.id, level)
        link.children = list(_links(heading.under, level + 1))
        yield link
