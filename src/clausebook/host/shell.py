"""Pages put together from shells: what the theme writes around a page, rendered once for many.

The theme renders a page with a mark for everything that is its own or its organisation's: names, the
body, addresses, the check code. Whatever else a template may look at is part of the shell's key.
Entries of the menu and of a page's contents are rendered by themselves, and put in the same way.
"""

from __future__ import annotations

import contextlib
import copy
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from jinja2 import BaseLoader, Environment, TemplateNotFound, pass_context
from jinja2.filters import do_striptags
from jinja2.runtime import Context
from mkdocs.commands.build import get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents
from mkdocs.utils.templates import script_tag_filter

from clausebook.host.framed import (
    RELATIVE,
    STRIPPED,
    Key,
    Sheet,
    Shell,
    Texts,
    filled,
    layout,
    looks,
    relative,
    sheet_key,
)
from clausebook.host.mend import mend
from clausebook.host.pages import HandbookPage, contents, left_out, links
from clausebook.host.veil import LookedAt, Mark, Veil, mark, parted, through
from clausebook.render.site import Heading, Site
from clausebook.render.site import Page as Made
from clausebook.turn import Turn

# Where Material writes one entry of the menu or of a page's contents, and the same by way of us.
_CONTENTS, _HEADING = "partials/toc.html", "partials/toc-item.html"
_LINK = (f'{{% include "{_HEADING}" %}}', "{{ clausebook_entry(none, toc_item) }}")
_INSTEAD = {
    "partials/nav.html": (
        "{{ item.render(nav_item, path, 1) }}",
        "{{ clausebook_entry(item.render, nav_item, path, 1) }}",
    ),
    "partials/nav-item.html": (
        '{{ render(item, path ~ "_" ~ loop.index, level + 1, nav_item) }}',
        '{{ clausebook_entry(render, item, path ~ "_" ~ loop.index, level + 1, nav_item) }}',
    ),
    _CONTENTS: _LINK,
    _HEADING: _LINK,
}
# A process keeps no more than about this much, and what one site adds to it.
_BYTES = 96 * 1024 * 1024
# Sites with the same menu follow one another, each in a few editions.
MENUS = 5
# A later build finds what was of use, as long as that is no more than this: what a few sites are
# made of. It is kept again once that many more were rendered, and half as many as before.
_LATER, _SOME = 12 * 1024 * 1024, 3

# What every page is rendered with, in quarters that take about as long to compile as one another.
_MOST = (
    "base.html",
    "partials/logo.html",
    "partials/javascripts/content.html",
    "partials/javascripts/base.html",
    "partials/header.html",
    "partials/toc.html",
    "partials/palette.html",
    "partials/toc-item.html",
    "partials/alternate.html",
    "partials/nav-item.html",
    "partials/language.html",
    "partials/integrations/analytics.html",
    "partials/top.html",
    "partials/icons.html",
    "partials/languages/en.html",
    "partials/nav.html",
    "handbook/_search_form.html",
    "main.html",
)

Render = Callable[..., str]
# Entries in a row are rendered as two, so that what the theme writes between them is seen.
_EACH, _RUN = "each:", "run:"
_TWO = re.compile(mark(f"{_EACH}([a-z]+)") + r"(\s*)" + mark(_EACH + r"\1"))
_FOLDER = "clausebook_folder"


class CannotShare(Exception):
    """This theme is not the one that shells were made for."""


# Shells and pieces by their keys, the numbers of entries of the menu, and how much it comes to.
Held = tuple[dict[Key, Shell], dict[Key, bytes], dict[Key, int], int]


