"""Issuing, voiding and exporting against the real database: one number once, no gap, nothing stale, nothing foreign."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from billing.errors import BadInputError, ConflictError, NotAllowedError, RefusedError
from billing.invoicing.numbering import financial_year
from billing.schemas.invoices import InvoiceStatus
from billing.schemas.runs import RunState
from billing.services.billing import run_bill
from billing.services.invoices import (
    export_invoice,
    get_invoice,
    history,
    issue_invoice,
    list_invoices,
    read_document,
    set_series,
    void_invoice,
)
from billing.services.replay import replay_invoice
from billing.store.session import Session
from tests.integration.billing.conftest import OCTOBER, Month, contract_for
from tests.support.people import People

MakeMonth = Callable[..., Month]


def draft(month: Month) -> str:
    """Bill October and give the draft's id."""
    runs = run_bill(month.session, **month.words).runs
    invoice = runs[-1].invoice
    assert invoice is not None
    return str(invoice.invoice_id)


def test_issue_gives_a_number_once(october: Month, today: date) -> None:
    invoice = draft(october)
    first = issue_invoice(october.session, invoice=invoice)
    again = issue_invoice(october.session, invoice=invoice)
    by_number = issue_invoice(october.session, invoice=first.number, client=october.pair.client.code)
    assert first.state == "issued"
    assert (again.state, again.number) == ("unchanged", first.number)
    assert by_number.number == first.number
    assert first.number.endswith(f"/{financial_year(today)}/00001")
    assert first.invoice_date == today
    assert not again.changes.tables


def test_numbers_of_a_series_have_no_gaps(october: Month, people: People) -> None:
    contract_for(october.session, october.pair, name="Second", rules={**_fee(), "free_km_included": "9"})
    runs = run_bill(october.session, **october.words).runs
    other = people.sign_in("CLIENT_ADMIN", october.pair)
    numbers: list[str] = []
    gate = threading.Barrier(2)

    def issue(session: Session, invoice: UUID) -> None:
        gate.wait()
        numbers.append(issue_invoice(session, invoice=str(invoice)).number)

    drafts = [run.invoice.invoice_id for run in runs if run.invoice]
    assert len(drafts) == 2
    sessions = (october.session, other)
    threads = [threading.Thread(target=issue, args=pair) for pair in zip(sessions, drafts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(number.rsplit("/", 1)[1]) for number in numbers) == [1, 2]


def _fee() -> dict[str, str]:
    return {"base_monthly_fee": "100", "per_km_rate_after_limit": "1", "tax_percentage": "5"}


def test_a_refused_issue_uses_no_number(october: Month) -> None:
    invoice = draft(october)
    october.sql("UPDATE app.trips SET distance_m = distance_m + 1000 WHERE external_ref = 'T00001'")
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=invoice)
    assert caught.value.code == "TRIPS_CHANGED"
    assert october.sql("SELECT 1 FROM app.number_series WHERE client_id = :c", c=october.client_id) == []
    assert issue_invoice(october.session, invoice=draft(october)).number.endswith("/00001")


def test_a_trip_that_came_after_the_run_refuses_issue(october: Month) -> None:
    invoice = draft(october)
    october.add(october.trip(30))
    with pytest.raises(RefusedError, match="1 more billable trips"):
        issue_invoice(october.session, invoice=invoice)


def test_a_changed_version_refuses_issue(october: Month) -> None:
    from billing.services.contracts import correct_version

    invoice = draft(october)
    version = october.view.versions[0]
    correct_version(october.session, version=version, model="HYBRID", rules={**_fee()}, reason="wrong fee")
    with pytest.raises((RefusedError, ConflictError)) as caught:
        issue_invoice(october.session, invoice=invoice)
    assert caught.value.code == "VERSIONS_CHANGED"


def test_an_issued_invoice_and_its_trips_do_not_change(october: Month) -> None:
    invoice = draft(october)
    issue_invoice(october.session, invoice=invoice)
    with pytest.raises(RefusedError):
        october.sql("UPDATE app.trips SET distance_m = 1 WHERE external_ref = 'T00001'")
    with pytest.raises(NotAllowedError):
        october.sql("UPDATE app.invoices SET total = 1 WHERE id = :id", id=UUID(invoice))
    with pytest.raises(NotAllowedError):
        october.sql(
            "INSERT INTO app.trip_charges (client_id, run_id, trip_id) VALUES (:c, :c, :c)", c=october.client_id
        )


