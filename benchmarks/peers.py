"""A generated handbook in; the same pages out as users of other tools keep them today.

`pages` is one school's site as Markdown. `write_mkdocs` puts all schools into one tree: shared pages
with `{{ v.NAME }}` where a value stands, and for each school a mkdocs-SCHOOL.yml with its values and
its own wordings. `write_hugo` makes a Hugo site of each school, with the values already in place.
The words of every clause are those that Clausebook publishes: `missing_words` says where they are not.
"""

import html
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import yaml

from clausebook.model import Handbook, Library, ResolvedClause, ResolvedPolicy, Run, RunKind, Text
from clausebook.render.words import text_html
from clausebook.sites import Makers

EDITION = "staff"
# The words of each school: everything else belongs to all of them.
VALUES, OWN = "v", "own"
_NOT_A_NAME = re.compile(r"\W+")
_EXTENSIONS = ("attr_list", "tables")


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a page that a school can word in its own way or leave out."""

    id: str
    runs: tuple[Run, ...]

    @property
    def markdown(self) -> str:
        return Text(self.runs).markdown

    @property
    def form(self) -> tuple[str, ...]:
        """What schools with the same wording share: its text, and the names of its values."""
        return tuple(
            f"{{{run.slot} {run.formatter}" if run.kind is RunKind.VALUE else run.text
            for run in self.runs
        )


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    title: str
    units: tuple[Unit, ...]
    group: str = ""
    listed: bool = True

    @property
    def markdown(self) -> str:
        return "\n\n".join(unit.markdown for unit in self.units) + "\n"


def pages(handbook: Handbook, library: Library, *, everything: bool) -> list[Page]:
    """One school's site: its policies and a first page, or every page that Clausebook makes."""
    school = handbook.organisation.id
    policies = [_policy(policy, school) for policy in handbook.policies.values()]
    found = [_home(handbook, policies), *policies]
    if everything:
        found += [_quick(policy) for policy in handbook.policies.values() if _short(policy)]
        found += _about(handbook, library)
    return found


def _policy(policy: ResolvedPolicy, school: str) -> Page:
    units = [_plain("title", f"# {policy.title}")]
    for section in policy.sections:
        units.append(
            _plain(f"section {section.id}", f"## {section.title} {{: #section-{section.id} }}")
        )
        for clause in section.clauses:
            # Two schools call their own rules by one name, in different places.
            own = "" if clause.id in policy.policy.clauses else f" {school}"
            units.append(_clause(clause, own))
    group = policy.policy.area or "Policies"
    return Page(f"{policy.id}.md", policy.title, tuple(units), group)


def _clause(clause: ResolvedClause, own: str) -> Unit:
    return Unit(
        clause.id + own,
        (
            _source("### "),
            *clause.title.runs,
            _source(f" {{: #{clause.id} }}\n\n"),
            *clause.text.runs,
        ),
    )


def _home(handbook: Handbook, policies: Sequence[Page]) -> Page:
    links = "\n".join(f"- [{page.title}]({page.path})" for page in policies)
    name = _value("org.name", handbook.organisation.name)
    return Page("index.md", "Home", (Unit("title", (_source("# "), name)), _plain("list", links)))


def _short(policy: ResolvedPolicy) -> list[ResolvedClause]:
    return [clause for clause in policy.clauses if clause.summary and clause.strength]


def _quick(policy: ResolvedPolicy) -> Page:
    units = [_plain("title", f"# Quick guide: {policy.title}")]
    for clause in _short(policy):
        runs = clause.summary.runs if clause.summary else ()
        link = _source(f" ([the whole rule](../{policy.id}.md#{clause.id}))")
        units.append(Unit(clause.id, (_source("- "), *runs, link)))
    return Page(f"quick/{policy.id}.md", f"Quick guide: {policy.title}", tuple(units), listed=False)


