"""A policy's HTML in, a PDF that is PDF/UA-1 and PDF/A-2a at once out.

`engine.Engine` makes one; this module says what its bytes depend on, without loading WeasyPrint.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

# By these names on Linux, macOS and Windows.
_PANGO = ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll")
_HARFBUZZ = ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll")
_OURS = (
    "engine.py",
    "faces.py",
    "fetch.py",
    "lint.py",
    "merge.py",
    "tags.py",
    "weasy.py",
    "fonts/*.ttf",
)


class CannotMakePdfs(Exception):
    """This machine lacks what PDFs need; the message says what to install."""


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """What the bytes of a PDF depend on besides its HTML, assets and styles.

    For cache keys and release notes. Takes some milliseconds, where importing WeasyPrint takes half
    a second. A library that is not found is "none": making a PDF then says what to install.
    """
    ours = hashlib.sha256()
    for pattern in _OURS:
        for file in sorted(Path(__file__).parent.glob(pattern)):
            ours.update(file.read_bytes())
    return {
        "engine": ours.hexdigest()[:16],
        "weasyprint": version("weasyprint"),
        "pydyf": version("pydyf"),
        "pango": _told(_PANGO, lambda library: library.pango_version_string),
        "harfbuzz": _told(_HARFBUZZ, lambda library: library.hb_version_string),
    }


def _told(names: tuple[str, ...], function: Callable[[ctypes.CDLL], object]) -> str:
    for name in names:
        try:
            tell = function(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
        tell.restype = ctypes.c_char_p  # type: ignore[attr-defined]
        return str(tell().decode())  # type: ignore[operator]
    return "none"
