"""Opening values as a sheet: a template goes out, the filled one comes back; one table, so that a .csv does as well.

A row says What it is: Usage (km and hours of a contract's month that were used up before), Open invoice (a document of
the program before that is not paid yet), Series (the next number of a number series). Columns that a row does not need
stay empty. Every wrong value is told with file, row, column and value, and nothing is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.exchange.sheets.numbers import decimal_of
from billing.exchange.sheets.process import first_cells
from billing.exchange.sheets.texts import clean, header_key, id_text, is_missing, shown
from billing.invoicing.doc_types import TITLES
from billing.schemas.openings import OpeningInvoice, OpeningSeries

HEADER = (
    "What", "Vendor", "Contract", "Month", "Km", "Hours", "Document", "Number", "Date", "Due date", "Total", "Open",
    "Year", "Prefix", "Next number", "Note",
)  # fmt: skip
USAGE, INVOICE, SERIES = "Usage", "Open invoice", "Series"
MOST_ROWS = 20_000
_KINDS = {header_key(kind): kind for kind in (USAGE, INVOICE, SERIES)} | {"openinvoices": INVOICE, "invoice": INVOICE}
_DOCUMENTS = {header_key(title): kind for kind, title in TITLES.items()} | {"": "INVOICE"}
_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d\d?)[-/.](\d\d?)[-/.](\d{4})", re.ASCII)
_YEAR = re.compile(r"\d\d-\d\d", re.ASCII)
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A row of usage: vendor and contract as they are written."""

    vendor: str
    contract: str
    month: date
    distance_m: int
    duty_s: int
    note: str


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A row of an open document: vendor and contract as they are written."""

    vendor: str
    contract: str
    invoice: OpeningInvoice


@dataclass(frozen=True, slots=True)
class OpeningSheet:
    """What a filled sheet says."""

    usage: tuple[UsageRow, ...]
    invoices: tuple[InvoiceRow, ...]
    series: tuple[OpeningSeries, ...]


def write_opening_template(path: Path, rows: Sequence[Sequence[Any]] = ()) -> Path:
    """Write the sheet to fill in as .xlsx, with the rows known already.

    Raises UnavailableError when the file is open elsewhere or the disk is full.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    from billing.exchange.files import replacing

    book = Workbook()
    page = book.active
    if page is None:
        raise RuntimeError("a new workbook has a sheet")
    page.title = "Opening values"
    for row in (HEADER, *rows):
        page.append(list(row))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for number in range(1, len(HEADER) + 1):
        page.column_dimensions[get_column_letter(number)].width = 15
    page.freeze_panes = "A2"
    with replacing(path) as target:
        book.save(target)
    return path


def read_opening_sheet(path: Path) -> OpeningSheet:
    """Read a filled sheet. Raises RefusedError NO_HEADER, BadInputError BAD_ROW naming row, column and value."""
    cells = first_cells(path, MOST_ROWS)
    for place, (_, row) in enumerate(cells[:25]):
        found: dict[str, int] = {}
        for at, cell in enumerate(row):
            found.setdefault(header_key(cell), at)
        columns = {name: at for name, at in found.items() if name in {header_key(one) for one in HEADER}}
        if "what" in columns:
            return _parse(cells[place + 1 :], columns, path.name)
    hint = f"The columns are {', '.join(HEADER)}."
    raise RefusedError("NO_HEADER", "No row of the file has a column What.", where=path.name, hint=hint)


def _parse(lines: Sequence[tuple[int, list[Any]]], columns: Mapping[str, int], file: str) -> OpeningSheet:
    usage: list[UsageRow] = []
    invoices: list[InvoiceRow] = []
    series: list[OpeningSeries] = []
    for number, cells in lines:
        if all(is_missing(cell) for cell in cells):
            continue
        row = _Row(number, cells, columns, file)
        kind = _KINDS.get(header_key(row.cell("what")))
        if kind == USAGE:
            usage.append(row.usage())
        elif kind == INVOICE:
            invoices.append(row.invoice())
        elif kind == SERIES:
            series.append(row.series())
        else:
            row.refuse("What", f"What is {USAGE}, {INVOICE} or {SERIES}.")
    return OpeningSheet(tuple(usage), tuple(invoices), tuple(series))


