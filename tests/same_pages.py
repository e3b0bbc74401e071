"""A published site and what plain MkDocs makes of its export: where the two differ."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

from clausebook.demonstration import note
from clausebook.model import Handbook
from tests.exported import (
    Element,
    exported_clauses,
    links,
    main,
    published_clauses,
    words,
    wrong_links,
)

HERE_ONLY = {"search.html"}  # a page that is nothing but our search


def plain_mkdocs(folder: Path) -> list[str]:
    """What MkDocs, strict and with nothing of ours, has to say while it builds a folder."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, listener = logging.getLogger("mkdocs"), Listener(logging.WARNING)
    logger.addHandler(listener)
    try:
        config = load_config(str(folder / "mkdocs.yml"))
        assert config.strict
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
    finally:
        logger.removeHandler(listener)
    return said


def differences(published: Path, made: Path, handbook: Handbook) -> Iterator[str]:
    """Where the pages of an export differ from the published site, other than by what is left behind."""
    ours = {path.relative_to(published).as_posix(): path for path in published.rglob("*.html")}
    theirs = {path.relative_to(made).as_posix(): path for path in made.rglob("*.html")}
    for name in sorted((ours.keys() - HERE_ONLY) ^ (theirs.keys() - {"404.html"})):
        yield f"{name}: only in one of them"
    for name in sorted(ours.keys() & theirs.keys()):
        for found in page_differences(name, ours[name], theirs[name], handbook):
            yield f"{name}: {found}"
    yield from wrong_links(made)


def page_differences(name: str, own: Path, their: Path, handbook: Handbook) -> Iterator[str]:
    gone = {one for one in main(own).ids - main(their).ids if not _left_behind(one)}
    if gone:
        yield f"addresses that are gone: {sorted(gone)}"
    if name.removesuffix(".html") in handbook.policies:
        clauses = [one for one in exported_clauses(their) if one[0] != "cb.control"]
        if published_clauses(own) != clauses:
            yield "clauses"
        if _control_published(own) != _control_exported(their):
            yield "document control"
    # These three speak of how the pages are made.
    if name not in ("about.html", "accessibility.html", "changes.html"):
        if _words_published(own) != _words_exported(their, handbook):
            yield "words"
        if _links_published(own) != _links_exported(their):
            yield "links"


def _left_behind(id: str) -> bool:
    return id.endswith(".title") or id.startswith("cb.q.") or id in ("cb.search", "cb.works")


def _words_published(path: Path) -> str:
    """All that a page says, but for document control and sentences about the page itself."""
    text = words(main(path), lambda one: "cb-control" in one.classes)
    for sentence in (
        " There point at one tap it or move to it with the keyboard and its meaning shows",
        " Terms on this page are autumn 1 September to 31 December spring 1 January to 31 March and "
        "summer 1 April to 31 August",
        " A to Z",
        " No date stated",
    ):
        text = text.replace(sentence, "")
    return text


def _words_exported(path: Path, handbook: Handbook) -> str:
    """The same of an exported page, but for the note that our pages have in their frame."""
    dropped = _ours(path)
    text = words(main(path), lambda one: any(one is other for other in dropped))
    about = note(handbook)
    return text.replace(f"{words(element_of(about))} ", "", 1) if about else text


def element_of(text: str) -> Element:
    element = Element("p", {})
    element.parts.append(text)
    return element


def _ours(path: Path) -> list[Element]:
    """What an exported policy has for our buttons and our fold-out table: the line of links, that
    of approval, which stands in the fold, and all from "Document control" on."""
    parts = main(path).elements
    at = next((i for i, one in enumerate(parts) if one.id == "cb.control"), None)
    if at is None:
        return []
    row = next(
        i for i, one in enumerate(parts) if words(one).endswith("What changed Document control")
    )
    return [parts[row - 1], parts[row], *parts[at:]]


def _links_published(path: Path) -> set[tuple[str, str]]:
    inside = {
        id(one)
        for e in main(path).all
        if e.classes & {"cb-cited", "cb-origin", "cb-actions"}
        for one in e.all
    }
    dropped = {"cb-term", "cb-number", "cb-action"}
    policies = {id(one) for e in main(path).all if "cb-a-to-z" in e.classes for one in e.all}
    return links(path, lambda e: id(e) in inside | policies or bool(e.classes & dropped))


def _links_exported(path: Path) -> set[tuple[str, str]]:
    inside = {id(one) for part in _ours(path) for one in part.all}
    return links(path, lambda e: id(e) in inside)


def _control_published(path: Path) -> list[tuple[str, str]]:
    fold = next(e for e in main(path).all if "cb-control" in e.classes)
    rows = [e for e in fold.all if e.name == "div"]
    line = next(e for e in fold.all if e.name == "summary")
    return [
        ("", words(line)),
        *((words(r.elements[0]), " ".join(map(words, r.elements[1:]))) for r in rows),
    ]


def _control_exported(path: Path) -> list[tuple[str, str]]:
    line, _, _, table = _ours(path)
    rows = [("", [words(line)])]
    for row in [e for e in table.all if e.name == "tr"][1:]:
        label, said = map(words, row.elements)
        if label:
            rows.append((label, [said]))
        else:  # one more line of the row above
            rows[-1][1].append(said)
    return [(label, " ".join(lines)) for label, lines in rows]
