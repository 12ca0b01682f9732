"""Each invariant of the books: green on sound books, red when a row is broken behind the guards; it says which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from billing.schemas.reports import Asked
from billing.services.billing import run_bill
from billing.services.debit_notes import UNDISPUTED, issue_debit_note
from billing.services.invoices import issue_invoice
from billing.services.notes import write_note
from billing.services.payments import list_open, record_payment
from billing.services.payouts import pay_out
from billing.services.reporting import read_report
from billing.services.reporting.control_report import place_of, read_invariants
from billing.services.trips import import_file
from billing.services.vendor_bill_import import import_bill
from billing.services.write_offs import set_off
from billing.store.queries_invariants import CHECKS
from tests.integration.billing.conftest import Month, contract_for
from tests.support.hostile import superuser
from tests.support.sheets import write_csv

RULES = {"base_fare": "100", "per_km_rate": "20", "tax_percentage": "5"}
DAY = date(2026, 11, 20)
HARM = {
    "imported": "UPDATE app.import_batches SET rows_read = rows_read + 1 WHERE client_id = %s",
    "stored": "UPDATE app.trips SET batch_id = NULL WHERE client_id = %s AND batch_id IS NOT NULL",
    "once": "UPDATE app.trips SET hold_reason = 'x', held_at = now() WHERE client_id = %s",
    "rated": "UPDATE app.billing_runs SET trips = trips + 1 WHERE client_id = %s AND kind = 'BILL'",
    "run_sums": "UPDATE app.trip_charges SET taxable = taxable + 1 WHERE client_id = %s",
    "lines": "UPDATE app.invoice_lines SET amount = amount + 1 WHERE client_id = %s AND line_no = 1",
    "totals": "UPDATE app.invoice_lines SET tax = tax + 1 WHERE client_id = %s AND line_no = 1",
    "halves": "UPDATE app.invoices SET supply = 'INTRA', cgst = tax, sgst = 0, igst = 0 WHERE client_id = %s",
    "one_kind": "UPDATE app.invoices SET supply = 'INTER', cgst = 1, sgst = 0, igst = tax - 1 WHERE client_id = %s",
    "numbers": "UPDATE app.number_series SET next_number = next_number + 1 WHERE client_id = %s",
    "notes": "UPDATE app.invoices SET taxable = taxable + 99999999, total = total + 99999999 WHERE client_id = %s"
    " AND doc_type = 'CREDIT_NOTE'",
    "receipts": "UPDATE app.receipts SET amount = 1 WHERE client_id = %s",
    "overpaid": "UPDATE app.receipt_lines SET amount = amount + 99999999 WHERE client_id = %s",
    "bill_theirs": "UPDATE app.vendor_bill_matches SET theirs = theirs + 1 WHERE client_id = %s AND place = 1",
    "bill_ours": "UPDATE app.vendor_bill_matches SET ours = ours + 1 WHERE client_id = %s AND place = 1",
    "payouts": "UPDATE app.vendor_payouts SET amount = amount + 1, net = net + 1 WHERE client_id = %s",
    "debit_notes": "UPDATE app.vendor_debit_lines SET tax = tax + 1 WHERE client_id = %s",
    "debit_settled": "UPDATE app.vendor_disputes SET pay_amount = pay_amount + 1 WHERE client_id = %s",
    "debit_numbers": "UPDATE app.vendor_debit_series SET next_number = next_number + 1 WHERE client_id = %s",
    "set_offs": "UPDATE app.write_offs SET amount = amount + 1 WHERE client_id = %s AND amount > 0",
}


@pytest.fixture
def busy(make_month: Callable[..., Month], tmp_path: Path) -> Month:
    """Imported and added trips, two invoices, a credit note set off, payments, a vendor's bill with its debit note."""
    month = make_month(model="PER_TRIP", rules=RULES, name="Day")
    contract_for(month.session, month.pair, model="PER_TRIP", rules=RULES, name="Other")
    with superuser(month.session.profile) as connection, connection.cursor() as cursor:
        for site, name in (("A", "Day"), ("B", "Other")):
            statement = "UPDATE app.contracts SET scope_sites = ARRAY[%s] WHERE client_id = %s AND name = %s"
            cursor.execute(statement, (site, str(month.client_id), name))
    month.add(*(month.trip(day, "10", site=site) for site in "AB" for day in (1, 2, 3)))
    header = ("Trip ID", "Start Time", "End Time", "Distance (km)", "Site")
    rows = [
        (f"B{day}", f"2{day}-10-2026 09:00", f"2{day}-10-2026 10:00", 10, site) for day, site in ((1, "A"), (2, "B"))
    ]
    sheet = write_csv(tmp_path / "trips.csv", rows, header=header)
    import_file(month.session, sheet, client=month.pair.client.code, vendor=month.pair.link.code)
    run_bill(month.session, **month.words)
    for (invoice,) in month.sql("SELECT id FROM app.invoices WHERE client_id = :c", c=month.client_id):
        issue_invoice(month.session, invoice=str(invoice))
    first, second = list_open(month.session)
    words: dict[str, Any] = {"vendor": month.pair.link.code, "received_on": DAY}
    record_payment(month.session, **words, amount=first.total, invoices=[first.number], reference="U1")
    note = write_note(month.session, invoice=first.number, amounts={1: 100_00}, reason="late cabs")
    issue_invoice(month.session, invoice=str(note.invoice_id))
    set_off(month.session, first.number, second.number, written_on=DAY)
    billed: list[Any] = [("T00001", 300, 15), ("T00002", 350, 17.5), ("X1", 90, 4.5)]
    bill = write_csv(tmp_path / "bill.csv", billed, header=("Trip ID", "Amount", "GST"))
    view = import_bill(month.session, bill, vendor=month.pair.link.code).view
    assert view is not None
    issue_debit_note(month.session, str(view.bill.id), reason="Over-billed", kinds=(UNDISPUTED,))
    pay_out(month.session, str(view.bill.id))
    return month