def test_void_keeps_the_number_and_frees_the_trips(october: Month) -> None:
    invoice = draft(october)
    issued = issue_invoice(october.session, invoice=invoice)
    with pytest.raises(BadInputError):
        void_invoice(october.session, invoice=invoice, reason="  ")
    gone = void_invoice(october.session, invoice=issued.number, reason="wrong rates")
    assert (gone.number, gone.state) == (issued.number, "void")
    with pytest.raises(RefusedError):
        issue_invoice(october.session, invoice=invoice)
    (run,) = run_bill(october.session, **october.words).runs
    assert run.state is RunState.CREATED
    assert run.invoice is not None
    second = issue_invoice(october.session, invoice=str(run.invoice.invoice_id))
    assert second.number.endswith("/00002")
    listed = list_invoices(october.session, client=october.pair.client.code)
    assert {(row.number, row.status) for row in listed} == {
        (issued.number, InvoiceStatus.VOID),
        (second.number, InvoiceStatus.ISSUED),
    }
    assert [what for _, what in history(october.session, client_id=october.client_id, invoice_id=UUID(invoice))] == [
        "drafted",
        "issued",
        "voided",
    ]


def test_a_draft_cannot_be_voided(october: Month) -> None:
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=draft(october), reason="x")
    assert caught.value.code == "NOT_ISSUED"


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_other_roles_neither_issue_nor_void(october: Month, people: People, role: str) -> None:
    invoice = draft(october)
    session = people.sign_in(role, october.pair)
    with pytest.raises((NotAllowedError, RefusedError)):
        issue_invoice(session, invoice=invoice)
    with pytest.raises((NotAllowedError, RefusedError)):
        void_invoice(session, invoice=invoice, reason="x")


def test_another_client_sees_and_touches_nothing(october: Month, people: People) -> None:
    invoice = draft(october)
    stranger = people.sign_in("CLIENT_ADMIN", people.new_pair())
    assert list_invoices(stranger) == []
    with pytest.raises(RefusedError):
        get_invoice(stranger, invoice=invoice)
    foreign = Month(october.pair, stranger, october.view)
    with pytest.raises(NotAllowedError):
        foreign.sql("SELECT api.issue_invoice(:c, :i, ARRAY['X'], '')", c=october.client_id, i=UUID(invoice))


def test_a_bill_below_zero_is_not_issued(make_month: MakeMonth) -> None:
    rules = {**_fee(), "sla": {"bands": [{"over_minutes": "5", "flat": "5000"}]}}
    month = make_month(rules=rules)
    month.add(month.trip(3, late_s=3600))
    with pytest.raises(RefusedError) as caught:
        issue_invoice(month.session, invoice=draft(month))
    assert caught.value.code == "NEGATIVE_TOTAL"


def test_super_admin_sets_a_series_before_its_first_use(october: Month, super_admin: Session, today: date) -> None:
    words: dict[str, Any] = {
        "client": october.pair.client.code,
        "vendor": october.pair.link.code,
        "year": financial_year(today),
    }
    with pytest.raises(NotAllowedError):
        set_series(october.session, **words, prefix="ABC")
    assert set_series(super_admin, **words, prefix="abc", first=118) == f"ABC/{financial_year(today)}/00118"
    assert issue_invoice(october.session, invoice=draft(october)).number == f"ABC/{financial_year(today)}/00118"
    with pytest.raises(RefusedError):
        set_series(super_admin, **words, prefix="XYZ")


def test_the_exported_workbook_says_what_was_billed(october: Month, tmp_path: Path) -> None:
    invoice = draft(october)
    issued = issue_invoice(october.session, invoice=invoice)
    path = export_invoice(october.session, invoice=invoice, target=tmp_path)
    assert path.name == f"{issued.number.replace('/', '-')}.xlsx"
    book = load_workbook(path, data_only=True)
    values = [cell.value for row in book["Invoice"] for cell in row if cell.value is not None]
    assert issued.number in values
    assert 36285 in values
    assert "Invoice" in values  # neither party has a GSTIN, so it is no tax invoice
    assert "GSTIN not recorded" in values
    checks = [cell.value for cell in book["How computed"]["E"]]
    assert checks.count("agrees") >= 5
    assert "DIFFERS" not in checks


