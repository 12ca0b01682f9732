"""Month inputs as a sheet: a template with what the contract asks for goes out, the filled one comes back.

One table for everything, so that a .csv does as well: What | Name | Count | Km | Hours | Active days | Absent days,
and, where hours count by day, a column for each day (its date as header) with that day's hours of duty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.errors import RefusedError
from billing.exchange.sheets.numbers import decimal_of
from billing.exchange.sheets.process import first_cells
from billing.exchange.sheets.texts import clean, header_key, id_text, is_missing, shown
from billing.schemas.usage import EmployeeMonth, MonthUsage, SlotMonth

HEADER = ("What", "Name", "Count", "Km", "Hours", "Active days", "Absent days")
BREACHES, VEHICLES, SLOT, EMPLOYEE = "SLA breaches", "Vehicles", "Vehicle slot", "Employee"
MOST_ROWS = 50_000
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d\d?)[-/.](\d\d?)[-/.](\d{4})", re.ASCII)
_KINDS = {header_key(kind): kind for kind in (BREACHES, VEHICLES, SLOT, EMPLOYEE)} | {
    "breaches": BREACHES, "slot": SLOT, "vehicle": SLOT, "numberofvehicles": VEHICLES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UsageSheet:
    """What a filled sheet says; None and empty are "not given"."""

    sla_breaches: int | None = None
    vehicles_count: int | None = None
    slots: tuple[SlotMonth, ...] = ()
    employees: tuple[EmployeeMonth, ...] = ()

    def applied_to(self, usage: MonthUsage) -> MonthUsage:
        """The inputs with what the sheet gives in place of what was there."""
        return replace(
            usage,
            sla_breaches=usage.sla_breaches if self.sla_breaches is None else self.sla_breaches,
            vehicles_count=usage.vehicles_count if self.vehicles_count is None else self.vehicles_count,
            slots=self.slots or usage.slots,
            employees=self.employees or usage.employees,
        )


def template_rows(usage: MonthUsage, slots: Sequence[str], asked: frozenset[str]) -> list[list[Any]]:
    """The sheet to fill in, header first: what is known already stands there, days of duty in columns of their own."""
    days = sorted({day for slot in usage.slots for day in slot.duty_by_day or {}})
    given: Mapping[str, SlotMonth] = {slot.slot: slot for slot in usage.slots}
    rows: list[list[Any]] = [[*HEADER, *(day.isoformat() for day in days)]]
    if "breaches" in asked or usage.sla_breaches is not None:
        rows.append([BREACHES, None, usage.sla_breaches])
    if "vehicles" in asked or usage.vehicles_count is not None:
        rows.append([VEHICLES, None, usage.vehicles_count])
    for name in sorted({*slots, *given}):
        slot = given.get(name) or SlotMonth(name)
        km = None if slot.distance_m is None else Decimal(slot.distance_m) / 1000
        by_day = [_hours((slot.duty_by_day or {}).get(day)) for day in days]
        rows.append([SLOT, name, None, km, _hours(slot.duty_s), slot.active_days, slot.absent_days, *by_day])
    rows += [[EMPLOYEE, one.code, None, None, None, one.active_days] for one in usage.employees]
    return rows


def _hours(seconds: int | None) -> Decimal | None:
    return None if seconds is None else Decimal(seconds) / 3600


def write_template(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Write the sheet as .xlsx. Raises UnavailableError when the file is open elsewhere or the disk is full."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    from billing.exchange.files import replacing

    book = Workbook()
    page = book.active
    if page is None:
        raise RuntimeError("a new workbook has a sheet")
    page.title = "Month inputs"
    for row in rows:
        page.append(list(row))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for cells in page.iter_rows(min_row=2, max_col=2):
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for column, width in zip("ABCDEFG", (16, 18, 10, 12, 10, 12, 12), strict=True):
        page.column_dimensions[column].width = width
    page.freeze_panes = "A2"
    with replacing(path) as target:
        book.save(target)


def read_sheet(path: Path) -> UsageSheet:
    """Read a filled sheet.

    Raises:
        RefusedError: It cannot be read, has no header with "What", or a row is wrong (BAD_ROW, naming it).
    """
    cells = first_cells(path, MOST_ROWS)
    for place, (_, row) in enumerate(cells[:25]):
        columns = _columns(row)
        if "what" in columns:
            return _parse(cells[place + 1 :], columns, path.name)
    raise RefusedError(
        "NO_HEADER",
        "No row of the file has a column What.",
        where=path.name,
        hint=f"The columns are {', '.join(HEADER)}.",
    )


def _columns(row: Sequence[Any]) -> dict[str, int]:
    names = {header_key(name) for name in HEADER}
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        day = _day(cell)
        key = day.isoformat() if day else header_key(cell)
        if day or key in names:
            found.setdefault(key, at)
    return found


def _day(cell: Any) -> date | None:
    """The day that a header names: a date cell, 2026-10-01 or 01-10-2026."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = _DATE.fullmatch(clean(shown(cell) or ""))
    if match is None:
        return None
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _parse(lines: Sequence[tuple[int, list[Any]]], columns: Mapping[str, int], file: str) -> UsageSheet:
    counts: dict[str, int | None] = {}
    slots: list[SlotMonth] = []
    employees: list[EmployeeMonth] = []
    for number, cells in lines:
        row = _Row(number, cells, columns, file)
        if all(is_missing(cell) for cell in cells):
            continue
        kind = _KINDS.get(header_key(row.cell("what")))
        if kind is None:
            row.refuse("what", f"What is {BREACHES}, {VEHICLES}, {SLOT} or {EMPLOYEE}.")
        elif kind in (BREACHES, VEHICLES):
            counts[kind] = row.whole("count")
        elif not id_text(row.cell("name")):
            row.refuse("name", "The name is missing.")
        elif kind == SLOT:
            slots.append(row.slot())
        else:
            employees.append(EmployeeMonth(id_text(row.cell("name")), row.number("activedays")))
    return UsageSheet(counts.get(BREACHES), counts.get(VEHICLES), tuple(slots), tuple(employees))


