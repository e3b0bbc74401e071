"""What a reader does: finds a rule, copies its address, asks what a word means, all by keyboard too."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.conftest import Reader

POLICY = "staff/larkmere/social-media.html"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(params=["web", "folder"])
def start(request: pytest.FixtureRequest, built: Path, web: str) -> str:
    """Where the sites begin: behind a web server, or in a folder."""
    return web if request.param == "web" else built.as_uri()


def focused(page: Page) -> str:
    """What the keyboard is on: its name, or what stands in it."""
    found: str = page.evaluate(
        """() => {
            const e = document.activeElement;
            return (e.getAttribute('aria-label') || e.id || e.innerText || e.tagName).trim();
        }"""
    )
    return " ".join(found.split())


# ------------------------------------------------------------------------------ search


def test_typing_finds_a_rule_and_enter_opens_it(start: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{start}/staff/larkmere/index.html")
    field = page.locator("#cb\\.search input")
    field.press_sequentially("friend request from a pupil", delay=5)
    first = page.locator("#cb\\.search .cb-search__link").first
    expect(first).to_be_visible()
    expect(page.locator("#cb\\.search [role=status]")).to_contain_text("found")
    field.press("ArrowDown")
    expect(first).to_be_focused()
    href = first.get_attribute("href") or ""
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{href}")
    clause = page.locator(f"[id='{href.partition('#')[2]}']")
    expect(clause).to_be_in_viewport()
    assert re.match(r"\d+\.\d+", clause.locator(".cb-number").inner_text())


def test_the_header_searches_from_every_page(start: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{start}/staff/larkmere/quick/mobile-devices.html")
    field = page.get_by_role("search", name="Search from any page").get_by_role("searchbox")
    field.fill("friend request")
    expect(page.locator(".md-header .cb-search__link").first).to_be_visible()
    field.press("Escape")
    expect(page.locator(".md-header .cb-search__results")).to_be_hidden()
    field.press("Enter")
    page.wait_for_url("**/larkmere/search.html?q=friend+request*")
    expect(page.locator("article .cb-search__link").first).to_be_visible()
    page.locator("article .cb-search__link").first.click()
    page.wait_for_url("**/larkmere/*.html#*")


def test_a_question_nothing_answers_names_whom_to_ask(start: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{start}/staff/larkmere/search.html?q=zebra+crossing+lollipop")
    expect(page.get_by_text("Nothing in this handbook answers that.")).to_be_visible()
    page.locator(".cb-search__ask a").first.click()
    page.wait_for_url("**/larkmere/contacts.html*")


def test_the_front_page_opens_with_search_people_and_questions(web: str, reader: Reader) -> None:
    page = reader(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{web}/staff/larkmere/index.html")
    field = page.locator("#cb\\.search input")
    box = field.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844
    heads = page.locator("article h2").all_inner_texts()
    assert heads[:2] == ["Whom do I tell?", "Common questions"]
    page.locator(".cb-questions a").first.click()
    page.wait_for_url("**/larkmere/*.html#*")
    target = page.url.partition("#")[2]
    expect(page.locator(f"[id='{target}']")).to_be_in_viewport()


# ------------------------------------------------------------------------------ a rule's address


def pasted(page: Page) -> str:
    """What the clipboard holds, as the reader would find out: by pasting it."""
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<textarea id=paste-here></textarea>')"
    )
    page.locator("#paste-here").focus()
    page.keyboard.press("ControlOrMeta+V")
    text = page.locator("#paste-here").input_value()
    page.evaluate("document.getElementById('paste-here').remove()")
    return text


def test_a_rules_address_is_copied_and_leads_back(start: str, reader: Reader) -> None:
    context = reader()
    if start.startswith("http"):
        context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{start}/{POLICY}?from=somewhere#everyday-life")
    clause = page.locator("#same-boundaries-online")
    button = clause.get_by_role("button", name=re.compile("^Copy link to 1.5 Behave online"))
    clause.hover()
    button.click()
    expect(clause.get_by_role("button", name=re.compile("^Copied"))).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_have_count(1)
    address = pasted(page)
    assert address == f"{start}/{POLICY}#same-boundaries-online"
    other = context.new_page()
    other.goto(address)
    expect(other.locator("#same-boundaries-online")).to_be_in_viewport()
    assert other.evaluate("document.querySelector(':target').id") == "same-boundaries-online"
    expect(button).to_have_text(re.compile("^Copy link"), timeout=4000)


def test_the_old_way_to_copy_works_where_there_is_no_other(web: str, reader: Reader) -> None:
    """A site on an intranet without https has no clipboard of its own."""
    context = reader()
    context.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page = context.new_page()
    page.goto(f"{web}/{POLICY}")
    button = page.locator("#same-boundaries-online .cb-copy")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text(re.compile("^Copied"))
    assert focused(page).startswith("Copied")
    assert pasted(page) == f"{web}/{POLICY}#same-boundaries-online"


def test_where_nothing_can_be_copied_the_address_is_shown(web: str, reader: Reader) -> None:
    context = reader()
    context.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        "document.execCommand = () => false;"
    )
    page = context.new_page()
    page.goto(f"{web}/{POLICY}")
    said: list[str] = []

    def answer(dialog: Dialog) -> None:
        said.append(dialog.default_value)
        dialog.accept()

    page.on("dialog", answer)
    page.locator("#same-boundaries-online .cb-copy").press("Enter")
    assert said == [f"{web}/{POLICY}#same-boundaries-online"]


def test_the_number_is_the_address_too(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/{POLICY}")
    page.locator("#same-boundaries-online .cb-number").click()
    assert page.url == f"{web}/{POLICY}#same-boundaries-online"


# ------------------------------------------------------------------------------ terms


def term_of(page: Page) -> Locator:
    return page.locator("#real-benefits a.cb-term").first


MEANS = "Sites and apps where people post, share, comment or chat."


def test_a_term_explains_itself_when_pointed_at(start: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{start}/{POLICY}")
    tip = page.get_by_role("tooltip")
    expect(tip).to_have_count(0)
    term_of(page).hover()
    expect(tip).to_have_text(MEANS)
    assert term_of(page).get_attribute("aria-describedby") == tip.get_attribute("id")
    # WCAG 1.4.13: it stays while one points at it, and goes at Escape.
    tip.hover()
    page.wait_for_timeout(500)
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    term_of(page).hover()
    expect(tip).to_be_visible()
    page.mouse.move(5, 5)
    expect(tip).to_have_count(0)


def test_a_term_explains_itself_to_the_keyboard(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/{POLICY}")
    term_of(page).focus()
    expect(page.get_by_role("tooltip")).to_have_text(MEANS)
    assert page.get_by_role("link", name="Social media", exact=True).first.is_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_have_count(0)
    assert focused(page) == "Social media"
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/terms.html#social-media")


def test_a_meaning_never_covers_what_the_keyboard_comes_to_next(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/{POLICY}")
    leave = """() => {
        document.querySelector('.cb-number').focus();
        return document.querySelectorAll('.cb-meaning').length;
    }"""
    term_of(page).focus()
    assert page.evaluate(leave) == 0
    # Where a mouse reads it, it stays.
    term_of(page).focus()
    page.get_by_role("tooltip").hover()
    assert page.evaluate(leave) == 1
    page.mouse.move(5, 5)
    expect(page.get_by_role("tooltip")).to_have_count(0)


def test_the_first_tap_explains_and_the_second_opens_the_list(web: str, reader: Reader) -> None:
    page = reader(**PHONE).new_page()
    page.goto(f"{web}/{POLICY}")
    tip = page.get_by_role("tooltip")
    term_of(page).tap()
    expect(tip).to_have_text(MEANS)
    assert page.url.endswith("social-media.html")
    box = tip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.locator("#everyday-life p").tap()
    expect(tip).to_have_count(0)
    term_of(page).tap()
    expect(tip).to_be_visible()
    term_of(page).tap()
    page.wait_for_url("**/terms.html#social-media")
    expect(page.locator("#social-media")).to_be_in_viewport()


def test_a_meaning_stays_on_the_page_at_any_width(web: str, reader: Reader) -> None:
    page = reader(viewport={"width": 320, "height": 640}).new_page()
    page.goto(f"{web}/{POLICY}")
    for term in page.locator("a.cb-term").all():
        term.focus()
        box = page.get_by_role("tooltip").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


# ------------------------------------------------------------------------------ the clock


@pytest.mark.parametrize(
    ("at", "says", "marked"),
    [
        ("2026-11-20T12:00:00Z", "Next review due: July 2027.", ""),
        ("2027-07-10T12:00:00Z", "Review due in 3 weeks (by the end of July 2027).", "soon"),
        ("2027-07-31T22:30:00Z", "Review due today (by the end of July 2027).", "soon"),
        (
            "2027-07-31T23:30:00Z",
            "Review was due July 2027. Overdue does not mean withdrawn: ask the communications "
            "lead if unsure.",
            "overdue",
        ),
    ],
)
def test_a_review_becomes_overdue_by_the_readers_clock(
    at: str, says: str, marked: str, start: str, reader: Reader
) -> None:
    page = reader().new_page()
    page.clock.set_fixed_time(at)
    page.goto(f"{start}/{POLICY}")
    line = page.locator(".cb-due")
    expect(line).to_have_text(says)
    assert (line.get_attribute("class") or "").split()[1:] == (
        [f"cb-due--{marked}"] if marked else []
    )
    assert line.locator("svg").count() == bool(marked)


def test_the_front_page_says_so_too(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.clock.set_fixed_time("2026-11-20T12:00:00Z")
    page.goto(f"{web}/staff/larkmere/index.html")
    entry = page.locator(".cb-policies > li").filter(has_text="Social media policy")
    expect(entry).to_contain_text("Next review July 2027")
    expect(entry).not_to_contain_text("overdue")
    page.clock.set_fixed_time("2027-08-01T12:00:00Z")
    page.reload()
    expect(entry).to_contain_text("overdue")


# ------------------------------------------------------------------------------ by keyboard alone

VISIBLE = """() => {
    const e = document.activeElement, box = e.getBoundingClientRect();
    if (e === document.body) return 'nothing';
    const style = getComputedStyle(e), line = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth && style.visibility === 'visible';
    // What a sticky header covers cannot be seen either (WCAG 2.4.11).
    const top = document.elementFromPoint(
        Math.max(1, Math.min(innerWidth - 1, box.left + box.width / 2)),
        Math.max(1, Math.min(innerHeight - 1, box.top + box.height / 2)));
    const bare = !top || e.contains(top) || top.contains(e);
    return [line ? '' : 'no outline', seen ? '' : 'out of sight', bare ? '' : 'covered by ' + top.className,
        parseFloat(style.opacity) > 0.5 ? '' : 'see-through'].filter(Boolean).join(', ');
}"""


def walk(page: Page, until: Callable[[], bool], most: int = 150) -> list[str]:
    """Tab until somewhere; what was passed, each of which could be seen."""
    passed: list[str] = []
    while not until():
        assert len(passed) < most, passed
        page.keyboard.press("Tab")
        passed.append(focused(page))
        page.wait_for_timeout(30)  # the page scrolls
        assert page.evaluate(VISIBLE) == "", passed[-1]
    return passed


def is_on(page: Page, selector: str) -> Callable[[], bool]:
    return lambda: bool(page.evaluate("s => document.activeElement.matches(s)", selector))


@pytest.mark.parametrize("width", [1300, 390])
def test_a_keyboard_reaches_everything_in_order_and_is_always_seen(
    width: int, web: str, reader: Reader
) -> None:
    page = reader(viewport={"width": width, "height": 900}, reduced_motion="reduce").new_page()
    page.goto(f"{web}/{POLICY}")
    passed = walk(page, is_on(page, "#same-boundaries-online .cb-copy"))
    assert passed[0] == "Skip to content"
    wanted = ["Skip to content", "Switch to dark colours"]
    wanted += ["cb.q.header"] if width > 1000 else ["Menu", "Search"]
    wanted += ["Quick guide", "What changed", "1.1", "Social media", "1.5"]
    places = [passed.index(name) for name in wanted]
    assert len(places) == len(set(places))
    assert places.index(min(places)) == 0
    page.keyboard.press("Enter")
    expect(page.locator("#same-boundaries-online .cb-copy")).to_have_text(re.compile("^Copied"))


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("path", [POLICY, "staff/larkmere/quick/social-media.html"])
def test_nothing_covers_what_a_keyboard_comes_back_to(
    path: str, width: int, web: str, reader: Reader
) -> None:
    page = reader(viewport={"width": width, "height": 700}, reduced_motion="reduce").new_page()
    page.goto(f"{web}/{path}")
    links = page.locator("article a[href]:visible")
    links.nth(min(links.count(), 60) - 1).focus()
    passed: list[str] = []
    while len(passed) < 40 and page.evaluate("!!document.activeElement.closest('article')"):
        assert page.evaluate(VISIBLE) == "", passed[-1:]
        page.keyboard.press("Shift+Tab")
        passed.append(focused(page))
        page.wait_for_timeout(30)  # the page scrolls
    assert len(passed) > 5


def test_the_whole_front_page_can_be_walked(web: str, reader: Reader) -> None:
    page = reader(reduced_motion="reduce").new_page()
    page.goto(f"{web}/staff/larkmere/index.html")
    passed = walk(page, is_on(page, "footer a:last-of-type"))
    assert "Social media policy" in passed
    assert "About this handbook" in passed


def test_the_skip_link_leads_past_everything(web: str, reader: Reader) -> None:
    page = reader(reduced_motion="reduce").new_page()
    for path in (POLICY, "staff/larkmere/index.html", "governors/larkmere/review.html"):
        page.goto(f"{web}/{path}")
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to content"
        page.keyboard.press("Enter")
        assert page.url.endswith("#cb.top")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('article')"), path


def test_the_menu_opens_and_closes_by_keyboard(start: str, reader: Reader) -> None:
    page = reader(viewport={"width": 390, "height": 844}, reduced_motion="reduce").new_page()
    page.goto(f"{start}/{POLICY}")
    menu = page.get_by_role("button", name="Menu")
    assert menu.get_attribute("aria-expanded") == "false"
    menu.focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("aria-expanded") == "true"
    assert page.evaluate("!!document.activeElement.closest('.md-sidebar--primary')")
    page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"
    expect(menu).to_be_focused()
    page.keyboard.press(" ")
    wanted = page.locator(".md-sidebar--primary").get_by_role("link", name="Mobile devices policy")
    walk(page, lambda: wanted.evaluate("e => e === document.activeElement"), most=60)
    page.keyboard.press("Enter")
    page.wait_for_url("**/mobile-devices.html")


def test_what_the_closed_menu_holds_cannot_be_tabbed_to(web: str, reader: Reader) -> None:
    page = reader(viewport={"width": 390, "height": 844}, reduced_motion="reduce").new_page()
    page.goto(f"{web}/{POLICY}")
    passed = walk(page, is_on(page, "article a"))
    assert "Mobile devices policy" not in passed


def test_the_summary_of_approvals_opens_by_keyboard(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/{POLICY}")
    summary = page.locator("details.cb-control summary")
    assert "Approved" in summary.inner_text()
    summary.press("Enter")
    expect(page.get_by_text("Approval history")).to_be_visible()
    first = page.locator(".cb-control, article h2").first
    assert "cb-control" in (first.get_attribute("class") or "")
    assert summary.bounding_box() is not None


def test_where_a_rule_comes_from_opens_for_governors(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/governors/fenwick-hall/mobile-devices.html#boarders-phones")
    clause = page.locator("#boarders-phones")
    clause.locator("summary").press("Enter")
    expect(clause.locator("details p")).to_contain_text("Fenwick Hall Academy")
    page.goto(f"{web}/staff/fenwick-hall/mobile-devices.html#boarders-phones")
    assert page.get_by_text("Where this comes from").count() == 0
