"""The seal of a site: what its folder holds, as it was built. Facts and a folder in; seal.json out.

And back: a folder in, everything in it that is not as it was built out. A seal detects mistakes
and stale hosts; it is not a signature. It holds no date, so that another day changes no byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from clausebook import __version__
from clausebook.model import EDITIONS
from clausebook.table import count
from clausebook.typed import dataclass
from clausebook.unchanged import BEHIND

NAME = "seal.json"
ADMIN = "admin"
HANDBOOK = "handbook.json"
INDEX = "assets/handbook/index.js"
META = "clausebook"
# How many files a thread is given at once: handing them over one by one costs as much as reading.
SOME = 64
# What handbook.json says to governors only.
GOVERNORS_ONLY = frozenset({"runs", "origin", "reason", "open_questions"})


class CannotSeal(Exception):
    """The folder holds what no site may hold; the message names it."""


def mark(edition: str, id: str) -> str:
    """What each page says about the site it was made for, in <meta name="clausebook">."""
    return f"{edition}/{id}"


# ------------------------------------------------------------------------------ the file


def _safe(path: str) -> str:
    """A path below the site and of the same meaning everywhere, or ValueError."""
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or ":" in path or {"", ".", ".."} & set(parts):
        raise ValueError(f"'{_shown(path)}' is not a plain path below the site")
    if parts[-1] == NAME:
        raise ValueError(f"'{path}' is a seal, not a file of the site")
    return path


# How a seal stands in its own digest.
_OPEN = b'"digest": ""'

_Path = Annotated[str, AfterValidator(_safe)]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Checked(BaseModel):
    """What the check found before the build. What time alone brings is not counted here."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    errors: Annotated[int, Field(ge=0)]


class Seal(BaseModel):
    """seal.json: whose site it is, what it was made of, and the SHA-256 of every file.

    `name` is None for the portal over all organisations. `within` names the folders below that are
    sites of their own. `digest` is the SHA-256 of the seal itself, written with an empty `digest`.
    """

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    format: Literal[1] = 1
    id: Annotated[str, StringConstraints(min_length=1)]
    name: str | None
    edition: Literal["staff", "governors", "public", "admin"]
    library: str
    handbook: str | None
    checked: Checked
    made_by: str
    within: list[_Path]
    files: dict[_Path, _Sha256]
    digest: str = ""

    @property
    def mark(self) -> str:
        return mark(self.edition, self.id)

    def text(self) -> str:
        return self.model_dump_json(indent=2) + "\n"

    def own_digest(self) -> str:
        return _sha256(self.model_copy(update={"digest": ""}).text().encode())

    def sealed(self) -> bytes:
        """The file of a seal that has no digest yet."""
        raw = self.text().encode()
        start, _, end = raw.rpartition(_OPEN)
        return start + b'"digest": "%b"' % _sha256(raw).encode() + end


