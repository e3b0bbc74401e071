"""Pages put together from shells: what the theme writes around a page, rendered once for many sites.

The theme renders a page with a mark for everything that is one organisation's own: its name, the
body, the check code. Whatever else a template may look at is part of the shell's key. The menu's
entries are rendered once for each folder that pages stand in, and put in the same way.
"""

from __future__ import annotations

import copy
import html
import os
import re
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from jinja2 import BaseLoader, Environment
from markupsafe import Markup, escape
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from clausebook.host.mend import mend
from clausebook.host.pages import HandbookPage, contents, links
from clausebook.host.veil import LookedAt, Mark, Veil, mark, parted
from clausebook.render.site import Heading, Site
from clausebook.render.site import Page as Made

# Where Material writes one entry of the menu or of a page's contents, and the same by way of us.
_MENU, _SECTION = "partials/nav.html", "partials/nav-item.html"
_CONTENTS, _HEADING = "partials/toc.html", "partials/toc-item.html"
_INSTEAD = {
    _MENU: (
        "{{ item.render(nav_item, path, 1) }}",
        "{{ clausebook_entry(item.render, nav_item, path, 1) }}",
    ),
    _SECTION: (
        '{{ render(item, path ~ "_" ~ loop.index, level + 1, nav_item) }}',
        '{{ clausebook_entry(render, item, path ~ "_" ~ loop.index, level + 1, nav_item) }}',
    ),
    _CONTENTS: (f'{{% include "{_HEADING}" %}}', "{{ clausebook_heading(toc_item) }}"),
}
# A process keeps no more than about this much, and what one site adds to it.
_BYTES = 96 * 1024 * 1024
# A later build finds what was of use, as long as that is no more than this: what a few sites are
# made of. It is kept again once that many more pages were rendered, and half as many as are kept.
_LATER, _SOME = 12 * 1024 * 1024, 5

Key = tuple[Hashable, ...]
Render = Callable[..., str]
# Entries of one section with the same white space between them, all but the page's own.
_RUNS = "run:"
_RUN = re.compile(
    rf"{mark('child:([0-9]+)')}(?:(\s*){mark('child:([0-9]+)')}"
    rf"(?:\2{mark('child:([0-9]+)')})*)?"
)


class CannotShare(Exception):
    """This theme is not the one that shells were made for."""


class _Shell(NamedTuple):
    """Bytes in order; `gaps` says which of them are filled in, and with what.

    `runs` are gaps too: which entries of the page's own section, and what is between them.
    """

    parts: tuple[bytes, ...]
    gaps: tuple[tuple[int, str], ...]
    runs: tuple[tuple[int, slice, bytes], ...]


# Shells and pieces by their keys, the numbers of entries of the menu, and how much it comes to.
Held = tuple[dict[Key, _Shell], dict[Key, bytes], dict[Key, int], int]


