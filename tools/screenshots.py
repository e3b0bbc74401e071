"""Pictures of the main kinds of page, for the README and docs: make site, then python tools/screenshots.py.

They are of the fictional trust, on the demonstration's own day, so that they change only when pages do.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DAY = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Europe/London"))
WIDE, PHONE = (1280, 860), (390, 844)

# What to look at: name, page below the site, size, colours, and what to do there first.
SHOTS: tuple[tuple[str, str, tuple[int, int], str, str], ...] = (
    ("home", "staff/reedwater-primary/index.html", WIDE, "light", ""),
    ("home-phone", "staff/reedwater-primary/index.html", PHONE, "light", ""),
    ("policy", "staff/reedwater-primary/mobile-devices.html", WIDE, "light", ""),
    ("policy-dark", "staff/fenwick-hall/pupil-images.html", WIDE, "dark", ""),
    ("quick-guide-phone", "staff/reedwater-primary/quick/mobile-devices.html", PHONE, "light", ""),
    ("search", "staff/reedwater-primary/search.html?q=can+I+use+my+phone+at+lunch", WIDE, "light", ""),
    ("search-phone", "staff/reedwater-primary/search.html?q=friend+request", PHONE, "light", ""),
    ("governors", "governors/reedwater-primary/mobile-devices.html#visitors-phones", WIDE, "light",
     "document.querySelector('#visitors-phones details').open = true"),
    ("review-board", "governors/larkmere/review.html", WIDE, "light", ""),
    ("portal", "admin/index.html", WIDE, "light", ""),
)  # fmt: skip


def main() -> int:
    with tempfile.TemporaryDirectory() as made:
        site = Path(made)
        command = [sys.executable, "-m", "clausebook", "build", "--out", str(site)]
        if subprocess.run(command, cwd=ROOT).returncode:
            return 1
        IMAGES.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
                args=["--no-sandbox", "--disable-gpu"],
            )
            for shot in SHOTS:
                _take(browser, site, *shot)
            browser.close()
    return 0


def _take(
    browser: Browser, site: Path, name: str, page: str, size: tuple[int, int], colours: str, do: str
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if colours == "dark" else "light",
        device_scale_factor=2 if size is PHONE else 1,
    )
    tab = context.new_page()
    tab.clock.set_fixed_time(DAY)
    path, _, rest = page.partition("?")
    tab.goto((site / path.partition("#")[0]).as_uri() + (f"?{rest}" if rest else ""))
    if "#" in page:
        tab.goto((site / path.partition("#")[0]).as_uri() + "#" + page.partition("#")[2])
    if do:
        tab.evaluate(do)
    tab.wait_for_timeout(600)
    picture = Image.open(io.BytesIO(tab.screenshot()))
    target = IMAGES / f"{name}.png"
    picture.convert("RGB").quantize(128).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} KB")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
