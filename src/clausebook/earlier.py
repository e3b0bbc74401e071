"""An earlier handbook: a handbook.json, an earlier site, or a Git revision of this repository.

Nothing is told from the times of files, and nothing of a revision is ever run: its files are read
as today's are.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from clausebook.build import open_repository
from clausebook.dates import NotADate, Stated
from clausebook.handbook_file import HandbookFile, handbook_file
from clausebook.model import Handbook, Repository
from clausebook.problem import Problem, Severity, sorted_problems
from clausebook.resolve import Resolver
from clausebook.scratch import scratch

PARTS = ("policies", "schools", "mkdocs.yml")
FILE = "handbook.json"
# Without these there is no text at all, in whatever version.
TEXT = ("policies", "sections", "clauses")


class NoEarlier(Exception):
    """The earlier handbook cannot be read; the message says why in the user's words."""


class Earlier:
    """What was named as earlier, opened once for all organisations.

    `since` is a handbook.json, a folder that holds EDITION/ORG/handbook.json, or else a revision
    of the Git repository in which `root` lies. Relative paths begin at `base`: by default, where
    the command was given.
    """

    def __init__(self, root: Path, since: str, base: Path | None = None) -> None:
        self.since = since
        self.date: Stated | None = None
        self._file: HandbookFile | None = None
        self._folder: Path | None = None
        self._resolver: Resolver | None = None
        self._tree = ""
        # What was asked for last: whoever asks for a handbook also asks what it is called.
        self._last: tuple[tuple[str, str], HandbookFile | Handbook | None] | None = None
        path = (base or Path()) / since
        if not since.strip():
            raise NoEarlier(
                "name an earlier handbook.json, a folder that holds some, or a revision"
            )
        try:
            is_file, is_folder = path.is_file(), path.is_dir()
        except (OSError, ValueError):  # too long, say, to be the name of any file
            is_file = is_folder = False
        if is_file:
            self._file = _read(path, since)
            self._tree = hashlib.sha256(path.read_bytes()).hexdigest()
        elif is_folder:
            if next(path.glob(f"*/*/{FILE}"), None) is None:
                raise NoEarlier(
                    f"the folder '{since}' holds no EDITION/ORGANISATION/{FILE}: "
                    "name the folder of a whole site, such as 'site'"
                )
            self._folder = path
        else:
            if path.suffix == ".json" or Path(since).is_absolute():
                raise NoEarlier(f"there is no file '{since}'")
            repository, self.date, self._tree = revision(root, since)
            self._resolver = Resolver(repository)

    def digest(self, organisation: str, edition: str) -> str:
        """Changes when what this says of a handbook does."""
        if self._folder is not None:
            path = self._folder / edition / organisation / FILE
            raw = path.read_bytes() if path.is_file() else b""
            return f"{self.since} {hashlib.sha256(raw).hexdigest()}"
        return f"{self.since} {self.date} {self._tree}"

    @property
    def is_folder(self) -> bool:
        """Whether it is read from a folder of earlier sites, file by file as it is asked for."""
        return self._folder is not None

    @property
    def about(self) -> tuple[str, str] | None:
        """The one organisation and edition it is about, when it is a single file."""
        return (self._file.organisation.id, self._file.edition) if self._file else None

    def handbook(self, organisation: str, edition: str) -> HandbookFile | None:
        """The handbook as it was, with the origin of its words where that can be told.

        None when there was no such organisation or edition then.
        """
        if self._resolver is not None:
            handbook = self.resolved(organisation, edition)
            return handbook_file(handbook, origins=True) if handbook else None
        if self._file is not None:
            return self._file if self.about == (organisation, edition) else None
        if self._last is None or self._last[0] != (organisation, edition):
            self._last = ((organisation, edition), self._below(organisation, edition))
        found = self._last[1]
        return found if isinstance(found, HandbookFile) else None

    def _below(self, organisation: str, edition: str) -> HandbookFile | None:
        assert self._folder is not None
        path = self._folder / edition / organisation / FILE
        if not path.is_file():
            return None
        name = f"{self.since}/{edition}/{organisation}/{FILE}"
        found = _read(path, name)
        if (found.organisation.id, found.edition) != (organisation, edition):
            raise NoEarlier(
                f"'{name}' is about '{found.organisation.id}', {found.edition} edition: "
                "it is not where it belongs"
            )
        return found

    def resolved(self, organisation: str, edition: str) -> Handbook | None:
        """The handbook itself, which only a revision can give; it tells who decided what."""
        if self._resolver is None:
            return None
        if self._last is None or self._last[0] != (organisation, edition):
            self._last = ((organisation, edition), self._resolved(organisation, edition))
        found = self._last[1]
        return found if isinstance(found, Handbook) else None

    def _resolved(self, organisation: str, edition: str) -> Handbook | None:
        assert self._resolver is not None
        known = self._resolver.repository.organisations.get(organisation)
        if known is None or not known.publishes or edition not in known.editions:
            return None
        resolved = self._resolver.resolve(organisation, [edition])
        _refuse(self.since, resolved.problems)
        return resolved.handbooks.get(edition)

    def words(self, organisation: str, edition: str) -> str:
        """What a reader is told the earlier handbook is: "the handbook of 12 May 2026"."""
        if self._resolver is not None:
            return f"the handbook of {self.date}" if self.date else "an earlier handbook"
        found = self.handbook(organisation, edition)
        if found is None:
            return "an earlier handbook"
        return f"the handbook with the check code {found.seal.handbook}"


