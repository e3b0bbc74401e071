"""The seal: what was built verifies, wherever it is moved; whatever else is in a folder is found."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausebook import __version__, handbook_file, seal
from clausebook.cli import main
from clausebook.seal import Facts, Finding, Seal, mark, verified, verify, write

ORGANISATIONS = {"stockport": "Stockport Schools", "rochdale": "Rochdale Schools"}
EDITIONS = ("staff", "governors", "public")
NEEDS_LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


def page(site: str, words: str) -> bytes:
    return (
        "<!doctype html>\n"
        '<html lang="en-GB" class="no-js">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="clausebook" content="{site}">\n'
        f"<title>{words}</title>\n</head>\n"
        f"<body><h1>{words}</h1><p>Staff must decline requests.</p></body>\n</html>\n"
    ).encode()


def handbook(id: str, edition: str) -> dict[str, Any]:
    clause: dict[str, Any] = {"id": "friend-requests", "number": "1.1", "text": "Staff must …"}
    policy: dict[str, Any] = {"id": "social-media", "sections": [{"clauses": [clause]}]}
    if edition == "governors":
        clause |= {"origin": "library", "reason": None, "runs": []}
        policy["open_questions"] = []
    return {
        "format": 1,
        "organisation": {"id": id, "name": ORGANISATIONS[id]},
        "edition": edition,
        "seal": {"handbook": "2" * 12},
        "policies": [policy],
    }


def facts(id: str, edition: str, **rest: Any) -> Facts:
    own = {"library": "1" * 12, "handbook": "2" * 12, "name": ORGANISATIONS.get(id)}
    return Facts(id=id, edition=edition, **(own | rest))


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, raw in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def put_handbook(folder: Path, data: dict[str, Any]) -> None:
    put(folder, {"handbook.json": (json.dumps(data, indent=2) + "\n").encode()})


def site_of(top: Path, id: str, edition: str) -> Path:
    """One organisation's site as a build writes it, not sealed yet."""
    folder, own = top / edition / id, mark(edition, id)
    put(
        folder,
        {
            "index.html": page(own, "Handbook"),
            "404.html": page(own, "Not found"),
            "social-media.html": page(own, "Social media"),
            "quick/social-media.html": page(own, "Social media in short"),
            "changes.xml": b"<?xml version='1.0'?>\n<feed/>\n",
            "review-dates.ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "assets/handbook/index.js": b'var clausebookIndex = {"edition":"%s","rows":[]};\n'
            % edition.encode(),
            "assets/handbook/site.css": b"body { color: black }\n",
            "assets/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
            "assets/empty.js": b"",
        },
    )
    put_handbook(folder, handbook(id, edition))
    return folder


def built(top: Path) -> Path:
    """All sites and the portals, sealed."""
    for id in ORGANISATIONS:
        for edition in EDITIONS:
            write(site_of(top, id, edition), facts(id, edition))
    admin = top / "admin"
    put(admin, {"index.html": page("admin/admin", "All"), "checks.json": b"{}\n"})
    put(admin / "rochdale", {"index.html": page("admin/rochdale", "Rochdale")})
    write(admin / "rochdale", facts("rochdale", "admin", handbook=None))
    write(admin, facts("admin", "admin", handbook=None, within=("rochdale",)))
    return top


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    return built(tmp_path / "site")


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    """One site alone."""
    folder = site_of(tmp_path / "site", "stockport", "staff")
    write(folder, facts("stockport", "staff"))
    return folder


def kinds(folder: Path) -> list[str]:
    return [finding.kind for finding in verify(folder)]


def only(folder: Path) -> Finding:
    """The one thing that is wrong."""
    found = verify(folder)
    assert len(found) == 1, found
    return found[0]


def resealed(folder: Path, **changes: Any) -> None:
    """A seal edited by someone who knows how: only what it says is wrong."""
    path = folder / "seal.json"
    data = json.loads(path.read_bytes()) | changes
    made = Seal.model_construct(**(data | {"checked": seal.Checked(**data["checked"])}))
    made = made.model_copy(update={"digest": made.own_digest()})
    path.write_text(made.text(), encoding="utf-8", newline="\n")


# ------------------------------------------------------------------------------ as built