def _about(handbook: Handbook, library: Library) -> list[Page]:
    name = _value("org.name", handbook.organisation.name)
    contacts = [_plain("title", "# Contacts")]
    for id, role in handbook.roles.items():
        runs: list[Run] = [_source("## "), _value(f"role.{id}", role.title)]
        for kind, said in (("phone", role.phone), ("email", role.email)):
            runs += [_source("\n\n"), _value(f"role.{id}.{kind}", said)] if said else []
        contacts.append(Unit(id, tuple(runs)))
    terms = [_plain("title", "# Words we use")]
    for entry in library.registers.glossary.values():
        terms.append(_plain(entry.id, f"## {entry.term} {{: #{entry.id} }}\n\n{entry.means}"))
    others = (
        ("search", "Search", "Type a word in the field above to find the rules that hold it."),
        ("changes", "What changed", "No earlier handbook is held to compare this one with."),
        ("about", "About this handbook", "It holds the rules in force, policy by policy."),
        ("accessibility", "Accessibility", "Ask the office for these pages in another form."),
    )
    made = [
        Page("contacts.md", "Contacts", tuple(contacts), "About"),
        Page("terms.md", "Words we use", tuple(terms), "About"),
    ]
    for id, title, said in others:
        text = Unit("text", (_source(f"{said} This is the handbook of "), name, _source(".")))
        made.append(Page(f"{id}.md", title, (_plain("title", f"# {title}"), text), "About"))
    return made


def _source(text: str) -> Run:
    return Run(RunKind.SOURCE, text)


def _value(slot: str, text: str) -> Run:
    return Run(RunKind.VALUE, text, slot=slot)


def _plain(id: str, text: str) -> Unit:
    return Unit(id, (_source(text),))


# ------------------------------------------------------------------------------ MkDocs


@dataclass(slots=True)
class Names:
    """Which values share a name: all of a slot when they never differ within a school, else fewer."""

    sites: Mapping[str, Sequence[Page]]
    _said: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        for school, site in self.sites.items():
            for page in site:
                for unit in page.units:
                    for place, run in _values(unit):
                        for name in _wider(page, unit, place, run):
                            said = self._said[name].setdefault(school, set())
                            said.add(Text((run,)).markdown)

    def of(self, page: Page, unit: Unit, place: int, run: Run) -> str:
        for name in _wider(page, unit, place, run):
            if all(len(said) == 1 for said in self._said[name].values()):
                return name
        raise ValueError(f"{page.path}, {unit.id}: a school says two things in one place")

    def fixed(self, name: str) -> str | None:
        """What all schools say, for words that nobody would write as a value then."""
        said = {text for each in self._said[name].values() for text in each}
        return next(iter(said)) if len(said) == 1 else None


def _values(unit: Unit) -> Iterator[tuple[int, Run]]:
    return ((place, run) for place, run in enumerate(unit.runs) if run.kind is RunKind.VALUE)


def _wider(page: Page, unit: Unit, place: int, run: Run) -> tuple[str, ...]:
    """The names that a value could have, the one that covers most first."""
    return _names(page.path, unit.id, place, run.slot, run.formatter)


@lru_cache(maxsize=500_000)
def _names(path: str, unit: str, place: int, slot: str, formatter: str) -> tuple[str, ...]:
    slot = f"{slot} {formatter}".strip()
    own = f"{path} {unit} {slot}"
    return tuple(
        _NOT_A_NAME.sub("_", name) for name in (slot, f"{path} {slot}", own, f"{own} {place}")
    )


def write_mkdocs(
    folder: Path, sites: Mapping[str, Sequence[Page]], names: Mapping[str, str]
) -> None:
    """One tree for all schools, and for each a mkdocs-SCHOOL.yml. `names`: what schools are called."""
    shared, extra = _shared(sites)
    for path, text in shared.items():
        _write(folder / "docs" / path, text)
    first = next(iter(sites.values()))
    _write(folder / "base.yml", _yaml(_base(first, {"macros": {}})))
    for school in sites:
        own = {
            "INHERIT": "base.yml",
            "site_name": names[school],
            "site_url": f"https://handbook.example.org/{school}/",
            "site_dir": f"site/{school}",
            "extra": extra[school],
        }
        _write(folder / f"mkdocs-{school}.yml", _yaml(own))


def write_plain(
    folder: Path, site: Sequence[Page], name: str, plugins: Mapping[str, object]
) -> None:
    """One school with its values in place, for MkDocs without macros."""
    for page in site:
        _write(folder / "docs" / page.path, page.markdown)
    own = _base(site, plugins) | {"site_name": name, "site_dir": "site"}
    _write(folder / "mkdocs.yml", _yaml(own))


def _base(site: Sequence[Page], plugins: Mapping[str, object]) -> dict[str, object]:
    groups: dict[str, list[dict[str, str]]] = {}
    nav: list[object] = []
    for page in site:
        if not page.listed:
            continue
        if not page.group:
            nav.append({page.title: page.path})
            continue
        if page.group not in groups:
            groups[page.group] = []
            nav.append({page.group: groups[page.group]})
        groups[page.group].append({page.title: page.path})
    return {
        "use_directory_urls": False,
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.sections", "navigation.top", "toc.follow"],
        },
        "plugins": [{"search": {}}, *({name: given} for name, given in plugins.items())],
        "markdown_extensions": list(_EXTENSIONS),
        "not_in_nav": "quick/*",
        "nav": nav,
    }


