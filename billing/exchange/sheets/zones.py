"""Wall-clock time in the client's zone to instants, a column at a time (DESIGN.md section 3: the contract's zone)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from billing.errors import BadInputError

_HOUR = 3_600_000_000
_QUARTER = _HOUR // 4


class Instants(NamedTuple):
    """Epoch microseconds (UTC), and which wall-clock times occur twice or never (the clock was changed)."""

    values: NDArray[np.int64]
    twice: NDArray[np.bool_]
    never: NDArray[np.bool_]


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name; BadInputError UNKNOWN_TIMEZONE if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInputError(
            "UNKNOWN_TIMEZONE", f'There is no time zone "{name}".', where="timezone", hint="Example: Asia/Kolkata"
        ) from error


def to_instants(wall: NDArray[np.int64], zone: ZoneInfo) -> Instants:
    """Offsets are looked up once for each quarter of an hour that occurs: zones change on quarters."""
    quarters, where = np.unique(wall // _QUARTER, return_inverse=True)
    offsets = np.zeros(len(quarters), np.int64)
    twice = np.zeros(len(quarters), np.bool_)
    never = np.zeros(len(quarters), np.bool_)
    for position, quarter in enumerate(quarters.tolist()):
        offsets[position], twice[position], never[position] = _offset(zone, quarter)
    return Instants(wall - offsets[where], twice[where], never[where])


@lru_cache(maxsize=20_000)  # the blocks of a sheet, and its columns, are of the same weeks
def _offset(zone: ZoneInfo, quarter: int) -> tuple[int, bool, bool]:
    """The offset of a quarter of local time in microseconds, and whether the clock shows it twice, or never."""
    local = datetime(1970, 1, 1) + timedelta(microseconds=quarter * _QUARTER)
    early = local.replace(tzinfo=zone).utcoffset()
    late = local.replace(tzinfo=zone, fold=1).utcoffset()
    offset = early or timedelta()
    back = local
    if early != late:
        back = (local - offset).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return offset // timedelta(microseconds=1), early != late and back == local, back != local


def to_wall(instants: NDArray[np.int64], zone: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Local wall-clock microseconds and the offset in minutes, for showing instants."""
    quarters, where = np.unique(instants // _QUARTER, return_inverse=True)
    offsets = np.zeros(len(quarters), np.int64)
    for position, quarter in enumerate(quarters.tolist()):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=quarter * _QUARTER)
        offsets[position] = (moment.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)
    return instants + offsets[where], offsets[where] // 60_000_000
