"""The portal: who holds what, what is due and what differs, for those who may see it and nobody else."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clausebook import portal as facts
from clausebook.build import Opened, check
from clausebook.build import opened as reopened
from clausebook.cli import main
from clausebook.dates import Stated
from clausebook.model import Repository, Review
from clausebook.problem import Place, Severity
from clausebook.processes import Processes
from clausebook.publish import Built, Wanted, build, seals
from clausebook.render import portal as render
from clausebook.render.site import Page, Site
from clausebook.report import problem_text
from clausebook.resolve import Resolver
from clausebook.seal import verified
from clausebook.sites import Makers
from clausebook.variants import variant

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 20)


def opened(root: Path, day: date = DAY) -> Makers:
    outcome = check(root, as_of=day, jobs=1)
    assert outcome.repository is not None
    return Makers(root, outcome.repository, Resolver(outcome.repository), outcome=outcome)


def published(made: Makers, out: Path, *, sites: bool = True) -> list[Built]:
    """What a build of the portals gives back, alone or after every site."""
    with Processes(reopened, (), 1) as processes:
        processes.hold(Opened(made.root, made.repository, made.resolver))
        wanted = Wanted(sites=tuple(made.wanted()) if sites else (), portals=True)
        return build(made, wanted, out, processes).built


@pytest.fixture(scope="module")
def shipped_makers() -> Makers:
    return opened(ROOT)


@pytest.fixture(scope="module")
def shown(shipped_makers: Makers) -> dict[str, facts.Portal]:
    """The shipped handbooks' portals by id."""
    made = shipped_makers
    found = made.gathered()
    return {portal.id: portal for portal in facts.portals(found)}


@pytest.fixture(scope="module")
def sites(shipped_makers: Makers) -> dict[str, Site]:
    return {site.id: site for site in shipped_makers.portals()}


def page(site: Site, path: str) -> Page:
    return next(page for page in site.pages if page.path == path)


def rows(site: Site, name: str = render.CSV_NAME) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.files[name].decode("utf-8-sig"))))


def edited(root: Path, name: str, old: str, new: str) -> None:
    path = root / "schools" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


# ------------------------------------------------------------------------------ facts


@pytest.mark.parametrize(
    ("next", "state", "days"),
    [
        (None, facts.NO_DATE, None),
        (Stated(2026, 11, 19), facts.OVERDUE, -1),
        (Stated(2026, 10), facts.OVERDUE, -20),
        (Stated(2026, 11, 20), facts.DUE, 0),
        (Stated(2026, 11), facts.DUE, 10),
        (Stated(2027, 2, 18), facts.DUE, 90),
        (Stated(2027, 2, 19), facts.IN_DATE, 91),
        (Stated(2027), facts.IN_DATE, 406),
    ],
)
def test_a_review_is_judged_by_the_last_day_its_date_can_mean(
    next: Stated | None, state: str, days: int | None
) -> None:
    review = Review(at=Place("schools/x.yml"), next=next)
    assert facts.judged(review, DAY, 90) == (state, days)
    assert facts.judged(None, DAY, 90) == (facts.NO_DATE, None)


def test_the_shipped_table_shows_both_states_of_every_policy(
    shown: dict[str, facts.Portal],
) -> None:
    whole = shown["all"]
    held = {(m.id, e.policy): (e.state, e.due) for m in whole.members for e in m.entries.values()}
    assert held["stockport", "social-media"] == ("approved elsewhere", facts.OVERDUE)
    assert held["rochdale", "social-media"] == ("approved elsewhere", facts.NO_DATE)
    assert held["larkmere", "acceptable-use"] == ("draft", facts.IN_DATE)
    assert "doncaster" not in {member.id for member in whole.members}, "it publishes nothing"
    stockport = next(m for m in whole.members if m.id == "stockport").entries["social-media"]
    assert stockport.days == -385
    assert {w.problem.rule for w in stockport.waived} >= {"review-overdue", "review-cycle"}


