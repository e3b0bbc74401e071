"""A site made again from its parts and the policies that changed is the site made whole, to the byte."""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clausebook import host
from clausebook.build import open_repository
from clausebook.model import Handbook, Repository
from clausebook.published import Published, Stale, sealed
from clausebook.render.handbook import DATA, INDEX, Frame, Made, made, made_again
from clausebook.render.part import Parts, outline
from clausebook.render.site import Page, Site
from clausebook.resolve import Resolver
from clausebook.unchanged import stamp
from tests.conftest import ROOT

CASE = Path(__file__).parent / "cases" / "pictures"
AUP = "policies/acceptable-use/introduction.md"
# Organisations of every kind: a school alone, one in a group, another with all editions.
SOME = ("larkmere", "horringer-court", "star-mat")


@dataclass(frozen=True)
class Held:
    """A repository as it is now."""

    repository: Repository
    resolver: Resolver

    @classmethod
    def read(cls, root: Path) -> Held:
        repository, problems = open_repository(root)
        assert repository is not None, problems
        return cls(repository, Resolver(repository))

    @property
    def frame(self) -> Frame:
        return Frame(library=self.repository.library, within=90, made_of="the rest")

    def sites(self, *organisations: str) -> Iterator[tuple[str, str]]:
        for id, own in self.repository.organisations.items():
            if own.publishes and (not organisations or id in organisations):
                yield from ((id, edition) for edition in own.editions)

    def handbook(self, id: str, edition: str) -> Handbook:
        return self.resolver.resolve(id, [edition]).handbooks[edition]

    def whole(self, id: str, edition: str) -> Made:
        return made(self.handbook(id, edition), self.frame)

    def again(
        self, id: str, edition: str, changed: Collection[str], old: Parts, published: Path
    ) -> Made:
        """By a resolver that has resolved nothing else."""

        def resolve(only: Collection[str]) -> Handbook:
            resolver = Resolver(self.repository)
            return resolver.resolve(id, [edition], only=only).handbooks[edition]

        return made_again(resolve, changed, self.frame, old, Published(published, old.sealed))


def put(one: Made, root: Path, folder: Path) -> Parts:
    """A site as published; its parts as a later process finds them."""
    host.build_site(one.site, root, folder)
    return kept(one.sealed(sealed(folder)))


def kept(parts: Parts) -> Parts:
    """Parts as a later process finds them."""
    found = pickle.loads(pickle.dumps(parts))
    assert isinstance(found, Parts)
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def menu(page: Page) -> tuple[object, ...]:
    """What other pages know of a page."""
    has_contents = bool(page.headings)
    return (page.path, page.title, page.group, page.listed, page.about, page.code, has_contents)


def compared(part: Made, whole: Made, before: Site) -> list[str]:
    """Everything in one site is in the other, or stays; the paths of the pages that were made."""
    one, other = part.site, whole.site
    assert [menu(page) for page in one.pages] == [menu(page) for page in other.pages]
    bodies = {page.path: page for page in before.pages}
    for page, wanted in zip(one.pages, other.pages, strict=True):
        if page.stays:
            assert wanted == bodies[page.path], page.path
        else:
            assert page == wanted, page.path
    assert {**{name: before.files[name] for name in one.kept}, **one.files} == other.files
    assert replace(one, pages=(), files={}, kept=()) == replace(other, pages=(), files={})
    # And what is kept for the next time is what a whole build keeps.
    assert repr(kept(part.parts)) == repr(kept(whole.parts))
    return [page.path for page in one.pages if not page.stays]


# ------------------------------------------------------------------------------ nothing changed


def test_each_policy_is_made_alone_as_it_is_made_among_all(tmp_path: Path) -> None:
    held = Held.read(ROOT)
    kept = 0
    for id, edition in held.sites():
        whole = held.whole(id, edition)
        old = put(whole, ROOT, tmp_path / "site")
        for policy in old.policies:
            part = held.again(id, edition, [policy], old, tmp_path / "site")
            made = compared(part, whole, whole.site)
            assert f"{policy}.html" in made
            kept += len(part.site.as_published)
            assert not [name for name in made if name.startswith("quick/") and policy not in name]
    assert kept > 500