def earlier(root: Path, since: str, organisation: str, edition: str) -> HandbookFile | None:
    """One earlier handbook; None when there was no such organisation or edition then."""
    return Earlier(root, since).handbook(organisation, edition)


def _read(path: Path, name: str) -> HandbookFile:
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
        return HandbookFile.model_validate(_as_today(HandbookFile, data))
    except OSError as error:
        raise NoEarlier(f"'{name}' cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise NoEarlier(f"'{name}' is no {FILE}: it is not JSON") from None
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise NoEarlier(f"'{name}' is no {FILE} that can be read here: {what}") from None


def _as_today(model: type[BaseModel], data: Any) -> Any:
    """Data as an older or a newer version wrote it, with the keys this version knows.

    A key that is only missing was not written then; a wrong one is still refused.
    """
    if not isinstance(data, dict):
        return data
    made: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        inner = [t for t in get_args(field.annotation) if t is not type(None)]
        below = next((t for t in _types(field.annotation) if issubclass(t, BaseModel)), None)
        if name not in data:
            if get_origin(field.annotation) is list and name not in TEXT:
                made[name] = []
            elif field.is_required() and len(inner) < len(get_args(field.annotation)):
                made[name] = None
            continue
        value = data[name]
        if below is not None and isinstance(value, list):
            value = [_as_today(below, one) for one in value]
        elif below is not None:
            value = _as_today(below, value)
        made[name] = value
    return made


def _types(annotation: Any) -> list[type]:
    """The classes an annotation is made of: those of `list[X] | None` are X and None's."""
    inner = get_args(annotation)
    if not inner:
        return [annotation] if isinstance(annotation, type) else []
    return [found for part in inner for found in _types(part)]


# ------------------------------------------------------------------------------ revisions


def revision(root: Path, name: str) -> tuple[Repository, Stated | None, str]:
    """The repository as it was at a revision, the day that states, if it does, and Git's name for it."""
    with scratch("earlier") as folder:
        date, tree = _written_out(root, name, folder)
        repository, problems = open_repository(folder)
    _refuse(name, problems)
    if repository is None:
        raise NoEarlier(f"the handbook at '{name}' cannot be read")
    return repository, date, tree


def _refuse(name: str, problems: list[Problem]) -> None:
    """What today's engine cannot make sense of is never compared: half a text would mislead."""
    errors = sorted_problems(p for p in problems if p.severity is Severity.ERROR)
    if errors:
        first = errors[0]
        raise NoEarlier(
            f"the handbook at '{name}' cannot be read by this version of Clausebook:\n"
            f"{first.at}: {first.what} [{first.rule}]\n"
            f"problems there: {len(errors)}"
        )


def _written_out(root: Path, name: str, folder: Path) -> tuple[Stated | None, str]:
    """Write a revision's files into a folder; the root may lie anywhere below the Git repository."""
    try:
        prefix = _git(root, "rev-parse", "--show-prefix").removesuffix("\n")
    except FileNotFoundError:
        raise NoEarlier("reading a revision needs git, which is not installed") from None
    except subprocess.CalledProcessError:
        raise NoEarlier(
            f"there is no file or folder '{name}', and no Git repository to look for a revision in"
        ) from None
    try:
        top = Path(_git(root, "rev-parse", "--show-toplevel").removesuffix("\n"))
        found = _object(top, name, "tree")
        if found is None:
            raise NoEarlier(f"no file, folder or revision is called '{name}'")
        tree = f"{found}:{prefix.rstrip('/')}" if prefix else found
        listed = _git(top, "ls-tree", "-z", "--name-only", tree).split("\0")
        parts = [part for part in PARTS if part in listed]
        if "policies" not in parts:
            raise NoEarlier(f"'{name}' holds no handbook: there is no folder 'policies' in it")
        archive = _run(top, "archive", "--format=tar", tree, "--", *parts)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().split("\n")
        raise NoEarlier(f"git cannot read '{name}': {lines[0]}") from None
    except (tarfile.TarError, OSError) as error:
        raise NoEarlier(f"the files of '{name}' cannot be written out: {error}") from None
    return _day(top, name), _object(top, tree, "tree") or tree


def _object(top: Path, name: str, kind: str) -> str | None:
    """The hash of what a name stands for; what begins with "-" is a name too, never an option."""
    try:
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{{kind}}}")
        return _git(top, *words).strip()
    except subprocess.CalledProcessError:
        return None


def _day(top: Path, name: str) -> Stated | None:
    """The day of a commit, as it is written in it; a tree has none."""
    commit = _object(top, name, "commit")
    try:
        return (
            Stated.read(_git(top, "show", "-s", "--format=%cs", commit).strip()) if commit else None
        )
    except (subprocess.CalledProcessError, NotADate):
        return None


def _git(root: Path, *arguments: str) -> str:
    return _run(root, *arguments).decode(errors="surrogateescape")


def _run(root: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(root), *arguments]
    # Said in English whatever the machine speaks, and nothing is asked of anybody.
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(
        command, check=True, capture_output=True, env=environment, stdin=subprocess.DEVNULL
    )
    return done.stdout
