"""Which contract a trip belongs to, and that a change of contracts moves the trips."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from billing.schemas.ids import new_id
from billing.schemas.trips import TripRecord
from billing.services import contracts as life
from billing.store.session import Session
from tests.integration.contracts.test_contract_life import RULES, blank
from tests.support.people import Pair

INDIA = ZoneInfo("Asia/Kolkata")


def trip(pair: Pair, ref: str, day: date, site: str | None = None, vehicle_type: str | None = None) -> TripRecord:
    start = datetime(day.year, day.month, day.day, 9, 30, tzinfo=INDIA)
    return TripRecord(
        new_id(),
        pair.client_id,
        pair.vendor_id,
        ref,
        start,
        start + timedelta(minutes=40),
        12_400,
        site=site,
        vehicle_type=vehicle_type,
        employees=("E1", "E2"),
    )


def store(session: Session, pair: Pair, *trips: TripRecord) -> None:
    with session.unit_of_work() as uow:
        uow.trip_inserts.add(trips)
        uow.trip_contracts.assign(pair.client_id)
        uow.commit()


def assigned(session: Session, pair: Pair) -> dict[str, object]:
    query = "SELECT external_ref, contract_id, exception FROM app.trips WHERE client_id = :client"
    with session.unit_of_work() as uow:
        rows = uow.connection.execute(sa.text(query), {"client": pair.client_id}).all()
    return {ref: contract or exception for ref, contract, exception in rows}


def contract(session: Session, pair: Pair, **fields: object) -> life.ContractView:
    new = replace(blank(session, pair), **fields)  # type: ignore[arg-type]
    return life.create_contract(session, contract=new, model="PER_TRIP", rules=RULES, valid_from=date(2026, 7, 1)).view


def test_trips_find_the_contract_whose_scope_fits(client_admin: Session, pair: Pair) -> None:
    north = contract(client_admin, pair, scope_sites=("North",)).contract.id
    south = contract(client_admin, pair, scope_sites=("SOUTH", "East")).contract.id
    store(
        client_admin,
        pair,
        trip(pair, "a", date(2026, 7, 1), site="NORTH"),
        trip(pair, "b", date(2026, 7, 1), site="east"),
        trip(pair, "c", date(2026, 6, 30), site="North"),
        trip(pair, "d", date(2026, 7, 1)),
    )
    assert assigned(client_admin, pair) == {"a": north, "b": south, "c": "NO_CONTRACT", "d": "NO_CONTRACT"}


def test_two_fitting_contracts_are_ambiguous(client_admin: Session, pair: Pair) -> None:
    contract(client_admin, pair)
    sedan = contract(client_admin, pair, scope_vehicle_types=("sedan",)).contract
    store(client_admin, pair, trip(pair, "a", date(2026, 7, 2), vehicle_type="Sedan"))
    assert assigned(client_admin, pair) == {"a": "AMBIGUOUS_CONTRACT"}
    life.end_contract(client_admin, contract=sedan, until=date(2026, 7, 2))
    assert assigned(client_admin, pair)["a"] not in ("AMBIGUOUS_CONTRACT", sedan.id)


def test_contract_made_after_the_import_takes_the_trips(client_admin: Session, pair: Pair) -> None:
    store(client_admin, pair, trip(pair, "a", date(2026, 7, 2)))
    assert assigned(client_admin, pair) == {"a": "NO_CONTRACT"}
    made = contract(client_admin, pair)
    assert assigned(client_admin, pair) == {"a": made.contract.id}
    life.end_contract(client_admin, contract=made.contract, until=date(2026, 7, 2))
    assert assigned(client_admin, pair) == {"a": "NO_CONTRACT"}


def test_contract_set_by_hand_stays_while_it_fits(client_admin: Session, pair: Pair) -> None:
    first, second = contract(client_admin, pair), contract(client_admin, pair)
    store(client_admin, pair, trip(pair, "a", date(2026, 7, 2)))
    by_hand = "UPDATE app.trips SET contract_id = :contract, exception = NULL WHERE client_id = :client"
    with client_admin.unit_of_work() as uow:
        uow.connection.execute(sa.text(by_hand), {"contract": second.contract.id, "client": pair.client_id})
        assert uow.trip_contracts.assign(pair.client_id) == 0
        uow.commit()
    life.end_contract(client_admin, contract=second.contract, until=date(2026, 7, 2))
    assert assigned(client_admin, pair) == {"a": first.contract.id}


def test_riders_are_stored_in_their_order(client_admin: Session, pair: Pair) -> None:
    store(client_admin, pair, trip(pair, "a", date(2026, 7, 2)))
    query = "SELECT employee_code FROM app.trip_riders WHERE client_id = :client ORDER BY seq"
    with client_admin.unit_of_work() as uow:
        assert uow.connection.execute(sa.text(query), {"client": pair.client_id}).scalars().all() == ["E1", "E2"]