def test_a_month_later_more_is_due(base: Path) -> None:
    def due(day: date) -> dict[str, str]:
        made = opened(base, day)
        found = made.gathered()
        return {m.id: m.entries["phones"].due for m in facts.portal(found).members}

    assert due(date(2027, 2, 1)) == {"elm": facts.IN_DATE, "ash": "in date", "oak": "in date"}
    assert due(date(2027, 3, 15)) == {"elm": facts.IN_DATE, "ash": "due", "oak": "due"}
    assert due(date(2027, 6, 1)) == {"elm": facts.IN_DATE, "ash": "overdue", "oak": "overdue"}


def test_a_policy_that_a_neighbour_holds_is_missing_and_one_left_off_says_why(base: Path) -> None:
    edited(base, "trust/oak.yml", "policies:\n  phones:\n    values:\n      own_phone: allowed\n",
           "without: {phones: There are no phones here.}\n")  # fmt: skip
    made = opened(base)
    whole, trust = facts.portals(made.gathered())
    for portal in (whole, trust):
        gap = portal.gaps["oak", "phones"]
        assert (gap.state, gap.why) == (facts.NOT_TAKEN, "There are no phones here.")
    site = render.site(whole, "1" * 12)
    assert "Not taken" in page(site, "index.html").body
    assert "There are no phones here." in page(site, "organisations/oak.html").body
    assert "oak" not in page(site, "matrix/phones.html").body


def test_what_only_a_neighbour_holds_is_missing(
    shipped_makers: Makers, shown: dict[str, facts.Portal]
) -> None:
    whole = shown["all"]
    assert whole.gaps["stockport", "acceptable-use"].state == facts.NOT_HELD
    found = shipped_makers.gathered()
    poorer = [
        replace(
            member,
            entries={id: e for id, e in member.entries.items() if id != "pupil-images"},
        )
        if member.id == "fenwick-hall"
        else member
        for member in found.members
    ]
    portal = facts.portal(replace(found, members=tuple(poorer)), "larkmere")
    assert portal.gaps == {("fenwick-hall", "pupil-images"): facts.Gap(state=facts.MISSING)}


def test_open_questions_are_told_once_with_everybody_who_is_asked(base: Path) -> None:
    edited(base, "trust/group.yml", "      age: 11\n", "")
    made = opened(base)
    whole = facts.portal(made.gathered())
    [one] = whole.unanswered
    assert (one.policy, one.parameter.id, one.members) == ("phones", "age", ("ash", "oak"))
    body = page(render.site(whole, "1" * 12), "questions.html").body
    assert one.parameter.question in body
    assert "<code>age: 5</code>" in body
    assert 'href="organisations/oak.html#phones"' in body


def test_recorded_contradictions_keep_both_readings(sites: dict[str, Site]) -> None:
    body = page(sites["all"], "questions.html").body
    for words in ("What is the council called?", "every two years", "three years, going by"):
        assert words in body
    assert "No open questions" in body, "every parameter is answered"
    assert "What is the council called?" in page(sites["doncaster"], "questions.html").body
    assert "every two years" not in page(sites["doncaster"], "questions.html").body


# ------------------------------------------------------------------------------ pages


def test_counts_are_those_of_the_table_and_lead_to_it(
    sites: dict[str, Site], shown: dict[str, facts.Portal]
) -> None:
    for id, site in sites.items():
        body = page(site, "index.html").body
        counts = dict(re.findall(r'<li><a href="([^"]+)"><strong>([\d,]+)</strong>', body))
        assert counts
        portal = shown[id]
        wanted = {
            "#overdue": sum(e.due == facts.OVERDUE for e in portal.entries),
            "#draft": sum(e.state == "draft" for e in portal.entries),
            "#no-date": sum(e.due == facts.NO_DATE for e in portal.entries),
            "problems.html": len(portal.of(Severity.ERROR)),
            "waivers.html": len(portal.waivers),
            "questions.html": len(portal.unanswered) + len(portal.recorded),
        }
        assert counts == {href: str(number) for href, number in wanted.items() if number}
        for href in counts:
            if href.startswith("#"):
                assert f'id="{href[1:]}"' in body


