"""Where MkDocs calls in: each event goes to clausebook.host, and nothing is kept here."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from clausebook import host


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Before MkDocs empties its folder: no handbook that fails a check gets further."""
    return host.configure(config)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages are made, not read."""
    return host.files(files, config)


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Pages that are made elsewhere have their place in the menu, and are left alone."""
    return host.arranged(nav, files, config)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """What Material leaves to mend."""
    return host.finish(output)


@event_priority(-100)
def on_post_build(config: MkDocsConfig) -> None:
    """The last word, after any other hook's: what this site is made of."""
    host.seal(config)
