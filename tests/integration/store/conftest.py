"""A client with trips of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from billing.schemas.contracts import Contract
from billing.schemas.ids import new_id, new_ids
from billing.schemas.trips import TripRecord
from billing.services.contracts import create_contract
from billing.store.session import Session
from tests.support.people import Pair

IST = ZoneInfo("Asia/Kolkata")
VEHICLES = (None, "SEDAN", "suv", "Tempo टेम्पो")


@dataclass(frozen=True, slots=True)
class Stored:
    """Trips of one contract as they were given to the store, in no order."""

    pair: Pair
    contract_id: UUID
    trips: list[TripRecord]


def random_trip(random: Random, pair: Pair, number: int, trip_id: UUID) -> TripRecord:
    """A trip of September to November; every optional figure is there or not."""
    start = datetime(2026, 9, 25, tzinfo=IST) + timedelta(minutes=random.randrange(60 * 24 * 45))

    def maybe(value: int) -> int | None:
        return value if random.random() < 0.5 else None

    return TripRecord(
        id=trip_id,
        client_id=pair.client_id,
        vendor_id=pair.vendor_id,
        external_ref=f"T{random.randrange(10**6)}-{number}",
        start_time=start,
        end_time=start + timedelta(minutes=random.randrange(1, 200)),
        distance_m=random.randrange(1, 90_000),
        status=random.choice(("COMPLETED", "COMPLETED", "NO_SHOW", "CANCELLED", "SCHEDULED")),
        acceptance=random.choice(("ACCEPTED",) * 8 + ("SUBMITTED", "REJECTED")),
        is_carpool=random.random() < 0.3,
        escort=random.random() < 0.2,
        employees=tuple(f"E{random.randrange(20)}" for _ in range(random.randrange(4))),
        seats_boarded=maybe(random.randrange(5)),
        vehicle_no=random.choice((None, "KA01AB1234")),
        vehicle_type=random.choice(VEHICLES),
        site=random.choice((None, "Manyata")),
        garage_m=maybe(random.randrange(9_000)),
        claimed_m=maybe(random.randrange(90_000)),
        gps_m=maybe(random.randrange(90_000)),
        waiting_s=maybe(60 * random.randrange(90)),
        late_s=maybe(random.randrange(5_000)),
        cancelled_before_s=maybe(60 * random.randrange(90)),
        toll_paise=maybe(random.randrange(50_000)),
        calendar_days=maybe(random.randrange(1, 4)),
    )


@pytest.fixture
def stored(client_admin: Session, pair: Pair, super_admin: Session) -> Stored:
    """600 trips under one contract, some of them held."""

    with client_admin.unit_of_work() as uow:
        (site,) = uow.client_sites.find(client_id=pair.client_id)
        (branch,) = uow.vendor_branches.find(vendor_id=pair.vendor_id)
    contract = Contract(new_id(), pair.client_id, pair.vendor_id, "Cabs", site.id, branch.id)
    create_contract(
        client_admin, contract=contract, model="PER_TRIP", rules={"base_fare": "100"}, valid_from=date(2026, 1, 1)
    )
    random = Random(20261120)
    trips = [random_trip(random, pair, n, one) for n, one in enumerate(new_ids(600))]
    with client_admin.unit_of_work() as uow:
        uow.trip_inserts.add(trips)
        held = [str(trip.id) for trip in trips[::17]]
        uow.connection.exec_driver_sql(
            "UPDATE app.trips SET hold_reason = 'odd', held_at = now() WHERE id = ANY (%s::uuid[])", (held,)
        )
        uow.commit()
    return Stored(pair, contract.id, trips)