class Shells:
    """Every shell rendered with one theme and one set of settings."""

    def __init__(self, config: MkDocsConfig, env: Environment) -> None:
        assert env.loader is not None
        env.loader = _Instead(env.loader, config.theme.dirs)
        env.globals |= {"clausebook_entry": _entry, "clausebook_heading": _heading}
        self.config, self.env = config, env
        self.rendered = 0
        self._kept = 0
        self._shells: dict[Key, _Shell] = {}
        self._pieces: dict[Key, bytes] = {}
        self._numbers: dict[Key, int] = {}
        self._configs: dict[Key, MkDocsConfig] = {}
        # What a later build would find, and what was of use in this one.
        self._known: set[Key] = set()
        self._used: set[Key] = set()

    def __len__(self) -> int:
        return len(self._shells)

    def recall(self, held: Held) -> None:
        """Hold what an earlier build rendered with the same theme and settings."""
        self._shells, self._pieces, self._numbers, self._kept = held
        self._known = set(self._shells)

    def held(self) -> Held | None:
        """All that was of use, for a later build, where much of it is new."""
        shells = {key: shell for key, shell in self._shells.items() if key in self._used}
        if len(shells.keys() - self._known) <= _SOME + len(shells) // 3:
            return None
        pieces = {key: piece for key, piece in self._pieces.items() if key in self._used}
        size = sum(len(part) for shell in shells.values() for part in shell.parts)
        size += sum(map(len, pieces.values()))
        if size > _LATER:
            return None
        self._known = set(shells)
        return shells, pieces, self._numbers, size

    def room(self) -> None:
        """Forget everything before it becomes too much."""
        if self._kept > _BYTES:
            self._shells.clear()
            self._pieces.clear()
            self._numbers.clear()
            self._known.clear()
            self._used.clear()
            self._kept = 0

    def shell(self, key: Key) -> _Shell | None:
        self._used.add(key)
        return self._shells.get(key)

    def keep(self, key: Key, text: str) -> _Shell:
        """A page as rendered, parted at its marks."""

        runs: list[tuple[slice, bytes]] = []

        def run(found: re.Match[str]) -> str:
            first, between, second, last = found.groups()
            entries = slice(int(first), int(last or second or first) + 1)
            if found[0].count("child:") != entries.stop - entries.start:
                raise LookedAt("the menu, and left an entry out")
            runs.append((entries, (between or "").encode()))
            return mark(_RUNS + str(len(runs) - 1))

        parts = parted(_RUN.sub(run, mend(text)))
        gaps = tuple(enumerate(parts))[1::2]
        shell = _Shell(
            tuple(part.encode() for part in parts),
            tuple((place, name) for place, name in gaps if not name.startswith(_RUNS)),
            tuple(
                (place, *runs[int(name.removeprefix(_RUNS))])
                for place, name in gaps
                if name.startswith(_RUNS)
            ),
        )
        self._kept += sum(map(len, shell.parts))
        self._shells[key] = shell
        return shell

    def number(self, about: Key) -> int:
        """The same for the same entry of a menu: quicker to compare than all that is known of it."""
        return self._numbers.setdefault(about, len(self._numbers))

    def piece(self, key: Key) -> bytes | None:
        """An entry of a menu or of a page's contents, which stands in many pages."""
        self._used.add(key)
        return self._pieces.get(key)

    def keep_piece(self, key: Key, text: str) -> bytes:
        """An entry as rendered, which may hold no mark."""
        # The shell has a line's end on both sides of it.
        parts = parted(mend(text).strip())
        if len(parts) > 1:
            raise LookedAt("what is one organisation's own, for all of them")
        self._pieces[key] = made = parts[0].encode()
        self._kept += len(made)
        return made

    def config_for(self, site: Site, key: Key) -> MkDocsConfig:
        """Settings with marks where an organisation's own stand."""
        config = self._configs.get(key)
        if config is None:
            config = copy.copy(self.config)
            config.theme = copy.deepcopy(config.theme)
            if site.crest:
                config.theme["logo"] = Mark("crest")
                if site.crest.endswith(".svg"):
                    config.theme["favicon"] = Mark("crest")
            shown = Veil(
                site,
                id=Mark("id"),
                edition=site.edition,
                note=Mark("note") if site.note else site.note,
                styles=site.styles,
                scripts=site.scripts,
            )
            config.extra = copy.copy(config.extra)
            config.extra["handbook"] = shown
            config["site_name"] = Mark("name")
            for name in ("nav", "site_dir", "docs_dir", "config_file_path"):
                config[name] = Veil("")
            self._configs[key] = config
        return config


