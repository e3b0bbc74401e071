"""Pictures in clauses: whose they are, where a site keeps them, and everything that refuses one."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from clausebook.build import Outcome, open_repository
from clausebook.changes import Kind, compare
from clausebook.handbook_file import HandbookFile, handbook_file
from clausebook.load import load
from clausebook.load.files import Folder
from clausebook.load.picture import MOST_BYTES, MOST_CREST
from clausebook.markdown import pictures_in
from clausebook.model import Handbook
from clausebook.pdf.document import document
from clausebook.pdf.manuscript import manuscript
from clausebook.render.handbook import site
from clausebook.render.site import Site
from clausebook.render.words import glossary, with_pictures
from clausebook.resolve import Resolver

Checked = Callable[[Path], Outcome]
CASE = Path(__file__).parent / "cases" / "pictures"
KEYS = "policies/keys"
KEY, REPORT, SAFE = (f"assets/pictures/keys/{n}" for n in ("key.svg", "report.svg", "safe.png"))
HOOK, FLAT = "assets/pictures/own/birch/hook.svg", "assets/pictures/own/wood/key.svg"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A handbook whose clauses show pictures, to change."""
    root = tmp_path / "keys"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("expected.md"))
    return root


def handbook(root: Path, organisation: str, edition: str = "staff") -> Handbook:
    repository, problems = open_repository(root)
    assert repository is not None
    assert problems == []
    return Resolver(repository).resolve(organisation).handbooks[edition]


def made(root: Path, organisation: str, edition: str = "staff") -> Site:
    repository, _ = open_repository(root)
    assert repository is not None
    return site(handbook(root, organisation, edition), repository.library, within=90)


def pictures(site: Site) -> dict[str, bytes]:
    return {path: raw for path, raw in site.files.items() if path.startswith("assets/pictures/")}


def shown(html: str) -> list[str]:
    return re.findall(r'<img alt="[^"]+" src="(assets/pictures/[^"]*)"', html)


def page(site: Site) -> str:
    return next(page.body for page in site.pages if page.path == "keys.html")


def rules(root: Path, checked: Checked) -> list[str]:
    return [problem.rule for problem in checked(root).problems]


# ------------------------------------------------------------- which picture, and where


@pytest.mark.parametrize(
    ("organisation", "edition", "wanted"),
    [
        ("birch", "staff", {KEY: "key.svg", REPORT: "report.svg", SAFE: "safe.png", HOOK: ""}),
        ("birch", "public", {KEY: "key.svg", REPORT: "report.svg", HOOK: ""}),
        ("oak", "staff", {FLAT: "", SAFE: "safe.png"}),
    ],
)
def test_a_site_holds_the_pictures_that_it_shows_and_no_other(
    organisation: str, edition: str, wanted: dict[str, str]
) -> None:
    files = {HOOK: CASE / "schools/hook.svg", FLAT: CASE / "schools/wood/key.svg"}
    found = made(CASE, organisation, edition)
    assert pictures(found) == {
        path: (CASE / KEYS / name if name else files[path]).read_bytes()
        for path, name in wanted.items()
    }
    assert set(shown(page(found))) == set(wanted)


def test_pictures_say_their_size_and_what_they_show() -> None:
    html = page(made(CASE, "birch"))
    assert (
        '<img alt="A key with two teeth, as it looks from the side" '
        f'src="{KEY}" width="120" height="60">' in html
    )
    assert f'src="{SAFE}" width="32" height="22" title="Behind the clock">' in html
    assert shown(html).count(KEY) == 2  # the library's clause and the school's own


def test_a_text_that_only_speaks_of_pictures_is_left_alone() -> None:
    text = '<p><code>&lt;img alt="x" src="y.svg"&gt;</code></p>'
    assert with_pictures(text, (), "keys") == text


