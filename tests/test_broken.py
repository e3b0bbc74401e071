"""Broken handbooks: every rule's exact words, and input that must never crash or hang the check."""

from __future__ import annotations

import json
import random
import re
import shutil
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import markdown
import pytest
from markdown_it import MarkdownIt

from clausebook.build import Outcome, open_repository
from clausebook.handbook_file import handbook_json
from clausebook.model import Text, escape
from clausebook.report import problem_text
from clausebook.resolve import Resolver
from clausebook.rules import all_rules

BROKEN = Path(__file__).parent / "broken"
BASE = BROKEN / "_base"
ELM = "schools/elm.yml"
GARBAGE = 40
# Seconds for the worst text on a slow, busy machine: a hang takes minutes.
LONGEST = 10
CASES = sorted(path.name for path in BROKEN.iterdir() if path.is_dir() and path.name != "_base")
ASIDE = ("expected.txt", "remove.txt", "copies.txt")

Checked = Callable[[Path], Outcome]


def overlaid(case: Path, root: Path) -> None:
    """The base handbook with a case's files laid over it, what it lists copied or removed."""
    shutil.copytree(case, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*ASIDE))
    copies = case / "copies.txt"
    for line in copies.read_text(encoding="utf-8").splitlines() if copies.exists() else ():
        name, number = line.split()
        for one in range(1, int(number) + 1):
            shutil.copytree(root / name, root / f"{name}-{one}")
        shutil.rmtree(root / name)
    removed = case / "remove.txt"
    for name in removed.read_text(encoding="utf-8").split() if removed.exists() else ():
        path = root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def said(outcome: Outcome) -> str:
    """The problem lines of `clausebook check --all`."""
    return "".join(f"{problem_text(problem)}\n" for problem in outcome.problems)


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_reported_in_exactly_these_words(
    name: str, base: Path, checked: Checked, request: pytest.FixtureRequest
) -> None:
    overlaid(BROKEN / name, base)
    found = said(checked(base))
    expected = BROKEN / name / "expected.txt"
    if request.config.getoption("--update"):
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert found == expected.read_text(encoding="utf-8")
    assert f"[{name.partition('--')[0]}]\n" in found


def test_the_base_handbook_has_no_problem(base: Path, checked: Checked) -> None:
    outcome = checked(base)
    assert said(outcome) == ""
    assert outcome.clauses == 13


def test_every_rule_has_a_broken_case() -> None:
    shown: set[str] = set()
    for name in CASES:
        text = (BROKEN / name / "expected.txt").read_text(encoding="utf-8")
        shown |= set(re.findall(r"\[([a-z0-9-]+)\]$", text, re.M))
    assert set(all_rules()) - shown == set()
    assert set(all_rules()) - {name.partition("--")[0] for name in CASES} == set()


# ------------------------------------------------------------- what a folder in git cannot hold


def test_a_file_of_50_mb_is_refused_unread(base: Path, checked: Checked) -> None:
    with (base / ELM).open("ab") as file:
        file.truncate(50_000_000)
    assert "it is larger than 2 MB [unreadable-file]" in said(checked(base))


@pytest.mark.parametrize("folder", ["schools", "policies/phones", "policies/registers"])
@pytest.mark.parametrize("target", ["..", ".", "missing", "/etc/hostname", "/"])
def test_a_link_that_loops_or_leads_away_is_refused(
    folder: str, target: str, base: Path, checked: Checked
) -> None:
    link = base / folder / "away.yml"
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("links cannot be made here")
    found = said(checked(base))
    assert f"{folder}/away.yml:1:1: error: this file cannot be read: it is a link" in found


def test_a_link_in_place_of_a_whole_folder_is_refused(
    base: Path, tmp_path: Path, checked: Checked
) -> None:
    outside = tmp_path / "outside"
    shutil.move(base / "policies" / "phones", outside)
    try:
        (base / "policies" / "phones").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    assert "policies/phones:1:1: error: this file cannot be read" in said(checked(base))


@pytest.mark.parametrize("name", ["schools", "policies"])
def test_a_file_in_place_of_a_folder_is_a_problem(name: str, base: Path, checked: Checked) -> None:
    shutil.rmtree(base / name)
    (base / name).write_text("not a folder\n", encoding="utf-8")
    assert f"{name}:1:1: error:" in said(checked(base))


# ------------------------------------------------------------- what must be accepted


def resolved(root: Path, organisation: str = "elm") -> str:
    """The handbook as published, as one text."""
    repository, problems = open_repository(root)
    assert repository is not None, problems
    return handbook_json(Resolver(repository).resolve(organisation).handbooks["staff"])


