"""Clause text in, HTML out: links that lead somewhere, defined terms, tables a keyboard can reach."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TYPE_CHECKING

from clausebook import everyday
from clausebook.blanks import Blanks, Filled
from clausebook.markdown import EXTENSIONS
from clausebook.model import (
    GlossaryEntry,
    Handbook,
    Library,
    Picture,
    ResolvedPolicy,
    escape,
)
from clausebook.once import aside
from clausebook.printed import PrintedSection, Shared, shared
from clausebook.recent import Recent

if TYPE_CHECKING:  # most runs convert no text that needs it
    from markdown import Markdown

_WORD = re.compile(r"\w+")
_TAG = re.compile(r"(<[^>]*>)")
_POLICY = re.compile(r'href="([a-z0-9-]+)\.md(#[a-z0-9-]+)?"')
_INTERNAL = re.compile(r'href="(?:([a-z0-9-]+)\.md)?(?:#([a-z0-9-]+))?"')
_IMAGE = re.compile(r'(<img alt="[^"]*") src="([^"]*)"')
# Where a word is part of something else already, it is not explained a second time.
_CLOSED = ("a", "th")


@lru_cache(maxsize=1)
def _parser() -> Markdown:
    from markdown import Markdown

    return Markdown(extensions=list(EXTENSIONS), output_format="html")


def _converted(text: str) -> str:
    known = everyday.as_html(text)
    if known is not None:
        return known
    parser = _parser()
    parser.reset()
    return str(parser.convert(text))


# A value is escaped to entities, and Python-Markdown hands entities on as they are.
HTML = Blanks(_converted, lru_cache(maxsize=5_000)(escape), "HTML")


@lru_cache(maxsize=50_000)
def text_html(text: str) -> str:
    """Clause Markdown as HTML, with links to pages of the site."""
    return _led(_converted(text))


@aside
def said_html(text: Filled) -> str:
    """A text as HTML: what `text_html` makes of its Markdown."""
    return _led(_as_written(text))


@aside
def _as_written(text: Filled) -> str:
    return HTML.of(text)


def _led(text: str) -> str:
    return _POLICY.sub(r'href="\1.html\2"', text) if ".md" in text else text


@aside
def links_of(text: Filled) -> tuple[tuple[str, str], ...]:
    """The clauses and policies a text refers to: policy (empty for its own) and clause."""
    if "](" not in (text.variant.blanked if text.reliable else text.markdown):
        return ()
    found = _INTERNAL.findall(_as_written(text))
    return tuple(dict.fromkeys((policy, clause) for policy, clause in found if policy or clause))


def address(picture: Picture, policy: str) -> str:
    """Where a site keeps a picture: a policy's own, or one that lies with a tier's file."""
    if picture.tier == "library":
        return f"assets/pictures/{policy}/{picture.name}"
    return f"assets/pictures/own/{picture.tier}/{picture.name}"


def with_pictures(text: str, pictures: Iterable[Picture], policy: str) -> str:
    """HTML whose pictures lead to the site's files and say their sizes: pages do not jump."""
    held = {picture.name: picture for picture in pictures}

    def led(found: re.Match[str]) -> str:
        picture = held[found[2]]
        sized = f' width="{picture.width}" height="{picture.height}"' if picture.width else ""
        return f'{found[1]} src="{address(picture, policy)}"{sized}'

    return _IMAGE.sub(led, text)


def pictures_of(policies: Iterable[ResolvedPolicy]) -> dict[str, bytes]:
    """The files of all pictures that some policies show."""
    return {
        address(picture, policy.id): picture.raw
        for policy in policies
        for one in shared(policy)
        for picture in _pictures(one.by(HTML))
    }


@aside
def _pictures(section: PrintedSection) -> tuple[Picture, ...]:
    return tuple([picture for one in section.clauses for picture in one.pictures])


