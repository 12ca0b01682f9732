"""Spend by month: the pivot equals the ledger, rates count what is billed, vendors see volumes."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from billing.errors import BadInputError, NotAllowedError
from billing.schemas.ids import new_id
from billing.services.analytics import read_overview
from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice
from billing.services.notes import write_note
from billing.services.settle import write_settlement
from billing.services.spend import DIMENSIONS, pivot, read_pivot, read_spend, write_pivot
from billing.store.session import Session
from tests.integration.billing.conftest import OCTOBER, Month, contract_for
from tests.support.people import Pair, People


@pytest.fixture
def billed(pair: Pair, client_admin: Session) -> Month:
    """A HYBRID month of 60, 50 and 20 km, billed, and one more trip of 10 km that came later."""
    month = Month(pair, client_admin, contract_for(client_admin, pair))
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "20"))
    run_bill(client_admin, month=OCTOBER)
    month.add(month.trip(21, "10"))
    return month


def taxable_of(session: Session) -> int:
    [run] = run_bill(session, month=OCTOBER).runs
    assert run.figures is not None
    return run.figures.taxable + run.figures.non_taxable


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
def test_every_dimension_adds_up_to_the_bill(billed: Month, client_admin: Session, dimension: str) -> None:
    expected = taxable_of(client_admin)
    table = read_pivot(client_admin, first_year=2026, dimension=dimension)
    assert table.totals.total == expected
    assert sum(row.total or 0 for row in table.rows) == expected
    assert table.totals.months[6] == expected
    assert table.unbilled == 0


def test_rates_count_billed_trips_only(billed: Month, client_admin: Session) -> None:
    frame = read_spend(client_admin, first_year=2026)
    amount = pivot(frame, "vendor", "amount", 2026).totals.total
    assert amount is not None
    table = pivot(frame, "vendor", "cost_per_trip", 2026)
    assert table.unbilled == 1
    assert table.totals.total == (2 * amount + 3) // 6  # three billed trips, half up
    assert pivot(frame, "vendor", "trips", 2026).totals.total == 4
    assert pivot(frame, "vendor", "distance_m", 2026).totals.total == 140_000


def test_another_year_and_unknown_words(billed: Month, client_admin: Session) -> None:
    empty = read_pivot(client_admin, first_year=2024)
    assert empty.rows == ()
    assert empty.totals.total is None
    with pytest.raises(BadInputError, match="by colour"):
        read_pivot(client_admin, first_year=2026, dimension="colour")
    with pytest.raises(BadInputError, match="figure weight"):
        read_pivot(client_admin, first_year=2026, measure="weight")


def test_a_vendor_sees_volumes_only(billed: Month, people: People, pair: Pair) -> None:
    vendor = people.sign_in("VENDOR_ADMIN", pair)
    with pytest.raises(NotAllowedError):
        read_pivot(vendor, first_year=2026)
    table = read_pivot(vendor, first_year=2026, measure="trips", client=str(pair.client_id))
    assert table.totals.total == 4
    assert int(read_spend(vendor, client=str(pair.client_id), first_year=2026).amount.sum()) == 0


def test_workbook_has_numbers(billed: Month, client_admin: Session, tmp_path: Path) -> None:
    table = read_pivot(client_admin, first_year=2026)
    book = load_workbook(write_pivot(client_admin, tmp_path / "spend.xlsx", table))
    sheet = book["Spend by month"]
    assert sheet["A1"].value == "Spend before tax by vendor"
    assert sheet["H4"].value == "Oct 2026"
    last = 5 + len(table.rows)
    assert round(sheet[f"N{last}"].value * 100) == table.totals.total
    assert sheet["A5"].data_type == "s"


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
def test_issued_notes_count_as_on_the_overview(october: Month, dimension: str) -> None:
    """A late trip, a withdrawn one and a credit by hand: nothing while drafted, all of it once issued."""

    def spend() -> int | None:
        table = read_pivot(october.session, first_year=2026, dimension=dimension)
        assert sum(row.total or 0 for row in table.rows) == table.totals.total
        assert table.totals.total == read_overview(october.session).now.spend
        return table.totals.total

    (run,) = run_bill(october.session, **october.words).runs
    assert run.invoice is not None
    number = issue_invoice(october.session, invoice=str(run.invoice.invoice_id)).number
    october.add(october.trip(1, "80"))
    (gone,) = october.sql("SELECT id, rev FROM app.trips WHERE external_ref = 'T00002'")
    with october.session.unit_of_work() as uow:
        uow.notes.correct_trip(october.client_id, gone.id, gone.rev, new_id(), None, "did not happen")
        uow.commit()
    settled = write_settlement(october.session, invoice=number)
    credit = write_note(october.session, invoice=number, amounts={1: 333_33}, reason="goodwill")
    assert spend() == 30_750_00, "drafts do not count"
    issue_invoice(october.session, invoice=str(settled.stored))
    assert settled.note is not None
    assert spend() == 31_500_00, "80, 60 and 20 km: 60 beyond the free ones"
    issue_invoice(october.session, invoice=str(credit.invoice_id))
    assert spend() == 31_500_00 - 333_33
    trips = read_pivot(october.session, first_year=2026, dimension=dimension, measure="trips")
    assert (trips.totals.total, trips.unbilled) == (3, 0)
