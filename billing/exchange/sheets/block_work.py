"""One block of trip rows: cells to columns, every row checked (row codes of DESIGN.md section 6)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from billing.exchange.sheets import row_checks, times, zones
from billing.exchange.sheets.cells import Row
from billing.exchange.sheets.dates import MISSING as NO_TIME
from billing.exchange.sheets.evidence import decimal_points
from billing.exchange.sheets.fields import BY_NAME
from billing.exchange.sheets.numbers import MISSING, Parsed, Problem
from billing.exchange.sheets.parts import Parts
from billing.exchange.sheets.result import Rejected, Warned
from billing.exchange.sheets.texts import id_text, id_texts, shown

if TYPE_CHECKING:
    from billing.exchange.sheets.sheet_parser import SheetParser


class BlockWork:
    """One block on its way from cells to columns."""

    def __init__(self, parser: SheetParser, numbers: list[int], kept: list[Row]) -> None:
        self.parser = parser
        self.numbers = numbers
        self.rows = kept
        self.count = len(kept)
        self.columns = parser.header.columns
        self.cells = {name: self._column(place) for name, place in self.columns.items()}
        # The first problem of a row is the one that is reported; fields are read in the order of a row's meaning.
        self.problems: dict[int, tuple[str, Problem]] = {}
        self.values: dict[str, NDArray[np.int64]] = {}
        self.codes: dict[str, NDArray[np.int32]] = {}
        self.warned: dict[int, list[tuple[str, str]]] = {}

    def _column(self, place: int) -> list[Any]:
        try:
            return [row[place] for row in self.rows]
        except IndexError:
            return [row[place] if place < len(row) else "" for row in self.rows]

    def _note(self, name: str, problems: dict[int, Problem]) -> None:
        for position, problem in problems.items():
            self.problems.setdefault(position, (name, problem))

    def read_times(self) -> None:
        """Start and end as instants."""
        cells = {name: values for name, values in self.cells.items() if name in times.TIME_FIELDS}
        start, end, overnight = self.parser.start_end.read(cells)
        for name, side in (("start", start), ("end", end)):
            self._note(name, side.problems)
            self.values[name] = self._instants(name, np.array(side.values, np.int64), side.offsets)
        for position in overnight:
            self._warn(
                position, "OVERNIGHT", "The end is a time of day before the start: it was taken as the next day."
            )

    def _instants(self, name: str, wall: NDArray[np.int64], offsets: dict[int, int]) -> NDArray[np.int64]:
        missing = wall == NO_TIME
        local = np.where(missing | ~row_checks.plausible(wall), 0, wall)
        instants = zones.to_instants(local, self.parser.zone)
        values = instants.values
        for position, minutes in offsets.items():
            values[position] = wall[position] - minutes * 60_000_000
        for position in np.flatnonzero(instants.never & ~missing).tolist():
            if position not in offsets:
                text = "This time does not exist: the clock was put forward over it."
                self.problems.setdefault(position, (name, Problem("BAD_DATE", text)))
        for position in np.flatnonzero(instants.twice & ~missing).tolist():
            if position not in offsets:
                self._warn(position, "AMBIGUOUS_TIME", "The clock showed this time twice; the first was taken.")
        beyond = ~missing & ~row_checks.plausible(wall)
        for position in np.flatnonzero(beyond).tolist():
            text = "The year is outside 2000 to 2099."
            self.problems.setdefault(position, (name, Problem("BAD_DATE", text)))
        return np.where(missing | beyond, NO_TIME, values)

    def read_numbers(self) -> None:
        """Distances, counts, minutes, amounts and flags."""
        for name in self.columns:
            if BY_NAME[name].kind in ("distance", "count", "minutes", "money", "flag"):
                cells = self.cells[name]
                if name in self.parser.decimal_commas:
                    cells = decimal_points(cells)
                parsed = self.parser.parser(name).column(cells)
                self._note(name, parsed.problems)
                self.values[name] = np.array(parsed.values, np.int64)
        if "distance" not in self.columns:
            self._odometer()

    def _odometer(self) -> None:
        opened, closed = self.values["open_km"], self.values["close_km"]
        known = (opened >= 0) & (closed >= 0)
        distance = np.where(known, closed - opened, MISSING)
        for position in np.flatnonzero(known & (closed < opened)).tolist():
            text = "The closing reading is below the opening reading."
            self.problems.setdefault(position, ("close_km", Problem("NEGATIVE_DISTANCE", text)))
        self.values["distance"] = np.maximum(distance, MISSING)

    def read_texts(self) -> None:
        """Parties and other texts as codes, trip ids as text."""
        for name, coder in self.parser.coders.items():
            chosen = getattr(self.parser.options, name, None) if name in ("client", "vendor") else None
            cells = self.cells.get(name)
            if name == "employees" and self.parser.trip_rows.riders:
                cells = self._with_riders(cells)
            if cells is not None:
                parsed: Parsed = coder.column(cells)
                self._note(name, parsed.problems)
                codes = np.array(parsed.values, np.int32)
            else:
                codes = np.full(self.count, MISSING, np.int32)
            if chosen:
                codes[codes < 0] = coder.code(chosen)
            self.codes[name] = codes
        if "trip_id" in self.columns:
            self.trip_ids = id_texts(self.cells["trip_id"])
            row_checks.error_ids(self.cells["trip_id"], self.trip_ids, self._note)
            row_checks.long_ids(self.trip_ids, self._note)
            for position in row_checks.rounded_ids(self.cells["trip_id"], self.trip_ids):
                self._warn(
                    position, "ID_ROUNDED", "The trip id was shortened by a spreadsheet: other trips may share it."
                )
        else:
            self.trip_ids = [_derived(row) for row in self.rows]

    def _with_riders(self, cells: list[Any] | None) -> list[Any]:
        """The riders' own lines belong to the trip above them."""
        riders = self.parser.trip_rows.riders
        own = cells if cells is not None else [""] * self.count
        return [
            "; ".join([id_text(cell), *riders[number]]).lstrip("; ") if number in riders else cell
            for number, cell in zip(self.numbers, own, strict=True)
        ]

    def check(self) -> None:
        """All checks that need one row only."""
        row_checks.check(self)

    def _warn(self, position: int, code: str, message: str) -> None:
        self.warned.setdefault(position, []).append((code, message))

    def keep(self) -> None:
        """Hand over: rejected rows with their cell, the others as columns."""
        parts, name = self.parser.parts, self.parser.sheet.name
        for position in sorted(self.problems):
            field_name, problem = self.problems[position]
            column, value = self._cell(field_name, position)
            trip_id = self.trip_ids[position] if "trip_id" in self.columns else ""
            parts.rejected.append(
                Rejected(self.numbers[position], name, trip_id or None, column, value, problem.code, problem.message)
            )
        for position, row in self._hidden():
            self._warn(position, "HIDDEN_ROW", f"Row {row} is hidden in the sheet; it was read all the same.")
        for position in sorted(self.warned.keys() - self.problems.keys()):
            for code, message in self.warned[position]:
                parts.warned.append(Warned(self.numbers[position], name, self.trip_ids[position], code, message))
        self._append(parts)

    def _hidden(self) -> list[tuple[int, int]]:
        hidden = self.parser.sheet.hidden_rows
        return [(place, row) for place, row in enumerate(self.numbers) if row in hidden] if hidden else []

    def _cell(self, field_name: str, position: int) -> tuple[str | None, str | None]:
        place = self.columns.get(field_name)
        if place is None:
            return None, None
        row = self.rows[position]
        value = shown(row[place]) if place < len(row) else None
        return self.parser.header.texts[place] or None, value[:200] if value else value

    def _append(self, parts: Parts) -> None:
        mask = np.ones(self.count, np.bool_)
        mask[list(self.problems)] = False
        before = parts.count()
        parts.row.append(np.array(self.numbers, np.int32)[mask])
        parts.sheet.append(np.full(int(mask.sum()), self.parser.sheet_number, np.int32))
        ids = self.trip_ids
        parts.trip_id.extend(ids if not self.problems else [ids[place] for place in np.flatnonzero(mask).tolist()])
        _append_columns(parts.numbers, self.values, mask, before, np.int64)
        _append_columns(parts.texts, self.codes, mask, before, np.int32)


def _append_columns(
    into: dict[str, list[NDArray[Any]]],
    columns: dict[str, NDArray[Any]],
    mask: NDArray[np.bool_],
    before: int,
    kind: Any,
) -> None:
    """Add a block; a column that other sheets lack is filled with "missing" there."""
    size = int(mask.sum())
    for name, values in columns.items():
        if name not in into:
            into[name] = [np.full(before, MISSING, kind)]
        into[name].append(values[mask])
    for name in into.keys() - columns.keys():
        into[name].append(np.full(size, MISSING, kind))


def _derived(row: Row) -> str:
    """A trip id from the row's own content: the same row always gets the same one."""
    content = "\x1f".join(id_text(cell) for cell in row)
    return "R-" + hashlib.blake2b(content.encode(), digest_size=9).hexdigest()