class _Row:
    """One line of the sheet."""

    def __init__(self, number: int, cells: Sequence[Any], columns: Mapping[str, int], file: str) -> None:
        self._number, self._cells, self._columns, self._file = number, cells, columns, file

    def cell(self, key: str) -> Any:
        at = self._columns.get(key)
        return self._cells[at] if at is not None and at < len(self._cells) else None

    def refuse(self, key: str, message: str) -> None:
        value = shown(self.cell(key))
        said = f" ({value})" if value else ""
        raise RefusedError("BAD_ROW", f"Row {self._number}{said}: {message}", where=self._file)

    def number(self, key: str) -> Decimal | None:
        """A figure, None where the cell is empty; grouping is understood."""
        value = self.cell(key)
        if is_missing(value):
            return None
        found = decimal_of(clean(shown(value) or ""))
        if found is None:
            self.refuse(key, "This is no number.")
        return found

    def whole(self, key: str) -> int | None:
        """A whole figure."""
        value = self.number(key)
        if value is not None and value != int(value):
            self.refuse(key, "A whole number is wanted.")
        return None if value is None else int(value)

    def slot(self) -> SlotMonth:
        """The line as a vehicle slot."""
        km, hours = self.number("km"), self.number("hours")
        return SlotMonth(
            id_text(self.cell("name")),
            distance_m=None if km is None else self._scaled("km", km, 1000),
            duty_s=None if hours is None else self._scaled("hours", hours, 3600),
            duty_by_day=self._by_day(),
            active_days=self.number("activedays"),
            absent_days=self.number("absentdays"),
        )

    def _by_day(self) -> dict[date, int] | None:
        days: dict[date, int] = {}
        for key in self._columns:
            hours = self.number(key) if key[:1].isdigit() else None
            if hours is not None:
                days[date.fromisoformat(key)] = self._scaled(key, hours, 3600)
        return days or None

    def _scaled(self, key: str, value: Decimal, factor: int) -> int:
        scaled = value * factor
        if scaled != int(scaled):
            self.refuse(key, "Km have at most three decimals, hours at most two.")
        return int(scaled)
