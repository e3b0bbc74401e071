"""axe-core over every kind of page: WCAG 2.2 A and AA and best practice, light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Reader, page_kinds

AXE = Path(__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1300, 320)


def violations(page: Page) -> list[str]:
    """What axe finds, one line each: the rule, the element, and what axe says of it."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, preload: false, resultTypes: ['violations']})"
        ".then(result => result.violations)",
        TAGS,
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(
    scheme: Any, width: int, built: Path, web: str, reader: Reader
) -> None:
    context = reader(
        color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    found: list[str] = []
    for kind, path in page_kinds(built).items():
        page.goto(f"{web}/{path}")
        page.wait_for_load_state("networkidle") if "?" in path else None
        found += [f"{kind} ({path}), {line}" for line in violations(page)]
    assert found == [], "\n".join(found)
