"""Review dates as published: calendar feeds that calendars can follow, and the review board."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from icalendar import Calendar, Component

from clausebook.dates import Stated
from clausebook.demonstration import DEMONSTRATION, FICTION
from clausebook.model import Approval, Handbook, ResolvedPolicy, Review
from clausebook.problem import Place
from clausebook.render import board, calendar
from clausebook.render.control import STATES
from clausebook.shapes import HeldPolicyShape

ROOT = Path(__file__).parents[1]
Handbooks = Mapping[tuple[str, str], Handbook]


def events(feed: bytes) -> list[Component]:
    return list(Calendar.from_ical(feed).walk("VEVENT"))


def uids(feed: bytes) -> list[str]:
    return [str(event["uid"]) for event in events(feed)]


def changed(handbook: Handbook, id: str, policy: ResolvedPolicy) -> Handbook:
    return replace(handbook, policies={**handbook.policies, id: policy})


def due(handbook: Handbook, id: str, stated: Stated) -> Handbook:
    policy = handbook.policies[id]
    review = replace(policy.review or Review(at=Place("x.yml")), next=stated)
    return changed(handbook, id, replace(policy, review=review))


def approved(handbook: Handbook, id: str, by: str | None, minute: str | None = None) -> Handbook:
    approval = Approval(date=Stated(2026, 3, 2), at=Place("x.yml"), by=by, minute=minute)
    return changed(handbook, id, replace(handbook.policies[id], approvals=(approval,)))


def rows(handbook: Handbook) -> list[dict[str, str]]:
    text = board.csv_file(handbook).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def fenwick(handbooks: Handbooks) -> Handbook:
    return handbooks["fenwick-hall", "governors"]


# ------------------------------------------------------------------------------ calendar feeds


def test_each_stated_review_is_one_all_day_event_on_its_last_day(handbooks: Handbooks) -> None:
    seen = 0
    for handbook in handbooks.values():
        found = events(calendar.calendars(handbook)["review-dates.ics"])
        stated = {
            f"{id}.review@{handbook.organisation.id}.clausebook": policy.review.next
            for id, policy in handbook.policies.items()
            if policy.review and policy.review.next
        }
        assert {str(event["uid"]) for event in found} == set(stated)
        assert len(found) == len(stated)
        for event in found:
            day = stated[str(event["uid"])].last
            assert type(event.decoded("dtstart")) is date
            assert event.decoded("dtstart") == day
            assert event.decoded("dtend") == day + timedelta(days=1)
            assert f"due {stated[str(event['uid'])]}." in str(event["description"])
            seen += 1
    assert seen > 20


def test_what_an_event_says(handbooks: Handbooks) -> None:
    feed = calendar.calendars(handbooks["horringer-court", "staff"])["review-dates.ics"]
    (event,) = events(feed)
    assert event["summary"] == "Review due: Social Media Policy (Horringer Court School)"
    assert event.decoded("dtstart") == date(2019, 11, 30)
    assert str(event["description"]).splitlines() == [
        "Next review: due November 2019.",
        "No day is stated, so this stands on the last day of the month.",
        "Owner: not stated.",
        "Last approved by: Adam Wilkinson.",
        DEMONSTRATION,
    ]
    assert event["dtstamp"].to_ical() == b"20181101T000000Z"
    assert "last-modified" not in event
    assert "sequence" not in event


def test_precision_is_said_as_stated(fenwick: Handbook) -> None:
    for stated, day, says in (
        (Stated(2027), date(2027, 12, 31), "last day of the year"),
        (Stated(2028, 2), date(2028, 2, 29), "last day of the month"),
        (Stated(2027, 1, 15), date(2027, 1, 15), ""),
    ):
        feed = calendar.calendars(due(fenwick, "social-media", stated))["review-dates.ics"]
        (event,) = (e for e in events(feed) if str(e["uid"]).startswith("social-media."))
        assert event.decoded("dtstart") == day
        described = str(event["description"])
        assert described.startswith(f"Next review: due {stated}.\n")
        assert says in described
        assert ("No day is stated" in described) == bool(says)
        assert "Owner: communications lead." in described


def test_the_owner_is_a_role_and_never_a_person(handbooks: Handbooks) -> None:
    hidden = 0
    for (_, edition), handbook in handbooks.items():
        printed = "".join(
            f"{event['summary']} {event['description']}"
            for feed in calendar.calendars(handbook).values()
            for event in events(feed)
        )
        approvers = {calendar.approving_body(policy) for policy in handbook.policies.values()}
        for role in handbook.roles.values():
            for text in (role.name, role.phone, role.email):
                if text and text not in approvers:
                    assert text not in printed, f"{handbook.organisation.id}, {edition}"
                    hidden += 1
    assert hidden


def test_a_demonstration_says_so_in_every_calendar_and_event(handbooks: Handbooks) -> None:
    said = set()
    for handbook in handbooks.values():
        own = handbook.organisation
        note = DEMONSTRATION if own.demonstration else FICTION
        for feed in calendar.calendars(handbook).values():
            whole = Calendar.from_ical(feed)
            # Calendars read these two as text, the library as they stand.
            for key in ("description", "x-wr-caldesc"):
                assert note in str(whole[key]).replace("\\", "")
            for event in whole.walk("VEVENT"):
                assert str(event["description"]).endswith(note)
                said.add(note)
    assert said == {DEMONSTRATION, FICTION}


def test_uids_are_unique_and_survive_a_new_title_date_version_and_approval(
    fenwick: Handbook,
) -> None:
    before = calendar.calendars(fenwick)
    own = uids(before["review-dates.ics"])
    assert len(set(own)) == len(own) == len(fenwick.policies)
    after = approved(due(fenwick, "social-media", Stated(2030, 1, 1)), "social-media", "Others")
    policy = after.policies["social-media"]
    held = replace(policy.held, version="9.9")
    after = changed(after, "social-media", replace(policy, title="Being online", held=held))
    feed = calendar.calendars(after)["review-dates.ics"]
    assert sorted(uids(feed)) == sorted(own)
    assert feed != before["review-dates.ics"]
    assert any(str(e["summary"]).startswith("Review due: Being online (") for e in events(feed))


def test_organisations_and_editions_share_no_event_but_the_same_one(handbooks: Handbooks) -> None:
    by_organisation: dict[str, set[str]] = {}
    for (id, _), handbook in handbooks.items():
        found = set(uids(calendar.calendars(handbook)["review-dates.ics"]))
        by_organisation.setdefault(id, set()).update(found)
    together = [uid for found in by_organisation.values() for uid in found]
    assert len(together) == len(set(together))


def test_an_edition_has_only_its_own_policies(handbooks: Handbooks) -> None:
    feeds = calendar.calendars(handbooks["fenwick-hall", "public"])
    text = b"".join(feeds.values()).decode()
    assert "Social media policy" not in text
    assert set(uids(feeds["review-dates.ics"])) == {
        f"{id}.review@fenwick-hall.clausebook"
        for id in ("data-protection", "mobile-devices", "pupil-images")
    }


def test_nothing_dated_gives_an_empty_feed_at_the_same_address(handbooks: Handbooks) -> None:
    feeds = calendar.calendars(handbooks["rochdale", "governors"])
    assert list(feeds) == ["review-dates.ics"]
    assert events(feeds["review-dates.ics"]) == []


def test_one_feed_for_each_body_that_has_a_dated_policy(fenwick: Handbook) -> None:
    feeds = calendar.calendars(fenwick)
    assert set(feeds) == {
        "review-dates.ics",
        "review-dates-audit-and-risk-committee.ics",
        "review-dates-board-of-trustees.ics",
        "review-dates-fenwick-hall-local-governing-committee.ics",
    }
    of_bodies = [uid for name, feed in feeds.items() if name != calendar.NAME for uid in uids(feed)]
    assert "acceptable-use.review@fenwick-hall.clausebook" not in of_bodies
    assert len(of_bodies) == len(set(of_bodies)) == len(fenwick.policies) - 1
    board_feed = Calendar.from_ical(feeds["review-dates-board-of-trustees.ics"])
    assert "Board of Trustees" in str(board_feed["x-wr-calname"])


def test_only_the_latest_approval_names_the_body(fenwick: Handbook) -> None:
    policy = fenwick.policies["social-media"]
    unsigned = Approval(date=Stated(2026, 9), at=Place("x.yml"))
    later = replace(policy, approvals=(*policy.approvals, unsigned))
    feeds = calendar.calendars(changed(fenwick, "social-media", later))
    found = uids(feeds["review-dates-board-of-trustees.ics"])
    assert "social-media.review@fenwick-hall.clausebook" not in found


def test_names_of_files_are_portable_and_never_shared() -> None:
    names = [
        "Governors’ Resources & Finance (2025/26)", "Bwrdd y Llywodraethwyr Tŷ Gŵyr", "CON", "董事会",
        "Board of Trustees", "board of trustees", "Board of Trustees!", "理事会", "a/../b",
        "x" * 300 + " one", "x" * 300 + " two",
    ]  # fmt: skip
    slugs = calendar.slugs(names)
    assert set(slugs) == set(names)
    assert len(set(slugs.values())) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs.values())
    assert max(len(slug) for slug in slugs.values()) < 80
    assert slugs["Governors’ Resources & Finance (2025/26)"] == (
        "governors-resources-and-finance-2025-26"
    )
    assert slugs["Bwrdd y Llywodraethwyr Tŷ Gŵyr"] == "bwrdd-y-llywodraethwyr-ty-gwyr"
    # Two that look alike both get a mark, whichever was there first.
    assert calendar.slugs(reversed(names)) == slugs
    assert slugs["Board of Trustees"] != "board-of-trustees"


def test_two_bodies_that_look_alike_have_two_feeds(fenwick: Handbook) -> None:
    handbook = approved(fenwick, "mobile-devices", "Board of trustees")
    feeds = calendar.calendars(handbook)
    alike = {name: uids(feed) for name, feed in feeds.items() if "board-of-trustees" in name}
    assert len(alike) == 2
    assert ["mobile-devices.review@fenwick-hall.clausebook"] in alike.values()


def test_lines_end_and_fold_as_calendars_need_them(fenwick: Handbook) -> None:
    policy = replace(fenwick.policies["social-media"], title="Rhannu; lluniau, \\ a ŵyl " * 12)
    for feed in calendar.calendars(changed(fenwick, "social-media", policy)).values():
        assert feed.endswith(b"END:VCALENDAR\r\n")
        assert b"\n" not in feed.replace(b"\r\n", b"")
        for line in feed.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()  # no letter is cut in two
    feed = calendar.calendars(changed(fenwick, "social-media", policy))["review-dates.ics"]
    assert any(policy.title in str(e["summary"]) for e in events(feed))


def test_a_name_cannot_add_lines_of_its_own(fenwick: Handbook) -> None:
    own = replace(fenwick.organisation, name="Fenwick, Hall; x\nATTACH:http://example.org/")
    handbook = approved(replace(fenwick, organisation=own), "social-media", "A\r\nBEGIN:VEVENT")
    feeds = calendar.calendars(handbook)
    for feed in feeds.values():
        lines = feed.replace(b"\r\n ", b"").split(b"\r\n")
        assert not [line for line in lines if line.startswith(b"ATTACH")]
    assert len(uids(feeds["review-dates.ics"])) == len(fenwick.policies)


PRINT = """
import hashlib, sys
from pathlib import Path
from clausebook.build import open_repository
from clausebook.render import board, calendar
from clausebook.resolve import Resolver
repository, problems = open_repository(Path(sys.argv[1]))
handbook = Resolver(repository).resolve("fenwick-hall").handbooks["governors"]
files = {**calendar.calendars(handbook), "csv": board.csv_file(handbook)}
files["page"] = board.page(handbook).body.encode()
for name in files:
    print(name, hashlib.sha256(files[name]).hexdigest())
