"""What a site is made from, part by part: nothing but a change to one of them makes it anew.

A part has a name a reader understands, because it is also the reason that a build gives.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from clausebook.cache import digest, engine
from clausebook.model import Library, Organisation
from clausebook.shipped import shipped
from clausebook.unchanged import leads_twice

PROGRAM, TEMPLATES = "Clausebook and what it stands on", "templates and settings"
REGISTERS, PICTURES = "policies/registers", "pictures in schools/"
EARLIER, PDFS = "what changes are told since", "PDFs wanted or not"
_POLICY = "policies/"
# Twelve characters of a digest: enough to tell versions of one part apart.
_SHORT = 12


def parts(
    tiers: Iterable[Organisation],
    library: Library,
    digests: Mapping[str, str],
    *,
    templates: str,
    earlier: str,
    pdfs: bool,
) -> dict[str, str]:
    """The digest of every part of one organisation's sites, by the part's name."""
    chain = tuple(tiers)
    pictures = (
        f"{name}={digests[name]}"
        for name in sorted(digests)
        if name.startswith("schools/") and not name.endswith(".yml")
    )
    held = {id for tier in chain for id in tier.policies if id in library.policies}
    found = {
        PROGRAM: program(),
        TEMPLATES: templates,
        REGISTERS: library.fingerprints[""],
        PICTURES: digest(pictures),
        EARLIER: earlier,
        PDFS: str(pdfs),
        **{f"policies/{id}": library.fingerprints[id] for id in sorted(held)},
        **{tier.at.file: digests[tier.at.file] for tier in chain},
    }
    return {name: value[:_SHORT] for name, value in found.items()}


def key(made_from: Mapping[str, str]) -> str:
    return digest(f"{name}={made_from[name]}" for name in sorted(made_from))


def frame(made_from: Mapping[str, str]) -> str:
    """Of all parts but the policies' own files: what pages of unchanged policies depend on."""
    wanted = [
        name for name in sorted(made_from) if not name.startswith(_POLICY) or name == REGISTERS
    ]
    return digest(f"{name}={made_from[name]}" for name in wanted)


def differing(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names of the parts that changed, came or went."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


@lru_cache(maxsize=1)
def program() -> str:
    """Changes with the engine's own code and with any package beside it."""
    return digest([engine(), *installed()])


@lru_cache(maxsize=1)
def installed() -> list[str]:
    """Names and versions of the packages installed where MkDocs is, without importing any."""
    spec = importlib.util.find_spec("mkdocs")
    if spec is None or spec.origin is None:
        return []
    beside = Path(spec.origin).parents[1]
    return sorted(name for name in os.listdir(beside) if name.endswith(".dist-info"))


def template_digest(root: Path) -> str:
    """Of every file that decides how pages and documents look."""
    whole = hashlib.sha256()
    for path in template_files(root):
        try:
            raw = path.read_bytes()
        except OSError:  # an editor's mark that a file is open is a link that leads nowhere
            continue
        whole.update(f"{path.name} ".encode() + hashlib.sha256(raw).digest())
    return whole.hexdigest()


def template_files(root: Path) -> Iterator[Path]:
    """The shipped templates, hooks and settings, and the handbook's own."""
    for top in template_tops(root):
        if top.is_file():
            yield top
        linked: set[str] = set()
        for folder, folders, files in os.walk(top, followlinks=True):
            folders[:] = sorted(
                name
                for name in folders
                if name != "__pycache__" and not leads_twice(os.path.join(folder, name), linked)
            )
            yield from (Path(folder, name) for name in sorted(files))


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
        try:
            tree = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        except (OSError, yaml.YAMLError, UnicodeDecodeError):  # said when it is read
            continue
        named += [root / place for place in _scalars(tree, ("theme", "custom_dir"))]
        named += [root / place for place in _scalars(tree, ("hooks",))]
        beyond = [file.parent / place for place in _scalars(tree, ("INHERIT",))]
        waiting += [path for path in beyond if path not in settings]
    return [*settings, *(path for path in dict.fromkeys(named) if path.exists())]


def _scalars(node: yaml.Node | None, keys: tuple[str, ...]) -> Iterator[str]:
    """The words that stand under some keys, whatever tags the rest has that only MkDocs reads."""
    if isinstance(node, yaml.ScalarNode) and not keys:
        yield node.value
    elif isinstance(node, yaml.SequenceNode) and not keys:
        for item in node.value:
            yield from _scalars(item, ())
    elif isinstance(node, yaml.MappingNode) and keys:
        for name, value in node.value:
            if name.value == keys[0]:
                yield from _scalars(value, keys[1:])
