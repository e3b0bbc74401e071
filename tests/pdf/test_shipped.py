"""Every PDF that the repository ships: standards, words, numbers, links, contents, outline, dates, size."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from pikepdf import Name

from clausebook.cli import main
from clausebook.demonstration import note
from clausebook.handbook_file import handbook_file
from clausebook.markdown import plain
from clausebook.model import Handbook, ResolvedPolicy
from clausebook.pdf import children
from clausebook.pdf import handbook as handbooks
from clausebook.pdf.binding import binding
from clausebook.pdf.checker import check
from clausebook.pdf.document import CONTENTS_FROM, document
from clausebook.pdf.engine import Engine
from clausebook.pdf.handbook import areas, front_engine, handbook
from clausebook.pdf.manuscript import manuscript
from clausebook.pdf.merge import Survey, survey
from clausebook.pdf.press import PREFIX, Press, Seen, engine
from clausebook.pdf.reading import Content, Element, Reading
from clausebook.pdf.shelf import Asked, FirstPages, Form, Piece, first_pages, shelves
from clausebook.pdf.words import keys, lost, words
from clausebook.render.site import pdf_name, whole_name
from clausebook.render.words import glossary, text_html
from tests.pdf.checks import not_archival, not_sound
from tests.pdf.conftest import ROOT, Print, Shipped, opened, taken_apart

TRUST = ("larkmere", "governors")
# Of a policy of seven pages; a shorter one embeds its fonts too.
BYTES, PAGES = 60_000, 7
# Of the pages before the policies and their fonts, and of what joins a policy to the others.
FRONT, JOINED = 60_000, 6_000


@lru_cache(maxsize=200)
def surveyed(data: bytes) -> Survey:
    return survey(data)


def together(text: str) -> str:
    """Letters and digits only: lines break in words."""
    return "".join(keys(text))


def text_of(element: Element, reading: Reading) -> str:
    return " ".join(words(replace(reading, roots=[element])))


def headings(reading: Reading) -> list[tuple[str, str, int]]:
    """Each heading's kind, words and page (from 0), in reading order."""
    return [
        (each.kind, text_of(each, reading), page_of(each))
        for each in reading.walk()
        if re.fullmatch("H[1-6]", each.kind)
    ]


def page_of(element: Element) -> int:
    return next(
        kid.within
        for each in element.walk()
        for kid in each.kids
        if isinstance(kid, Content) and isinstance(kid.within, int)
    )


def sections(policy: ResolvedPolicy) -> list[str]:
    return [f"{section.number} {section.title}" for section in policy.sections]


def clauses(policy: ResolvedPolicy) -> list[str]:
    return [f"{clause.number} {clause.title.words}" for clause in policy.clauses]


def addresses(policy: ResolvedPolicy) -> list[str]:
    """Web addresses that clauses lead to, each once."""
    found = (
        re.findall(r'<a href="(https?://[^"]*)"', text_html(c.text.markdown))
        for c in policy.clauses
    )
    return list(dict.fromkeys(address for each in found for address in each))


def page_address(handbook: Handbook, policy: ResolvedPolicy | None) -> str:
    address = handbook.organisation.address or ""
    if not address or policy is None:
        return address
    return f"{address.rstrip('/')}/{policy.id}.html"


def stated(handbook: Handbook, policy: ResolvedPolicy) -> list[str]:
    """What is known of a policy that is no rule."""
    facts = next(p for p in handbook_file(handbook).policies if p.id == policy.id)
    last = policy.approvals[-1] if policy.approvals else None
    review = policy.review
    found = [
        handbook.organisation.name,
        *(tier.name for tier in handbook.tiers[:-1]),
        policy.title,
        note(handbook),
        facts.version,
        facts.owner,
        facts.adopted_from,
        facts.statutory,
        last and last.by,
        last and str(last.date),
        last and last.minute,
        last and last.effective and str(last.effective),
        review and review.last and str(review.last),
        review and review.next and str(review.next),
        page_address(handbook, policy),
    ]
    return [str(one) for one in found if one]