"""


def test_the_same_bytes_on_another_day_in_another_process() -> None:
    def run(seed: str, zone: str) -> str:
        env = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", PRINT, str(ROOT)],
            env=env, capture_output=True, text=True, check=True, encoding="utf-8",
        )  # fmt: skip
        return done.stdout

    first = run("1", "Europe/London")
    assert first.count("\n") == 6
    assert run("2", "Pacific/Auckland") == first


# ------------------------------------------------------------------------------ the board


def test_every_policy_is_on_the_board_once_under_its_body(handbooks: Handbooks) -> None:
    for handbook in handbooks.values():
        found = {row.address: body.name for body in board.bodies(handbook) for row in body.rows}
        assert found == {
            f"{id}.html": calendar.approving_body(policy) or board.NO_BODY
            for id, policy in handbook.policies.items()
        }
        assert len(rows(handbook)) == len(handbook.policies)


def test_bodies_by_name_and_reviews_by_date_with_none_stated_last(fenwick: Handbook) -> None:
    policy = fenwick.policies["online-safety"]
    handbook = changed(fenwick, "online-safety", replace(policy, review=None))
    handbook = due(handbook, "pupil-images", Stated(2027))
    found = board.bodies(handbook)
    assert [body.name for body in found] == [
        "Audit and risk committee",
        "Board of Trustees",
        "Fenwick Hall local governing committee",
        board.NO_BODY,
    ]
    trustees = found[1]
    assert [row.address for row in trustees.dated] == ["social-media.html", "pupil-images.html"]
    assert [row.address for row in trustees.undated] == ["online-safety.html"]
    assert [row["Policy"] for row in rows(handbook) if row["Approving body"] == trustees.name] == [
        "Social media policy",
        "Use of images policy",
        "Online safety policy",
    ]


def test_the_page_holds_dates_and_nothing_computed_from_today(handbooks: Handbooks) -> None:
    page = board.page(handbooks["stockport", "governors"])
    assert page.path == "review.html"
    assert re.match(r"<h1[^>]*>Review board</h1>", page.body)
    assert '<time datetime="2025-10" data-cb-due="2025-10-31">October 2025</time>' in page.body, (
        page.body
    )
    for word in ("overdue", "due soon", "due this term", "in date"):
        without = page.body.replace("Overdue does not mean withdrawn", "")
        assert word not in without.casefold()
    assert "1 September to 31 December" in page.body


def test_headings_and_ids_agree(handbooks: Handbooks) -> None:
    for (_, edition), handbook in handbooks.items():
        if edition != "governors":
            continue
        page = board.page(handbook)
        ids = re.findall(r'<h2 id="([^"]+)"', page.body)
        assert len(ids) == len(set(ids))
        assert [heading.id for heading in page.headings] == ids
        for heading in page.headings:
            assert f'aria-labelledby="{heading.id}"' in page.body


def test_every_file_the_board_links_to_is_made(handbooks: Handbooks) -> None:
    for (_, edition), handbook in handbooks.items():
        if edition != "governors":
            continue
        made = {*calendar.calendars(handbook), board.CSV_NAME}
        made |= {f"{id}.html" for id in handbook.policies}
        linked = set(re.findall(r'href="([^"]+)"', board.page(handbook).body))
        assert linked == made


def test_names_are_escaped_on_the_page(fenwick: Handbook) -> None:
    handbook = approved(fenwick, "social-media", "Pay & <b>Conditions</b>", '"7.2"<script>')
    body = board.page(handbook).body
    assert "Pay &amp; &lt;b&gt;Conditions&lt;/b&gt;" in body
    assert "<script>" not in body
    assert "<b>" not in body


def test_every_approval_state_has_words() -> None:
    stated = set(get_args(get_args(HeldPolicyShape.model_fields["state"].annotation)[0]))
    assert stated
    assert stated <= set(STATES)


def test_the_spreadsheet_keeps_what_was_stated(handbooks: Handbooks, fenwick: Handbook) -> None:
    raw = board.csv_file(fenwick)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    row = next(row for row in rows(fenwick) if row["Policy"] == "Social media policy")
    assert row == {
        "Approving body": "Board of Trustees",
        "Policy": "Social media policy",
        "Approval": "Approved in another copy",
        "Version": "version 3.0",
        "Last reviewed": "in July 2025",
        "Next review due": "in July 2027",
        "Due by": "2027-07-31",
        "Owner": "communications lead",
        "Last approved": "on 9 July 2025",
        "Minute": "minute 25/38",
    }
    (none,) = rows(handbooks["rochdale", "governors"])
    assert none["Next review due"] == "not stated"
    assert none["Due by"] == ""
    assert none["Approving body"] == board.NO_BODY


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_can_run_as_a_formula(fenwick: Handbook, lead: str) -> None:
    nasty = f'{lead}HYPERLINK("http://example.org/")'
    handbook = approved(fenwick, "social-media", nasty, nasty)
    policy = handbook.policies["social-media"]
    assert policy.held.owner is not None
    held = replace(policy.held, version=nasty)
    handbook = changed(handbook, "social-media", replace(policy, title=nasty, held=held))
    owner = replace(handbook.roles[policy.held.owner], title=nasty)
    handbook = replace(handbook, roles={**handbook.roles, policy.held.owner: owner})
    found = rows(handbook)
    assert sum(nasty in cell for row in found for cell in row.values()) >= 5
    for row in found:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
