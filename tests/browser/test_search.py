"""Search as staff use it: their words in, the right rule out, or a plain "nothing answers that"."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page, Request, expect

from clausebook.model import Handbook, Repository
from clausebook.render import search
from clausebook.render.about import search as search_page
from clausebook.render.templates import html
from clausebook.shipped import shipped as shipped_folder

Handbooks = Mapping[tuple[str, str], Handbook]

FIVE = ("stockport", "horringer-court", "star-mat", "rochdale", "tornedale-infant")
TRUST = ("reedwater-primary", "fenwick-hall", "larkmere")
GROUPS = {"five": FIVE, "trust": TRUST, "all": FIVE + TRUST}
QUESTIONS = yaml.safe_load(Path(__file__).with_name("questions.yml").read_text(encoding="utf-8"))


def expectations() -> dict[str, dict[str, Any]]:
    """By question and organisation: the rules that answer it, or "silent"."""
    found: dict[str, dict[str, Any]] = {}
    for entry in QUESTIONS:
        expected = found.setdefault(entry["ask"], {})
        for who, what in entry.items():
            if who != "ask":
                expected.update(dict.fromkeys(GROUPS.get(who, (who,)), what))
    return found


EXPECTED = expectations()

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>:root {{ --md-default-fg-color: #222; --md-default-bg-color: #fff;
--md-default-fg-color--light: #666; --md-default-fg-color--lightest: #ddd;
--md-typeset-a-color: #0645ad; }} .cb-unseen {{ position: absolute; width: 1px; height: 1px;
overflow: hidden; clip-path: inset(50%) }}</style>
<link rel="stylesheet" href="{base}assets/handbook/search.css">
<script defer src="{base}assets/handbook/search.js"></script></head><body>
"""


def write(site: Path, path: str, body: str) -> None:
    """A page with the header every page has, and a body."""
    base = "../" * path.count("/")
    file = site / path
    file.parent.mkdir(parents=True, exist_ok=True)
    header = html("_search_form.html", base=base, variant="header")
    text = HEAD.format(title=path, base=base)
    text += f'<header>{header}</header><main class="md-typeset">{body}</main></body></html>'
    file.write_text(text, encoding="utf-8")


def site_of(folder: Path, handbook: Handbook, library: Any) -> Path:
    assets = folder / "assets" / "handbook"
    shutil.copytree(shipped_folder("overrides") / "assets" / "handbook", assets)
    (assets / "index.js").write_bytes(search.index(handbook, library))
    write(folder, "search.html", search_page(handbook).body)
    home = html("_search_form.html", base="", variant="page")
    write(folder, "index.html", f'<h1>{handbook.organisation.name}</h1>{home}<a href="#x">Next</a>')
    for policy in handbook.policies.values():
        clauses = "".join(f'<h3 id="{c.id}">{c.number}</h3>' for c in policy.clauses)
        write(folder, f"{policy.id}.html", f"<h1>Policy</h1>{clauses}")
        write(folder, f"quick/{policy.id}.html", "<h1>Quick guide</h1>")
    return folder