def source(each: Print, prints: Shipped) -> list[str]:
    """The words of a policy in the order of its document, from the handbook and not its template."""
    policy, handbook = each.policy, each.handbook
    assert policy is not None
    said = [handbook.organisation.name, policy.title]
    if handbook.edition == "governors":
        for change in prints.asked[each.edition].changes or ():
            if change.policy == policy.id:
                said += [f"{change.number} {change.title}", change.after]
        said.append("Sign-off Approved by Date and minute Name and role Signature")
    for section in policy.sections:
        said.append(f"{section.number} {section.title}")
        for clause in section.clauses:
            said += [f"{clause.number} {clause.title.words}", plain(clause.text.markdown)]
    terms = glossary(prints.makers.repository.library, handbook)
    for entry in terms.used([text_html(clause.text.markdown) for clause in policy.clauses]):
        said += [entry.term, entry.means]
    said += addresses(policy)
    if len(policy.approvals) > 1:
        for approval in policy.approvals:
            said += [str(approval.by or ""), str(approval.date)]
    said.append(policy.fingerprint)
    # Plain text has a bar between the cells of a table, where paper has a line.
    return [word for word in " ".join(said).split() if word != "|"]


# ------------------------------------------------------------------------------ standards


def test_everything_conforms(prints: Shipped) -> None:
    """PDF/A-2a and PDF/UA-1 in one file, by three who do not know each other."""
    found: dict[str, object] = {}
    jobs = [
        children.Job(name=str(each), make=archival, given=(each.data,))
        for each in prints.distinct()
    ]
    for done in children.run(jobs):
        if done.data != b"":
            found[done.job.name] = [(done.data or b"").decode(), done.reason]
    assert found == {}
    for each in prints.distinct():
        faults = [*not_sound(each.data), *map(str, check(taken_apart(each.data)))]
        if faults:
            found[str(each)] = faults
    assert found == {}


def archival(data: bytes) -> bytes:
    """In a child, because the validator takes its time."""
    return "\n".join(not_archival(data)).encode()


def test_every_edition_has_all_its_files(prints: Shipped) -> None:
    for key, one in prints.asked.items():
        held = {pdf_name(key[0], id) for id in one.handbook.policies}
        assert set(prints.shelves[key].files) == {*held, whole_name(key[0]), "index.csv"}


# ------------------------------------------------------------------------------ words


def test_no_word_is_lost(prints: Shipped) -> None:
    found = {}
    for each in prints.policies():
        if gone := lost(source(each, prints), taken_apart(each.data)):
            found[str(each)] = gone
    assert found == {}


def test_what_is_stated_of_a_policy_is_on_its_cover(prints: Shipped) -> None:
    for each in prints.policies():
        assert each.policy is not None
        reading = taken_apart(each.data)
        cover = together(" ".join(words(reading)).split(clauses(each.policy)[0])[0])
        missing = [s for s in stated(each.handbook, each.policy) if together(s) not in cover]
        assert missing == [], each


def test_the_words_of_a_handbook_are_those_of_its_policies(prints: Shipped) -> None:
    for each in prints.wholes():
        files = prints.shelves[each.edition].files
        order = [
            id
            for ids in areas(binding(each.handbook), each.handbook.policies).values()
            for id in ids
        ]
        own = [
            word
            for id in order
            for word in words(taken_apart(files[pdf_name(each.edition[0], id)]))
        ]
        assert words(taken_apart(each.data))[-len(own) :] == own, each


def with_notes(prints: Shipped) -> Print:
    return next(each for each in prints.policies() if each.policy and addresses(each.policy))


