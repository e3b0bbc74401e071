"""Rows in; text, CSV or JSON out. CSV opens right in Excel and holds nothing that can run."""

from __future__ import annotations

import csv
import io
import json
import shutil
import textwrap
from collections.abc import Sequence

from clausebook.typed import dataclass

FORMATS = ("text", "csv", "json")


@dataclass(frozen=True, slots=True)
class Table:
    """A list of rows under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "nothing"

    def shown(self, format: str) -> str:
        return {"text": self.text, "csv": self.csv, "json": self.json}[format]()

    def json(self) -> str:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"

    def csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.columns)
        writer.writerows([safe_cell(cell) for cell in row] for row in self.rows)
        return "\ufeff" + out.getvalue()

    def text(self) -> str:
        if not self.rows:
            return self.empty + "\n"
        widths = _widths([self.columns, *self.rows], terminal_width())
        lines = [_row(self.columns, widths), _row(["-" * w for w in widths], widths)]
        lines += [_row(row, widths) for row in self.rows]
        return "\n".join(lines) + "\n"


def safe_cell(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 clause, 2 policies, 1,026 clauses."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def terminal_width(most: int | None = None) -> int:
    """How wide to write: never narrower than 60, nor wider than what is comfortable to read."""
    width = max(shutil.get_terminal_size((120, 24)).columns, 60)
    return min(width, most) if most else width


def wrapped(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    """A paragraph in lines. Ids and places stay whole, so that they can be copied and clicked."""
    return textwrap.wrap(
        text,
        terminal_width(96),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [indent.rstrip()]


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Column widths that fit the room: the widest give way first, and those of whole ids last."""
    columns = list(zip(*rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    words = [max(len(w) for cell in column for w in cell.split() or [""]) for column in columns]
    room -= 2 * (len(widths) - 1)
    for least in (words, [12] * len(widths)):
        while sum(widths) > room:
            spare = [i for i, width in enumerate(widths) if width > least[i]]
            if not spare:
                break
            widths[max(spare, key=lambda i: widths[i])] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    columns = [_cell(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in columns)
    return "\n".join(
        "  ".join(
            (lines[i] if i < len(lines) else "").ljust(width)
            for lines, width in zip(columns, widths, strict=True)
        ).rstrip()
        for i in range(height)
    )


def _cell(cell: str, width: int) -> list[str]:
    fits = all(len(word) <= width for word in cell.split())
    return textwrap.wrap(cell, width, break_on_hyphens=not fits) or [""]
