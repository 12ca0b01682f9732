"""The vendor's own bill against ours: paired, bucketed, explained, disputed, paid out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from billing.errors import KnownError, RefusedError
from billing.services.billing import run_bill
from billing.services.vendor_bill_import import BillChoices, ImportedBill, import_bill
from billing.services.vendor_bills import compare_again, list_bills, show_bill, undo_bill
from tests.integration.billing.conftest import Month
from tests.support.sheets import write_csv, write_xlsx

HEADER = ("Duty Slip No.", "Vehicle No", "Pickup Date Time", "Total KMs", "Amount", "GST")
PER_TRIP = {
    "base_fare": "100",
    "per_km_rate": "20",
    "night_shift_surcharge": "150",
    "carpool_discount": "0.2",
    "tax_percentage": "5",
}
Importer = Callable[..., ImportedBill]


@pytest.fixture
def month(make_month: Callable[..., Month]) -> Month:
    """Five trips of 10 km at 100 + 20 a km: 300.00, a carpool at 240.00, one by vehicle and time only."""
    made = make_month(model="PER_TRIP", rules=PER_TRIP, name="Per trip")
    made.add(
        made.trip(1, "10", vehicle_no="KA01AB0001"),
        made.trip(2, "10", vehicle_no="KA01AB0001"),
        made.trip(3, "10", vehicle_no="KA01AB0002", is_carpool=True),
        made.trip(4, "10", vehicle_no="KA01AB0003"),
        made.trip(5, "10", vehicle_no="KA01AB0004"),
    )
    return made


@pytest.fixture
def send(month: Month, tmp_path: Path) -> Importer:
    """Import rows as the vendor's bill."""

    def run(*rows: Sequence[Any], header: Sequence[str] = HEADER, name: str = "bill.csv", **words: Any) -> ImportedBill:
        path = write_csv(tmp_path / name, rows, header=header)
        more = {key: words.pop(key) for key in ("preview",) if key in words}
        return import_bill(
            month.session, path, vendor=month.pair.link.code, choices=BillChoices(**words) if words else None, **more
        )

    return run


def of(imported: ImportedBill, bucket: str) -> Any:
    assert imported.view is not None
    return next(one for one in imported.view.buckets if one.bucket == bucket)


def lines(month: Month, imported: ImportedBill) -> dict[str, Any]:
    assert imported.view is not None
    return {line.ref: line for line in show_bill(month.session, str(imported.view.bill.id)).lines}


ROWS = (
    ("T00001", "", "", "10", "300.00", "15.00"),
    ("T00002", "", "", "12", "340.00", "17.00"),  # their km
    ("T00003", "", "", "10", "300.00", "15.00"),  # no carpool discount
    ("", "KA 01 AB 0003", "04-10-2026 09:10", "10", "450.00", "22.50"),  # night by day, found by vehicle and time
    ("X9", "KA99ZZ9999", "09-10-2026 10:00", "10", "300.00", "15.00"),  # unknown to us
)


def test_each_row_finds_its_trip_and_its_bucket(month: Month, send: Importer) -> None:
    done = send(*ROWS)
    assert done.written
    assert done.view is not None
    assert {one.bucket: one.lines for one in done.view.buckets if one.lines} == {
        "EXACT": 1,
        "OVER": 3,
        "ONLY_VENDOR": 1,
        "ONLY_US": 1,
    }
    bill = done.view.bill
    assert (bill.amount, bill.ours_amount) == (169000, 300_00 * 4 + 240_00)
    assert sum(one.theirs for one in done.view.buckets) == bill.amount
    assert sum(one.ours for one in done.view.buckets) == bill.ours_amount
    assert (bill.first_day.isoformat(), bill.last_day.isoformat()) == ("2026-10-01", "2026-10-31")


def test_differences_are_explained_by_rating_again(month: Month, send: Importer) -> None:
    found = lines(month, send(*ROWS))
    causes = {ref: line.cause for ref, line in found.items() if line.cause}
    assert causes == {"T00002": "KM", "T00003": "CARPOOL", "T00004": "NIGHT_BY_DAY", "X9": "UNKNOWN"}
    assert found["T00004"].how == "VEHICLE_TIME"
    assert "Their 12 km, ours 10 km" in found["T00002"].cause_text
    assert "Distance 200.00 → 240.00" in found["T00002"].cause_text
    assert found["T00002"].explained == 40_00


