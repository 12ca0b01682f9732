"""A billing run killed in the middle, by program or by database: all of it is there, or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from billing.errors import UnavailableError
from billing.schemas.contracts import Contract
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
from billing.schemas.runs import RunState
from billing.services.billing import run_bill
from billing.services.contracts import create_contract
from billing.services.parties import add_vendor, create_client
from billing.store.session import Session
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import FAST

OCTOBER = date(2026, 10, 1)
TRIPS = 30_000
_TRIPS = """
INSERT INTO app.trips (client_id, id, vendor_id, contract_id, start_time, end_time, distance_m, external_ref)
SELECT :client, uuidv7(), :vendor, :contract, s.start, s.start + interval '40 min',
       3000 + (s.i * 79) % 40000, 'T' || s.i
  FROM (SELECT i, timestamptz '2026-09-30 18:30+00' + i * interval '80 s' AS start
          FROM generate_series(1, :count) i) s"""


@dataclass(slots=True)
class Workspace:
    """A workspace with one contract and a month of trips."""

    home: Path
    client: Client

    def open(self) -> Session:
        from billing.services.workspace import open_session

        return open_session(self.home, email=ADMIN, password=PASSWORD)

    def start_bill(self) -> subprocess.Popen[str]:
        """`moveinsync bill` in a process of its own."""
        env = {
            **os.environ,
            "MOVEINSYNC_HOME": str(self.home),
            "MOVEINSYNC_USER": ADMIN,
            "MOVEINSYNC_PASSWORD": PASSWORD,
        }
        words = [sys.executable, "-m", "moveinsync_desktop", "bill", "--client", "C1", "--month", "2026-10"]
        return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)

    def counts(self) -> dict[str, int]:
        """Rows of everything that a run writes."""
        tables = ("billing_runs", "trip_charges", "period_charges", "invoices")
        with self.open() as session, session.unit_of_work() as uow:
            return {
                table: uow.connection.execute(sa.text(f"SELECT count(*) FROM app.{table}")).scalar_one()
                for table in tables
            }


@pytest.fixture
def workspace_with_trips() -> Iterator[Workspace]:
    from billing.services.workspace import create_workspace, release_server

    with short_folder() as folder:
        create_workspace(folder, ADMIN, PASSWORD, name="Killed", server_settings=FAST)
        client = Client(id=new_id(), code="C1", name="Client")
        made = Workspace(folder, client)
        with made.open() as session:
            _fill(session, client)
        yield made
        release_server(folder)


def _fill(session: Session, client: Client) -> None:
    site = ClientSite(id=new_id(), client_id=client.id, code="MAIN", name="Office", is_default=True)
    vendor = Vendor(id=new_id(), name="Vendor")
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Branch", is_default=True)
    create_client(session, client=client, site=site)
    add_vendor(session, link=ClientVendor(client.id, vendor.id, "V1"), vendor=vendor, branch=branch)
    with session.unit_of_work() as uow:
        site = uow.client_sites.find(client_id=client.id)[0]
        branch = uow.vendor_branches.find(vendor_id=vendor.id)[0]
    rules = {"base_monthly_fee": "1000", "per_km_rate_after_limit": "20", "tax_percentage": "5"}
    contract = Contract(new_id(), client.id, vendor.id, "K", site.id, branch.id)
    create_contract(session, contract=contract, model="HYBRID", rules=rules, valid_from=date(2026, 1, 1))
    values: dict[str, Any] = {"client": client.id, "vendor": vendor.id, "contract": contract.id, "count": TRIPS}
    with session.unit_of_work(timeout_s=300) as uow:
        uow.connection.execute(sa.text(_TRIPS), values)
        uow.commit()


def wait_until_posting(workspace: Workspace) -> None:
    """Until the run's transaction is writing charges."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY api.charge_batches%' AND pid <> pg_backend_pid()"
    )
    with workspace.open() as session:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with session.unit_of_work() as uow:
                if uow.connection.execute(sa.text(query)).scalar_one():
                    return
            time.sleep(0.02)
    raise AssertionError("the run never came to its charges")


def bill_when_free(session: Session) -> RunState:
    """Bill; the server notices within a second or two that the killed program is gone, until then it says BUSY."""
    for _ in range(6):
        try:
            (run,) = run_bill(session, client="C1", month=OCTOBER).runs
        except UnavailableError as error:
            if error.code != "BUSY":
                raise
        else:
            return run.state
    raise AssertionError("the killed run still holds its locks")


def test_a_killed_program_leaves_nothing_and_the_next_run_is_whole(workspace_with_trips: Workspace) -> None:
    workspace = workspace_with_trips
    process = workspace.start_bill()
    wait_until_posting(workspace)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert set(workspace.counts().values()) == {0}
    with workspace.open() as session:
        assert bill_when_free(session) is RunState.CREATED
    assert workspace.counts()["trip_charges"] == TRIPS


def test_a_killed_database_is_back_with_all_or_nothing(workspace_with_trips: Workspace) -> None:
    workspace = workspace_with_trips
    process = workspace.start_bill()
    wait_until_posting(workspace)
    postmaster = int((workspace.home / "pg" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    process.wait(timeout=120)
    written = workspace.counts()
    # a server process outlives the postmaster until it next waits: what it acknowledged must be there
    assert written["trip_charges"] == (TRIPS if process.returncode == 0 else written["trip_charges"])
    assert written["trip_charges"] in (0, TRIPS)
    assert (written["trip_charges"] == TRIPS) == (written["invoices"] == 1)
    with workspace.open() as session:
        assert bill_when_free(session) in (RunState.CREATED, RunState.UNCHANGED)
    assert workspace.counts()["trip_charges"] == TRIPS
