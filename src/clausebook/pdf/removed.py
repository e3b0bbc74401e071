"""The files of a pdf/ folder before and now in; the list of those to remove wherever copies lie out.

The list grows with each build and outlives it: whoever uploads once a term finds in it all that went
since. A file that comes back leaves it. To begin a new one, delete it; the next build lists only what
goes from then on.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from clausebook.table import Table

REMOVED = "removed.csv"
COLUMNS = ("file",)
# A list that somebody has edited is never believed to name anything but documents of its folder.
_DOCUMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.pdf")


def removed(before: Iterable[str], listed: bytes | None, now: Iterable[str]) -> bytes | None:
    """The new list, or None where there is nothing to remove.

    `before` are the names in the folder as it was published last, `listed` what its list held, `now`
    the names that come. Building again changes nothing: what is gone is listed already.
    """
    names = {name for name in (*before, *_names(listed or b"")) if _DOCUMENT.fullmatch(name)}
    gone = sorted(names - set(now))
    return Table(COLUMNS, tuple((name,) for name in gone)).csv().encode() if gone else None


def _names(listed: bytes) -> list[str]:
    lines = listed.replace(b"\0", b"").decode("utf-8-sig", "replace").splitlines()
    return [row[0].strip() for row in csv.reader(lines) if row]
