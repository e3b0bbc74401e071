"""Rows in; text, CSV or JSON out. CSV opens right in Excel and holds nothing that can run."""

from __future__ import annotations

import csv
import io
import json
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

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
        widths = _widths([self.columns, *self.rows], _terminal_width())
        lines = [_row(self.columns, widths), _row(["-" * w for w in widths], widths)]
        lines += [_row(row, widths) for row in self.rows]
        return "\n".join(lines) + "\n"


def safe_cell(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _terminal_width() -> int:
    return max(shutil.get_terminal_size((120, 24)).columns, 60)


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Column widths that fit the room: the widest give way first."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    room -= 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    wrapped = [textwrap.wrap(c, w) or [""] for c, w in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    return "\n".join(
        "  ".join(
            (lines[i] if i < len(lines) else "").ljust(width)
            for lines, width in zip(wrapped, widths, strict=True)
        ).rstrip()
        for i in range(height)
    )
