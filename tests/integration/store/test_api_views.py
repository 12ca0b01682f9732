"""The views that scripts and reports may rely on: names and types as the brief gives them (DESIGN.md section 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from billing.store.session import Session
from tests.integration.store.conftest import Stored

VIEWS = {
    "users": "id uuid, email text, role text, client_id uuid, vendor_id uuid",
    "clients": "client_id uuid, client_name text, created_at timestamp with time zone",
    "vendors": "vendor_id uuid, vendor_name text, created_at timestamp with time zone",
    "contracts": "contract_id uuid, client_id uuid, vendor_id uuid, billing_model text, rules_config jsonb, "
    "start_date date, end_date date, is_active boolean",
    "trips": "trip_id uuid, client_id uuid, vendor_id uuid, employee_id text, distance_km numeric, "
    "start_time timestamp with time zone, end_time timestamp with time zone, is_carpool boolean, "
    "created_at timestamp with time zone",
}


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_names_and_types(client_admin: Session, view: str) -> None:
    query = sa.text(
        "SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = CAST(:view AS regclass) AND attnum > 0"
    )
    with client_admin.unit_of_work() as uow:
        assert uow.connection.execute(query, {"view": f"api.{view}"}).scalar_one() == VIEWS[view]


def test_rows(client_admin: Session, stored: Stored) -> None:
    with client_admin.unit_of_work() as uow:
        run = uow.connection.exec_driver_sql
        trips = {row.trip_id: row for row in run("SELECT * FROM api.trips")}
        (contract,) = run("SELECT * FROM api.contracts").all()
        (client,) = run("SELECT * FROM api.clients").all()
        (user,) = run("SELECT * FROM api.users").all()
    assert set(trips) == {trip.id for trip in stored.trips}
    for trip in stored.trips:
        row = trips[trip.id]
        assert row.employee_id == (trip.employees[0] if trip.employees else None)
        assert row.distance_km == Decimal(trip.distance_m) / 1000
        assert (row.start_time, row.end_time, row.is_carpool) == (trip.start_time, trip.end_time, trip.is_carpool)
    assert contract.contract_id == stored.contract_id
    assert (contract.start_date, contract.end_date, contract.is_active) == (date(2026, 1, 1), None, True)
    assert client.client_id == stored.pair.client_id
    assert user.email == client_admin.email
