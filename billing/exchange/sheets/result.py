"""The outcome of reading a trip sheet: every row's fate, columns for what is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Rejected(NamedTuple):
    """A row that is refused: where it stands, which cell, which row code of DESIGN.md section 6, and why."""

    row: int
    sheet: str | None
    trip_id: str | None
    column: str | None
    value: str | None
    code: str
    message: str


class Duplicate(NamedTuple):
    """A row whose trip is there already: DUPLICATE (the same) or CONFLICTING_DUPLICATE (another content).

    `first_row` is the row of the file that won; None with a `batch` where the trip is stored already.
    """

    row: int
    sheet: str | None
    trip_id: str
    code: str
    message: str
    first_row: int | None
    batch: str | None = None


class Skipped(NamedTuple):
    """A row or sheet that holds no trip: a title, a total, a repeated header."""

    row: int | None
    sheet: str | None
    message: str


class Warned(NamedTuple):
    """Something to look at; the row goes in all the same. `row` is None where the whole file is meant."""

    row: int | None
    sheet: str | None
    trip_id: str | None
    code: str
    message: str


@dataclass(slots=True)
class Coded:
    """A text column: `codes` index `names`, -1 is missing."""

    codes: NDArray[np.int32]
    names: list[Any]

    def __getitem__(self, position: int) -> Any:
        code = int(self.codes[position])
        return None if code < 0 else self.names[code]

    def take(self, keep: NDArray[Any]) -> Coded:
        """The rows of a mask or of positions."""
        return Coded(self.codes[keep], self.names)


@dataclass(slots=True)
class TripTable:
    """Accepted trips by column. Times are epoch microseconds UTC, distances metres, -1 is missing."""

    row: NDArray[np.int32]
    sheet: Coded
    trip_id: list[str]
    start: Ints
    end: Ints
    distance_m: Ints
    texts: dict[str, Coded] = field(default_factory=dict)
    numbers: dict[str, Ints] = field(default_factory=dict)
    warnings: dict[int, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)

    def text(self, name: str, position: int) -> Any:
        """A text of one row; None where it is missing."""
        column = self.texts.get(name)
        return None if column is None else column[position]

    def number(self, name: str, position: int) -> int | None:
        """A number of one row; None where it is missing."""
        column = self.numbers.get(name)
        value = -1 if column is None else int(column[position])
        return None if value < 0 else value

    def take(self, positions: NDArray[np.int64]) -> TripTable:
        """The rows at these positions, in this order."""
        places = {int(position): place for place, position in enumerate(positions.tolist())} if self.warnings else {}
        return TripTable(
            row=self.row[positions],
            sheet=self.sheet.take(positions),
            trip_id=[self.trip_id[position] for position in positions.tolist()],
            start=self.start[positions],
            end=self.end[positions],
            distance_m=self.distance_m[positions],
            texts={name: column.take(positions) for name, column in self.texts.items()},
            numbers={name: column[positions] for name, column in self.numbers.items()},
            warnings={places[old]: codes for old, codes in self.warnings.items() if old in places},
        )


class DateRange(NamedTuple):
    """How dates were read over the whole column, and the range of the accepted trips' local start dates."""

    order: str
    first: str | None
    last: str | None


@dataclass(slots=True)
class CheckedFile:
    """One file, checked: nothing is written yet."""

    file: str
    sha256: str
    timezone: str
    mapping: dict[str, str]
    headers: dict[str | None, list[str]]
    dates: DateRange
    accepted: TripTable
    rejected: list[Rejected]
    duplicates: list[Duplicate]
    skipped: list[Skipped]
    warnings: list[Warned]
    derived_ids: bool = False
    checked_against: str | None = None

    @property
    def rows_read(self) -> int:
        """Rows that hold a trip, whatever became of them."""
        return len(self.accepted) + len(self.rejected) + len(self.duplicates)

    @property
    def distance_m(self) -> int:
        """Metres of the accepted trips."""
        return int(self.accepted.distance_m.sum())


def concat_coded(parts: Sequence[NDArray[np.int32]], names: list[Any]) -> Coded:
    """Blocks of codes as one column."""
    return Coded(np.concatenate(parts) if parts else np.empty(0, np.int32), names)
