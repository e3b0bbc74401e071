"""Everything that decides how a site looks is one of its parts: a change to it is never missed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from clausebook import unchanged
from clausebook.cli import main
from clausebook.publish import made_from
from tests.published import HIDDEN, LOOK_AFTER

OWN = "site_name: Ours\ntheme: {name: material, custom_dir: overrides}\n"


def build(root: Path, *more: str) -> int:
    return main(["build", "--no-pdf", "--jobs", "1", "--root", str(root), *more])


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def edited(root: Path, old: str, new: str) -> None:
    file = root / "schools" / "elm.yml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_revisions_of_one_day_are_not_the_same(base: Path, tmp_path: Path) -> None:
    git(base, "init", "-q")
    for old, new in (("Look up", "Look around"), ("Look around", "Look ahead")):
        git(base, "add", ".")
        git(base, "commit", "-qm", "a day's work")
        edited(base, old, new)
    page, clean = Path("site/staff/elm/changes.html"), tmp_path / "clean"
    assert build(base, "elm", "--since", "HEAD") == 0
    before = (base / page).read_bytes()
    assert build(base, "elm", "--since", "HEAD~1") == 0
    assert (base / page).read_bytes() != before
    assert build(base, "elm", "--since", "HEAD~1", "--out", str(clean)) == 0
    assert (base / page).read_bytes() == (clean / "staff/elm/changes.html").read_bytes()


def test_a_template_that_moves_is_another_one(base: Path) -> None:
    own = base / "overrides"
    (own / "off").mkdir(parents=True)
    (base / "mkdocs.yml").write_text(OWN, "utf-8")
    template = own / "main.html"
    template.write_text(
        "{% extends 'base.html' %}\n{% block announce %}Mind{% endblock %}", "utf-8"
    )
    before = made_from.template_digest(base)
    template.rename(own / "off" / "main.html")
    assert made_from.template_digest(base) != before


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("theme: {custom_dir: look}\n", "look"),
        ("mine: &mine {custom_dir: look}\ntheme: {<<: *mine, name: material}\n", "look"),
        ("hooks: [tools/h.py]\n", "tools"),
        ("a: !!python/name:os.path ''\ntheme: {custom_dir: look}\n", "look"),
        ("INHERIT: base.yml\n", "look"),
    ],
)
def test_whatever_the_settings_name_is_looked_at(tmp_path: Path, settings: str, named: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(settings, "utf-8")
    (tmp_path / "base.yml").write_text("theme: {custom_dir: look}\n", "utf-8")
    (tmp_path / named).mkdir()
    assert tmp_path / named in made_from.own_templates(tmp_path)
    before = made_from.template_digest(tmp_path)
    (tmp_path / named / "words.py").write_text("x = 1\n", "utf-8")
    assert made_from.template_digest(tmp_path) != before


def test_variables_that_the_settings_read_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mkdocs.yml").write_text("theme: {language: !ENV [OUR_LANGUAGE, en]}\n", "utf-8")
    monkeypatch.delenv("OUR_LANGUAGE", raising=False)
    before = made_from.template_digest(tmp_path)
    monkeypatch.setenv("OUR_LANGUAGE", "cy")
    assert made_from.environment(tmp_path) == ["OUR_LANGUAGE=cy"]
    assert made_from.template_digest(tmp_path) != before


def test_a_variable_that_was_not_set_before_counts_too(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = base / "overrides"
    own.mkdir()
    (own / "main.html").write_text(
        "{% extends 'base.html' %}\n{% block announce %}Said {{ config.extra.word }}{% endblock %}",
        "utf-8",
    )
    pinned = "extra: {word: !ENV [OUR_WORD, nothing], clausebook: {as_of: 2026-11-20}}\n"
    (base / "mkdocs.yml").write_text(f"{OWN}{pinned}", "utf-8")
    time.sleep(LOOK_AFTER)
    monkeypatch.delenv("OUR_WORD", raising=False)
    page, noted = base / "site/staff/elm/index.html", base / "site" / HIDDEN / unchanged.NAME
    assert build(base) == 0
    assert "Said nothing" in page.read_text("utf-8")
    before = noted.read_bytes()
    assert build(base) == 0
    assert noted.read_bytes() == before
    monkeypatch.setenv("OUR_WORD", "otherwise")
    assert build(base) == 0
    assert "Said otherwise" in page.read_text("utf-8")
    # It may be one that nobody else should read.
    assert b"otherwise" not in noted.read_bytes()
    monkeypatch.delenv("OUR_WORD")
    assert build(base) == 0
    assert "Said nothing" in page.read_text("utf-8")


@pytest.mark.parametrize(
    "body",
    ["", "# for clausebook, which writes the rest\n", "from clausebook import __version__\n"],
)
def test_hooks_of_ones_own_come_after_those_that_make_the_pages(
    base: Path, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body += "from pathlib import Path\n\n\n"
    body += "def on_post_page(output, page, config):\n    return output + '<!-- ours -->'\n\n\n"
    body += "def on_post_build(config):\n    Path(config.site_dir, 'robots.txt').write_text('x')\n"
    (base / "own.py").write_text(body, "utf-8")
    (base / "mkdocs.yml").write_text("site_name: Ours\nhooks: [own.py]\n", "utf-8")
    assert build(base) == 0
    site = base / "site/staff/elm"
    assert site.joinpath("index.html").read_text("utf-8").endswith("<!-- ours -->")
    assert site.joinpath("robots.txt").read_text("utf-8") == "x"
    # What a site is made of is said when all of it is there.
    assert main(["verify", str(base / "site")]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("INHERIT: base.yml\n", "Inherited config file 'base.yml' does not exist"),
        ("hooks: own.py\n", "mkdocs.yml: hooks: Expected a list of items"),
        ("hooks: [own.py]\n", "own.py"),
        ("extra: [ours]\n", "mkdocs.yml: extra: "),
        ("theme: readthedocs\n", "made for the theme 'material', not 'readthedocs'"),
        ("theme: {name: mkdocs}\n", "made for the theme 'material', not 'mkdocs'"),
        ("theme: [material]\n", "mkdocs.yml: theme: "),
        ("use_directory_urls: true\n", "mkdocs.yml: use_directory_urls: pages link to each other"),
    ],
)
def test_settings_that_lead_nowhere_are_named(
    settings: str, said: str, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (base / "mkdocs.yml").write_text(f"site_name: Ours\n{settings}", "utf-8")
    assert build(base) == 1
    told = capsys.readouterr()
    assert said in told.out
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize(
    "settings", ["theme:\nextra:\nhooks:\n", "theme: material\n", "theme: {}\n"]
)
def test_settings_that_say_nothing_are_those_that_are_shipped(settings: str, base: Path) -> None:
    pages = []
    for text in ("site_name: Ours\n", f"site_name: Ours\n{settings}"):
        (base / "mkdocs.yml").write_text(text, "utf-8")
        assert build(base, "elm", "--edition", "staff") == 0
        pages.append((base / "site/staff/elm/index.html").read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "theme",
    ["{palette: {primary: teal}}", "{name: material, custom_dir: mine, palette: {primary: teal}}"],
)
def test_what_a_handbook_says_of_its_theme_goes_with_what_is_shipped(
    theme: str, base: Path
) -> None:
    (base / "mine").mkdir()
    (base / "mkdocs.yml").write_text(f"site_name: Ours\ntheme: {theme}\n", "utf-8")
    assert build(base) == 0
    page = (base / "site/staff/elm/index.html").read_text("utf-8")
    assert 'data-md-color-primary="teal"' in page
    assert "fonts.googleapis.com" not in page
    assert "assets/handbook/favicon.svg" in page


def test_a_page_that_a_hook_leaves_out_is_not_left_out_silently(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (base / "own.py").write_text(
        "def on_post_page(output, page, config):\n    return ''\n", "utf-8"
    )
    (base / "mkdocs.yml").write_text("site_name: Ours\nhooks: [own.py]\n", "utf-8")
    assert build(base) == 1
    assert "a hook or plugin of this handbook left out 'index.html'" in capsys.readouterr().out


def test_a_template_that_fails_for_one_organisation_stops_no_other(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = base / "overrides"
    own.mkdir()
    fails = "{% if config.extra.handbook.id == 'ash' %}{{ 1 + 'a' }}{% endif %}"
    (own / "main.html").write_text(
        f"{{% extends 'base.html' %}}\n{{% block announce %}}{fails}{{% endblock %}}", "utf-8"
    )
    (base / "mkdocs.yml").write_text(OWN, "utf-8")
    assert build(base) == 1
    said = capsys.readouterr().out
    assert "staff/ash: not built" in said
    assert "TypeError" in said
    assert (base / "site/staff/oak/index.html").is_file()
    assert (base / "site/admin/index.html").is_file()


DAY = "extra:\n  clausebook:\n    as_of: {}\n"


def test_another_day_in_the_settings_is_no_other_look(base: Path) -> None:
    settings = base / "mkdocs.yml"

    def of(day: str, more: str = "") -> str:
        settings.write_text("site_name: Ours\n" + DAY.format(day) + more, "utf-8")
        return made_from.template_digest(base)

    assert of("2026-11-20") == of("2026-12-01")
    assert of("2026-11-20") != of("2026-11-20", "copyright: Ours\n")
    # Told from the text: what is not sure to be the day counts.
    twice = "plugins:\n  - other:\n      as_of: 2026-11-20\n"
    assert of("2026-11-20", twice) != of("2026-12-01", twice)


def test_own_templates_may_print_the_day(base: Path) -> None:
    settings, found = base / "mkdocs.yml", []
    (base / "overrides").mkdir()
    for day in ("2026-11-20", "2026-12-01"):
        settings.write_text("site_name: Ours\n" + DAY.format(day), "utf-8")
        found.append(made_from.template_digest(base))
    assert found[0] != found[1]
