"""The portal in a real browser: sorted, filtered, with the keyboard alone, and without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from clausebook.build import opened
from clausebook.processes import Processes
from clausebook.publish import Wanted, build
from clausebook.sites import Makers

ROOT = Path(__file__).parents[2]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped handbooks' portals, built into a folder as on a file share."""
    out = tmp_path_factory.mktemp("site")
    with Processes(opened, (), 1) as processes:
        makers = Makers.open(ROOT, processes=processes)
        build(makers, Wanted(sites=(), portals=True), out, processes)
    return out / "admin"


@pytest.fixture(scope="module")
def contexts(chromium: Browser) -> Iterator[dict[bool, BrowserContext]]:
    """With scripts and without; nothing outside the folder is ever asked for."""
    made = {script: chromium.new_context(java_script_enabled=script) for script in (True, False)}
    asked: list[str] = []
    for context in made.values():
        context.on("request", lambda request: asked.append(request.url))
    yield made
    for context in made.values():
        context.close()
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture
def show(contexts: dict[bool, BrowserContext], folder: Path) -> Iterator[Open]:
    errors: list[Error] = []
    pages: list[Page] = []

    def opened(path: str, script: bool = True, width: int = 1300) -> Page:
        page = contexts[script].new_page()
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(error))
        page.set_viewport_size({"width": width, "height": 900})
        name, _, anchor = path.partition("#")
        page.goto((folder / name).as_uri() + (f"#{anchor}" if anchor else ""))
        return page

    yield opened
    for page in pages:
        page.close()
    assert errors == []


def names(page: Page) -> list[str]:
    """The organisations shown, in order."""
    return page.locator(".cb-portal tbody tr:visible > th > a").all_inner_texts()


def columns(page: Page) -> list[str]:
    return page.locator(".cb-portal thead th:visible > a").all_inner_texts()


def test_a_click_on_a_heading_sorts_and_says_so(show: Open) -> None:
    page = show("index.html")
    before = names(page)
    page.get_by_role("button", name="Sort by Organisation").click()
    assert names(page) == sorted(before, key=str.casefold)
    heading = page.locator(".cb-portal thead th").first
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Sort by Organisation").click()
    assert names(page) == sorted(before, key=str.casefold, reverse=True)
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("status").first).to_have_text("Sorted by Organisation, descending.")


def test_a_policy_sorts_by_its_review_date_with_no_date_at_the_end(show: Open) -> None:
    page = show("index.html")
    button = page.get_by_role("button", name="Sort by Social media policy")
    button.click()
    assert names(page)[0] == "Horringer Court School", "due since November 2019"
    assert names(page)[-1] == "Rochdale LA", "no date is stated"
    assert page.locator("[aria-sort]").count() == 1
    button.click()
    assert names(page)[-1] == "Rochdale LA"
    assert names(page)[0] != "Horringer Court School"


def test_a_count_leads_to_its_cells(show: Open) -> None:
    page = show("index.html")
    number = page.locator(".cb-counts a[href='#overdue'] strong").inner_text()
    page.locator(".cb-counts a[href='#overdue']").click()
    expect(page.get_by_label("State")).to_have_value("overdue")
    assert set(names(page)) == {
        "Horringer Court School",
        "The Star Multi Academy Trust",
        "Stockport School",
    }
    assert columns(page) == ["Social media policy"]
    cells = page.locator(".cb-portal td a:visible b")
    expect(cells).to_have_text(["Overdue"] * int(number))
    expect(page.get_by_role("status").first).to_have_text(
        "3 policies (overdue), 3 of 8 organisations shown."
    )


def test_an_address_keeps_what_was_asked_and_all_can_be_shown_again(show: Open) -> None:
    page = show("index.html#draft")
    expect(page.get_by_label("State")).to_have_value("draft")
    assert columns(page) == ["Acceptable use of IT policy"]
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("status").first).to_have_text("all 8 organisations shown.")
    assert len(names(page)) == 8
    assert len(columns(page)) == 7
    assert "#" not in page.url


