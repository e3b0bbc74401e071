"""What the sites of one handbook have in common: settings, templates and the theme's own files.

Kept from one site to the next in a process, for as long as neither mkdocs.yml nor a template
changes; what pages are put together from is kept from one build to the next. A handbook with
templates, hooks or plugins of its own gets None: they may look at anything, so each of its sites is
built from the beginning.
"""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Iterable
from dataclasses import field
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files, set_exclusions
from mkdocs.structure.nav import Navigation

from clausebook.cache import Cache
from clausebook.compiled import Compiled
from clausebook.host import framed
from clausebook.host.config import BUILD, settings_for
from clausebook.host.framed import Kept, Key, Sheets, layout, made_with, sheet_key, state, write
from clausebook.host.pages import HandbookPage
from clausebook.host.shell import CannotShare, Menu, Shells
from clausebook.published import Published
from clausebook.render.site import Site
from clausebook.seal import ADMIN
from clausebook.shipped import REPOSITORY, shipped
from clausebook.typed import dataclass

# What makes the meaning of mkdocs.yml depend on more than its own words.
_BEYOND = (b"INHERIT", b"!ENV")

NAME = "frames"
# So many sites as they are first made with other pages have theirs kept apart.
_FEW = 3


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A file that the theme brings to every site."""

    path: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Settings without a site, and all that was made with them."""

    config: MkDocsConfig
    files: tuple[ThemeFile, ...]
    shells: Shells
    # All that shells depend on beside their own keys.
    key: str
    # The layouts of sites whose sheets this process kept.
    kept: set[Key] = field(default_factory=set)

    def keep(self, root: Path) -> None:
        """Keep what was rendered for a later build."""
        held = self.shells.held()
        if held is not None:
            Cache(root).put(NAME, self.key, held)

    def keep_sheets(self, root: Path, site: Site, *, whole: bool) -> None:
        """Keep all that is around the pages of a site that was made, for those that are made again. Of
        sites that are made whole, which may be very many, the first few."""
        menu, key = self.shells.menu(site), layout(site)
        enough = site.edition == ADMIN or (whole and len(self.kept) >= _FEW)
        if menu is not None and key not in self.kept and not enough:
            self.kept.add(key)
            sheets = {sheet_key(page): menu.sheet(page) for page in site.pages}
            theme = {file.path: file.sha256 for file in self.files}
            kept = Kept(sheets, self.shells.headings(), theme, self.config.docs_dir)
            framed.keep(root, self.key, site, kept)

    def settings(
        self, site: Site, folder: Path, published: Published | None = None
    ) -> MkDocsConfig:
        """The settings for one site, which differ in what is its own."""
        config = copy.copy(self.config)
        config["site_dir"] = os.path.abspath(Path(self.config.config_file_path).parent / folder)
        # The pages are made, not read: there is no folder to search.
        config["docs_dir"] = str(Path(config.site_dir, ".none"))
        config.extra = copy.copy(config.extra)
        config.extra["handbook"] = site
        config.extra[BUILD] = Build(self, site, self.shells.menu(site), published)
        return config


@dataclass(slots=True)
class Build:
    """One site on its way: the SHA-256 of what was written, by path.

    `menu` is known from another site, or comes from MkDocs. `published`: the site as it is, where
    something of it stays; `same` is what stays by itself.
    """

    shared: Shared
    site: Site
    menu: Menu | None
    published: Published | None = None
    same: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)

    def arranged(self, nav: Navigation, pages: Iterable[HandbookPage]) -> Navigation:
        """The menu, as MkDocs made it where no other site had it."""
        if self.menu is None:
            self.menu = self.shared.shells.keep_menu(self.site, nav, pages)
        return self.menu.nav

    def write(self, name: str, folder: str) -> None:
        """The theme's files, and every page that does not stay as it is."""
        assert self.menu is not None
        for file in self.shared.files:
            if file.path in self.site.files:
                continue
            if self.published and self.published.digests.get(file.path) == file.sha256:
                self.same.append(file.path)
            else:
                write(f"{folder}/{file.path}", file.data)
                self.digests[file.path] = file.sha256
        sheets = Sheets(self.menu.sheet, self.shared.shells.heading, self.site, name)
        for page in self.site.pages:
            if not page.stays:
                data = page.written or sheets.page(page)
                write(f"{folder}/{page.path}", data)
                self.wrote(page.path, data)

    def take_over(self, folder: Path) -> None:
        """Everything that stays as it is published. Stale when it is not as it was built."""
        if self.published is not None:
            stays = (*self.same, *self.site.as_published)
            self.digests |= self.published.take_over(stays, folder)

    def wrote(self, path: str, data: bytes) -> None:
        self.digests[path] = hashlib.sha256(data).hexdigest()


class _Theme(Environment):
    """What MkDocs asks for templates: it finds no files to copy."""

    def list_templates(self, *args: Any, **kwargs: Any) -> list[str]:
        return []


_kept: tuple[object, Shared | None] | None = None


def shared_for(root: Path) -> Shared | None:
    """What a handbook's sites share, or None where nothing can be shared safely."""
    global _kept
    key = state(root)
    if _kept is None or _kept[0] != key:
        _kept = None
        _kept = key, _made(root, made_with(key))
    return _kept[1]


def forget() -> None:
    """Have it made anew."""
    global _kept
    _kept = None


def nothing_shared(root: Path) -> None:
    """A template looked at more than shells know: until something changes, each page by itself."""
    global _kept
    _kept = state(root), None


def _made(root: Path, key: str) -> Shared | None:
    own = root / "mkdocs.yml"
    said = own.read_bytes() if own.is_file() else b""
    if any(word in said for word in _BEYOND):
        return None
    # Nor is a theme with settings of one's own the one that is known here.
    if b"theme" in said and root != REPOSITORY:
        return None
    config = settings_for(root, root / "site")
    ours = {str(shipped("hooks") / "handbook.py")}
    if set(config.plugins) != ours or config.theme.name != "material":
        return None
    if config.theme.dirs[0] != str(shipped("overrides")) or config.theme.custom_dir is None:
        return None
    env = config.theme.get_env()
    env.bytecode_cache = Compiled(root, "theme")
    # So few pages are rendered that compiling templates well takes longer than it saves.
    env.optimized = False
    try:
        shells = Shells(config, env)
    except CannotShare:
        return None
    held = Cache(root).get(NAME, key)
    if held is not None:
        shells.recall(held)
    files = _files(env, config)
    # Shells have the theme as it is; this one is for what MkDocs does by itself.
    config.theme = copy.copy(config.theme)
    config.theme.get_env = _Theme  # type: ignore[method-assign]
    config.theme.static_templates = set()
    return Shared(config, files, shells, key)


def _files(env: Environment, config: MkDocsConfig) -> tuple[ThemeFile, ...]:
    config.theme.static_templates = set()
    found = Files([])
    found.add_files_from_theme(env, config)
    set_exclusions(found, config)
    made = []
    for file in found:
        if file.inclusion.is_included():  # type: ignore[no-untyped-call]
            data = file.content_bytes
            made.append(ThemeFile(file.src_uri, data, hashlib.sha256(data).hexdigest()))
    return tuple(made)