def test_what_was_built_verifies_all_at_once_and_each_alone(sites: Path) -> None:
    assert verify(sites) == []
    seen = verified(sites)
    assert [site.name for site in seen.sites] == [
        "admin",
        "admin/rochdale",
        *(f"{edition}/{id}" for edition in sorted(EDITIONS) for id in sorted(ORGANISATIONS)),
    ]
    assert [site.files for site in seen.sites] == [2, 1, 11, 11, 11, 11, 11, 11]
    for site in seen.sites:
        assert verify(Path(site.place)) == []


def test_a_site_may_be_moved_to_any_address(sites: Path, tmp_path: Path) -> None:
    host = tmp_path / "www" / "policies" / "our handbook"
    shutil.copytree(sites / "governors" / "rochdale", host)
    assert verify(host) == []
    assert verify(tmp_path / "www") == []


def test_a_seal_says_what_it_should_and_no_date(staff: Path) -> None:
    raw = (staff / "seal.json").read_bytes()
    assert b"\r" not in raw
    data = json.loads(raw)
    files = data.pop("files")
    assert data.pop("digest")
    assert data == {
        "format": 1,
        "id": "stockport",
        "name": "Stockport Schools",
        "edition": "staff",
        "library": "1" * 12,
        "handbook": "2" * 12,
        "checked": {"errors": 0},
        "made_by": f"clausebook {__version__}",
        "within": [],
    }
    found = [path for path in staff.rglob("*") if path.is_file() and path.name != "seal.json"]
    assert files == {
        path.relative_to(staff).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
    }
    assert list(files) == sorted(files)


def test_sealing_again_changes_no_byte_whatever_the_age_and_order_of_the_files(
    staff: Path, tmp_path: Path
) -> None:
    first = (staff / "seal.json").read_bytes()
    write(staff, facts("stockport", "staff"))
    assert (staff / "seal.json").read_bytes() == first
    other = tmp_path / "elsewhere"
    for path in sorted(staff.rglob("*"), reverse=True):
        if path.is_file() and path.name != "seal.json":
            put(other, {path.relative_to(staff).as_posix(): path.read_bytes()})
            os.utime(other / path.relative_to(staff), (1, 1))
    write(other, facts("stockport", "staff"))
    assert (other / "seal.json").read_bytes() == first


