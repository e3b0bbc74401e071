"""Addresses a document asks for in; the bytes of an asset it was given out, and nothing else ever.

A document gets its pictures by name from a mapping. No file is opened, no request is made, and what
was asked for in vain is kept in `refused`, so that a PDF without it is never written.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from PIL import Image

from clausebook.pdf.weasy import URLFetcher, URLFetcherResponse

# Relative addresses are resolved against this. `.invalid` never exists.
BASE = "http://assets.invalid/"
# A photograph of twice this many points is 1.3 GB when it is laid out.
POINTS = 40_000_000
BYTES = 10_000_000
# Pillow's names for kinds of points: black and white, greys, palettes, colours, with transparency.
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")

_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


class Assets(URLFetcher):  # type: ignore[misc]  # WeasyPrint says nothing of its types
    """The assets of one document."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.assets = assets
        self.refused: list[tuple[str, str]] = []

    def fetch(self, url: str, headers: object = None) -> Any:
        """The asset of that name; raises for any other address, as WeasyPrint expects."""
        name = unquote(url.removeprefix(BASE)) if url.startswith(BASE) else ""
        if name not in self.assets:
            raise self._no(name or url, "is not among the files of this document")
        data = self.assets[name]
        kind = kind_of(data)
        if not kind:
            raise self._no(name, "is not a PNG, JPEG, GIF or SVG picture")
        if len(data) > BYTES:
            raise self._no(name, f"is larger than {BYTES // 1_000_000} MB")
        if kind != "image/svg+xml" and (wrong := _unfit(data)):
            raise self._no(name, wrong)
        return URLFetcherResponse(url, data, {"Content-Type": kind})

    def _no(self, name: str, why: str) -> ValueError:
        self.refused.append((name[:120], why))
        return ValueError(f"{name[:120]} {why}")


def kind_of(data: bytes) -> str:
    """What kind of picture it is, from its first bytes; "" when none that we print."""
    for start, kind in _KINDS.items():
        if data.startswith(start):
            return kind
    return "image/svg+xml" if b"<svg" in data[:2000] else ""


def _unfit(data: bytes) -> str:
    """Why a picture of points cannot stand in an archived document; "" when it can."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(
                io.BytesIO(data), formats=("PNG", "JPEG", "GIF")
            ) as picture:  # reads the head only
                width, height = picture.size
                mode = picture.mode
    except Exception as error:
        return f"cannot be read as a picture ({type(error).__name__})"
    if width * height > POINTS:
        return f"has {width * height // 1_000_000} million points; at most {POINTS // 1_000_000} million are printed"
    if mode == "CMYK":
        return "is in the colours of a printing press (CMYK); save it as RGB"
    if mode not in MODES:
        return f"has colours of an unusual kind ({mode}); save it as RGB"
    return ""