def sealed_as(raw: bytes, digest: str) -> dict[str, str] | None:
    """The files in a seal, by its bytes: where those are what was sealed with this digest."""
    start, found, end = raw.rpartition(f'"digest": "{digest}"'.encode())
    if not found or _sha256(start + _OPEN + end) != digest:
        return None
    files: dict[str, str] = json.loads(raw)["files"]
    return files


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a seal says that the files do not."""

    id: str
    name: str | None
    edition: str
    library: str
    handbook: str | None
    errors: int = 0
    within: tuple[str, ...] = ()


def write(folder: Path, facts: Facts, known: Mapping[str, str] = MappingProxyType({})) -> None:
    """Seal a folder as it is now. CannotSeal where it holds a link, a seal or an unsafe name.

    `known` is the SHA-256 of files that were written just now, by path: they are not read again.
    """
    tree = _tree(folder, facts.within)
    if tree.odd:
        odd, why = min(tree.odd.items())
        raise CannotSeal(f"{odd}: {why}")
    names = sorted(tree.files)
    unknown = [name for name in names if name not in known]
    looks = dict(zip(unknown, _looks([(tree.files[name], None) for name in unknown]), strict=True))
    digests: dict[str, str] = {}
    for name in names:
        look = looks.get(name)
        if look is None:
            digests[name] = known[name]
        elif look.fault:
            raise CannotSeal(f"{name}: {look.fault}")
        else:
            digests[name] = look.sha256
    try:
        seal = Seal.model_validate(
            {
                "id": facts.id,
                "name": facts.name,
                "edition": facts.edition,
                "library": facts.library,
                "handbook": facts.handbook,
                "checked": {"errors": facts.errors},
                "made_by": f"clausebook {__version__}",
                "within": sorted(facts.within),
                "files": digests,
            }
        )
    except ValidationError as error:
        raise CannotSeal(_said(error)) from None
    path = folder / NAME
    # Never through a hard link into another copy of the site.
    path.unlink(missing_ok=True)
    path.write_bytes(seal.sealed())


# ------------------------------------------------------------------------------ what is found


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was built: what kind, where, what, why it matters, what to do."""

    kind: str
    place: str
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        first = f"{self.place}: error: {self.what} [{self.kind}]"
        return f"{first}\n  why: {self.why}\n  fix: {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A site that was looked at: its name, its folder, and how many files it holds."""

    name: str
    place: str
    files: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Every site below a folder, and what belongs to none of them."""

    sites: tuple[Sealed, ...]
    others: tuple[Finding, ...]

    @property
    def findings(self) -> list[Finding]:
        return [*self.others, *(finding for site in self.sites for finding in site.findings)]


AGAIN = "build again and upload the whole folder"
CLEAN = "build again and upload the whole folder to an empty place"
AT_ONCE = "take this folder off the web now, then build again and upload the whole folder"
_NOT_BUILT = "readers would see what nobody built and checked"
_HALF = "part of the handbook would be lost or out of date for readers"
_UNKNOWN = "without a sound seal nobody can tell whether a site is whole and current"
_UNSEEN = "what cannot be read cannot be verified, nor served to readers"
_WIDER = "readers may see what was not meant for them"
READABLE = "make it readable for whoever runs this, and run it again"
_LINK = "this is a link, not a file or folder"
_SPECIAL = "this is no ordinary file"
_HIDES = "what it leads to is not part of the site, and may change or vanish"


def verify(folder: Path) -> list[Finding]:
    """Everything in a site, or in all sites below a folder, that is not as it was built."""
    return verified(folder).findings


def verified(folder: Path) -> Verified:
    """The same, with the sites that were looked at. Files are only ever read below the folder."""
    tops, strays, odd = _sites(folder)
    place = _place(folder)
    others = [_odd(f"{place}/{path}", why) for path, why in sorted(odd.items())]
    if not tops:
        others.append(
            Finding(
                kind="no-seal",
                place=place,
                what=f"there is no {NAME} in this folder or below it",
                why=_UNKNOWN,
                fix="name the folder that was built, such as 'site', or build again",
            )
        )
    else:
        others += _unsealed(place, tops, strays)
    sites: list[Sealed] = []
    waiting = [(path, "") for path in reversed(tops)]
    while waiting:
        path, outer = waiting.pop()
        site, within = _site(folder, path, f"{place}/{path}" if path else place, outer)
        sites.append(site)
        for name in reversed(within):
            waiting.append((f"{path}/{name}" if path else name, site.name))
    return Verified(sites=tuple(sites), others=tuple(others))


def _unsealed(place: str, tops: list[str], strays: list[str]) -> Iterator[Finding]:
    """Files that belong to no site; a folder without any site is said once."""
    parents = {"/".join(top.split("/")[:n]) for top in tops for n in range(top.count("/") + 1)}
    found: dict[str, list[str]] = {}
    for stray in strays:
        parts = stray.split("/")
        starts = ("/".join(parts[:n]) for n in range(1, len(parts) + 1))
        found.setdefault(next(s for s in starts if s not in parents), []).append(stray)
    for start, files in found.items():
        alone = files == [start]
        some = f"{count(len(files), 'file')} here {'belongs' if len(files) == 1 else 'belong'}"
        what = "this file belongs" if alone else some
        yield Finding(
            kind="unsealed",
            place=f"{place}/{_shown(start)}",
            what=f"{what} to no site" + ("" if alone else f": there is no {NAME}"),
            why=_NOT_BUILT,
            fix=f"delete {'it' if alone else 'them'}, or {CLEAN}",
        )


def _odd(place: str, what: str) -> Finding:
    at = _shown(place)
    if what in (_LINK, _SPECIAL):
        fix = f"put the files themselves there: {AGAIN}"
        return _finding("not-a-file", at, what, _HIDES, fix)
    return _finding("unreadable", at, what, _UNSEEN, READABLE)


# ------------------------------------------------------------------------------ one site


def _site(top: Path, path: str, place: str, outer: str) -> tuple[Sealed, list[str]]:
    """One site, and the folders within it that are sites too."""
    folder = top / path
    try:
        raw = _seal_bytes(folder)
        seal = Seal.model_validate_json(raw)
    except (OSError, ValidationError) as error:
        said = _said(error) if isinstance(error, ValidationError) else _fault(error)
        finding = Finding(
            kind="unreadable-seal",
            place=f"{_shown(place)}/{NAME}",
            what=f"this seal cannot be used: {said}",
            why=_UNKNOWN,
            fix=AGAIN,
        )
        name = _shown(place)
        return Sealed(name=name, place=_shown(place), files=0, findings=(finding,)), []
    tree = _tree(folder, seal.within)
    found = [*_about_seal(place, raw, seal)]
    wrong = _wrong_folder(folder.resolve(), path, seal, outer)
    if wrong:
        what = f"this folder holds the site {_shown(seal.mark)}, but {wrong}"
        found.append(_finding("wrong-folder", _shown(place), what, _WIDER, AT_ONCE))
    found += [_odd(f"{place}/{path}", why) for path, why in sorted(tree.odd.items())]
    found += _files(place, seal, tree)
    inner = [name for name in seal.within if name in tree.within]
    name = seal.edition if seal.id == seal.edition else seal.mark
    site = Sealed(
        name=_shown(name), place=_shown(place), files=len(tree.files), findings=tuple(found)
    )
    return site, inner


def _seal_bytes(folder: Path) -> bytes:
    path = folder / NAME
    # A pipe or a device would never end.
    if path.is_symlink() or not path.is_file():
        raise OSError(f"{NAME} is missing, or is no ordinary file")
    return path.read_bytes()


def _about_seal(place: str, raw: bytes, seal: Seal) -> Iterator[Finding]:
    """What the seal says of itself."""
    at = _shown(f"{place}/{NAME}")
    if raw != seal.text().encode() or seal.digest != seal.own_digest():
        yield Finding(
            kind="changed-file",
            place=at,
            what="this seal was changed after the site was built",
            why=_UNKNOWN,
            fix=AGAIN,
        )
    if seal.checked.errors:
        yield Finding(
            kind="failed-check",
            place=at,
            what=f"the check before this build found {count(seal.checked.errors, 'problem')}",
            why="what the site says may be wrong",
            fix=f"run 'clausebook check', mend what it finds, then {AGAIN}",
        )
    if seal.edition in EDITIONS and HANDBOOK not in seal.files:
        yield Finding(
            kind="missing-file",
            place=f"{_shown(place)}/{HANDBOOK}",
            what=f"the site was sealed without {HANDBOOK}",
            why="nothing says which edition it holds",
            fix=AGAIN,
        )


def _wrong_folder(folder: Path, path: str, seal: Seal, outer: str) -> str:
    """Where the names of the folders tell of another site. A site may be moved to any other name."""
    parent = folder.parent.name
    if outer and outer.partition("/")[0] != seal.edition:
        return f"it stands within the site {outer}"
    # Some hosts want everything in a folder called 'public': the portal lies directly in it.
    portal = seal.id == seal.edition == folder.name and "/" not in path
    if parent in (*EDITIONS, ADMIN) and not portal:
        if parent != seal.edition:
            return f"it stands in the folder '{parent}'"
        if folder.name != seal.id:
            return f"its name is '{_shown(folder.name)}'"
    return ""


def _files(place: str, seal: Seal, tree: _Tree) -> Iterator[Finding]:
    """Every file that is missing, extra or changed, or that tells of another site."""
    names = sorted(tree.files)
    wanted = [(tree.files[name], seal.files.get(name)) for name in names]
    looks = dict(zip(names, _looks(wanted), strict=True))
    for name in sorted({*seal.files, *seal.within, *names}):
        at = _shown(f"{place}/{name}")
        look = looks.get(name)
        if look is None:
            if name in seal.within:
                if name not in tree.within:
                    yield _finding("missing-site", at, "this site is missing", _HALF, AGAIN)
            elif name not in tree.odd:
                yield _finding("missing-file", at, "this file is missing", _HALF, AGAIN)
            continue
        if look.fault:
            yield _finding("unreadable", at, look.fault, _UNSEEN, READABLE)
            continue
        yield from _content(at, name, look, seal)


def _content(at: str, name: str, look: _Look, seal: Seal) -> Iterator[Finding]:
    """One file that is there: does it belong here, and is it as it was?"""
    expected = seal.files.get(name)
    others = [other for other in look.marks if other != seal.mark]
    if others:
        what = f"this page was made for {_shown(others[0])}, not for {_shown(seal.mark)}"
        yield _finding("other-site", at, what, _WIDER, AT_ONCE)
    elif expected is None and name.endswith(f"/{NAME}"):
        what = "another site lies in this one, which does not name it"
        yield _finding("extra-file", at, what, _WIDER, f"move that site away, or {CLEAN}")
    elif expected is None:
        fix = f"delete it, or {CLEAN}"
        yield _finding("extra-file", at, "the build did not make this file", _NOT_BUILT, fix)
    elif _is_page(name) and len(look.marks) != 1:
        fix = f"build with 'clausebook build', or with the hooks named in mkdocs.yml; {AGAIN}"
        yield _finding("foreign-page", at, "Clausebook did not make this page", _NOT_BUILT, fix)
    elif look.sha256 != expected:
        if look.only_line_ends:
            what = "the line ends of this file were changed on the way"
            fix = "upload the whole folder again, with text conversion switched off (binary)"
        else:
            what, fix = "this file was changed after it was built", AGAIN
        yield _finding("changed-file", at, what, _NOT_BUILT, fix)
    for what, wider in _told(name, look, seal):
        if wider:
            yield _finding("other-site", at, what, _WIDER, AT_ONCE)
        else:
            yield _finding("other-build", at, what, _NOT_BUILT, AGAIN)


def _finding(kind: str, place: str, what: str, why: str, fix: str) -> Finding:
    return Finding(kind=kind, place=place, what=what, why=why, fix=fix)


def _told(name: str, look: _Look, seal: Seal) -> Iterator[tuple[str, bool]]:
    """How handbook.json and the search index are not this site's; True where they are another's."""
    if name == INDEX:
        found = re.search(rb'"edition"\s*:\s*"([^"]*)"', look.raw[:400])
        edition = found.group(1).decode("utf-8", "replace") if found else None
        if edition is None:
            yield "this search index does not say which edition it holds", False
        elif edition != seal.edition:
            yield (
                f"this search index says {_edition(edition)}, not the {seal.edition} edition",
                True,
            )
    elif name.rpartition("/")[2] == HANDBOOK and seal.edition != ADMIN:
        yield from _told_by_handbook(name, look, seal)


def _told_by_handbook(name: str, look: _Look, seal: Seal) -> Iterator[tuple[str, bool]]:
    try:
        data = json.loads(look.raw)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, Mapping):
        yield "this file is no handbook.json: nothing says which edition it holds", False
        return
    own, edition = data.get("organisation"), data.get("edition")
    if edition != seal.edition:
        yield f"this file says {_edition(edition)}, not the {seal.edition} edition", True
    if seal.edition != "governors":
        wider = sorted(GOVERNORS_ONLY & set(_keys(data)))
        if wider:
            yield f"this file holds what only governors may see: {', '.join(wider)}", True
    id = own.get("id") if isinstance(own, Mapping) else None
    if id != seal.id:
        yield f"this file is of the organisation '{_shown(str(id))}', not '{_shown(seal.id)}'", True
    elif name == HANDBOOK:
        # Where it is the right handbook, is it the one that was sealed?
        said = data.get("seal")
        if said != {"handbook": seal.handbook}:
            yield "this file is of another build than the seal: their fingerprints differ", False


def _edition(name: object) -> str:
    return f"the {_shown(name)} edition" if isinstance(name, str) else "no edition"


def _keys(data: Any) -> Iterator[str]:
    """Every key at any depth."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


