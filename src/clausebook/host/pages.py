"""Pages and files of a site, as MkDocs knows them."""

from __future__ import annotations

import html
from collections.abc import Iterable

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents
from mkdocs.utils import write_file

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
        # What is to be written, where it is known before MkDocs writes it.
        self.data = b""

    def read_source(self, config: MkDocsConfig) -> None:
        self.markdown = ""
        self.meta = {"handbook": self.made, "description": html.escape(self.made.about)}
        if not self.made.headings:
            self.meta["hide"] = ["toc"]

    def render(self, config: MkDocsConfig, files: Files) -> None:
        self.content = self.made.body
        if not building(config):
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
    if build:
        theme = [
            File.generated(config, file.path, content=file.data, inclusion=file.inclusion)
            for file in build.shared.files
            if not build.keeps(file.path, file.sha256)
        ]
        build.digests |= {file.path: file.sha256 for file in build.shared.files}
        for path, data in site.files.items():
            build.wrote(path, data)
    else:
        theme = [
            file for file in found if file.src_dir != config.docs_dir and not left_out(file.src_uri)
        ]
    made = [File.generated(config, path, content=data) for path, data in site.files.items()]
    for page in site.pages:
        # A page that stays as it is has a place in the menu, and no other.
        if page.stays and not page.listed:
            continue
        file = File.generated(config, source(page.path), content="")
        file.inclusion = InclusionLevel.INCLUDED if page.listed else InclusionLevel.NOT_IN_NAV
        known = HandbookPage(page, file, config)
        made.append(file)
        if build:
            build.pages.append(known)
    return Files([*theme, *made])


def kept(files: Files, config: MkDocsConfig) -> None:
    """Take pages that stay as they are out of what is written. The menu holds them already."""
    for file in list(files):
        page = file.page
        if isinstance(page, HandbookPage) and page.made.stays:
            page.read_source(config)
            files.remove(file)


def finish(output: str, page: Page, config: MkDocsConfig) -> str:
    """A page as it is to be read. Where its bytes are known, they are written here and now."""
    build = building(config)
    if build is None:
        return mend(output)
    assert isinstance(page, HandbookPage)
    write_file(page.data, page.file.abs_dest_path)
    build.wrote(page.file.dest_uri, page.data)
    page.data = b""
    # To MkDocs there is nothing left to write.
    return ""


def left_out(path: str) -> bool:
    """Whether a file of the theme has no place in a site."""
    return any(path.endswith(part) or path.startswith(part) for part in _NOT_NEEDED)


def links(headings: Iterable[Heading], level: int) -> Iterable[AnchorLink]:
    """Headings as MkDocs knows them."""
    for heading in headings:
        link = AnchorLink(html.escape(heading.title), heading.id, level)
        link.children = list(links(heading.under, level + 1))
        yield link
