"""A site put together of frames that an earlier build kept, without MkDocs.

In: a site of which something stays as it is published. Out: its folder, sealed; or False where not
all that stands around its pages is kept. What is kept came of MkDocs and the theme with the same
settings, templates and packages, for sites that looked the same and had the same pages.
"""

from __future__ import annotations

import errno
import hashlib
import html
import os
import shutil
import sys
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from jinja2.filters import do_striptags
from markupsafe import Markup, escape

from clausebook import seal as sealing
from clausebook.cache import Cache, digest
from clausebook.host.veil import ESCAPED, FILTER
from clausebook.published import Published
from clausebook.render.site import Heading, Site
from clausebook.render.site import Page as Made
from clausebook.shipped import REPOSITORY, shipped
from clausebook.unchanged import installed

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page

PREFIX = "sheets-"
# What schools with menus of their own come to, and how long what is of no use any more stays.
_MOST, _UNUSED = 32 * 1024 * 1024, timedelta(days=30)
# Templates of documents: none of a site's pages is made with them.
_NOT_OURS = ("pdf",)

Key = tuple[Hashable, ...]
There = TypeVar("There")


# ------------------------------------------------------------------------------ a page


class Shell(NamedTuple):
    """Bytes in order; `gaps` says which of them are filled in, and with what.

    `runs` are gaps too, for any number of entries: which, and what is between them.
    """

    parts: tuple[bytes, ...]
    gaps: tuple[tuple[int, str], ...]
    runs: tuple[tuple[int, str, bytes], ...]

    def filled(self, texts: Mapping[str, bytes], entries: Mapping[str, Sequence[bytes]]) -> bytes:
        parts = list(self.parts)
        for place, name in self.gaps:
            parts[place] = texts[name]
        for place, name, between in self.runs:
            parts[place] = between.join(entries[name])
        return b"".join(parts)

    def with_known(self, texts: Mapping[str, bytes], names: Collection[str]) -> Shell:
        """With those texts where they belong, of which it has these."""
        parts = list(self.parts)
        known = [gap for gap in self.gaps if gap[1].partition(FILTER)[0] in names]
        for place, name in known:
            parts[place] = texts[name]
        gaps = tuple([gap for gap in self.gaps if gap not in known])
        return self._replace(parts=tuple(parts), gaps=gaps)


class Texts(dict[str, bytes]):
    """Texts by the names of their marks, made as the theme's filters ask when they are asked for."""

    def __init__(
        self, texts: Mapping[str, str], shared: Texts | None = None, folder: str = ""
    ) -> None:
        if shared:
            self.update(shared)
        self._texts, self._shared, self._folder = texts, shared, folder

    def __missing__(self, name: str) -> bytes:
        text = self._texts.get(name)
        if text is None:
            first, *filters = name.split(FILTER)
            if self._shared is not None and first not in self._texts:
                return self._shared[name]
            text = self._texts[first]
            for each in filters:
                text = self._filtered(text, FILTER + each)
        made = self[name] = text.encode("utf-8", "xmlcharrefreplace")
        return made

    def _filtered(self, text: str, name: str) -> str:
        if name == RELATIVE:
            return relative(text, self._folder)
        if name == STRIPPED:
            return do_striptags(text)
        assert name == ESCAPED
        return escape(text)


RELATIVE, STRIPPED = f"{FILTER}url", f"{FILTER}striptags"


@lru_cache(maxsize=10_000)
def relative(address: str, folder: str) -> str:
    """An address as it is written on the pages in a folder."""
    from mkdocs.utils import normalize_url  # few sites show an address

    page = SimpleNamespace(url=f"{folder}/" if folder else "")
    return normalize_url(address, page=cast("Page", page))


class Sheet(NamedTuple):
    """What is around a page in a folder, and the entries of the menu that stand there."""

    shell: Shell
    around: dict[str, list[bytes]]
    folder: str


class Sheets:
    """One site's pages, each put together when it is asked for.

    `sheet` is what is around a page, and `heading` an entry of its own contents.
    """

    def __init__(
        self,
        sheet: Callable[[Made], Sheet],
        heading: Callable[[Heading], bytes],
        site: Site,
        name: str,
    ) -> None:
        self._sheet, self._heading = sheet, heading
        self._crest = site.crest or ""
        self._own = Texts({"name": Markup(name), "id": site.id, "note": site.note or ""})

    def page(self, made: Made) -> bytes:
        """A page as it is to be written."""
        shell, around, folder = self._sheet(made)
        texts = {
            "body": made.body,
            "code": made.code,
            "about": html.escape(made.about),
            "heading": made.title,
            "crest": self._crest,
        }
        entries = {**around, "headings": list(map(self._heading, made.headings))}
        return shell.filled(Texts(texts, self._own, folder), entries)


def filled(heading: Heading, shell: Callable[[Heading], Shell]) -> bytes:
    """An entry of a page's contents, by the shell of each."""
    texts = Texts({"title": html.escape(heading.title), "anchor": f"#{heading.id}"})
    return shell(heading).filled(
        texts, {"under": [filled(under, shell) for under in heading.under]}
    )


