"""policies/registers/ in, the shared facts out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from clausebook.load.files import Folder
from clausebook.load.validate import validate
from clausebook.model import (
    Duty,
    GlossaryEntry,
    Item,
    Law,
    Link,
    Misnomer,
    Phrase,
    Platform,
    Registers,
    RoleName,
    Term,
)
from clausebook.problem import Place, Problem
from clausebook.rules import bad_value, date_order, unexpected_file, unknown_name, unknown_source
from clausebook.shapes import (
    DutyRegister,
    LawRegister,
    LawShape,
    PhraseRegister,
    PlatformRegister,
    Shape,
    TermRegister,
)
from clausebook.yamlfile import Document, read_yaml

S = TypeVar("S", bound=Shape)
# A process that reads a handbook again, after an edit, reads only the registers that changed.
_document = lru_cache(maxsize=8)(read_yaml)
FILES = ("law.yml", "platforms.yml", "terms.yml", "phrases.yml", "duties.yml")


def load_registers(folder: Folder, top: Path) -> tuple[Registers, list[Problem]]:
    """All five registers; one that is not there is empty."""
    entries, problems = folder.entries(top)
    for path in entries:
        if path.name not in FILES:
            at = Place(folder.name(path))
            problems.append(unexpected_file.problem(at, "registers are " + ", ".join(FILES)))
    law = _law(folder, top, problems)
    platforms, patterns = _platforms(folder, top, problems)
    terms, roles, glossary = _terms(folder, top, problems)
    return (
        Registers(
            law=law,
            platforms=platforms,
            terms=terms,
            roles=roles,
            glossary=glossary,
            phrases={**_phrases(folder, top, problems), **patterns},
            duties=_duties(folder, top, law, problems),
        ),
        problems,
    )


def _read(
    folder: Folder, top: Path, name: str, shape: type[S], problems: list[Problem]
) -> tuple[S, Document] | None:
    path = top / name
    if not path.exists():
        return None
    text, found = folder.read(path)
    problems += found
    if text is None:
        return None
    document = _document(text, Place(folder.name(path)))
    value, found = validate(document, shape)
    problems += found
    return (value, document) if value is not None else None


def _check_sources(
    document: Document,
    key: str,
    row: str,
    ids: Iterable[str],
    known: Iterable[str],
    problems: list[Problem],
) -> None:
    names = set(known)
    for index, id in enumerate(ids):
        if id not in names:
            at = document.at(key, row, "sources", index)
            problems.append(unknown_source.problem(at, id, names))


def _law(folder: Folder, top: Path, problems: list[Problem]) -> dict[str, Law]:
    read = _read(folder, top, "law.yml", LawRegister, problems)
    if read is None:
        return {}
    shape, document = read
    for id, row in shape.law.items():
        _check_sources(document, "law", id, row.sources, shape.sources, problems)
        for index, other in enumerate(row.replaced_by):
            if other not in shape.law:
                at = document.at("law", id, "replaced_by", index)
                problems.append(unknown_name.problem(at, "law", other, shape.law))
        _check_dates(document, id, row, problems)
        if row.confidence == "low" and row.severity == "error":
            at = document.at("law", id, "severity")
            detail = "a row of low confidence cannot be an error"
            problems.append(bad_value.problem(at, detail, "write 'warning' or 'info'"))
        if row.severity != "ok" and not row.message:
            at = document.at("law", id, "severity")
            fix = "add 'message: …' for the author of the text"
            problems.append(bad_value.problem(at, "a severity needs a message", fix))
    return {
        id: Law(
            id=id,
            at=document.at("law", id, "title"),
            title=row.title,
            kind=row.kind,
            status=row.status,
            severity=row.severity,
            confidence=row.confidence,
            message=row.message,
            link=_link(row, id, document),
            year=row.year,
            aliases=row.aliases,
            misnomers=tuple(Misnomer(**m.model_dump()) for m in row.misnomers),
            replaced_by=row.replaced_by,
            basis=row.basis,
            sources=row.sources,
        )
        for id, row in shape.law.items()
    }


def _check_dates(document: Document, id: str, row: LawShape, problems: list[Problem]) -> None:
    """A law cannot begin before its year, nor end before either."""
    for key, date in (("since", row.since), ("ended", row.ended)):
        if date and row.year and date.year < row.year:
            detail = f"the law is of {row.year}, and '{key}' says {date}"
            problems.append(date_order.problem(document.at("law", id, key), detail))
    if row.since and row.ended and row.ended.last < row.since.first:
        detail = f"it ended ({row.ended}) before it began ({row.since})"
        problems.append(date_order.problem(document.at("law", id, "ended"), detail))


def _link(row: LawShape, id: str, document: Document) -> Link | None:
    if row.path:
        target, at = f"https://www.legislation.gov.uk/{row.path}", document.at("law", id, "path")
        return Link(target=target, at=at, raw=row.path, formatter="legislation")
    if row.url:
        return Link(target=row.url, at=document.at("law", id, "url"), raw=row.url)
    return None


def _platforms(
    folder: Folder, top: Path, problems: list[Problem]
) -> tuple[dict[str, Platform], dict[str, Phrase]]:
    read = _read(folder, top, "platforms.yml", PlatformRegister, problems)
    if read is None:
        return {}, {}
    shape, document = read
    for id, row in shape.platforms.items():
        _check_sources(document, "platforms", id, row.sources, shape.sources, problems)
    for id, rule in shape.rules.items():
        _check_sources(document, "rules", id, rule.sources, shape.sources, problems)
    platforms = {
        id: Platform(
            id=id,
            at=document.at("platforms", id, "name"),
            name=row.name,
            status=row.status,
            severity=row.severity,
            confidence=row.confidence,
            former=row.former,
            also=row.also,
            message=row.message,
        )
        for id, row in shape.platforms.items()
    }
    patterns = {
        f"platforms-{id}": Phrase(
            id=id,
            at=document.at("rules", id, "pattern"),
            find=(),
            pattern=row.pattern,
            exact=False,
            instead="",
            severity=row.severity,
            message=row.message,
            confidence=row.confidence,
        )
        for id, row in shape.rules.items()
    }
    return platforms, patterns


def _terms(
    folder: Folder, top: Path, problems: list[Problem]
) -> tuple[dict[str, Term], dict[str, RoleName], dict[str, GlossaryEntry]]:
    read = _read(folder, top, "terms.yml", TermRegister, problems)
    if read is None:
        return {}, {}, {}
    shape, document = read
    terms: dict[str, Term] = {}
    for id, row in shape.terms.items():
        if row.text == bool(row.choices):
            at = document.key("terms", id)
            fix = "give 'choices', or 'text: true' for a word of the organisation's own"
            problems.append(bad_value.problem(at, f"'{id}' needs choices or free text", fix))
        choices = {
            choice: Item(
                words=forms.one,
                many=forms.many,
                many_at=document.at("terms", id, "choices", choice, "many"),
                id=choice,
                at=document.at("terms", id, "choices", choice, "one"),
            )
            for choice, forms in row.choices.items()
        }
        terms[id] = Term(
            id=id,
            at=document.key("terms", id),
            question=row.question,
            choices=choices,
            free=row.text,
            silent=row.silent,
        )
    roles = {
        id: RoleName(
            id=id,
            at=document.at("roles", id, "title"),
            title=role.title,
            about=role.about,
            also=role.also,
            outdated=role.outdated,
        )
        for id, role in shape.roles.items()
    }
    glossary = {
        id: GlossaryEntry(
            id=id,
            at=document.at("glossary", id, "means"),
            term=entry.term,
            means=entry.means,
            also=entry.also,
        )
        for id, entry in shape.glossary.items()
    }
    return terms, roles, glossary


def _phrases(folder: Folder, top: Path, problems: list[Problem]) -> dict[str, Phrase]:
    read = _read(folder, top, "phrases.yml", PhraseRegister, problems)
    if read is None:
        return {}
    shape, document = read
    for id, row in shape.phrases.items():
        _check_sources(document, "phrases", id, row.sources, shape.sources, problems)
        if not row.find and not row.pattern:
            at = document.key("phrases", id)
            fix = "add 'find: […]' or 'pattern: …'"
            problems.append(bad_value.problem(at, f"'{id}' has nothing to find", fix))
    return {
        id: Phrase(
            id=id,
            at=document.key("phrases", id),
            find=row.find,
            pattern=row.pattern,
            exact=row.exact,
            instead=row.instead,
            severity=row.severity,
            message=row.message,
            confidence=row.confidence,
        )
        for id, row in shape.phrases.items()
    }


def _duties(
    folder: Folder, top: Path, law: dict[str, Law], problems: list[Problem]
) -> dict[str, Duty]:
    read = _read(folder, top, "duties.yml", DutyRegister, problems)
    if read is None:
        return {}
    shape, document = read
    for id, row in shape.duties.items():
        _check_sources(document, "duties", id, row.sources, shape.sources, problems)
        for index, name in enumerate(row.law):
            if name not in law:
                at = document.at("duties", id, "law", index)
                problems.append(unknown_name.problem(at, "law", name, law))
    for id, date in shape.calendar.items():
        _check_sources(document, "calendar", id, date.sources, shape.sources, problems)
    return {
        id: Duty(
            id=id,
            at=document.at("duties", id, "title"),
            title=row.title,
            publish=row.publish,
            basis=row.review.basis,
            months=row.review.months,
            confidence=row.confidence,
        )
        for id, row in shape.duties.items()
    }
