"""Pages and files of a site, as MkDocs knows them."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import replace

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from clausebook.host.config import HOME, building, source
from clausebook.host.mend import mend
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
        self.meta = {"handbook": made, "description": html.escape(made.about)}
        if not made.headings:
            self.meta["hide"] = ["toc"]

    def read_source(self, config: MkDocsConfig) -> None:
        self.markdown = ""

    def render(self, config: MkDocsConfig, files: Files) -> None:
        self.content = self.made.body
        self.toc = contents(self.made)


def contents(made: Made) -> TableOfContents:
    """A page's own contents: its title, and its headings below it."""
    top = AnchorLink(html.escape(made.title), "cb.top", 1)
    top.children = list(links(made.headings, 2))
    return TableOfContents([top])


def files(found: Files, config: MkDocsConfig) -> Files:
    """What the theme brings and what the site is made of; nothing of the source folder."""
    site: Site = config.extra["handbook"]
    build = building(config)
    theme: list[File] = []
    if build:
        for path, data in site.files.items():
            build.wrote(path, data)
    else:
        theme = [
            file for file in found if file.src_dir != config.docs_dir and not left_out(file.src_uri)
        ]
    made = [File.generated(config, path, content=data) for path, data in site.files.items()]
    for page in () if build and build.menu else site.pages:
        file = File.generated(config, source(page.path), content="")
        file.inclusion = InclusionLevel.INCLUDED if page.listed else InclusionLevel.NOT_IN_NAV
        # A menu is kept for other sites, without what this one's pages say.
        HandbookPage(replace(page, body="") if build else page, file, config)
        made.append(file)
    return Files([*theme, *made])


def arranged(nav: Navigation, files: Files, config: MkDocsConfig) -> Navigation:
    """Where pages are put together here, MkDocs has no more to do with them: only the menu does."""
    build = building(config)
    if build is None:
        return nav
    pages = [file.page for file in files if isinstance(file.page, HandbookPage)]
    for page in pages:
        files.remove(page.file)
    return build.arranged(nav, pages)


def finish(output: str) -> str:
    """A page as it is to be read."""
    return mend(output)


def left_out(path: str) -> bool:
    """Whether a file of the theme has no place in a site."""
    return any(path.endswith(part) or path.startswith(part) for part in _NOT_NEEDED)


def links(headings: Iterable[Heading], level: int) -> Iterable[AnchorLink]:
    """Headings as MkDocs knows them."""
    for heading in headings:
        link = AnchorLink(html.escape(heading.title), heading.id, level)
        link.children = list(links(heading.under, level + 1))
        yield link