def test_each_handbook_says_which_pictures_it_shows() -> None:
    def entries(organisation: str, edition: str) -> dict[str, list[str] | None]:
        data = json.loads(made(CASE, organisation, edition).files["handbook.json"])
        (policy,) = data["policies"]
        return {
            clause["id"]: [p["name"] for p in clause["pictures"]] if "pictures" in clause else None
            for section in policy["sections"]
            for clause in section["clauses"]
        }

    assert entries("birch", "staff") == {
        "carry": ["key.svg"],
        "hooks": ["hook.svg", "key.svg"],
        "safe": ["safe.png"],
        "lost": ["report.svg"],
    }
    assert "safe" not in entries("birch", "public")
    assert entries("oak", "staff") == {"carry": ["key.svg"], "safe": ["safe.png"], "lost": None}


def test_a_document_brings_the_pictures_that_it_shows() -> None:
    repository, _ = open_repository(CASE)
    assert repository is not None
    own = handbook(CASE, "birch", "public")
    terms = glossary(repository.library, own).entries
    paper = document(manuscript(own.policies["keys"], own, terms))
    brought = {name for name in paper.assets if "/" in name}
    assert set(shown(paper.short)) == brought == {KEY, REPORT, HOOK}
    assert f'img[src="{KEY}"] {{ width: 120px }}\n' in paper.short


