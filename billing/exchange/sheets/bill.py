"""Read a vendor's bill from any layout: its rows as exact amounts, and its own number, date and total.

`read_bill` runs in this process; `process.read_bill` in a child with limits, which is what files from outside get.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from billing.exchange.sheets import limits, rows, times, zones
from billing.exchange.sheets.bill_fields import BILL_FIELDS, DATE_WORDS, NUMBER_WORDS, PERIOD_WORDS, TAXES
from billing.exchange.sheets.cells import CellError, RawSheet, Row
from billing.exchange.sheets.check import open_sheets
from billing.exchange.sheets.coding import READINGS
from billing.exchange.sheets.dates import MISSING, Order, Stamp, TimeParser
from billing.exchange.sheets.evidence import decimal_points, judge_sheet
from billing.exchange.sheets.fields import unit_in
from billing.exchange.sheets.file_hash import file_hash
from billing.exchange.sheets.header import Header, find_header
from billing.exchange.sheets.numbers import MISSING as NOTHING
from billing.exchange.sheets.numbers import DistanceParser, decimal_of
from billing.exchange.sheets.refusals import refuse
from billing.exchange.sheets.result import Rejected
from billing.exchange.sheets.texts import clean, header_key, id_text, is_missing, number_text, shown
from billing.money import parse_amount, to_paise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_PAISE = 10**13
_BETWEEN = re.compile(r"\s*(?:\b(?:to|till|until|upto)\b|[-–—])\s*", re.IGNORECASE)
_LABELLED = re.compile(r"\s*([^:#]{3,30}?)\s*[:#]\s*(.*)\Z")


@dataclass(frozen=True, slots=True)
class BillRow:
    """One row of the bill; amounts in paise, None where the sheet does not say; `sheet_row` as the sheet counts."""

    sheet_row: int
    trip_ref: str
    vehicle_no: str
    start: datetime | None
    has_time: bool
    distance_m: int | None
    amount: int | None
    tax: int | None
    total: int | None
    description: str
    client: str = ""


@dataclass(slots=True)
class BillSheet:
    """A bill as it was read. `stated_total` is what its own totals row says of the column that rows are taken from."""

    file: str
    sha256: str
    sheet: str
    mapping: dict[str, str]
    headers: list[str]
    rows: list[BillRow] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: int = 0
    number: str = ""
    bill_date: date | None = None
    stated_total: int | None = None
    first_day: date | None = None
    last_day: date | None = None


def read_bill(path: Path, timezone: str, mapping: Mapping[str, str] | None = None) -> BillSheet:
    """Read the sheet that looks most like a bill. RefusedError: NO_HEADER, NO_ROWS, or the file cannot be used."""
    best: tuple[int, RawSheet, Header] | None = None
    for sheet in open_sheets(path)[0]:
        if sheet.hidden:
            continue
        if sheet.row_count is not None and sheet.row_count <= limits.KEEP_ROWS:
            sheet.keep()
        header = find_header(sheet, mapping, BILL_FIELDS)
        if header is not None and (best is None or len(header.columns) > best[0]):
            best = (len(header.columns), sheet, header)
    if best is None:
        raise refuse(
            "NO_HEADER", f"{path.name} has no row with the headers of a bill.",
            hint="A bill names a trip id or a vehicle and a time, and an amount. Name the columns by a mapping.",
        )  # fmt: skip
    _, sheet, header = best
    found = BillSheet(str(path), file_hash(path), sheet.name or "", header.mapping(), list(header.texts))
    _Reader(sheet, header, zones.zone_of(timezone), found).read()
    if not found.rows and not found.rejected:
        raise refuse("NO_ROWS", f"{path.name} has a header, but no row under it.")
    return found


class _Reader:
    """One sheet, block by block."""

    def __init__(self, sheet: RawSheet, header: Header, zone: ZoneInfo, found: BillSheet) -> None:
        self._sheet, self._header, self._zone, self._found = sheet, header, zone, found
        self._columns = header.columns
        proof = judge_sheet(sheet, header, BILL_FIELDS)
        self._orders: dict[str, Order] = proof.orders(None)
        self._commas = proof.decimal_commas()
        self._stamps: dict[str, TimeParser] = {}
        columns = {name: at for name, at in header.columns.items() if name in times.TIME_FIELDS}
        self._times = times.StartEnd(columns, self._orders, self._stamps, sheet.first_serial)
        unit = unit_in(header.texts[header.columns["distance"]]) if "distance" in header.columns else None
        self._distance = DistanceParser(unit or "km")
        money = [name for name in ("total", "amount", *TAXES) if name in header.columns]
        # so a charge without a trip is a row, and a line without id and amount is none
        self._needed = [header.columns[name] for name in ("trip_id", *money[:1]) if name in header.columns]
        self._totals = [name for name in ("total", "amount") if name in header.columns]

    def read(self) -> None:
        """Everything above, in and under the table."""
        last_header = self._header.row + self._header.lines - 1
        for block in self._sheet.blocks():
            numbers, kept = [], []
            for number, row in zip(block.numbers, block.rows, strict=True):
                if number < self._header.row:
                    self._look_for_facts(row)
                elif number > last_header and self._is_row(row):
                    numbers.append(number)
                    kept.append(row)
            for broken in block.broken:
                self._reject(broken.row, "", None, broken.value, broken.code, broken.message)
            if kept:
                self._parse(numbers, kept)

    def _is_row(self, row: Row) -> bool:
        fate = rows.fate_of(row, self._header.texts, self._needed, self._columns.get("trip_id"))
        if fate is None:
            return True
        if fate == "total":
            self._stated(row)
        elif fate == "note":
            self._look_for_facts(row)
        self._found.skipped += fate != "blank"
        return False

    def _stated(self, row: Row) -> None:
        """The last totals row under the amounts wins: a grand total stands below sub-totals."""
        for name in self._totals:
            amount = self._amount(self._cell(row, name), name)
            if isinstance(amount, int):
                self._found.stated_total = amount
                return

    def _look_for_facts(self, row: Row) -> None:
        """`Bill No: ABC/1` in one cell, or the words in one and the value in the next."""
        cells = [cell for cell in row if not is_missing(cell)]
        for at, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            match = _LABELLED.match(cell)
            words, value = (match[1], match[2].strip()) if match else (cell, "")
            self._take_fact(header_key(words), value or (cells[at + 1] if at + 1 < len(cells) else None))

    def _take_fact(self, words: str, value: Any) -> None:
        if is_missing(value):
            return
        if words in NUMBER_WORDS and not self._found.number:
            self._found.number = id_text(value)[:60]
        elif words in DATE_WORDS and self._found.bill_date is None:
            self._found.bill_date = self._day(value)
        elif words in PERIOD_WORDS and self._found.first_day is None and isinstance(value, str):
            self._take_period(value)

    def _take_period(self, text: str) -> None:
        """`01-10-2026 to 15-10-2026`: the first way to part it into two days that are days."""
        for match in _BETWEEN.finditer(text):
            first, last = self._day(text[: match.start()]), self._day(text[match.end() :])
            if first is not None and last is not None and first <= last:
                self._found.first_day, self._found.last_day = first, last
                return

    def _day(self, value: Any) -> date | None:
        stamp = TimeParser("day_first", self._sheet.first_serial).one(value)
        if not isinstance(stamp, Stamp) or not stamp.has_date:
            return None
        return (_EPOCH + timedelta(microseconds=stamp.wall)).date()

    def _cell(self, row: Row, name: str) -> Any:
        at = self._columns.get(name)
        return row[at] if at is not None and at < len(row) else None

    def _parse(self, numbers: list[int], kept: list[Row]) -> None:
        starts, has_time, problems = self._starts(kept)
        distances = self._distance.column([self._cell(row, "distance") for row in kept])
        problems |= {at: ("distance", problem.code, problem.message) for at, problem in distances.problems.items()}
        for at, (number, row) in enumerate(zip(numbers, kept, strict=True)):
            money = {name: self._amount(self._cell(row, name), name) for name in ("amount", "total", *TAXES)}
            bad = next((name for name, value in money.items() if isinstance(value, str)), None)
            ref = id_text(self._cell(row, "trip_id"))
            if bad is not None:
                problems[at] = (bad, "NOT_A_NUMBER", str(money[bad]))
            elif money["amount"] is None and money["total"] is None:
                problems[at] = (self._totals[0], "MISSING_REQUIRED", "The amount is missing.")
            elif len(ref) > 100:
                problems[at] = ("trip_id", "OUT_OF_RANGE", "The trip id is longer than 100 characters.")
            if at in problems:
                name, code, message = problems[at]
                self._reject(number, ref, name, shown(self._cell(row, name)), code, message)
                continue
            metres = distances.values[at]
            is_trip = bool(ref or starts[at] or metres != NOTHING)
            self._found.rows.append(
                BillRow(
                    number, ref, self._vehicle(row) if is_trip else "", starts[at], has_time[at],
                    None if metres == NOTHING else metres, _whole(money["amount"]), _tax(money),
                    _whole(money["total"]), self._words(row, is_trip=is_trip),
                    clean(shown(self._cell(row, "client")) or "")[:200],
                )
            )  # fmt: skip

    def _vehicle(self, row: Row) -> str:
        return str(READINGS["vehicle_no"](self._cell(row, "vehicle_no")))[:20]

    def _words(self, row: Row, *, is_trip: bool) -> str:
        """What the row is called: its description, for a charge that is no trip any words that stand in it."""
        own = clean(shown(self._cell(row, "description")) or "")
        if not own and not is_trip:
            own = next((clean(cell) for cell in row if isinstance(cell, str) and any(map(str.isalpha, cell))), "")
        return own[:300]

    def _starts(self, kept: Sequence[Row]) -> tuple[list[datetime | None], list[bool], dict[int, tuple[str, str, str]]]:
        """Start of each row, whether its time of day is known, and the cells that are no date."""
        nothing: list[datetime | None] = [None] * len(kept)
        if "start" not in self._columns:
            return nothing, [False] * len(kept), {}
        names = [name for name in times.TIME_FIELDS if name in self._columns]
        cells = {name: [self._cell(row, name) for row in kept] for name in names}
        start, _, _ = self._times.read({**cells, "end": [None] * len(kept)})
        known = np.array([value != MISSING and at not in start.problems for at, value in enumerate(start.values)])
        wall = np.where(known, np.array(start.values, np.int64), 0)
        instants = zones.to_instants(wall, self._zone).values
        for at, minutes in start.offsets.items():
            instants[at] = wall[at] - minutes * 60_000_000
        found = [
            _EPOCH + timedelta(microseconds=int(at)) if ok else None for at, ok in zip(instants, known, strict=True)
        ]
        has_time = [bool(ok) and at not in start.date_only for at, ok in enumerate(known)]
        problems = {at: ("start", problem.code, problem.message) for at, problem in start.problems.items()}
        return found, has_time, problems

    def _amount(self, cell: Any, name: str) -> int | str | None:
        """Paise; None where nothing stands there; a sentence where it is no amount."""
        if isinstance(cell, CellError):
            return f"The cell holds {cell.text}."
        if is_missing(cell):
            return None
        if name in self._commas:
            cell = decimal_points([cell])[0]
        try:
            if isinstance(cell, bool):
                raise ValueError
            paise = _paise(cell)
        except ValueError:
            return f"{shown(cell)} is not an amount."
        return paise if abs(paise) <= _MOST_PAISE else f"{shown(cell)} is beyond any bill."

    def _reject(self, row: int, ref: str, name: str | None, value: str | None, code: str, message: str) -> None:
        column = self._header.texts[self._columns[name]] if name in self._columns else None
        self._found.rejected.append(
            Rejected(row, self._sheet.name, ref or None, column, value[:200] if value else value, code, message)
        )


def _paise(cell: Any) -> int:
    """A number cell is rounded half up to the paisa; text must be an amount as it stands."""
    if isinstance(cell, int | float):
        return to_paise(Decimal(number_text(cell)))
    text = clean(str(cell))
    try:
        return parse_amount(text)
    except ValueError:
        number = decimal_of(text)
        if number is None:
            raise
        return to_paise(number)


def _whole(value: int | str | None) -> int | None:
    return value if isinstance(value, int) else None


def _tax(money: Mapping[str, int | str | None]) -> int | None:
    """The tax column, else its parts together."""
    if isinstance(money["tax"], int):
        return money["tax"]
    parts = [value for name in TAXES[1:] if isinstance(value := money[name], int)]
    return sum(parts) if parts else None
