"""What a site is made from, part by part: nothing but a change to one of them makes it anew.

A part has a name a reader understands, because it is also the reason that a build gives.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from clausebook.cache import digest, engine
from clausebook.model import Library, Organisation
from clausebook.shipped import shipped
from clausebook.unchanged import installed, leads_twice

PROGRAM, TEMPLATES = "Clausebook and what it stands on", "templates and settings"
REGISTERS, PICTURES = "policies/registers", "pictures in schools/"
EARLIER, PDFS = "what changes are told since", "PDFs wanted or not"
_POLICY = "policies/"
_AS_OF = re.compile(rb"^ +as_of: *\d{4}-\d\d-\d\d *$", re.MULTILINE)
_ENV = re.compile(r"!ENV\s+(\[[^\]]*\]|\S+)")
# Twelve characters of a digest: enough to tell versions of one part apart.
_SHORT = 12


def parts(
    tiers: Iterable[Organisation],
    library: Library,
    digests: Mapping[str, str],
    *,
    templates: str,
    pictures: str,
    earlier: str,
    pdfs: bool,
) -> dict[str, str]:
    """The digest of every part of one organisation's sites, by the part's name."""
    chain = tuple(tiers)
    held = {id for tier in chain for id in tier.policies if id in library.policies}
    found = {
        PROGRAM: program(),
        TEMPLATES: templates,
        REGISTERS: library.fingerprints[""],
        PICTURES: pictures,
        EARLIER: digest([earlier]),
        PDFS: str(pdfs),
        **{f"policies/{id}": library.fingerprints[id] for id in sorted(held)},
        **{tier.at.file: digests[tier.at.file] for tier in chain},
    }
    return {name: value[:_SHORT] for name, value in found.items()}


def pictures(digests: Mapping[str, str]) -> str:
    """Of all pictures that lie beside organisations' files."""
    beside = (name for name in sorted(digests) if name.startswith("schools/"))
    return digest(f"{name}={digests[name]}" for name in beside if not name.endswith(".yml"))


def frame(made_from: Mapping[str, str], own: str) -> str:
    """Of all parts but the policies' own files and the organisation's `own`: what pages of unchanged
    policies depend on beside what the organisation says."""
    wanted = [
        name
        for name in sorted(made_from)
        if name != own and (not name.startswith(_POLICY) or name == REGISTERS)
    ]
    return digest(f"{name}={made_from[name]}" for name in wanted)


def differing(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names of the parts that changed, came or went."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


@lru_cache(maxsize=1)
def program() -> str:
    """Changes with the engine's own code and with any package beside it."""
    return digest([engine(), *installed()])


def template_digest(root: Path) -> str:
    """Of every file that decides how pages and documents look."""
    whole = hashlib.sha256(digest(environment(root)).encode())
    settings = root / "mkdocs.yml"
    # The handbook's own templates and hooks could print the day; those that come with Clausebook do not.
    nobody_asks = own_templates(root) == [settings] and _states_day(settings)
    for name, path in template_files(root):
        try:
            raw = path.read_bytes()
        except OSError:  # an editor's mark that a file is open is a link that leads nowhere
            continue
        if nobody_asks and path == settings:
            raw = _without_day(raw)
        whole.update(f"{name} ".encode() + hashlib.sha256(raw).digest())
    return whole.hexdigest()


def _states_day(settings: Path) -> bool:
    found: Any = _settings(settings)
    for name in ("extra", "clausebook", "as_of"):
        found = found.get(name) if isinstance(found, dict) else None
    return found is not None


def _without_day(settings: bytes) -> bytes:
    """Settings without `as_of`, where it is one line: a handbook looks the same on every day."""
    rest, found = _AS_OF.subn(b"", settings)
    return rest if found == 1 else settings


def template_files(root: Path) -> Iterator[tuple[str, Path]]:
    """The shipped templates, hooks and settings, and the handbook's own, with what each is called
    below its top: a file that moves is another file."""
    for top in template_tops(root):
        if top.is_file():
            yield top.name, top
        linked: set[str] = set()
        for folder, folders, files in os.walk(top, followlinks=True):
            folders[:] = sorted(
                name
                for name in folders
                if name != "__pycache__" and not leads_twice(os.path.join(folder, name), linked)
            )
            for name in sorted(files):
                path = Path(folder, name)
                yield f"{top.name}/{path.relative_to(top).as_posix()}", path


def template_tops(root: Path) -> list[Path]:
    """The folders and files in which all of them lie."""
    tops = [shipped("overrides"), shipped("hooks"), shipped("mkdocs.yml"), *own_templates(root)]
    return list(dict.fromkeys(tops))


def own_templates(root: Path) -> list[Path]:
    """The handbook's mkdocs.yml, and the folders and files of its own that it names."""
    if not (root / "mkdocs.yml").is_file():
        return []
    waiting = [root / "mkdocs.yml"]
    settings: list[Path] = []
    named = [root / "overrides", root / "hooks"]
    while waiting:
        file = waiting.pop()
        settings.append(file)
        said = _settings(file)
        theme = said.get("theme")
        if isinstance(theme, dict):
            named += [root / place for place in _words(theme.get("custom_dir"))]
        for place in _words(said.get("hooks")):
            named += _beside(root, root / place)
        beyond = [file.parent / place for place in _words(said.get("INHERIT"))]
        waiting += [path for path in beyond if path not in settings]
    return [*settings, *(path for path in dict.fromkeys(named) if path.exists())]


def environment(root: Path) -> list[str]:
    """The variables that the settings name with !ENV, and what those that are set are now."""
    return [f"{name}={os.environ[name]}" for name in variables(root) if name in os.environ]


def variables(root: Path) -> list[str]:
    """Every word of every !ENV of the settings: what is not set now may be tomorrow."""
    names: set[str] = set()
    for file in own_templates(root):
        if file.suffix in (".yml", ".yaml") and file.is_file():
            for listed in _ENV.findall(file.read_text(encoding="utf-8-sig", errors="replace")):
                names.update(re.findall(r"\w+", listed))
    return sorted(names)


def _beside(root: Path, hook: Path) -> list[Path]:
    """A hook may import what lies beside it."""
    if hook.parent == root:
        return [hook, *sorted(root.glob("*.py"))]
    return [hook.parent]


class _AnyTag(yaml.SafeLoader):
    """Reads settings whatever tags they use that only MkDocs knows."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_AnyTag.add_multi_constructor("", _plain)


def _settings(file: Path) -> dict[str, Any]:
    try:
        found = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_AnyTag)
    except (OSError, ValueError, yaml.YAMLError):  # said when it is read
        return {}
    return found if isinstance(found, dict) else {}


def _words(value: Any) -> list[str]:
    """A word, or the words of a list: `!ENV [NAME, default]` names each of them."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str)]
