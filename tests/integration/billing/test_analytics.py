"""The Overview's figures: the same before and after billing, by day, model and vendor."""

from __future__ import annotations

from billing.services.analytics import read_overview
from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice
from billing.services.notes import write_note
from billing.services.settle import write_settlement
from tests.integration.billing.conftest import OCTOBER, Month
from tests.support.people import People


def test_preview_and_ledger_give_the_same_overview(october: Month) -> None:
    before = read_overview(october.session, client=october.pair.client.code)
    run_bill(october.session, **october.words)
    after = read_overview(october.session, client=october.pair.client.code, month=OCTOBER)
    assert before.month == OCTOBER
    assert before.previewed == ("Night shift",)
    assert after.previewed == ()
    assert (before.now, before.fees, before.days) == (after.now, after.fees, after.days)
    assert (before.by_model, before.by_vendor) == (after.by_model, after.by_vendor)


def test_key_figures_and_days_add_up(october: Month) -> None:
    overview = read_overview(october.session)
    assert overview.now.spend == 30_750_00
    assert overview.fees == 30_000_00
    assert overview.fees + sum(day.amount for day in overview.days) == overview.now.spend
    assert (overview.now.trips, overview.now.distance_m, overview.now.carpools) == (3, 130_000, 1)
    assert overview.now.cost_per_km == 23654
    assert overview.now.carpool_permille == 333
    assert overview.before.spend == 30_000_00
    assert len(overview.days) == 31
    (package,) = overview.packages
    assert (package.included_m, package.used_m) == (100_000, 130_000)
    assert [trip.ref for trip in overview.recent] == ["T00003", "T00002", "T00001"]


def test_a_contract_that_cannot_be_rated_is_named(make_month) -> None:  # type: ignore[no-untyped-def]
    month = make_month(model="PER_TRIP", rules={"zone_rates": {"A": "100"}, "tax_percentage": "5"})
    month.add(month.trip(2))
    overview = read_overview(month.session)
    assert [name for name, _ in overview.refused] == ["Night shift"]
    assert overview.now.spend == 0


def test_a_vendor_sees_volumes_only(october: Month, people: People) -> None:
    session = people.sign_in("VENDOR_ADMIN", october.pair)
    overview = read_overview(session)
    assert overview.shows_amounts is False
    assert overview.now.trips == 3
    assert overview.now.spend == 0
    assert all(trip.amount is None for trip in overview.recent)


def test_notes_change_what_the_month_cost(october: Month) -> None:
    """30,750.00 billed, 2,000.00 more by a late trip that takes the free km, 333.33 credited by hand."""
    (run,) = run_bill(october.session, **october.words).runs
    assert run.invoice is not None
    number = issue_invoice(october.session, invoice=str(run.invoice.invoice_id)).number
    october.add(october.trip(1, "80"))
    settled = write_settlement(october.session, invoice=number)
    credit = write_note(october.session, invoice=number, amounts={1: 333_33}, reason="goodwill")
    before = read_overview(october.session)
    assert before.now.spend == 30_750_00, "drafts do not count"
    issue_invoice(october.session, invoice=str(settled.stored))
    assert read_overview(october.session).now.spend == 32_750_00
    issue_invoice(october.session, invoice=str(credit.invoice_id))
    overview = read_overview(october.session)
    assert overview.now.spend == 32_750_00 - 333_33
    assert overview.fees + sum(day.amount for day in overview.days) == overview.now.spend
