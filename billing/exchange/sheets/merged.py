"""Cells merged over several rows of trips: what stands there counts for each of them.

Only columns that trips share are filled (client, vendor, cab, date): one distance merged over two trips is no distance
of either. How many cells were filled is said with the sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from billing.exchange.sheets.cells import RawSheet, Row
from billing.exchange.sheets.header import Header

_SHARED: Final = (
    "client", "vendor", "date", "start_date", "end_date", "vehicle_no", "vehicle_type", "vehicle_slot", "site", "zone",
)  # fmt: skip
_MOST_ROWS: Final = 1_048_576


class MergedDown:
    """Fills the trip rows of one sheet in their order. Attributes: filled (cells so far)."""

    def __init__(self, sheet: RawSheet, header: Header) -> None:
        self.filled = 0
        shared = {header.columns[name] for name in _SHARED if name in header.columns}
        # Row number -> the columns that a merged cell covers there, and the row that it begins in.
        self._covered: dict[int, list[tuple[int, int]]] = {}
        self._tops: dict[tuple[int, int], Any] = {}
        for (first, column), (last, _) in sheet.merged:
            if last == first or column not in shared or first + 1 < header.row + header.lines:
                continue
            self._tops[first + 1, column] = None
            for row in range(first + 1, min(last, first + _MOST_ROWS) + 1):
                self._covered.setdefault(row + 1, []).append((column, first + 1))

    def fill(self, numbers: Sequence[int], rows: list[Row]) -> None:
        """Fill the empty cells of these rows in place."""
        if not self._tops:
            return
        for place, number in enumerate(numbers):
            row = rows[place]
            for top, column in [key for key in ((number, column) for column in range(len(row))) if key in self._tops]:
                self._tops[top, column] = row[column]
            covered = self._covered.get(number)
            if covered:
                rows[place] = self._filled(list(row), covered)

    def _filled(self, row: list[Any], covered: list[tuple[int, int]]) -> list[Any]:
        for column, top in covered:
            row.extend([""] * (column + 1 - len(row)))
            if row[column] is None or row[column] == "":
                row[column] = self._tops[top, column]
                self.filled += 1
        return row
