"""Which ids of which files refer to what: an index of every definition and every reference."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from clausebook.model import Parameter, Repository
from tests.mutations import forms
from tests.mutations.forms import Form
from tests.mutations.written import Entry, Node, Source

Identity = tuple[str, ...]
Path = tuple[str | int, ...]

# Pattern → the kind of thing its ids name. `#` marks the key of a mapping, `*` any id or place.
REFERS = {
    "policy": {
        "statutory.duty": "duty",
        "parameters.*.choices.*.law": "law",
        "parameters.*.choices.*.platform": "platform",
        "parameters.*.choices.*.covers.*": "provision",
        "parameters.*.covers.*": "provision",
        "control.*.*": "provision",
        "retired.*.successor": "clause",
        "common.*": "clause",
    },
    "clause": {
        "pack": "pack",
        "covers.*": "provision",
        "when.*#": "parameter",
        "when.*": "wanted",
        "when.*.*": "wanted",
        "requires.*": "clause",
        "ask": "rolename",
    },
    "law": {"law.*.replaced_by.*": "law", "law.*.sources.*": "source"},
    "platforms": {"platforms.*.sources.*": "source", "rules.*.sources.*": "source"},
    "phrases": {"phrases.*.sources.*": "source"},
    "duties": {
        "duties.*.law.*": "law",
        "duties.*.sources.*": "source",
        "calendar.*.sources.*": "source",
    },
    "organisation": {
        "terms.*#": "term",
        "terms.*": "termchoice",
        "policies.*#": "policy",
        "without.*#": "policy",
        "policies.*.owner": "role",
        "policies.*.packs.*": "pack",
        "policies.*.packs.set.*": "pack",
        "policies.*.packs.add.*": "pack",
        "policies.*.packs.remove.*": "pack",
        "policies.*.adopt.*": "clause",
        "policies.*.omit.*#": "clause",
        "policies.*.values.*#": "parameter",
        "policies.*.strength.*#": "clause",
        "policies.*.replace.*#": "clause",
        "policies.*.replace.*.of": "kept",
        "policies.*.add.*.section": "section",
        "policies.*.add.*.after": "clause",
        "policies.*.add.*.covers.*": "provision",
        "policies.*.add.*.requires.*": "clause",
        "policies.*.add.*.ask": "role",
        "policies.*.outline.*.id": "section",
        "policies.*.outline.*.clauses.*": "clause",
        "policies.*.lock.*": "lockable",
        "waivers.*.check": "check",
        "waivers.*.policy": "policy",
        "waivers.*.clause": "clause",
    },
}
DEFINES = {
    "policy": {
        "sections.*.id": "section",
        "packs.*#": "pack",
        "parameters.*#": "parameter",
        "parameters.*.choices.*#": "choice",
        "parameters.*.silent#": "silence",
        "retired.*.id": "retired",
    },
    "provisions": {"provisions.*": "provision"},
    "clause": {"id": "clause", "strength#": "modal"},
    "law": {"sources.*#": "source", "law.*#": "law"},
    "platforms": {"sources.*#": "source", "platforms.*#": "platform", "rules.*#": "rule"},
    "terms": {
        "sources.*#": "source",
        "terms.*#": "term",
        "terms.*.choices.*#": "termchoice",
        "terms.*.silent#": "silence",
        "roles.*#": "rolename",
        "glossary.*#": "glossary",
    },
    "phrases": {"sources.*#": "source", "phrases.*#": "phrase"},
    "duties": {"sources.*#": "source", "duties.*#": "duty", "calendar.*#": "calendar"},
    "organisation": {
        "roles.*#": "role",
        "policies.*.add.*.id": "clause",
        "policies.*.add.*.strength#": "modal",
    },
}
# Free prose: any other words there are another valid handbook. What is not listed here, and is
# neither an id above nor of a kind with a form of its own, makes the test fail.
PROSE = {
    "policy": """title summary area statutory.says search.* sections.*.title packs.*.about
        parameters.*.question parameters.*.choices.* parameters.*.choices.*.words
        parameters.*.silent parameters.*.help retired.*.reason""",
    "clause": "summary questions.*",
    "law": """sources.*.title law.*.title law.*.path law.*.publisher law.*.edition law.*.aliases.*
        law.*.misnomers.*.text law.*.misnomers.*.note law.*.message law.*.note""",
    "platforms": """sources.*.title platforms.*.name platforms.*.former.* platforms.*.also.*
        platforms.*.kind platforms.*.message platforms.*.note rules.*.pattern rules.*.message""",
    "terms": """sources.*.title terms.*.question terms.*.choices.*.one terms.*.choices.*.many
        terms.*.silent terms.*.note roles.*.title roles.*.about roles.*.also.* roles.*.outdated.*
        glossary.*.term glossary.*.means glossary.*.also.*""",
    "phrases": """sources.*.title phrases.*.find.* phrases.*.pattern phrases.*.instead
        phrases.*.message phrases.*.since""",
    "duties": """sources.*.title duties.*.title duties.*.review.says duties.*.approval.prescribed
        duties.*.note calendar.*.when calendar.*.what calendar.*.note""",
    "organisation": """name site brand.crest_text roles.*.title roles.*.for roles.*.name
        roles.*.phone roles.*.email policies.*.title policies.*.audience policies.*.version
        policies.*.adopted_from policies.*.omit.* policies.*.replace.*.reason
        policies.*.replace.*.text policies.*.replace.*.title policies.*.replace.*.summary
        policies.*.add.*.title policies.*.add.*.text policies.*.add.*.summary
        policies.*.add.*.questions.* policies.*.outline.*.title policies.*.approvals.*.by
        policies.*.approvals.*.minute policies.*.approvals.*.signed.*.name
        policies.*.approvals.*.signed.*.role policies.*.open_questions.*.about
        policies.*.open_questions.*.readings.* policies.*.open_questions.*.published
        open_questions.*.about open_questions.*.readings.* open_questions.*.published
        without.* waivers.*.reason waivers.*.by policies.*.values.* policies.*.values.*.*
        policies.*.values.*.*.*""",
}

_BRACES = re.compile(r"\{[{%].*?[%}]\}", re.S)
_NAME = re.compile(r"\b([a-z]+)(?:\.([a-z0-9_]+)|\[\"([a-z0-9-]+)\"\])")
_ASKED = re.compile(
    r"answer\.(\w+) (?:==|!=) \"([a-z0-9-]+)\"|\"([a-z0-9-]+)\" (?:not )?in answer\.(\w+)"
)
_PICTURE = re.compile(r"!\[[^\]]*\]\(([a-z0-9._-]+)\.(?:svg|png)")
_WORD = re.compile(r"\bmodal\b|\| *([a-z]+)")
SPACES = {
    "law": "law",
    "platform": "platform",
    "term": "term",
    "role": "rolename",
    "clause": "clause",
    "policy": "policy",
    "answer": "parameter",
}


def kind_of(file: str) -> str:
    """Which of the product's shapes a file has."""
    path = PurePosixPath(file)
    if path.parts[0] == "schools":
        return "organisation"
    if path.parts[1] == "registers" or path.suffix == ".yml":
        return path.stem
    return "clause"


