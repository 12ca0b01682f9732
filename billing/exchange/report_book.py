"""Any report as a workbook or CSV: typed cells, the header frozen, totals above it, text never a formula.

Under the header stand rows and nothing else, so that a pivot or another program counts no total as a row.
"""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from billing.exchange.book.annexure import letter
from billing.exchange.book.cells import COUNT, kilometre_format, put_date, put_footer, put_money, put_number, put_text
from billing.exchange.csv_report import safe_text
from billing.exchange.files import replacing
from billing.money import plain
from billing.schemas.reports import ReportColumn, ReportTable

TOTAL_ROW, HEADER_ROW, FIRST_ROW = 3, 4, 5
_RIGHT = ("money", "rate", "km", "count", "percent")
PERCENT = "0.0%"


def write_report_book(target: Path, table: ReportTable) -> Path:
    """The workbook at `target`; gives the path. Raises UnavailableError FILE_IN_USE when it is open elsewhere."""
    from openpyxl import load_workbook

    with (files("resources") / "templates" / "invoice.xlsx").open("rb") as stream:
        book = load_workbook(stream)
    sheet: Any = book.create_sheet(_sheet_name(table.title), 0)
    for other in book.worksheets[1:]:
        book.remove(other)
    put_text(sheet, "A1", table.title, "mis_section")
    put_text(sheet, "A2", table.subtitle + (f". {table.note}" if table.note else ""), "mis_note").alignment = None
    local = ZoneInfo(table.time_zone)
    for at, column in enumerate(table.columns):
        place = letter(at)
        put_text(sheet, f"{place}{HEADER_ROW}", column.title, "mis_head_right" if column.kind in _RIGHT else "mis_head")
        sheet.column_dimensions[place].width = max(column.width / 7, len(column.title) + 2)
        for offset, row in enumerate(table.rows):
            _put(sheet, f"{place}{FIRST_ROW + offset}", column, row[column.key], local)
        if column.key in table.totals and table.rows:
            _put(sheet, f"{place}{TOTAL_ROW}", column, table.totals[column.key], local, style="mis_sum")
    if table.totals and table.rows and table.columns[0].key not in table.totals:
        put_text(sheet, f"A{TOTAL_ROW}", "Total", "mis_sum_label")
    _print_set_up(sheet, table)
    with replacing(target) as temporary:
        book.save(temporary)
    return Path(target)


def _sheet_name(title: str) -> str:
    return "".join(character for character in title if character not in "[]:*?/\\")[:31]


def _put(sheet: Any, place: str, column: ReportColumn, value: Any, zone: ZoneInfo, style: str = "") -> None:
    right, left = style or "mis_cell_right", style or "mis_cell_plain"
    if value is None or value == "":
        sheet[place].style = right if column.kind in _RIGHT else left
    elif column.kind in ("money", "rate"):
        put_money(sheet, place, value, right)
    elif column.kind == "km":
        put_number(sheet, place, Decimal(value).scaleb(-3), right, kilometre_format([value]))
    elif column.kind == "percent":
        put_number(sheet, place, Decimal(value).scaleb(-3), right, PERCENT)
    elif column.kind == "count":
        put_number(sheet, place, value, right, COUNT)
    elif isinstance(value, datetime):
        put_date(sheet, place, value.astimezone(zone).replace(tzinfo=None), left)
    elif isinstance(value, date):
        put_date(sheet, place, value, left)
        if column.kind == "month":
            sheet[place].number_format = "mmmm yyyy"
    else:
        put_text(sheet, place, _state(str(value)) if column.kind == "state" else str(value), left)


def _state(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _print_set_up(sheet: Any, table: ReportTable) -> None:
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = f"B{FIRST_ROW}"
    if table.rows:
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{letter(len(table.columns) - 1)}{FIRST_ROW + len(table.rows) - 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    put_footer(sheet, f"{table.title}, {table.subtitle}")


def write_report_csv(target: Path, table: ReportTable) -> Path:
    """The rows as CSV with the columns' keys as header, no totals row; gives the path."""
    local = ZoneInfo(table.time_zone)
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.key for column in table.columns])
        for row in table.rows:
            writer.writerow([_plain(column, row[column.key], local) for column in table.columns])
    return Path(target)


def _plain(column: ReportColumn, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if column.kind in ("money", "rate"):
        return plain(value)
    if column.kind == "km":
        return f"{value // 1000}.{value % 1000:03d}"
    if column.kind == "percent":
        return f"{Decimal(value).scaleb(-1):.1f}"
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, date):
        return f"{value:%Y-%m}" if column.kind == "month" else value.isoformat()
    return safe_text(str(value))