def test_what_is_said_of_a_policy_is_one_object_for_all_of_whom_the_same_is_said() -> None:
    held = Held.read(ROOT)
    (id, edition), *_ = held.sites()
    one, other = (Resolver(held.repository).resolve(id).handbooks[edition] for _ in range(2))
    for policy, resolved in one.policies.items():
        made = outline(resolved)
        assert made is outline(other.policies[policy])
        assert outline(replace(resolved, title="Another")).title == "Another"
        assert outline(replace(resolved, kind="guide")).kind == "guide"
        assert outline(replace(resolved, state="draft?")).state == "draft?"
        assert outline(replace(resolved, approvals=())).approvals == ()
        assert outline(replace(resolved, review=None)).review is None
        newer = replace(resolved.held, version="99")
        assert outline(replace(resolved, held=newer)).held.version == "99"
        with pytest.raises(TypeError, match="texts"):
            made.fingerprint  # noqa: B018


def test_parts_are_small(tmp_path: Path) -> None:
    held = Held.read(ROOT)
    for id, edition in held.sites(*SOME):
        whole = held.whole(id, edition)
        old = put(whole, ROOT, tmp_path / "site")
        texts = len(whole.site.files[DATA]) + len(whole.site.files[INDEX])
        assert len(pickle.dumps(old)) < texts / 4


# ------------------------------------------------------------------------------ one thing changed


def edited(what: str, into: str, path: str = AUP) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        file = root / path
        text = file.read_text(encoding="utf-8")
        assert text.count(what) == 1, what
        file.write_text(text.replace(what, into), encoding="utf-8", newline="\n")

    return edit


EDITS = {
    "text": edited("They also keep lessons", "They keep <lessons> & plans"),
    "lines": edited("Work systems are the devices", "\n\n\nWork systems are the devices"),
    "title": edited("## Why we have these rules", "## Why there are rules"),
    "reference": edited('{{ policy["staff-code-of-conduct"] }}', '{{ policy["data-protection"] }}'),
    "link": edited(
        "They apply on site", "See [the law](#law-behind-the-rules). They apply on site"
    ),
    "link-out": edited("They apply on site", "See [this](data-protection.md). They apply on site"),
    "summary": edited("id: why-these-rules\n", "id: why-these-rules\nsummary: Know the rules.\n"),
    "question": edited(
        "- Do the IT rules apply to supply staff?", "- Do they apply to supply pupils?"
    ),
    "words": edited("trainees and volunteers", "trainees, who read TikTok and personal data"),
    "clause": edited(
        "## The law behind",
        "## Another rule\n\n```clause\nid: another-rule\npack: core\nask: head\n```\n\n"
        "Ask {{ role.head }}.\n\n## The law behind",
    ),
    "moved": edited(
        "## Who the rules cover",
        "## Rules come first\n\n```clause\nid: first-rule\npack: core\n"
        "```\n\nRules come first.\n\n## Who the rules cover",
    ),
}
# Whoever refers to a rule says its number and title: those that it refers to are made again too.
NUMBERED = ("title", "clause", "moved")


def _another_section(root: Path) -> None:
    """All rules of the search index stand in later sections now."""
    edited("  - {id: own-devices,", "  - {id: more, title: More}\n  - {id: own-devices,", POLICY)(
        root
    )
    text = "## More\n\n```clause\nid: more-of-it\npack: core\n```\n\nThere is more.\n"
    (root / POLICY).with_name("more.md").write_text(text, encoding="utf-8", newline="\n")