# ------------------------------------------------------------------------------ on disk


@dataclass(frozen=True, slots=True)
class _Tree:
    """A folder's ordinary files by path; what else is there, and why it is no file; inner sites."""

    files: Mapping[str, str]
    odd: Mapping[str, str]
    within: frozenset[str]


def _tree(folder: Path, within: Iterable[str]) -> _Tree:
    """Everything below a site but its own seal and the sites within it. Links are not followed."""
    inner, found = set(within), set()
    files: dict[str, str] = {}
    odd: dict[str, str] = {}
    waiting = [""]
    while waiting:
        start = waiting.pop()
        for name, entry in _entries(folder, start, odd):
            if not _ordinary(name, entry, odd):
                continue
            if entry.is_dir(follow_symlinks=False):
                if name in inner:
                    found.add(name)
                else:
                    waiting.append(name)
            elif name != NAME:
                files[name] = entry.path
    return _Tree(files, odd, frozenset(found))


def _sites(folder: Path) -> tuple[list[str], list[str], dict[str, str]]:
    """The topmost folders with a seal, the files in no such folder, and what is no file."""
    tops: list[str] = []
    strays: list[str] = []
    odd: dict[str, str] = {}
    waiting = [""]
    while waiting:
        start = waiting.pop()
        here: dict[str, str] = {}
        entries = [(name, entry) for name, entry in _entries(folder, start, here) if name != BEHIND]
        # Even a seal that is no ordinary file: that is said where the site is looked at.
        if any(entry.name == NAME for _, entry in entries):
            tops.append(start)
            continue
        for name, entry in entries:
            if _ordinary(name, entry, here):
                (waiting if entry.is_dir(follow_symlinks=False) else strays).append(name)
        odd |= here
    return sorted(tops), sorted(strays), odd


