"""The Indian workbook read once more, on its own: what the product must come to, by other code (tests/oracle)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import load_workbook

IST = ZoneInfo("Asia/Kolkata")
MOST_KM_AN_HOUR = 200


@dataclass(frozen=True, slots=True)
class RealTrip:
    """A row that a careful reader would bill."""

    trip_id: str
    client: str
    vendor: str
    start: datetime
    end: datetime
    km: str

    @property
    def month(self) -> str:
        return f"{self.start:%Y-%m}"


def read_real_trips(path: Path) -> list[RealTrip]:
    """Rows with a start, an end after it, km above 0 and at most 200 km/h; ids once."""
    book = load_workbook(path, read_only=True)
    first, *rows = book.worksheets[0].iter_rows(values_only=True)
    book.close()
    header = {name: place for place, name in enumerate(first)}
    trips: dict[str, RealTrip] = {}
    for row in rows:
        start, end = row[header["trip_start_date"]], row[header["trip_end_date"]]
        km = row[header["TRANSPORTATION_DISTANCE_IN_KM"]]
        if not (isinstance(start, datetime) and isinstance(end, datetime) and isinstance(km, int | float)):
            continue
        if end <= start or km <= 0 or km * 3600 > MOST_KM_AN_HOUR * (end - start).total_seconds():
            continue
        client, vendor = str(row[header["customerID"]]), str(row[header["supplierID"]])
        trip = RealTrip(str(row[0]), client, vendor, start.replace(tzinfo=IST), end.replace(tzinfo=IST), str(km))
        trips.setdefault(trip.trip_id, trip)
    return list(trips.values())


def largest_pair(trips: Iterable[RealTrip]) -> tuple[str, str]:
    """The client and vendor with most trips."""
    return Counter((trip.client, trip.vendor) for trip in trips).most_common(1)[0][0]


def busiest_month(trips: Iterable[RealTrip]) -> str:
    """The month with most trips."""
    return Counter(trip.month for trip in trips).most_common(1)[0][0]


def oracle_answer(trips: Iterable[RealTrip], month: str, rules: dict[str, Any]) -> dict[str, Any]:
    """The month by the independent reading of TARIFF.md."""
    from calendar import monthrange

    from tests.oracle.money_oracle import rate

    year, number = map(int, month.split("-"))
    bundle = {
        "period": [f"{month}-01", f"{month}-{monthrange(year, number)[1]:02d}"],
        "versions": [
            {
                "version_number": 1,
                "billing_model": "HYBRID",
                "rules_config": rules,
                "valid_from": "2019-01-01T00:00:00+05:30",
                "valid_until": None,
            }
        ],
        "trips": [
            {
                "trip_id": trip.trip_id,
                "start_time": trip.start.isoformat(),
                "end_time": trip.end.isoformat(),
                "distance_km": trip.km,
            }
            for trip in trips
        ],
    }
    return rate(bundle)
