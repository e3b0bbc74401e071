"""The settings under `extra: clausebook` in mkdocs.yml. The rest of that file is MkDocs' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clausebook.cache import Cache, digest
from clausebook.load.files import Folder
from clausebook.model import Settings
from clausebook.problem import Place, Problem
from clausebook.rules import yaml_syntax

if TYPE_CHECKING:
    import yaml

NAME = "settings"
FILE = "mkdocs.yml"


def load_settings(
    folder: Folder, cache: Cache | None = None
) -> tuple[Settings | None, list[Problem]]:
    """What mkdocs.yml sets for Clausebook; the defaults when it says nothing or is not there."""
    path = folder.root / FILE
    if not path.is_file():
        return Settings(), []
    text, problems = folder.read(path)
    if text is None:
        return None, problems
    if cache is None:
        return _read(text)
    key = digest([text])
    known: tuple[Settings | None, list[Problem]] | None = cache.get(NAME, key)
    if known is None:
        known = _read(text)
        cache.put(NAME, key, known)
    return known[0], list(known[1])


def _read(text: str) -> tuple[Settings | None, list[Problem]]:
    import yaml

    from clausebook.load.validate import validate
    from clausebook.shapes import SettingsShape
    from clausebook.yamlfile import read_yaml

    try:
        block = _block(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, [yaml_syntax.problem(Place(FILE, line), error.problem or "unreadable")]
    if block is None:
        return Settings(), []
    document = read_yaml(*block)
    shape, problems = validate(document, SettingsShape)
    if shape is None:
        return None, problems
    return Settings(**dict(shape)), []


def _block(text: str) -> tuple[str, Place] | None:
    """The text of `extra: clausebook` alone: the rest may use tags that only MkDocs can read."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _value(_value(root, "extra"), "clausebook")
    if node is None:
        return None
    start, end = node.start_mark, node.end_mark
    indent = " " * start.column
    return indent + text[start.index : end.index].rstrip(), Place(FILE, start.line + 1)


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)
