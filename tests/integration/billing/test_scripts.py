"""The public names of DESIGN.md section 8, each called with the signature given there."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

import billing
from billing import repository
from billing.services.billing import run_bill
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.integration.billing.conftest import HYBRID, IST, OCTOBER, Month
from tests.support.people import PASSWORD, People


@pytest.fixture
def signed_in(october: Month, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The default session of a script."""
    monkeypatch.setattr(repository._Default, "session", october.session)
    return october.session


@pytest.mark.usefixtures("signed_in")
def test_engine_previews_a_month(october: Month) -> None:
    engine = billing.BillingEngine(tenant_id=str(october.client_id))
    (result,) = engine.calculate_billing(month="2026-10")
    assert isinstance(result, billing.CalculationResult)
    assert (result.contract_name, result.total) == ("Night shift", Decimal("36335.00"))
    assert result.lines == {"MONTHLY_FEE": Decimal("30000.00"), "DISTANCE": Decimal("750.00")}
    assert engine.calculate_billing(month=OCTOBER, vendor=october.pair.link.code) == [result]
    assert october.sql("SELECT 1 FROM app.billing_runs WHERE client_id = :c", c=october.client_id) == []


@pytest.mark.usefixtures("signed_in")
def test_engine_defaults_to_the_last_complete_month(october: Month, today: date) -> None:
    results = billing.BillingEngine(tenant_id=october.client_id).calculate_billing()
    assert [result.month for result in results] != [today.replace(day=1)]
    assert len(results) == 1


@pytest.mark.usefixtures("signed_in")
def test_contracts_of_a_tenant(october: Month) -> None:
    (contract,) = billing.ContractRepository().get_contracts_by_tenant(tenant_id=str(october.client_id))
    assert (contract.name, contract.billing_model) == ("Night shift", "HYBRID")


@pytest.mark.usefixtures("signed_in")
def test_repository_fetches_trips_and_what_prices_them(october: Month) -> None:
    store = billing.PostgresRepository()
    context = store.fetch_trip_context("T00002", client_id=october.client_id)
    assert context.contract is not None
    assert context.version is not None
    assert context.trip.distance_m == 50_000
    active = store.fetch_active_contract(october.client_id, october.pair.vendor_id, date(2026, 10, 5))
    assert active.contract.id == context.contract.id
    trips = store.fetch_client_trips(october.client_id, date(2026, 10, 4), date(2026, 10, 20))
    assert [trip.external_ref for trip in trips] == ["T00002", "T00003"]
    assert trips[0].start_time.astimezone(IST).day == 10
    assert len(store.fetch_client_trips(october.client_id)) == 3
    with pytest.raises(billing.TripNotFoundError):
        store.fetch_trip_context(uuid4())
    with pytest.raises(billing.ContractNotFoundError):
        store.fetch_active_contract(october.client_id, october.pair.vendor_id, date(2020, 1, 1))


@pytest.mark.usefixtures("signed_in")
def test_one_trip_is_a_batch_of_one(october: Month) -> None:
    data = billing.PostgresRepository().fetch_trip_context("T00001", client_id=october.client_id).data
    rules = billing.parse_rules("HYBRID", {**HYBRID, "free_km_included": "0"})
    strategy = billing.StrategyFactory.get_strategy(billing.BillingModelType.HYBRID)
    assert strategy.calculate_cost(data, rules).base_cost == Decimal("1500.00")


@pytest.mark.usefixtures("signed_in")
def test_service_prices_a_trip_at_its_place_in_the_month(october: Month) -> None:
    service = billing.BillingService()
    result = service.calculate_trip_cost("T00002", client_id=october.client_id)
    assert (result.base_cost, result.tax_amount, result.total_cost) == (
        Decimal("250.00"),
        Decimal("45.00"),
        Decimal("295.00"),
    )
    plain = service.calculate_trip_cost("T00003", client_id=october.client_id, carpool=False)
    assert (plain.employee_incentive, plain.total_cost) == (Decimal("0.00"), Decimal("590.00"))
    with pytest.raises(billing.TripNotFoundError):
        service.calculate_trip_cost("no such trip")


@pytest.mark.usefixtures("signed_in")
def test_service_reports_every_trip_once(october: Month, tmp_path: Path) -> None:
    run_bill(october.session, **october.words)
    held = october.trip(15)
    october.add(held, october.trip(16))
    october.sql("UPDATE app.trips SET hold_reason = 'check' WHERE id = :id", id=held.id)
    service = billing.BillingService()
    words = {"start_date": date(2026, 10, 1), "end_date": date(2026, 10, 31)}
    rows = service.get_client_billing_data(october.client_id, **words)
    assert [(row.trip_id, row.state) for row in rows] == [
        ("T00001", "BILLED"),
        ("T00002", "BILLED"),
        ("T00004", "HELD"),
        ("T00005", "PREVIEW"),
        ("T00003", "BILLED"),
    ]
    path = service.generate_client_report(october.client_id, **words, output=tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["state"] for line in lines] == ["BILLED", "BILLED", "HELD", "PREVIEW", "BILLED"]
    assert path.name.startswith(october.pair.client.code)


def test_module_runs_as_a_program(october: Month, people: People, workspace: Profile) -> None:
    assert workspace.home is not None
    env = {
        **os.environ,
        "MOVEINSYNC_HOME": str(workspace.home),
        "MOVEINSYNC_USER": october.session.email,
        "MOVEINSYNC_PASSWORD": PASSWORD,
    }
    words = [sys.executable, "-m", "billing", str(october.client_id), "--month", "2026-10"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Night shift" in done.stdout
    assert "36,335.00" in done.stdout
    unknown = subprocess.run([*words[:3], str(uuid4())], env=env, capture_output=True, text=True, check=False)
    assert unknown.returncode == 1
    assert people.profile == workspace


def test_importing_the_package_loads_no_database_driver() -> None:
    code = "import billing, sys; billing.StrategyFactory; print('sqlalchemy' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_vendors_report_has_its_trips_and_no_amounts(october: Month, people: People, tmp_path: Path) -> None:
    from billing.services.reports import write_client_report

    run_bill(october.session, **october.words)
    session = people.sign_in("VENDOR_ADMIN", october.pair)
    path = write_client_report(session, target=tmp_path, first=OCTOBER, last=date(2026, 10, 31))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["trip_id"] for line in lines] == ["T00001", "T00002", "T00003"]
    assert {(line["base_cost"], line["total_cost"], line["state"]) for line in lines} == {("", "", "ACCEPTED")}
