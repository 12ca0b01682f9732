"""The invoice workbook and the CSV report: opened again, every figure stands where it should and adds up."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from openpyxl import load_workbook

from billing.errors import UnavailableError
from billing.exchange.book import annexure as annexure_module
from billing.exchange.csv_report import report_name, safe_text, write_csv_report
from billing.exchange.files import free_name
from billing.exchange.localtime import excel_serials, iso_local
from billing.exchange.workbook import write_invoice_workbook
from billing.invoicing.draft import assemble, draft_lines, tax_groups_of, totals_of
from billing.invoicing.spread import spread_by_group
from billing.invoicing.tax import decide_nature
from billing.schemas.annexure import Annexure, PeriodRow
from billing.schemas.changes import Cancelled
from billing.schemas.invoices import (
    ChargeLevel,
    ChargeSum,
    InvoiceDocument,
    InvoiceStatus,
    PartyPrint,
    VersionPrint,
)

TRIP, PERIOD = ChargeLevel.TRIP, ChargeLevel.PERIOD
FEE = 4_500_000


def microseconds(text: str) -> int:
    return int(np.datetime64(text, "us").astype(np.int64))


def sample(count: int = 3, *, recipient_state: str = "29") -> tuple[InvoiceDocument, Annexure]:
    distance = np.array([(index * 7919) % 50_000 for index in range(count)], dtype=np.int64)
    discount = -(distance // 10)
    toll = np.array([4000 if index % 2 else 0 for index in range(count)], dtype=np.int64)
    taxable = distance + discount
    charges = [
        ChargeSum("DISTANCE", TRIP, 18000, True, int(distance.sum()), count),
        ChargeSum("CARPOOL_DISCOUNT", TRIP, 18000, True, int(discount.sum()), count),
        ChargeSum("TOLL", TRIP, 18000, False, int(toll.sum()), count),
        ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, FEE, 1),
    ]
    nature = decide_nature("29", recipient_state)
    lines = draft_lines(charges, "996601")
    groups = tax_groups_of(lines, nature)
    draft = assemble(lines, groups, totals_of(lines, groups, round_to_rupee=True), nature)
    shares = spread_by_group(
        {18000: draft.totals.tax}, np.full(count + 1, 18000), np.append(taxable, FEE).astype(np.int64)
    )
    starts = microseconds("2026-09-30T18:30:00") + np.arange(count, dtype=np.int64) * 60_000_000
    rows = Annexure(
        trip_ids=["=cmd|' /C calc'!A0", "T&2 <b>", *(f"T{index}" for index in range(3, count + 1))][:count],
        starts=starts,
        ends=starts + 1_800_000_000,
        statuses=["COMPLETED"] * count,
        vehicles=["KA51AC5107"] * count,
        riders=[""] * count,
        models=["HYBRID"] * count,
        distances=np.full(count, 12_400, dtype=np.int64),
        versions=np.full(count, 1, dtype=np.int64),
        percents=np.full(count, 18000, dtype=np.int64),
        charges={("DISTANCE", True): distance, ("CARPOOL_DISCOUNT", True): discount, ("TOLL", False): toll},
        taxable=taxable,
        tax=shares[:count],
        non_taxable=toll,
        incentive=np.zeros(count, dtype=np.int64),
        period_rows=(PeriodRow("MONTHLY_FEE", "Monthly fee", 1, "", 18000, FEE, int(shares[count]), "HYBRID"),),
        round_off=draft.totals.round_off,
    )
    document = InvoiceDocument(
        invoice_id=UUID(int=1),
        title="Tax invoice",
        status=InvoiceStatus.ISSUED,
        number="SLC/26-27/00118",
        invoice_date=date(2026, 11, 5),
        period_from=date(2026, 10, 1),
        period_to=date(2026, 10, 31),
        supplier=PartyPrint("=Sri Lakshmi Cabs", "VN001", "14, 3rd Cross\nBengaluru", "29ABKFS7712M1ZG", None, "29"),
        recipient=PartyPrint("Tessera", "CL001", "Bellandur", "29AAHCT4821K1ZY", None, recipient_state),
        contract_name="Night shift",
        sac="996601",
        draft=draft,
        time_zone="Asia/Kolkata",
        versions=(VersionPrint(1, "HYBRID", (("base_monthly_fee", "45000"),), date(2026, 4, 1), None),),
    )
    return document, rows


def total_of(sheet, heading: str) -> Decimal:  # type: ignore[no-untyped-def]
    column = next(cell.column for cell in sheet[annexure_module.HEADER_ROW] if cell.value == heading)
    cells = sheet.iter_rows(min_row=annexure_module.FIRST_ROW, min_col=column, max_col=column, values_only=True)
    return sum((Decimal(str(value)) for (value,) in cells if value is not None), Decimal(0))


def cells_of(path: Path, sheet: str, *, results: bool = False) -> dict[str, object]:
    book = load_workbook(path, data_only=results)
    return {cell.coordinate: cell.value for row in book[sheet] for cell in row if cell.value is not None}


def test_annexure_rows_add_up_to_the_invoice(tmp_path: Path) -> None:
    document, rows = sample(500)
    path = write_invoice_workbook(tmp_path / "a.xlsx", document, rows)
    sheet = load_workbook(path)["Trips"]
    totals = document.draft.totals
    assert total_of(sheet, "Total ₹") * 100 == totals.total
    assert total_of(sheet, "Taxable ₹") * 100 == totals.taxable
    assert total_of(sheet, "Tax ₹") * 100 == totals.tax
    assert total_of(sheet, "Untaxed ₹") * 100 == totals.non_taxable
    assert sheet.max_row == annexure_module.FIRST_ROW + 500 + (2 if rows.round_off else 1) - 1


def test_invoice_sheet_carries_the_legal_fields(tmp_path: Path) -> None:
    document, rows = sample()
    cells = cells_of(write_invoice_workbook(tmp_path / "a.xlsx", document, rows), "Invoice")
    texts = {str(value) for value in cells.values()}
    for wanted in (
        "Tax invoice",
        "GSTIN 29ABKFS7712M1ZG   PAN ABKFS7712M",
        "GSTIN 29AAHCT4821K1ZY   PAN AAHCT4821K",
        "SLC/26-27/00118",
        "29 Karnataka",
        "996601",
        "CGST 9 %",
        "SGST 9 %",
        "Reverse charge",
        "01-10-2026 to 31-10-2026",
    ):
        assert wanted in texts
    assert any(text.startswith("Rupees ") for text in texts)
    assert datetime(2026, 11, 5) in cells.values()


def test_inter_state_invoice_shows_igst_only(tmp_path: Path) -> None:
    document, rows = sample(recipient_state="27")
    texts = {
        str(value)
        for value in cells_of(write_invoice_workbook(tmp_path / "a.xlsx", document, rows), "Invoice").values()
    }
    assert "IGST 18 %" in texts
    assert not any("CGST" in text for text in texts)


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    document, rows = sample()
    book = load_workbook(write_invoice_workbook(tmp_path / "a.xlsx", document, rows))
    assert book["Invoice"]["A1"].data_type == "s"
    assert book["Invoice"]["A1"].value == "=Sri Lakshmi Cabs"
    trip = book["Trips"]["B5"]
    assert (trip.value, trip.data_type) == ("=cmd|' /C calc'!A0", "s")
    assert book["Trips"]["B6"].value == "T&2 <b>"


def test_times_are_local_dates_and_figures_are_numbers(tmp_path: Path) -> None:
    document, rows = sample()
    sheet = load_workbook(write_invoice_workbook(tmp_path / "a.xlsx", document, rows))["Trips"]
    assert sheet["C5"].value == datetime(2026, 10, 1)
    assert sheet["D5"].value == datetime(2026, 10, 1, 0, 30)
    assert sheet["H5"].value == 12.4
    assert sheet["C5"].number_format == "dd-mm-yyyy hh:mm"
    assert sheet.freeze_panes == "C5"


def test_every_formula_carries_its_result(tmp_path: Path) -> None:
    document, rows = sample(40)
    path = write_invoice_workbook(tmp_path / "a.xlsx", document, rows)
    for name in ("Trips", "How computed"):
        results = cells_of(path, name, results=True)
        formulas = {
            place for place, value in cells_of(path, name).items() if str(value).startswith("=") and place != "B5"
        }
        assert formulas <= set(results)
    checks = [value for value in cells_of(path, "How computed", results=True).values() if value == "agrees"]
    assert len(checks) == 4 + 3 + 2
    assert not [value for value in cells_of(path, "How computed", results=True).values() if value == "DIFFERS"]


def test_a_long_annexure_goes_on_in_a_further_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.exchange.book.annexure.ROWS_A_SHEET", 100)
    monkeypatch.setattr("billing.exchange.workbook.ROWS_A_SHEET", 100)
    document, rows = sample(205)
    book = load_workbook(write_invoice_workbook(tmp_path / "a.xlsx", document, rows))
    assert book.sheetnames == ["Invoice", "Charges", "Trips", "Trips 2", "Trips 3", "How computed"]
    trips = [book[name] for name in book.sheetnames if name.startswith("Trips")]
    assert sum(total_of(sheet, "Total ₹") for sheet in trips) * 100 == document.draft.totals.total


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    document, rows = sample()
    rows = replace(rows, trip_ids=["a\x0bb", "c\ud800", "d" * 40_000])
    sheet = load_workbook(write_invoice_workbook(tmp_path / "a.xlsx", document, rows))["Trips"]
    assert sheet["B5"].value == "a\ufffdb"
    assert len(sheet["B7"].value) == 32_767


def test_cancelling_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.write_text("old")

    def cancel(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    document, rows = sample()
    with pytest.raises(Cancelled):
        write_invoice_workbook(target, document, rows, progress=cancel)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_target_that_cannot_be_replaced_is_a_clear_message(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.mkdir()
    document, rows = sample()
    with pytest.raises(UnavailableError, match=r"a\.xlsx"):
        write_invoice_workbook(target, document, rows)
    assert list(tmp_path.iterdir()) == [target]
    assert free_name(target).name == "a (2).xlsx"


def test_a_month_without_trips_is_a_workbook_too(tmp_path: Path) -> None:
    document, rows = sample(0)
    book = load_workbook(write_invoice_workbook(tmp_path / "a.xlsx", document, rows), data_only=True)
    assert total_of(book["Trips"], "Total ₹") * 100 == document.draft.totals.total
    assert "DIFFERS" not in {cell.value for cell in book["How computed"]["E"]}
    empty = replace(rows, period_rows=(), round_off=0)
    nothing = assemble((), (), totals_of((), (), round_to_rupee=False), document.draft.nature)
    path = write_invoice_workbook(tmp_path / "b.xlsx", replace(document, draft=nothing), empty)
    assert "Nothing was charged in this period" in {str(value) for value in cells_of(path, "Invoice").values()}


def test_package_is_a_sound_zip(tmp_path: Path) -> None:
    document, rows = sample()
    with zipfile.ZipFile(write_invoice_workbook(tmp_path / "a.xlsx", document, rows)) as package:
        assert package.testzip() is None
        assert len(set(package.namelist())) == len(package.namelist())


def test_csv_report_adds_up_and_has_the_columns_of_the_design(tmp_path: Path) -> None:
    document, rows = sample(25)
    path = write_csv_report(tmp_path / "r.csv", rows, "Asia/Kolkata")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert list(lines[0]) == [
        "trip_id", "start_time", "end_time", "distance_km", "billing_model",
        "base_cost", "tax_amount", "total_cost", "employee_incentive",
    ]  # fmt: skip
    assert lines[0]["trip_id"] == "'=cmd|' /C calc'!A0"
    assert lines[0]["start_time"] == "2026-10-01T00:00:00+05:30"
    assert lines[0]["distance_km"] == "12.400"
    assert sum(Decimal(line["total_cost"]) for line in lines) * 100 == document.draft.totals.total
    assert sum(Decimal(line["tax_amount"]) for line in lines) * 100 == document.draft.totals.tax


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＋1"])
def test_formula_like_text_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text) == "'" + text
    assert safe_text("A" + text) == "A" + text


def test_report_name_is_timestamped_and_safe() -> None:
    assert report_name("CL/1", "2026-10", datetime(2026, 11, 5, 11, 2, 12)) == "CL-1-2026-10-20261105-110212.csv"


def test_local_time_follows_the_zone_over_its_change() -> None:
    instants = np.array([microseconds("2026-03-29T00:59:59"), microseconds("2026-03-29T01:00:00")], dtype=np.int64)
    assert iso_local(instants, "Europe/Berlin") == ["2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"]
    assert iso_local(instants, "America/St_Johns")[0].endswith("-02:30")
    assert excel_serials(np.array([0], dtype=np.int64), "UTC") == ["25569.0000000000"]
