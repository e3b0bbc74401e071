"""Every kind of page: nothing from outside, no width too narrow, no script needed, and paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Reader, Seen, page_kinds, served, watch

SIDEWAYS = """() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide <= 0) return [];
    const out = [...document.querySelectorAll('body *')].filter(e => {
        const box = e.getBoundingClientRect();
        return box.width && box.right > innerWidth + 0.5 && getComputedStyle(e).visibility !== 'hidden';
    });
    return [`${wide} px too wide`, ...out.slice(-3).map(e => e.outerHTML.slice(0, 120))];
}"""


def addresses(built: Path, web: str) -> dict[str, dict[str, str]]:
    """Every kind of page behind a web server, and in a folder."""
    kinds = page_kinds(built)
    return {
        "web": {kind: f"{web}/{path}" for kind, path in kinds.items()},
        "folder": {kind: f"{built.as_uri()}/{path}" for kind, path in kinds.items()},
    }


@pytest.mark.parametrize("how", ["web", "folder"])
def test_no_page_asks_for_anything_outside_or_complains(
    how: str, built: Path, web: str, reader: Reader
) -> None:
    """The reader fails the test: anything blocked, missing, thrown or logged."""
    page = reader().new_page()
    for address in addresses(built, web)[how].values():
        page.goto(address)
        assert page.title()
        page.mouse.wheel(0, 400)
        for link in page.locator("article a").all()[:3]:
            link.hover() if link.is_visible() else None


@pytest.mark.parametrize(
    "planted",
    [
        "<img src='https://example.org/x.png' alt=''>",
        "<script>fetch('https://example.org/x')</script>",
        "<link rel='stylesheet' href='//example.org/x.css'>",
        "<style>p { background: url(http://example.org/x.png) }</style>",
        "<script src='nowhere.js'></script>",
        "<script>nothing()</script>",
    ],
)
def test_a_page_that_does_is_found(planted: str, chromium: Browser, tmp_path: Path) -> None:
    text = (
        f"<!doctype html><html lang='en'><title>x</title><body><p>Words</p>{planted}</body></html>"
    )
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    seen = Seen()
    with served(tmp_path) as web:
        context = chromium.new_context()
        watch(context, seen)
        page = context.new_page()
        page.goto(f"{web}/index.html")
        page.wait_for_load_state("networkidle")
        context.close()
    assert seen.all


@pytest.mark.parametrize(
    ("what", "settings"),
    [
        ("320 px wide", {"viewport": {"width": 320, "height": 640}}),
        ("a telephone", {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3}),
        # A window 1280 px wide, magnified: it has room for half or a quarter as much.
        ("200%", {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}),
        ("400%", {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}),
    ],
)
def test_no_page_scrolls_sideways(
    what: str, settings: dict[str, object], built: Path, web: str, reader: Reader
) -> None:
    page = reader(**settings).new_page()
    found = {}
    for kind, address in addresses(built, web)["web"].items():
        page.goto(address)
        if wrong := page.evaluate(SIDEWAYS):
            found[kind] = wrong
    assert found == {}


def test_without_a_script_everything_can_be_read(built: Path, web: str, reader: Reader) -> None:
    page = reader(java_script_enabled=False).new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")
    assert page.locator("#same-boundaries-online p").first.is_visible()
    assert page.get_by_text(re.compile("^Next review due: July 2027.$")).is_visible()
    assert page.locator(".cb-copy").count() == 0
    page.locator("details.cb-control summary").click()
    assert page.get_by_text("Approved by", exact=True).is_visible()
    page.goto(f"{web}/staff/larkmere/search.html")
    titles = page.locator("noscript a, .cb-a-to-z a")
    assert titles.count() == 7
    titles.filter(has_text="Mobile devices policy").click()
    assert page.url.endswith("/mobile-devices.html")
    page.goto(f"{web}/staff/larkmere/index.html")
    for one in page.locator("time").all():
        assert one.is_visible()
    page.goto(f"{web}/governors/larkmere/review.html")
    assert page.locator(".cb-board__row").count() == 7
    page.goto(f"{web}/staff/larkmere/terms.html")
    assert page.locator(".cb-terms dd").first.is_visible()


def test_without_a_script_the_menu_still_opens(web: str, reader: Reader) -> None:
    page = reader(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")
    page.locator("label.md-header__button[for=__drawer]").click()
    link = page.locator(".md-sidebar--primary").get_by_role("link", name="Mobile devices policy")
    link.scroll_into_view_if_needed()
    assert link.is_visible()


def test_nothing_moves_where_none_is_wanted(built: Path, web: str, reader: Reader) -> None:
    page = reader(reduced_motion="reduce").new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
            const style = getComputedStyle(e);
            return [style.transitionDuration, style.animationDuration]
                .some(text => text.split(',').some(one => parseFloat(one) > 0.01));
        }).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert moving == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_device_and_can_be_changed(
    scheme: str, web: str, reader: Reader
) -> None:
    page = reader(color_scheme=scheme).new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")

    def darkness() -> bool:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3])) < 300

    assert darkness() == (scheme == "dark")
    other = "light" if scheme == "dark" else "dark"
    button = page.get_by_role("button", name=f"Switch to {other} colours")
    button.focus()
    page.keyboard.press("Enter")
    assert darkness() == (other == "dark")
    back = page.get_by_role("button", name=f"Switch to {scheme} colours")
    assert back.evaluate("e => e === document.activeElement")
    page.reload()
    assert darkness() == (other == "dark"), "remembered"
    page.keyboard.press("Tab")
    back.press(" ")
    assert darkness() == (scheme == "dark")


# ------------------------------------------------------------------------------ paper


def test_a_printed_policy_is_whole_and_has_nothing_to_press(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/governors/larkmere/social-media.html")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for hidden in (".md-header", ".md-sidebar", ".cb-copy", ".cb-search", ".cb-actions", ".md-top"):
        assert page.locator(f"{hidden}:visible").count() == 0, hidden
    assert page.get_by_text("Approval history").is_visible()
    clauses = page.locator(".cb-clause")
    assert page.locator(".cb-clause:visible").count() == clauses.count() > 30
    assert page.get_by_text("A fictional organisation").first.is_visible()
    assert page.get_by_text(re.compile("Check code [0-9a-f]{12}")).is_visible()
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not page.get_by_text("Approval history").is_visible()


def test_what_was_open_before_printing_stays_open(web: str, reader: Reader) -> None:
    page = reader().new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")
    page.locator("details.cb-control summary").click()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.get_by_text("Approval history").is_visible()


def sheets(pdf: bytes) -> int:
    """How many pages a PDF of Chromium's has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def quick_guides(built: Path) -> list[str]:
    return [path.relative_to(built).as_posix() for path in sorted(built.glob("*/*/quick/*.html"))]


