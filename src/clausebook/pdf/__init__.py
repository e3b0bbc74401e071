"""A policy's HTML in, a PDF that is PDF/UA-1 and PDF/A-2a at once out.

`engine.Engine` makes one; this module says what its bytes depend on, without loading WeasyPrint.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

# By these names on Linux, macOS and Windows.
_PANGO = ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll")
_HARFBUZZ = ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll")
# What no document is made by, as far as the folder of the package goes: a test sees to it. All else
# counts, so that what is new does until somebody says otherwise.
NOT_MAKING = (
    *(f"{name}/" for name in ("commands", "export", "host", "load", "publish", "resolve", "rules")),
    *(
        f"{name}.py"
        for name in (
            "__main__", "build", "check", "cli", "judge", "portal", "published", "pytest_plugin",
            "remember", "report", "seal", "sites", "spelling", "table", "template", "yamlfile",
        )
    ),
    *(f"pdf/{name}.py" for name in ("booklet", "checker", "reading", "removed", "words")),
    *(
        f"render/{name}.py"
        for name in (
            "about", "board", "calendar", "changes", "handbook", "last_build", "origins", "part",
            "policy", "portal", "quick", "search",
        )
    ),
)  # fmt: skip
# And of others: what reads HTML and CSS, sets and draws text, and puts files together.
_THEIRS = (
    "cssselect2", "fonttools", "jinja2", "markdown", "markupsafe", "pikepdf", "pillow", "pydyf",
    "pyphen", "segno", "tinycss2", "tinyhtml5", "weasyprint",
)  # fmt: skip


class CannotMakePdfs(Exception):
    """This machine lacks what PDFs need; the message says what to install."""


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """What the bytes of a PDF depend on besides its HTML, assets and styles.

    For cache keys and release notes. Takes some milliseconds, where importing WeasyPrint takes half
    a second. A library that is not found is "none": making a PDF then says what to install.
    """
    from importlib.metadata import version  # a child, which is told all this, has no use for it

    ours = hashlib.sha256()
    for name, file in _making():
        raw = file.read_bytes()
        ours.update(f"{name} {len(raw)}\n".encode() + raw)
    return {
        "engine": ours.hexdigest()[:16],
        **{name: version(name) for name in _THEIRS},
        **libraries(),
    }


def libraries() -> dict[str, str]:
    """The versions of the system's libraries that set text."""
    return {
        "pango": _told(_PANGO, lambda library: library.pango_version_string),
        "harfbuzz": _told(_HARFBUZZ, lambda library: library.hb_version_string),
    }


def _making() -> Iterator[tuple[str, Path]]:
    """The code of ours that has a part in making documents, and the fonts, in a fixed order."""
    package = Path(__file__).parents[1]
    found = {file.relative_to(package).as_posix(): file for file in package.rglob("*.py")}
    for file in Path(__file__).parent.glob("fonts/*.ttf"):
        found[f"pdf/fonts/{file.name}"] = file
    for name, file in sorted(found.items()):
        if not name.startswith(NOT_MAKING):
            yield name, file


def _told(names: tuple[str, ...], function: Callable[[ctypes.CDLL], object]) -> str:
    for name in names:
        try:
            tell = function(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
        tell.restype = ctypes.c_char_p  # type: ignore[attr-defined]
        return str(tell().decode())  # type: ignore[operator]
    return "none"
