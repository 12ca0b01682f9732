"""Trips as a struct of numpy arrays: what the rating engine reads, a period at a time.

A column that no trip needs is None. Times are epoch microseconds (UTC), distances metres, toll and parking paise,
minutes millionths of a minute, so that every figure an input may carry is held exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from billing.schemas.rating import TripData, TripStatus

IntArray = NDArray[np.int64]
CodeArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

COMPLETED, NO_SHOW, CANCELLED, COSTS_NOTHING = 0, 1, 2, 3
STATUS_CODES = {TripStatus.COMPLETED: COMPLETED, TripStatus.NO_SHOW: NO_SHOW, TripStatus.CANCELLED: CANCELLED}
MISSING = -1
MINUTE_PARTS = 1_000_000
"""Millionths: the unit of the minute columns."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Epoch microseconds of an aware moment, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(epoch_micros: int) -> datetime:
    """The UTC moment of epoch microseconds."""
    return _EPOCH + timedelta(microseconds=int(epoch_micros))


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of few distinct texts: a code a row (-1: none) and the text of each code."""

    codes: CodeArray
    names: tuple[str, ...]

    @classmethod
    def from_values(cls, values: Iterable[str | None]) -> TextColumn | None:
        """The column of these values; None when there is no value at all."""
        codes, names = _factorize(values)
        return cls(codes, names) if names else None


@dataclass(frozen=True, slots=True)
class EmployeeColumn:
    """The riders of every trip: trip i has codes[offsets[i]:offsets[i + 1]], names by code, first rider first."""

    offsets: IntArray
    codes: CodeArray
    names: tuple[str, ...]

    @classmethod
    def from_lists(cls, lists: Sequence[Sequence[str]]) -> EmployeeColumn | None:
        """The column of these lists; None when nobody is listed."""
        codes, names = _factorize(name for riders in lists for name in riders)
        offsets = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(riders) for riders in lists], out=offsets[1:])
        return cls(offsets, codes, names) if names else None


@dataclass(frozen=True, slots=True)
class TripColumns:
    """Trips, one array a field, one row a trip, in any order.

    Attributes:
        trip_ids: text, or fixed-width bytes in code-point order; used for order and duplicates.
        start, end: epoch microseconds.
        distance_m: metres.
        status: COMPLETED, NO_SHOW, CANCELLED or COSTS_NOTHING; None: all completed.
        seats, garage_m, toll, parking, waiting, late: missing is 0.
        claimed_m, gps_m, calendar_days, cancelled_before: missing is -1.
        ids_are_unique: the source guarantees it (a unique key of the database), so it is not checked again.
    """

    trip_ids: NDArray[Any]
    start: IntArray
    end: IntArray
    distance_m: IntArray
    status: NDArray[np.int8] | None = None
    carpool: BoolArray | None = None
    escort: BoolArray | None = None
    employees: EmployeeColumn | None = None
    vehicle_type: TextColumn | None = None
    vehicle_slot: TextColumn | None = None
    site: TextColumn | None = None
    zone: TextColumn | None = None
    seats: IntArray | None = None
    garage_m: IntArray | None = None
    claimed_m: IntArray | None = None
    gps_m: IntArray | None = None
    waiting: IntArray | None = None
    late: IntArray | None = None
    cancelled_before: IntArray | None = None
    toll: IntArray | None = None
    parking: IntArray | None = None
    calendar_days: IntArray | None = None
    ids_are_unique: bool = False

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def from_records(cls, trips: Sequence[TripData]) -> TripColumns:
        """The columns of these records, row by row in the order given."""
        ids = np.empty(len(trips), object)
        ids[:] = [trip.trip_id for trip in trips]
        status = [STATUS_CODES.get(trip.status, COSTS_NOTHING) for trip in trips]  # type: ignore[call-overload]
        return cls(
            trip_ids=ids,
            start=np.array([micros(trip.start_time) for trip in trips], np.int64),
            end=np.array([micros(trip.end_time) for trip in trips], np.int64),
            distance_m=np.array([trip.distance_m for trip in trips], np.int64),
            status=np.array(status, np.int8) if any(status) else None,
            carpool=_flags(trips, lambda trip: trip.is_carpool),
            escort=_flags(trips, lambda trip: trip.escort),
            employees=EmployeeColumn.from_lists([trip.employees for trip in trips]),
            vehicle_type=TextColumn.from_values(trip.vehicle_type for trip in trips),
            vehicle_slot=TextColumn.from_values(trip.vehicle_slot for trip in trips),
            site=TextColumn.from_values(trip.site for trip in trips),
            zone=TextColumn.from_values(trip.zone for trip in trips),
            seats=_figures(trips, lambda trip: trip.seats_boarded),
            garage_m=_figures(trips, lambda trip: trip.garage_m),
            claimed_m=_figures(trips, lambda trip: trip.claimed_m, MISSING),
            gps_m=_figures(trips, lambda trip: trip.gps_m, MISSING),
            waiting=_figures(trips, lambda trip: minute_parts(trip.waiting_minutes)),
            late=_figures(trips, lambda trip: minute_parts(trip.late_minutes)),
            cancelled_before=_figures(trips, lambda trip: minute_parts(trip.cancelled_minutes_before), MISSING),
            toll=_figures(trips, lambda trip: trip.toll),
            parking=_figures(trips, lambda trip: trip.parking),
            calendar_days=_figures(trips, lambda trip: trip.calendar_days, MISSING),
        )


def minute_parts(minutes: Decimal | None) -> int | None:
    """Minutes as millionths, exact: inputs have at most six decimals."""
    return None if minutes is None else int(minutes.scaleb(6))


def _factorize(values: Iterable[Hashable | None]) -> tuple[CodeArray, tuple[str, ...]]:
    places: dict[Any, int] = {}
    codes = [MISSING if value is None else places.setdefault(value, len(places)) for value in values]
    return np.array(codes, np.int32), tuple(places)


def _flags(trips: Sequence[TripData], read: Callable[[TripData], bool]) -> BoolArray | None:
    flags = [read(trip) for trip in trips]
    return np.array(flags, np.bool_) if any(flags) else None


def _figures(trips: Sequence[TripData], read: Callable[[TripData], int | None], missing: int = 0) -> IntArray | None:
    figures = [read(trip) for trip in trips]
    if all(figure is None for figure in figures):
        return None
    return np.array([missing if figure is None else figure for figure in figures], np.int64)
