"""What the readers hand on: sheets as blocks of rows that know their physical row numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# A cell is a str, float, int, bool, datetime, date, time, timedelta, CellError, or None or "" where it is empty.
Row = Sequence[Any]


class CellError(NamedTuple):
    """A cell that holds no usable value: an error such as #DIV/0!, or a formula whose result was never stored."""

    text: str
    reason: str


# What a spreadsheet shows instead of a value, also where it was saved as text.
ERROR_REASONS = {
    "#DIV/0!": "The formula in this cell divides by zero.",
    "#N/A": "The formula in this cell found no match (#N/A).",
    "#REF!": "The formula in this cell refers to cells that were deleted.",
    "#VALUE!": "The formula in this cell got a value of the wrong kind.",
    "#NAME?": "The formula in this cell uses an unknown name.",
    "#NUM!": "The formula in this cell has no numeric result.",
    "#NULL!": "The formula in this cell joins ranges that do not meet.",
}


NO_VALUE = CellError(
    "=…", "The formula in this cell has no stored result: open the file in Excel, save it, send it again."
)


class Broken(NamedTuple):
    """A row the reader could not split into cells; it is rejected, the rows around it are not."""

    row: int
    code: str
    value: str
    message: str


class Note(NamedTuple):
    """Something about a row or sheet that the user should see; row is None for a whole sheet."""

    row: int | None
    sheet: str | None
    code: str
    message: str


@dataclass(slots=True)
class Block:
    """Consecutive rows of a sheet; `numbers` are physical lines (csv) or sheet rows (xlsx), one for each row.

    `next_line` is the physical line after the last record (csv only).
    """

    numbers: Sequence[int]
    rows: Sequence[Row]
    broken: list[Broken] = field(default_factory=list)
    next_line: int = 0


@dataclass(slots=True)
class RawSheet:
    """One sheet, not yet understood.

    `blocks` may be called several times: dates are judged over the whole column before a row is parsed, and
    rejected rows are fetched again for the corrected-and-resent workbook.
    """

    name: str | None
    blocks: Callable[[], Iterator[Block]]
    hidden: bool = False
    row_count: int | None = None  # None: not known before reading
    strict_width: bool = False
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    first_serial: int = -25_569  # the day of date serial 0, counted from 1970-01-01
    notes: list[Note] = field(default_factory=list)

    def keep(self) -> None:
        """Hold the rows in memory, where they are few: they are gone through several times."""
        blocks = list(self.blocks())
        self.blocks = lambda: iter(blocks)

    def head(self, count: int) -> tuple[list[int], list[Row]]:
        """The first `count` rows with their numbers, for finding the header."""
        numbers: list[int] = []
        rows: list[Row] = []
        for block in self.blocks():
            numbers.extend(block.numbers[: count - len(rows)])
            rows.extend(block.rows[: count - len(rows)])
            if len(rows) >= count:
                break
        return numbers, rows
