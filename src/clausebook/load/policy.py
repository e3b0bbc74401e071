"""A policy's folder in, the policy out: one Markdown file per section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from clausebook.load.clauses import load_clauses
from clausebook.load.files import PICTURES, Folder
from clausebook.load.picture import read_picture, shown_in
from clausebook.load.validate import validate
from clausebook.model import (
    Choice,
    Clause,
    Pack,
    Parameter,
    Picture,
    Policy,
    Registers,
    Retired,
    Section,
    Statutory,
    kept_fingerprint,
)
from clausebook.problem import Place, Problem
from clausebook.rules import (
    bad_id,
    bad_value,
    duplicate_clause,
    empty_section,
    missing_key,
    retired_id,
    unexpected_file,
    unknown_name,
    unknown_section,
)
from clausebook.shapes import ChoiceShape, PolicyShape, ProvisionsShape
from clausebook.spelling import KEBAB, RESERVED
from clausebook.yamlfile import Document, read_yaml

KEPT = "kept"


def load_policy(
    folder: Folder, path: Path, registers: Registers
) -> tuple[Policy | None, list[Problem]]:
    """One policy's folder."""
    name = folder.name(path)
    if not KEBAB.match(path.name) or RESERVED.match(path.name):
        return None, [bad_id.problem(Place(name), f"'{path.name}' is not an id")]
    entries, problems = folder.entries(path)
    files = {entry.name: entry for entry in entries}
    if "policy.yml" not in files:
        missing = missing_key.problem(Place(name), "policy.yml")
        missing = replace(missing, fix=f"write {name}/policy.yml, or take the folder away")
        return None, [*problems, missing]
    text, found = folder.read(files.pop("policy.yml"))
    problems += found
    if text is None:
        return None, problems
    document = read_yaml(text, Place(f"{name}/policy.yml"))
    shape, found = validate(document, PolicyShape)
    problems += found
    provisions, found = _provisions(folder, files.pop("provisions.yml", None))
    problems += found
    kept, found = _kept(folder, files.pop(KEPT, None))
    problems += found
    drawn = [files.pop(entry.name) for entry in entries if entry.suffix in PICTURES]
    if shape is None:
        return None, problems
    parameters = _parameters(shape, document, registers, problems)
    sections = _sections(shape, document, problems)
    clauses, found = _clauses(folder, files, sections, parameters)
    pictures, clauses, wrong = _pictures(folder, path, drawn, clauses)
    problems += found + wrong
    retired = _retired(shape, document, clauses, problems)
    problems += _twice(shape.common, document, "common")
    duty = shape.statutory.duty if shape.statutory else None
    if duty is not None and duty not in registers.duties:
        there = document.at("statutory", "duty")
        problems.append(unknown_name.problem(there, "duty", duty, registers.duties))
    return (
        Policy(
            id=path.name,
            at=Place(f"{name}/policy.yml"),
            title=shape.title,
            title_at=document.at("title"),
            summary=shape.summary,
            sections=tuple(sections.values()),
            packs={
                id: Pack(id=id, about=p.about, always=p.always, at=document.key("packs", id))
                for id, p in shape.packs.items()
            },
            parameters=parameters,
            clauses=clauses,
            provisions=provisions,
            control={str(name): ids for name, ids in shape.control.items()},
            retired=retired,
            statutory=Statutory(**shape.statutory.model_dump()) if shape.statutory else None,
            area=shape.area or "",
            common=shape.common,
            search=shape.search,
            kept=kept,
            pictures=pictures,
            places={
                ".".join(map(str, path)): place
                for path, place in document.values.items()
                if "covers" in path or path[:1] in (("control",), ("common",))
            },
        ),
        problems,
    )


def _provisions(folder: Folder, path: Path | None) -> tuple[dict[str, Place], list[Problem]]:
    if path is None:
        return {}, []
    text, problems = folder.read(path)
    if text is None:
        return {}, problems
    document = read_yaml(text, Place(folder.name(path)))
    shape, found = validate(document, ProvisionsShape)
    problems += found
    if shape is None:
        return {}, problems
    problems += _twice(shape.provisions, document, "provisions")
    return {
        id: document.at("provisions", index) for index, id in enumerate(shape.provisions)
    }, problems


def _pictures(
    folder: Folder, top: Path, drawn: list[Path], clauses: Mapping[str, Clause]
) -> tuple[dict[str, Picture], dict[str, Clause], list[Problem]]:
    """The pictures of a policy, and its clauses with those they show."""
    pictures: dict[str, Picture] = {}
    problems: list[Problem] = []
    for path in drawn:
        picture, found = read_picture(folder, path)
        problems += found
        if picture is not None:
            pictures[path.name] = picture
    names, folders = [path.name for path in drawn], [folder.name(top)]
    made: dict[str, Clause] = {}
    for id, clause in clauses.items():
        shown, found = shown_in(clause.text, pictures, names, folders)
        problems += found
        made[id] = replace(clause, pictures=shown) if shown else clause
    return pictures, made, problems


def _twice(ids: tuple[str, ...], document: Document, key: str) -> Iterator[Problem]:
    """A problem for each id that a list holds already."""
    for index, id in enumerate(ids):
        first = ids.index(id)
        if first < index:
            detail = f"'{id}' is already listed on line {document.at(key, first).line}"
            yield bad_value.problem(document.at(key, index), detail, "remove it here")


