"""Documents kept at an address that fsspec reaches, for machines that share no folder.

Asked only for what is not kept here. A file there is the SHA-256 of its name, key and bytes, then
the bytes: nothing that is read from it is ever run. Where it cannot be reached, is altered or cannot be
written, a document is simply made anew.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from clausebook.pdf.press import Documents
from clausebook.publish.remote import opened_address


class FarCache(Documents):
    """The folder of kept documents, and behind it one that many machines share."""

    def __init__(self, root: Path, url: str) -> None:
        super().__init__(root)
        self.fs, top = opened_address(url)
        self.top = top.rstrip("/")

    def get(self, name: str, key: str) -> Any:
        known = super().get(name, key)
        if known is None and (data := self._fetched(name, key)) is not None:
            super().put(name, key, data)
            return data
        return known

    def put(self, name: str, key: str, value: Any) -> None:
        super().put(name, key, value)
        if isinstance(value, bytes):
            with contextlib.suppress(Exception):  # each file system has errors of its own
                if not self.fs.async_impl:
                    self.fs.makedirs(self.top, exist_ok=True)
                self.fs.pipe_file(self._there(name), self.marked(name, key, value))

    def _fetched(self, name: str, key: str) -> bytes | None:
        try:
            raw: bytes = self.fs.cat_file(self._there(name))
        except Exception:  # the same
            return None
        return self.unmarked(name, key, raw)

    def _there(self, name: str) -> str:
        return f"{self.top}/{name}.kept"
