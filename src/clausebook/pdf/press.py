"""Documents in, their PDFs out: from memory where nothing they are made of has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from clausebook.cache import Cache, digest
from clausebook.pdf import children, versions
from clausebook.pdf.document import CONTENTS_FROM, Document
from clausebook.shipped import shipped

PREFIX = "pdf-"
# Eighteen points, and every other size with it: words flow anew rather than being magnified.
LARGE_PRINT = """
html { font-size: 18pt; line-height: 1.5 }
@page { margin: 20mm 18mm; @top-left { font-size: 13pt } @top-right { font-size: 13pt }
        @bottom-left { font-size: 13pt } @bottom-right { font-size: 13pt } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A document as it is to be: with contents and without, because only its length decides."""

    short: Document
    long: Document
    guess_long: bool
    look: str = ""

    @property
    def key(self) -> str:
        assets = (
            f"{name} {hashlib.sha256(data).hexdigest()}"
            for name, data in sorted(self.short.assets.items())
        )
        return digest([self.short.html, self.long.html, self.look, styles(), *assets])


@dataclass(frozen=True, slots=True)
class Printed:
    """What came of a wish: its bytes, or the reason that there are none."""

    wish: Wish
    data: bytes | None
    reason: str = ""


@lru_cache(maxsize=1)
def styles() -> str:
    """What every document is made with, as one digest."""
    css = (shipped("overrides") / "pdf" / "policy.css").read_text(encoding="utf-8")
    return digest([css, *(f"{name} {version}" for name, version in sorted(versions().items()))])


class Press:
    """Makes each document once, whoever asks for it."""

    def __init__(self, root: Path, jobs: int | None = None) -> None:
        self.cache = Cache(root)
        self.jobs = jobs

    def run(self, wishes: Iterable[Wish]) -> dict[str, Printed]:
        """Every document by its key. What was not in memory is made on all cores, a child each."""
        found: dict[str, Printed] = {}
        missing: dict[str, Wish] = {}
        for wish in wishes:
            key = wish.key
            if key in found or key in missing:
                continue
            kept = self.cache.get(PREFIX + key[:32], key)
            if isinstance(kept, bytes):
                found[key] = Printed(wish, kept)
            else:
                missing[key] = wish
        return found | dict(self._make(missing))

    def _make(self, missing: dict[str, Wish]) -> Iterator[tuple[str, Printed]]:
        if not missing:
            return
        engine()  # warm before the first child is made
        jobs = {
            key: children.Job(
                name=wish.short.title,
                make=make,
                given=(
                    wish.short.html,
                    wish.long.html,
                    wish.short.assets,
                    wish.guess_long,
                    wish.look,
                ),
            )
            for key, wish in missing.items()
        }
        keys = {id(job): key for key, job in jobs.items()}
        for done in children.run(jobs.values(), self.jobs):
            key = keys[id(done.job)]
            if done.data is not None:
                self.cache.put(PREFIX + key[:32], key, done.data)
            yield key, Printed(missing[key], done.data, done.reason or "")


@lru_cache(maxsize=1)
def engine() -> object:
    from clausebook.pdf.engine import Engine

    return Engine(shipped("overrides") / "pdf" / "policy.css")


def make(
    short: str, long: str, assets: dict[str, bytes], guess_long: bool, look: str = ""
) -> bytes:
    """In a child: one document, with contents when it has the pages that call for them."""
    import io

    import pikepdf

    from clausebook.pdf.engine import CannotRender, Engine

    press = engine()
    assert isinstance(press, Engine)

    def rendered(html: str) -> tuple[bytes, int]:
        data = press.render(html, assets=assets, styles=[look] if look else [])
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return data, len(pdf.pages)

    try:
        data, pages = rendered(long if guess_long else short)
        if guess_long and pages < CONTENTS_FROM:
            data, _ = rendered(short)
        elif not guess_long and pages >= CONTENTS_FROM:
            data, _ = rendered(long)
    except CannotRender as error:
        raise children.Refused(str(error)) from None
    return data
