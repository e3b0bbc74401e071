"""A finished PDF in, a copy for printing out: two pages to a side of A4, in the order for folding.

Print it on both sides, turned on the short edge, and fold the sheets once: an A5 booklet. The copy
has no tags and no links, so it makes no claim of PDF/UA or PDF/A and says in its title what it is.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name

from clausebook.pdf.xmp import Claims, packet

# A4 on its side.
_WIDE, _HIGH = 841.889764, 595.275591
FOR_PRINTING = "for printing"


def booklet(data: bytes) -> bytes:
    """The same file gives the same bytes."""
    with pikepdf.open(io.BytesIO(data)) as source:
        pdf = pikepdf.new()
        title = f"{source.docinfo.get(Name.Title, 'Booklet')} ({FOR_PRINTING})"
        for left, right in sides(len(source.pages)):
            page = pdf.add_blank_page(page_size=(_WIDE, _HIGH))
            forms: dict[str, Any] = {}
            drawn = []
            for name, number, across in (("/Left", left, 0.0), ("/Right", right, _WIDE / 2)):
                if number is None:
                    continue
                original = source.pages[number - 1]
                forms[name] = pdf.copy_foreign(original.as_form_xobject())
                drawn.append(f"q {_placed(original, across)} cm {name} Do Q")
            page.obj.Resources = Dictionary(XObject=Dictionary(forms))
            page.obj.Contents = pdf.make_stream("\n".join(drawn).encode("ascii"))
        _describe(pdf, source, title)
        out = io.BytesIO()
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            force_version="1.7",
        )
    return out.getvalue()


def sides(pages: int) -> Iterator[tuple[int | None, int | None]]:
    """The page numbers on the left and right of each side, front and back of each sheet in turn.

    A folded sheet takes four pages; the last of them stay empty where there are not enough.
    """
    whole = -(-pages // 4) * 4

    def kept(number: int) -> int | None:
        return number if number <= pages else None

    for sheet in range(whole // 4):
        first, last = 2 * sheet + 1, whole - 2 * sheet
        yield kept(last), kept(first)
        yield kept(first + 1), kept(last - 1)


def _placed(page: pikepdf.Page, across: float) -> str:
    """Where a page goes on its half: as large as fits, in the middle."""
    box = [float(edge) for edge in page.trimbox]
    wide, high = box[2] - box[0], box[3] - box[1]
    scale = min(_WIDE / 2 / wide, _HIGH / high)
    x = across + (_WIDE / 2 - wide * scale) / 2 - box[0] * scale
    y = (_HIGH - high * scale) / 2 - box[1] * scale
    return f"{scale:.5f} 0 0 {scale:.5f} {x:.3f} {y:.3f}"


def _describe(pdf: pikepdf.Pdf, source: pikepdf.Pdf, title: str) -> None:
    author = str(source.docinfo.get(Name.Author, ""))
    subject = (
        f"For printing on both sides, turned on the short edge, and folding. {title} is the file "
        "to read on a screen."
    ).replace(f" ({FOR_PRINTING})", "")
    info = pdf.docinfo
    info[Name.Title], info[Name.Author], info[Name.Subject] = title, author, subject
    written = packet(
        title=title, author=author, subject=subject, producer="", day="", claims=Claims()
    )
    stream: Any = pdf.make_stream(written)
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    root: Any = pdf.Root
    root.Metadata = stream
    if Name.Lang in source.Root:
        root.Lang = pikepdf.String(str(source.Root.Lang))
    root.ViewerPreferences = Dictionary(
        DisplayDocTitle=True,
        Duplex=Name.DuplexFlipShortEdge,
        PrintScaling=Name("/None"),
    )