def test_csv_rows_add_up_to_the_invoice_and_the_incentive(october: Month, tmp_path: Path) -> None:
    import csv

    invoice = draft(october)
    path = export_invoice(october.session, invoice=invoice, target=tmp_path / "x.csv", kind="csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["trip_id"] for row in rows] == ["T00001", "T00002", "T00003", "MONTHLY_FEE"]
    assert sum(Decimal(row["total_cost"]) for row in rows) == Decimal("36335.00")
    assert sum(Decimal(row["employee_incentive"]) for row in rows) == 50


def test_the_annexure_knows_riders_and_lines(october: Month) -> None:
    document, rows = read_document(october.session, invoice=draft(october))
    assert list(rows.riders) == ["", "", "E1"]
    assert list(rows.charges) == [("DISTANCE", True)]
    assert document.draft.totals.total == 36_285_00
    assert document.versions[0].number == 1


def test_tax_follows_the_parties_states(october: Month, super_admin: Session) -> None:
    october.sql("UPDATE app.client_sites SET state_code = '27' WHERE client_id = :c", c=october.client_id)
    admin = Month(october.pair, super_admin, october.view)
    admin.sql("UPDATE app.vendor_branches SET state_code = '29' WHERE vendor_id = :v", v=october.pair.vendor_id)
    invoice = draft(october)
    totals = get_invoice(october.session, invoice=invoice).draft.totals
    assert (totals.igst, totals.cgst) == (5_535_00, 0)
    october.sql("UPDATE app.client_sites SET state_code = '29' WHERE client_id = :c", c=october.client_id)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=invoice)
    assert caught.value.code == "PARTIES_CHANGED"
    totals = get_invoice(october.session, invoice=draft(october)).draft.totals
    assert (totals.igst, totals.cgst, totals.sgst) == (0, 2_767_50, 2_767_50)


def test_the_percent_comes_from_the_rate_table_without_a_tax_key(make_month: MakeMonth) -> None:
    month = make_month(rules={"base_monthly_fee": "1000", "per_km_rate_after_limit": "1"})
    (run,) = run_bill(month.session, **month.words).runs
    assert run.figures is not None
    assert run.figures.tax == 50_00
    month.sql("UPDATE app.contracts SET itc_option = 'FULL' WHERE id = :id", id=month.contract_id)
    (run,) = run_bill(month.session, **month.words).runs
    assert run.figures is not None
    assert run.figures.tax == 180_00


def test_reverse_charge_charges_no_tax(make_month: MakeMonth) -> None:
    month = make_month(rules={**_fee(), "reverse_charge": True})
    (run,) = run_bill(month.session, **month.words).runs
    assert run.figures is not None
    assert (run.figures.tax, run.figures.rcm_tax, run.figures.total) == (0, 5_00, 100_00)


def test_lists_are_read_in_keyset_pages(october: Month) -> None:
    draft(october)
    (row,) = list_invoices(october.session, month=OCTOBER)
    assert row.trips == 3
    assert list_invoices(october.session, after=(row.month, row.invoice_id)) == []


def test_an_issued_invoice_replays_to_the_same_paisa(october: Month) -> None:
    invoice = draft(october)
    issue_invoice(october.session, invoice=invoice)
    october.add(october.trip(1, "80"))  # a late trip would have used up the free kilometres first
    replay = replay_invoice(october.session, invoice=invoice)
    assert (replay.is_same, replay.trips, replay.differences) == (True, 3, ())
    assert [(one.label, one.amount) for one in replay.charges] == [("Monthly fee", 30_000_00)]
    document, _ = read_document(october.session, invoice=invoice)
    assert document.reasons[0][0] == "Monthly fee"


def test_a_stale_draft_does_not_replay(october: Month) -> None:
    invoice = draft(october)
    october.sql("UPDATE app.trips SET distance_m = 61000 WHERE external_ref = 'T00001'")
    assert replay_invoice(october.session, invoice=invoice).differences == ("Distance of 1 trip",)


def test_a_change_of_a_trip_and_the_issue_of_its_bill_wait_for_each_other(october: Month, people: People) -> None:
    import sqlalchemy as sa

    invoice = draft(october)
    other = people.sign_in("CLIENT_ADMIN", october.pair)
    outcome: list[str] = []

    def issue() -> None:
        try:
            outcome.append(issue_invoice(other, invoice=invoice).state)
        except RefusedError as error:
            outcome.append(error.code)

    with october.session.unit_of_work() as uow:
        change = "UPDATE app.trips SET distance_m = 61000 WHERE external_ref = 'T00001'"
        uow.connection.execute(sa.text(change))
        thread = threading.Thread(target=issue)
        thread.start()
        thread.join(timeout=1)
        assert outcome == []  # it waits for this transaction
        uow.commit()
    thread.join(timeout=20)
    assert outcome == ["TRIPS_CHANGED"]
