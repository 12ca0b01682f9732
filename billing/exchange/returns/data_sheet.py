"""Plain tables as xlsx and CSV: a header row, typed rows, no totals row, as offline tools read them (GST.md R8)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from billing.exchange.csv_report import safe_text
from billing.exchange.files import replacing

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | Decimal | date | None
"""Text, a count, an amount or rate, a day, or nothing."""

DAY_FORMAT = "dd-mmm-yy"
_WIDE, _NARROW = 48, 8


@dataclass(frozen=True, slots=True)
class DataSheet:
    """One table; `name` is the sheet's title and part of the CSV's file name."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def write_book(path: Path, sheets: Sequence[DataSheet]) -> Path:
    """All tables in one workbook, a sheet each; gives `path`. Raises UnavailableError FILE_IN_USE."""
    from openpyxl import load_workbook

    with (files("resources") / "templates" / "invoice.xlsx").open("rb") as stream:
        book = load_workbook(stream)  # for its styles
    for old in book.worksheets:
        book.remove(old)
    for table in sheets:
        _fill(book.create_sheet(table.name), table)
    with replacing(path) as temporary:
        book.save(temporary)
    return path


def _fill(sheet: Worksheet, table: DataSheet) -> None:
    from billing.exchange.book.annexure import letter
    from billing.exchange.book.cells import put_text

    for index, title in enumerate(table.headers):
        put_text(sheet, f"{letter(index)}1", title, "mis_head")
        values = [row[index] for row in table.rows]
        longest = max((len(_text(value)) for value in values), default=0)
        sheet.column_dimensions[letter(index)].width = min(max(longest, len(title), _NARROW) + 2, _WIDE)
        for place, value in enumerate(values, start=2):
            _put(sheet, f"{letter(index)}{place}", value)
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_title_rows = "1:1"


def _put(sheet: Worksheet, place: str, value: Value) -> None:
    from billing.exchange.book.cells import put_date, put_number, put_text

    if isinstance(value, str):
        put_text(sheet, place, value, "mis_cell_plain")
    elif isinstance(value, date):
        put_date(sheet, place, value, "mis_cell_plain").number_format = DAY_FORMAT
    elif isinstance(value, int):
        put_number(sheet, place, value, "mis_cell_number", "0")
    elif value is not None:
        form = "0.00" if value == value.quantize(Decimal("0.01")) else "0.###"
        put_number(sheet, place, value, "mis_cell_number", form)


def write_csv(path: Path, table: DataSheet) -> Path:
    """One table as CSV with a byte order mark; gives `path`. Raises UnavailableError FILE_IN_USE."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.headers)
        writer.writerows([_text(value) for value in row] for row in table.rows)
    return path


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d-%b-%y}"
    return safe_text(value) if isinstance(value, str) else format(value, "f" if isinstance(value, Decimal) else "d")
