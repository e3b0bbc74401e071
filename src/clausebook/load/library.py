"""policies/ in, the library out. What a folder came to is kept, and read anew only when it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from clausebook.cache import Cache, digest
from clausebook.later import Later
from clausebook.load.files import Folder
from clausebook.model import Library, Policy, Registers
from clausebook.problem import Place, Problem
from clausebook.rules import missing_library, unexpected_file

NAME = "library"
REGISTERS = "registers"

Read = TypeVar("Read", bound=tuple[Any, list[Problem]])


def load_library(folder: Folder, cache: Cache | None = None) -> tuple[Library, list[Problem]]:
    """Every policy and register in policies/: from the cache, where every file is as it was."""
    top = folder.root / "policies"
    kept = _Kept(folder, cache)
    entries, problems = folder.entries(top)
    registers, found = kept.registers(top / REGISTERS)
    problems += found
    policies: dict[str, Policy] = {}
    for path in entries:
        if path.name == REGISTERS:
            continue
        if not path.is_dir():
            at = Place(folder.name(path))
            problems.append(unexpected_file.problem(at, "a policy is a folder of its own"))
            continue
        policy, found = kept.policy(path, registers)
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

        def read() -> tuple[Registers, list[Problem]]:
            from clausebook.load.registers import load_registers

            return load_registers(self.folder, path)

        return self._known(path, self.key, read)

    def policy(self, path: Path, registers: Registers) -> tuple[Policy | None, list[Problem]]:
        own = self.folder.fingerprint(path) if self.key else None
        key = digest([self.key, own]) if self.key and own else None

        def read() -> tuple[Policy | None, list[Problem]]:
            from clausebook.load.policy import load_policy

            policy, problems = load_policy(self.folder, path, registers)
            if policy and key:
                policy = replace(policy, clauses=Later.of(policy.clauses, hold=True))
            return policy, problems

        return self._known(path, key, read)

    def _known(self, path: Path, key: str | None, read: Callable[[], Read]) -> Read:
        """What a folder comes to; without a key something in it cannot be read, and is not kept."""
        if key is None:
            return read()
        known = self.old.get(path.name)
        found: Read = known[1] if known and known[0] == key else read()
        self.new[path.name] = key, found
        return found[0], list(found[1])  # type: ignore[return-value]

    def keep(self) -> None:
        changed = [
            name for name, (key, _) in self.new.items() if self.old.get(name, "")[:1] != (key,)
        ]
        if self.cache and (changed or len(self.new) != len(self.old)):
            self.cache.put(NAME, "", self.new)


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
