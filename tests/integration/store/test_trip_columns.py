"""What the store reads for rating equals what the records say, column by column."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from billing.schemas.rating import TripData
from billing.schemas.trip_columns import TripColumns
from billing.schemas.trips import TripRecord
from billing.store.session import Session
from billing.store.trip_columns import read_rated_trips
from tests.integration.store.conftest import IST, Stored
from tests.support.people import Pair

OCTOBER = (datetime(2026, 10, 1, tzinfo=IST), datetime(2026, 11, 1, tzinfo=IST))


def _minutes(seconds: int | None) -> Decimal | None:
    return None if seconds is None else (Decimal(seconds) / 60).quantize(Decimal("0.000001"))


def _rated(trip: TripRecord) -> TripData:
    return TripData(
        trip_id=trip.external_ref,
        start_time=trip.start_time,
        end_time=trip.end_time,
        distance_m=trip.distance_m,
        status=trip.status,
        is_carpool=trip.is_carpool,
        escort=trip.escort,
        employees=trip.employees,
        vehicle_type=trip.vehicle_type,
        site=trip.site,
        seats_boarded=trip.seats_boarded,
        garage_m=trip.garage_m,
        waiting_minutes=_minutes(trip.waiting_s),
        toll=trip.toll_paise,
        late_minutes=_minutes(trip.late_s),
        cancelled_minutes_before=_minutes(trip.cancelled_before_s),
        claimed_m=trip.claimed_m,
        gps_m=trip.gps_m,
        calendar_days=trip.calendar_days,
    )


def _texts(column: Any) -> list[str | None]:
    return [None if code < 0 else column.names[code] for code in column.codes.tolist()]


def test_columns_equal_the_records(client_admin: Session, stored: Stored) -> None:
    held = {trip.id for trip in stored.trips[::17]}
    wanted = sorted(
        (
            trip
            for trip in stored.trips
            if trip.acceptance == "ACCEPTED" and trip.id not in held and OCTOBER[0] <= trip.start_time < OCTOBER[1]
        ),
        key=lambda trip: (trip.start_time, trip.external_ref),
    )
    assert len(wanted) > 100
    with client_admin.unit_of_work(snapshot=True) as uow:
        read = read_rated_trips(uow.connection, stored.pair.client_id, stored.contract_id, *OCTOBER)
    assert [read.id_of(row) for row in range(len(read))] == [trip.id for trip in wanted]
    expected = TripColumns.from_records([_rated(trip) for trip in wanted])
    for name in ("start", "end", "distance_m", "status", "carpool", "escort", "seats", "garage_m", "claimed_m", "gps_m",
                 "waiting", "late", "cancelled_before", "toll", "calendar_days"):  # fmt: skip
        assert np.array_equal(getattr(read.columns, name), getattr(expected, name)), name
    for name in ("vehicle_type", "site"):
        assert _texts(getattr(read.columns, name)) == _texts(getattr(expected, name)), name
    riders = read.columns.employees
    assert riders is not None
    found = [
        tuple(riders.names[code] for code in riders.codes[riders.offsets[row] : riders.offsets[row + 1]])
        for row in range(len(read))
    ]
    assert found == [trip.employees for trip in wanted]
    assert read.columns.zone is None, "what no trip has is not read"
    assert read.columns.vehicle_slot is None
    assert read.columns.parking is None
    assert (read.revs == 1).all()


def test_a_month_without_trips_is_empty(client_admin: Session, stored: Stored) -> None:
    until = datetime(2025, 2, 1, tzinfo=IST)
    with client_admin.unit_of_work(snapshot=True) as uow:
        read = read_rated_trips(
            uow.connection, stored.pair.client_id, stored.contract_id, datetime(2025, 1, 1, tzinfo=IST), until
        )
    assert len(read) == 0
    assert len(read.columns) == 0
    assert read.columns.employees is None


def test_another_client_reads_nothing(stored: Stored, people: Any, pair: Pair) -> None:
    other = people.sign_in("CLIENT_ADMIN", people.new_pair())
    with other.unit_of_work(snapshot=True) as uow:
        assert len(read_rated_trips(uow.connection, stored.pair.client_id, stored.contract_id, *OCTOBER)) == 0