def test_built_sites_hold_each_picture_where_their_pages_look_for_it(
    keys: Path, tmp_path: Path
) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        command = [sys.executable, "-m", "clausebook", "build", "--root", str(keys)]
        done = subprocess.run([*command, "--out", str(out)], capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
    first, again = (
        {
            p.relative_to(out).as_posix(): p.read_bytes()
            for edition in ("staff", "public")
            for p in (out / edition).rglob("*")
            if p.is_file()
        }
        for out in outs
    )
    assert first == again
    drawn = {name for name in first if "/assets/pictures/" in name}
    wanted = {f"staff/birch/{path}" for path in (KEY, REPORT, SAFE, HOOK)}
    wanted |= {f"public/birch/{path}" for path in (KEY, REPORT, HOOK)}
    wanted |= {f"staff/oak/{path}" for path in (FLAT, SAFE)}
    assert drawn == wanted
    assert first["staff/oak/" + FLAT] == (CASE / "schools/wood/key.svg").read_bytes()
    for name in ("staff/birch", "public/birch", "staff/oak"):
        for address in shown(first[f"{name}/keys.html"].decode()):
            assert f"{name}/{address}" in drawn


def test_the_line_ends_of_a_checkout_change_nothing(keys: Path) -> None:
    before = made(keys, "birch")
    for path in keys.rglob("*.svg"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert made(keys, "birch") == before


# ------------------------------------------------------------- what a change of its bytes changes


def redrawn(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("#111", "#222"), encoding="utf-8", newline="\n")


def test_another_picture_is_another_text(keys: Path) -> None:
    before = {edition: handbook(keys, "birch", edition) for edition in ("staff", "public")}
    redrawn(keys / KEYS / "key.svg")
    for edition, old in before.items():
        new = handbook(keys, "birch", edition)
        assert old.fingerprint != new.fingerprint
        (was,), (is_,) = old.policies.values(), new.policies.values()
        assert was.fingerprint != is_.fingerprint
        assert {c.id for c, d in zip(was.clauses, is_.clauses, strict=True)
                if c.fingerprint != d.fingerprint} == {"carry", "hooks"}  # fmt: skip
        changes = compare(handbook_file(old), handbook_file(new))
        assert [(c.clause, c.kind) for c in changes] == [
            ("carry", Kind.PICTURE),
            ("hooks", Kind.PICTURE),
        ]
        assert compare(handbook_file(new), handbook_file(new)) == ()


def test_a_picture_that_an_edition_does_not_show_changes_nothing_in_it(keys: Path) -> None:
    staff, public = handbook(keys, "birch"), handbook(keys, "birch", "public")
    raw = (keys / KEYS / "safe.png").read_bytes()
    (keys / KEYS / "safe.png").write_bytes(without_text_after(raw))
    assert handbook(keys, "birch").fingerprint != staff.fingerprint
    assert handbook(keys, "birch", "public").fingerprint == public.fingerprint


def without_text_after(raw: bytes) -> bytes:
    """The same picture in other bytes: with a chunk that says nothing."""
    chunk = b"tEXt" + b"Title\x00Safe"
    more = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    at = raw.index(b"IDAT") - 4
    return raw[:at] + more + raw[at:]


def test_a_replacement_of_a_clause_whose_picture_changed_is_suspect(
    keys: Path, checked: Checked
) -> None:
    assert rules(keys, checked) == []
    redrawn(keys / KEYS / "key.svg")
    assert rules(keys, checked) == ["suspect-replacement"]


def test_a_replacement_of_a_group_s_clause_whose_picture_changed_is_suspect(
    keys: Path, checked: Checked
) -> None:
    oak = keys / "schools/wood/oak.yml"
    own = handbook(keys, "oak").policies["keys"].clauses[0].clause.fingerprint
    with oak.open("a", encoding="utf-8") as out:
        out.write("policies:\n  keys:\n    replace:\n      carry:\n")
        out.write(f"        of: {own}\n        reason: We are small.\n")
        out.write("        text: Staff {{ modal }} wear keys.\n")
    assert rules(keys, checked) == ["kept-text"]
    command = [sys.executable, "-m", "clausebook", "keep", "--root", str(keys)]
    subprocess.run(command, check=True, capture_output=True)
    assert rules(keys, checked) == []
    redrawn(keys / "schools/wood/key.svg")  # nothing else changed
    assert rules(keys, checked) == ["suspect-replacement"]


def test_a_kept_text_whose_picture_was_changed_by_hand_is_noticed(
    keys: Path, checked: Checked
) -> None:
    (kept,) = (keys / KEYS / "kept").iterdir()
    text = kept.read_text(encoding="utf-8")
    assert "\npicture: key.svg " in text
    kept.write_text(text.replace("picture: key.svg ", "picture: key.svg f"), encoding="utf-8")
    assert rules(keys, checked) == ["bad-value"]


def test_an_older_handbook_json_knows_no_pictures() -> None:
    data = json.loads(made(CASE, "oak").files["handbook.json"])
    for clause in data["policies"][0]["sections"][0]["clauses"]:
        clause.pop("pictures", None)
    assert HandbookFile.model_validate(data).policies[0].sections[0].clauses[0].pictures is None


# ------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "name",
    [
        "../key.svg",
        "../../schools/hook.svg",
        "/etc/key.svg",
        "keys/key.svg",
        "..svg",
        "key..svg",
        ".key.svg",
        "%2e%2e/key.svg",
        "%2e%2e%2fkey.svg",
        "..\\key.svg",
        "C:key.svg",
        "nul.png",
        "KEY.svg",
        "key.SVG",
        "key.svg#a",
        "key.svg?a",
        "key.gif",
        "key.svg.html",
        "https://example.org/key.svg",
        "//example.org/key.svg",
        "file:///key.svg",
        "data:image/svg+xml,key.svg",
    ],
)
def test_what_is_not_the_name_of_a_picture_is_refused(
    name: str, keys: Path, checked: Checked
) -> None:
    use = keys / KEYS / "use.md"
    text = use.read_text(encoding="utf-8")
    use.write_text(text.replace("![A small safe", f"![Key]({name})\n\n![A small safe"), "utf-8")
    assert "markdown-subset" in rules(keys, checked)


def test_a_link_that_leads_away_is_no_picture(keys: Path, tmp_path: Path, checked: Checked) -> None:
    key = keys / KEYS / "key.svg"
    shutil.move(key, tmp_path / "outside.svg")
    try:
        key.symlink_to(tmp_path / "outside.svg")
    except OSError:
        pytest.skip("links cannot be made here")
    assert set(rules(keys, checked)) == {"unreadable-file", "missing-picture"}


@pytest.mark.parametrize(
    "name", ["policies/keys/key.svg", "schools/hook.svg", "schools/wood/key.svg"]
)
def test_a_picture_that_becomes_bad_or_goes_is_noticed_though_nothing_else_changed(
    name: str, keys: Path, checked: Checked
) -> None:
    path, good = keys / name, (keys / name).read_bytes()
    assert rules(keys, checked) == []
    path.write_bytes(good.replace(b"</svg>", b"<script/></svg>"))
    assert rules(keys, checked) == ["bad-picture"]
    path.write_bytes(good)
    assert rules(keys, checked) == []
    path.unlink()
    if name.startswith("schools/wood"):  # then the policy's own of the same name is the nearest
        assert rules(keys, checked) == []
        assert set(pictures(made(keys, "oak"))) == {KEY, SAFE}
    else:
        assert set(rules(keys, checked)) == {"missing-picture"}


def test_a_picture_that_nothing_shows_is_noticed_where_it_lies(
    keys: Path, checked: Checked
) -> None:
    for folder in (KEYS, "schools", "schools/wood"):
        shutil.copy(CASE / "schools/hook.svg", keys / folder / "old.svg")
    found = [(p.rule, p.at.file) for p in checked(keys).problems]
    assert found == [("unused-picture", f"{KEYS}/old.svg")] + [
        ("unused-picture", f"schools/{name}") for name in ("old.svg", "wood/old.svg")
    ]


def test_a_clause_s_picture_may_be_larger_than_a_crest(keys: Path, checked: Checked) -> None:
    key = keys / KEYS / "key.svg"
    text = key.read_text(encoding="utf-8")
    for size, wanted in (
        (MOST_CREST + 1, {"suspect-replacement"}),
        (MOST_BYTES + 1, {"bad-picture"}),
    ):
        note = "x" * (size - len(text) - 7)
        key.write_text(text.replace("</svg>", f"<!--{note}--></svg>"), "utf-8", newline="\n")
        assert key.stat().st_size == size
        assert set(rules(keys, checked)) == wanted


def test_pictures_do_not_keep_a_library_from_being_remembered(keys: Path) -> None:
    before = Folder(keys).fingerprint(keys / "policies")
    assert before is not None
    (keys / KEYS / "safe.png").write_bytes(
        without_text_after((keys / KEYS / "safe.png").read_bytes())
    )
    assert Folder(keys).fingerprint(keys / "policies") not in (None, before)
    folder = Folder(keys)
    repository, _ = load(folder)
    assert repository is not None
    assert {f"{KEYS}/{n}" for n in ("key.svg", "report.svg", "safe.png")} <= set(folder.digests)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ("0 0 120 60", ' width="120" height="60"'),
        ("0,0,119.6,60", ' width="120" height="60"'),
        ("-5 -5 1e2 60", ' width="100" height="60"'),
        ("0 0 0 60", ""),
        ("0 0 nan 60", ""),
        ("0 0 inf 60", ""),
        ("0 0 99999 60", ""),
        ("none", ""),
    ],
)
def test_a_drawing_is_as_large_as_its_view_box_says(box: str, size: str, keys: Path) -> None:
    key = keys / KEYS / "key.svg"
    text = key.read_text(encoding="utf-8")
    key.write_text(text.replace("0 0 120 60", box), "utf-8", newline="\n")
    found = re.search(rf'src="{KEY}"([^>]*)>', page(made(keys, "birch")))
    assert found is not None
    assert found[1] == size


def test_pictures_are_read_as_both_markdown_parsers_read_them() -> None:
    text = (
        "![A *b*](a.svg)\n\n`![c](c.svg)` and \\![d](d.svg)\n\n- [![e](e.png)](#x) ![a](a.svg 'T')"
    )
    assert pictures_in(text) == ("a.svg", "e.png")