class _Row:
    """One line of the sheet."""

    def __init__(self, number: int, cells: Sequence[Any], columns: Mapping[str, int], file: str) -> None:
        self._number, self._cells, self._columns, self._file = number, cells, columns, file

    def cell(self, key: str) -> Any:
        at = self._columns.get(key)
        value = None if at is None or at >= len(self._cells) else self._cells[at]
        return None if is_missing(value) else value

    def refuse(self, column: str, message: str) -> NoReturn:
        value = shown(self.cell(header_key(column))) or ""
        where = f"{self._file}, row {self._number}, {column}"
        raise BadInputError("BAD_ROW", f"Row {self._number}, {column} {value!r}: {message}", where=where)

    def text(self, column: str, *, needed: bool = True) -> str:
        found = id_text(self.cell(header_key(column))) or ""
        if needed and not found:
            self.refuse(column, "is missing.")
        return found

    def usage(self) -> UsageRow:
        km, hours = self.number("Km", 1000, "kilometres"), self.number("Hours", 3600, "hours")
        return UsageRow(self.text("Vendor"), self.text("Contract"), self.month(), km, hours, self.note())

    def invoice(self) -> InvoiceRow:
        document = _DOCUMENTS.get(header_key(self.cell("document") or ""))
        if document is None:
            self.refuse("Document", f"A document is one of {', '.join(TITLES.values())}.")
        total, still_open = self.number("Total", 100, "rupees"), self.number("Open", 100, "rupees")
        if not 0 < still_open <= total:
            self.refuse("Open", "is more than 0 and at most the total.")
        number, day, due = self.text("Number").upper(), self.day("Date"), self.day("Due date", needed=False)
        if len(number) > 30:
            self.refuse("Number", "has at most 30 characters.")
        assert day is not None
        if due is not None and due < day:
            self.refuse("Due date", "is before the date.")
        invoice = OpeningInvoice(_NOBODY, number, day, total, still_open, document, due, None, self.note())
        return InvoiceRow(self.text("Vendor"), self.text("Contract", needed=False), invoice)

    def series(self) -> OpeningSeries:
        document = _DOCUMENTS.get(header_key(self.cell("document") or ""))
        year = self.text("Year")
        if document is None:
            self.refuse("Document", f"A document is one of {', '.join(TITLES.values())}.")
        if not _YEAR.fullmatch(year):
            self.refuse("Year", "A financial year is written 26-27.")
        following = self.number("Next number", 1, "whole")
        if following < 1:
            self.refuse("Next number", "is 1 or more.")
        return OpeningSeries(self.text("Vendor"), document, year, self.text("Prefix").upper(), following)

    def note(self) -> str:
        return (shown(self.cell("note")) or "")[:500]

    def number(self, column: str, scale: int, unit: str) -> int:
        """A figure in its smallest unit: metres, seconds, paise; empty is 0."""
        value = self.cell(header_key(column))
        if value is None:
            return 0
        known = Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
        found = known if known is not None else decimal_of(clean(shown(value) or ""))
        if found is None or found < 0:
            self.refuse(column, "is no number of at least 0.")
        scaled = found * scale
        if scaled != int(scaled):
            self.refuse(column, f"has more decimals than {unit} have.")
        return int(scaled)

    def month(self) -> date:
        value = self.cell("month")
        if isinstance(value, date):
            return date(value.year, value.month, 1)
        match = _MONTH.fullmatch(clean(shown(value) or ""))
        if match is None or not 1 <= int(match["month"]) <= 12:
            self.refuse("Month", "A month is written 2026-10.")
        return date(int(match["year"]), int(match["month"]), 1)

    def day(self, column: str, *, needed: bool = True) -> date | None:
        value = self.cell(header_key(column))
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if value is None and not needed:
            return None
        match = _DAY.fullmatch(clean(shown(value) or ""))
        try:
            if match is None:
                raise ValueError
            if match[1]:
                return date(int(match[1]), int(match[2]), int(match[3]))
            return date(int(match[6]), int(match[5]), int(match[4]))
        except ValueError:
            self.refuse(column, "is no date like 2026-03-31 or 31-03-2026.")
