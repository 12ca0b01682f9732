"""The ledger's guards while a run is being written: trips stay, and what is posted must add up (0060_close.sql)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg2
import pytest

from billing.schemas.ids import new_id
from billing.schemas.runs import LedgerColumns, RunState
from billing.services.billing import run_bill
from billing.store.copy import uuid_bytes
from tests.integration.billing.conftest import OCTOBER, Month
from tests.support.hostile import superuser

MOVE = "UPDATE app.trips SET contract_id = NULL, exception = 'NO_CONTRACT' WHERE id = %s"
REMOVE = "DELETE FROM app.trips WHERE id = %s"


def during_the_run(month: Month, work: Callable[[Any], None]) -> tuple[RunState, list[str]]:
    """Bill October while somebody else works on the trips, once the run has sent its charges; what each came to."""
    came_to: list[str] = []

    def somebody() -> None:
        with superuser(month.session.profile) as connection, connection.cursor() as cursor:
            try:
                work(cursor)
                came_to.append("done")
            except psycopg2.Error as error:
                came_to.append(str(error.diag.constraint_name))

    other = threading.Thread(target=somebody)

    def begin(sent: int, _total: int, _what: str) -> None:
        if sent and not other.ident:
            time.sleep(0.3)  # the server has taken the batch, but not the end of it
            other.start()
            other.join(timeout=0.7)
            assert came_to == [], "it did not wait for the run"

    (run,) = run_bill(month.session, **month.words, progress=begin).runs
    other.join(timeout=20)
    return run.state, came_to


def trip_of(month: Month) -> str:
    return str(month.sql("SELECT id FROM app.trips WHERE client_id = :c ORDER BY id LIMIT 1", c=month.client_id)[0][0])


def test_a_trip_that_is_removed_waits_for_the_run_and_is_kept(october: Month) -> None:
    trip = trip_of(october)
    state, came_to = during_the_run(october, lambda cursor: cursor.execute(REMOVE, (trip,)))
    assert (state, came_to) == (RunState.CREATED, ["TRIP_BILLED"])
    assert len(october.sql("SELECT 1 FROM app.trips WHERE id = :trip", trip=trip)) == 1


def test_a_trip_that_leaves_its_contract_waits_and_makes_a_new_revision(october: Month) -> None:
    trip = trip_of(october)
    state, came_to = during_the_run(october, lambda cursor: cursor.execute(MOVE, (trip,)))
    assert (state, came_to) == (RunState.CREATED, ["done"])
    query = "SELECT t.rev - c.trip_rev FROM app.trips t JOIN app.trip_charges c ON c.trip_id = t.id WHERE t.id = :trip"
    assert october.sql(query, trip=trip)[0][0] == 1  # so the bill cannot be issued


def test_an_old_snapshot_removes_no_trip(october: Month) -> None:
    with superuser(october.session.profile) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(psycopg2.Error) as refused:
            cursor.execute(REMOVE, (trip_of(october),))
    assert refused.value.diag.constraint_name == "OLD_SNAPSHOT"


@pytest.mark.parametrize("change", ["amount", "sign", "revision", "version", "stranger", "twice", "untaxed"])
def test_charges_that_do_not_hold_are_refused(october: Month, change: str) -> None:
    """Whatever a program of its own would post: one wrong row refuses the batch."""
    with october.session.unit_of_work() as uow:
        rows = uow.connection.exec_driver_sql("SELECT id, rev FROM app.trips ORDER BY start_time, external_ref").all()
        ids, count = [row[0] for row in rows], len(rows)
        ids[-1] = {"stranger": new_id(), "twice": ids[0]}.get(change, ids[-1])
        bump = np.zeros(count, np.int64)
        bump[-1] = 1
        fare = np.full(count, 5_000, np.int64) - (10_000 * bump if change == "sign" else 0)
        toll = np.full(count, 300, np.int64)
        ledger = LedgerColumns(
            trips=uuid_bytes(ids),
            revs=np.array([row[1] for row in rows], np.int32) + (bump if change == "revision" else 0),
            versions=np.ones(count, np.int16) + (bump if change == "version" else 0),
            tax_milli=np.full(count, 18_000, np.int32),
            shown=np.full(count, 2, np.int64),
            toll_taxable=np.zeros(count, np.bool_),
            parking_taxable=np.ones(count, np.bool_),
            taxable=fare + (bump if change == "amount" else 0),
            non_taxable=toll + (bump if change == "untaxed" else 0),
            tax=np.zeros(count, np.int64),
            incentive=np.zeros(count, np.int64),
            charges={"DISTANCE": fare, "TOLL": toll},
        )
        run = new_id()
        (version,) = uow.contract_versions.of_contract(october.client_id, october.contract_id)
        uow.runs.start(
            october.client_id, run, october.contract_id, OCTOBER, inputs={}, inputs_hash=b"x" * 32, engine_version=1,
            versions=[(version.id, version.rev)],
        )  # fmt: skip
        with pytest.raises(psycopg2.Error) as refused:
            uow.runs.post(october.client_id, run, ledger)
    keyed = {"stranger": "trip_charges_client_id_trip_id_fkey", "twice": "TRIP_BILLED"}
    assert refused.value.diag.constraint_name == keyed.get(change, "TRIPS_CHANGED")