def _shared(
    sites: Mapping[str, Sequence[Page]],
) -> tuple[dict[str, str], dict[str, dict[str, dict[str, str]]]]:
    """The pages that all schools share, and what is only of each."""
    names = Names(sites)
    extra: dict[str, dict[str, dict[str, str]]] = {
        school: {VALUES: {}, OWN: {}} for school in sites
    }
    texts = {}
    for path in dict.fromkeys(page.path for site in sites.values() for page in site):
        held = {s: page for s, site in sites.items() for page in site if page.path == path}
        parts = []
        for id in _merged([[unit.id for unit in page.units] for page in held.values()]):
            units = {s: unit for s, page in held.items() for unit in page.units if unit.id == id}
            parts.append(_part(f"{path} {id}", held, units, names, extra))
        texts[path] = "\n\n".join(parts) + "\n"
    return texts, extra


def _part(
    key: str,
    held: Mapping[str, Page],
    units: Mapping[str, Unit],
    names: Names,
    extra: Mapping[str, dict[str, dict[str, str]]],
) -> str:
    """A unit as the shared page has it: most schools' wording, and a way to another."""
    forms = Counter(units[school].form if school in units else () for school in held)
    usual, _ = forms.most_common(1)[0]
    text = ""
    for school, page in held.items():
        unit = units.get(school)
        if unit is None or unit.form != usual:
            if usual or unit:
                extra[school][OWN][key] = unit.markdown if unit else ""
            continue
        written = []
        for place, run in enumerate(unit.runs):
            said = Text((run,)).markdown
            if run.kind is RunKind.VALUE:
                name = names.of(page, unit, place, run)
                fixed = names.fixed(name) if run.slot in ("modal", "link-target") else None
                if fixed is None:
                    extra[school][VALUES][name] = said
                    said = f"{{{{ {VALUES}.{name} }}}}"
            elif any(mark in said for mark in ("{{", "{%", "{#")):
                raise ValueError(f"{key}: the text holds marks of a template")
            written.append(said)
        text = "".join(written)
    if len(forms) == 1:
        return text
    other = f"\n{{% else %}}\n{text}" if text else ""
    return f"{{% if '{key}' in {OWN} %}}\n{{{{ {OWN}['{key}'] }}}}{other}\n{{% endif %}}"


def _merged(orders: Iterable[Sequence[str]]) -> list[str]:
    """All units in an order that keeps each school's own."""
    merged: list[str] = []
    for order in orders:
        place = 0
        for id in order:
            if id in merged:
                place = merged.index(id) + 1
            else:
                merged.insert(place, id)
                place += 1
    return merged


# ------------------------------------------------------------------------------ Hugo

_HUGO = """\
baseURL = "https://handbook.example.org/"
title = {title}
uglyURLs = true
disableKinds = ["section", "taxonomy", "term", "RSS"]
[markup.goldmark.parser.attribute]
title = true
[outputs]
home = ["HTML", "JSON"]
[params]
areas = {areas}
"""
_HUGO_PAGE = """\
<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{{ .Title }} - {{ .Site.Title }}</title>\
<link rel="stylesheet" href="main.css"></head><body>
<header><a href="/index.html">{{ .Site.Title }}</a></header>
<nav>{{ $page := . }}{{ range .Site.Params.areas }}<h2>{{ . }}</h2><ul>\
{{ range where $page.Site.RegularPages "Params.area" . }}\
<li{{ if eq . $page }} class="active"{{ end }}><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>\
{{ end }}</ul>{{ end }}</nav>
<aside>{{ .TableOfContents }}</aside>
<main>{{ .Content }}</main></body></html>
"""
_HUGO_INDEX = """\
[{{ range $i, $e := .Site.RegularPages }}{{ if $i }},{{ end }}\
{{ dict "location" .RelPermalink "title" .Title "text" .Plain | jsonify }}{{ end }}]
"""


