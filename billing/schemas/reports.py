"""Reports as data: what each is for, what it asks, its typed columns, its rows, and where a row leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

Kind = Literal["text", "id", "money", "km", "count", "date", "stamp", "month", "percent", "state", "rate"]
"""money: paise; rate: paise that do not add up; km: metres; percent: tenths of a percent; state: a code."""
Ask = Literal["month", "span", "year", "day"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column: key in the row, words over it, kind, whether it is summed, how wide a list must be to show it."""

    key: str
    title: str
    kind: Kind = "text"
    width: int = 110
    total: bool = False
    stretch: bool = False
    from_width: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for; which fields count is the report's `asks`. `client` None: the only one seen."""

    client: str | None = None
    month: date | None = None
    first: date | None = None
    last: date | None = None
    year: int | None = None
    day: date | None = None
    vendor: str | None = None

    @property
    def span(self) -> tuple[date, date]:
        """The days asked for: the span, else the month, else the financial year."""
        if self.first is not None and self.last is not None:
            return self.first, self.last
        if self.month is not None:
            start = self.month.replace(day=1)
            return start, (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        if self.year is not None:
            return date(self.year, 4, 1), date(self.year + 1, 3, 31)
        raise ValueError("no days were asked for")


Drill = Callable[[Row], tuple[str, dict[str, Any]] | None]
Read = Callable[[Any, Asked], "ReportContent"]
"""Of a session (billing.store.session.Session) and what is asked for."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What reading gave: rows, and a sentence about what is in them and what is not."""

    rows: Sequence[Row]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report: its name for programs, its title, what it is for, what it asks, and how it is read.

    `needs` is the right that reading takes; `drill` says which screen a row opens.
    """

    id: str
    title: str
    purpose: str
    about: str
    asks: Ask
    columns: tuple[ReportColumn, ...]
    read: Read
    needs: str = "billing.amounts"
    drill: Drill | None = None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A report that was read: what screen, workbook, CSV and JSON are made from."""

    kind: ReportKind
    title: str
    subtitle: str
    columns: tuple[ReportColumn, ...]
    rows: Sequence[Row]
    note: str = ""
    totals: Mapping[str, int] = field(default_factory=dict)
    time_zone: str = "Asia/Kolkata"