def _entries(
    folder: Path, start: str, odd: dict[str, str]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What lies directly in a folder below, by its path with forward slashes."""
    try:
        with os.scandir(folder / start) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        odd[start or "."] = f"this folder {_fault(error)}"
        return
    for entry in listed:
        yield (f"{start}/{entry.name}" if start else entry.name), entry


def _ordinary(name: str, entry: os.DirEntry[str], odd: dict[str, str]) -> bool:
    """Whether it is a file or a folder itself; if not, why not is noted."""
    junction = getattr(entry, "is_junction", None)  # from Python 3.12, on Windows
    if entry.is_symlink() or (junction is not None and junction()):
        odd[name] = _LINK
    elif not (entry.is_file() or entry.is_dir()):
        odd[name] = _SPECIAL
    return name not in odd


@dataclass(frozen=True, slots=True)
class _Look:
    """What was read from one file; `raw` only where its content is looked at again."""

    sha256: str = ""
    only_line_ends: bool = False
    marks: tuple[str, ...] = ()
    raw: bytes = b""
    fault: str = ""


def _looks(wanted: list[tuple[str, str | None]]) -> list[_Look]:
    """Every file read once. Reading and hashing both let other threads run."""
    if not wanted:
        return []
    with ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 1) * 2)) as pool:
        parts = (wanted[start : start + SOME] for start in range(0, len(wanted), SOME))
        return [look for part in pool.map(_look_at_some, parts) for look in part]


def _look_at_some(wanted: list[tuple[str, str | None]]) -> list[_Look]:
    return [_look(Path(path), expected) for path, expected in wanted]


def _look(path: Path, expected: str | None) -> _Look:
    try:
        raw = path.read_bytes()
    except OSError as error:
        return _Look(fault=f"this file {_fault(error)}")
    sha256 = _sha256(raw)
    changed = expected not in (None, sha256)
    return _Look(
        sha256=sha256,
        only_line_ends=changed and _sha256(raw.replace(b"\r\n", b"\n")) == expected,
        marks=tuple(_marks(raw)) if _is_page(path.name) else (),
        raw=raw if path.name in (HANDBOOK, INDEX.rpartition("/")[2]) else b"",
    )


def _is_page(name: str) -> bool:
    return name.lower().endswith((".html", ".htm"))


_END_OF_HEAD = re.compile(rb"</head|<body", re.IGNORECASE)
_META = re.compile(rb"<meta\s([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def _marks(raw: bytes) -> Iterator[str]:
    """Which sites a page says it was made for, in its head."""
    end = _END_OF_HEAD.search(raw)
    head = raw[: end.start()] if end else raw
    for found in _META.finditer(_without_comments(head)):
        attributes = {
            name.lower(): double or single or bare
            for name, double, single, bare in _ATTRIBUTE.findall(found.group(1))
        }
        if attributes.get(b"name") == META.encode():
            yield attributes.get(b"content", b"").decode("utf-8", "replace")


def _without_comments(head: bytes) -> bytes:
    first, *rest = head.split(b"<!--")
    return first + b"".join(part.partition(b"-->")[2] for part in rest)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


# ------------------------------------------------------------------------------ words


def _place(folder: Path) -> str:
    return _shown(folder.as_posix())


def _shown(text: str) -> str:
    """A name with what a terminal would obey or not show written out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _said(error: ValidationError) -> str:
    """The first thing wrong with a seal, in a few words."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
    if where == "format":
        return "another version of Clausebook made it, and only that version can read it"
    said = first["msg"].removeprefix("Value error, ")
    return _shown(f"{where}: {said}" if where else said)


def _fault(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"
