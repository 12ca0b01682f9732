"""The trips of one contract version, as columns: views of the input where it is already in order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np

from billing.errors import BadInputError
from billing.schemas.trip_columns import (
    CANCELLED,
    COMPLETED,
    NO_SHOW,
    BoolArray,
    CodeArray,
    EmployeeColumn,
    IntArray,
    TextColumn,
    TripColumns,
)
from billing.strategies.clock import LocalClock
from billing.strategies.exact import Ints

Rows = slice | IntArray
_Column = TypeVar("_Column", IntArray, BoolArray)


class TripProblem:
    """Something that keeps a trip from being rated."""

    __slots__ = ("code", "field", "message", "trip")

    def __init__(self, trip: int, code: str, field: str, message: str) -> None:
        self.trip, self.code, self.field, self.message = trip, code, field, message


class TripBlock:
    """Some rows of the input, in rating order.

    Attributes:
        rows: which rows of the input, as a slice or as indexes.
        problems: what is wrong with trips, collected by all steps; `trip` is the place in the input.
        billable_m: metres that price the trip, use up free km and count as usage; set by the strategy.
        chargeable_m: metres beyond the free km (HYBRID); set by the strategy.
    """

    def __init__(
        self, columns: TripColumns, rows: Rows, clock: LocalClock, problems: list[TripProblem] | None = None
    ) -> None:
        self._columns = columns
        self.rows = rows
        self.clock = clock
        self.problems: list[TripProblem] = [] if problems is None else problems
        self.billable_m: Ints = np.empty(0, np.int64)
        self.chargeable_m: Ints = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.start)

    def take(self, picks: IntArray) -> TripBlock:
        """Some rows of this block (places in it) as a block of their own."""
        rows = picks + self.rows.start if isinstance(self.rows, slice) else self.rows[picks]
        part = TripBlock(self._columns, rows, self.clock, self.problems)
        if len(self.billable_m):
            part.billable_m = self.billable_m[picks]
        if len(self.chargeable_m):
            part.chargeable_m = self.chargeable_m[picks]
        return part

    def cut(self, part: slice) -> TripBlock:
        """A run of this block as a block of its own; nothing is copied."""
        first = self.rows.start if isinstance(self.rows, slice) else 0
        rows = slice(first + part.start, first + part.stop) if isinstance(self.rows, slice) else self.rows[part]
        cut = TripBlock(self._columns, rows, self.clock, self.problems)
        cut.billable_m, cut.chargeable_m = self.billable_m[part], self.chargeable_m[part]
        return cut

    def input_rows(self) -> IntArray:
        """The place in the input of every row."""
        return np.arange(self.rows.start, self.rows.stop) if isinstance(self.rows, slice) else self.rows

    @cached_property
    def start(self) -> IntArray:
        """Start, epoch microseconds."""
        return self._columns.start[self.rows]

    @cached_property
    def end(self) -> IntArray:
        """End, epoch microseconds."""
        return self._columns.end[self.rows]

    @cached_property
    def duration(self) -> IntArray:
        """Microseconds from start to end."""
        return self.end - self.start

    @cached_property
    def local_start(self) -> IntArray:
        """Start as local wall time."""
        return self.clock.local(self.start)

    @cached_property
    def local_end(self) -> IntArray:
        """End as local wall time."""
        return self.clock.local(self.end)

    @cached_property
    def distance_m(self) -> IntArray:
        """Metres as reported."""
        return self._columns.distance_m[self.rows].astype(np.int64, copy=False)

    @cached_property
    def completed(self) -> BoolArray | None:
        """Which trips were completed; None: all of them."""
        return self._with_status(COMPLETED)

    @property
    def has_only_completed(self) -> bool:
        """Whether every trip was completed."""
        return self.completed is None or bool(self.completed.all())

    def rows_with_status(self, status: int) -> IntArray:
        """Places of the trips with a status."""
        flags = self._columns.status
        return np.empty(0, np.int64) if flags is None else np.flatnonzero(flags[self.rows] == status)

    def _with_status(self, status: int) -> BoolArray | None:
        flags = self._columns.status
        return None if flags is None else flags[self.rows] == status

    @property
    def no_shows(self) -> IntArray:
        """Places of the no-shows."""
        return self.rows_with_status(NO_SHOW)

    @property
    def cancelled(self) -> IntArray:
        """Places of the cancelled trips."""
        return self.rows_with_status(CANCELLED)

    def completed_where(self, flags: BoolArray | None) -> IntArray:
        """Places of the completed trips that have a flag; none where the column is absent."""
        if flags is None:
            return np.empty(0, np.int64)
        return np.flatnonzero(flags if self.completed is None else flags & self.completed)

    @cached_property
    def carpool(self) -> BoolArray | None:
        """Which trips were carpools."""
        return self._some(self._columns.carpool)

    @cached_property
    def escort(self) -> BoolArray | None:
        """Which trips were escorted."""
        return self._some(self._columns.escort)

    def figures(self, read: Callable[[TripColumns], IntArray | None]) -> IntArray | None:
        """An optional column of figures, cut to these rows."""
        return self._some(read(self._columns))

    def _some(self, column: _Column | None) -> _Column | None:
        return None if column is None else column[self.rows]

    def text(self, read: Callable[[TripColumns], TextColumn | None]) -> TextColumn:
        """An optional column of texts, cut to these rows; all missing where it is absent."""
        column = read(self._columns)
        if column is None:
            return TextColumn(np.full(len(self), -1, np.int32), ())
        return TextColumn(column.codes[self.rows], column.names)

    @property
    def employees(self) -> EmployeeColumn | None:
        """The riders of all trips of the input, addressed by `input_rows`."""
        return self._columns.employees

    def refuse(self, rows: IntArray, code: str, field: str, message: str) -> None:
        """Note that the trips at these places cannot be rated."""
        for trip in self.input_rows()[rows].tolist():
            self.problems.append(TripProblem(trip, code, field, message))

    def raise_problems(self, trip_ids: Callable[[int], str]) -> None:
        """Raise what was noted, if anything: the error of the first trip, naming the others."""
        if self.problems:
            raise TripsRefusedError(self.problems, trip_ids)


class TripsRefusedError(BadInputError):
    """Trips that cannot be rated under their contract.

    Attributes:
        problems: all findings, in the order of the input.
        trips: (trip id, code, message) of each finding, for lists.
    """

    def __init__(self, problems: list[TripProblem], trip_ids: Callable[[int], str]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.trip)
        first = self.problems[0]
        self.trips = tuple((trip_ids(found.trip), found.code, found.message) for found in self.problems)
        bad = len({problem.trip for problem in problems})
        others = f" ({bad} trips have such problems)" if bad > 1 else ""
        message = f"Trip {trip_ids(first.trip)}: {first.message}{others}"
        super().__init__(first.code, message, where=f"trips[{first.trip}].{first.field}")


def codes_present(codes: CodeArray) -> list[int]:
    """The distinct codes of a text column, in order; -1 first where a text is missing."""
    return [place - 1 for place in np.flatnonzero(np.bincount(codes + 1)).tolist()]
