"""What a whole column proves before any of its cells is read: order of day and month, decimal commas.

The same cell may mean two things; the column mostly settles it, and where it does not, the user is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from billing.exchange.sheets.cells import RawSheet, Row
from billing.exchange.sheets.dates import NOTHING, NUMERIC, Order
from billing.exchange.sheets.fields import TRIP_FIELDS, FieldSet
from billing.exchange.sheets.header import Header
from billing.exchange.sheets.result import Warned
from billing.exchange.sheets.texts import clean

_CLEAR = 20  # so many proofs of one order for each of the other: the other are slips
_NUMERIC_DATE = re.compile(NUMERIC + r"(?!\d)", re.ASCII)
_COMMA_DECIMALS = re.compile(r"-?\d+,\d{1,2}(?:\s*[a-zA-Z]+)?\Z", re.ASCII)
_ONE_COMMA = re.compile(r"-?\d+,\d+(?:\s*[a-zA-Z]+)?\Z", re.ASCII)


class Evidence(NamedTuple):
    """Text dates by what they can be: only day first, only month first, either, year first; and date cells.

    `late_cells` are date cells whose day is above 12: none among many means that a program swapped day and month.
    """

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    year_first: int = 0
    cells: int = 0
    late_cells: int = 0

    def order(self) -> Order:
        """Day first unless the column proves otherwise; a few slips do not overturn what many cells prove."""
        if self.month_first > _CLEAR * self.day_first:
            return "month_first"
        if self.year_first and not (self.day_first or self.either or self.month_first):
            return "year_first"
        return "day_first"

    def proved(self) -> bool:
        """True where the column itself leaves no choice."""
        low, high = sorted((self.day_first, self.month_first))
        return high > _CLEAR * low

    def is_mixed(self) -> bool:
        """True where some cells can only be read one way and others only the other way."""
        return bool(self.day_first and self.month_first)

    def is_swapped(self) -> bool:
        """True where days above 12 are all text and date cells hold only days up to 12: Excel read them wrongly."""
        texts = self.day_first + self.month_first
        return self.cells >= 3 and not self.late_cells and texts >= 3 and not self.either


NO_EVIDENCE = Evidence()


def judge(values: Sequence[Any], so_far: Evidence = NO_EVIDENCE) -> Evidence:
    """Count what the cells of one column prove about the order of day and month."""
    found: Counter[str] = Counter()
    memo: dict[str, str] = {}
    if set(map(type, values)) <= {datetime, date}:
        found.update(cells=len(values), late_cells=int(any(value.day > 12 for value in values)))
        values = ()
    for value in values:
        kind = type(value)
        if kind is str:
            if value:
                head = value[:10]
                proof = memo.get(head)
                if proof is None:
                    proof = memo[head] = _proof_of(clean(value))
                found[proof] += 1
        elif kind is datetime or kind is date:
            found["cells"] += 1
            if value.day > 12:
                found["late_cells"] += 1
    return Evidence(*(old + found[name] for name, old in zip(Evidence._fields, so_far, strict=True)))


def _proof_of(text: str) -> str:
    match = _NUMERIC_DATE.match(text)
    if match is None or NOTHING.match(text):
        return "year_first" if re.match(r"(?:19|20)\d{6}(?!\d)", text) else ""
    if len(match["a"]) == 4:
        return "year_first"
    first, second = int(match["a"]), int(match["b"])
    if first > 12 >= second:
        return "day_first"
    return "month_first" if second > 12 >= first else "either"


class Commas(NamedTuple):
    """Numbers in text: surely with a decimal comma, perhaps, with a point or grouping that rules it out."""

    sure: int = 0
    perhaps: int = 0
    against: int = 0

    def is_decimal(self) -> bool:
        """True where every number of the column can be read with a decimal comma and some in no other way."""
        return bool(self.sure) and not self.against


def judge_commas(values: Sequence[Any], so_far: Commas) -> Commas:
    """Count how the numbers of one column use the comma; number cells say nothing."""
    sure, perhaps, against = so_far
    if str not in set(map(type, values)):
        return so_far
    for value in values:
        if type(value) is not str or not value:
            continue
        if "," not in value and "." not in value:
            continue
        text = clean(value)
        if _COMMA_DECIMALS.match(text):
            sure += 1
        elif _ONE_COMMA.match(text):
            perhaps += 1
        elif text[:1].isdigit() or text[:1] in "-(+.":
            against += 1
    return Commas(sure, perhaps, against)


@dataclass(slots=True)
class SheetEvidence:
    """What the columns of one sheet prove."""

    dates: dict[str, Evidence] = field(default_factory=dict)
    commas: dict[str, Commas] = field(default_factory=dict)

    def orders(self, chosen: Order | None) -> dict[str, Order]:
        """The order of day and month for each column: its own proof, else what all columns prove together."""
        columns = self.dates.values()
        total = Evidence(*(sum(part) for part in zip(*columns, strict=True))) if columns else NO_EVIDENCE
        return {name: chosen or (own if own.proved() else total).order() for name, own in self.dates.items()}

    def decimal_commas(self) -> set[str]:
        """The columns whose comma is a decimal point."""
        return {name for name, commas in self.commas.items() if commas.is_decimal()}

    def warnings(self, sheet: RawSheet, header: Header, chosen: Order | None) -> Iterator[Warned]:
        """What the user must know about how columns were read."""
        orders = self.orders(chosen)
        for name, own in self.dates.items():
            text = header.texts[header.columns[name]]
            if own.is_mixed() and chosen is None:
                said = orders[name].replace("_", " ")
                message = f'"{text}" has dates of both orders; it was read {said}, the others are rejected.'
                yield Warned(header.row, sheet.name, None, "MIXED_DATE_ORDER", message)
            if own.is_swapped():
                message = (
                    f'"{text}" mixes date cells, all up to the 12th of a month, with text for later days: a program has'
                    " probably swapped day and month in the date cells. Ask for the sheet with dates as text."
                )
                yield Warned(header.row, sheet.name, None, "SWAPPED_DATES", message)
        yield from self._assumed(sheet, header, chosen, orders)
        for name in sorted(self.decimal_commas()):
            text = header.texts[header.columns[name]]
            yield Warned(header.row, sheet.name, None, "DECIMAL_COMMA", f'"{text}" uses the comma as decimal point.')

    def _assumed(
        self, sheet: RawSheet, header: Header, chosen: Order | None, orders: dict[str, Order]
    ) -> Iterator[Warned]:
        """An order that nothing proves, and columns of one sheet that prove different ones."""
        if chosen is not None:
            return
        unproved = [name for name, own in self.dates.items() if own.either]
        if unproved and not any(own.day_first or own.month_first for own in self.dates.values()):
            text = header.texts[header.columns[unproved[0]]]
            message = f'"{text}" has no day above 12 that would tell day from month; the day was taken first.'
            yield Warned(header.row, sheet.name, None, "ASSUMED_DAY_FIRST", message)
        proved = {orders[name]: header.texts[header.columns[name]] for name, own in self.dates.items() if own.proved()}
        if {"day_first", "month_first"} <= proved.keys():
            message = f'"{proved["day_first"]}" was read day first, but "{proved["month_first"]}" month first.'
            yield Warned(header.row, sheet.name, None, "DIFFERENT_DATE_ORDERS", message)


def judge_sheet(sheet: RawSheet, header: Header, known: FieldSet = TRIP_FIELDS) -> SheetEvidence:
    """Look through the whole sheet once."""
    found = SheetEvidence()
    kinds = {name: known.by_name[name].kind for name in header.columns}
    below = header.row + header.lines
    for block in sheet.blocks():
        rows = block.rows
        if block.numbers and block.numbers[0] < below:
            rows = [row for number, row in zip(block.numbers, rows, strict=True) if number >= below]
        for name, place in header.columns.items():
            if kinds[name] == "time":
                found.dates[name] = judge(_cells(rows, place), found.dates.get(name, NO_EVIDENCE))
            elif kinds[name] in ("distance", "money"):
                found.commas[name] = judge_commas(_cells(rows, place), found.commas.get(name, Commas()))
    return found


def _cells(rows: Sequence[Row], place: int) -> list[Any]:
    try:
        return [row[place] for row in rows]
    except IndexError:
        return [row[place] for row in rows if place < len(row)]


def decimal_points(values: list[Any]) -> list[Any]:
    """A column whose comma is a decimal point, with points."""
    return [value.replace(",", ".") if type(value) is str else value for value in values]