class Shells:
    """Every shell rendered with one theme and one set of settings."""

    def __init__(self, config: MkDocsConfig, env: Environment) -> None:
        assert env.loader is not None
        env.loader = _Instead(env.loader, config.theme.dirs)
        env.globals["clausebook_entry"] = _entry
        env.filters |= {"url": _url, "striptags": _striptags, "script_tag": _script_tag}
        self.config, self.env = config, env
        self.rendered = 0
        # So many had been rendered when they were kept last.
        self._noted = 0
        self._kept = 0
        self._shells: dict[Key, Shell] = {}
        self._pieces: dict[Key, bytes] = {}
        # Entries of pages' contents: they are sooner made again than read.
        self._headings: dict[Heading, bytes] = {}
        self._numbers: dict[Key, int] = {}
        self._configs: dict[Key, MkDocsConfig] = {}
        # The one that was of use last is the last.
        self._menus: dict[Key, Menu] = {}
        # What was of use in this build.
        self._used: set[Key] = set()

    def __len__(self) -> int:
        return len(self._shells)

    def compile(self, turn: Turn) -> None:
        """Have a share of the templates compiled, unless what they render is here already."""
        if self._shells:
            return
        for place in turn.own(len(_MOST)):
            with contextlib.suppress(TemplateNotFound):
                self.env.get_template(_MOST[place])

    def recall(self, held: Held) -> None:
        """Hold what an earlier build rendered with the same theme and settings."""
        self._shells, self._pieces, self._numbers, self._kept = held

    def held(self) -> Held | None:
        """All that was of use, for a later build, where much of it is new."""
        if self.rendered - self._noted <= _SOME + self._noted // 2:
            return None
        shells = {key: shell for key, shell in self._shells.items() if key in self._used}
        pieces = {key: piece for key, piece in self._pieces.items() if key in self._used}
        size = sum(len(part) for shell in shells.values() for part in shell.parts)
        size += sum(map(len, pieces.values()))
        if size > _LATER:
            return None
        self._noted = self.rendered
        return shells, pieces, self._numbers, size

    def room(self) -> None:
        """Forget everything before it becomes too much."""
        if self._kept > _BYTES:
            self._shells.clear()
            self._pieces.clear()
            self._headings.clear()
            self._numbers.clear()
            self._drop_menus(0)
            self._used.clear()
            self._kept = 0

    def menu(self, site: Site) -> Menu | None:
        """The menu of an earlier site that looked the same and had the same pages."""
        self.room()
        key = layout(site)
        found = self._menus.pop(key, None)
        if found is not None:
            self._menus[key] = found
        return found

    def keep_menu(self, site: Site, nav: Navigation, pages: Iterable[HandbookPage]) -> Menu:
        """The menu of a site as MkDocs made it, with all of the site's pages."""
        self._drop_menus(MENUS - 1)
        made = self._menus[layout(site)] = Menu(self, site, nav, pages)
        return made

    def _drop_menus(self, most: int) -> None:
        while len(self._menus) > most:
            self._menus.pop(next(iter(self._menus))).let_go()

    def shell(self, key: Key) -> Shell | None:
        self._used.add(key)
        return self._shells.get(key)

    def keep(self, key: Key, text: str) -> Shell:
        """A page or a part of one as rendered, parted at its marks."""
        runs: list[tuple[str, bytes]] = []

        def run(found: re.Match[str]) -> str:
            runs.append((found[1], found[2].encode()))
            return mark(_RUN + str(len(runs) - 1))

        parts = parted(_TWO.sub(run, mend(text)))
        gaps = tuple(enumerate(parts))[1::2]
        if any(name.startswith(_EACH) for _, name in gaps):
            raise LookedAt("entries in a row, and did not write them all")
        shell = Shell(
            tuple(part.encode() for part in parts),
            tuple((place, name) for place, name in gaps if not name.startswith(_RUN)),
            tuple(
                (place, *runs[int(name.removeprefix(_RUN))])
                for place, name in gaps
                if name.startswith(_RUN)
            ),
        )
        self._kept += sum(map(len, shell.parts))
        self._shells[key] = shell
        return shell

    def number(self, about: Key) -> int:
        """The same for the same entry of a menu: quicker to compare than all that is known of it."""
        return self._numbers.setdefault(about, len(self._numbers))

    def piece(self, key: Key) -> bytes | None:
        """An entry of a menu, which stands in many pages."""
        self._used.add(key)
        return self._pieces.get(key)

    def keep_piece(self, key: Key, text: str) -> None:
        """An entry of a menu as rendered, which may hold no mark."""
        # The shell has a line's end on both sides of it.
        parts = parted(mend(text).strip())
        if len(parts) > 1:
            raise LookedAt("what is one organisation's own, for all of them")
        piece = self._pieces[key] = parts[0].encode()
        self._kept += len(piece)

    def heading(self, heading: Heading) -> bytes:
        """A heading in a page's contents, with those under it: they link within their page only."""
        found = self._headings.get(heading)
        if found is None:
            found = self._headings[heading] = filled(heading, self._entry)
            self._kept += len(found)
        return found

    def _entry(self, heading: Heading) -> Shell:
        """The shell of a heading."""
        key = (_HEADING, bool(heading.under))
        return self.shell(key) or self.keep(key, self._link(heading).strip())

    def headings(self) -> tuple[Shell | None, Shell | None]:
        """The shells of headings without any under them, and with some, as far as there are any."""
        return self._shells.get((_HEADING, False)), self._shells.get((_HEADING, True))

    def _link(self, heading: Heading) -> str:
        """What the theme writes for a heading."""
        [link] = links([heading], 2)
        under = _run("under", link) if heading.under else []
        veil = Veil(link, title=Mark("title"), url=Mark("anchor"), children=under)
        return self.env.get_template(_HEADING).render(toc_item=veil)

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


