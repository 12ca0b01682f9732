"""Row-level security stays an index condition: lists and runs are read by key, for every role (SECURITY (b) 9)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.store.session import Session
from tests.integration.store.conftest import Stored
from tests.support.people import People

PAGE = (
    "SELECT id FROM app.trips WHERE client_id = :client AND (start_time, id) > (CAST(:at AS timestamptz), :client)"
    " ORDER BY start_time, id LIMIT 256"
)


def _plan(session: Session, sql: str, stored: Stored) -> str:
    values = {"client": stored.pair.client_id, "contract": stored.contract_id, "at": "2026-10-01"}
    with session.unit_of_work() as uow:
        # a small table is read whole whatever the indexes; this asks whether the index could be used
        uow.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        uow.connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        uow.connection.exec_driver_sql("SET LOCAL enable_sort = off")
        return "\n".join(uow.connection.execute(sa.text(f"EXPLAIN {sql}"), values).scalars())


@pytest.mark.parametrize("role", ["SUPER_ADMIN", "CLIENT_ADMIN", "VENDOR_ADMIN", "VIEWER"])
def test_a_page_is_entered_at_its_key(people: People, stored: Stored, role: str) -> None:
    plan = _plan(people.sign_in(role, stored.pair), PAGE, stored)
    assert "using trips_keyset on trips" in plan
    assert "Index Cond: (" in plan
    condition = next(line for line in plan.splitlines() if "Index Cond:" in line)
    assert "client_id = " in condition
    assert "ROW(start_time, id) > ROW(" in condition
    assert "Sort" not in plan


def test_a_bound_role_needs_no_client_in_its_query(client_admin: Session, stored: Stored) -> None:
    plan = _plan(client_admin, PAGE.replace("client_id = :client AND ", ""), stored)
    condition = next(line for line in plan.splitlines() if "Index Cond:" in line)
    assert "client_id = (InitPlan" in condition


def test_a_contracts_month_is_read_in_rating_order(client_admin: Session, stored: Stored) -> None:
    sql = (
        "SELECT id FROM app.trips WHERE client_id = :client AND contract_id = :contract AND start_time >= "
        "CAST(:at AS timestamptz) AND acceptance = 'ACCEPTED' AND hold_reason IS NULL AND superseded_at IS NULL "
        "ORDER BY start_time, external_ref"
    )
    plan = _plan(client_admin, sql, stored)
    assert "Index Scan using trips_contract" in plan
    assert "Sort" not in plan


def test_the_session_is_verified_once_a_statement(client_admin: Session, stored: Stored) -> None:
    plan = _plan(client_admin, "SELECT count(*) FROM app.trips", stored)
    assert plan.count("InitPlan") >= 2
    assert "session_ok()" not in "".join(line for line in plan.splitlines() if "Filter" in line)