class Sheets:
    """One site's pages, each put together when MkDocs asks for it."""

    def __init__(self, shells: Shells, site: Site, name: str, nav: Navigation) -> None:
        shells.room()
        self._shells, self._site, self._nav = shells, site, nav
        crest = site.crest or ""
        self._looks: Key = (
            site.edition,
            bool(site.note),
            bool(crest),
            crest.endswith(".svg"),
            site.styles,
            site.scripts,
        )
        self._entries = [shells.number(_about(item)) for item in nav.items]
        self._home = (nav.homepage.title, nav.homepage.url) if nav.homepage else None
        self._stands = {
            id(page): (index, n)
            for index, item in enumerate(nav.items)
            for n, page in enumerate(_pages(item))
        }
        own = {"name": Markup(name), "id": site.id, "note": site.note or "", "crest": crest}
        self._own = _filling(own)
        self._menus: dict[str, dict[str, bytes]] = {}
        self._sections: dict[tuple[str, int], list[bytes | None]] = {}
        self._others: dict[tuple[str, int], list[Veil]] = {}

    def page(self, page: HandbookPage, context: dict[str, Any]) -> bytes:
        """A page as it is to be written."""
        made = page.made
        index, _ = self._stands.get(id(page), (None, 0))
        folder = page.url.rpartition("/")[0]
        key: Key = (
            self._looks,
            self._home,
            len(self._entries),
            page.url,
            page.title,
            made.path,
            *_title(made).values(),
            len(made.headings),
            bool(made.about),
            bool(made.code),
            page.canonical_url,
            page.edit_url,
            page.is_homepage,
            _neighbour(page.previous_page),
            _neighbour(page.next_page),
            index,
            None if index is None else self._entries[index],
        )
        shell, menu = self._shells.shell(key), self._menu(folder, index)
        around = self._around(shell, folder, index)
        if shell is None or menu is None or around is None:
            shell = self._shells.keep(key, self._render(page, context, folder, index))
            menu, around = self._menu(folder, index), self._around(shell, folder, index)
            assert menu is not None
            assert around is not None
        page_own = {"body": made.body, "code": made.code, "about": html.escape(made.about)}
        values = {**self._own, **_filling(page_own)}
        for place, heading in enumerate(made.headings):
            values[f"heading:{place}"] = self._heading(heading)
        parts = list(shell.parts)
        for place, name in shell.gaps:
            parts[place] = menu[name] if name in menu else values[name]
        for (place, _, _), entries in zip(shell.runs, around, strict=True):
            parts[place] = entries
        return b"".join(parts)

    def _around(self, shell: _Shell | None, folder: str, active: int | None) -> list[bytes] | None:
        """The entries beside a page's own; None where one has not been rendered yet."""
        if shell is None:
            return None
        if active is None or not shell.runs:
            return []
        children = self._sections.setdefault((folder, active), [])
        if None in children or not children:
            children[:] = [
                self._shells.piece(self._child(active, place, folder))
                for place in range(len(_pages(self._nav.items[active])))
            ]
        found = []
        for _, run, between in shell.runs:
            entries = [entry for entry in children[run] if entry is not None]
            if len(entries) != run.stop - run.start:
                return None
            found.append(between.join(entries))
        return found

    def _child(self, section: int, place: int, folder: str) -> Key:
        """Which entry of a section, on pages of the same section in a folder."""
        return ("child", self._looks, self._entries[section], section, place, folder)

    def _menu(self, folder: str, active: int | None) -> dict[str, bytes] | None:
        """The menu's entries for pages in a folder; None where one has not been rendered yet."""
        known = self._menus.setdefault(folder, {})
        if len(known) < len(self._entries):
            for place, about in enumerate(self._entries):
                entry = self._shells.piece((self._looks, about, place, folder))
                if entry is not None:
                    known[_name(place)] = entry
                elif place != active:
                    return None
        return known

    def _render(
        self, page: HandbookPage, context: dict[str, Any], folder: str, active: int | None
    ) -> str:
        """A page as the theme writes it, with marks for what is this site's own."""
        self._shells.rendered += 1
        made, home = page.made, self._nav.homepage
        veil = _veil(
            page,
            active=True,
            content=Mark("body"),
            toc=_contents(made),
            meta={
                **page.meta,
                "handbook": Veil(
                    made, path=made.path, code=made.code and Mark("code"), **_title(made)
                ),
                "description": made.about and Mark("about"),
            },
            canonical_url=page.canonical_url,
            edit_url=page.edit_url,
            previous_page=page.previous_page and _veil(page.previous_page),
            next_page=page.next_page and _veil(page.next_page),
            parent=None,
            ancestors=[],
        )
        items = [
            self._active(place, page, veil, folder)
            if place == active
            else self._entry(item, place, folder)
            for place, item in enumerate(self._nav.items)
        ]
        shared = {
            **context,
            "page": veil,
            "nav": Veil(
                self._nav, items=items, homepage=veil if home is page else home and _veil(home)
            ),
            "pages": Veil([]),
            "build_date_utc": Veil(context["build_date_utc"]),
            "config": self._shells.config_for(self._site, self._looks),
        }
        return self._shells.env.get_template("main.html").render(shared)

    def _heading(self, heading: Heading) -> bytes:
        """A heading and those under it, which link within their page only."""
        piece = self._shells.piece((heading,))
        if piece is None:
            [link] = links([heading], 2)
            text = self._shells.env.get_template(_HEADING).render(toc_item=link)
            piece = self._shells.keep_piece((heading,), text)
        return piece

    def _active(self, place: int, page: Page, veil: Veil, folder: str) -> Veil:
        """The entry of the menu where the page itself stands."""
        item = self._nav.items[place]
        if item is page:
            return veil
        others = self._others.get((folder, place))
        if others is None:
            others = self._others[folder, place] = [
                self._once(child, self._child(place, n, folder), f"child:{n}")
                for n, child in enumerate(_pages(item))
            ]
        children = list(others)
        children[self._stands[id(page)][1]] = veil
        section = _veil(item, active=True, children=children)
        veil.__dict__ |= {"parent": section, "ancestors": [section]}
        return section

    def _entry(self, item: StructureItem, place: int, folder: str) -> Veil:
        """Any other entry, which is the same on every page of a folder."""
        key = (self._looks, self._entries[place], place, folder)
        return self._once(item, key, _name(place))

    def _once(self, item: StructureItem, key: Key, name: str) -> Veil:
        """An entry of the menu that is rendered if it was not, and then marked by its name."""

        def entry(render: Render, *where: Any) -> str:
            if self._shells.piece(key) is None:
                whole = _veil(item)
                if isinstance(item, Section):
                    whole.__dict__["children"] = [_veil(child) for child in item.children]
                self._shells.keep_piece(key, render(whole, *where))
            return mark(name)

        return Veil(item, entry=entry)