@dataclass(frozen=True)
class Site:
    """One value, the key it stands under, and where both are."""

    source: Source
    document: Node
    path: Path
    pattern: str
    form: Form
    node: Node
    parent: Node | None = None
    entry: Entry | None = None
    parent_form: Form | None = None

    @property
    def kind(self) -> str:
        return kind_of(self.source.file)

    @property
    def key_line(self) -> int:
        return self.source.line(self.entry.key.start if self.entry else self.node.start)

    @property
    def line(self) -> int:
        return self.source.line(self.node.start)

    @property
    def is_id_key(self) -> bool:
        """Whether the key is an id, not a word of the format."""
        return f"{self.pattern}#" in REFERS.get(self.kind, {}) | DEFINES.get(
            self.kind, {}
        ) or self.pattern.endswith("*")


@dataclass(frozen=True)
class Mention:
    """A definition of something, or a reference to it; `counts` where the thing needs one."""

    identity: Identity
    file: str
    start: int
    end: int
    line: int
    counts: bool = False


@dataclass
class Index:
    """Every definition and reference of a repository."""

    sources: tuple[Source, ...]
    repository: Repository
    defined: dict[Identity, list[Mention]] = field(default_factory=dict)
    referred: dict[Identity, list[Mention]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for source in self.sources:
            for mention in self.mentions(source):
                self.referred.setdefault(mention.identity, []).append(mention)
            for site in self.sites(source):
                self._define(site)

    # ------------------------------------------------------------------ walking

    def sites(self, source: Source) -> Iterator[Site]:
        """Every value of a file, from the outside in."""
        form = forms.files()[kind_of(source.file)]
        for document in source.documents:
            yield from self._below(Site(source, document, (), "", form, document))

    def _below(self, site: Site) -> Iterator[Site]:
        yield site
        node, form = site.node, site.form
        for index, item in enumerate(node.items):
            inner = form.inside or form.fields.get("set") or forms.FREE
            inner = (
                inner.inside
                if inner.kind == "list" and form.kind == "model" and inner.inside
                else inner
            )
            pattern = f"{site.pattern}.*".lstrip(".")
            path = (*site.path, index)
            yield from self._below(
                Site(site.source, site.document, path, pattern, inner, item, node, None, form)
            )
        for entry in node.entries:
            key = entry.key.value
            path = (*site.path, key)
            known = form.fields.get(key)
            inner = known or form.inside or forms.FREE
            if site.pattern == "policies.*.values":
                parameter = self.parameter(str(site.path[1]), key)
                inner = forms.answer(parameter) if parameter else forms.FREE
            elif form.kind == "answer-list":
                inner = form
            elif form.kind == "answer-titles":
                inner = Form("title", forms.TEXT | forms.LIST | forms.MAPPING)
            pattern = f"{site.pattern}.{key if known else '*'}".lstrip(".")
            yield from self._below(
                Site(
                    site.source, site.document, path, pattern, inner, entry.value, node, entry, form
                )
            )

    def source_of(self, file: str) -> Source:
        return next(source for source in self.sources if source.file == file)

    @cached_property
    def plurals(self) -> set[str]:
        """Terms that some text prints in the plural."""
        texts = "".join(source.text for source in self.sources)
        return set(re.findall(r"\{\{ *term\.(\w+) *\| *many\b", texts))

    def parameter(self, policy: str, id: str) -> Parameter | None:
        return self.repository.library.policies[policy].parameters.get(id)

    # ------------------------------------------------------------------ what things are called

    def policy_of(self, site: Site) -> str:
        """The policy that an id of a place belongs to."""
        if site.kind != "organisation":
            return site.source.file.split("/")[1]
        if site.path[0] == "waivers":
            assert site.parent is not None
            policy = site.parent.get("policy")
            return policy.value if policy else ""
        return str(site.path[1]) if len(site.path) > 1 else ""

    def identity(self, kind: str, id: str, site: Site) -> Identity:
        policy = self.policy_of(site)
        if kind in ("clause", "pack", "parameter", "section", "provision", "retired", "kept"):
            return (kind, policy, id)
        if kind == "lockable":
            held = self.repository.library.policies[policy]
            return ("parameter" if id in held.parameters else "clause", policy, id)
        if kind == "wanted":
            return ("choice", policy, str(site.path[1]), id)
        if kind == "choice":
            return ("choice", policy, str(site.path[1]), id)
        if kind == "termchoice":
            return (
                ("silence", "terms", str(site.path[1]))
                if id == "silent"
                else ("termchoice", str(site.path[1]), id)
            )
        if kind == "silence":
            where = "terms" if site.kind == "terms" else policy
            return ("silence", where, str(site.path[1]))
        if kind == "modal":
            return ("modal", site.source.file, str(self._around(site)))
        if kind == "source":
            return ("source", site.source.file, id)
        if kind == "role":
            return ("role", self.organisation(site.source.file), id)
        return (kind, id)

    def _around(self, site: Site) -> int:
        """The line on which the clause of a strength begins."""
        if site.kind == "clause":
            return self._heading(site.source, site.node.start)
        assert site.parent is not None
        return site.source.line(site.parent.start)

    def _heading(self, source: Source, offset: int) -> int:
        if source.text.startswith("## ") and "\n## " not in source.text[:offset]:
            return 1
        return source.line(source.text.rindex("\n## ", 0, offset) + 1)

    def organisation(self, file: str) -> str:
        """The organisation a file gives."""
        path = PurePosixPath(file)
        return path.parent.name if path.name == "group.yml" else path.stem

    # ------------------------------------------------------------------ definitions

    def _define(self, site: Site) -> None:
        table = DEFINES.get(site.kind, {})
        if site.entry and f"{site.pattern}#" in table:
            key = site.entry.key
            identity = self.identity(table[f"{site.pattern}#"], key.value, site)
            self._add(identity, site.source, key)
        if site.pattern in table:
            identity = self.identity(table[site.pattern], site.node.value, site)
            self._add(identity, site.source, site.node)

    def _add(self, identity: Identity, source: Source, node: Node) -> None:
        line = source.line(node.start)
        mention = Mention(identity, source.file, node.start, node.end, line)
        self.defined.setdefault(identity, []).append(mention)

    # ------------------------------------------------------------------ references

    def mentions(self, source: Source) -> Iterator[Mention]:
        """Every reference a file makes."""
        for site in self.sites(source):
            yield from self._of_site(site)
            if self._is_template(site):
                scope = (self.policy_of(site), str(self._around(site)))
                yield from self._in_text(source, site.node.start, site.node.end, *scope)
        if kind_of(source.file) == "clause":
            policy = source.file.split("/")[1]
            section = PurePosixPath(source.file).stem
            yield Mention(("section", policy, section), source.file, -1, -1, 1)
            for start, end in clauses(source):
                line = source.line(start)
                yield Mention(("section", policy, section), source.file, start, start, line, True)
                yield from self._in_text(source, start, end, policy, str(line))

    def _is_template(self, site: Site) -> bool:
        return bool(
            re.fullmatch(r"policies\.\*\.(add|replace)\.\*\.(text|title|summary)", site.pattern)
        )

    def _of_site(self, site: Site) -> Iterator[Mention]:
        table = REFERS.get(site.kind, {})
        if site.entry and f"{site.pattern}#" in table:
            yield self._mention(table[f"{site.pattern}#"], site.entry.key, site)
        kind = table.get(site.pattern) if site.node.kind == "text" else None
        if kind is not None and (kind, site.node.value) != ("wanted", "said"):
            yield self._mention(kind, site.node, site)
        if site.pattern.startswith("policies.*.values.*"):
            yield from self._answers(site)

    def _mention(self, kind: str, node: Node, site: Site) -> Mention:
        identity = self.identity(kind, node.value, site)
        counts = site.kind in ("clause", "policy") and identity[0] in (
            "provision",
            "pack",
            "parameter",
        )
        line = site.source.line(node.start)
        return Mention(identity, site.source.file, node.start, node.end, line, counts)

    def _answers(self, site: Site) -> Iterator[Mention]:
        policy, id = str(site.path[1]), str(site.path[3])
        parameter = self.parameter(policy, id)
        if parameter is None:
            return
        node = site.node
        if node.kind == "text" and node.value == "silent" and len(site.path) == 4:
            yield self._answer(("silence", policy, id), node, site)
        elif parameter.type in ("choice", "choices") and node.kind == "text":
            yield self._answer(("choice", policy, id, node.value), node, site)
        elif parameter.type in ("role", "roles") and node.kind == "text":
            role = ("role", self.organisation(site.source.file), node.value)
            yield self._answer(role, node, site)
        elif parameter.type == "titles" and site.entry and len(site.path) >= 5:
            key = site.entry.key
            if len(site.path) == 5:
                yield self._answer(("choice", policy, id, key.value), key, site)
            elif key.value == "policy":
                yield self._answer(("policy", node.value), node, site)

    def _answer(self, identity: Identity, node: Node, site: Site) -> Mention:
        line = site.source.line(node.start)
        return Mention(identity, site.source.file, node.start, node.end, line)

    def _in_text(
        self, source: Source, start: int, end: int, policy: str, clause: str
    ) -> Iterator[Mention]:
        """Names between the braces of a text."""
        library = kind_of(source.file) == "clause"

        def mention(identity: Identity, found: re.Match[str], group: int, at: int) -> Mention:
            first, last = at + found.start(group), at + found.end(group)
            counts = library and identity[0] == "parameter"
            return Mention(identity, source.file, first, last, source.line(first), counts)

        for braces in _BRACES.finditer(source.text, start, end):
            at, inside = braces.start(), braces[0]
            for found in _NAME.finditer(inside):
                space, id = found[1], found[2] or found[3]
                kind = SPACES.get(space)
                if kind is None:
                    continue
                identity: Identity = (kind, id)
                if kind in ("clause", "parameter"):
                    identity = (kind, policy, id)
                elif kind == "rolename" and not library:
                    identity = ("role", self.organisation(source.file), id)
                yield mention(identity, found, 2 if found[2] else 3, at)
            for found in _ASKED.finditer(inside):
                parameter, group = found[1] or found[4], 2 if found[2] else 3
                yield mention(("choice", policy, parameter, found[group]), found, group, at)
            for found in _WORD.finditer(inside):
                if found[0] == "modal":
                    yield mention(("modal", source.file, clause), found, 0, at)

    # ------------------------------------------------------------------ words of the template

    def words(self, source: Source) -> Iterator[tuple[int, int]]:
        """Where names, formatters and asked choices stand between braces, and those of pictures."""
        for found in _PICTURE.finditer(source.text):
            yield found.start(1), found.end(1)
        for braces in _BRACES.finditer(source.text):
            at = braces.start()
            for found in _NAME.finditer(braces[0]):
                if found[1] in (*SPACES, "org", "group", "review", "document"):
                    group = 2 if found[2] else 3
                    yield at + found.start(1), at + found.end(1)
                    yield at + found.start(group), at + found.end(group)
            for found in _ASKED.finditer(braces[0]):
                group = 2 if found[2] else 3
                yield at + found.start(group), at + found.end(group)
            for found in _WORD.finditer(braces[0]):
                group = 1 if found[1] else 0
                yield at + found.start(group), at + found.end(group)

    # ------------------------------------------------------------------ what a deletion costs

    @cached_property
    def _placed(self) -> dict[str, tuple[list[int], list[tuple[Mention, bool]]]]:
        """Per file, every definition (True) and reference (False) in the order they stand in."""
        placed: dict[str, list[tuple[Mention, bool]]] = {}
        for table, defines in ((self.defined, True), (self.referred, False)):
            for mentions in table.values():
                for mention in mentions:
                    placed.setdefault(mention.file, []).append((mention, defines))
        for found in placed.values():
            found.sort(key=lambda pair: pair[0].start)
        return {file: ([m.start for m, _ in found], found) for file, found in placed.items()}

    def lost(self, file: str, start: int, end: int) -> set[tuple[str, int]]:
        """The places that miss something once a stretch of a file is gone."""
        starts, mentions = self._placed.get(file, ([], []))
        gone = mentions[bisect.bisect_left(starts, start) : bisect.bisect_left(starts, end)]

        def left(mentions: Iterable[Mention]) -> list[Mention]:
            return [m for m in mentions if m.file != file or not start <= m.start < end]

        places: set[tuple[str, int]] = set()
        for mention, defines in gone:
            identity = mention.identity
            definitions = left(self.defined.get(identity, ()))
            references = left(self.referred.get(identity, ()))
            if defines and not definitions and identity[0] != "role":
                places |= {(m.file, m.line) for m in references}
            if mention.counts and not any(m.counts for m in references):
                places |= {(m.file, m.line) for m in definitions}
        return places


def clauses(source: Source) -> Iterator[tuple[int, int]]:
    """From where to where each clause of a section file reaches."""
    starts = [found.start() for found in re.finditer(r"^## ", source.text, re.M)]
    yield from zip(starts, [*starts[1:], len(source.text)], strict=True)