def with_tables(text: str, label: str) -> str:
    """Tables in a box of their own, which scrolls and can be reached by keyboard."""
    text = text.replace("<th>", '<th scope="col">').replace("<th style", '<th scope="col" style')
    count = 0

    def boxed(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        said = html.escape(f"Table {count} of {label}" if count > 1 else f"Table of {label}")
        return f'<div class="cb-scroll" role="region" tabindex="0" aria-label="{said}"><table class="cb-table">'

    return re.sub(r"<table>", boxed, text).replace("</table>", "</table></div>")


class Glossary:
    """Explains defined terms: the first time each stands in a text."""

    def __init__(self, entries: Mapping[str, GlossaryEntry]) -> None:
        self.entries = entries
        self._by_word = {entry.term.casefold(): entry for entry in entries.values()}
        words = sorted(self._by_word, key=len, reverse=True)
        pattern = "|".join(re.escape(html.escape(word, quote=False)) for word in words)
        self._find = re.compile(rf"(?<![\w’'-])({pattern})(s?)(?![\w’'-])", re.I) if words else None
        self._explained: Recent[str, str] = Recent()
        self._used: Recent[str, frozenset[str]] = Recent()
        self._words = {found for word in words for found in _WORD.findall(word)}
        self._left: Recent[tuple[str, ...], bool] = Recent(1_000)

    def explain(self, text: str) -> str:
        """HTML with each defined term, once, a link to what it means."""
        return self._explained.made(text, self._explain)

    def _explain(self, text: str) -> str:
        if self._find is None:
            return text
        done: set[str] = set()
        closed = 0
        out: list[str] = []
        for part in _TAG.split(text):
            if part.startswith("<"):
                name = part.strip("</>").split()[0] if part.strip("</>") else ""
                if name in _CLOSED:
                    closed += -1 if part.startswith("</") else 1
                out.append(part)
            else:
                out.append(part if closed else self._find.sub(lambda m: self._one(m, done), part))
        return "".join(out)

    def _one(self, found: re.Match[str], done: set[str]) -> str:
        entry = self._by_word[html.unescape(found[1]).casefold()]
        if entry.id in done:
            return found[0]
        done.add(entry.id)
        means = html.escape(entry.means)
        return f'<a class="cb-term" href="terms.html#{entry.id}" data-cb-means="{means}">{found[0]}</a>'

    def used(self, texts: Iterable[str]) -> list[GlossaryEntry]:
        """The terms that stand in any of some texts, by name."""
        return self.by_name(self.found(texts))

    def found(self, texts: Iterable[str]) -> frozenset[str]:
        """The ids of the terms that stand in any of some texts."""
        return frozenset[str]().union(*(self._used.made(text, self._terms_in) for text in texts))

    def said(self, policy: ResolvedPolicy) -> frozenset[str]:
        """The ids of the terms that stand in the texts of a policy."""
        return frozenset[str]().union(*[self._in_section(self.of(one)) for one in shared(policy)])

    def of(self, one: Shared) -> PrintedSection:
        """A section with its gaps, where no term could stand in one of them; or else as it is."""
        if not one.words:
            return one.section
        return one.by(HTML) if self._left.made(one.words, self._leaves) else one.whole

    def _leaves(self, words: tuple[str, ...]) -> bool:
        """Whether no term could hold any of some words."""
        found = _WORD.findall(" ".join(words).casefold())
        return self._words.isdisjoint([*found, *[word.removesuffix("s") for word in found]])

    def _in_section(self, section: PrintedSection) -> frozenset[str]:
        found: frozenset[str] | None = section.made.get(self)
        if found is None:
            texts = [self._in_text(one.text) for one in section.clauses]
            found = section.made[self] = frozenset[str]().union(*texts)
        return found

    def _in_text(self, text: Filled) -> frozenset[str]:
        found: frozenset[str] | None = text.made.get(self)
        if found is None:
            found = text.made[self] = self._terms_in(said_html(text))
        return found

    def by_name(self, ids: AbstractSet[str]) -> list[GlossaryEntry]:
        return sorted((self.entries[id] for id in ids), key=lambda e: e.term.casefold())

    def _terms_in(self, text: str) -> frozenset[str]:
        if self._find is None:
            return frozenset()
        words = {found[1].casefold() for found in self._find.finditer(text)}
        return frozenset(self._by_word[html.unescape(word)].id for word in words)


def glossary(library: Library, handbook: Handbook) -> Glossary:
    """The terms worth explaining here: not what an organisation calls its learners and families."""
    everyday = {
        word.casefold()
        for term in library.registers.terms.values()
        for item in term.choices.values()
        for word in (item.words, item.many or item.words)
    }
    return _glossary(
        tuple(
            (id, entry)
            for id, entry in library.registers.glossary.items()
            if entry.term.casefold() not in everyday
        )
    )


@lru_cache(maxsize=8)
def _glossary(entries: tuple[tuple[str, GlossaryEntry], ...]) -> Glossary:
    """One for all handbooks with the same terms, so that what it explained is explained once."""
    return Glossary(dict(entries))