class _Place(NamedTuple):
    """Where a page stands: which entry of the menu, or of which of its sections."""

    folder: str
    entry: int | None = None
    child: int | None = None


class Menu:
    """What sites have in common that look the same and have the same pages at the same places."""

    def __init__(
        self, shells: Shells, site: Site, nav: Navigation, pages: Iterable[HandbookPage]
    ) -> None:
        self.nav = nav
        self._shells, self._looks = shells, looks(site)
        # It is kept longer than the site is.
        self._site = replace(site, pages=(), files={})
        self._pages = {page.made.path: page for page in pages}
        self._entries = [shells.number(_about(item)) for item in nav.items]
        self._home = nav.homepage and _about(nav.homepage)
        self._stands = {id(page): place for place, page in _places(nav)}
        self._rows: dict[_Place, list[bytes]] = {}
        self._sheets: dict[Key, Sheet] = {}

    def sheet(self, made: Made) -> Sheet:
        """What is around a page."""
        key = sheet_key(made)
        found = self._sheets.get(key)
        if found is None:
            found = self._sheets[key] = self._sheet(self._pages[made.path], made)
        return found

    def _sheet(self, page: HandbookPage, made: Made) -> Sheet:
        index, within = self._stands.get(id(page), (None, None))
        place = _Place(page.url.rpartition("/")[0], index, within)
        key = self._key(page, made, place)
        shell, entries = self._shells.shell(key), self._around(place)
        if shell is None or entries is None:
            shell = self._shells.keep(key, self._render(page, made, place))
            entries = self._around(place)
            if entries is None:
                raise LookedAt("the menu, and left an entry out")
        texts = {
            "title": page.title or "",
            "url": page.url,
            "previous": page.previous_page.url if page.previous_page else "",
            "next": page.next_page.url if page.next_page else "",
            "canonical": page.canonical_url or "",
        }
        shell = shell.with_known(Texts(texts, folder=place.folder), texts)
        return Sheet(shell, entries, place.folder)

    def let_go(self) -> None:
        """Pages, their files and the menu hold one another: apart, they go when this does, and
        nobody has to look for them."""
        for page in self._pages.values():
            page.file.page = None
            page.parent = page.previous_page = page.next_page = None

    def _key(self, page: HandbookPage, made: Made, place: _Place) -> Key:
        """All that a shell depends on."""
        return (
            self._looks,
            self._home,
            place.folder,
            bool(made.headings),
            bool(made.about),
            bool(made.code),
            page.is_homepage,
            page.is_index,
            bool(page.canonical_url),
            page.edit_url,
            page.previous_page is None,
            page.next_page is None,
            *self._beside(place),
        )

    def _beside(self, place: _Place) -> Key:
        """What can be seen of where a page stands in the menu."""
        items, index = self.nav.items, place.entry
        if index is None:
            return (bool(items),)
        seen = (index > 0, index + 1 < len(items))
        if place.child is None:
            return seen
        section = items[index]
        last = place.child + 1 == len(section.children)
        return (*seen, index, section.title, place.child > 0, last)

    def _around(self, place: _Place) -> dict[str, list[bytes]] | None:
        """The entries beside a page's own; None where one has not been rendered yet."""
        folder, index, within = place
        found: dict[str, list[bytes]] = {}
        if index is None or len(self._entries) > 1:
            menu = self._row(_Place(folder))
            if menu is None:
                return None
            # All of them are before the entry of a page that has none.
            found["before"] = menu[:index]
            found["after"] = [] if index is None else menu[index + 1 :]
        if index is not None and within is not None and len(_pages(self.nav.items[index])) > 1:
            row = self._row(_Place(folder, index))
            if row is None:
                return None
            found |= {"above": row[:within], "below": row[within + 1 :]}
        return found

    def _row(self, place: _Place) -> list[bytes] | None:
        """The menu's entries as they are on pages in a folder, or those of a page's own section."""
        found = self._rows.get(place)
        if found is None:
            entries = [self._shells.piece(key) for key, _ in self._keys(place)]
            found = [entry for entry in entries if entry is not None]
            if len(found) < len(entries):
                return None
            self._rows[place] = found
        return found

    def _keys(self, place: _Place) -> Iterator[tuple[Key, StructureItem]]:
        """The same entries by their keys."""
        folder, index, _ = place
        if index is None:
            for n, item in enumerate(self.nav.items):
                yield (self._looks, self._entries[n], n, folder), item
        else:
            for n, item in enumerate(_pages(self.nav.items[index])):
                yield ("child", self._looks, self._entries[index], index, n, folder), item

    def _render(self, page: HandbookPage, made: Made, place: _Place) -> str:
        """A page as the theme writes it, with marks for what is its own or its site's."""
        self._shells.rendered += 1
        home = self.nav.homepage
        veil = _veil(
            page,
            active=True,
            title=Mark("title"),
            url=Mark("url"),
            content=Mark("body"),
            toc=_contents(made),
            meta={
                **page.meta,
                "handbook": Veil(made, title=Mark("heading"), code=made.code and Mark("code")),
                "description": made.about and Mark("about"),
            },
            canonical_url=page.canonical_url and Mark("canonical"),
            edit_url=page.edit_url,
            previous_page=page.previous_page and Veil(page.previous_page, url=Mark("previous")),
            next_page=page.next_page and Veil(page.next_page, url=Mark("next")),
            parent=None,
            ancestors=[],
        )
        context = get_context(self.nav, [], self._shells.config, page)
        shared = {
            **context,
            "page": veil,
            "nav": Veil(
                self.nav,
                items=self._items(veil, place),
                homepage=veil if home is page else home and _veil(home),
            ),
            "pages": Veil([]),
            "build_date_utc": Veil(context["build_date_utc"]),
            "config": self._shells.config_for(self._site, self._looks),
            _FOLDER: place.folder,
        }
        return self._shells.env.get_template("main.html").render(shared)

    def _items(self, veil: Veil, place: _Place) -> list[Veil]:
        """The menu on a page: its own entry, and what is beside it in runs."""
        folder, index, within = place
        if index is None:
            return self._rest("before", _Place(folder)) if self.nav.items else []
        own = veil
        # Where it stands is not a part of what its entry looks like.
        veil.__dict__["entry"] = lambda render, path, *where: render(veil, Veil(""), *where)
        if within is not None:
            own = self._section(veil, place)
        beside = _Place(folder)
        return [
            *(self._rest("before", beside) if index > 0 else []),
            own,
            *(self._rest("after", beside) if index + 1 < len(self.nav.items) else []),
        ]

    def _section(self, veil: Veil, place: _Place) -> Veil:
        """The section of the menu where a page stands."""
        folder, index, within = place
        assert index is not None
        assert within is not None
        item = self.nav.items[index]
        beside = _Place(folder, index)
        children = [
            *(self._rest("above", beside) if within > 0 else []),
            veil,
            *(self._rest("below", beside) if within + 1 < len(item.children) else []),
        ]
        section = _veil(item, active=True, children=children)
        section.__dict__["entry"] = lambda render, path, *where: render(
            section, _at(path, index), *where
        )
        veil.__dict__ |= {"parent": section, "ancestors": [section]}
        return section

    def _rest(self, name: str, place: _Place) -> list[Veil]:
        """Entries that are the same on many pages, rendered where they were not."""

        def entry(render: Render, path: str, *where: Any) -> None:
            for n, (key, item) in enumerate(self._keys(place)):
                if self._shells.piece(key) is None:
                    whole = _veil(item)
                    if isinstance(item, Section):
                        whole.__dict__["children"] = [_veil(child) for child in item.children]
                    self._shells.keep_piece(key, render(whole, _at(path, n), *where))

        return _run(name, self.nav, entry)


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
        """What could be files of a site: the theme brings many templates, and thousands of icons."""
        found: set[str] = set()
        for folder in self._folders:
            for here, inner, names in os.walk(folder):
                inner[:] = [name for name in inner if not name.startswith(".")]
                below = here[len(folder) + 1 :].replace(os.sep, "/")
                paths = [f"{below}/{name}" if below else name for name in names]
                found.update(
                    [path for path in paths if not path.endswith(".html") and not left_out(path)]
                )
        return sorted(found)