def rewritten(root: Path, change: Callable[[bytes], bytes]) -> None:
    for path in root.rglob("*.*"):
        if path.is_file():
            path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="byte-order-mark"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="windows-line-ends"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r"), id="old-mac-line-ends"),
        pytest.param(
            lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"), id="mark-and-windows"
        ),
    ],
)
def test_files_from_any_editor_give_the_same_handbook(
    change: Callable[[bytes], bytes], base: Path, checked: Checked
) -> None:
    before = resolved(base)
    rewritten(base, change)
    assert said(checked(base)) == ""
    assert resolved(base) == before


def with_motto(root: Path, motto: str) -> None:
    """Elmbridge's motto, printed in the text of one clause."""
    path = root / ELM
    text = path.read_text(encoding="utf-8")
    assert "motto: Look up" in text
    quoted = motto.replace("'", "''")
    path.write_text(text.replace("motto: Look up", f"motto: '{quoted}'"), encoding="utf-8")


def motto_clause(root: Path) -> Text:
    repository, problems = open_repository(root)
    assert repository is not None, problems
    handbook = Resolver(repository).resolve("elm").handbooks["staff"]
    return next(c.text for c in handbook.policies["phones"].clauses if c.id == "motto")


@pytest.mark.parametrize(
    "motto",
    [
        "5.10",
        "no",
        "null and void",
        "1_000",
        "0x1F",
        "2021-03-23",
        "12:30:45",
        "1e3",
        "Look up ✓",
        "Café",
        "Cafe\u0301",
        "zero\u200bwidth",
        "{{ answer.motto }}",
        "{% include 'x' %}",
    ],
)
def test_a_value_is_published_exactly_as_written(motto: str, base: Path, checked: Checked) -> None:
    with_motto(base, motto)
    assert said(checked(base)) == ""
    assert motto_clause(base).words == f"Our motto is “{motto}”."


@pytest.mark.parametrize("written", ["5.10", "no", "yes", "1_000", "2021-03", "on", "0777", "1e3"])
def test_a_bare_value_is_never_taken_for_a_number_flag_or_date(written: str, base: Path) -> None:
    text = (base / ELM).read_text(encoding="utf-8")
    (base / ELM).write_text(text.replace("Look up", written), encoding="utf-8")
    assert motto_clause(base).words == f"Our motto is “{written}”."


def test_dates_of_different_precision_stand_side_by_side(base: Path, checked: Checked) -> None:
    text = (base / ELM).read_text(encoding="utf-8")
    dates = "{last: 2021-03, next: 2028}\n    approvals: [{date: 2021-03-23, by: Governors}]"
    (base / ELM).write_text(text.replace("{next: 2028}", dates), encoding="utf-8")
    assert said(checked(base)) == ""
    control = json.loads(resolved(base))
    assert "23 March 2021" in json.dumps(control)


@pytest.mark.parametrize("due", ["2026-11-20", "2026-11", "2026"])
def test_a_review_is_not_overdue_on_the_last_day_its_date_can_mean(
    due: str, base: Path, checked: Checked
) -> None:
    text = (base / ELM).read_text(encoding="utf-8")
    (base / ELM).write_text(text.replace("{next: 2028}", f"{{next: {due}}}"), encoding="utf-8")
    assert said(checked(base)) == ""


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</p><h1>Look up",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "<!-- note",
    "**bold** and _more_ and `code`",
    "[link](javascript:alert(1))",
    "![image](x.png)",
    "[x]: https://example.org/",
    "<https://example.org/>",
    "https://example.org/",
    "# heading",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "> quoted",
    "| a | b |",
    "---",
    "===",
    "~~~",
    "```",
    "    code",
    "\\*star\\*",
    "*[HTML]: abbreviation",
    ": definition",
    "[^1]: footnote",
    "{: .class }",
    "!!! note",
    "$x$ ~sub~ ^sup^ ==mark==",
    "\"quoted\" and 'single'",
    "a  ",
]
PYTHON_MARKDOWN = markdown.Markdown(extensions=["tables", "attr_list", "def_list", "footnotes"])


def pages(text: str) -> list[str]:
    """A Markdown text as both parsers render it."""
    PYTHON_MARKDOWN.reset()
    return [PYTHON_MARKDOWN.convert(text), MarkdownIt("commonmark").enable("table").render(text)]


