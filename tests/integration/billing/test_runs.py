"""Billing runs against the real database: once, unchanged, replaced, refused, and never a trip twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from billing.errors import NotAllowedError, RefusedError
from billing.schemas.runs import RunState
from billing.services.billing import discard_run, list_runs, preview_bill, run_bill
from billing.services.invoices import issue_invoice
from tests.integration.billing.conftest import OCTOBER, Month, contract_for
from tests.support.people import People


def test_a_preview_writes_nothing(october: Month) -> None:
    outcome = preview_bill(october.session, **october.words)
    (run,) = outcome.runs
    assert run.state is RunState.PREVIEW
    assert run.figures is not None
    assert run.figures.taxable == 30_000_00 + 75_000
    assert not outcome.changes.tables
    assert list_runs(october.session, client_id=october.client_id) == []


def test_a_run_makes_ledger_and_draft_that_add_up(october: Month) -> None:
    (run,) = run_bill(october.session, **october.words).runs
    assert (run.state, run.errors) == (RunState.CREATED, ())
    assert run.figures is not None
    assert run.figures.taxable == 30_750_00
    assert run.figures.tax == 5_535_00
    assert run.figures.incentive == 50_00
    assert run.figures.total == 36_335_00
    assert run.invoice is not None
    assert (run.invoice.status, run.invoice.number, run.invoice.total) == ("DRAFT", None, 36_285_00)
    query = "SELECT distance, taxable, lines_shown FROM app.trip_charges WHERE run_id = :run ORDER BY distance"
    rows = october.sql(query, run=run.run_id)
    assert [tuple(row) for row in rows] == [(0, 0, 2), (25000, 25000, 2), (50000, 50000, 2)]


def test_the_same_month_again_changes_nothing(october: Month) -> None:
    (first,) = run_bill(october.session, **october.words).runs
    again = run_bill(october.session, **october.words)
    (second,) = again.runs
    assert second.state is RunState.UNCHANGED
    assert second.run_id == first.run_id
    assert second.figures == first.figures
    assert second.invoice is not None
    assert not again.changes.tables


def test_a_changed_trip_replaces_the_draft_and_keeps_the_old_run(october: Month) -> None:
    (first,) = run_bill(october.session, **october.words).runs
    october.add(october.trip(25, "10"))
    (second,) = run_bill(october.session, **october.words).runs
    assert second.state is RunState.REPLACED
    assert second.run_id != first.run_id
    assert second.figures is not None
    assert second.figures.taxable == 31_000_00
    states = october.sql(
        "SELECT status FROM app.billing_runs WHERE client_id = :c ORDER BY status", c=october.client_id
    )
    assert [row.status for row in states] == ["DRAFT", "SUPERSEDED"]
    charges = october.sql("SELECT count(*) FROM app.trip_charges WHERE client_id = :c", c=october.client_id)
    assert charges[0][0] == 4


def test_an_issued_month_is_unchanged_or_refused(october: Month) -> None:
    (run,) = run_bill(october.session, **october.words).runs
    assert run.invoice is not None
    issue_invoice(october.session, invoice=str(run.invoice.invoice_id))
    (again,) = run_bill(october.session, **october.words).runs
    assert again.state is RunState.UNCHANGED
    october.add(october.trip(28))
    (refused,) = run_bill(october.session, **october.words).runs
    assert refused.state is RunState.REFUSED
    assert [error.code for error in refused.errors] == ["RUN_ISSUED"]


def test_all_bad_trips_are_named_and_nothing_is_written(make_month: Callable[..., Month]) -> None:
    rules = {"zone_rates": {"A": "100"}, "tax_percentage": "5"}
    month = make_month(model="PER_TRIP", rules=rules)
    month.add(month.trip(1, zone="A"), month.trip(2, zone="B"), month.trip(3))
    (run,) = run_bill(month.session, **month.words).runs
    assert run.state is RunState.REFUSED
    assert [(error.trip_id, error.code) for error in run.errors] == [
        ("T00002", "NO_RATE_FOR_ZONE"),
        ("T00003", "NO_RATE_FOR_ZONE"),
    ]
    assert month.sql("SELECT 1 FROM app.billing_runs WHERE client_id = :c", c=month.client_id) == []


def test_a_month_belongs_to_the_clients_own_calendar(october: Month) -> None:
    first = october.trip(1)
    midnight = first.start_time.replace(hour=0, minute=0, second=0)
    from dataclasses import replace

    inside = replace(first, start_time=midnight, end_time=midnight + timedelta(minutes=30))
    outside = replace(
        october.trip(1), start_time=midnight - timedelta(seconds=1), end_time=midnight + timedelta(minutes=30)
    )
    october.add(inside, outside)
    (run,) = run_bill(october.session, **october.words).runs
    assert run.figures is not None
    assert run.figures.trips == 4


def test_held_and_unassigned_trips_are_counted_not_billed(october: Month) -> None:
    held = october.trip(5, "30")
    october.add(held, october.trip(6, "30"))
    october.sql("UPDATE app.trips SET hold_reason = 'km to check' WHERE id = :id", id=held.id)
    unassign = "UPDATE app.trips SET contract_id = NULL, exception = 'NO_CONTRACT' WHERE external_ref = 'T00005'"
    october.sql(unassign)
    outcome = run_bill(october.session, **october.words)
    assert outcome.runs[0].figures is not None
    assert outcome.runs[0].figures.trips == 3
    assert (outcome.left_out.held, outcome.left_out.unassigned) == (1, 1)


def test_two_runs_at_once_bill_the_month_once(october: Month, people: People) -> None:
    other = people.sign_in("CLIENT_ADMIN", october.pair)
    results: list[RunState] = []
    gate = threading.Barrier(2)

    def bill(session: object) -> None:
        gate.wait()
        (run,) = run_bill(session, **october.words).runs  # type: ignore[arg-type]
        results.append(run.state)

    threads = [threading.Thread(target=bill, args=(session,)) for session in (october.session, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert RunState.REFUSED not in results
    assert sorted(results) == ["created", "unchanged"]
    query = "SELECT trip_id, count(*) FROM app.trip_charges WHERE client_id = :c GROUP BY 1"
    rows = october.sql(query, c=october.client_id)
    assert [row[1] for row in rows] == [1, 1, 1]


def test_a_discarded_draft_frees_its_trips(october: Month) -> None:
    (run,) = run_bill(october.session, **october.words).runs
    assert run.run_id is not None
    discard_run(october.session, client_id=october.client_id, run_id=run.run_id)
    (again,) = run_bill(october.session, **october.words).runs
    assert again.state is RunState.CREATED
    with pytest.raises(RefusedError):
        discard_run(october.session, client_id=october.client_id, run_id=run.run_id)


def test_several_contracts_are_billed_one_by_one(october: Month) -> None:
    contract_for(october.session, october.pair, name="Fee only", rules={**_scoped(), "tax_percentage": "5"})
    runs = run_bill(october.session, **october.words).runs
    assert [run.contract_name for run in runs] == ["Fee only", "Night shift"]


def _scoped() -> dict[str, str]:
    return {"base_monthly_fee": "100", "free_km_included": "1", "per_km_rate_after_limit": "1"}


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_other_roles_may_not_bill(october: Month, people: People, role: str) -> None:
    session = people.sign_in(role, october.pair)
    try:
        (run,) = run_bill(session, **october.words).runs
    except (NotAllowedError, RefusedError):
        pass
    else:
        assert run.state is RunState.REFUSED
    assert october.sql("SELECT 1 FROM app.billing_runs WHERE client_id = :c", c=october.client_id) == []


def test_another_clients_admin_sees_no_contract(october: Month, people: People) -> None:
    stranger = people.sign_in("CLIENT_ADMIN", people.new_pair())
    with pytest.raises(RefusedError):
        run_bill(stranger, client=october.pair.client.code, month=OCTOBER)


def test_cancelling_a_run_writes_nothing(october: Month) -> None:
    from billing.schemas.changes import Cancelled

    def cancel(done: int, _total: int, _what: str) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_bill(october.session, **october.words, progress=cancel)
    assert october.sql("SELECT 1 FROM app.billing_runs WHERE client_id = :c", c=october.client_id) == []
