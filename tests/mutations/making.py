"""Every mutation of a repository: what is changed, and exactly where a problem has to stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clausebook.check import Waived
from clausebook.model import Parameter, Repository
from tests.mutations.forms import WRONG
from tests.mutations.references import DEFINES, PROSE, REFERS, Index, Site, clauses
from tests.mutations.written import Edit, Entry, Node, Source

Places = frozenset[tuple[str, int]]
IMPOSSIBLE = ("2026-02-30", "2026-13", "31/02/2026")
AMBIGUOUS = ("01/11/18", "May 24")
# Keys of which a mapping needs one, and every shipped one has one.
ALONE = {
    "policy": (
        "parameters.*.choices",
        "parameters.*.choices.*.words",
        "parameters.*.choices.*.law",
        "parameters.*.choices.*.platform",
    ),
    "phrases": ("phrases.*.find", "phrases.*.pattern"),
    "terms": ("terms.*.choices", "terms.*.text"),
}
LONG_AGO, FAR_AHEAD = "1801", "2198"


@dataclass(frozen=True)
class Mutation:
    """One change of one file and the places where a problem counts as having caught it."""

    kind: str
    file: str
    line: int
    what: str
    edit: Edit
    places: Places
    added: int = 0

    def __str__(self) -> str:
        wanted = ", ".join(f"{file}:{line}" for file, line in sorted(self.places))
        return f"{self.file}:{self.line}: {self.kind}: {self.what} (wanted at {wanted})"


@dataclass
class Maker:
    """Makes the mutations of each file, from what is written and what the baseline found."""

    index: Index
    repository: Repository
    waived: tuple[Waived, ...]
    reached: dict[str, set[str]]
    unlisted: set[str] = field(default_factory=set)

    def mutations(self, source: Source) -> Iterator[Mutation]:
        for site in self.index.sites(source):
            if site.entry:
                yield from self._keys(site)
            if site.path:
                yield from self._values(site)
                yield from self._deletions(site)
        yield from self._texts(source)
        if source.file.endswith(".md"):
            yield from self._clauses(source)

    def _mutation(
        self,
        kind: str,
        site: Site,
        line: int,
        change: str,
        edit: Edit,
        places: Iterable[int | tuple[str, int]],
        added: int = 0,
    ) -> Mutation:
        file = site.source.file
        found = frozenset((file, p) if isinstance(p, int) else p for p in places)
        what = f"{'.'.join(map(str, site.path))} {change}"
        return Mutation(kind, file, line, what, edit, found, added)

    # ------------------------------------------------------------------ keys

    def _keys(self, site: Site) -> Iterator[Mutation]:
        assert site.entry is not None
        assert site.parent is not None
        source, key, line = site.source, site.entry.key, site.key_line
        edit, added = source.doubled(site.parent, site.entry)
        twice = line if not added else source.line(edit.start) + 1
        yield self._mutation("duplicate key", site, line, "twice", edit, [twice], added)
        places: set[int | tuple[str, int]] = {line}
        kind = "misspelt key"
        if site.is_id_key:
            kind = "misspelt id as key"
            if f"{site.pattern}#" in DEFINES.get(site.kind, {}):
                references = self._references(site, key)
                if references is None:
                    return
                places |= references
        change = f"→ {key.value}x"
        yield self._mutation(kind, site, line, change, source.misspelt(key), places)

    def _references(self, site: Site, node: Node) -> set[tuple[str, int]] | None:
        """What refers to a definition, so that it dangles under another name; None: nobody."""
        places = self.index.lost(site.source.file, node.start, node.end)
        if site.kind == "organisation" and site.path[0] == "roles":
            # A role nothing uses is a problem where it stands.
            own = self.index.organisation(site.source.file)
            return self._named(site, own, "roles", str(site.path[1]))
        return places or None

    # ------------------------------------------------------------------ values

    def _values(self, site: Site) -> Iterator[Mutation]:
        node, source, form = site.node, site.source, site.form
        lines = {site.line, site.key_line}
        for new in self._wrong_types(site):
            yield self._mutation(
                "wrong type", site, site.line, f"→ {new[:40]}", source.replaced(node, new), lines
            )
        if node.kind != "text":
            return
        # In a list between brackets, nothing at all would be one item fewer.
        blank = '""' if site.entry is None and site.parent and site.parent.flow else ""
        edit = source.replaced(node, blank)
        yield self._mutation("left blank", site, site.line, "→ nothing", edit, lines)
        if form.kind == "date":
            yield from self._dates(site)
            return
        for new in self._outside(site):
            edit = source.replaced(node, new)
            yield self._mutation("outside its choices", site, site.line, f"→ {new}", edit, lines)
        yield from self._ids(site)

    def _wrong_types(self, site: Site) -> Iterator[str]:
        text = json.dumps(site.node.first_text or "wrong", ensure_ascii=False)
        for kind, new in (("text", text), ("list", f"[{text}]"), ("mapping", f"{{wrong: {text}}}")):
            if kind not in site.form.accepts and kind != site.node.kind:
                yield new
        if "mapping" in site.form.accepts and site.node.kind != "mapping":
            yield f"{{wrong: {text}}}"

    def _outside(self, site: Site) -> Iterator[str]:
        if site.form.kind in WRONG:
            yield WRONG[site.form.kind]
        if site.form.kind == "number":
            yield "many"
            yield "-1"
            parameter = self._parameter(site)
            if parameter and parameter.minimum is not None:
                yield str(parameter.minimum - 1)
            if parameter and parameter.maximum is not None:
                yield str(parameter.maximum + 1)

    def _parameter(self, site: Site) -> Parameter | None:
        if not site.pattern.startswith("policies.*.values.*"):
            return None
        return self.index.parameter(str(site.path[1]), str(site.path[3]))

    def _ids(self, site: Site) -> Iterator[Mutation]:
        """Ids that refer to something, made to dangle, and ids that are referred to, renamed."""
        table, kind = REFERS.get(site.kind, {}), site.kind
        node, source = site.node, site.source
        places: set[int | tuple[str, int]] = {site.line}
        if site.pattern in DEFINES.get(kind, {}):
            references = self._references(site, node)
            if references is None:
                return
            yield self._mutation(
                "renamed id",
                site,
                site.line,
                f"→ {node.value}x",
                source.misspelt(node),
                places | references,
            )
        elif site.pattern in table or self._answers_by_id(site):
            if self._refers(site):
                change = f"→ {node.value}x"
                edit = source.misspelt(node)
                yield self._mutation("dangling id", site, site.line, change, edit, places)
        elif site.form.kind == "free" and site.pattern not in PROSE.get(kind, "").split():
            self.unlisted.add(f"{kind}: {site.pattern}")

    def _refers(self, site: Site) -> bool:
        """Whether a text is an id here: free terms are words, an outline may have own sections."""
        if site.pattern == "terms.*":
            term = self.repository.library.registers.terms[str(site.path[1])]
            return not term.free
        if site.pattern == "policies.*.outline.*.id":
            identity = self.index.identity("section", site.node.value, site)
            return identity in self.index.defined
        return True

    def _answers_by_id(self, site: Site) -> bool:
        parameter = self._parameter(site)
        if parameter is None:
            return False
        if parameter.type == "titles":
            return bool(site.entry and site.entry.key.value == "policy" and len(site.path) == 6)
        return parameter.type in ("choice", "choices", "role", "roles")

    # ------------------------------------------------------------------ dates

    def _dates(self, site: Site) -> Iterator[Mutation]:
        for kind, dates in (("impossible date", IMPOSSIBLE), ("ambiguous date", AMBIGUOUS)):
            for new in dates:
                edit = site.source.replaced(site.node, new)
                yield self._mutation(kind, site, site.line, f"→ {new}", edit, [site.line])
        for new, partner in self._contradictions(site):
            lines = {site.line} | ({site.source.line(partner.start)} if partner else set())
            edit = site.source.replaced(site.node, new)
            yield self._mutation("contradictory date", site, site.line, f"→ {new}", edit, lines)

    def _contradictions(self, site: Site) -> Iterator[tuple[str, Node | None]]:
        """A date that another one of the same file, or today, makes impossible."""
        assert site.parent is not None
        beside = site.parent.get
        name = site.pattern.rpartition(".")[2]
        if site.kind == "law":
            earlier = beside("year") or (beside("since") if name == "ended" else None)
            later = beside("ended") if name == "since" else None
            if earlier:
                yield LONG_AGO, earlier
            if later:
                yield FAR_AHEAD, later
        elif site.pattern == "roles.*.checked":
            yield FAR_AHEAD, None
        elif name == "from":
            yield FAR_AHEAD, beside("until")
        elif name == "until":
            yield LONG_AGO, beside("from")
        elif site.pattern == "policies.*.review.next":
            earlier = beside("last") or self._approval(site, -1)
            if earlier:
                yield LONG_AGO, earlier
        elif site.pattern == "policies.*.review.last":
            yield FAR_AHEAD, beside("next")
        elif site.pattern == "policies.*.approvals.*.date":
            yield FAR_AHEAD, None
            if site.path[3] != 0:
                yield LONG_AGO, self._approval(site, int(site.path[3]) - 1)
        elif site.pattern.startswith("policies.*.approvals.*"):
            yield LONG_AGO, beside("date")

    def _approval(self, site: Site, number: int) -> Node | None:
        """When the approval with a number in its list was given; -1 is the latest."""
        held = _at(site.document, site.path[:2])
        approvals = held.get("approvals") if held else None
        return approvals.items[number].get("date") if approvals else None

    # ------------------------------------------------------------------ names in texts

    def _texts(self, source: Source) -> Iterator[Mutation]:
        for start, end in sorted(set(self.index.words(source))):
            line = source.line(start)
            what = f"{source.text[start:end]} → {source.text[start:end]}x"
            edit = Edit(end, end, "x")
            yield Mutation(
                "misspelt name in a text",
                source.file,
                line,
                what,
                edit,
                frozenset({(source.file, line)}),
            )

    # ------------------------------------------------------------------ deletions

    def _deletions(self, site: Site) -> Iterator[Mutation]:
        if site.parent is None:
            return
        node: Node | Entry = site.entry or site.node
        places: set[tuple[str, int]] = set()
        kind = "deleted though needed"
        if site.entry and self._required(site):
            kind = "deleted though required"
            places |= self._lacks(site)
        places |= self.index.lost(site.source.file, node.start, node.end)
        places |= self._needed(site)
        if places and len(site.parent.items) + len(site.parent.entries) == 1:
            places.add((site.source.file, self._key_above(site)))
        if places:
            edit = site.source.without(site.parent, node.start, node.end)
            yield self._mutation(kind, site, site.key_line, "gone", edit, places)

    def _key_above(self, site: Site) -> int:
        """The line of the key whose value is left with nothing in it."""
        above = _at(site.document, site.path[:-2]) if len(site.path) > 1 else None
        entries = above.entries if above else ()
        key = next((e.key for e in entries if e.value is site.parent), None)
        assert site.parent is not None
        return site.source.line(key.start if key else site.parent.start)

    def _required(self, site: Site) -> bool:
        assert site.entry is not None
        assert site.parent_form is not None
        return site.entry.key.value in site.parent_form.required

    def _lacks(self, site: Site) -> set[tuple[str, int]]:
        """Where a reader looks for a missing key: its mapping's own key, and where that begins."""
        assert site.parent is not None
        return self._mapping(site.source, site.parent, site.path[:-1], site.document, site.entry)

    def _mapping(
        self,
        source: Source,
        node: Node,
        path: tuple[str | int, ...],
        document: Node,
        without: Entry | None,
    ) -> set[tuple[str, int]]:
        left = [source.line(e.key.start) for e in node.entries if e is not without]
        lines = set(left[:1])
        above = _at(document, path[:-1]) if path else None
        if above is None:
            lines.add(source.line(document.start) if source.file.endswith(".md") else 1)
        else:
            here = next((e for e in above.entries if e.key.value == path[-1]), None)
            lines.add(source.line(here.key.start if here else node.start))
        return {(source.file, line) for line in lines}

    def _needed(self, site: Site) -> set[tuple[str, int]]:
        """The places that miss a line for what it means, not for an id in it."""
        if site.kind == "organisation":
            return self._needed_here(site)
        if site.pattern in ALONE.get(site.kind, ()):
            return self._lacks(site)
        if site.pattern == "law.*.message":
            # What makes it needed is the place to say so.
            severity = site.parent.get("severity") if site.parent else None
            if severity is None or severity.value == "ok":
                return set()
            return {(site.source.file, site.source.line(severity.start))}
        if site.pattern == "terms.*.choices.*.many" and site.path[1] in self.index.plurals:
            return self._lacks(site)
        return set()

    # ------------------------------------------------------------------ what an organisation needs

    def _needed_here(self, site: Site) -> set[tuple[str, int]]:
        """What an organisation, or one below it, says and somebody needs."""
        own = self.index.organisation(site.source.file)
        pattern, path = site.pattern, site.path
        if pattern in ("brand.crest", "brand.crest_text"):
            assert site.parent is not None
            other = site.parent.get("crest" if pattern.endswith("text") else "crest_text")
            return {(site.source.file, site.source.line(other.start))} if other else set()
        if pattern in ("terms", "roles"):
            return {
                place
                for e in site.node.entries
                for place in self._named(site, own, str(path[0]), e.key.value)
            }
        if pattern in ("terms.*", "roles.*"):
            return self._named(site, own, str(path[0]), str(path[1]))
        if pattern == "policies.*.values":
            return {p for e in site.node.entries for p in self._answer(site, own, e.key.value)}
        if pattern == "policies.*.values.*":
            return self._answer(site, own, str(path[3]))
        if pattern in ("policies.*.approvals", "policies.*.approvals.*"):
            return self._approvals(site, own)
        if pattern in ("policies.*.review", "policies.*.review.next"):
            return self._review(site, own)
        if pattern in ("waivers", "waivers.*"):
            return self._waivers(site, own)
        if pattern == "policies.*.outline.*":
            assert site.parent is not None
            lines = {site.source.line(i.start) for i in site.parent.items if i is not site.node}
            return (
                {(site.source.file, line) for line in lines} if self._outlined(site, own) else set()
            )
        if pattern == "policies.*.outline.*.title" and not self._refers_to_section(site):
            return self._lacks(site)
        return set()

    def _refers_to_section(self, site: Site) -> bool:
        assert site.parent is not None
        id = site.parent.get("id")
        return id is None or ("section", str(site.path[1]), id.value) in self.index.defined

    def _family(self, own: str) -> Iterator[str]:
        """The organisation and everything below it."""
        for id in self.repository.organisations:
            if own in (tier.id for tier in self.repository.tiers(id)):
                yield id

    def _above(self, own: str) -> list[str]:
        return [tier.id for tier in self.repository.tiers(own)[:-1]]

    def _named(self, site: Site, own: str, group: str, id: str) -> set[tuple[str, int]]:
        """Who misses a term or a role: nobody when a tier above has one of the same name."""
        said = {
            o.id: {change.id for change in (o.terms if group == "terms" else o.roles)}
            for o in self.repository.organisations.values()
        }
        if any(id in said[above] for above in self._above(own)):
            return set()
        places: set[tuple[str, int]] = set()
        for below in self._family(own):
            tiers = [t.id for t in self.repository.tiers(below)]
            if any(id in said[tier] for tier in tiers if tier != own):
                continue
            space = "term" if group == "terms" else "role"
            if f"{space}.{id}" in self.reached[below]:
                places |= self._would_hold(below, group, site)
            if group == "roles":
                mentions = self.index.referred.get(("role", below, id), ())
                places |= {(m.file, m.line) for m in mentions}
                for tier in tiers:
                    mentions = self.index.referred.get(("role", tier, id), ())
                    places |= {(m.file, m.line) for m in mentions}
        return places

    def _answer(self, site: Site, own: str, id: str) -> set[tuple[str, int]]:
        """Who misses an answer: nobody when a tier above gives one."""
        policy = str(site.path[1])

        def gives(organisation: str) -> bool:
            held = self.repository.organisations[organisation].policies.get(policy)
            return held is not None and any(a.id == id for a in held.answers)

        if any(map(gives, self._above(own))):
            return set()
        places: set[tuple[str, int]] = set()
        for below in self._family(own):
            others = [t.id for t in self.repository.tiers(below) if t.id != own]
            if not any(map(gives, others)) and f"{policy}/answer.{id}" in self.reached[below]:
                places |= self._would_hold(below, "policies", site, policy, "values")
        return places

    def _would_hold(self, organisation: str, *path: str | Site) -> set[tuple[str, int]]:
        """The keys under which an organisation's file would say something, as far as it has them."""
        keys = [p for p in path if isinstance(p, str)]
        site = next(p for p in path if isinstance(p, Site))
        source = self.index.source_of(self.repository.organisations[organisation].at.file)
        document = source.documents[0]
        while keys:
            node = _at(document, tuple(keys))
            if node is not None and node is not site.node:
                return self._mapping(source, node, tuple(keys), document, site.entry)
            keys = keys[:-1]
        return {(source.file, 1)}

    def _approvals(self, site: Site, own: str) -> set[tuple[str, int]]:
        policy = str(site.path[1])
        held = _at(site.document, site.path[:2])
        state, approvals = (held.get("state"), held.get("approvals")) if held else (None, None)
        if state is None or state.value == "draft" or self._held_above(own, policy, "approvals"):
            return set()
        if len(site.path) == 4 and approvals and len(approvals.items) > 1:
            return set()
        return {(site.source.file, site.source.line(state.start))}

    def _review(self, site: Site, own: str) -> set[tuple[str, int]]:
        node = site.node if site.pattern.endswith("review") else site.parent
        policy = str(site.path[1])
        if node is None or node.get("next") is None:
            return set()
        if site.pattern.endswith("review") and self._held_above(own, policy, "review"):
            return set()
        if site.pattern.endswith("review"):
            held = _at(site.document, site.path[:2])
            assert held is not None
            return self._mapping(site.source, held, site.path[:2], site.document, site.entry)
        return self._lacks(site)

    def _held_above(self, own: str, policy: str, name: str) -> bool:
        organisations = self.repository.organisations
        held = [organisations[id].policies.get(policy) for id in self._above(own)]
        return any(bool(getattr(one, name)) for one in held if one)

    def _waivers(self, site: Site, own: str) -> set[tuple[str, int]]:
        check = site.node.get("check") if site.pattern == "waivers.*" else None
        return {
            (w.problem.at.file, w.problem.at.line)
            for w in self.waived
            if w.organisation == own and (check is None or check.value == w.waiver.check)
        }

    def _outlined(self, site: Site, own: str) -> bool:
        """Whether clauses would have no place without a section of the outline."""
        id = site.node.get("id")
        return bool(id and f"{site.path[1]}/section.{id.value}" in self.reached[own])

    # ------------------------------------------------------------------ whole clauses

    def _clauses(self, source: Source) -> Iterator[Mutation]:
        for start, end in clauses(source):
            line = source.line(start)
            text = source.text[start:end]
            opening = start + text.index("```clause")
            closing = start + text.index("\n```\n", text.index("```clause")) + 1
            first = source.line(opening)
            title = text.split("\n", 1)[0]

            def made(
                what: str, a: int, b: int, *lines: int, line: int = line, title: str = title
            ) -> Mutation:
                edit = Edit(a, b, "\n" * source.text.count("\n", a, b))
                places = frozenset((source.file, at) for at in lines)
                return Mutation(
                    "deleted though required", source.file, line, f"{title}: {what}", edit, places
                )

            yield made("its heading", start, start + len(title), line, first)
            yield made("the opening of its facts", opening, opening + 9, line, first)
            yield made(
                "the closing of its facts", closing, closing + 3, line, first, source.line(closing)
            )
            yield made("its text", closing + 4, end, line)
            places = self.index.lost(source.file, start, end)
            if places:
                edit = Edit(start, end, "\n" * source.text.count("\n", start, end))
                what = f"{title}: the whole clause"
                yield Mutation(
                    "deleted though needed", source.file, line, what, edit, frozenset(places)
                )


def _at(document: Node, path: tuple[str | int, ...]) -> Node | None:
    node: Node | None = document
    for part in path:
        if node is None:
            return None
        node = node.items[part] if isinstance(part, int) else node.get(part)
    return node