def parts(html: str) -> tuple[list[str], str]:
    """The tags of a page and the words a reader sees."""
    tags = re.findall(r"<[^>]*>", html)
    return tags, unescape(re.sub(r"<[^>]*>", "", html)).strip()


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_always_words_and_never_markup(value: str) -> None:
    assert not set("<>") & set(escape(value))
    for html in pages(escape(value)):
        tags, words = parts(html)
        assert tags == ["<p>", "</p>"]
        assert words == value.strip()


@pytest.mark.parametrize("value", HOSTILE)
def test_markup_in_an_answer_is_published_as_words(
    value: str, base: Path, checked: Checked
) -> None:
    with_motto(base, value)
    assert said(checked(base)) == ""
    for html in pages(motto_clause(base).markdown):
        tags, words = parts(html)
        assert tags == ["<p>", "</p>"]
        assert words == f"Our motto is “{value}”."


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "text",
    [
        "{{ answer.motto }}",
        "- {{ answer.motto }}",
        "| a |\n|---|\n| {{ answer.motto }} |",
        "{{ answer.motto }}\nand on",
    ],
)
def test_markup_that_starts_a_line_item_or_cell_is_words_too(
    text: str, value: str, base: Path, checked: Checked
) -> None:
    care = base / "policies/phones/care.md"
    written = care.read_text(encoding="utf-8")
    care.write_text(written.replace("Our motto is “{{ answer.motto }}”.", text), encoding="utf-8")
    with_motto(base, "Look up")
    plain = [parts(html)[0] for html in pages(motto_clause(base).markdown)]
    (base / ELM).write_text((BASE / ELM).read_text(encoding="utf-8"), encoding="utf-8")
    with_motto(base, value)
    assert said(checked(base)) == ""
    for html, tags in zip(pages(motto_clause(base).markdown), plain, strict=True):
        assert parts(html)[0] == tags
        assert value.strip() in parts(html)[1]


@pytest.mark.parametrize("value", HOSTILE)
def test_markup_in_a_name_title_or_list_is_published_as_words(
    value: str, base: Path, checked: Checked
) -> None:
    quoted = "'" + value.replace("'", "''") + "'"
    text = (base / ELM).read_text(encoding="utf-8")
    text = text.replace("Elmbridge School", quoted).replace("Code of Conduct", quoted)
    text = text.replace("{title: Principal}", f"{{title: {quoted}}}")
    text = text.replace("Keep it quiet.", quoted)
    (base / ELM).write_text(text, encoding="utf-8")
    assert said(checked(base)) == ""
    repository, _ = open_repository(base)
    assert repository is not None
    handbook = Resolver(repository).resolve("elm").handbooks["staff"]
    for clause in handbook.policies["phones"].clauses:
        for html in pages(clause.text.markdown):
            names = {re.sub(r"\W|href.*", "", tag) for tag in parts(html)[0]}
            assert names <= {"p", "ul", "li", "a"}
            assert "javascript" not in "".join(parts(html)[0])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a(b)c",
        "https://example.org/)[x](javascript:alert(1)",
        "https://example.org/a_b_c*d*",
        "https://example.org/?a=1&lt=2",
        "https://example.org/`x`",
        "https://example.org/![x]",
    ],
)
def test_a_web_address_cannot_leave_its_link(url: str, base: Path, checked: Checked) -> None:
    text = (base / ELM).read_text(encoding="utf-8")
    title = f"{{title: Code of Conduct, url: '{url}'}}"
    (base / ELM).write_text(text.replace("Code of Conduct", title), encoding="utf-8")
    outcome = checked(base)
    if outcome.problems:  # refused is safe too
        assert "web address" in said(outcome)
        return
    repository, _ = open_repository(base)
    assert repository is not None
    handbook = Resolver(repository).resolve("elm").handbooks["staff"]
    clause = next(c for c in handbook.policies["phones"].clauses if c.id == "read-with")
    for html in pages(clause.text.markdown):
        (target,) = re.findall(r'href="([^"]*)"', html)
        assert unquote(unescape(target)) == url
        assert parts(html)[1].endswith("Code of Conduct")


def test_comments_in_a_text_are_left_out(base: Path, checked: Checked) -> None:
    care = base / "policies/phones/care.md"
    text = care.read_text(encoding="utf-8")
    care.write_text(text.replace("Our motto", "{# a note #}Our motto"), encoding="utf-8")
    assert said(checked(base)) == ""
    assert motto_clause(base).words == "Our motto is “Look up”."


# ------------------------------------------------------------- never a crash, never a hang