def sheet_key(made: Made) -> Key:
    """What can be seen of a page in what is around it."""
    return (made.path, bool(made.headings), bool(made.about), bool(made.code))


# ------------------------------------------------------------------------------ a site


class Kept(NamedTuple):
    """What is around all pages of sites that look the same and have the same ones.

    `headings` are entries of a page's contents without any under them, and with some. `theme` are the
    SHA-256 of the files that the theme brings. `folder` is the one that the settings name, and that
    MkDocs wants to be there.
    """

    sheets: dict[Key, Sheet]
    headings: tuple[Shell | None, Shell | None]
    theme: dict[str, str]
    folder: str


class NotKept(Exception):
    """A page was never made with these settings."""


def build_site(site: Site, root: Path, folder: Path, published: Published | None) -> bool:
    """Write a site's pages and files into a folder, which is emptied first, if all there is to it is
    kept or stays. Stale when what stays is not as it was published."""
    kept = recalled(root, site) if published is not None and site.as_published else None
    if kept is None or published is None or not os.path.isdir(kept.folder):
        return False
    theme = {path: sha for path, sha in kept.theme.items() if path not in site.files}
    if any(published.digests.get(path) != sha for path, sha in theme.items()):
        return False

    def heading(one: Heading) -> Shell:
        return _there(kept.headings[bool(one.under)])

    sheets = Sheets(
        lambda made: _there(kept.sheets.get(sheet_key(made))),
        lambda one: filled(one, heading),
        site,
        html.escape(site.name),
    )
    try:
        pages = {p.path: p.written or sheets.page(p) for p in site.pages if not p.stays}
    except NotKept:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    digests: dict[str, str] = {}
    for path, data in {**site.files, **pages}.items():
        write(f"{folder}/{path}", data)
        digests[path] = hashlib.sha256(data).hexdigest()
    digests |= published.take_over((*theme, *site.as_published), folder)
    seal(site, folder, digests)
    return True


def seal(site: Site, folder: Path, digests: Mapping[str, str]) -> None:
    """The last file of a site: what all the others are."""
    facts = sealing.Facts(
        id=site.id,
        name=site.name,
        edition=site.edition,
        library=site.library,
        handbook=site.fingerprint or None,
        within=site.within,
    )
    sealing.write(folder, facts, digests)


def keep(root: Path, key: str, site: Site, kept: Kept) -> None:
    """Keep what is around the pages of a site for later ones."""
    cache, pages = Cache(root), _pages(site)
    cache.put(f"{PREFIX}{pages[:16]}", f"{key} {pages}", kept)
    cache.bound(PREFIX, _MOST, _UNUSED)


def recalled(root: Path, site: Site) -> Kept | None:
    """What is kept of sites like this one, if that is still how they are made."""
    pages = _pages(site)
    return _kept(root, f"{PREFIX}{pages[:16]}", f"{made_with(state(root))} {pages}")


@lru_cache(maxsize=4)
def _kept(root: Path, name: str, key: str) -> Kept | None:
    """Read once for all sites of a build. Nothing stays nothing: who made it has MkDocs loaded."""
    found: Kept | None = Cache(root).get(name, key)
    return found


def _pages(site: Site) -> str:
    """The same for sites that look the same and have the same pages."""
    return digest([repr(layout(site))])


def made_with(state: object) -> str:
    """A key of all that frames depend on beside their own keys."""
    return digest([repr(state), sys.version, *installed()])


def _there(found: There | None) -> There:
    if found is None:
        raise NotKept
    return found


def looks(site: Site) -> Key:
    """What can be seen of a site on each of its pages, beside its own words."""
    crest = site.crest or ""
    note = bool(site.note)
    return (site.edition, note, bool(crest), crest.endswith(".svg"), site.styles, site.scripts)


def layout(site: Site) -> Key:
    """What the menu of a site depends on, and where each of its pages stands."""
    pages = (
        # To the menu the first page is called the same everywhere.
        (
            page.path,
            page.path == "index.html" or page.title,
            page.group,
            page.listed,
            bool(page.headings),
        )
        for page in site.pages
    )
    return (looks(site), *pages)


# ------------------------------------------------------------------------------ what it depends on


def state(root: Path) -> object:
    """What has to be as it was: the settings, the hook, and every template and file beside them."""
    own = root / "mkdocs.yml"
    return (
        root,
        root == REPOSITORY,
        own.read_bytes() if own.is_file() else b"",
        stat_of(shipped("mkdocs.yml").stat()),
        stat_of(Path(shipped("hooks"), "handbook.py").stat()),
        tuple(_below(str(shipped("overrides")))),
    )


def _below(folder: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name in _NOT_OURS:
                continue
            if entry.is_dir():
                yield from _below(entry.path)
            else:
                yield entry.path, stat_of(entry.stat())


def stat_of(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mtime_ns, found.st_size, found.st_ino


def write(path: str, data: bytes) -> None:
    """A file in a folder that may not be there. There are very many to be written."""
    try:
        file = os.open(path, _TO_WRITE, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path))
        file = os.open(path, _TO_WRITE, 0o666)
    try:
        if os.write(file, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    finally:
        os.close(file)


_TO_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