def test_the_comparison_is_the_same_whether_billed_or_not(month: Month, send: Importer) -> None:
    done = send(*ROWS)
    assert done.view is not None
    before = {ref: (line.bucket, line.ours, line.our_tax, line.cause) for ref, line in lines(month, done).items()}
    run_bill(month.session, **month.words)
    compare_again(month.session, str(done.view.bill.id))
    after = lines(month, done)
    assert {line.our_state for line in after.values() if line.our_state} == {"BILLED"}
    assert {r: (line.bucket, line.ours, line.our_tax, line.cause) for r, line in after.items()} == before


def test_the_same_file_twice_is_recognised_and_undo_frees_it(month: Month, send: Importer) -> None:
    first = send(*ROWS)
    with pytest.raises(RefusedError) as known:
        send(*ROWS)
    assert known.value.code == "BILL_KNOWN"
    assert first.view is not None
    undo_bill(month.session, str(first.view.bill.id), reason="wrong month")
    assert list_bills(month.session) == []
    again = send(*ROWS)
    assert again.written
    assert len(list_bills(month.session, with_undone=True)) == 2


def test_a_trip_is_paid_on_one_bill_only(month: Month, send: Importer) -> None:
    send(ROWS[0], number="A1")
    second = send(ROWS[0], ROWS[1], ROWS[1], name="second.csv", number="A2")
    found = lines(month, second)
    assert found["T00001"].cause == "BILLED_BEFORE"
    assert "A1" in found["T00001"].cause_text
    repeated = [line for line in show_bill(month.session, "A2").lines if line.cause == "REPEATED"]
    assert [(line.bucket, line.theirs) for line in repeated] == [("ONLY_VENDOR", 340_00)]


def test_tolerance_tax_and_held_trips(month: Month, send: Importer) -> None:
    month.sql(
        "UPDATE app.trips SET hold_reason = 'odd', held_at = now() WHERE client_id = :c AND external_ref = 'T00005'",
        c=month.client_id,
    )
    done = send(
        ("T00001", "", "", "10", "300.60", "15.03"),
        ("T00002", "", "", "10", "300.00", "36.00"),
        ("T00005", "", "", "10", "300.00", "15.00"),
    )
    found = lines(month, done)
    assert (found["T00001"].bucket, found["T00002"].bucket) == ("TOLERANCE", "OVER")
    assert (found["T00002"].cause, found["T00002"].cause_text) == ("TAX", "Tax of 12 % where ours is 5 %")
    assert (found["T00005"].cause, found["T00005"].our_state) == ("HELD", "HELD")


def test_amounts_with_tax_are_parted_by_our_rate(month: Month, send: Importer) -> None:
    header = ("Trip ID", "Grand Total")
    done = send(("T00001", "315.00"), ("T00002", "315.00"), header=header)
    assert done.view is not None
    assert (done.view.bill.basis, done.view.bill.amount, done.view.bill.tax) == ("WITH_TAX", 600_00, 30_00)
    assert of(done, "EXACT").lines == 2


def test_a_row_that_cannot_be_read_refuses_the_file_unless_lenient(month: Month, send: Importer) -> None:
    rows = (ROWS[0], ("T00002", "", "", "10", "three hundred", ""))
    refused = send(*rows)
    assert not refused.written
    assert [(item.row, item.column, item.value) for item in refused.rejected] == [(3, "Amount", "three hundred")]
    assert send(*rows, lenient=True).written


def test_a_mapping_is_saved_for_the_vendor(month: Month, send: Importer) -> None:
    header = ("Kagaz", "Paisa")
    with pytest.raises(KnownError) as unknown:
        send(("T00001", "300"), header=header)
    assert unknown.value.code == "NO_HEADER"
    assert send(("T00001", "300"), header=header, mapping={"trip_id": "Kagaz", "amount": "Paisa"}).written
    assert send(("T00002", "300"), header=header, name="next.csv").written


def test_titles_totals_and_monthly_charges_in_a_workbook(make_month: Callable[..., Month], tmp_path: Path) -> None:
    month = make_month()
    month.add(month.trip(3, "60"))
    path = tmp_path / "bill.xlsx"
    header = ("ABC Travels", "", "", "")
    rows = [
        ("Invoice No: ABC/77", None, "Invoice Date", "05-11-2026"),
        ("Duty Slip No", "Trip Date", "Kms", "Amount"),
        ("T00001", "03-10-2026", 60, 0),
        ("Monthly package", None, None, 30000),
        ("Grand Total", None, 60, 30000),
    ]
    write_xlsx(path, rows, header=header)
    done = import_bill(month.session, path, vendor=month.pair.link.code)
    assert done.view is not None
    bill = done.view.bill
    assert (bill.number, str(bill.bill_date), bill.stated_total) == ("ABC/77", "2026-11-05", 30_000_00)
    assert of(done, "EXACT").lines == 2
    assert bill.difference == 0
