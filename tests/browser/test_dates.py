"""The clock script in a real browser: what a review date means on the day somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from clausebook.dates import Stated
from clausebook.model import Handbook, Review
from clausebook.problem import Place
from clausebook.render import board

ASSETS = Path(__file__).parents[2] / "overrides" / "assets" / "handbook"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def pages(chromium: Browser) -> Iterator[Callable[[bool, str], Page]]:
    """One page for each kind of reader: with scripts or without, and in which time zone."""
    contexts: list[BrowserContext] = []
    errors: list[Error] = []

    @cache
    def page(script: bool, zone: str) -> Page:
        contexts.append(chromium.new_context(java_script_enabled=script, timezone_id=zone))
        made = contexts[-1].new_page()
        made.on("pageerror", lambda error: errors.append(error))
        return made

    yield page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def show(pages: Callable[[bool, str], Page], tmp_path: Path) -> Open:
    """Opens a body from a folder at a moment, as a reader of a file share would."""

    def opened(body: str, at: str, script: bool = True, zone: str = "Europe/London") -> Page:
        file = tmp_path / "page.html"
        style, code = (ASSETS / "board.css").as_uri(), (ASSETS / "dates.js").as_uri()
        file.write_text(
            '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Dates</title>'
            f'<link rel="stylesheet" href="{style}"><script src="{code}" defer></script></head>'
            f'<body class="md-typeset">{body}</body></html>',
            encoding="utf-8",
            newline="\n",
        )
        page = pages(script, zone)
        page.set_viewport_size({"width": 1300, "height": 800})
        page.emulate_media(media="screen")
        page.clock.set_fixed_time(at)
        page.goto(file.as_uri())
        return page

    return opened


def notice(due: str, words: str, ask: str = "", within: int | None = None) -> str:
    said = f' data-cb-ask="{escape(ask)}"' if ask else ""
    said += f' data-cb-within="{within}"' if within is not None else ""
    return (
        f'<p class="cb-due" data-cb-due="{due}" data-cb-words="{words}"{said}>'
        f"Next review due: {words}.</p>"
    )


DAY = notice("2027-01-15", "15 January 2027")
MONTH = notice("2025-10-31", "October 2025", ask="headteacher")


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-10-16T12:00:00Z", "Next review due: 15 January 2027."),
        ("2026-10-17T12:00:00Z", "Review due in 12 weeks (15 January 2027)."),
        ("2026-12-04T12:00:00Z", "Review due in 6 weeks (15 January 2027)."),
        ("2026-12-05T12:00:00Z", "Review due in 5 weeks (15 January 2027)."),
        ("2027-01-01T12:00:00Z", "Review due in 2 weeks (15 January 2027)."),
        ("2027-01-02T12:00:00Z", "Review due in 13 days (15 January 2027)."),
        ("2027-01-13T12:00:00Z", "Review due in 2 days (15 January 2027)."),
        ("2027-01-14T12:00:00Z", "Review due tomorrow (15 January 2027)."),
        ("2027-01-15T23:59:59Z", "Review due today (15 January 2027)."),
        (
            "2027-01-16T00:00:00Z",
            "Review was due 15 January 2027. Overdue does not mean withdrawn: "
            "ask whoever owns it if unsure.",
        ),
    ],
)
def test_what_a_stated_day_says_as_it_comes_near(show: Open, at: str, says: str) -> None:
    assert show(DAY, at).locator("p").inner_text() == says


def test_a_month_is_due_at_its_end_and_overdue_the_day_after(show: Open) -> None:
    page = show(MONTH, "2025-10-20T12:00:00Z")
    assert page.locator("p").inner_text() == "Review due in 11 days (by the end of October 2025)."
    assert page.locator("p.cb-due--soon").count() == 1
    page = show(MONTH, "2025-10-31T12:00:00Z")
    assert page.locator("p").inner_text() == "Review due today (by the end of October 2025)."
    page = show(MONTH, "2025-11-01T12:00:00Z")
    line = page.locator("p")
    assert line.inner_text() == (
        "Review was due October 2025. Overdue does not mean withdrawn: "
        "ask the headteacher if unsure."
    )
    assert line.get_attribute("class") == "cb-due cb-due--overdue"
    # A shape as well as words and colour, and only for the eye.
    mark = line.locator("svg[aria-hidden=true]")
    assert mark.count() == 1
    box = mark.bounding_box()
    assert box is not None
    assert box["width"] > 8


def test_without_a_script_the_date_stands_as_stated(show: Open) -> None:
    page = show(MONTH, "2030-01-01T12:00:00Z", script=False)
    assert page.locator("p").inner_text() == "Next review due: October 2025."


@pytest.mark.parametrize(("within", "early"), [(7, True), (8, False), (0, True), (365, False)])
def test_how_early_a_page_speaks_up_can_be_set(show: Open, within: int, early: bool) -> None:
    page = show(notice("2027-01-15", "15 January 2027", within=within), "2027-01-07T12:00:00Z")
    plain = page.locator("p").inner_text() == "Next review due: 15 January 2027."
    assert plain == early


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "Europe/London"])
@pytest.mark.parametrize(
    ("at", "overdue"),
    [
        # 31 October 2025 ends at midnight in London, on Greenwich time by then.
        ("2025-10-31T23:59:59Z", False),
        ("2025-11-01T00:00:00Z", True),
    ],
)
def test_the_day_is_londons_wherever_the_clock_is(
    show: Open, zone: str, at: str, overdue: bool
) -> None:
    page = show(MONTH, at, zone=zone)
    assert (page.locator(".cb-due--overdue").count() == 1) == overdue


def test_in_summer_midnight_is_an_hour_earlier(show: Open) -> None:
    july = notice("2027-07-31", "July 2027")
    assert show(july, "2027-07-31T22:59:59Z").locator(".cb-due--overdue").count() == 0
    assert show(july, "2027-07-31T23:00:00Z").locator(".cb-due--overdue").count() == 1


def test_a_page_left_open_overnight_tells_the_new_day(show: Open) -> None:
    page = show(MONTH + "<time data-cb-due='2025-10-31'>x</time>", "2025-10-31T12:00:00Z")
    assert page.locator("p").inner_text().startswith("Review due today")
    page.evaluate("window.mark = document.querySelector('p svg')")
    page.clock.set_fixed_time("2025-10-31T12:01:00Z")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.mark.isConnected"), "nothing moves while the day is the same"
    page.clock.set_fixed_time("2025-11-01T09:00:00Z")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.locator("p").inner_text().startswith("Review was due October 2025")
    assert page.locator("p svg").count() == 1
    assert page.locator(".cb-due-flag").all_inner_texts() == [" overdue"]
    # A clock that was wrong and is put right: the page goes back to what it said first.
    page.clock.set_fixed_time("2025-01-01T09:00:00Z")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("p").inner_text() == "Next review due: October 2025."
    assert page.locator("p").get_attribute("class") == "cb-due"
    assert page.locator(".cb-due-flag").count() == 0


def test_a_screen_nobody_touches_tells_the_new_day(chromium: Browser, show: Open) -> None:
    address = show(MONTH, "2025-10-31T12:00:00Z").url
    with chromium.new_context() as context:
        page = context.new_page()
        page.clock.install(time="2025-10-31T12:00:00Z")
        page.goto(address)
        assert page.locator("p").inner_text().startswith("Review due today")
        page.clock.fast_forward("12:01:00")
        assert page.locator("p").inner_text().startswith("Review was due October 2025")


@pytest.mark.parametrize(
    "date", ["", "2025-10", "2025-02-29", "31/10/2025", "2025-13-01", "2025-10-00"]
)
def test_what_is_no_date_is_left_alone(show: Open, date: str) -> None:
    page = show(notice(date, "October 2025"), "2030-01-01T12:00:00Z")
    assert page.locator("p").inner_text() == "Next review due: October 2025."


def test_a_policy_without_a_date_is_left_alone(show: Open) -> None:
    page = show('<p class="cb-due">Next review: not stated.</p>', "2030-01-01T12:00:00Z")
    assert page.locator("p").inner_text() == "Next review: not stated."


def test_names_in_a_notice_stay_text(show: Open) -> None:
    page = show(notice("2025-10-31", "October 2025", ask="<b>head</b>"), "2030-01-01T12:00:00Z")
    assert "ask the <b>head</b> if unsure" in page.locator("p").inner_text()


def ask(page: Page, expression: str) -> Any:
    return page.evaluate(f"(d => {expression})(window.clausebookDates)")


@pytest.mark.parametrize(
    ("today", "due", "says"),
    [
        ("2027-01-31", "2027-02-28", "in 4 weeks"),
        ("2026-10-31", "2027-01-31", "in 3 months"),
        ("2026-11-30", "2027-02-28", "in 12 weeks"),
        ("2026-11-28", "2027-02-28", "in 3 months"),
        ("2026-08-31", "2027-02-28", "in 6 months"),
        ("2026-08-31", "2027-02-27", "in 5 months"),
        ("2027-08-31", "2028-02-29", "in 6 months"),
        ("2028-02-29", "2029-02-28", "in 12 months"),
        ("2028-02-28", "2028-02-29", "tomorrow"),
        ("2028-02-28", "2028-03-01", "in 2 days"),
        ("2027-02-28", "2027-03-01", "tomorrow"),
        # Two days that a change of the clocks lies between.
        ("2027-03-27", "2027-03-29", "in 2 days"),
        ("2027-10-30", "2027-11-01", "in 2 days"),
        ("2026-12-31", "2027-01-01", "tomorrow"),
        ("2027-01-01", "2027-01-01", "today"),
        ("2027-01-01", "2027-01-14", "in 13 days"),
        ("2027-01-01", "2027-01-15", "in 2 weeks"),
    ],
)
def test_how_far_off_a_day_is(show: Open, today: str, due: str, says: str) -> None:
    page = show("", "2027-01-01T12:00:00Z")
    assert ask(page, f"d.distance(d.read('{today}'), d.read('{due}'))") == says


def test_no_day_of_four_years_is_said_wrong(show: Open) -> None:
    """Distances never grow as the day comes nearer, and the moment London has is the day it is."""
    page = show("", "2027-01-01T12:00:00Z")
    found = ask(
        page,
        """(() => {
            const due = d.read('2028-02-29'), wrong = [];
            let last = Infinity;
            for (let today = due - 1461; today <= due; today += 1) {
                const words = d.distance(today, due);
                const [, n, unit] = /^(?:in (\\d+) (day|week|month)s?|today|tomorrow)$/.exec(words);
                const days = n ? n * {day: 1, week: 7, month: 28}[unit] : due - today;
                if (days > due - today) wrong.push(words);
                if (n === '1' && words.endsWith('s')) wrong.push(words);
                const noon = new Date(today * 86400000 + 43200000);
                if (d.london(noon) !== today) wrong.push(noon.toISOString());
            }
            return wrong;
        })()""",
    )
    assert found == []


@pytest.mark.parametrize(
    ("today", "due", "where"),
    [
        ("2026-11-20", None, "not-stated"),
        ("2026-11-20", "2026-11-19", "overdue"),
        ("2026-11-20", "2026-11-20", "this-term"),
        ("2026-11-20", "2026-12-31", "this-term"),
        ("2026-11-20", "2027-01-01", "next-term"),
        ("2026-11-20", "2027-03-31", "next-term"),
        ("2026-11-20", "2027-04-01", "later"),
        ("2026-12-31", "2027-01-01", "next-term"),
        ("2027-01-01", "2027-03-31", "this-term"),
        ("2027-01-01", "2027-08-31", "next-term"),
        ("2027-03-31", "2027-04-01", "next-term"),
        ("2027-04-01", "2027-08-31", "this-term"),
        ("2027-08-31", "2027-09-01", "next-term"),
        ("2027-08-31", "2028-01-01", "later"),
        ("2027-09-01", "2027-12-31", "this-term"),
    ],
)
def test_terms_begin_and_end_on_their_days(
    show: Open, today: str, due: str | None, where: str
) -> None:
    page = show("", "2027-01-01T12:00:00Z")
    day = f"d.read('{due}')" if due else "null"
    assert ask(page, f"d.group(d.read('{today}'), {day})") == where


HOME = """<table><tr><td><time datetime="2025-10" data-cb-due="2025-10-31">October 2025</time></td></tr>
<tr><td><time datetime="2025-12" data-cb-due="2025-12-31">December 2025</time></td></tr>
<tr><td><time datetime="2027" data-cb-due="2027-12-31">2027</time></td></tr>
<tr><td><time datetime="2020-01">January 2020</time></td></tr></table>
<ul data-cb-within="10"><li>Next review <time data-cb-due="2025-12-31">December 2025</time> · more</li></ul>"""


def test_dates_in_lists_and_tables_get_a_word_and_a_shape(show: Open) -> None:
    page = show(HOME, "2025-11-20T12:00:00Z")
    cells = [cell.inner_text().strip() for cell in page.locator("td").all()]
    assert cells == ["October 2025 overdue", "December 2025 due soon", "2027", "January 2020"]
    assert page.locator("td svg[aria-hidden=true]").count() == 2
    assert page.locator("li").inner_text() == "Next review December 2025 · more"
    shapes = [path.get_attribute("d") for path in page.locator("td svg path").all()]
    assert len(set(shapes)) == 2
    page = show(HOME, "2025-12-21T12:00:00Z")
    assert page.locator("li").inner_text() == "Next review December 2025 due soon · more"


# ------------------------------------------------------------------------------ the review board


@pytest.fixture
def body(handbooks: Mapping[tuple[str, str], Handbook]) -> str:
    """A trust's board: reviews from June 2027 to July 2028, and one with no date."""
    handbook = handbooks["larkmere", "governors"]
    policies = dict(handbook.policies)
    dates = {
        "data-protection": Stated(2027, 6),
        "mobile-devices": Stated(2027, 7, 31),
        "online-safety": Stated(2027, 9),
        "pupil-images": Stated(2028, 7),
        "social-media": Stated(2027, 7),
        "acceptable-use": Stated(2027),
    }
    for id, policy in policies.items():
        review = Review(at=Place("x.yml"), next=dates[id]) if id in dates else None
        policies[id] = replace(policy, review=review)
    assert len(policies) == len(dates) + 1
    return board.page(replace(handbook, policies=policies)).body