@pytest.mark.parametrize(
    "text",
    [
        "{% if answer.motto %}" * 400 + "x" + "{% endif %}" * 400,
        "{% if answer.motto %}" * 400,
        "{{ " + "(" * 5000 + "answer.motto" + ")" * 5000 + " }}",
        "{{ answer.motto" + " | start" * 2400 + " }}",
        "{% if " + "not " * 4000 + "answer.motto %}x{% endif %}",
        "{% if answer.motto" + " and answer.motto" * 1100 + " %}x{% endif %}",
        "{{" * 9000,
        "{{ answer.motto }} " * 1000,
        "{% if answer.motto %}" * 110 + "x" + "{% endif %}" * 110,
        "{% if answer.motto %}x" + "{% elif answer.motto %}x" * 790 + "{% endif %}",
        "{% if answer.motto %}x{% endif %}" * 570,
        "{% for t in answer.times %}{{ t }}{% endfor %}" * 400,
        "{#" * 9000,
        "[" * 19_000,
        "> " * 9000,
        "*" * 19_000,
        "_a" * 9000,
        "![" * 9000,
        "[a](" * 4000,
        "<" * 19_000,
        "`" * 9000 + "a",
        "- " * 9000,
        "    - a\n" * 2000,
        "".join(f"{'    ' * depth}- a\n" for depth in range(60)),
        "| a " * 4000 + "|\n" + "|---" * 4000 + "|",
        "&" * 19_000,
        "\\" * 19_000,
        "(" * 19_000,
        "a" * 19_000,
        "a " * 9000,
        "Data Protection " * 1000,
    ],
    ids=lambda text: f"{text[:12].strip()}…{len(text)}".replace("\n", " "),
)
def test_a_hostile_text_is_read_in_good_time(text: str, base: Path, checked: Checked) -> None:
    care = base / "policies/phones/care.md"
    whole = care.read_text(encoding="utf-8")
    care.write_text(whole.replace("Our motto is", f"{text}\n\nOur motto is"), encoding="utf-8")
    started = time.perf_counter()
    checked(base)
    assert time.perf_counter() - started < LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        "- " * 100_000,
        "a: " * 100_000,
        "? " * 100_000,
        "".join(f"{' ' * depth}k:\n" for depth in range(1000)),
        "k" * 1_900_000 + ": v",
        "name: " + "x" * 1_900_000,
        "name: '" + "x\n\n" * 300_000,
        "&a " * 10_000,
        "*a " * 10_000,
        "!a " * 10_000,
        "--- \n" * 100_000,
        "%TAG ! tag:x,2000:\n" * 1000,
        "name: |\n" + "  x\n" * 300_000,
    ],
    ids=lambda text: f"{text[:8].strip()}…{len(text)}".replace("\n", " "),
)
def test_hostile_yaml_is_refused_in_good_time(text: str, base: Path, checked: Checked) -> None:
    (base / ELM).write_text(text, encoding="utf-8")
    started = time.perf_counter()
    assert checked(base).problems
    assert time.perf_counter() - started < LONGEST


def garbled(raw: bytes, chance: random.Random) -> bytes:
    """The bytes of a file after one accident."""
    lines = raw.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(7)
    if kind == 0:
        place = chance.randrange(len(raw))
        return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]
    if kind == 1:
        return raw[: chance.randrange(len(raw))]
    if kind == 2:
        del lines[one]
    elif kind == 3:
        lines.insert(one, lines[other])
    elif kind == 4:
        lines[one], lines[other] = lines[other], lines[one]
    elif kind == 5:
        lines[one] = b" " * chance.randrange(9) + lines[one].lstrip()
    else:
        words = re.split(rb"(\W)", raw)
        first, second = chance.randrange(len(words)), chance.randrange(len(words))
        words[first], words[second] = words[second], words[first]
        return b"".join(words)
    return b"\n".join(lines)


FILES = sorted(path.relative_to(BASE).as_posix() for path in BASE.rglob("*.*") if path.is_file())


@pytest.mark.parametrize("file", FILES)
def test_garbage_is_a_problem_or_is_harmless_and_never_a_crash(
    file: str, base: Path, checked: Checked
) -> None:
    chance = random.Random(file)
    good = (base / file).read_bytes()
    for number in range(GARBAGE):
        bad = garbled(good, chance)
        for _ in range(number % 3):
            bad = garbled(bad, chance) if bad else bad
        (base / file).write_bytes(bad)
        started = time.perf_counter()
        outcome = checked(base)
        assert time.perf_counter() - started < LONGEST
        for problem in outcome.problems:
            text = (base / problem.at.file).read_bytes() if problem.at.file.count(".") else b""
            assert problem.at.line <= len(text.splitlines()) + 1, problem


def test_there_are_enough_garbage_variants() -> None:
    assert len(FILES) * GARBAGE >= 300
