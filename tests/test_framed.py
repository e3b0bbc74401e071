"""What is around pages is kept with their places, so that MkDocs is not needed to make some again."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import run

import pytest

from clausebook import host
from clausebook.host import framed
from clausebook.published import Published
from clausebook.render.site import Site
from tests.published import edit, pin
from tests.test_parts import Held, files, put

POLICY = "phones"
Again = tuple[Site, Path, Published]


@pytest.fixture
def again(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Again:
    """A site of which one policy is to be made again, its handbooks and what is published of it; what
    is around its pages is kept by a build that made some."""
    root, none = pin(base), tmp_path / "none"
    framed._kept.cache_clear()
    monkeypatch.setattr("clausebook.host.shared._kept", None)
    held = Held.read(root)
    old = put(held.whole("elm", "staff"), root, tmp_path / "site")
    site = held.again("elm", "staff", [POLICY], old, tmp_path / "site").site
    published = Published(tmp_path / "site")
    shutil.rmtree(root / ".cache")
    assert not framed.build_site(site, root, none, published)
    monkeypatch.setattr("clausebook.host.shared._kept", None)
    host.build_site(site, root, tmp_path / "first", published=published)
    assert files(tmp_path / "first") == files(tmp_path / "site")
    framed._kept.cache_clear()
    return site, root, Published(tmp_path / "site")


def test_it_is_the_same_site(again: Again, tmp_path: Path) -> None:
    site, root, published = again
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "left over").touch()
    assert framed.build_site(site, root, tmp_path / "part", published)
    assert files(tmp_path / "part") == files(tmp_path / "site")
    assert (tmp_path / "part" / "search.html").stat().st_nlink > 1
    assert (tmp_path / "part" / f"{POLICY}.html").stat().st_nlink == 1


def test_with_a_crest_and_another_name(again: Again, tmp_path: Path) -> None:
    """What is an organisation's own is put in as MkDocs and the theme do it."""
    site, root, published = again
    other = replace(
        site,
        name="St. Mary & <All>",
        note="Not & yet",
        crest="assets/handbook/crest.svg",
        pages=tuple(page for page in site.pages if not page.stays),
    )
    other = replace(
        other, pages=(*other.pages, site.pages[0]) if site.pages[0].stays else other.pages
    )
    host.build_site(other, root, tmp_path / "one", published=published)
    assert framed.build_site(other, root, tmp_path / "two", published)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert any(b"St. Mary &amp; &lt;All&gt;" in data for data in files(tmp_path / "two").values())


@pytest.mark.parametrize("what", ["packages", "settings", "page", "theme", "folder", "kept"])
def test_anything_else_is_for_mkdocs(
    what: str, again: Again, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, root, published = again
    if what == "packages":
        monkeypatch.setattr(framed, "installed", list)
    elif what == "settings":
        (root / "mkdocs.yml").write_text("site_name: Other\n", encoding="utf-8")
    elif what == "page":
        page = next(page for page in site.pages if page.path == f"{POLICY}.html")
        other = replace(page, about="" if page.about else "Something")
        pages = tuple(other if one is page else one for one in site.pages)
        site = replace(site, pages=pages)
    elif what == "theme":
        path = next(name for name in published.digests if name.endswith(".min.css"))
        published.digests = {**published.digests, path: "0" * 64}
    elif what == "folder":
        (root / "policies").rename(root / "elsewhere")
    else:
        for kept in (root / ".cache").rglob(f"{framed.PREFIX}*"):
            kept.write_bytes(kept.read_bytes()[:-1])
    assert not framed.build_site(site, root, tmp_path / "part", published)
    assert not (tmp_path / "part").exists()


def test_mkdocs_is_not_loaded_after_an_edit(base: Path) -> None:
    pin(base)
    program = (
        "import sys; from clausebook.cli import main; code = main(sys.argv[1:]);"
        "print('mkdocs' in sys.modules); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "build", "--no-pdf", "--jobs", "1", "elm"]
    loaded = []
    for word in ("", "well"):
        if word:
            edit(base, "policies/phones/use.md", "never ", f"never {word} ")
        said = run([*command, "--root", str(base)], capture_output=True, text=True, check=True)
        loaded.append(said.stdout.splitlines()[-1])
    assert loaded == ["True", "False"]
