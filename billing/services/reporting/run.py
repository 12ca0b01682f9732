"""Read a report by its name, and write it: the same table for screen, workbook, CSV and JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing.errors import BadInputError
from billing.money import plain
from billing.schemas.reports import Asked, ReportColumn, ReportContent, ReportKind, ReportTable, Row
from billing.services.lookup import find_client

if TYPE_CHECKING:
    from billing.store.session import Session


def report_kinds(session: Session) -> list[ReportKind]:
    """The reports that the user may read, by purpose."""
    from billing.services.reporting.catalogue import REPORTS

    return [kind for kind in REPORTS if session.may(kind.needs)]


def find_report(name: str) -> ReportKind:
    """The report of that name. Raises BadInputError UNKNOWN_REPORT."""
    from billing.services.reporting.catalogue import REPORTS

    found = next((kind for kind in REPORTS if kind.id == name), None)
    if found is None:
        names = ", ".join(kind.id for kind in REPORTS)
        raise BadInputError("UNKNOWN_REPORT", f"There is no report {name}; there are {names}.", where="NAME")
    return found


def read_report(session: Session, name: str, asked: Asked) -> ReportTable:
    """Read a report. What it asks for and is not given is the last full month, the present year, or today.

    Raises BadInputError for an unknown report or days the wrong way round; NotAllowedError.
    """
    kind = find_report(name)
    session.require(kind.needs)
    with session.unit_of_work(name="reports.owner") as uow:
        owner = find_client(uow, asked.client)
    given = _filled(kind, asked, session.now().astimezone(ZoneInfo(owner.time_zone)).date())
    content: ReportContent = kind.read(session, given)
    keys = {key for row in content.rows[:1] for key in row}
    columns = tuple(one for one in kind.columns if not keys or one.key in keys)
    totals = {one.key: sum(row[one.key] or 0 for row in content.rows) for one in columns if one.total and content.rows}
    subtitle = f"{owner.name}, {_when(kind, given)}; days in {owner.time_zone}"
    return ReportTable(kind, kind.title, subtitle, columns, content.rows, content.note, totals, owner.time_zone)


def _filled(kind: ReportKind, asked: Asked, today: date) -> Asked:
    month = asked.month or (asked.last or _month_before(today)).replace(day=1)
    if kind.asks == "month":
        return replace(asked, month=month, first=None, last=None)
    if kind.asks == "day":
        return replace(asked, day=asked.day or today)
    if asked.first and asked.last and asked.last < asked.first:
        raise BadInputError("BAD_DATES", "The last day is before the first.", where="--to")
    if not (asked.first and asked.last) and asked.year is None:
        return replace(asked, month=month)
    return asked


def _month_before(today: date) -> date:
    first = today.replace(day=1)
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def _when(kind: ReportKind, asked: Asked) -> str:
    if kind.asks == "day":
        return f"as of {asked.day:%d-%m-%Y}"
    first, last = asked.span
    return f"{first:%d-%m-%Y} to {last:%d-%m-%Y}"


def write_report(target: Path, table: ReportTable) -> Path:
    """Write the table as .xlsx or .csv by the target's ending; gives the path.

    Raises UnavailableError when the file is open elsewhere, BadInputError for another ending.
    """
    from billing.exchange import report_book

    if target.suffix.lower() == ".xlsx":
        return report_book.write_report_book(target, table)
    if target.suffix.lower() == ".csv":
        return report_book.write_report_csv(target, table)
    raise BadInputError("FILE_TYPE", f"{target.name}: a report is written as .xlsx or .csv.", where="--out")


def report_json(table: ReportTable) -> dict[str, Any]:
    """The table with amounts as decimals of rupees and distances in km, as text; times in the client's zone."""
    zone = ZoneInfo(table.time_zone)
    return {
        "report": table.kind.id,
        "title": table.title,
        "subtitle": table.subtitle,
        "note": table.note,
        "columns": [{"key": one.key, "title": one.title, "kind": one.kind} for one in table.columns],
        "rows": [{one.key: json_value(one, row, zone) for one in table.columns} for row in table.rows],
        "totals": {key: json_value(_column(table, key), table.totals, zone) for key in table.totals},
    }


def _column(table: ReportTable, key: str) -> ReportColumn:
    return next(one for one in table.columns if one.key == key)


def json_value(column: ReportColumn, row: Row | Any, zone: ZoneInfo) -> Any:
    """A cell as JSON has it."""
    value = row[column.key]
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if column.kind in ("money", "rate"):
        return plain(value)
    if column.kind == "km":
        return f"{value // 1000}.{value % 1000:03d}"
    if column.kind == "percent":
        return f"{'-' if value < 0 else ''}{abs(value) // 10}.{abs(value) % 10}"
    if column.kind == "month" and isinstance(value, date):
        return f"{value:%Y-%m}"
    return value