def test_sealing_never_writes_into_a_linked_copy(staff: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    os.link(staff / "seal.json", copy)
    before = copy.read_bytes()
    put(staff, {"new.css": b"new\n"})
    write(staff, facts("stockport", "staff"))
    assert copy.read_bytes() == before != (staff / "seal.json").read_bytes()


def test_what_only_governors_have_is_what_handbook_json_hides() -> None:
    assert set(handbook_file._HIDDEN) == seal.GOVERNORS_ONLY


def test_ten_thousand_files_would_take_two_seconds(tmp_path: Path) -> None:
    top = tmp_path / "site"
    own = mark("staff", "stockport")
    filler = "Staff must decline requests. " * 700
    folder = top / "staff" / "stockport"
    put(folder, {f"p{n % 50}/{n}.html": page(own, f"{n} {filler}") for n in range(2_000)})
    put_handbook(folder, handbook("stockport", "staff"))
    write(folder, facts("stockport", "staff"))
    # The processor's time: it takes a fifth of a second, and three times that where others work.
    start = time.process_time()
    assert verify(top) == []
    assert time.process_time() - start < 1


# ------------------------------------------------------------------------------ files


def test_a_changed_file_is_named_with_what_to_do(staff: Path) -> None:
    path = staff / "assets" / "handbook" / "site.css"
    path.write_bytes(path.read_bytes() + b" ")
    found = only(staff)
    assert found.place == path.as_posix()
    assert found.kind == "changed-file"
    assert found.what == "this file was changed after it was built"
    assert found.fix == "build again and upload the whole folder"


def test_a_missing_file_is_named(staff: Path) -> None:
    (staff / "quick" / "social-media.html").unlink()
    found = only(staff)
    assert found.kind == "missing-file"
    assert found.place.endswith("staff/stockport/quick/social-media.html")


@pytest.mark.parametrize("name", ["old.html", "assets/.DS_Store", "quick/Thumbs.db", ".htaccess"])
def test_an_extra_file_is_named_however_small(name: str, staff: Path) -> None:
    put(staff, {name: page(mark("staff", "stockport"), "Old") if name == "old.html" else b""})
    found = only(staff)
    assert found.kind == "extra-file"
    assert found.place.endswith(f"staff/stockport/{name}")
    assert found.fix.startswith("delete it, or build again")


def test_line_ends_changed_on_the_way_are_told_as_that(staff: Path) -> None:
    path = staff / "social-media.html"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    found = only(staff)
    assert found.what == "the line ends of this file were changed on the way"
    assert "binary" in found.fix


def test_an_older_page_of_the_same_site_is_found(staff: Path) -> None:
    put(staff, {"index.html": page(mark("staff", "stockport"), "Last term's handbook")})
    assert kinds(staff) == ["changed-file"]


@NEEDS_LINKS
@pytest.mark.parametrize("what", ["file", "folder", "loop", "nowhere"])
def test_a_link_is_never_followed(what: str, staff: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere, {"secret.html": b"secret"})
    to = {"file": elsewhere / "secret.html", "folder": elsewhere, "loop": staff}
    (staff / "linked").symlink_to(to.get(what, tmp_path / "nowhere"))
    found = only(staff)
    assert found.kind == "not-a-file"
    assert found.what == "this is a link, not a file or folder"
    with pytest.raises(seal.CannotSeal, match="linked: this is a link"):
        write(staff, facts("stockport", "staff"))


@NEEDS_LINKS
def test_a_file_replaced_by_a_link_to_its_own_copy_is_found(staff: Path, tmp_path: Path) -> None:
    path = staff / "index.html"
    copy = tmp_path / "index.html"
    shutil.move(path, copy)
    path.symlink_to(copy)
    assert kinds(staff) == ["not-a-file"]


@NEEDS_LINKS
def test_a_link_among_the_sites_is_found_but_the_folder_named_may_be_one(
    sites: Path, tmp_path: Path
) -> None:
    current = tmp_path / "current"
    current.symlink_to(sites)
    assert verify(current) == []
    (sites / "staff" / "latest").symlink_to(sites / "staff" / "stockport")
    assert kinds(sites) == ["not-a-file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_found_and_not_waited_for(staff: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(staff / "pipe")
    assert kinds(staff) == ["not-a-file"]


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="everybody may read everything"
)
def test_what_cannot_be_read_is_found(staff: Path) -> None:
    path, folder = staff / "index.html", staff / "quick"
    path.chmod(0)
    folder.chmod(0)
    try:
        found = {finding.kind for finding in verify(staff)}
    finally:
        path.chmod(0o644)
        folder.chmod(0o755)
    assert found == {"unreadable", "missing-file"}


# ------------------------------------------------------------------------------ pages


UNMARKED = page("staff/stockport", "Home").replace(b'<meta name="clausebook"', b"<meta")


@pytest.mark.parametrize(
    "raw",
    [
        UNMARKED,
        b"<h1>Home</h1>",
        b"",
        # Said where it does not count: in a comment, in the text, in the wrong attribute.
        b'<head><!-- <meta name="clausebook" content="staff/stockport"> --></head>',
        b'<head></head><body><meta name="clausebook" content="staff/stockport"></body>',
        b'<head><meta name="generator" content="clausebook staff/stockport"></head>',
        b'<head><meta name="clausebook" content="staff/stockport">' * 2,
    ],
)
@pytest.mark.parametrize("name", ["index.html", "404.html", "OLD.HTM"])
def test_a_page_made_without_the_hooks_is_found_even_when_sealed(
    name: str, raw: bytes, staff: Path
) -> None:
    put(staff, {name: raw})
    write(staff, facts("stockport", "staff"))
    found = only(staff)
    assert found.kind == "foreign-page"
    assert found.place.endswith(f"/{name}")
    assert "hooks" in found.fix


@pytest.mark.parametrize(
    "tag",
    [
        '<meta name="clausebook" content="{}">',
        '<META content="{}" name="clausebook" />',
        "<meta name=clausebook content={}>",
        "<meta  content='{}'\n  name='clausebook'>",
    ],
)
def test_a_mark_may_be_written_in_any_way_html_allows(tag: str, staff: Path) -> None:
    put(staff, {"index.html": f"<head>{tag.format('staff/stockport')}</head>".encode()})
    write(staff, facts("stockport", "staff"))
    assert verify(staff) == []
    put(staff, {"index.html": f"<head>{tag.format('governors/stockport')}</head>".encode()})
    write(staff, facts("stockport", "staff"))
    assert kinds(staff) == ["other-site"]


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("other", ["governors/stockport", "staff/rochdale", "admin/admin"])
def test_a_page_of_another_site_is_found_even_when_sealed(
    other: str, sealed: bool, staff: Path
) -> None:
    put(staff, {"quick/review.html": page(other, "Review board")})
    if sealed:
        write(staff, facts("stockport", "staff"))
    found = only(staff)
    assert found.kind == "other-site"
    assert found.what == f"this page was made for {other}, not for staff/stockport"
    assert found.fix.startswith("take this folder off the web now")


# ------------------------------------------------------------------------------ editions


def told(folder: Path, edition: str, data: dict[str, Any], kind: str = "other-site") -> str:
    put_handbook(folder, data)
    write(folder, facts("stockport", edition))
    found = only(folder)
    assert found.kind == kind
    return found.what


@pytest.mark.parametrize("edition", ["staff", "public"])
@pytest.mark.parametrize("key", sorted(seal.GOVERNORS_ONLY))
def test_what_only_governors_may_see_is_found_at_any_depth(
    key: str, edition: str, sites: Path
) -> None:
    data = handbook("stockport", edition)
    data["policies"][0]["sections"][0]["clauses"][0][key] = None
    what = told(sites / edition / "stockport", edition, data)
    assert what == f"this file holds what only governors may see: {key}"


def test_the_governors_edition_may_hold_it(sites: Path) -> None:
    assert b'"runs"' in (sites / "governors" / "stockport" / "handbook.json").read_bytes()
    assert verify(sites / "governors" / "stockport") == []


def test_a_handbook_of_another_edition_or_organisation_or_build_is_found(sites: Path) -> None:
    folder = sites / "public" / "stockport"
    good = handbook("stockport", "public")
    assert "the staff edition, not the public" in told(
        folder, "public", good | {"edition": "staff"}
    )
    assert "says no edition" in told(folder, "public", good | {"edition": None})
    other = {"organisation": handbook("rochdale", "public")["organisation"]}
    assert "'rochdale', not 'stockport'" in told(folder, "public", good | other)
    old = {"seal": {"handbook": "3" * 12}}
    assert "of another build" in told(folder, "public", good | old, "other-build")


def test_a_handbook_that_cannot_be_read_is_found(staff: Path) -> None:
    for raw in (b"", b"[]", b"{", b"\xff", b"[" * 100_000):
        put(staff, {"handbook.json": raw})
        write(staff, facts("stockport", "staff"))
        assert "is no handbook.json" in only(staff).what


def test_an_edition_without_its_handbook_is_found(staff: Path) -> None:
    (staff / "handbook.json").unlink()
    write(staff, facts("stockport", "staff"))
    assert only(staff).what == "the site was sealed without handbook.json"


def test_a_wider_handbook_is_found_in_any_folder_of_the_site(sites: Path) -> None:
    folder = sites / "public" / "stockport"
    put_handbook(folder / "archive", handbook("stockport", "governors"))
    write(folder, facts("stockport", "public"))
    assert [f.what for f in verify(folder)] == [
        "this file says the governors edition, not the public edition",
        "this file holds what only governors may see: open_questions, origin, reason, runs",
    ]


def test_the_search_index_of_another_edition_is_found(staff: Path) -> None:
    for raw, what in (
        (b'var x = {"edition":"governors"};', "says the governors edition, not the staff edition"),
        (b"var x = {};", "does not say which edition it holds"),
    ):
        put(staff, {"assets/handbook/index.js": raw})
        write(staff, facts("stockport", "staff"))
        found = only(staff)
        assert found.place.endswith("/index.js")
        assert found.what == f"this search index {what}"


def test_a_site_in_the_folder_of_another_edition_or_organisation_is_found(sites: Path) -> None:
    public, staff = sites / "public" / "stockport", sites / "staff" / "stockport"
    shutil.rmtree(public)
    shutil.copytree(sites / "governors" / "stockport", public)
    found = only(public)
    assert found.kind == "wrong-folder"
    assert found.what == (
        "this folder holds the site governors/stockport, but it stands in the folder 'public'"
    )
    staff.rename(staff.with_name("stockprot"))
    assert only(sites / "staff").what == (
        "this folder holds the site staff/stockport, but its name is 'stockprot'"
    )
    assert kinds(sites) == ["wrong-folder", "wrong-folder"]


def test_all_sites_may_lie_in_a_folder_called_public_as_some_hosts_want(
    sites: Path, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    sites.rename(public)
    assert verify(public) == []
    assert verify(public / "admin") == []
    shutil.copytree(public / "admin", public / "public" / "admin")
    assert {f.place for f in verify(public)} == {f"{public.as_posix()}/public/admin"}


def test_the_folders_name_counts_from_within_too(
    sites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sites / "public" / "rochdale").rename(sites / "public" / "stockport-2")
    monkeypatch.chdir(sites / "public" / "stockport-2")
    assert kinds(Path()) == ["wrong-folder"]


# ------------------------------------------------------------------------------ seals


def test_a_seal_of_another_site_is_found(sites: Path) -> None:
    shutil.copy(sites / "staff" / "rochdale" / "seal.json", sites / "staff" / "stockport")
    found = set(kinds(sites / "staff" / "stockport"))
    assert {"wrong-folder", "other-site"} <= found


def test_a_seal_of_another_edition_is_found_under_any_folder_name(
    sites: Path, tmp_path: Path
) -> None:
    host = tmp_path / "handbook"
    shutil.copytree(sites / "staff" / "stockport", host)
    shutil.copy(sites / "public" / "stockport" / "seal.json", host)
    assert "other-site" in kinds(host)


def test_a_failed_check_is_found(staff: Path) -> None:
    write(staff, facts("stockport", "staff", errors=2))
    found = only(staff)
    assert found.kind == "failed-check"
    assert found.what == "the check before this build found 2 problems"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "EOF"),
        (b"\xff", "JSON"),
        (b"{}", "Field required"),
        (b"[]", "object"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_seal_that_cannot_be_read_is_found(raw: bytes, said: str, staff: Path) -> None:
    (staff / "seal.json").write_bytes(raw)
    found = only(staff)
    assert found.kind == "unreadable-seal"
    assert said in found.what


@pytest.mark.parametrize(
    "path",
    [
        "../secret.html",
        "a/../../secret.html",
        "/etc/passwd",
        "C:/secret.html",
        "..\\secret.html",
        "assets\\site.css",
        "a//b",
        "./a",
        "",
        "a\u0000b",
        "a\nb",
        "seal.json",
        "quick/seal.json",
    ],
)
def test_an_unsafe_path_makes_a_seal_unusable(path: str, staff: Path, tmp_path: Path) -> None:
    put(staff.parent, {"secret.html": b"secret"})
    digest = hashlib.sha256(b"secret").hexdigest()
    files = json.loads((staff / "seal.json").read_bytes())["files"]
    resealed(staff, files=dict(sorted((files | {path: digest}).items())))
    assert only(staff).kind == "unreadable-seal"
    write(staff, facts("stockport", "staff"))
    resealed(staff, within=[path])
    assert only(staff).kind == "unreadable-seal"


@pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")
@pytest.mark.parametrize("name", ["assets\\site.css", "a:b.css", "new\nline.css", "\udcff.css"])
def test_a_name_that_is_not_the_same_everywhere_is_not_sealed_but_shown(
    name: str, staff: Path
) -> None:
    put(staff, {name: b"x"})
    found = only(staff)
    assert found.kind == "extra-file"
    assert found.place.isprintable()
    with pytest.raises(seal.CannotSeal, match="is not a plain path below the site"):
        write(staff, facts("stockport", "staff"))


def test_an_edition_nobody_knows_is_not_sealed(staff: Path) -> None:
    with pytest.raises(seal.CannotSeal, match="edition"):
        write(staff, facts("stockport", "parents"))


def test_a_seal_of_a_later_form_says_so(staff: Path) -> None:
    resealed(staff, format=2)
    assert "another version of Clausebook made it" in only(staff).what


def test_a_seal_that_was_only_laid_out_anew_is_found(staff: Path) -> None:
    path = staff / "seal.json"
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps(data), encoding="utf-8")
    assert only(staff).what == "this seal was changed after the site was built"


# ------------------------------------------------------------------------------ many sites


def test_no_seal_at_all_is_said_once(tmp_path: Path) -> None:
    put(tmp_path / "html", {f"{n}.html": b"" for n in range(30)})
    found = only(tmp_path)
    assert found.kind == "no-seal"
    (tmp_path / "empty").mkdir()
    assert kinds(tmp_path / "empty") == ["no-seal"]


def test_a_folder_inside_a_site_is_no_site(staff: Path) -> None:
    assert kinds(staff / "assets") == ["no-seal"]


def test_files_that_belong_to_no_site_are_found(sites: Path) -> None:
    put(sites, {"robots.txt": b"", "staff/index.html": b"", "old/a/1.html": b"", "old/2.html": b""})
    put(sites, {"new/a/1.html": b""})
    top = sites.as_posix()
    assert {f.kind for f in verify(sites)} == {"unsealed"}
    assert [(f.place, f.what) for f in verify(sites)] == [
        (f"{top}/new", "1 file here belongs to no site: there is no seal.json"),
        (f"{top}/old", "2 files here belong to no site: there is no seal.json"),
        (f"{top}/robots.txt", "this file belongs to no site"),
        (f"{top}/staff/index.html", "this file belongs to no site"),
    ]


def test_a_site_without_its_seal_is_found_among_others(sites: Path) -> None:
    (sites / "staff" / "rochdale" / "seal.json").unlink()
    found = only(sites)
    assert found.place == f"{sites.as_posix()}/staff/rochdale"
    assert found.what == "11 files here belong to no site: there is no seal.json"


def test_a_site_within_a_site_counts_only_where_it_is_named(sites: Path) -> None:
    admin = sites / "admin"
    put(admin / "rochdale", {"extra.txt": b""})
    assert only(admin).place.endswith("admin/rochdale/extra.txt")
    shutil.rmtree(admin / "rochdale")
    assert only(admin).what == "this site is missing"
    public = sites / "public" / "stockport"
    shutil.copytree(sites / "governors" / "stockport", public / "more")
    found = verify(public)
    assert len({finding.place for finding in found}) == 12
    seal_found = next(f for f in found if f.place.endswith("more/seal.json"))
    assert seal_found.what == "another site lies in this one, which does not name it"


def test_a_site_of_another_edition_within_a_site_is_found_though_it_is_named(sites: Path) -> None:
    public = sites / "public" / "stockport"
    shutil.copytree(sites / "governors" / "stockport", public / "more")
    write(public, facts("stockport", "public", within=("more",)))
    found = only(public)
    assert found.kind == "wrong-folder"
    assert "stands within the site public/stockport" in found.what


def test_an_inner_site_that_lost_its_seal_is_found(sites: Path) -> None:
    (sites / "admin" / "rochdale" / "seal.json").unlink()
    assert kinds(sites) == ["unreadable-seal"]


def test_a_seal_in_a_folder_that_is_not_named_is_not_sealed(sites: Path) -> None:
    with pytest.raises(seal.CannotSeal, match=r"'rochdale/seal\.json' is a seal"):
        write(sites / "admin", facts("admin", "admin", handbook=None))


# ------------------------------------------------------------------------------ any tampering


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield built(Path(folder) / "site")


@contextmanager
def altered(path: Path, raw: bytes | None) -> Iterator[None]:
    """A file with other bytes, or none, for a while."""
    before = path.read_bytes() if path.exists() else None
    if raw is None:
        path.unlink()
    else:
        path.write_bytes(raw)
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def files_of(top: Path) -> list[Path]:
    return sorted(path for path in top.rglob("*") if path.is_file())


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_found(data: st.DataObject, whole: Path) -> None:
    path = data.draw(st.sampled_from([f for f in files_of(whole) if f.stat().st_size]))
    raw = bytearray(path.read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    site = next(folder for folder in path.parents if (folder / "seal.json").exists())
    with altered(path, bytes(raw)):
        found = verify(site)
    assert path.as_posix() in {finding.place for finding in found}
    assert verify(site) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_removed_file_is_found(data: st.DataObject, whole: Path) -> None:
    path = data.draw(st.sampled_from(files_of(whole)))
    with altered(path, None):
        assert verify(whole) != []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_added_file_is_found(data: st.DataObject, whole: Path) -> None:
    folders = sorted({whole, *(p for p in whole.rglob("*") if p.is_dir())})
    name = data.draw(st.text("abcxyz0-_.", min_size=1, max_size=12).filter(lambda n: n.strip(".")))
    path = data.draw(st.sampled_from(folders)) / name
    if path.exists():
        return
    with altered(path, data.draw(st.binary(max_size=40))):
        assert len(verify(whole)) == 1


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_seal_of_another_site_is_found(data: st.DataObject, whole: Path) -> None:
    seals = sorted(whole.rglob("seal.json"))
    here, there = data.draw(st.permutations(seals))[:2]
    with altered(here, there.read_bytes()):
        assert verify(here.parent) != []


# ------------------------------------------------------------------------------ the command


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], sites: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(sites.parent)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["verify", *words])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