POLICY = "policies/acceptable-use/policy.yml"
SOCIAL = "policies/social-media/policy.yml"
WHOLE = {
    "title": edited("title: Social media policy\n", "title: Posting\n", SOCIAL),
    "its place": edited("title: Social media policy\n", "\ntitle: Social media policy\n", SOCIAL),
    "area": edited("area: Online and devices", "area: IT", POLICY),
    "section": _another_section,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return to_change(tmp_path_factory.mktemp("parts"))


def to_change(folder: Path) -> Path:
    """The shipped handbooks, in a folder of their own."""
    root = folder / "handbooks"
    for name in ("policies", "schools"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.fixture(scope="module")
def before(root: Path) -> dict[tuple[str, str], tuple[Site, Path, Parts]]:
    """Sites as they were published before anything changed."""
    held = Held.read(root)
    found = {}
    for id, edition in held.sites(*SOME):
        whole, folder = held.whole(id, edition), root.parent / "site" / edition / id
        found[id, edition] = whole.site, folder, put(whole, root, folder)
    assert len(found) > 4
    return found


@pytest.fixture
def changing(root: Path) -> Iterator[Path]:
    """The same handbooks, which are put back afterwards."""
    kept = root.parent / "kept"
    shutil.copytree(root / "policies", kept)
    yield root
    shutil.rmtree(root / "policies")
    kept.rename(root / "policies")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_makes_again_what_shows_it(
    name: str,
    changing: Path,
    before: dict[tuple[str, str], tuple[Site, Path, Parts]],
    tmp_path: Path,
) -> None:
    EDITS[name](changing)
    held = Held.read(changing)
    changed, seen = ["acceptable-use"], 0
    for (id, edition), (was, folder, old) in before.items():
        if changed[0] not in old.policies:
            continue
        whole = held.whole(id, edition)
        part = held.again(id, edition, changed, old, folder)
        made = compared(part, whole, was)
        assert "acceptable-use.html" in made
        # Most of what is not about the whole handbook stays.
        policies = [path for path in made if path.removesuffix(".html") in old.policies]
        assert len(policies) <= 3 or name in NUMBERED
        seen += (whole.site.pages, whole.site.files) != (was.pages, was.files)
        host.build_site(part.site, changing, tmp_path / "part", published=Published(folder))
        host.build_site(whole.site, changing, tmp_path / "whole")
        assert files(tmp_path / "part") == files(tmp_path / "whole")
    assert seen or name == "lines"


# Whom rules name and which terms stand in them is told on pages of the handbook as a whole.
TOLD = {
    "contacts.html": EDITS["clause"],
    "terms.html": edited(
        "trainees and volunteers", "trainees, whom nobody may suspect of grooming"
    ),
}


@pytest.mark.parametrize("page", ["", *TOLD])
def test_what_is_about_the_whole_handbook_stays_until_it_tells_something_else(
    page: str, changing: Path, before: dict[tuple[str, str], tuple[Site, Path, Parts]]
) -> None:
    TOLD.get(page, EDITS["text"])(changing)
    held, seen = Held.read(changing), 0
    for (id, edition), (_, folder, old) in before.items():
        if "acceptable-use" not in old.policies:
            continue
        site = held.again(id, edition, ["acceptable-use"], old, folder).site
        made = {page.path for page in site.pages if not page.stays}
        if page:
            assert {page, "index.html"} <= made
            assert "review-dates.ics" in site.files
        else:
            assert made <= {"about.html", "acceptable-use.html", "quick/acceptable-use.html"}
            assert "review-dates.ics" in site.kept
        seen += 1
    assert seen


def test_what_changed_since_an_earlier_handbook_is_never_taken_over(
    root: Path, tmp_path: Path
) -> None:
    held = Held.read(root)
    frame = replace(held.frame, changed=())
    whole = made(held.handbook("larkmere", "staff"), frame)
    assert whole.parts.rest is None
    old, none = (
        put(whole, root, tmp_path / "site"),
        held.resolver.resolve("larkmere", ["staff"], []),
    )
    for then in (old, put(held.whole("larkmere", "staff"), root, tmp_path / "site")):
        published = Published(tmp_path / "site")
        part = made_again(lambda _: none.handbooks["staff"], [], frame, then, published)
        assert not [page for page in part.site.pages if page.path == "changes.html" and page.stays]


@pytest.mark.parametrize("name", WHOLE)
def test_what_shows_on_every_page_makes_every_page(
    name: str, changing: Path, before: dict[tuple[str, str], tuple[Site, Path, Parts]]
) -> None:
    WHOLE[name](changing)
    held, stale = Held.read(changing), 0
    changed = ["social-media", "acceptable-use"]
    for (id, edition), (was, folder, old) in before.items():
        try:
            part = held.again(id, edition, changed, old, folder)
        except Stale:
            stale += 1
        else:  # an organisation with a title of its own, or an edition without the policy
            compared(part, held.whole(id, edition), was)
    assert stale


def test_an_edit_after_an_edit(
    changing: Path, before: dict[tuple[str, str], tuple[Site, Path, Parts]], tmp_path: Path
) -> None:
    """Parts that were kept by a build that made few pages serve the next one."""
    key = ("larkmere", "staff")
    was, folder, old = before[key]
    for place, name in enumerate(["text", "summary", "link-out", "clause", "reference"]):
        EDITS[name](changing)
        held = Held.read(changing)
        part = held.again(*key, ["acceptable-use"], old, folder)
        whole = held.whole(*key)
        compared(part, whole, was)
        new = tmp_path / str(place)
        host.build_site(part.site, changing, new, published=Published(folder))
        was, folder = whole.site, new
        old = pickle.loads(pickle.dumps(part.sealed(sealed(new))))


def test_pictures_stay_with_their_policy(tmp_path: Path) -> None:
    held = Held.read(CASE)
    seen = 0
    for id, edition in held.sites():
        whole = held.whole(id, edition)
        old = put(whole, CASE, tmp_path / "site")
        part = held.again(id, edition, [], old, tmp_path / "site")
        compared(part, whole, whole.site)
        seen += sum(name.startswith("assets/pictures/") for name in part.site.kept)
        host.build_site(part.site, CASE, tmp_path / "part", published=Published(tmp_path / "site"))
        assert files(tmp_path / "part") == files(tmp_path / "site")
    assert seen


def test_documents_stay(root: Path, tmp_path: Path) -> None:
    held = Held.read(root)
    handbook = held.handbook("larkmere", "staff")
    name = f"larkmere-{next(iter(handbook.policies))}.pdf"
    whole = made(handbook, replace(held.frame, pdfs={name: b"%PDF", "larkmere-handbook.pdf": b"%"}))
    old = put(whole, root, tmp_path / "site")
    published = Published(tmp_path / "site")
    none = replace(handbook, policies={})
    frame = replace(held.frame, pdfs={name: b"%PDF"}, kept=("larkmere-handbook.pdf",))
    part = made_again(lambda _: none, [], frame, old, published)
    assert "pdf/larkmere-handbook.pdf" in part.site.kept
    host.build_site(part.site, root, tmp_path / "part", published=published)
    assert files(tmp_path / "part") == files(tmp_path / "site")
    # A page offers a document that is there: with another choice of them, other pages.
    with pytest.raises(Stale):
        made_again(lambda _: none, [], held.frame, old, published)


# ------------------------------------------------------------------------------ not to be relied on


@pytest.fixture
def site(root: Path, tmp_path: Path) -> tuple[Held, Path, Parts]:
    held = Held.read(root)
    return held, tmp_path / "site", put(held.whole("larkmere", "staff"), root, tmp_path / "site")


def again(site: tuple[Held, Path, Parts], changed: str = "acceptable-use") -> None:
    held, folder, old = site
    part = held.again("larkmere", "staff", [changed], old, folder)
    host.build_site(
        part.site, ROOT, folder.parent / "part", published=Published(folder, old.sealed)
    )


def change(path: Path) -> None:
    raw = path.read_bytes()
    path.unlink()
    path.write_bytes(raw[:-20] + b"!" + raw[-19:])


@pytest.mark.parametrize(
    "path", [DATA, INDEX, "mobile-devices.html", "quick/mobile-devices.html", "seal.json"]
)
@pytest.mark.parametrize("how", [change, Path.unlink])
def test_a_published_file_that_is_not_as_it_was(
    site: tuple[Held, Path, Parts], path: str, how: Callable[[Path], None]
) -> None:
    again(site)
    how(site[1] / path)
    with pytest.raises(Stale):
        again(site)


def taken(site: tuple[Held, Path, Parts], looks: str, to: str) -> dict[str, str]:
    """Two pages taken over from a site of which a stamp was recorded."""
    _, folder, old = site
    published = Published(folder, old.sealed, looks)
    found = published.take_over(["mobile-devices.html", "search.html"], folder.parent / to)
    assert found == {path: published.digests[path] for path in found}
    assert published.linked == set(found)
    return found


def test_a_folder_that_looks_as_it_did_is_not_read_again(
    site: tuple[Held, Path, Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = stamp(site[1])[0]
    read: list[str] = []

    def reading(path: str) -> bytes:
        read.append(Path(path).name)
        return Path(path).read_bytes()

    monkeypatch.setattr("clausebook.published._bytes", reading)
    assert len(taken(site, looks, "one")) == 2
    assert read == []
    assert len(taken(site, "", "two")) == 2
    assert read == ["mobile-devices.html", "search.html"]
    # Any other file that looks other is enough.
    (site[1] / "index.html").touch()
    assert len(taken(site, looks, "three")) == 2
    assert len(read) == 4


@pytest.mark.parametrize("how", [change, Path.touch])
def test_a_page_that_was_changed_does_not_look_as_it_did(
    site: tuple[Held, Path, Parts], how: Callable[[Path], None]
) -> None:
    looks = stamp(site[1])[0]
    assert looks
    how(site[1] / "mobile-devices.html")
    if how is Path.touch:  # it says the same
        assert len(taken(site, looks, "part")) == 2
    else:
        with pytest.raises(Stale):
            taken(site, looks, "part")


def test_a_copy_is_read_whatever_the_folder_looks_like(
    site: tuple[Held, Path, Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError("not on this disk")

    def half(_: str, target: str, **__: object) -> None:
        Path(target).write_bytes(b"<!doctype")

    monkeypatch.setattr("os.link", refused)
    monkeypatch.setattr("shutil.copyfile", half)
    with pytest.raises(Stale):
        taken(site, stamp(site[1])[0], "part")


def test_a_page_that_is_a_link(site: tuple[Held, Path, Parts]) -> None:
    page = site[1] / "mobile-devices.html"
    page.rename(site[1].parent / "elsewhere.html")
    page.symlink_to(site[1].parent / "elsewhere.html")
    with pytest.raises(Stale):
        again(site)


def test_another_site_than_the_parts_are_of(site: tuple[Held, Path, Parts]) -> None:
    held, folder, old = site
    with pytest.raises(Stale):
        again((held, folder, replace(old, sealed="0" * 64)))
    with pytest.raises(Stale):
        again((held, folder, replace(old, frame="other")))
    with pytest.raises(Stale):
        held.again("larkmere", "governors", ["acceptable-use"], old, folder)


def test_a_policy_that_came_or_went(site: tuple[Held, Path, Parts]) -> None:
    held, folder, old = site
    fewer = {id: one for id, one in old.policies.items() if id != "acceptable-use"}
    with pytest.raises(Stale):
        again((held, folder, replace(old, policies=fewer)))
    none = replace(held.handbook("larkmere", "staff"), policies={})
    with pytest.raises(Stale):
        made_again(lambda _: none, ["acceptable-use"], held.frame, old, Published(folder))


def test_nothing_to_take_pages_from(site: tuple[Held, Path, Parts]) -> None:
    held, folder, old = site
    part = held.again("larkmere", "staff", ["acceptable-use"], old, folder)
    for published, plain in ((None, False), (Published(folder), True)):
        with pytest.raises(Stale):
            host.build_site(
                part.site, ROOT, folder.parent / "part", plain=plain, published=published
            )


def test_the_published_site_is_never_written_to(site: tuple[Held, Path, Parts]) -> None:
    _, folder, _ = site
    was = files(folder)
    again(site)
    again(site)
    assert files(folder) == was
    kept = [
        path
        for path in sorted((folder.parent / "part").rglob("*.html"))
        if path.stat().st_nlink > 1
    ]
    assert kept
    assert not [p for p in kept if re.search("acceptable-use|about", p.name)]


def test_where_there_are_no_links_files_are_copied(
    site: tuple[Held, Path, Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError("not on this disk")

    monkeypatch.setattr("os.link", refused)
    again(site)
    part = site[1].parent / "part"
    assert all(path.stat().st_nlink == 1 for path in part.rglob("*.html"))
    page = site[1] / "mobile-devices.html"
    page.rename(site[1].parent / "elsewhere.html")
    page.symlink_to(site[1].parent / "elsewhere.html")
    with pytest.raises(Stale):
        again(site)
    (site[1].parent / "elsewhere.html").replace(page)
    monkeypatch.undo()
    again(site)
    assert (part / "mobile-devices.html").stat().st_nlink == 2
