"""One site built by MkDocs into one folder, and sealed."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError
from mkdocs.commands.build import build
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException

from clausebook.host import framed
from clausebook.host.config import building, settings_for
from clausebook.host.shared import forget, nothing_shared, shared_for
from clausebook.host.veil import LookedAt
from clausebook.published import Published, Stale
from clausebook.render.site import Site
from clausebook.turn import Turn


class CannotBuild(Exception):
    """A mistake in a template or a setting, or a warning of MkDocs': not a site to publish."""


class _Warnings(logging.Handler):
    """MkDocs' own count fails with `--quiet`, so its warnings are counted here."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """What MkDocs warns of, which nobody else is told."""
    logger, warnings = logging.getLogger("mkdocs"), _Warnings()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(warnings)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield warnings.found
    finally:
        logger.removeHandler(warnings)
        logger.setLevel(level)
        logger.propagate = propagate


def compile(root: Path, turn: Turn) -> None:
    """Have a share of the theme's templates compiled, long before a site is put together: by then
    other processes have done theirs. What is wrong is said where a site is built, and what MkDocs
    warned of too: some of it is said only once."""
    with _listening() as warned, contextlib.suppress(Exception):
        shared = shared_for(root)
        if shared is not None:
            shared.shells.compile(turn)
    if warned:
        forget()
        _unsaid[:] = warned


# Of what MkDocs warned before any site was built.
_unsaid: list[str] = []


def build_site(
    site: Site,
    root: Path,
    folder: Path,
    *,
    plain: bool = False,
    published: Published | None = None,
) -> None:
    """Write a site's pages and files into a folder, which is emptied first; or CannotBuild.

    `plain` shares nothing with any other site or page: the same bytes, more slowly. What stays as it
    is comes from the `published` site; Stale when the whole site has to be made instead.
    """
    if site.as_published and (published is None or plain):
        raise Stale("there is no published site to take pages from")
    early, _unsaid[:] = [*_unsaid], []
    with _listening() as warned:
        shared = None
        try:
            shared = None if plain else shared_for(root)
            if shared is None and site.as_published:
                raise Stale("pages of this handbook are made each by itself")
            if shared is not None:
                try:
                    _build(shared.settings(site, folder, published))
                    shared.keep(root)
                except LookedAt:
                    nothing_shared(root)
                    if site.as_published:
                        raise Stale("a template looks at more than one page") from None
                    shared = None
                    warned.clear()
            if shared is None:
                config = settings_for(root, folder)
                config.extra["handbook"] = site
                _build(config)
                if gone := [page.path for page in site.pages if not (folder / page.path).is_file()]:
                    raise CannotBuild(f"a hook or plugin of this handbook left out '{gone[0]}'")
        except TemplateSyntaxError as error:
            raise CannotBuild(
                f"{error.filename or error.name}:{error.lineno}: {error.message}"
            ) from None
        except (TemplateError, MkDocsException) as error:
            # An Abort of MkDocs would end the whole program, and it has said why in its log.
            said = [*early, *warned, *filter(None, [str(error)])]
            raise CannotBuild("; ".join(dict.fromkeys(said)) or "MkDocs gave up") from None
        except (CannotBuild, Stale, OSError, MemoryError):
            raise
        except Exception as error:
            if shared is not None:
                raise  # nothing but Clausebook's own code ran
            where = _where(error)
            raise CannotBuild(f"a template or hook of this handbook failed: {where}") from None
    if early or warned:
        raise CannotBuild("; ".join(dict.fromkeys([*early, *warned])))
    if shared is not None:
        shared.keep_sheets(root, site, whole=published is None)


def _where(error: Exception) -> str:
    """What went wrong in code that is not ours, and at which of its lines."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{at.filename}:{at.lineno}: {type(error).__name__}: {error}"


def _build(config: MkDocsConfig) -> None:
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()


def seal(config: MkDocsConfig) -> None:
    """The last file of a site: what all the others are, after those that MkDocs did not write."""
    site: Site = config.extra["handbook"]
    known = building(config)
    if known:
        known.write(config.site_name, config.site_dir)
        known.take_over(Path(config.site_dir))
    framed.seal(site, Path(config.site_dir), known.digests if known else {})
