"""Vendors' bills as they come: titles, sub-totals, no ids, other clients' rows, packages of days, several a month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.schemas.vendor_bills import BillLine
from billing.services.payouts import read_payout
from billing.services.vendor_bill_import import BillChoices, ImportedBill, import_bill
from billing.services.vendor_bills import compare_again, show_bill
from tests.integration.billing.conftest import IST, Month
from tests.support.sheets import write_csv, write_xlsx

PER_TRIP = {"base_fare": "100", "per_km_rate": "20", "tax_percentage": "5"}
Send = Callable[..., ImportedBill]


@pytest.fixture
def month(make_month: Callable[..., Month]) -> Month:
    """Six trips at 300.00: two cabs, two days of October, one of September and one of November."""
    made = make_month(model="PER_TRIP", rules=PER_TRIP, name="Per trip")
    cab, other = "KA01AB0001", "KA01AB0002"
    made.add(
        _at(made, 5, 9, cab), _at(made, 5, 18, cab), _at(made, 6, 9, other), _at(made, 20, 9, other),
        _at(made, 28, 9, cab, month=9), _at(made, 2, 9, cab, month=11),
    )  # fmt: skip
    return made


def _at(made: Month, day: int, hour: int, vehicle: str, month: int = 10) -> Any:
    start = datetime(2026, month, day, hour, 0, tzinfo=IST)
    return made.trip(1, "10", start_time=start, end_time=start.replace(hour=hour + 1), vehicle_no=vehicle)


@pytest.fixture
def send(month: Month, tmp_path: Path) -> Send:
    def run(header: Sequence[str], *rows: Sequence[Any], name: str = "bill.csv", **words: Any) -> ImportedBill:
        choices = BillChoices(**words) if words else None
        path = write_csv(tmp_path / name, rows, header=header)
        return import_bill(month.session, path, vendor=month.pair.link.code, choices=choices)

    return run


def lines_of(month: Month, done: ImportedBill) -> tuple[BillLine, ...]:
    assert done.view is not None
    view = show_bill(month.session, str(done.view.bill.id))
    assert sum(one.theirs for one in view.buckets) == view.bill.amount
    assert sum(one.ours for one in view.buckets) == view.bill.ours_amount
    assert sum(one.lines for one in view.buckets) == len(view.lines)
    return view.lines


def met(month: Month, done: ImportedBill) -> list[tuple[str, str, str | None]]:
    return [(line.bucket, line.ref, line.how) for line in lines_of(month, done) if line.bucket != "ONLY_US"]


def test_titles_sub_totals_a_period_and_gst_in_parts(month: Month, tmp_path: Path) -> None:
    header = ("BLUE HERON CABS PVT LTD", *[""] * 6)
    rows = [
        ("Invoice No : BHC/26/091", None, "Billing Period: 01-10-2026 to 15-10-2026"),
        (),
        ("Sl. No", "Cab No.", "Duty Date", "Reporting Time", "Taxable Amount", "CGST", "SGST"),
        (1, "KA-01-AB-0001", "05-10-2026", "09:10", 300, 7.5, 7.5),
        (2, "KA 01 AB 0001", "05-10-2026", "18:05", 320, 8, 8),
        (None, "Sub Total KA-01-AB-0001", None, None, 620, 15.5, 15.5),
        (3, "KA01AB0002", "06-10-2026", "09:00", 300, 7.5, 7.5),
        (None, "Grand Total", None, None, 920, 23, 23),
        (None, "Rupees Nine Hundred Sixty-Six Only"),
    ]
    path = tmp_path / "bill.xlsx"
    write_xlsx(path, rows, header=header)
    done = import_bill(month.session, path, vendor=month.pair.link.code)
    assert done.view is not None, done.rejected
    bill = done.view.bill
    assert (bill.number, bill.first_day, bill.last_day) == ("BHC/26/091", date(2026, 10, 1), date(2026, 10, 15))
    assert (bill.rows, bill.amount, bill.tax, bill.stated_total) == (3, 920_00, 46_00, 920_00)
    assert met(month, done) == [
        ("EXACT", "T00001", "VEHICLE_TIME"), ("OVER", "T00002", "VEHICLE_TIME"), ("EXACT", "T00003", "VEHICLE_TIME"),
    ]  # fmt: skip
    assert len(lines_of(month, done)) == 3  # the trip of the 20th is not in this bill's fortnight


def test_several_bills_of_a_month_share_no_trip(month: Month, send: Send) -> None:
    header = ("Vehicle No", "Start Time", "Amount")
    first = send(header, ("KA01AB0001", "05-10-2026 09:00", 300), number="A1")
    again = send(header, ("KA01AB0001", "05-10-2026 09:05", 300), name="b.csv", number="A2")
    assert met(month, first) == [("EXACT", "T00001", "VEHICLE_TIME")]
    assert [line.bucket for line in lines_of(month, again) if line.row_no] == ["ONLY_VENDOR"]
    assert "T00001" not in {line.ref for line in lines_of(month, again) if line.bucket == "ONLY_US"}


def test_a_bill_over_three_months_is_compared_with_each(month: Month, send: Send) -> None:
    done = send(
        ("Trip ID", "Trip Date", "Amount"), ("T00005", "28-09-2026", 300), ("T00001", "05-10-2026", 300),
        ("T00006", "02-11-2026", 330),
    )  # fmt: skip
    assert done.view is not None
    assert (done.view.bill.first_day, done.view.bill.last_day) == (date(2026, 9, 28), date(2026, 11, 2))
    assert met(month, done) == [("EXACT", "T00005", "ID"), ("EXACT", "T00001", "ID"), ("OVER", "T00006", "ID")]


def test_rows_of_another_client_are_told_apart(month: Month, send: Send) -> None:
    us = month.pair.client.name
    header = ("Trip ID", "Client Name", "Amount")
    done = send(header, ("T00001", us.upper(), 300), ("T00002", "Zephyr Insurance Ltd", 300), ("T00003", us, 300))
    assert met(month, done) == [("EXACT", "T00001", "ID"), ("ONLY_VENDOR", "T00002", None), ("EXACT", "T00003", "ID")]
    line = next(line for line in lines_of(month, done) if line.bucket == "ONLY_VENDOR")
    assert (line.cause, line.cause_text) == ("OTHER_CLIENT", "The row names Zephyr Insurance Ltd, not us")
    assert done.view is not None
    compare_again(month.session, str(done.view.bill.id))
    assert next(x for x in lines_of(month, done) if x.bucket == "ONLY_VENDOR").cause == "OTHER_CLIENT"
    spelt = send(header, ("T00004", "Another Spelling", 300), name="spelt.csv")
    assert met(month, spelt) == [("EXACT", "T00004", "ID")]


def test_packages_of_days_stand_beside_all_trips_of_the_cab(month: Month, send: Send) -> None:
    header = ("Cab No", "Date", "Package", "Amount")
    done = send(
        header, ("KA01AB0001", "05-10-2026", "8 hrs 80 km", 650), ("KA01AB0002", "06-10-2026", "8 hrs 80 km", 300)
    )
    assert met(month, done) == [
        ("OVER", "2 trips T00001, T00002", "VEHICLE_DAY"), ("EXACT", "T00003", "VEHICLE_DAY"),
    ]  # fmt: skip
    package = lines_of(month, done)[0]
    assert (package.ours, package.our_tax, package.pay) == (600_00, 30_00, 600_00)
    assert {line.ref for line in lines_of(month, done) if line.bucket == "ONLY_US"} == {"T00004"}
    later = send(("Trip ID", "Amount"), ("T00002", 300), name="later.csv", number="L1")
    assert [(x.bucket, x.cause) for x in lines_of(month, later) if x.row_no] == [("ONLY_VENDOR", "BILLED_BEFORE")]


def test_negative_rows_are_taken_as_the_vendor_gives_them(month: Month, send: Send) -> None:
    done = send(("Trip ID", "Particulars", "Amount"), ("T00001", "", 300), ("", "Less: early payment discount", -45.5))
    assert [(line.bucket, line.theirs) for line in lines_of(month, done) if line.row_no] == [
        ("EXACT", 300_00), ("ONLY_VENDOR", -45_50),
    ]  # fmt: skip
    assert done.view is not None
    payable = read_payout(month.session, str(done.view.bill.id)).payable
    assert (payable.amount, payable.withheld) == (254_50, 0)


def test_amounts_with_gst_in_them_are_parted_when_it_is_said(month: Month, send: Send) -> None:
    done = send(("Trip ID", "Amount"), ("T00001", 315), ("T00002", 315.01), with_tax=True)
    assert done.view is not None
    assert (done.view.bill.amount, done.view.bill.tax) == (600_01, 30_00)
    assert [bucket for bucket, _, _ in met(month, done)] == ["EXACT", "TOLERANCE"]


def test_one_trip_never_answers_two_rows(month: Month, send: Send) -> None:
    header = ("Trip ID", "Vehicle No", "Start Time", "Amount")
    done = send(header, ("T00001", "", "", 300), ("", "KA01AB0001", "05-10-2026 09:00", 300), ("T00001", "", "", 300))
    assert met(month, done) == [
        ("EXACT", "T00001", "ID"), ("ONLY_VENDOR", "row 3", None), ("ONLY_VENDOR", "T00001", None),
    ]  # fmt: skip


def test_the_saved_mapping_gives_way_to_another_layout(month: Month, send: Send) -> None:
    with pytest.raises(RefusedError):
        send(("Kagaz", "Paisa"), ("T00001", 300))
    assert send(("Kagaz", "Paisa"), ("T00001", 300), mapping={"trip_id": "Kagaz", "amount": "Paisa"}).written
    assert send(("Trip ID", "Amount"), ("T00002", 300), name="usual.csv").written
