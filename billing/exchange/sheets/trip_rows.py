"""Which rows of a sheet are trips: titles, totals, notes and repeated headers are not; riders' lines belong to one.

In block-shaped sheets a trip line is followed by numbered passenger lines (issue of trip sheets, 1): their employee
codes become the riders of the trip above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from billing.counting import plural
from billing.exchange.sheets import rows
from billing.exchange.sheets.cells import Block, RawSheet, Row
from billing.exchange.sheets.dates import Stamp, TimeParser
from billing.exchange.sheets.fields import field_of
from billing.exchange.sheets.header import Header
from billing.exchange.sheets.merged import MergedDown
from billing.exchange.sheets.parts import Parts
from billing.exchange.sheets.result import Rejected, Skipped, Warned
from billing.exchange.sheets.texts import id_text, is_missing, shown

Edits = Sequence[tuple[str | None, int, str, str]]
_MOST_RIDERS = 60


class TripRows:
    """Selects the trip rows of one sheet. Attributes: riders (row number of the trip -> codes of its riders' lines)."""

    def __init__(self, sheet: RawSheet, header: Header, parts: Parts, edits: Edits = ()) -> None:
        self.riders: dict[int, list[str]] = {}
        self._sheet = sheet
        self._header = header
        self._parts = parts
        self._columns = header.columns
        self._needed = [
            self._columns[name] for name in ("trip_id", "start", "end", "distance") if name in self._columns
        ]
        self._core = [self._columns[name] for name in ("start", "end", "distance", "close_km") if name in self._columns]
        self._rider_column = self._columns.get("employees")
        self._times = TimeParser()
        # The last trip row waits for the next block: its riders' lines may stand there.
        self._waiting: tuple[int, Row] | None = None
        self._other_header: int | None = None
        self._merged = MergedDown(sheet, header)
        self._edits: dict[int, dict[int, str]] = {}
        for name, row, text, value in edits:
            if name == sheet.name and text in header.texts:
                self._edits.setdefault(row, {})[header.texts.index(text)] = value

    def select(self, block: Block) -> tuple[list[int], list[Row]]:
        """The trip rows of a block (the last one comes with the next); the others are noted."""
        numbers, kept = self._below_header(block)
        before = int(self._waiting is not None)
        if self._waiting is not None:
            numbers.insert(0, self._waiting[0])
            kept.insert(0, self._waiting[1])
            self._waiting = None
        if self._edits:
            kept = [self._edited(number, row) for number, row in zip(numbers, kept, strict=True)]
        drop = self._drop(numbers, kept, before)
        if drop:
            numbers = [number for place, number in enumerate(numbers) if place not in drop]
            kept = [row for place, row in enumerate(kept) if place not in drop]
        self._merged.fill(numbers, kept)
        if kept:
            self._waiting = (numbers.pop(), kept.pop())
        return numbers, kept

    def rest(self) -> tuple[list[int], list[Row]]:
        """The row that waited; what was filled is said."""
        if self._merged.filled:
            text = f"{plural(self._merged.filled, 'cell')} below a merged cell got its value."
            self._parts.warned.append(Warned(None, self._sheet.name, None, "MERGED_CELLS", text))
        waiting, self._waiting = self._waiting, None
        return ([], []) if waiting is None else ([waiting[0]], [waiting[1]])

    def _edited(self, number: int, row: Row) -> Row:
        cells = self._edits.get(number)
        return row if cells is None else [cells.get(place, cell) for place, cell in enumerate(row)]

    def _below_header(self, block: Block) -> tuple[list[int], list[Row]]:
        last_header = self._header.row + self._header.lines - 1
        numbers, kept = list(block.numbers), list(block.rows)
        if numbers and numbers[0] <= last_header:
            start = next((place for place, number in enumerate(numbers) if number > last_header), len(numbers))
            self._skip_titles(numbers[:start], kept[:start])
            numbers, kept = numbers[start:], kept[start:]
        if numbers and numbers[0] == last_header + 1 and rows.is_numbering(kept[0]):
            self._skip(numbers[0], "numbers of the columns")
            del numbers[0], kept[0]
        for broken in block.broken:
            if broken.row > last_header:
                self._reject(broken.row, None, broken.value, broken.code, broken.message)
        return numbers, kept

    def _skip_titles(self, numbers: Sequence[int], above: Sequence[Row]) -> None:
        for number, row in zip(numbers, above, strict=True):
            if number < self._header.row and any(shown(cell) for cell in row):
                self._skip(number, "title row")

    def _drop(self, numbers: Sequence[int], kept: Sequence[Row], before: int) -> set[int]:
        """The places of rows that are no trips; the first `before` rows were judged with the block before."""
        width = len(self._header.texts)
        first = self._columns["start"]
        drop: set[int] = set()
        strict = self._sheet.strict_width
        ragged = [place for place, row in enumerate(kept) if len(row) != width] if strict else []
        starts = [row[first] if first < len(row) else "" for row in kept]
        tables: dict[int, int | None] = {}
        for place in sorted({*rows.suspects(starts), *ragged}):
            row = kept[place]
            # The trip above is the nearest row that was kept.
            trip = place - 1
            while trip in drop:
                trip -= 1
            if trip >= 0 and self._is_rider(numbers[trip], kept[trip], numbers[place], row):
                drop.add(place)
                continue
            fate = rows.fate_of(row, self._header.texts, self._needed, self._columns.get("trip_id"))
            if fate is not None:
                drop.add(place)
                if fate != "blank":
                    self._skip(numbers[place], rows.MESSAGES[fate])
                if fate == "header":
                    tables[place] = numbers[place] if self._is_another(row) else None
            elif strict and len(row) != width and not _only_blank_extras(row, width):
                drop.add(place)
                self._ragged(numbers[place], row, width)
        self._drop_other_tables(numbers, kept, tables, drop, before)
        return drop

    def _is_another(self, row: Row) -> bool:
        """A header once more whose columns stand in another order: what follows cannot be read by the first one."""
        cells = [field_of(cell) for cell in row]
        own = [field_of(text) for text in self._header.texts]
        used = set(self._columns.values())
        return any(
            found is not None and column in used and (column >= len(own) or found != own[column])
            for column, found in enumerate(cells)
        )

    def _drop_other_tables(
        self, numbers: Sequence[int], kept: Sequence[Row], tables: dict[int, int | None], drop: set[int], before: int
    ) -> None:
        """Reject the rows under a header of another order; a header of the first order ends that."""
        if self._other_header is None and not any(tables.values()):
            return
        for place, row in enumerate(kept):
            if place in tables:
                self._other_header = tables[place]
            elif self._other_header is not None and place >= before and place not in drop:
                drop.add(place)
                text = f"Row {self._other_header} begins a table with other columns: give it a sheet of its own."
                self._reject(numbers[place], self._own_id(row) or None, None, "RAGGED_ROW", text)

    def _is_rider(self, trip_number: int, trip: Row, number: int, row: Row) -> bool:
        """Note a rider's line under its trip; also the small header above such lines."""
        core = [row[column] for column in self._core if column < len(row) and not is_missing(row[column])]
        if any(isinstance(self._times.one(cell), Stamp) for cell in core):
            return False
        if self._is_rider_header(row):
            self._skip(number, "header of the riders' lines")
            return True
        code = self._rider_code(trip_number, trip, row, is_bare=not core)
        if not code:
            return False
        self.riders.setdefault(trip_number, []).append(code)
        self._skip(number, f"rider of the trip in row {trip_number}")
        return True

    def _is_rider_header(self, row: Row) -> bool:
        for column, cell in enumerate(row):
            found = field_of(cell) if isinstance(cell, str) else None
            if found is not None and found[0] == "employees" and column != self._columns.get("employees"):
                self._rider_column = column
                return True
        return False

    def _rider_code(self, trip_number: int, trip: Row, row: Row, *, is_bare: bool) -> str:
        """The employee code of a rider's line, or "" where the row is none: its number must be the next one."""
        expected = len(self.riders.get(trip_number, ())) + 1
        id_column = self._columns.get("trip_id")
        own_id = id_text(row[id_column]) if id_column is not None and id_column < len(row) else ""
        trip_id = id_text(trip[id_column]) if id_column is not None and id_column < len(trip) else ""
        numbered = next((id_text(cell) for cell in row if not is_missing(cell)), "") == str(expected)
        if expected > _MOST_RIDERS or (own_id and own_id != trip_id and not (numbered and own_id == str(expected))):
            return ""
        if not (numbered or is_bare):
            return ""
        column = self._rider_column
        if column is not None:
            return id_text(row[column]) if column < len(row) else ""
        cells: list[Any] = [cell for cell in row if not is_missing(cell)]
        return id_text(cells[1]) if numbered and len(cells) >= 2 else ""

    def _ragged(self, number: int, row: Row, width: int) -> None:
        trip_id = self._own_id(row)
        message = f"This line has {len(row)} cells, the header has {width}."
        self._reject(number, trip_id or None, None, "RAGGED_ROW", message)

    def _own_id(self, row: Row) -> str:
        column = self._columns.get("trip_id")
        return id_text(row[column]) if column is not None and column < len(row) else ""

    def _skip(self, number: int, message: str) -> None:
        self._parts.skipped.append(Skipped(number, self._sheet.name, message))

    def _reject(self, row: int, trip_id: str | None, value: str | None, code: str, message: str) -> None:
        self._parts.rejected.append(Rejected(row, self._sheet.name, trip_id, None, value, code, message))


def _only_blank_extras(row: Row, width: int) -> bool:
    return len(row) > width and not any(shown(cell) for cell in row[width:])
