"""policies/ in, the library out. What a folder came to is kept, and read anew only when it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from clausebook.cache import Cache, digest
from clausebook.later import Later
from clausebook.load.files import Folder
from clausebook.load.readers import read_each
from clausebook.model import Library, Policy, Registers
from clausebook.problem import Place, Problem
from clausebook.rules import missing_library, unexpected_file

NAME = "library"
REGISTERS = "registers"

Read = TypeVar("Read", bound=tuple[Any, list[Problem]])
PolicyRead = tuple[Policy | None, list[Problem]]


def load_library(
    folder: Folder, cache: Cache | None = None, jobs: int = 1
) -> tuple[Library, list[Problem]]:
    """Every policy and register in policies/: from the cache, where every file is as it was."""
    top = folder.root / "policies"
    kept = _Kept(folder, cache)
    entries, problems = folder.entries(top)
    registers, found = kept.registers(top / REGISTERS)
    problems += found
    folders = [path for path in entries if path.name != REGISTERS and path.is_dir()]
    read = kept.policies(folders, registers, jobs)
    policies: dict[str, Policy] = {}
    for path in entries:
        if path.name == REGISTERS:
            continue
        if path not in read:
            at = Place(folder.name(path))
            problems.append(unexpected_file.problem(at, "a policy is a folder of its own"))
            continue
        policy, found = read[path]
        problems += found
        if policy:
            policies[policy.id] = policy
    if not policies and not problems:
        problems.append(missing_library.problem(Place("policies")))
    kept.keep()
    library = Library(
        policies=policies, registers=registers, fingerprints=_fingerprints(folder, policies)
    )
    return library, problems


class _Kept:
    """The registers and the policies as they were read before, each with the key of its files.

    What the files of a policy come to depends on the registers too.
    """

    def __init__(self, folder: Folder, cache: Cache | None) -> None:
        self.folder, self.cache = folder, cache
        self.old: dict[str, tuple[str, Any]] = (cache.get(NAME, "") or {}) if cache else {}
        self.new: dict[str, tuple[str, Any]] = {}
        self.key: str | None = None

    def registers(self, path: Path) -> tuple[Registers, list[Problem]]:
        self.key = self.folder.fingerprint(path) if self.cache else None
        found: tuple[Registers, list[Problem]] | None = self._known(path, self.key)
        if found is None:
            from clausebook.load.registers import load_registers

            found = load_registers(self.folder, path)
        return self._noted(path, self.key, found)

    def policies(
        self, paths: Sequence[Path], registers: Registers, jobs: int
    ) -> dict[Path, PolicyRead]:
        """What each folder comes to. Those that changed are read by so many processes."""
        keys = {path: self._key(path) for path in paths}
        known = {path: self._known(path, key) for path, key in keys.items()}
        anew = [path for path, found in known.items() if found is None]
        read = partial(_read, self.folder, registers, self.cache is not None)
        for path, (found, digests) in zip(anew, read_each(read, anew, jobs), strict=True):
            known[path] = found
            self.folder.digests |= digests
            policy = found[0]
            if policy and isinstance(policy.clauses, Later):
                # Most likely every worker that comes after needs them.
                policy.clauses.open()
        return {path: self._noted(path, keys[path], found) for path, found in known.items()}

    def _key(self, path: Path) -> str | None:
        own = self.folder.fingerprint(path) if self.key else None
        return digest([self.key, own]) if self.key and own else None

    def _known(self, path: Path, key: str | None) -> Any:
        """What a folder came to before, if it is as it was."""
        known = self.old.get(path.name)
        return known[1] if known and known[0] == key else None

    def _noted(self, path: Path, key: str | None, found: Read) -> Read:
        """Without a key something in a folder cannot be read, and what it comes to is not kept."""
        if key is not None:
            self.new[path.name] = key, found
        return found[0], list(found[1])  # type: ignore[return-value]

    def keep(self) -> None:
        changed = [
            name for name, (key, _) in self.new.items() if self.old.get(name, "")[:1] != (key,)
        ]
        if self.cache and (changed or len(self.new) != len(self.old)):
            self.cache.put(NAME, "", self.new)


def _read(
    folder: Folder, registers: Registers, later: bool, path: Path
) -> tuple[PolicyRead, dict[str, str]]:
    """A policy, with the digests of what was read for it just now; `later`, its clauses so."""
    from clausebook.load.policy import load_policy

    here = replace(folder, digests={})
    policy, problems = load_policy(here, path, registers)
    if policy and later:
        policy = replace(policy, clauses=Later.of(policy.clauses, hold=True))
    return (policy, problems), here.digests


def _fingerprints(folder: Folder, policies: Mapping[str, Policy]) -> dict[str, str]:
    """Of each policy's files, and under "" of all that every policy shares."""
    wholes = {id: hashlib.sha256() for id in ("", *policies)}
    for name in sorted(folder.digests):
        top, _, rest = name.partition("/")
        if top == "policies":
            id = rest.partition("/")[0]
            whole = wholes[id if id in policies else ""]
            whole.update(f"{name} {folder.digests[name]}\n".encode())
    return {id: whole.hexdigest() for id, whole in wholes.items()}