def test_a_cell_says_both_states_in_words(sites: dict[str, Site]) -> None:
    body = page(sites["all"], "index.html").body
    cells = re.findall(
        r'<td class="([a-z ]+)"[^>]*><a href="organisations/stockport\.html#social-media">(.+?)</a>',
        body,
    )
    assert cells == [
        ("o e w q", "<b>Overdue</b> <i>Approved elsewhere</i> <em>Waived, 3 questions</em>")
    ]


def test_problems_are_worded_as_the_check_words_them(base: Path) -> None:
    edited(base, "trust/group.yml", "      age: 11\n", "")
    made = opened(base, date(2027, 6, 2))
    site = render.site(facts.portal(made.gathered()), "1" * 12)
    text = words(page(site, "problems.html").body)
    assert len(made.outcome.errors) >= 2
    assert any(problem.calendar for problem in made.outcome.errors)
    for problem in made.outcome.errors:
        for line in problem_text(problem).splitlines():
            assert line.strip() in text
    # And once more where the organisation's own policy is told of.
    oak = words(page(site, "organisations/oak.html").body)
    assert all(p.what in oak for p in made.outcome.errors if "oak" in p.organisations)


def test_where_nothing_is_wrong_it_says_so(base: Path) -> None:
    made = opened(base)
    site = render.site(facts.portal(made.gathered()), "1" * 12)
    assert re.search(r"No problems\. \d+ checks ran", page(site, "problems.html").body)
    assert "No waivers" in page(site, "waivers.html").body
    assert "No open questions" in page(site, "questions.html").body
    assert "No contradictions are recorded." in page(site, "questions.html").body


def test_waivers_give_reason_and_end(
    sites: dict[str, Site], shown: dict[str, facts.Portal]
) -> None:
    body = page(sites["all"], "waivers.html").body
    assert len(shown["all"].waivers) == 8
    for permission in shown["all"].waivers:
        assert permission.state == "in force"
        assert str(permission.waiver.until) in body
        assert permission.waiver.reason in body.replace("&#39;", "'")


def test_a_waiver_that_ends_soon_or_has_ended_says_so() -> None:
    for day, state in ((date(2027, 11, 1), "ends soon"), (date(2027, 11, 21), "ended")):
        made = opened(ROOT, day)
        found = made.gathered()
        assert {p.state for p in facts.portal(found).waivers} == {state}


