"""One section file in; its clauses out. A clause is a heading, a block of facts and a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from clausebook.load.validate import validate
from clausebook.model import Clause, Strength
from clausebook.problem import Place, Problem
from clausebook.rules import bad_text, clause_format, empty_value, not_verbatim
from clausebook.shapes import ClauseShape
from clausebook.spelling import FORBIDDEN, is_forbidden
from clausebook.template import read_wording
from clausebook.typed import dataclass
from clausebook.yamlfile import read_yaml

_HEADING = re.compile(r"## +(?P<title>\S.*?) *\Z")


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of one clause, and where it starts."""

    line: int
    column: int
    title: str
    lines: tuple[str, ...]


def load_clauses(
    text: str, file: str, section: str, parameters: Mapping[str, bool]
) -> tuple[list[Clause], list[Problem]]:
    """The clauses of one section file in their order."""
    parts, problems = _parts(text, file)
    clauses: list[Clause] = []
    lists = tuple(id for id, holds_list in parameters.items() if holds_list)
    for part in parts:
        clause, found = _clause(part, file, section, lists)
        problems += found
        if clause:
            clauses.append(clause)
    return clauses, problems


def _parts(text: str, file: str) -> tuple[list[_Part], list[Problem]]:
    parts: list[tuple[int, re.Match[str], list[str]]] = []
    problems: list[Problem] = []
    forbidden = is_forbidden(text)
    for number, line in enumerate(text.split("\n"), start=1):
        found = FORBIDDEN.search(line) if forbidden else None
        if found:
            at = Place(file, number, found.start() + 1)
            problems.append(bad_text.problem(at, "this line holds a character that is not shown"))
        heading = _HEADING.match(line) if line.startswith("#") else None
        if heading:
            parts.append((number, heading, []))
        elif parts:
            parts[-1][2].append(line)
        elif line.strip():
            at = Place(file, number)
            problems.append(clause_format.problem(at, "this text belongs to no clause"))
    made = [
        _Part(line, heading.start("title") + 1, heading["title"], tuple(lines))
        for line, heading, lines in parts
    ]
    return made, problems


# A process that reads a handbook again, after an edit, reads only the clauses that changed.
@lru_cache(maxsize=8192)
def _clause(
    part: _Part, file: str, section: str, lists: tuple[str, ...]
) -> tuple[Clause | None, list[Problem]]:
    parameters = dict.fromkeys(lists, True)
    start = next((i for i, line in enumerate(part.lines) if line.strip()), None)
    at = Place(file, part.line)
    if start is None or part.lines[start].rstrip() != "```clause":
        detail = f"the clause '{part.title}' has no ```clause block under its heading"
        return None, [clause_format.problem(at, detail)]
    end = next(
        (i for i in range(start + 1, len(part.lines)) if part.lines[i].rstrip() == "```"), None
    )
    if end is None:
        here = at.down(start + 1)
        return None, [clause_format.problem(here, "this ```clause block is never closed")]
    facts = "\n".join(part.lines[start + 1 : end])
    document = read_yaml(facts, at.down(start + 2))
    shape, problems = validate(document, ClauseShape)
    if shape is None:
        return None, problems
    body = part.lines[end + 1 :]
    first = next((i for i, line in enumerate(body) if line.strip()), None)
    if first is None:
        return None, [*problems, empty_value.problem(at)]
    text = "\n".join(body[first:]).rstrip()
    title, found = read_wording(part.title, Place(file, part.line, part.column), 0, parameters)
    problems += found
    wording, found = read_wording(text, at.down(end + 2 + first), 0, parameters)
    problems += found
    summary = None
    if shape.summary:
        written = document.wording("summary")
        if written is None:
            return None, [*problems, not_verbatim.problem(document.at("summary"))]
        summary, found = read_wording(shape.summary, written[0], 0, parameters)
        problems += found
    places = {str(k[0]): v for k, v in document.keys.items() if len(k) == 1}
    places |= {".".join(map(str, k)): v for k, v in document.values.items() if len(k) > 1}
    places["id.value"] = document.at("id")
    if shape.strength:
        places["strength.value"] = document.at("strength")
    return (
        Clause(
            id=shape.id,
            section=section,
            at=at,
            title=title,
            text=wording,
            pack=shape.pack,
            strength=Strength(shape.strength) if shape.strength else None,
            covers=shape.covers,
            when=dict(shape.when),
            requires=shape.requires,
            summary=summary,
            ask=shape.ask,
            questions=shape.questions,
            editions=shape.editions,
            locked=shape.locked,
            places=places,
        ),
        problems,
    )
