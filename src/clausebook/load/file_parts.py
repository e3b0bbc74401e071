"""An organisation's file in; out fingerprints of its parts, each of which other pages show.

The file is cut where its keys stand, so that each of its characters belongs to just one part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clausebook.cache import digest
from clausebook.model import FileParts
from clausebook.yamlfile import Document, Path

_REACHED_BY = ("name", "phone", "email", "checked")
# A part by what it is about: a policy, how to reach the holder of a role, or neither.
_Part = tuple[str, str]
_POLICY, _ROLE = "policies", "roles"
_REST: _Part = ("", "")


def file_parts(document: Document) -> FileParts:
    """The fingerprints of a file that was read."""
    said: dict[_Part, list[str]] = {_REST: []}
    places: list[str] = []
    for part, where, text in _cut(document):
        (said.setdefault(part, []) if part[0] == _POLICY else places).append(where)
        said.setdefault(part, []).append(text)
    found = {part: digest(texts) for part, texts in said.items()}
    return FileParts(
        policies={id: made for (about, id), made in found.items() if about == _POLICY},
        reached={id: made for (about, id), made in found.items() if about == _ROLE},
        rest=found[_REST],
        places=digest(places),
    )


def _cut(document: Document) -> Iterator[tuple[_Part, str, str]]:
    """Where each piece of the file stands, what it says, and which part it belongs to."""
    text, start = document.text, document.start
    lines = [0, *(end.end() for end in re.finditer("\n", text))]
    part, where, first = _REST, "", 0
    for path, place in document.keys.items():
        begins = _begun(path)
        if begins is None:
            continue
        line = place.line - start.line
        end = lines[line] + place.column - (1 if line else start.column)
        yield part, where, text[first:end]
        part, where, first = begins, f"{place.line}:{place.column}", end
    yield part, where, text[first:]


def _begun(path: Path) -> _Part | None:
    """The part that begins with a key, if one does."""
    about, *names = path
    if len(names) > 1 and about == _ROLE and names[1] in _REACHED_BY:
        return (_ROLE, str(names[0]))
    if len(names) == 1 and about == _POLICY:
        return (_POLICY, str(names[0]))
    return _REST if len(names) < (3 if about == _ROLE else 1) else None
