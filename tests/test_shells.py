"""What sites share changes no byte of them: each is also built with nothing shared, and compared."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from clausebook import host
from clausebook.host import framed, shell
from clausebook.host import shared as host_shared
from clausebook.host.pages import HandbookPage
from clausebook.host.shared import Shared, shared_for
from clausebook.host.shell import Menu, Shells
from clausebook.host.veil import LookedAt, Mark, Veil, mark, parted
from clausebook.render.site import Page, Site
from clausebook.sites import Makers
from clausebook.unchanged import installed
from tests.conftest import ROOT


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def built(site: Site, root: Path, folder: Path, *, plain: bool = False) -> dict[str, bytes]:
    host.build_site(site, root, folder, plain=plain)
    found = files(folder)
    shutil.rmtree(folder)
    return found


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def shared(root: Path) -> Shared:
    found = shared_for(root)
    assert found is not None
    return found


def sites(makers: Makers) -> Iterator[Site]:
    for id, edition in makers.wanted():
        yield makers.site(id, edition)
    yield from makers.portals()


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Schools of one group: the same policies, with names, values, headings and crests of their own."""
    root = tmp_path_factory.mktemp("generated") / "handbooks"
    command = [sys.executable, "benchmarks/generate.py", str(root)]
    command += ["--schools", "3", "--policies", "5"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return root


# ------------------------------------------------------------------------------ the same bytes


def test_every_shipped_site_is_the_same_with_nothing_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing that was rendered before this test.
    monkeypatch.setattr(host_shared, "_kept", None)
    monkeypatch.setattr(Shells, "recall", lambda shells, held: None)
    makers = Makers.open(ROOT)
    compared = 0
    for site in sites(makers):
        quick = built(site, ROOT, tmp_path / "quick")
        assert differing(quick, built(site, ROOT, tmp_path / "plain", plain=True)) == []
        compared += sum(name.endswith(".html") for name in quick)
    assert compared > 300
    # And shells were used at all: each page was not rendered for each site.
    assert 0 < shared(ROOT).shells.rendered < compared


def test_so_is_a_second_school_which_renders_next_to_nothing(
    generated: Path, tmp_path: Path
) -> None:
    makers = Makers.open(generated)
    found = list(sites(makers))
    rendered: dict[str, list[int]] = {}
    shells = shared(generated).shells
    for site in [*found, found[0]]:
        before = shells.rendered
        quick = built(site, generated, tmp_path / "quick")
        rendered.setdefault(site.edition, []).append(shells.rendered - before)
        assert differing(quick, built(site, generated, tmp_path / "plain", plain=True)) == []
    assert shared(generated).shells is shells
    # Pages of one kind are rendered once, however many there are.
    assert 0 < rendered["staff"][0] < len(found[0].pages)
    assert rendered["staff"][1:] == [0, 0, 0]
    assert rendered["governors"][1:] == [0, 0]


def test_a_menu_that_nobody_needs_leaves_no_page_behind(
    generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anybody looking for what holds one another: a process builds hundreds of sites."""
    monkeypatch.setattr(shell, "MENUS", 1)
    site = next(sites(Makers.open(generated)))
    other = replace(site, pages=site.pages[:-1])
    built(site, generated, tmp_path / "site")
    gc.collect()
    gc.disable()
    try:
        built(other, generated, tmp_path / "site")
        left = sum(isinstance(one, HandbookPage) for one in gc.get_objects())
    finally:
        gc.enable()
    assert left == len(other.pages) > 5


def test_a_menu_is_made_once_for_sites_with_the_same_pages(
    generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_held()
    made: list[str] = []
    keep = Shells.keep_menu

    def counted(shells: Shells, site: Site, *rest: Any) -> Menu:
        made.append(site.id)
        return keep(shells, site, *rest)

    monkeypatch.setattr(Shells, "keep_menu", counted)
    site = replace(next(sites(Makers.open(generated))), id="first")
    home = replace(site.pages[0], title="Another school", body="<h1>Other words</h1>")
    pages = (home, *site.pages[1:])
    fewer = (*pages[:-2], pages[-1])
    retitled = (*pages[:-2], replace(pages[-2], title="Another title"), pages[-1])
    for other in (
        site,
        replace(site, id="second", name="Another school", pages=pages),
        replace(site, id="third", pages=fewer),
        replace(site, id="fourth", pages=retitled),
        replace(site, id="fifth", styles=("brand.css",)),
        replace(site, id="sixth", pages=pages),
    ):
        quick = built(other, generated, tmp_path / "quick")
        assert differing(quick, built(other, generated, tmp_path / "plain", plain=True)) == []
    assert made == ["first", "third", "fourth", "fifth"]


def crest(name: str) -> dict[str, bytes]:
    return {f"assets/handbook/{name}": b"<svg/>"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Äpfel & <b>Birnen</b> \"x\" 'y' \\1 {{ z }}"},
        {"id": "another"},
        {"edition": "governors"},
        {"note": None},
        {"note": 'A & <i>note</i> "here"'},
        {"crest": "assets/handbook/a.svg", "files": crest("a.svg")},
        {"crest": "assets/handbook/b%20c.svg", "files": crest("b%20c.svg")},
        {"crest": "assets/handbook/a.png", "files": crest("a.png")},
        {"styles": ("brand.css",)},
        {"scripts": ()},
    ],
    ids=str,
)
def test_each_fact_of_a_site_is_its_own(
    change: dict[str, object], generated: Path, tmp_path: Path
) -> None:
    """A first site makes the shells; the second differs in one thing alone."""
    pages = tuple(
        Page(path=path, title=title, body="<h1>Words</h1>", group=group, listed=listed)
        for path, title, group, listed in [
            ("index.html", "Home of one", "", True),
            ("a.html", "A", "Area", True),
            ("b.html", "B", "Area", True),
            ("quick/a.html", "Quick A", "", False),
        ]
    )
    facts: dict[str, object] = {"id": "one", "edition": "staff", "name": "One", "note": "Noted"}
    first = Site(pages=pages, **facts)  # type: ignore[arg-type]
    second = Site(pages=pages, **(facts | change))  # type: ignore[arg-type]
    built(first, generated, tmp_path / "first")
    quick = built(second, generated, tmp_path / "quick")
    assert differing(quick, built(second, generated, tmp_path / "plain", plain=True)) == []
    assert differing(quick, built(first, generated, tmp_path / "first"))


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another & <b>title</b>"},
        {"body": "<h1>Other — words</h1><p>\\1 {{ x }}</p>"},
        {"about": 'What it\'s <about> & "more"'},
        {"code": "ABCD-1234"},
        {"group": ""},
        {"group": "Another area"},
        {"listed": False},
        {"path": "c.html"},
        {"path": "quick/c.html"},
        {"headings": "more"},
    ],
    ids=str,
)
def test_each_fact_of_a_page_is_its_own(
    change: dict[str, object], generated: Path, tmp_path: Path
) -> None:
    from clausebook.render.site import Heading

    one = Heading(id="one", title="1 One", under=(Heading(id="two", title="1.1 T & <wo>"),))
    if "headings" in change:
        change = {"headings": (one, Heading(id="three", title="2 Three & 'four'"))}
    facts: dict[str, object] = {
        "path": "a.html",
        "title": "A",
        "body": "<h1>A</h1>",
        "about": "About",
        "group": "Area",
        "headings": (one,),
    }
    around = [
        Page(path="index.html", title="Home", body="<h1>Home</h1>"),
        Page(path="b.html", title="B", body="<h1>B</h1>", group="Area"),
        Page(path="quick/a.html", title="Quick A", body="<h1>Q</h1>", listed=False),
    ]

    def site(page: Page) -> Site:
        pages = (around[0], page, *around[1:])
        return Site(id="one", edition="staff", name="One", pages=pages)

    built(site(Page(**facts)), generated, tmp_path / "first")  # type: ignore[arg-type]
    second = site(Page(**(facts | change)))  # type: ignore[arg-type]
    quick = built(second, generated, tmp_path / "quick")
    assert differing(quick, built(second, generated, tmp_path / "plain", plain=True)) == []


# ------------------------------------------------------------------------------ a later build


def rendered_later(site: Site, root: Path, folder: Path) -> int:
    """How many pages a process that starts would render for a site, which is as it should be."""
    nothing_held()
    quick = built(site, root, folder / "quick")
    assert differing(quick, built(site, root, folder / "plain", plain=True)) == []
    return shared(root).shells.rendered


def nothing_held() -> None:
    host.shared._kept = None


@pytest.fixture
def later(generated: Path, tmp_path: Path) -> tuple[Site, Path]:
    """A site that was built, below a folder where that was kept."""
    root = tmp_path / "handbooks"
    shutil.copytree(generated, root, ignore=shutil.ignore_patterns(".cache"))
    site = next(sites(Makers.open(root)))
    assert rendered_later(site, root, tmp_path) > 0
    return site, root


def test_a_later_build_renders_nothing_again(later: tuple[Site, Path], tmp_path: Path) -> None:
    site, root = later
    assert rendered_later(site, root, tmp_path) == 0
    renamed = replace(site, name="Another & <b>School</b>")
    assert rendered_later(renamed, root, tmp_path) == 0


def test_after_an_edit_of_the_settings_it_does(later: tuple[Site, Path], tmp_path: Path) -> None:
    site, root = later
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text("utf-8") + "extra_css: [ours.css]\n", "utf-8")
    assert rendered_later(site, root, tmp_path) > 0


def test_with_another_package_it_does(
    later: tuple[Site, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, root = later
    names = [*installed(), "mkdocs_material-99.dist-info"]
    monkeypatch.setattr(framed, "installed", lambda: names)
    assert rendered_later(site, root, tmp_path) > 0


def test_from_a_spoilt_file_it_does(later: tuple[Site, Path], tmp_path: Path) -> None:
    site, root = later
    path = root / ".cache" / "clausebook" / "frames.bin"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert rendered_later(site, root, tmp_path) > 0


# ------------------------------------------------------------------------------ edits are seen


def test_an_edit_of_the_settings_is_seen_in_the_same_process(
    generated: Path, tmp_path: Path
) -> None:
    root = tmp_path / "handbooks"
    shutil.copytree(generated, root)
    site = next(sites(Makers.open(root)))
    settings = root / "mkdocs.yml"
    before = built(site, root, tmp_path / "quick")
    settings.write_text(settings.read_text("utf-8") + "extra_css: [ours.css]\n", "utf-8")
    after = built(site, root, tmp_path / "quick")
    assert b"ours.css" not in before["index.html"]
    assert b"ours.css" in after["index.html"]
    assert differing(after, built(site, root, tmp_path / "plain", plain=True)) == []


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ("site_url: https://example.org/books/", b'"https://example.org/books/quick/'),
        ("extra_css: [ours.css]", b'"../ours.css"'),
        ("extra_javascript: [https://example.org/ours.js]", b'"https://example.org/ours.js"'),
        ("extra_javascript: [ours.js]", b'"../ours.js"'),
        ("extra_javascript: [{path: ours.mjs, type: module, defer: true}]", b'"../ours.mjs"'),
    ],
)
def test_settings_are_seen_on_pages_that_are_put_together(
    settings: str, shown: bytes, generated: Path, tmp_path: Path
) -> None:
    root = tmp_path / "handbooks"
    shutil.copytree(generated, root)
    own = root / "mkdocs.yml"
    own.write_text(own.read_text("utf-8") + settings + "\n", "utf-8")
    site = next(sites(Makers.open(root)))
    quick = built(site, root, tmp_path / "quick")
    assert differing(quick, built(site, root, tmp_path / "plain", plain=True)) == []
    [page, *_] = [page for name, page in quick.items() if name.startswith("quick/")]
    assert shown in page
    assert len(shared(root).shells) > 0


EDITED = """
import sys
from pathlib import Path
from clausebook import host
from clausebook.host.pages import HandbookPage
from clausebook.host.shared import shared_for
from clausebook.shipped import shipped
from clausebook.sites import Makers

root, template = Path(sys.argv[1]), shipped("overrides") / "main.html"
assert template.is_relative_to(sys.argv[2]), template
site = next(Makers.open(root).site(*key) for key in Makers.open(root).wanted())
for word in ("first", "later"):
    text = template.read_text("utf-8").partition("{# end #}")[0]
    template.write_text(text + "{# end #}{% block extrahead %}<!-- " + word + " -->{% endblock %}", "utf-8")
    host.build_site(site, root, root / "out")
    assert shared_for(root) is not None
    assert f"<!-- {word} -->" in Path(root, "out/index.html").read_text("utf-8"), word
asked = "{# end #}{% block extrahead %}{{ page.content | length }}{% endblock %}"
template.write_text(template.read_text("utf-8").partition("{# end #}")[0] + asked, "utf-8")
host.build_site(site, root, root / "out")
assert shared_for(root) is None
assert str(len(site.pages[0].body)) in Path(root, "out/index.html").read_text("utf-8")
"""


def test_an_edit_of_a_template_is_seen_in_the_same_process(base: Path, tmp_path: Path) -> None:
    """And a template that asks what a page says gets the answer."""
    copy = tmp_path / "copy"
    for part in ("src/clausebook", "hooks", "overrides"):
        shutil.copytree(ROOT / part, copy / part)
    shutil.copyfile(ROOT / "mkdocs.yml", copy / "mkdocs.yml")
    done = subprocess.run(
        [sys.executable, "-c", EDITED, str(base), str(copy)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "settings",
    [
        "theme: {name: material, custom_dir: mine}",
        "theme: {palette: {primary: teal}}",
        "hooks: [mine/hook.py]",
        "plugins: [search]",
        "INHERIT: mine/more.yml",
        "copyright: !ENV [NOTHING, ours]",
    ],
)
def test_a_handbook_with_parts_of_its_own_shares_nothing(settings: str, base: Path) -> None:
    assert shared_for(base) is not None
    (base / "mine").mkdir()
    (base / "mine" / "hook.py").write_text("", "utf-8")
    (base / "mine" / "more.yml").write_text("copyright: ours\n", "utf-8")
    (base / "mkdocs.yml").write_text(f"site_name: Ours\n{settings}\n", "utf-8")
    assert shared_for(base) is None


# ------------------------------------------------------------------------------ nothing leaks


class Real:
    """Something with facts of its own."""

    known = "known"
    own = "own"

    def __iter__(self) -> Iterator[str]:
        return iter(["own"])


def rendered(template: str) -> str:
    veil = Veil(Real(), known="known", text=Mark("text"), nothing="")
    return Environment().from_string(template).render(it=veil, text=Mark("text"))


@pytest.mark.parametrize(
    "template",
    [
        "{{ it.own }}",
        "{{ it }}",
        "{% for one in it %}{{ one }}{% endfor %}",
        "{% if 'x' in it %}{% endif %}",
        "{{ it | length }}",
        "{% if '<h1' in text %}{% endif %}",
        "{% if text == 'x' %}{% endif %}",
        "{% if text != it.known %}{% endif %}",
        "{{ text | length }}",
        "{{ text[0] }}",
        "{{ text | first }}",
        "{{ text.upper() }}",
        "{{ text | upper }}",
        "{{ text.startswith('x') }}",
        "{% for one in text %}{% endfor %}",
        "{{ text | tojson }}",
        "{{ text | urlencode }}",
        "{{ text ~ 'x' | replace('x', 'y') | upper }}{{ (text ~ '')[1:] }}",
    ],
)
def test_a_template_that_asks_for_more_than_is_shared_is_found_out(template: str) -> None:
    with pytest.raises(LookedAt):
        parted(rendered(template))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ it.known }}", "known"),
        ("{{ it.unheard_of or 'none' }}", "none"),
        ("{% if it %}yes{% endif %}", "yes"),
        ("{% if text %}yes{% endif %}{{ it.nothing }}", "yes"),
        ("a{{ text }}b", f"a{mark('text')}b"),
        ("a{{ text | e }}b", f"a{mark('text|e')}b"),
        ("{{ 'a' ~ text }}", f"a{mark('text')}"),
    ],
)
def test_what_is_shared_can_be_used(template: str, text: str) -> None:
    assert rendered(template) == text
    assert "".join(parted(text)[::2]) == text.replace(mark("text"), "").replace(mark("text|e"), "")


def test_a_row_of_any_length_is_put_where_two_were_written(generated: Path) -> None:
    shells = shared(generated).shells
    one = mark("each:row")
    shell = shells.keep(("a row",), f"<ul>\n  {one}\n  {one}\n</ul>{mark('name')}")
    rows = {"row": [b"1", b"2", b"3"]}
    assert shell.filled({"name": b"x"}, rows) == b"<ul>\n1\n2\n3\n</ul>x"
    assert shell.with_known({"name": b"y"}, ["name"]).filled({}, {"row": []}) == b"<ul>\n\n</ul>y"
    with pytest.raises(LookedAt):
        shells.keep(("half a row",), f"<ul>{one}</ul>")