def test_a_matrix_says_what_differs_why_and_where(sites: dict[str, Site]) -> None:
    body = page(sites["larkmere"], "matrix/mobile-devices.html").body
    assert '<td class="c"><b>Changed, must</b></td>' in body
    assert "Reception has had lockers for visitors since 2025." in body
    found = rows(sites["larkmere"], "matrix/mobile-devices.csv")
    [own] = [r for r in found if r["Id"] == "visitors-phones" and r["State"] == "changed"]
    assert own["Organisation id"] == "reedwater-primary"
    file, line = own["Where"].split(":")
    assert "of:" in (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    same = re.findall(r'<tr class="cb-same"><th scope="row">.*?<code>([a-z-]+)</code>', body)
    assert same
    assert "visitors-phones" not in same


def test_every_state_in_a_matrix_is_that_of_the_resolved_policy(
    shipped_makers: Makers, sites: dict[str, Site]
) -> None:
    for policy in shipped_makers.repository.library.policies:
        found = {
            (r["Organisation id"], r["Id"]): r["State"]
            for r in rows(sites["all"], f"matrix/{policy}.csv")
            if r["Kind"] == "clause"
        }
        assert found
        for id in {id for id, _ in found}:
            resolved = next(
                p for p in shipped_makers.resolver.resolve(id).policies if p.id == policy
            )
            printed = {clause.id for clause in resolved.clauses}
            for (who, clause), state in found.items():
                if who == id:
                    assert (state in ("library", "changed", "added")) == (clause in printed)


def test_a_strength_of_its_own_is_placed(shipped_makers: Makers) -> None:
    repository = shipped_makers.repository
    [held] = [
        p for p in shipped_makers.resolver.resolve("larkmere").policies if p.id == "social-media"
    ]
    state = variant(held, repository.tiers("larkmere")).clause("no-employer-naming")
    assert (state.word, state.strength) == ("library", "should not")
    assert state.at is not None
    line = (ROOT / state.at.file).read_text(encoding="utf-8").splitlines()[state.at.line - 1]
    assert "no-employer-naming: should not" in line


def test_the_spreadsheet_has_a_row_for_every_organisation_and_policy(
    sites: dict[str, Site], shown: dict[str, facts.Portal]
) -> None:
    for id, site in sites.items():
        raw = site.files["portal.csv"]
        assert raw.startswith(b"\xef\xbb\xbf")
        assert raw.count(b"\r\n") == raw.count(b"\n")
        found = rows(site)
        assert len(found) == len(shown[id].members) * len(shown[id].policies)
    found = rows(sites["all"])
    [row] = [
        r for r in found if (r["Organisation id"], r["Policy id"]) == ("stockport", "social-media")
    ]
    assert row["Review"] == "overdue"
    assert row["Days"] == "385 days ago"
    assert row["Due by"] == "2025-10-31"
    assert row["Next review due"] == "in October 2025"
    assert row["Approval"] == "approved elsewhere"
    [row] = [
        r for r in found if (r["Organisation id"], r["Policy id"]) == ("stockport", "pupil-images")
    ]
    assert (row["Held"], row["Review"]) == ("not held", "")


def test_no_cell_of_a_spreadsheet_can_run(base: Path) -> None:
    edited(
        base,
        "elm.yml",
        "review: {next: 2028}",
        'review: {next: 2028}\n    version: "1"\n    title: "=1+1"',
    )
    made = opened(base)
    site = render.site(facts.portal(made.gathered()), "1" * 12)
    for name in ("portal.csv", "matrix/phones.csv"):
        cells = [
            c for row in csv.reader(io.StringIO(site.files[name].decode("utf-8-sig"))) for c in row
        ]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=1+1" in site.files["portal.csv"].decode()


# ------------------------------------------------------------------------------ whose it is


def test_a_groups_portal_holds_nothing_of_anybody_outside_it(
    shipped_makers: Makers, sites: dict[str, Site]
) -> None:
    organisations = shipped_makers.repository.organisations
    for group in ("larkmere", "doncaster"):
        everything = "\n".join(
            [page.path + page.body + page.title + page.about for page in sites[group].pages]
            + [name + data.decode("utf-8") for name, data in sites[group].files.items()]
        )
        outside = [
            own
            for id, own in organisations.items()
            if group not in {tier.id for tier in shipped_makers.repository.tiers(id)}
        ]
        assert len(outside) >= 4
        for own in outside:
            assert own.name not in everything
            assert own.at.file not in everything
            assert f"{own.id}.html" not in everything


def test_a_problem_shared_with_others_names_only_those_within(base: Path) -> None:
    (base / "schools" / "second").mkdir()
    group = base / "schools" / "trust" / "group.yml"
    (base / "schools" / "second" / "group.yml").write_text(
        group.read_text(encoding="utf-8").replace("Acorn Trust", "Second Trust"), "utf-8"
    )
    (base / "schools" / "second" / "yew.yml").write_text(
        "name: Yew School\nkind: school\n", "utf-8"
    )
    made = opened(base, date(2027, 6, 2))
    found = made.gathered()
    second = render.site(facts.portal(found, "second"), "1" * 12)
    text = "".join(page.body for page in second.pages)
    assert "schools/second/group.yml" in text
    for other in ("Acorn", "schools/trust", "oak", "ash.html"):
        assert other not in text


def test_people_stay_out_of_the_portal(shipped_makers: Makers, sites: dict[str, Site]) -> None:
    people = [
        part
        for own in shipped_makers.repository.organisations.values()
        for role in own.roles
        for part in (role.name, role.phone, role.email)
        if part
    ]
    assert len(people) > 20
    for site in sites.values():
        text = "\n".join(
            [page.body for page in site.pages]
            + [data.decode() for name, data in site.files.items()]
        )
        assert [part for part in people if part in text] == []


# ------------------------------------------------------------------------------ as HTML


class Seen(HTMLParser):
    """What the tests ask of a page: its ids, links, headings, tables and forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.tables: list[dict[str, int]] = []
        self.labels: list[str] = []
        self.fields: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        if tag == "a":
            self.links.append(str(told["href"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": 0, "th": 0, "scope": 0})
        if self.tables and tag in ("caption", "th"):
            self.tables[-1][tag] += 1
            self.tables[-1]["scope"] += tag == "th" and told.get("scope") in ("col", "row")
        if tag == "label":
            self.labels.append(told.get("for") or "within")
        if tag in ("select", "input") and told.get("type") != "checkbox":
            self.fields.append(str(told["id"]))
        if tag not in ("input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def words(html: str) -> str:
    return " ".join("".join(Seen(html).text).split())


def pages_of(sites: dict[str, Site]) -> Iterator[tuple[Site, Page, Seen]]:
    for site in sites.values():
        for one in site.pages:
            yield site, one, Seen(one.body)


def test_every_page_is_sound_html(sites: dict[str, Site]) -> None:
    for _, one, seen in pages_of(sites):
        assert len(seen.ids) == len(set(seen.ids)), one.path
        assert seen.headings[0] == 1
        assert seen.headings.count(1) == 1
        steps = zip(seen.headings, seen.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), one.path
        assert set(seen.fields) <= set(seen.labels)
        for table in seen.tables:
            assert table["caption"] == 1
            assert table["th"] == table["scope"] > 1


def test_every_link_leads_somewhere_in_the_same_portal(sites: dict[str, Site]) -> None:
    for site in sites.values():
        ids = {one.path: set(Seen(one.body).ids) for one in site.pages}
        for one in site.pages:
            for link in Seen(one.body).links:
                path, _, anchor = link.partition("#")
                target = one.path
                if path:
                    folder = one.path.rpartition("/")[0]
                    target = path[3:] if path.startswith("../") else f"{folder}/{path}".lstrip("/")
                assert target in ids or target in site.files, link
                if anchor:
                    assert anchor in ids[target], (one.path, link)


# ------------------------------------------------------------------------------ the record


def test_the_record_says_when_and_what_was_overdue(shipped_makers: Makers) -> None:
    known = {"staff/stockport": "a" * 64}
    whole = shipped_makers.portals(known)[0]
    record = json.loads(whole.files["checks.json"])
    assert record["as_of"] == "2026-11-20"
    by = {site["site"]: site for site in record["sites"]}
    wanted = {f"{edition}/{id}" for id, edition in shipped_makers.wanted()}
    assert set(by) == wanted
    stockport = by["staff/stockport"]
    assert stockport["seal"] == "a" * 64
    assert by["governors/stockport"]["seal"] is None
    assert stockport["overdue"] == [{"policy": "social-media", "due": "2025-10", "waived": True}]
    assert stockport["errors"] == 0


def test_the_record_lists_what_the_calendar_brought(base: Path) -> None:
    made = opened(base, date(2027, 6, 2))
    record = json.loads(made.portals()[0].files["checks.json"])
    by = {site["site"]: site for site in record["sites"]}
    [found] = by["staff/oak"]["calendar"]
    assert (found["rule"], found["organisation"], found["policy"]) == (
        "review-overdue",
        "oak",
        "phones",
    )
    assert "1 day" in found["what"] or "2 days" in found["what"]
    assert by["staff/elm"]["calendar"] == []


def test_one_trust_that_is_everybody_is_shown_as_if_made_alone(base: Path) -> None:
    (base / "schools" / "elm.yml").unlink()
    made = opened(base)
    whole, trust = facts.portals(made.gathered())
    first = render.site(whole, "1" * 12)
    assert render.site(trust, "1" * 12, like=(whole, first)) == render.site(trust, "1" * 12)


# ------------------------------------------------------------------------------ built


def test_portals_are_built_last_and_verify(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    made = opened(base)
    found = published(made, out)
    assert found[-1].folder == "admin"
    assert (out / "admin" / "trust" / "index.html").is_file()
    seen = verified(out)
    assert [f for f in seen.findings if "/admin/" in f.place] == []
    assert len(seen.sites) == len(found) + 1
    record = json.loads((out / "admin" / "checks.json").read_text(encoding="utf-8"))
    assert {s["site"]: s["seal"] for s in record["sites"]} == seals(out)
    assert not [b for b in published(made, out, sites=False) if b.written or b.removed]


def test_another_day_changes_the_portal_and_no_other_site(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    for day in (DAY, date(2027, 6, 2)):
        found = published(opened(base, day), out)
    assert {b.folder for b in found if b.written or b.removed} == {"admin"}


def test_a_group_that_is_gone_takes_its_portal_along(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    published(opened(base), out, sites=False)
    for id in ("oak", "ash"):
        (base / "schools" / "trust" / f"{id}.yml").unlink()
    (base / "schools" / "trust" / "group.yml").unlink()
    (base / "schools" / "trust").rmdir()
    published(opened(base), out, sites=False)
    assert not (out / "admin" / "trust").exists()
    assert verified(out).findings == []


def test_the_command_builds_the_portal_alone_or_with_everything(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "site"
    words = ["build", "--root", str(base), "--out", str(out), "--jobs", "1", "--no-pdf"]
    assert main([*words, "elm", "--edition", "staff"]) == 0
    assert not (out / "admin").exists()
    assert main([*words, "--portal"]) == 0
    assert {p.name for p in out.iterdir()} == {"staff", "admin", ".clausebook"}
    assert "admin: " in capsys.readouterr().out


def test_an_organisation_with_problems_is_in_the_portal_though_not_published(
    base: Path, tmp_path: Path
) -> None:
    edited(base, "trust/oak.yml", "own_phone: allowed", "own_phone: nonsense")
    made = opened(base)
    assert made.blocking("oak")
    site = made.portals()[0]
    assert "nonsense" in page(site, "problems.html").body
    assert 'href="organisations/oak.html' in page(site, "index.html").body


# ------------------------------------------------------------------------------ many


def test_a_made_trust_of_ten_schools_stays_small_and_whole(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from generate import write_root
    finally:
        sys.path.pop(0)
    root = tmp_path / "made"
    write_root(root, schools=10, policy_count=10)
    made = opened(root)
    site = made.portals()[0]
    index = page(site, "index.html").body
    cells = re.findall(r'<td class="[a-z ]+"', index)
    assert len(cells) == 10 * 10
    # 6,000 cells at this size are well below 2 MB.
    assert len(index.encode()) / len(cells) < 300
    assert len(rows(site)) == 100
    matrix = page(site, "matrix/safeguarding.html").body
    assert matrix.count("cb-same") < matrix.count("<tr")
    assert "<b>Changed" in matrix or "<b>Omitted" in matrix or "Added" in matrix


def test_what_no_text_asks_for_is_not_told_as_an_answer(shipped: Repository) -> None:
    """Reedwater leaves out the clause for which its trust says an age."""
    policies = {
        policy.id: policy for policy in Resolver(shipped).resolve("reedwater-primary").policies
    }
    held = policies["pupil-images"]
    assert "own_say_age" in held.values
    said = variant(held).answers["own_say_age"]
    assert (said.words, said.at) == ("(not reached)", held.values["own_say_age"].chosen_at)
