"""One site built by MkDocs into one folder, and sealed."""

from __future__ import annotations

import logging
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config.defaults import MkDocsConfig

from clausebook import seal as sealing
from clausebook.host.config import settings_for
from clausebook.render.site import Site


class BuildWarned(Exception):
    """MkDocs warned of something, so the site is not one to publish; the message is its words."""


class _Warnings(logging.Handler):
    """MkDocs' own count fails with `--quiet`, so its warnings are counted here."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def build_site(site: Site, root: Path, folder: Path) -> None:
    """Write a site's pages and files into a folder, which is emptied first."""
    logger, warnings = logging.getLogger("mkdocs"), _Warnings()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(warnings)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        config = settings_for(root, folder)
        config.extra["handbook"] = site
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
    finally:
        logger.removeHandler(warnings)
        logger.setLevel(level)
        logger.propagate = propagate
    if warnings.found:
        raise BuildWarned("; ".join(warnings.found))


def seal(config: MkDocsConfig) -> None:
    """The last file of a site: what all the others are."""
    site: Site = config.extra["handbook"]
    facts = sealing.Facts(
        id=site.id,
        name=site.name,
        edition=site.edition,
        library=site.library,
        handbook=site.fingerprint or None,
        within=site.within,
    )
    sealing.write(Path(config.site_dir), facts)
