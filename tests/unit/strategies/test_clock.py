"""Local time of whole columns agrees with zoneinfo, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from billing.errors import BadInputError
from billing.schemas.trip_columns import micros, moment_of
from billing.strategies.clock import LocalClock, date_of, local_day_of, local_days, read_zone

ZONES = ["Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def local_micros(instant: int, zone: ZoneInfo) -> int:
    wall = moment_of(instant).astimezone(zone).replace(tzinfo=UTC)
    return micros(wall)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("days", [1, 40, 399, 3000])
def test_local_times_are_those_of_zoneinfo(name: str, days: int) -> None:
    zone, draw = ZoneInfo(name), Random(days)
    begin = micros(datetime(2025, 3, 25, tzinfo=UTC))
    instants = [begin + draw.randrange(days * 86_400_000_000) for _ in range(300)]
    local = LocalClock(zone).local(np.array(instants, np.int64))
    assert local.tolist() == [local_micros(instant, zone) for instant in instants]


@pytest.mark.parametrize(
    ("name", "change"),
    [("Europe/Berlin", "2025-03-30T01:00:00+00:00"), ("Australia/Lord_Howe", "2025-10-04T15:30:00+00:00")],
)
def test_every_minute_around_a_change(name: str, change: str) -> None:
    zone, moment = ZoneInfo(name), micros(datetime.fromisoformat(change))
    instants = [moment + minute * 60_000_000 for minute in range(-90, 90)] + [moment - 1, moment + 1]
    assert LocalClock(zone).local(np.array(instants, np.int64)).tolist() == [local_micros(at, zone) for at in instants]
    for before, after in ((1, 1), (3_600_000_000, 7), (5, 86_400_000_000)):
        assert LocalClock(zone).change_between(moment - before, moment + after) == moment


def test_midnights_and_dates() -> None:
    clock = LocalClock(ZoneInfo("Asia/Kolkata"))
    assert moment_of(clock.midnight(date(2025, 11, 1))) == datetime(2025, 10, 31, 18, 30, tzinfo=UTC)
    for day in (date(1969, 12, 31), date(1970, 1, 1), date(2025, 11, 30)):
        assert date_of(local_day_of(day)) == day
        evening = np.array([clock.midnight(day) + 86_399_999_999], np.int64)
        assert [date_of(found) for found in local_days(clock.local(evening))] == [day]
    assert local_day_of(date(1970, 1, 2)) == 1


def test_offsets_are_in_microseconds() -> None:
    clock = LocalClock(ZoneInfo("America/New_York"))
    winter, summer = (micros(datetime(2025, month, 1, tzinfo=UTC)) for month in (1, 7))
    assert [clock.offset(winter), clock.offset(summer)] == [
        timedelta(hours=hours) // timedelta(microseconds=1) for hours in (-5, -4)
    ]


@pytest.mark.parametrize("name", ["", "Nowhere", "Asia", "../etc/passwd", "Asia/Kolkata\0"])
def test_what_is_not_a_time_zone(name: str) -> None:
    with pytest.raises(BadInputError):
        read_zone(name)