def test_a_lost_note_is_found(prints: Shipped) -> None:
    """The test of words is one that can fail."""
    each = with_notes(prints)
    policy = each.policy
    assert policy is not None
    terms = glossary(prints.makers.repository.library, each.handbook).entries
    made = document(manuscript(policy, each.handbook, terms))
    before, mark, after = made.short.partition('<h2 id="notes">')
    item = re.search(r"<li>.*?</li>", after, re.S)
    assert mark
    assert item
    press = engine()
    assert isinstance(press, Engine)
    without = press.render(before + mark + after.replace(item[0], "", 1), assets=made.assets)
    missing = lost(source(each, prints), without)
    assert len(missing) == 1
    assert together(addresses(policy)[0]) == together(missing[0])


def test_numbers_and_titles_are_those_of_handbook_json(prints: Shipped) -> None:
    for each in prints.policies():
        facts = handbook_file(each.handbook)
        policy = next(p for p in facts.policies if each.policy and p.id == each.policy.id)
        found = headings(taken_apart(each.data))
        assert [text for kind, text, _ in found if kind == "H1"] == [policy.title]
        wanted = [
            one
            for section in policy.sections
            for one in (
                ("H2", f"{section.number} {section.title}"),
                *(("H3", f"{clause.number} {clause.title}") for clause in section.clauses),
            )
        ]
        kept = [(kind, text) for kind, text, _ in found]
        start = kept.index(wanted[0])
        assert kept[start : start + len(wanted)] == wanted, each
        assert {kind for kind, _ in kept[start + len(wanted) :]} <= {"H2"}


# ------------------------------------------------------------------------------ ways in


def test_every_clause_is_a_destination_on_its_own_page(prints: Shipped) -> None:
    for each in prints.policies():
        assert each.policy is not None
        places = surveyed(each.data).places
        pages = {text: page for _, text, page in headings(taken_apart(each.data))}
        for clause in each.policy.clauses:
            assert places[clause.id] == pages[f"{clause.number} {clause.title.words}"], each
        for section in each.policy.sections:
            place = places[f"section.{section.id}"]
            assert place == pages[f"{section.number} {section.title}"], each


def test_the_outline_is_policy_sections_clauses(prints: Shipped) -> None:
    for each in prints.policies():
        policy = each.policy
        assert policy is not None
        places = surveyed(each.data).places
        pdf = opened(each.data)
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        with pdf.open_outline() as outline:
            (top,) = outline.root
            assert top.title == policy.title
            below = {entry.title: entry for entry in top.children}
            found = [title for title in below if title in sections(policy)]
            assert found == sections(policy), each
            held = [child for entry in top.children for child in entry.children]
            assert [child.title for child in held] == clauses(policy), each
            for entry, clause in zip(held, policy.clauses, strict=True):
                assert numbers[entry.destination[0].objgen] == places[clause.id]


def test_contents_name_the_pages_that_sections_are_on(prints: Shipped) -> None:
    with_contents = 0
    for each in prints.policies():
        policy = each.policy
        assert policy is not None
        seen = surveyed(each.data)
        # Contents that make a document long enough for contents stay.
        assert ("contents" in seen.places) == (seen.pages >= CONTENTS_FROM), each
        if "contents" not in seen.places:
            continue
        with_contents += 1
        reading = taken_apart(each.data)
        said = together(" ".join(words(reading)))
        for section in policy.sections:
            page = seen.places[f"section.{section.id}"] + 1
            assert together(f"{section.number} {section.title} {page}") in said, each
        for name, title in (("terms", "What the words mean"), ("notes", "Addresses")):
            if name in seen.places:
                assert together(f"{title} {seen.places[name] + 1}") in said, each
        page = seen.places["history"] + 1
        assert together(f"History of this document {page}") in said, each
    assert with_contents > 10


def links(data: bytes) -> Iterator[Any]:
    for page in opened(data).pages:
        yield from page.obj.get(Name.Annots, [])


