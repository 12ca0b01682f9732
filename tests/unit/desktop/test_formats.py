"""How figures are written: exact, grouped the Indian way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from moveinsync_desktop import formats


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (formats.money(123456750), "12,34,567.50"),
        (formats.money(-2881), "−28.81"),
        (formats.money(0), "0.00"),
        (formats.money(None), "–"),
        (formats.rupees(603177549), "60,31,775"),
        (formats.rupees(50), "1"),
        (formats.rupees(-49), "0"),
        (formats.km(92_429_049), "92,429.0"),
        (formats.km(92_429_050), "92,429.1"),
        (formats.km(81_618_000, 0), "81,618"),
        (formats.count(11839), "11,839"),
        (formats.percent(758, 1000), "75.8\u2009%"),
        (formats.percent(1, 3), "33.3\u2009%"),
        (formats.percent(1, 0), "–"),
        (formats.change(104, 100), "+4.0\u2009%"),
        (formats.change(96, 100), "−4.0\u2009%"),
        (formats.change(100, 100), "0.0\u2009%"),
        (formats.change(5, 0), "–"),
        (formats.lakhs(30_000_000), "₹3 L"),
        (formats.lakhs(1_500_000_000), "₹1.5 Cr"),
        (formats.lakhs(2_000_000), "₹20,000"),
        (formats.day(date(2026, 10, 5)), "05-10-2026"),
        (formats.day(datetime(2026, 10, 26, 20, tzinfo=UTC)), "27-10-2026"),
        (formats.long_stamp(datetime(2026, 10, 27, 17, 24, tzinfo=UTC)), "Tue 27-10-2026, 22:54"),
        (formats.month(date(2026, 10, 1)), "October 2026"),
        (formats.minutes(timedelta(minutes=52)), "52 min"),
        (formats.minutes(125), "2 h 05 min"),
        (formats.initials("Meera Krishnan"), "MK"),
        (formats.plural(1, "trip"), "1 trip"),
        (formats.plural(4905, "trip"), "4,905 trips"),
    ],
)
def test_writes(written: str, wanted: str) -> None:
    assert written == wanted