def _kept(folder: Folder, path: Path | None) -> tuple[dict[str, str], list[Problem]]:
    """Texts that were replaced, by fingerprint: files called FINGERPRINT.md."""
    if path is None:
        return {}, []
    entries, problems = folder.entries(path)
    kept: dict[str, str] = {}
    for entry in entries:
        if not re.fullmatch(r"[0-9a-f]{12}\.md", entry.name):
            at = Place(folder.name(entry))
            problems.append(unexpected_file.problem(at, "kept texts are called FINGERPRINT.md"))
            continue
        text, found = folder.read(entry)
        problems += found
        if text is None:
            continue
        if kept_fingerprint(text) != entry.stem:
            detail = "this kept text is not what its name says: it was changed"
            fix = "restore it from version control"
            problems.append(bad_value.problem(Place(folder.name(entry)), detail, fix))
        kept[entry.stem] = text
    return kept, problems


def _parameters(
    shape: PolicyShape, document: Document, registers: Registers, problems: list[Problem]
) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    for id, p in shape.parameters.items():
        here = ("parameters", id)
        choices: dict[str, Choice] = {}
        for choice_id, raw in p.choices.items():
            choice: ChoiceShape = raw
            at = document.at(*here, "choices", choice_id, "words")
            if [choice.words, choice.law, choice.platform].count(None) != 2:
                problems.append(
                    bad_value.problem(
                        document.key(*here, "choices", choice_id),
                        f"'{choice_id}' needs exactly one of words, law and platform",
                        "give its words, or the id of a law or a platform",
                    )
                )
            rows: tuple[tuple[str, str | None, Mapping[str, object]], ...] = (
                ("law", choice.law, registers.law),
                ("platform", choice.platform, registers.platforms),
            )
            for kind, row, known in rows:
                if row is not None and row not in known:
                    there = document.at(*here, "choices", choice_id, kind)
                    problems.append(unknown_name.problem(there, kind, row, known))
            choices[choice_id] = Choice(
                id=choice_id,
                at=at,
                words=choice.words,
                law=choice.law,
                platform=choice.platform,
                covers=choice.covers,
            )
        needs = p.type in ("choice", "choices", "titles")
        if needs != bool(choices):
            at = document.key(*here)
            detail = (
                f"a parameter of type {p.type} needs 'choices'"
                if needs
                else f"a parameter of type {p.type} has no choices"
            )
            problems.append(bad_value.problem(at, detail, "see the types in docs/format.md"))
        if "silent" in choices:
            at = document.key(*here, "choices", "silent")
            fix = "use the key 'silent' of the parameter, which says what silence means"
            problems.append(bad_value.problem(at, "'silent' is no ordinary choice", fix))
        if (p.min is not None or p.max is not None) and p.type != "number":
            at = document.key(*here, "min" if p.min is not None else "max")
            problems.append(bad_value.problem(at, "only a number has min and max", "remove it"))
        if p.min is not None and p.max is not None and p.min > p.max:
            at = document.at(*here, "max")
            problems.append(bad_value.problem(at, "max is below min", "swap the two"))
        parameters[id] = Parameter(
            id=id,
            at=document.key(*here),
            question=p.question,
            type=p.type,
            choices=choices,
            minimum=p.min,
            maximum=p.max,
            silent=p.silent,
            covers=p.covers,
            live=p.live,
            locked=p.locked,
        )
    return parameters


def _sections(
    shape: PolicyShape, document: Document, problems: list[Problem]
) -> dict[str, Section]:
    sections: dict[str, Section] = {}
    for index, s in enumerate(shape.sections):
        at = document.at("sections", index, "id")
        if s.id in sections:
            fix = "give each section an id of its own"
            detail = f"the section '{s.id}' is already declared on line {sections[s.id].at.line}"
            problems.append(bad_value.problem(at, detail, fix))
        sections[s.id] = Section(
            id=s.id,
            title=s.title,
            at=document.at("sections", index, "title"),
            required=s.required,
            appendix=s.appendix,
        )
    return sections


def _clauses(
    folder: Folder,
    files: Mapping[str, Path],
    sections: Mapping[str, Section],
    parameters: Mapping[str, Parameter],
) -> tuple[dict[str, Clause], list[Problem]]:
    problems: list[Problem] = []
    for _name, path in files.items():
        if path.suffix != ".md":
            at = Place(folder.name(path))
            expected = (
                "a policy folder holds policy.yml, provisions.yml, section files (.md) and pictures"
            )
            problems.append(unexpected_file.problem(at, expected))
        elif path.stem not in sections:
            at = Place(folder.name(path))
            problems.append(unknown_section.problem(at, path.stem, sections))
    lists = {id: p.plural for id, p in parameters.items()}
    clauses: dict[str, Clause] = {}
    for section in sections.values():
        file = files.get(f"{section.id}.md")
        if file is None:
            problems.append(empty_section.problem(section.at, section.id))
            continue
        text, found = folder.read(file)
        problems += found
        if text is None:
            continue
        made, found = load_clauses(text, folder.name(file), section.id, lists)
        problems += found
        if not made and not found:
            problems.append(empty_section.problem(section.at, section.id))
        for clause in made:
            if clause.id in clauses:
                at = clause.places.get("id", clause.at)
                problems.append(duplicate_clause.problem(at, clause.id, clauses[clause.id].at))
            else:
                clauses[clause.id] = clause
    return clauses, problems


def _retired(
    shape: PolicyShape, document: Document, clauses: Mapping[str, Clause], problems: list[Problem]
) -> dict[str, Retired]:
    retired: dict[str, Retired] = {}
    for index, r in enumerate(shape.retired):
        at = document.at("retired", index, "id")
        if r.id in clauses:
            used = clauses[r.id]
            problems.append(retired_id.problem(used.places.get("id", used.at), r.id))
        if r.id in retired:
            problems.append(retired_id.problem(at, r.id))
        retired[r.id] = Retired(id=r.id, date=r.date, reason=r.reason, successor=r.successor, at=at)
    return retired
