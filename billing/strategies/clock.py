"""Local time of a contract for whole columns: offsets from UTC, exact over every change of the clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from billing.errors import BadInputError
from billing.rules.numbers import MICROS_IN_DAY
from billing.schemas.trip_columns import IntArray, micros, moment_of

_MICROS_IN_HOUR = 3_600_000_000
_MICROSECOND = timedelta(microseconds=1)
_GRID_HOURS = 24 * 400
_EPOCH_DAY = date(1970, 1, 1)


def read_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises BadInputError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInputError("BAD_INPUT", f"{name!r} is not an IANA time zone", where="timezone") from error


def local_day_of(day: date) -> int:
    """Days since 1970-01-01: how local dates stand in columns."""
    return (day - _EPOCH_DAY).days


def date_of(local_day: int) -> date:
    """The date of a count of days since 1970-01-01."""
    return _EPOCH_DAY + timedelta(days=int(local_day))


class LocalClock:
    """Translates instants (epoch microseconds) to local time of one zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def midnight(self, day: date) -> int:
        """The instant at which a local date begins."""
        try:
            return micros(datetime(day.year, day.month, day.day, tzinfo=self.zone))
        except OverflowError as error:
            raise BadInputError("BAD_INPUT", f"{day} is out of the calendar", where="period") from error

    def offset(self, instant: int) -> int:
        """Local time minus UTC at an instant, in microseconds."""
        shift = moment_of(instant).astimezone(self.zone).utcoffset()
        assert shift is not None, "an aware moment has an offset"
        return shift // _MICROSECOND

    def local(self, instants: IntArray) -> IntArray:
        """Local wall time as if it were UTC: microseconds whose day and time of day are the local ones."""
        if not len(instants):
            return instants
        first, last = int(instants.min()) // _MICROS_IN_HOUR, int(instants.max()) // _MICROS_IN_HOUR
        hours = instants // _MICROS_IN_HOUR if last - first > _GRID_HOURS else None
        grid = np.arange(first, last + 2) if hours is None else np.unique(np.concatenate([hours, hours + 1]))
        offsets = np.array([self.offset(int(hour) * _MICROS_IN_HOUR) for hour in grid], np.int64)
        if (offsets == offsets[0]).all():
            shifted: IntArray = instants + offsets[0]
            return shifted
        return self._local_over_changes(instants, grid, offsets)

    def _local_over_changes(self, instants: IntArray, grid: IntArray, offsets: IntArray) -> IntArray:
        places = np.searchsorted(grid, instants // _MICROS_IN_HOUR)
        shifts = offsets[places]
        for row in np.flatnonzero(shifts != offsets[places + 1]):
            shifts[row] = self.offset(int(instants[row]))
        local: IntArray = instants + shifts
        return local

    def change_between(self, start: int, end: int) -> int:
        """The first instant in (start, end] at which the offset is no longer that of `start`."""
        before = self.offset(start)
        low, high = start, end
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(middle) == before:
                low = middle
            else:
                high = middle
        return high


def local_days(local: IntArray) -> IntArray:
    """Local dates of local wall times, as days since 1970-01-01."""
    return local // MICROS_IN_DAY