@pytest.fixture(scope="module")
def sites(
    tmp_path_factory: pytest.TempPathFactory, shipped: Repository, handbooks: Handbooks
) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def site(id: str) -> Path:
        if id not in made:
            folder = tmp_path_factory.mktemp("search") / id
            made[id] = site_of(folder, handbooks[id, "staff"], shipped.library)
        return made[id]

    return site


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that asks for nothing but files, and whose scripts never fail."""
    context = chromium.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.set_default_timeout(10_000)

    def asked(request: Request) -> None:
        if not request.url.startswith("file:"):
            wrong.append(request.url)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", asked)
    yield page
    context.close()
    assert wrong == []


def opened(page: Page, site: Path, path: str = "search.html", query: str = "") -> None:
    page.goto((site / path).as_uri() + query)


def loaded(page: Page, site: Path) -> None:
    """The search page with its index built."""
    opened(page, site)
    page.locator(FIELD).focus()
    page.wait_for_function("window.clausebookIndex && window.MiniSearch && window.clausebookStem")


FIELD = "#cb\\.q\\.here"
HEADER = "#cb\\.q\\.header"
RESULTS = ".cb-searching--here .cb-search__results"
STATUS = ".cb-searching--here .cb-search__status"


# ------------------------------------------------------------------------------ questions


def test_the_list_of_questions_is_long_enough() -> None:
    assert len(EXPECTED) >= 40
    assert all(len(expected) >= 5 for expected in EXPECTED.values())
    silent = [1 for e in EXPECTED.values() for answer in e.values() if answer == "silent"]
    assert len(silent) >= 8
    nowhere = [e for e in EXPECTED.values() if set(map(str, e.values())) == {"silent"}]
    assert len(nowhere) >= 8


def test_expected_rules_are_in_the_handbooks(handbooks: Handbooks) -> None:
    for ask, expected in EXPECTED.items():
        for id, rules in expected.items():
            held = {
                f"{policy.id}/{clause.id}"
                for policy in handbooks[id, "staff"].policies.values()
                for clause in policy.clauses
            }
            assert rules == "silent" or set(rules) & held, (ask, id)


@pytest.mark.parametrize("id", GROUPS["all"])
def test_questions_in_staff_words(page: Page, sites: Callable[[str], Path], id: str) -> None:
    """The right rule is in the first three; where there is none, nothing is called an answer."""
    loaded(page, sites(id))
    asked = [ask for ask, expected in EXPECTED.items() if id in expected]
    found = page.evaluate(
        "asked => asked.map(q => clausebookSearch(q).answers.map(one => one.id))", asked
    )
    wrong = []
    for ask, answers in zip(asked, found, strict=True):
        expected = EXPECTED[ask][id]
        if (expected == "silent" and answers) or (
            expected != "silent" and not set(expected) & set(answers[:3])
        ):
            wrong.append(f"{ask}: expected {expected}, found {answers[:3]}")
    assert wrong == []


@pytest.mark.parametrize("id", GROUPS["all"])
def test_half_typed_questions_never_fail(page: Page, sites: Callable[[str], Path], id: str) -> None:
    """Each beginning of each question, as it is typed."""
    loaded(page, sites(id))
    tried = page.evaluate(
        """asked => asked.reduce((sum, q) => {
            for (let n = 0; n <= q.length; n++) {
                const found = clausebookSearch(q.slice(0, n), { typing: true })
                if (found.answers.length > 20 || found.weaker.length > 5) throw new Error(q)
                sum++
            }
            return sum
        }, 0)""",
        list(EXPECTED)[::4],
    )
    assert tried > 200


# ------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("id", "one", "other"),
    [
        ("stockport", "student", "pupil"),
        ("fenwick-hall", "pupil", "student"),
        ("stockport", "Twitter", "X"),
        ("larkmere", "DSL", "designated safeguarding lead"),
        ("fenwick-hall", "headteacher", "principal"),
        ("stockport", "ex-pupil", "former pupil"),
        ("fenwick-hall", "photographing", "photos"),
        ("fenwick-hall", "confiscted", "confiscate"),
    ],
)
def test_other_words_find_the_same_rules(
    page: Page, sites: Callable[[str], Path], id: str, one: str, other: str
) -> None:
    loaded(page, sites(id))
    found = page.evaluate(
        "words => words.map(q => clausebookSearch(q).answers.map(a => a.id))", [one, other]
    )
    assert found[0]
    assert set(found[0][:3]) & set(found[1])


def test_matched_words_are_marked_in_the_organisations_own_words(
    page: Page, sites: Callable[[str], Path]
) -> None:
    opened(page, sites("fenwick-hall"), query="?q=friend%20request%20from%20a%20pupil")
    first = page.locator(f"{RESULTS} li").first
    expect(first.locator("a")).to_have_text("7.2 Friend requests from students")
    marks = first.locator(".cb-search__extract mark").all_inner_texts()
    assert marks == ["friend requests", "students"]
    expect(first).to_contain_text("Social media policy")


def test_a_slip_of_the_keyboard_is_said(page: Page, sites: Callable[[str], Path]) -> None:
    opened(page, sites("stockport"), query="?q=freind+request")
    expect(page.locator(RESULTS)).to_contain_text("Read “freind” as “friend”.")


def test_another_word_is_not_a_slip(page: Page, sites: Callable[[str], Path]) -> None:
    """Trainers are not trainees, and marking is not parking."""
    loaded(page, sites("stockport"))
    spelt = page.evaluate(
        "['trainers', 'parking', 'dinner'].flatMap(q => clausebookSearch(q).spelt)"
    )
    assert spelt == []


# ------------------------------------------------------------------------------ whom to tell


def test_who_do_i_tell_finds_the_roles(page: Page, sites: Callable[[str], Path]) -> None:
    opened(page, sites("fenwick-hall"), query="?q=who+do+I+tell")
    expect(page.locator(RESULTS).get_by_role("heading", name="Whom to tell")).to_be_visible()
    lead = page.locator(RESULTS).get_by_role("link", name="Designated safeguarding lead")
    assert lead.get_attribute("href") == "contacts.html#role.dsl"
    expect(page.locator(RESULTS)).to_contain_text("A worry about a student, online or off.")


def test_a_role_can_be_looked_up(page: Page, sites: Callable[[str], Path]) -> None:
    loaded(page, sites("fenwick-hall"))
    named = "q => clausebookSearch(q).roles.map(one => one.id)"
    assert page.evaluate(named, "dpo email") == ["dpo"]
    assert page.evaluate(named, "phone number of the head") == ["head"]
    assert page.evaluate(named, "who do I tell about a data breach") == ["dpo"]
    assert page.evaluate(named, "parking permit") == []


def test_the_title_of_a_policy_finds_the_policy_first(
    page: Page, sites: Callable[[str], Path]
) -> None:
    opened(page, sites("fenwick-hall"), query="?q=mobile+devices+policy")
    first = page.locator(f"{RESULTS} a").first
    expect(first).to_have_text("Mobile devices policy")
    assert first.get_attribute("href") == "mobile-devices.html"


# ------------------------------------------------------------------------------ silence


def test_silence_is_said_and_somebody_is_named(page: Page, sites: Callable[[str], Path]) -> None:
    opened(page, sites("fenwick-hall"), query="?q=parking+permit")
    expect(page.locator(STATUS)).to_have_text("Nothing in this handbook answers that.")
    ask = page.locator(f"{RESULTS} .cb-search__ask a")
    expect(ask).to_have_text("principal")
    assert ask.get_attribute("href") == "contacts.html#role.head"
    expect(page.locator(f"{RESULTS} li")).to_have_count(0)


def test_weaker_matches_stand_under_their_own_heading(
    page: Page, sites: Callable[[str], Path]
) -> None:
    opened(page, sites("stockport"), query="?q=student+photo+on+my+phone")
    expect(page.locator(STATUS)).to_have_text("Nothing in this handbook answers that.")
    box = page.locator(RESULTS)
    heading = box.get_by_role("heading", name="These mention some of your words")
    expect(heading).to_be_visible()
    order = box.evaluate("box => [...box.children].map(one => one.className)")
    assert order.index("cb-search__ask") < order.index("cb-search__heading")
    assert order.index("cb-search__heading") < order.index("cb-search__list")
    suggested = box.locator(".cb-search__near a")
    assert "pupil" in suggested.all_inner_texts()
    suggested.first.click()
    page.wait_for_url("**/search.html?q=*")
    expect(page.locator(STATUS)).to_contain_text("found")


def test_nobody_is_invented_where_no_role_is_named(
    page: Page, sites: Callable[[str], Path]
) -> None:
    opened(page, sites("tornedale-infant"), query="?q=parking+permit")
    expect(page.locator(f"{RESULTS} .cb-search__ask")).to_have_text(
        "Not sure? Ask your manager, or see whom to tell."
    )


def test_an_unfinished_question_gets_no_verdict(page: Page, sites: Callable[[str], Path]) -> None:
    opened(page, sites("stockport"))
    page.locator(FIELD).fill("can I")
    page.wait_for_timeout(900)
    expect(page.locator(STATUS)).to_be_empty()
    expect(page.locator(RESULTS)).to_be_hidden()


# ------------------------------------------------------------------------------ the page


def test_results_appear_as_somebody_types_and_the_address_can_be_shared(
    page: Page, sites: Callable[[str], Path]
) -> None:
    opened(page, sites("stockport"))
    page.locator(FIELD).press_sequentially("friend requ", delay=15)
    expect(page.locator(f"{RESULTS} a").first).to_contain_text("riend request")
    page.locator(FIELD).press_sequentially("est", delay=15)
    expect(page.locator(STATUS)).to_have_text(re.compile(r"\d rules found\."))
    assert page.locator(STATUS).get_attribute("role") == "status"
    page.wait_for_url("**/search.html?q=friend%20request")
    page.reload()
    expect(page.locator(FIELD)).to_have_value("friend request")
    expect(page.locator(STATUS)).to_have_text(re.compile(r"\d rules found\."))


def test_a_result_leads_to_the_rule(page: Page, sites: Callable[[str], Path]) -> None:
    opened(page, sites("stockport"), query="?q=logo")
    page.locator(f"{RESULTS} a").first.click()
    page.wait_for_url("**/social-media.html#no-logos")


def test_by_keyboard_alone(page: Page, sites: Callable[[str], Path]) -> None:
    opened(page, sites("stockport"))
    page.keyboard.press("/")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type("friend request/")
    expect(page.locator(FIELD)).to_have_value("friend request/")
    links = page.locator(f"{RESULTS} a")
    expect(links.nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(RESULTS)).to_be_hidden()
    expect(page.locator(STATUS)).to_be_empty()


def test_the_first_page_sends_a_question_to_the_search_page(
    page: Page, sites: Callable[[str], Path]
) -> None:
    opened(page, sites("stockport"), "index.html")
    field = page.locator("#cb\\.q\\.page")
    field.fill("wikipedia")
    expect(page.locator(".cb-searching--page .cb-search__results a").first).to_be_visible()
    field.press("Enter")
    page.wait_for_url("**/search.html?q=wikipedia")
    expect(page.locator(f"{RESULTS} a").first).to_contain_text("Editing open reference sites")


@pytest.mark.parametrize("path", ["social-media.html", "quick/social-media.html"])
def test_the_header_shows_results_in_a_panel(
    page: Page, sites: Callable[[str], Path], path: str
) -> None:
    opened(page, sites("stockport"), path)
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator(HEADER)).to_be_focused()
    page.keyboard.type("logo")
    panel = page.locator(".cb-searching--header .cb-search__results")
    expect(panel.locator("a").first).to_contain_text("Logos and brands")
    page.keyboard.press("ArrowDown")
    expect(panel.locator("a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(HEADER)).to_be_focused()
    page.keyboard.type("s")
    panel.locator("a").first.click()
    page.wait_for_url("**/stockport/social-media.html#no-logos")


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone(page: Page, sites: Callable[[str], Path], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    opened(page, sites("fenwick-hall"), "social-media.html")
    expect(page.locator(HEADER)).to_be_hidden()
    link = page.get_by_role("link", name="Search", exact=True)
    box = link.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
    link.click()
    page.locator(FIELD).fill("who do I tell")
    expect(page.locator(f"{RESULTS} a").first).to_be_visible()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    small = page.locator(f"{RESULTS} li > a").evaluate_all(
        "links => links.filter(one => one.getBoundingClientRect().height < 24).length"
    )
    assert small == 0


def test_without_script_every_policy_is_listed(
    chromium: Browser, sites: Callable[[str], Path]
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, sites("fenwick-hall"))
    listed = page.get_by_role("listitem").all_inner_texts()
    assert len(listed) == 7
    assert listed == sorted(listed, key=str.casefold)
    page.get_by_role("link", name="Mobile devices policy").click()
    page.wait_for_url("**/mobile-devices.html")
    context.close()


# ------------------------------------------------------------------------------ a large handbook


def test_quick_at_a_hundred_policies(
    page: Page, tmp_path: Path, shipped: Repository, handbooks: Handbooks
) -> None:
    """2,800 rules. Time is the browser's own, so that a busy machine does not count as slow."""
    handbook = handbooks["fenwick-hall", "staff"]
    seven = list(handbook.policies.values())
    hundred = {
        f"{seven[n % 7].id}-{n}": replace(
            seven[n % 7], policy=replace(seven[n % 7].policy, id=f"{seven[n % 7].id}-{n}")
        )
        for n in range(100)
    }
    large = replace(handbook, policies=hundred)
    assert sum(len(policy.clauses) for policy in large.policies.values()) >= 2800
    opened(page, site_of(tmp_path / "large", large, shipped.library))
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = browser.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    start = spent()
    page.evaluate(
        """async () => {
            for (const name of ['vendor/minisearch.js', 'vendor/stemmer.js', 'index.js']) {
                await new Promise(done => {
                    const script = document.createElement('script')
                    script.src = 'assets/handbook/' + name
                    script.onload = done
                    document.head.append(script)
                })
            }
            return clausebookSearch('can I use my phone at lunch').answers.length
        }"""
    )
    built = spent()
    page.evaluate("clausebookSearch('student photo on my phone').answers.length")
    later = spent()
    assert built - start < 0.6, f"{built - start:.3f} s to the first answer"
    assert later - built < 0.2, f"{later - built:.3f} s to the next"