def test_every_link_leads_to_where_it_says(prints: Shipped) -> None:
    law = prints.makers.repository.library.registers.law.values()
    known = {one.link.target for one in law if one.link}
    across = 0
    for each in prints.policies():
        files = prints.shelves[each.edition].files
        own = surveyed(each.data).places
        for link in links(each.data):
            if Name.Dest in link:
                assert str(link.Dest) in own, each
                continue
            address = str(link.A.URI)
            if address.startswith(("mailto:", "tel:")):
                continue
            if address.startswith("https://"):
                assert address in {*known, page_address(each.handbook, each.policy)}, each
                continue
            file, _, place = address.partition("#")
            assert re.fullmatch(r"[a-z0-9-]+\.pdf", file), (each, address)
            assert file in files, (each, address)
            assert not place or unquote(place) in surveyed(files[file]).places, (each, address)
            across += 1
    assert across > 100


def test_no_link_of_a_handbook_leads_out_to_a_policy_that_is_in_it(prints: Shipped) -> None:
    for each in prints.wholes():
        own = surveyed(each.data).places
        for link in links(each.data):
            if Name.Dest in link:
                assert str(link.Dest) in own, each
            else:
                assert str(link.A.URI).startswith(("https://", "mailto:", "tel:")), each


def test_the_code_on_the_cover_leads_to_the_page(prints: Shipped) -> None:
    found = 0
    for each in prints.distinct():
        address = page_address(each.handbook, each.policy)
        page = pypdfium2.PdfDocument(each.data)[0].render(scale=2, grayscale=True).to_pil()
        read = [code.text for code in zxingcpp.read_barcodes(page)]
        assert read == ([address] if address else []), each
        found += bool(read)
    assert found > 5


# ------------------------------------------------------------------------------ about the file


def dates(policy: ResolvedPolicy) -> str:
    """The day that a policy states of itself."""
    at = policy.approvals[-1].date if policy.approvals else policy.review and policy.review.last
    return at.first.strftime("%Y%m%d") if at else ""


def test_dates_are_stated_ones(prints: Shipped) -> None:
    for each in prints.policies():
        assert each.policy is not None
        pdf = opened(each.data)
        info = pdf.docinfo
        day = dates(each.policy)
        for key in (Name.CreationDate, Name.ModDate):
            assert str(info.get(key, "")).startswith(f"D:{day}" if day else ""), each
            assert (key in info) == bool(day), each
    for each in prints.wholes():
        days = {f"D:{dates(policy)}" for policy in each.handbook.policies.values()}
        pdf = opened(each.data)
        info = pdf.docinfo
        for key in (Name.CreationDate, Name.ModDate):
            if key in info:
                assert str(info[key])[:10] in days, each


def test_files_are_small(prints: Shipped) -> None:
    for each in prints.policies():
        pages = surveyed(each.data).pages
        assert len(each.data) <= BYTES * max(pages, PAGES) / PAGES, each
    for each in prints.wholes():
        files = prints.shelves[each.edition].files
        parts = [len(files[pdf_name(each.edition[0], id)]) for id in each.handbook.policies]
        assert len(each.data) <= FRONT + sum(parts) + JOINED * len(parts), each


# ------------------------------------------------------------------------------ same bytes

# Makes the PDFs of some editions and prints their names and digests, one a line.
PROGRAM = """
import hashlib, sys
from pathlib import Path
from clausebook.pdf.shelf import Asked, shelves
from clausebook.sites import Makers

root, cache, jobs, order, policies, *names = sys.argv[1:]
makers = Makers.open(Path(root))
asked = {}
for name in names:
    key = tuple(name.split("/"))
    handbook = makers.handbook(*key)
    asked[key] = Asked(handbook, *makers.changes(handbook))
if order == "backwards":
    asked = dict(reversed(asked.items()))
made = shelves(
    asked, makers.repository.library, Path(cache), jobs=int(jobs), only=policies.split()
)
for key in sorted(made):
    for name, data in sorted(made[key].files.items()):
        print("/".join(key), name, hashlib.sha256(data).hexdigest())
"""
SOME = ("reedwater-primary/public", "larkmere/public")


