"""MkDocs' configuration for one handbook: the shipped mkdocs.yml, the handbook's own, and the site."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import ConfigurationError
from mkdocs.utils.yaml import get_yaml_loader, yaml_load

from clausebook.render.site import Site
from clausebook.report import problem_text
from clausebook.shipped import REPOSITORY, shipped
from clausebook.sites import Makers, NotFit

if TYPE_CHECKING:
    from clausebook.host.shared import Build

HOME = "Home"
# Where settings hold what is shared with other sites, if anything is.
BUILD = "handbook_build"
ORGANISATION, EDITION = "CLAUSEBOOK_ORGANISATION", "CLAUSEBOOK_EDITION"


def settings_for(root: Path, folder: Path) -> MkDocsConfig:
    """The settings of a handbook repository, which need say no more than its name."""
    own = _read(root / "mkdocs.yml")
    ours = _read(shipped("mkdocs.yml"))
    merged = {**ours, **own}
    extra = own.get("extra") or {}
    if isinstance(extra, dict):
        merged["extra"] = {**ours["extra"], **extra}
    hooks = (own.get("hooks") or []) if root != REPOSITORY else []
    # Without ours there would be no pages for those of one's own, either.
    if isinstance(hooks, list) and not any(_calls_us(root / str(hook)) for hook in hooks):
        hooks = [str(shipped("hooks") / "handbook.py"), *hooks]
    merged["hooks"] = hooks
    merged["theme"] = _theme(ours["theme"], own.get("theme") or {})
    if merged["use_directory_urls"]:
        raise ConfigurationError(
            "mkdocs.yml: use_directory_urls: pages link to each other as files, so that a folder opens "
            "without a server: take the line out"
        )
    merged["watch"] = []
    config = MkDocsConfig(config_file_path=str(root / "mkdocs.yml"))
    config.load_dict(merged)
    config["site_dir"] = str(folder)
    errors, warnings = config.validate()
    if errors or warnings:
        said = "; ".join(f"{key}: {error}" for key, error in [*errors, *warnings])
        raise ConfigurationError(f"mkdocs.yml: {said}")
    # A handbook's own templates come first, and what they do not hold is still found.
    if str(shipped("overrides")) not in config.theme.dirs:
        config.theme.dirs.insert(1, str(shipped("overrides")))
    return config


def _theme(ours: dict[str, Any], own: Any) -> Any:
    """The theme as shipped, with what a handbook of one's own says of it."""
    own = {"name": own} if isinstance(own, str) else own
    if not isinstance(own, dict):
        return own  # MkDocs says what is wrong with it
    theme = {**ours, "custom_dir": str(shipped("overrides")), **own}
    if theme["name"] != "material":
        raise ConfigurationError(
            f"mkdocs.yml: theme: handbooks are made for the theme 'material', not '{theme['name']}'"
        )
    return theme


_OURS = re.compile(rb"\bclausebook(\.host| import host)\b")


def _calls_us(hook: Path) -> bool:
    """Whether it is our hook, or a copy of it."""
    return hook.is_file() and _OURS.search(hook.read_bytes()) is not None


def configure(config: MkDocsConfig) -> MkDocsConfig:
    """Give a configuration the site it is to build; plain `mkdocs build` chooses by environment."""
    site = config.extra.get("handbook")
    if not isinstance(site, Site):
        site = _chosen(Path(config.config_file_path).parent)
        if Path(config.site_dir) == Path(config.config_file_path).parent / "site":
            config.site_dir = str(Path(config.site_dir, site.edition, site.id))
    config.extra["handbook"] = site
    # Material prints names as they are: escaped once here, they can never become markup.
    config.site_name = Markup(html.escape(site.name))
    build = building(config)
    config.nav = [] if build and build.menu else _navigation(site)
    config.theme.static_templates = set()
    if site.crest and not build:
        config.theme["logo"] = site.crest
        if site.crest.endswith(".svg"):
            config.theme["favicon"] = site.crest
    return config


def building(config: MkDocsConfig) -> Build | None:
    """The build that shares what it can with others, or None where each page is made by itself."""
    found: Build | None = config.extra.get(BUILD)
    return found


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig") as file:
        found = yaml_load(file, get_yaml_loader())
    return found if isinstance(found, dict) else {}


def _chosen(root: Path) -> Site:
    """The site that the environment names, if the handbook is fit to be published."""
    try:
        makers = Makers.open(root)
        id, edition = makers.one(os.environ.get(ORGANISATION), os.environ.get(EDITION))
        return makers.site(id, edition)
    except NotFit as error:
        text = "\n".join(problem_text(problem) for problem in error.problems)
        hint = "" if error.problems else f" (set {ORGANISATION} and, if need be, {EDITION})"
        raise ConfigurationError(f"{error}{hint}\n{text}".rstrip()) from None


def _navigation(site: Site) -> list[dict[str, Any]]:
    """Pages that stand alone, and groups of pages in the order of their first page."""
    groups: dict[str, list[dict[str, str]]] = {}
    nav: list[dict[str, Any]] = []
    for page in site.pages:
        if not page.listed:
            continue
        title = HOME if page.path == "index.html" else page.title
        entry = {html.escape(title): source(page.path)}
        if not page.group:
            nav.append(entry)
        elif page.group in groups:
            groups[page.group].append(entry)
        else:
            groups[page.group] = [entry]
            nav.append({html.escape(page.group): groups[page.group]})
    return nav


def source(path: str) -> str:
    """What MkDocs calls the source of a page; there is none on disk."""
    return path.removesuffix(".html") + ".md"
