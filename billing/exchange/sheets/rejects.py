"""The rejected rows as a workbook with a reason column: correct them there and import that file again."""

from __future__ import annotations

import os
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.exchange.sheets import process
from billing.exchange.sheets.dates import Stamp, TimeParser
from billing.exchange.sheets.duplicates import CONFLICT
from billing.exchange.sheets.result import CheckedFile
from billing.exchange.sheets.times import TIME_FIELDS

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

REASON_HEADERS = ("Row in file", "Reason code", "Reason")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST = 32_767
_EPOCH = datetime(1970, 1, 1)


def write_rejects(checked: CheckedFile, source: Path, target: Path) -> int:
    """Write the rejected and conflicting rows with their original cells; gives their number (0: nothing written).

    The file is written beside the target first and then renamed, so that a failure leaves no half file.
    """
    reasons: dict[str | None, dict[int, tuple[str, str]]] = {}
    for item in checked.rejected:
        reasons.setdefault(item.sheet, {})[item.row] = (item.code, item.message)
    for double in checked.duplicates:
        if double.code == CONFLICT:
            reasons.setdefault(double.sheet, {})[double.row] = (double.code, double.message)
    if not reasons:
        return 0
    cells = process.pick_rows(source, {sheet: sorted(rows) for sheet, rows in reasons.items()})
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for sheet, rows in reasons.items():
        page = book.create_sheet(title=_title(sheet))
        header = checked.headers.get(sheet, [])
        _write_sheet(
            page, header, rows, {row: _as_read(own, header, checked) for row, own in cells.get(sheet, {}).items()}
        )
    part = target.with_name(target.name + ".part")
    book.save(part)
    os.replace(part, target)
    return sum(len(rows) for rows in reasons.values())


def _as_read(cells: list[Any], header: list[str], checked: CheckedFile) -> list[Any]:
    """Month-first dates as date cells: the few rejected rows alone might not prove the order any more."""
    if checked.dates.order != "month_first":
        return cells
    parser = TimeParser("month_first")
    times = {text for name, text in checked.mapping.items() if name in TIME_FIELDS}
    read = []
    for place, cell in enumerate(cells):
        stamp = parser.one(cell) if isinstance(cell, str) and place < len(header) and header[place] in times else None
        if isinstance(stamp, Stamp) and stamp.has_date and stamp.offset is None:
            moment = _EPOCH + timedelta(microseconds=stamp.wall)
            read.append(moment if stamp.has_time else moment.date())
        else:
            read.append(cell)
    return read


def _title(sheet: str | None) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", sheet or "Rejected")[:31] or "Rejected"


def _write_sheet(
    page: WriteOnlyWorksheet, header: list[str], rows: dict[int, tuple[str, str]], cells: dict[int, list[Any]]
) -> None:
    from openpyxl.styles import Font

    bold = Font(name="Calibri", bold=True)
    page.freeze_panes = "A2"
    page.append([_cell(page, text, bold) for text in (*header, *REASON_HEADERS)])
    for number in sorted(rows):
        code, message = rows[number]
        own = cells.get(number, [])
        padded = [*own[: len(header)], *[""] * (len(header) - len(own))]
        page.append([_cell(page, value) for value in (*padded, number, code, message)])


def _cell(page: WriteOnlyWorksheet, value: Any, font: Any = None) -> Cell | None:
    """Numbers and dates stay what they are; text that looks like a formula stays text."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or value == "":
        return None
    if isinstance(value, str):
        cell = WriteOnlyCell(page, value=_CONTROL.sub(" ", value)[:_LONGEST])
        cell.data_type = "s"
    else:
        cell = WriteOnlyCell(page, value=value)
        if isinstance(value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
        elif isinstance(value, date | time | timedelta):
            cell.number_format = "yyyy-mm-dd" if isinstance(value, date) else "hh:mm:ss"
    if font is not None:
        cell.font = font
    return cell
