"""A list of employees from a sheet: header found by its words, every row checked before any is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from billing.errors import RefusedError
from billing.exchange.sheets.dates import TimeParser
from billing.exchange.sheets.evidence import judge
from billing.exchange.sheets.process import first_cells
from billing.exchange.sheets.texts import clean, header_key, id_text, is_missing, shown

MOST_ROWS = 200_000
_HEADER_ROWS = 25
_NAMES = {
    "code": "code employeecode empcode employeeid empid employeeno empno staffid staffcode associateid id",
    "name": "name employeename empname fullname staffname associatename ridername",
    "site": "site sitecode office officecode location worklocation",
    "gender": "gender sex",
    "active_from": "activefrom from joiningdate dateofjoining doj joined startdate",
    "active_until": "activeuntil until exitdate lastworkingday lwd dateofleaving left enddate",
}
_FIELD_OF = {word: field for field, words in _NAMES.items() for word in words.split()}
_GENDERS = {"f": "F", "female": "F", "w": "F", "woman": "F", "m": "M", "male": "M", "man": "M", "x": "X", "other": "X"}


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """A row that can be used; None is not given."""

    row: int
    code: str
    name: str
    site: str | None
    gender: str | None
    active_from: date | None
    active_until: date | None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot: which column, what stands there, why."""

    row: int
    column: str
    value: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class EmployeeSheet:
    """What a file says about employees."""

    rows: tuple[EmployeeRow, ...]
    rejected: tuple[RejectedRow, ...]


def read_employees(path: Path) -> EmployeeSheet:
    """Read a file of employees.

    Raises:
        RefusedError: It cannot be read, or no header with a code column was found.
    """
    cells = first_cells(path, MOST_ROWS)
    for place, (_, row) in enumerate(cells[:_HEADER_ROWS]):
        columns = _columns(row)
        if "code" in columns:
            texts = {field: str(shown(row[at])) for field, at in columns.items()}
            return _parse(cells[place + 1 :], columns, texts)
    raise RefusedError(
        "NO_HEADER",
        "No row of the file names a column for the employee's code.",
        where=path.name,
        hint="Name the columns Code, Name, Site, Gender, From, Until; only Code is required.",
    )


def _columns(row: Sequence[Any]) -> dict[str, int]:
    """Field -> column of a header row; the first column of a field counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        field = _FIELD_OF.get(header_key(cell))
        if field is not None:
            found.setdefault(field, at)
    return found


def _parse(lines: Sequence[tuple[int, list[Any]]], columns: dict[str, int], texts: dict[str, str]) -> EmployeeSheet:
    dates = {field: _dates(lines, columns.get(field)) for field in ("active_from", "active_until")}
    rows: list[EmployeeRow] = []
    rejected: list[RejectedRow] = []
    seen: dict[str, int] = {}
    for place, (number, cells) in enumerate(lines):
        if all(is_missing(cell) for cell in cells):
            continue
        problem = _Row(number, cells, columns, texts)
        code = id_text(problem.cell("code"))
        days = [problem.day(field, dates[field][place]) for field in ("active_from", "active_until")]
        gender = problem.gender()
        if not code:
            problem.say("code", "MISSING_REQUIRED", "The code is missing.")
        elif code in seen:
            problem.say("code", "DUPLICATE", f"Row {seen[code]} has this code already.")
        elif len(code) > 60:
            problem.say("code", "OUT_OF_RANGE", "A code has at most 60 characters.")
        if days[0] and days[1] and days[1] <= days[0]:
            problem.say("active_until", "END_BEFORE_START", "The last day is before the first.")
        if problem.found:
            rejected.append(problem.found)
            continue
        seen[code] = number
        name, site = clean(problem.text("name") or ""), problem.text("site")
        rows.append(EmployeeRow(number, code, name[:200], site and clean(site), gender, days[0], days[1]))
    return EmployeeSheet(tuple(rows), tuple(rejected))


def _dates(lines: Sequence[tuple[int, list[Any]]], column: int | None) -> list[date | str | None]:
    """A column as days; what is no date stays as its text. The order of day and month is judged over the column."""
    if column is None:
        return [None] * len(lines)
    values = [cells[column] if column < len(cells) else None for _, cells in lines]
    parsed = TimeParser(judge(values).order()).column(values)
    result: list[date | str | None] = []
    for place, value in enumerate(values):
        if is_missing(value):
            result.append(None)
        elif place in parsed.problems or place in parsed.clock_only:
            result.append(shown(value) or "")
        else:
            result.append((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=parsed.values[place])).date())
    return result


class _Row:
    """One line of the list; `found` is the first thing wrong with it."""

    def __init__(self, number: int, cells: list[Any], columns: dict[str, int], texts: dict[str, str]) -> None:
        self._number, self._cells, self._columns, self._texts = number, cells, columns, texts
        self.found: RejectedRow | None = None

    def cell(self, field: str) -> Any:
        at = self._columns.get(field)
        return self._cells[at] if at is not None and at < len(self._cells) else None

    def text(self, field: str) -> str | None:
        value = self.cell(field)
        return None if is_missing(value) else shown(value)

    def say(self, field: str, code: str, message: str) -> None:
        if self.found is None:
            value = shown(self.cell(field))
            self.found = RejectedRow(self._number, self._texts.get(field, field), value, code, message)

    def day(self, field: str, value: date | str | None) -> date | None:
        if isinstance(value, str):
            self.say(field, "BAD_DATE", "This is no date.")
            return None
        return value

    def gender(self) -> str | None:
        text = self.text("gender")
        if text is None:
            return None
        gender = _GENDERS.get(clean(text).casefold())
        if gender is None:
            self.say("gender", "BAD_INPUT", "Write F, M or X.")
        return gender