@pass_context
def _url(context: Context, address: Any) -> str:
    """What MkDocs' own filter does, on a page that shows no address of its own."""
    if isinstance(address, Mark):
        return through(address, RELATIVE)
    return relative(str(address), context[_FOLDER])


@pass_context
def _script_tag(context: Context, script: Any) -> str:
    """The same with MkDocs' own filter for scripts, which looks at a page's address."""
    page = SimpleNamespace(url=f"{context[_FOLDER]}/" if context[_FOLDER] else "")
    return script_tag_filter(cast(Any, {"page": page, "base_url": ""}), script)


def _striptags(text: Any) -> str:
    return through(text, STRIPPED) if isinstance(text, Mark) else do_striptags(text)


def _entry(render: Render | None, item: Any, *where: Any) -> str:
    """One entry of the menu or of a page's contents: ours, or what the theme writes."""
    ours = item.__dict__.get("entry")
    if ours:
        return str(ours(render, *where))
    if render is None:
        raise LookedAt("a heading by itself")
    return render(item, *where)


def _run(name: str, real: object, entry: Callable[..., None] | None = None) -> list[Veil]:
    """Entries in a row, however many: each time one is asked for, `entry` sees to them all."""

    def ours(*args: Any) -> str:
        if entry:
            entry(*args)
        return mark(_EACH + name)

    return [Veil(real, entry=ours), Veil(real, entry=ours)]


def _at(path: str, place: int) -> str:
    """What the theme calls an entry, told from what it calls another one in the same row."""
    return f"{path.rpartition('_')[0]}_{place + 1}"


def _contents(made: Made) -> TableOfContents:
    """A page's contents: the headings below its title are a run."""
    [top] = contents(made)
    run = _run("headings", top) if made.headings else []
    veil = Veil(top, url=top.url, level=top.level, children=run)
    return TableOfContents([cast(AnchorLink, veil)])


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


def _places(nav: Navigation) -> Iterator[tuple[tuple[int, int | None], StructureItem]]:
    """Pages of the menu, each with its entry's place, and its own within that where it is a section."""
    for index, item in enumerate(nav.items):
        if isinstance(item, Section):
            for within, page in enumerate(item.children):
                yield (index, within), page
        else:
            yield (index, None), item