def write_hugo(folder: Path, site: Sequence[Page], name: str) -> None:
    """One school as a Hugo site with a small theme and an index for searching."""
    areas = list(dict.fromkeys(page.group for page in site if page.group))
    _write(folder / "config.toml", _HUGO.format(title=json.dumps(name), areas=json.dumps(areas)))
    for layout in ("_default/single.html", "_default/list.html", "index.html"):
        _write(folder / "layouts" / layout, _HUGO_PAGE)
    _write(folder / "layouts" / "index.json", _HUGO_INDEX)
    for page in site:
        text = re.sub(r" \{: (#[\w-]+) \}", r" {\1}", page.markdown)
        text = re.sub(r"\(((?:\.\./)?[\w-]+)\.md(#[\w-]+)?\)", r"(\1.html\2)", text)
        head = f"---\ntitle: {json.dumps(page.title)}\narea: {json.dumps(page.group)}\n---\n"
        path = "_index.md" if page.path == "index.md" else page.path
        _write(folder / "content" / path, head + text)


# ------------------------------------------------------------------------------ the same words


class _Words(HTMLParser):
    """The words of an HTML page, or of its one element of a given name."""

    def __init__(self, within: str = "") -> None:
        super().__init__()
        self.within = within
        self.inside = not within
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = self.inside or tag == self.within
        self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != self.within
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.text.append(data)


def words(text: str, within: str = "") -> str:
    """Letters and digits in order: tools differ in typography, and in where they part elements."""
    parser = _Words(within)
    parser.feed(text)
    return "".join(char for char in "".join(parser.text).casefold() if char.isalnum())


def missing_words(handbook: Handbook, folder: Path, within: str, *, whole: bool) -> list[str]:
    """Clauses whose words do not stand on their policy's page in order. `whole`: with nothing between."""
    found = []
    for policy in handbook.policies.values():
        held = words((folder / f"{policy.id}.html").read_text(encoding="utf-8"), within)
        at = 0
        for clause in policy.clauses:
            wanted = words(html.escape(clause.title.words) if whole else "")
            wanted += words(text_html(clause.text.markdown))
            place = held.find(wanted, at)
            if place < 0:
                found.append(f"{policy.id}, {clause.id}")
            else:
                at = place + len(wanted)
    return found


def _yaml(facts: Mapping[str, object]) -> str:
    return yaml.dump(
        facts,
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        allow_unicode=True,
        sort_keys=False,
        width=1000,
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


# ------------------------------------------------------------------------------ as a program


def main(argv: Sequence[str] | None = None) -> int:
    """A process of its own, so that whoever measures stays small.

    peers.py write ROOT OUT TREE...  OUT/policies, OUT/everything (MkDocs) and OUT/hugo, or some
    peers.py check ROOT FOLDER...    ends with 1 when words of a clause are not in FOLDER/SCHOOL
    """
    task, root, *folders = sys.argv[1:] if argv is None else argv
    makers = Makers.open(Path(root))
    schools = [school for school, _ in makers.wanted(editions=[EDITION])]
    if task == "check":
        return _check(makers, schools, [Path(folder) for folder in folders])
    out, trees = Path(folders[0]), folders[1:] or ["policies", "everything", "hugo"]
    library = makers.repository.library
    handbooks = {school: makers.handbook(school, EDITION) for school in schools}
    names = {school: handbook.organisation.name for school, handbook in handbooks.items()}
    for tree in trees:
        sites = {
            school: pages(handbook, library, everything=tree != "policies")
            for school, handbook in handbooks.items()
        }
        if tree != "hugo":
            write_mkdocs(out / tree, sites, names)
            continue
        for school, site in sites.items():
            write_hugo(out / tree / school, site, names[school])
    return 0


def _check(makers: Makers, schools: Sequence[str], folders: Sequence[Path]) -> int:
    """Folders of MkDocs, Hugo or Clausebook sites. Schools that a folder lacks are passed over."""
    checked = 0
    # Ten of many schools: reading all pages of a large trust again takes longer than building them.
    for school in schools[:: max(1, len(schools) // 10)]:
        handbook = makers.handbook(school, EDITION)
        for folder in (folder / school for folder in folders):
            if not folder.is_dir():
                continue
            ours = (folder / "handbook.json").exists()
            within = "main" if (folder / "index.json").exists() else "article"  # Hugo's
            if missing := missing_words(handbook, folder, within, whole=not ours):
                print(f"{folder}: other words than those of {', '.join(missing[:5])}")
                return 1
            checked += 1
    print(f"{checked} built sites hold the words of every clause, in order")
    return 0 if checked else 1


if __name__ == "__main__":
    raise SystemExit(main())