def made_elsewhere(
    cache: Path, jobs: int, order: str, policies: str, **environment: str
) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), str(cache), str(jobs), order, policies, *SOME],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        cwd=cache,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("jobs", "order", "environment"),
    [
        (1, "forwards", {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}),
        (
            2,
            "backwards",
            {"PYTHONHASHSEED": "2", "TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.UTF-8"},
        ),
    ],
)
def test_another_process_makes_the_same_bytes(
    jobs: int, order: str, environment: dict[str, str], tmp_path: Path, prints: Shipped
) -> None:
    found = made_elsewhere(tmp_path, jobs, order, "", **environment)
    wanted = [
        f"{'/'.join(key)} {name} {hashlib.sha256(data).hexdigest()}"
        for key in sorted(tuple(name.split("/")) for name in SOME)
        for name, data in sorted(prints.shelves[key[0], key[1]].files.items())
    ]
    assert found == wanted


class Counted:
    """How many children ran, and for what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        run = children.run

        def counting(jobs: Any, *rest: Any, **more: Any) -> Any:
            listed = list(jobs)
            self.names += [job.name for job in listed]
            return run(listed, *rest, **more)

        monkeypatch.setattr(children, "run", counting)


def again(prints: Shipped, *wanted: tuple[str, str], root: Path | None = None) -> Any:
    asked = {key: prints.asked[key] for key in wanted or prints.asked}
    return shelves(asked, prints.makers.repository.library, root or prints.root)


def test_what_has_not_changed_is_not_made_again(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    made = again(prints)
    assert counted.names == []
    assert {k: s.files for k, s in made.items()} == {k: s.files for k, s in prints.shelves.items()}


def test_what_two_editions_share_is_made_once(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing in the public's copy of this policy differs from that of staff."""
    handbook = prints.asked["larkmere", "public"].handbook
    policy = next(iter(handbook.policies))
    counted = Counted(monkeypatch)
    made = shelves(
        {
            ("larkmere", "public"): Asked(handbook),
            ("larkmere", "staff"): Asked(replace(handbook, edition="staff")),
        },
        prints.makers.repository.library,
        tmp_path,
        wholes=False,
        only=[policy],
    )
    assert len(counted.names) == 1
    name = pdf_name("larkmere", policy)
    assert len({shelf.files[name] for shelf in made.values()}) == 1


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty"])
def test_a_damaged_file_of_the_cache_is_made_again(
    damage: str, prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    each = min(prints.wholes(), key=lambda one: len(one.data))
    folder = prints.root / ".cache" / "clausebook"
    holding = [path for path in folder.glob(f"{PREFIX}*") if each.data in path.read_bytes()]
    assert len(holding) == 1
    raw = bytearray(holding[0].read_bytes())
    raw[len(raw) // 2] ^= 1
    pieces = {"flipped": bytes(raw), "cut": bytes(raw[: len(raw) // 2]), "empty": b""}
    holding[0].write_bytes(pieces[damage])
    made = again(prints, each.edition)
    assert len(counted.names) == 2  # its first pages, and the whole
    assert made[each.edition].files == prints.shelves[each.edition].files


def edited(handbook: Handbook, policy: ResolvedPolicy) -> Handbook:
    return replace(handbook, policies={**handbook.policies, policy.id: policy})


def test_an_edit_elsewhere_leaves_a_document_as_it_is(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One title of one policy changes: that policy is made and the whole, and nothing else."""
    key = ("larkmere", "public")
    one = prints.asked[key].handbook
    first, *others = one.policies.values()
    counted = Counted(monkeypatch)
    asked = {key: Asked(edited(one, replace(first, title="Another title")))}
    made = shelves(asked, prints.makers.repository.library, prints.root)
    whole = f"{one.organisation.name}, public"
    assert counted.names == ["Another title", f"{whole}: first pages", whole]
    for other in others:
        name = pdf_name(key[0], other.id)
        assert made[key].files[name] == prints.shelves[key].files[name]


def test_another_telephone_number_makes_another_handbook(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom to tell stands in the whole handbook, where no policy need name it."""
    key = ("fenwick-hall", "staff")
    one = prints.asked[key].handbook
    id = next(id for id, role in one.roles.items() if role.about and role.phone)
    role = replace(one.roles[id], phone="01632 960999")
    asked = {key: Asked(replace(one, roles={**one.roles, id: role}))}
    whole = shelves(asked, prints.makers.repository.library, prints.root)[key].files[
        whole_name(key[0])
    ]
    assert "960999" in " ".join(words(whole))


@pytest.mark.parametrize("lines", [1, 600], ids=["on the same pages", "on more pages"])
def test_first_pages_laid_out_beside_a_policy_are_true_of_it(lines: int, prints: Shipped) -> None:
    """They begin with the numbers of before the edit, which it may have changed."""
    key = ("larkmere", "public")
    one = prints.asked[key].handbook
    first = next(iter(one.policies.values()))
    new = edited(one, reworded(first, ["Say so at once.\n\n"] * lines))
    files = shelves({key: Asked(new)}, prints.makers.repository.library, prints.root)[key].files
    parts = [(id, files[pdf_name(key[0], id)]) for id in new.policies]
    assert files[whole_name(key[0])] == handbook(binding(new), parts, front_engine())
    before = survey(prints.one(*key, first.id).data).pages
    assert (survey(parts[0][1]).pages > before) == (lines > 1)


def test_what_was_noted_of_another_document_is_not_believed(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("larkmere", "public")
    one = prints.asked[key].handbook
    wrong = {id: Seen("another", 99, {}) for id in one.policies}
    monkeypatch.setattr(Press, "seen", lambda press, whose: wrong)
    first = next(iter(one.policies.values()))
    new = edited(one, replace(first, title="Yet another title"))
    files = shelves({key: Asked(new)}, prints.makers.repository.library, prints.root)[key].files
    parts = [(id, files[pdf_name(key[0], id)]) for id in new.policies]
    assert files[whole_name(key[0])] == handbook(binding(new), parts, front_engine())


def test_first_pages_are_begun_before_what_was_edited_is_there(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("larkmere", "public")
    one = prints.asked[key].handbook
    parts = {id: prints.one(*key, id).data for id in one.policies}
    first = next(iter(parts))
    held = {id: survey(data) for id, data in parts.items()}
    seen = {id: Seen("", one.pages, one.places) for id, one in held.items()}
    pieces = {id: Piece(data) for id, data in parts.items()} | {first: Piece(None, 7, seen[first])}
    order: list[str] = []
    real = handbooks.front

    def front(*given: Any) -> bytes:
        order.append("first pages")
        return real(*given)

    def job(number: int) -> bytes:
        order.append(f"job {number}")
        return parts[first] or b""

    monkeypatch.setattr(handbooks, "front", front)
    others = cast(children.Others, job)
    made = first_pages(others, binding(one), pieces, Form(False, ""))
    assert order == ["first pages", "job 7", "first pages"]
    order.clear()
    pieces[first] = Piece(None, 7)
    assert first_pages(others, binding(one), pieces, Form(False, "")) == made
    assert order == ["job 7", "first pages"]
    # What was noted of the others serves as well as they do.
    pieces = {id: Piece(data, seen=seen[id]).looked_at() for id, data in parts.items()}
    assert first_pages(others, binding(one), pieces, Form(False, "")) == made
    assert {piece.data for piece in pieces.values()} == {b""}
    assert FirstPages.read(made).places == {id: (one.pages, one.places) for id, one in held.items()}


# ------------------------------------------------------------------------------ what cannot be made


def reworded(policy: ResolvedPolicy, markdown: Sequence[str]) -> ResolvedPolicy:
    """The policy with a clause's text replaced, by what no check lets through for all it knows."""
    from clausebook.model import Run, RunKind, Text

    section = policy.sections[0]
    clause = section.clauses[0]
    wording = clause.clause.text
    fill = clause.fill

    def filled(asked: Any) -> Any:
        if asked is wording:
            return Text(tuple(Run(RunKind.SOURCE, text) for text in markdown))
        return fill(asked)

    bad = replace(clause, fill=filled)
    first = replace(section, clauses=(bad, *section.clauses[1:]))
    return replace(policy, sections=(first, *policy.sections[1:]))


def test_what_cannot_be_made_names_clause_file_and_line_and_the_rest_is_made(
    prints: Shipped, tmp_path: Path
) -> None:
    key = ("larkmere", "public")
    one = prints.asked[key].handbook
    policy = next(iter(one.policies.values()))
    clause = policy.clauses[0]
    asked = {key: Asked(edited(one, reworded(policy, ["Say \N{THAI CHARACTER KO KAI} here."])))}
    shelf = shelves(asked, prints.makers.repository.library, prints.root)[key]
    (reason,) = shelf.reasons
    assert reason.startswith(f"{clause.clause.at}: {policy.title}, {clause.number} ")
    assert "U+0E01" in reason
    assert "\n" not in reason
    others = {pdf_name(key[0], id) for id in one.policies if id != policy.id}
    assert set(shelf.files) == {*others, "index.csv"}


def test_a_clause_that_needs_too_much_is_found_by_trying_each(
    prints: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that was ended cannot say where it was."""
    key = ("larkmere", "public")
    one = prints.asked[key].handbook
    policy = next(iter(one.policies.values()))
    clause = policy.clauses[0]
    monkeypatch.setattr(children.Limits, "__init__", _short)
    asked = {key: Asked(edited(one, reworded(policy, ["word " * 400_000])))}
    shelf = shelves(asked, prints.makers.repository.library, prints.root)[key]
    (reason,) = shelf.reasons
    assert reason.startswith(f"{clause.clause.at}: {policy.title}, {clause.number} ")
    assert "processor time" in reason


def test_a_build_keeps_the_last_good_site_of_what_cannot_be_printed(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its other organisations are built, and the command says which clause it was."""
    monkeypatch.chdir(base)
    out = tmp_path / "site"
    command = ["build", "elm", "oak", "--edition", "staff", "--jobs", "1", "--out", str(out)]
    assert main(command) == 0
    before = tree(out / "staff" / "elm")
    assert "pdf/elm-phones.pdf" in before
    capsys.readouterr()

    monkeypatch.setattr(children.Limits, "__init__", _short)
    school = base / "schools" / "elm.yml"
    text = school.read_text(encoding="utf-8")
    rows = [each * 8 + "|" for each in ("|A", "|---", *["|a"] * 1_100)]
    added = (
        "add:\n      - id: endless\n        section: care\n        title: No end\n        text: |\n"
    )
    added += "".join(f"          {row}\n" for row in rows)
    assert "    review: {" in text
    text = text.replace("    review: {", f"    {added}    review: {{", 1)
    school.write_text(text, "utf-8")
    assert main(command) == 1
    said = "".join(capsys.readouterr())
    assert re.search(r"schools/elm\.yml:\d+:\d+: .* No end: .* processor time", said), said[-2000:]
    assert tree(out / "staff" / "elm") == before
    assert "staff/elm: not built" in said
    assert (out / "staff" / "oak" / "pdf" / "oak-phones.pdf").is_file()


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _short(self: children.Limits) -> None:
    object.__setattr__(self, "cpu", 2)
    object.__setattr__(self, "memory", 2 << 30)
    object.__setattr__(self, "clock", 60.0)


def test_metadata_and_text_can_be_copied(prints: Shipped) -> None:
    """By another reader than ours: what pdfium copies from a page holds what stands on it."""
    each = prints.one("larkmere", "staff", "social-media")
    pdf = pypdfium2.PdfDocument(io.BytesIO(each.data))
    assert pdf.get_metadata_value("Title").startswith(f"{each.policy.title if each.policy else ''}")
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert each.policy
    for clause in each.policy.clauses:
        assert together(f"{clause.number} {clause.title.words}") in together(text)
    with pikepdf.open(io.BytesIO(each.data)) as opened_again:
        assert opened_again.pdf_version == "1.7"
