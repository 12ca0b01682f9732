"""Instants to local wall-clock numbers, a column at a time: what a spreadsheet and a CSV file show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

MICROSECONDS = 1_000_000
_QUARTER = 900 * MICROSECONDS
"""Every zone of the database changes its offset on a full quarter of an hour of UTC."""

_DAY = 86_400 * MICROSECONDS
_EXCEL_EPOCH_DAYS = 25_569
"""1970-01-01 counted from Excel's day 0."""


def offsets(instants: Int64s, time_zone: str) -> Int64s:
    """The zone's UTC offset at each instant, in microseconds."""
    import numpy as np

    zone = ZoneInfo(time_zone)
    quarters, back = np.unique(instants // _QUARTER, return_inverse=True)
    values = np.fromiter(
        (_offset(int(quarter) * _QUARTER, zone) for quarter in quarters), dtype=np.int64, count=len(quarters)
    )
    result: Int64s = values[back]
    return result


def _offset(instant: int, zone: ZoneInfo) -> int:
    delta = datetime.fromtimestamp(instant // MICROSECONDS, UTC).astimezone(zone).utcoffset()
    assert delta is not None
    return int(delta.total_seconds()) * MICROSECONDS


def excel_serials(instants: Int64s, time_zone: str) -> list[str]:
    """Local time as Excel's day numbers, exact to the second, ready for the sheet's XML."""
    import numpy as np

    local = instants + offsets(instants, time_zone)
    seconds = (local % _DAY) // MICROSECONDS
    days = local // _DAY + _EXCEL_EPOCH_DAYS
    fractions = (seconds * 10_000_000_000 + 43_200) // 86_400
    return [f"{day}.{part:010d}" for day, part in zip(days.tolist(), np.asarray(fractions).tolist(), strict=True)]


def iso_local(instants: Int64s, time_zone: str) -> list[str]:
    """Local time as `2026-10-01T09:00:00+05:30`."""
    shift = offsets(instants, time_zone)
    local = ((instants + shift) // MICROSECONDS).astype("datetime64[s]").astype(str).tolist()
    suffixes = {int(value): _suffix(int(value)) for value in set(shift.tolist())}
    return [text + suffixes[value] for text, value in zip(local, shift.tolist(), strict=True)]


def _suffix(offset: int) -> str:
    minutes = offset // (60 * MICROSECONDS)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def local_days(instants: Int64s, time_zone: str) -> Int64s:
    """The local calendar day of each instant, as days since 1970-01-01."""
    return (instants + offsets(instants, time_zone)) // _DAY