def test_every_quick_guide_is_one_sheet_and_three_screens(
    built: Path, web: str, reader: Reader
) -> None:
    page = reader(viewport={"width": 390, "height": 844}).new_page()
    found = {}
    for path in quick_guides(built):
        page.goto(f"{web}/{path}")
        height = page.evaluate("document.documentElement.scrollHeight")
        pages = sheets(page.pdf(format="A4", prefer_css_page_size=True))
        if height > 3 * 844 or pages != 1:
            found[path] = f"{height / 844:.1f} screens, {pages} sheets"
    assert found == {}


def test_a_longer_guide_would_not_fit(web: str, reader: Reader) -> None:
    """What the test above counts can be more than one and three."""
    page = reader(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")
    assert page.evaluate("document.documentElement.scrollHeight") > 3 * 844
    assert sheets(page.pdf(format="A4")) > 1


def test_print_cuts_no_rule_in_two_and_leaves_no_title_alone(page_printed: Page) -> None:
    styles = page_printed.evaluate(
        """() => ['.cb-clause', 'h2', '.cb-clause h3'].map(name => {
            const style = getComputedStyle(document.querySelector(name));
            return [style.breakInside, style.breakAfter];
        })"""
    )
    assert styles[0][0] == "avoid"
    assert styles[1][1] == styles[2][1] == "avoid"


@pytest.fixture
def page_printed(web: str, reader: Reader) -> Page:
    page = reader().new_page()
    page.goto(f"{web}/staff/larkmere/social-media.html")
    page.emulate_media(media="print")
    return page