def test_filters_work_together(show: Open) -> None:
    page = show("index.html")
    page.get_by_label("Group").select_option(label="Larkmere Learning Trust")
    assert names(page) == [
        "Larkmere Learning Trust",
        "Fenwick Hall Academy",
        "Reedwater Primary School",
    ]
    page.get_by_role("searchbox", name="Organisation").fill("FENWICK")
    assert names(page) == ["Fenwick Hall Academy"]
    page.get_by_label("State").select_option("overdue")
    assert names(page) == []
    expect(page.get_by_role("status").first).to_have_text(
        "0 policies (overdue), 0 of 8 organisations shown."
    )
    page.get_by_label("State").select_option("")
    page.get_by_role("searchbox", name="Organisation").fill("")
    page.get_by_label("Group").select_option(label="In no group")
    assert "Stockport School" in names(page)
    assert "Tornedale Infant School" not in names(page)


def test_the_keyboard_alone_sorts_filters_and_follows(show: Open) -> None:
    page = show("index.html")
    page.get_by_label("State").focus()
    page.keyboard.type("Over")
    expect(page.get_by_label("State")).to_have_value("overdue")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show all")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Organisations and policies")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sort by Organisation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".cb-portal thead th").first).to_have_attribute("aria-sort", "ascending")
    # What the filter hides is not on the way: a heading's link and button, then the first row.
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate("document.activeElement.textContent || document.activeElement.ariaLabel")
        )
    assert stops[-2] == "Horringer Court School"
    assert stops[-1].startswith("Overdue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/organisations/horringer-court.html#social-media")


def test_without_script_the_table_stands_and_counts_still_lead_to_their_cells(show: Open) -> None:
    page = show("index.html", script=False)
    assert len(names(page)) == 8
    assert page.locator(".cb-filter").is_hidden()
    assert page.locator(".cb-sort").count() == 0
    shown = page.locator(".cb-portal td a:visible").count()
    page.locator(".cb-counts a[href='#overdue']").click()
    expect(page.locator(".cb-portal td a:visible b")).to_have_text(["Overdue"] * 3)
    assert shown > 50


def test_a_matrix_shows_only_rows_that_differ_when_asked(show: Open) -> None:
    page = show("matrix/mobile-devices.html")
    rows = page.locator(".cb-matrix tbody tr")
    every = rows.count()
    page.get_by_label("Only rows that differ").check()
    differing = page.locator(".cb-matrix tbody tr:visible").count()
    assert 0 < differing < every
    expect(page.get_by_role("status").first).to_have_text(f"{differing} of {every} rows shown.")
    expect(page.locator(".cb-matrix tbody tr:visible", has_text="visitors-phones")).to_have_count(1)
    page.get_by_role("link", name="visitors-phones").click()
    expect(page.get_by_text("Reception has had lockers")).to_be_in_viewport()
    page.get_by_label("Only rows that differ").uncheck()
    expect(page.locator(".cb-matrix tbody tr:visible")).to_have_count(every)


def test_a_count_of_differences_sorts_from_the_most(show: Open) -> None:
    page = show("policies.html")
    page.get_by_role("button", name="Sort by Clauses that differ").click()
    numbers = [int(n) for n in page.locator(".cb-sortable td:nth-child(4)").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 1


@pytest.mark.parametrize(
    "path",
    ["index.html", "policies.html", "questions.html", "problems.html", "waivers.html",
     "organisations/stockport.html", "matrix/social-media.html", "larkmere/index.html"],
)  # fmt: skip
def test_a_narrow_screen_scrolls_inside_the_tables_only(path: str, show: Open) -> None:
    page = show(path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for region in page.locator(".cb-scroll").all():
        region.focus()
        expect(region).to_be_focused()


def test_a_state_has_a_shape_of_its_own(show: Open) -> None:
    """In words, colour and shape: no two states of a review look alike in black and white."""
    page = show("index.html")
    shapes = page.evaluate(
        """() => ["o", "d", "i", "n", "m", "x"].map(mark =>
          getComputedStyle(document.querySelector(`.cb-legend li.${mark} b`), "::before").content)"""
    )
    assert len(set(shapes)) == 6
    assert not any(shape == "none" for shape in shapes)
    cell = page.locator(".cb-portal td.o b").first
    assert cell.evaluate("node => getComputedStyle(node, '::before').content") == shapes[0]
