"""A PDF that our engine wrote in; how many pages it has and on which of them each place is, out.

They are among the first of hundreds of objects that lie packed together, and a handbook asks them of
all its policies: to open each takes ten times as long. Any other file is not known here.
"""

from __future__ import annotations

import re
import zlib

_PACKED = b"<</Type /ObjStm/N "
_FIRST = re.compile(
    rb"<</Type /ObjStm/N \d+/First (\d+)/Filter /FlateDecode/Length \d+>>\nstream\n"
)
# A place is called what its HTML does. What is written otherwise has signs that have to be escaped.
_PLACE = rb"\(([!-'*-\[\]-~]+)\) \[(\d+) 0 R /XYZ [\d.]+ [\d.]+ 0\]"
_EACH = re.compile(_PLACE)
# The first two objects, before any words of the document.
_START = re.compile(
    rb"<</Type /Pages/Kids \[((?:\d+ 0 R ?)+)\]/Count \d+>>\n"
    rb"<</Type /Catalog/Pages 1 0 R/Outlines \d+ 0 R/Lang \([\w-]+\)"
    rb"/Names <</Dests <</Names \[((?:" + _PLACE + rb" ?)+)\]>>"
)


def places(data: bytes) -> tuple[int, dict[str, int]] | None:
    """Pages, and the page (from 0) of each place; none where it is not written as our engine does."""
    head = _FIRST.match(data, max(0, data.rfind(_PACKED)))
    if head is None:
        return None
    try:
        objects = zlib.decompressobj().decompress(data[head.end() :])
    except zlib.error:
        return None
    start = _START.match(objects, int(head[1]))
    if start is None:
        return None
    pages = {page: index for index, page in enumerate(start[1].split()[::3])}
    found = {name.decode("ascii"): pages.get(page, -1) for name, page in _EACH.findall(start[2])}
    return (len(pages), found) if -1 not in found.values() else None