class _Instead(BaseLoader):
    """The theme's own templates, with our words for a few of theirs."""

    def __init__(self, theme: BaseLoader, folders: Sequence[str]) -> None:
        self._theme, self._folders = theme, folders
        for name, (theirs, _) in _INSTEAD.items():
            source, _, _ = theme.get_source(Environment(), name)
            if source.count(theirs) != 1:
                raise CannotShare(f"{name} writes its entries in another way")

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, current = self._theme.get_source(environment, template)
        if template in _INSTEAD:
            source = source.replace(*_INSTEAD[template])
        return source, name, current

    def list_templates(self) -> list[str]:
        """Without folders that no file of a site comes from: the theme brings thousands of icons."""
        found: set[str] = set()
        for folder in self._folders:
            for here, inner, names in os.walk(folder):
                inner[:] = [name for name in inner if not name.startswith(".")]
                found |= {Path(here, name).relative_to(folder).as_posix() for name in names}
        return sorted(found)


def _entry(render: Render, item: Any, *where: Any) -> str:
    """One entry of the menu: a mark where it is the same on many pages, or what the theme writes."""
    ours = item.__dict__.get("entry")
    return ours(render, *where) if ours else render(item, *where)


def _heading(link: Any) -> str:
    return mark(link.place)


def _contents(made: Made) -> TableOfContents:
    """A page's contents with a mark for each of its headings."""
    whole = contents(made)
    for top in whole:
        top.children = [
            cast(AnchorLink, Veil(link, place=f"heading:{n}"))
            for n, link in enumerate(top.children)
        ]
    return whole


def _title(made: Made) -> dict[str, str]:
    """The title where pages have it for their own; the first page's is its site's name."""
    return {} if made.path == "index.html" else {"title": made.title}


def _veil(item: StructureItem, **shown: object) -> Veil:
    """An entry of the menu as any page may show it."""
    same: dict[str, object] = {
        "title": item.title,
        "active": False,
        "children": None,
        "is_section": item.is_section,
        "is_page": item.is_page,
        "is_link": item.is_link,
        "is_top_level": item.is_top_level,
    }
    if isinstance(item, Page):
        same |= {"url": item.url, "is_index": item.is_index, "is_homepage": item.is_homepage}
        same["meta"] = {name: Veil("") for name in item.meta}
    return Veil(item, **(same | shown))


def _about(item: StructureItem) -> Key:
    """All that can be seen of an entry of the menu."""
    if isinstance(item, Section):
        return (item.title, tuple(_about(child) for child in item.children))
    if isinstance(item, Page):
        return (item.title, item.url, tuple(item.meta))
    raise LookedAt("a link in the menu")


def _pages(item: StructureItem) -> Sequence[StructureItem]:
    return item.children if isinstance(item, Section) else [item]


def _neighbour(page: Page | None) -> Key | None:
    return None if page is None else _about(page)


def _name(place: int) -> str:
    return f"entry:{place}"


def _filling(texts: dict[str, str]) -> dict[str, bytes]:
    """Texts by the names of their marks, as they are and escaped."""
    found: dict[str, bytes] = {}
    for name, text in texts.items():
        found[name] = text.encode("utf-8", "xmlcharrefreplace")
    for name in [n for n in texts if n != "body"]:
        found[f"{name}|e"] = str(escape(texts[name])).encode("utf-8", "xmlcharrefreplace")
    return found