Run = Callable[..., tuple[int, str, str]]


def test_the_command_says_a_line_for_each_site(run: Run) -> None:
    code, out, error = run()
    assert (code, error) == (0, "")
    assert out.splitlines()[0] == "admin: 2 files, as sealed"
    assert "staff/stockport: 11 files, as sealed\n" in out
    assert len(out.splitlines()) == 8
    assert run("site") == (0, out, "")
    assert run("site/staff/stockport", "site/public/rochdale")[1].splitlines() == [
        "staff/stockport: 11 files, as sealed",
        "public/rochdale: 11 files, as sealed",
    ]


def test_a_folder_is_named_from_here_and_the_usual_one_from_the_root(
    run: Run, sites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sites / "staff")
    assert run("stockport", "--root", "../..")[0] == 0
    assert len(run("--root", "../..")[1].splitlines()) == 8


def test_the_command_fails_with_each_problem_in_the_house_form(run: Run, sites: Path) -> None:
    put(sites, {"staff/rochdale/index.html": b""})
    code, out, _ = run()
    assert code == 1
    assert out.startswith(
        "site/staff/rochdale/index.html: error: Clausebook did not make this page [foreign-page]\n"
        "  why: readers would see what nobody built and checked\n"
        "  fix: build with 'clausebook build', or with the hooks named in mkdocs.yml; build again "
        "and upload the whole folder\n\n"
    )
    assert "staff/rochdale: 1 problem\n" in out
    assert "staff/stockport: 11 files, as sealed\n" in out
    assert out.endswith("8 sites, 1 problem\n")


def test_many_problems_are_cut_short_for_people_only(run: Run, sites: Path) -> None:
    put(sites / "staff" / "rochdale", {f"{n}.txt": b"" for n in range(30)})
    out = run()[1]
    assert out.count("[extra-file]") == 20
    assert "… and 10 more: --all shows them" in out
    assert run("--all")[1].count("[extra-file]") == 30
    code, out, _ = run("--format", "json")
    data = json.loads(out)
    assert code == 1
    assert len(data["problems"]) == 30
    assert set(data["problems"][0]) == {"kind", "place", "what", "why", "fix"}
    rochdale = {
        "site": "staff/rochdale",
        "folder": "site/staff/rochdale",
        "files": 41,
        "as_sealed": False,
    }
    assert rochdale in data["sites"]


def test_a_folder_that_is_not_there_is_a_slip(run: Run, sites: Path) -> None:
    code, out, error = run("sight")
    assert (code, out) == (2, "")
    assert error == "clausebook: 'sight' does not exist\nexample: clausebook verify site\n"
    assert "is not a folder" in run("site/staff/stockport/index.html")[2]
    shutil.rmtree(sites)
    assert run()[0] == 2