def test_every_check_is_broken_below() -> None:
    assert set(HARM) == {check.id for check in CHECKS}


@pytest.mark.parametrize("harms", [list(HARM)[at::4] for at in range(4)], ids=["1", "2", "3", "4"])
def test_a_corrupted_book_is_seen(busy: Month, harms: list[str]) -> None:
    """Done as the superuser behind the guards' back; nobody else can. Each is undone before the next."""
    sound = {one.check.id: one for one in read_invariants(busy.session)}
    assert not {name for name, one in sound.items() if one.wrong}
    unused = {name for name, one in sound.items() if not one.looked_at}
    assert unused <= {"halves", "one_kind"}, "without GSTINs no split of tax is known; the harm sets one"
    for check in harms:
        with superuser(busy.session.profile) as connection, connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            table = HARM[check].split()[1]
            client = (str(busy.client_id),)
            cursor.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table} WHERE client_id = %s", client)
            cursor.execute(HARM[check], client)
            assert cursor.rowcount > 0, check
            _assert_red(busy, check)
            cursor.execute(f"DELETE FROM {table} WHERE client_id = %s", client)
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept")
    assert not {one.check.id for one in read_invariants(busy.session) if one.wrong}


def _assert_red(month: Month, check: str) -> None:
    found = {one.check.id: one for one in read_invariants(month.session)}
    one = found[check]
    assert one.wrong > 0
    assert next(iter(found)) in {name for name, other in found.items() if other.wrong}, "failing checks come first"
    bad = one.offenders[0]
    assert bad.left != bad.right
    assert bad.name.strip(), "it says which row"
    assert place_of(bad.screen, bad.ref) is not None, "and opens it"
    table = read_report(month.session, "invariants", Asked(day=DAY))
    rows = [row for row in table.rows if row["id"] == check]
    assert (rows[0]["state"], rows[0]["check"]) == ("FAILS", one.check.title)
    assert bad.name in rows[1]["check"]
    assert "checks fail" in table.note or "check fails" in table.note
