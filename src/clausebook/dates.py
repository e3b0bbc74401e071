"""Dates as they are known: a year, a month or a day, kept and shown at that precision."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clausebook.typed import dataclass

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)


class NotADate(ValueError):
    """The text is not a date; the message says why, in the reader's words."""


@dataclass(frozen=True)
class Stated:
    """A date at the precision it was given."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def read(cls, text: str) -> Stated:
        """The date a text states, or NotADate."""
        found = _FORM.match(text)
        if not found:
            raise NotADate(_why_not(text))
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        if not 1800 <= year <= 2199:
            raise NotADate(f"the year {year} is out of range")
        if month is not None and not 1 <= month <= 12:
            raise NotADate(f"there is no month {month:02}")
        if month is not None and day is not None:
            last = calendar.monthrange(year, month)[1]
            if not 1 <= day <= last:
                raise NotADate(f"{_MONTHS[month - 1]} {year} has no day {day}")
        return cls(year, month, day)

    @property
    def first(self) -> date:
        """The first day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last day it can mean: what is due "in October" is due by the 31st."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def iso(self) -> str:
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def __str__(self) -> str:
        words = [str(self.day)] if self.day else []
        words += [_MONTHS[self.month - 1]] if self.month else []
        return " ".join([*words, str(self.year)])

    def months_after(self, earlier: Stated) -> int | None:
        """Whole months between two dates that both know their month."""
        if self.month is None or earlier.month is None:
            return None
        return (self.year - earlier.year) * 12 + self.month - earlier.month


def _why_not(text: str) -> str:
    if re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}", text):
        return f"'{text}' can be read as day/month or month/day"
    if re.fullmatch(r"[A-Za-z]{3,9}\.? \d{2}", text):
        return f"'{text}' can be a day of the month or a year"
    if re.fullmatch(r"\d{4}-\d{1,2}(-\d{1,2})?", text):
        return f"'{text}' needs two digits for month and day"
    return f"'{text}' is not a date"


def today() -> date:
    """The date in the United Kingdom now; everything else is given the date it works with."""
    return datetime.now(ZoneInfo("Europe/London")).date()