def grouped(page: Page, id: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in page.locator(f"table[aria-labelledby={id}] tbody").all():
        head = part.locator(".cb-board__group th")
        name = head.inner_text() if head.count() else ""
        found[name] = part.locator(".cb-board__row a").all_inner_texts()
    return found


TRUSTEES = "body-board-of-trustees"


def test_the_board_sorts_itself_by_term(show: Open, body: str) -> None:
    page = show(body, "2027-05-10T12:00:00Z")
    assert grouped(page, TRUSTEES) == {
        "Due this term: 2 policies": ["Mobile devices policy", "Social media policy"],
        "Due next term: 1 policy": ["Online safety policy"],
        "Later: 1 policy": ["Use of images policy"],
        "No date stated: 1 policy": ["Staff code of conduct"],
    }
    counts = page.locator(".cb-board__counts:visible").all_inner_texts()
    assert counts[0] == "3 due this term, 2 due next term, 1 later, 1 with no date stated."
    assert "2 due this term, 1 due next term, 1 later, 1 with no date stated." in counts


def test_the_board_turns_overdue_on_the_day_after(show: Open, body: str) -> None:
    page = show(body, "2027-07-31T12:00:00Z")
    assert "Overdue: 1 policy" not in grouped(page, TRUSTEES)
    assert grouped(page, "body-audit-and-risk-committee") == {
        "Overdue: 1 policy": ["Data protection and confidentiality policy"]
    }
    page.clock.set_fixed_time("2027-08-01T12:00:00Z")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert grouped(page, TRUSTEES) == {
        "Overdue: 2 policies": ["Mobile devices policy", "Social media policy"],
        "Due next term: 1 policy": ["Online safety policy"],
        "Later: 1 policy": ["Use of images policy"],
        "No date stated: 1 policy": ["Staff code of conduct"],
    }
    first = page.locator(".cb-board__counts:visible").first.inner_text()
    assert first == "3 overdue, 2 due next term, 1 later, 1 with no date stated."


def test_groups_differ_in_shape_and_not_only_in_colour(show: Open, body: str) -> None:
    page = show(body, "2027-08-01T12:00:00Z")
    heads = page.locator(f"table[aria-labelledby={TRUSTEES}] .cb-board__group th")
    shapes = [head.locator("path").get_attribute("d") for head in heads.all()]
    assert len(shapes) == len(set(shapes)) == 4
    assert all(head.get_attribute("scope") == "rowgroup" for head in heads.all())


def test_without_a_script_the_board_is_a_table_by_date(show: Open, body: str) -> None:
    page = show(body, "2027-08-01T12:00:00Z", script=False)
    assert grouped(page, TRUSTEES) == {
        "": [
            "Mobile devices policy",
            "Social media policy",
            "Online safety policy",
            "Use of images policy",
        ],
        "No date stated": ["Staff code of conduct"],
    }
    assert page.locator(".cb-board__counts:visible").count() == 0
    assert "Overdue:" not in page.locator("body").inner_text()


@pytest.mark.parametrize("width", [320, 390, 959, 960, 1300])
def test_no_width_scrolls_sideways(show: Open, body: str, width: int) -> None:
    page = show(body, "2027-08-01T12:00:00Z")
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    labels = page.locator(".cb-board__row td").first.evaluate(
        "cell => getComputedStyle(cell, '::before').content"
    )
    assert (labels != "none") == (width < 960)


def test_the_board_fits_between_the_sidebars(show: Open, body: str) -> None:
    page = show(f'<div style="width: 688px; font: 16px sans-serif">{body}</div>', "2027-08-01")
    page.add_style_tag(content="html { font-size: 20px } a { word-break: break-word }")
    widths = page.locator("table.cb-board").evaluate_all("all => all.map(t => t.offsetWidth)")
    assert len(widths) >= 3
    assert max(widths) <= 688


def test_paper_repeats_the_headings_and_cuts_no_row(show: Open, body: str) -> None:
    page = show(body, "2027-08-01T12:00:00Z")
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(media="print")
    styles = page.evaluate(
        """() => {
            const of = (where, name) =>
                getComputedStyle(document.querySelector(where))[name];
            return [of('.cb-board', 'display'), of('.cb-board thead', 'display'),
                of('.cb-board__row', 'breakInside'), of('.cb-board__group', 'breakAfter'),
                of('.cb-board__files', 'display')];
        }"""
    )
    assert styles == ["table", "table-header-group", "avoid", "avoid", "none"]


def test_rows_are_headed_by_their_policy_for_those_who_listen(show: Open, body: str) -> None:
    page = show(body, "2027-08-01T12:00:00Z")
    for width in (320, 1300):
        page.set_viewport_size({"width": width, "height": 800})
        table = page.get_by_role("table", name="Board of Trustees")
        assert table.count() == 1
        assert table.get_by_role("rowheader", name="Social media policy").count() == 1
        assert table.get_by_role("columnheader").count() == 5
