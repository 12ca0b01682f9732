"""The workbook's figures as they are shown: signs, Indian grouping, room, marks; whatever program opens it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from billing.exchange.book.cells import BELOW_ZERO, INDIAN, SIGNED, below_zero, money_format
from billing.exchange.workbook import write_invoice_workbook
from billing.schemas.annexure import Annexure, PeriodRow
from billing.schemas.invoices import ChargeSum, InvoiceDocument, InvoiceStatus
from tests.unit.invoicing.test_workbook import sample
from tests.unit.papers.documents import PERIOD, TRIP, document

CHARGES = (
    ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 3_23_45_678_90, 1),
    ChargeSum("MONTHLY_CAP", PERIOD, 18000, True, -1_23_45_678_90, 1),
    ChargeSum("ABSENCE", PERIOD, 18000, True, -2_34_567_00, 1),
    ChargeSum("CARPOOL_DISCOUNT", TRIP, 18000, True, -6_999_93, 2),
)


def with_deductions() -> tuple[InvoiceDocument, Annexure]:
    """Two trips that cost less than nothing, deductions of every size, a round-off below zero."""
    made = document(CHARGES)
    _, rows = sample(2)
    discount = np.array([-3_499_96, -3_499_97], dtype=np.int64)
    fees = [line for line in made.draft.lines if line.level is PERIOD]
    taxes = [round(line.amount * 18 / 100) for line in fees]
    trips = made.draft.totals.tax - sum(taxes)
    rows = replace(
        rows,
        charges={("CARPOOL_DISCOUNT", True): discount},
        taxable=discount,
        non_taxable=np.zeros(2, dtype=np.int64),
        tax=np.array([trips // 2, trips - trips // 2], dtype=np.int64),
        period_rows=tuple(
            PeriodRow(line.code, line.description, 1, "", 18000, line.amount, tax, "HYBRID")
            for line, tax in zip(fees, taxes, strict=True)
        ),
        round_off=made.draft.totals.round_off,
    )
    return made, rows


def book_of(tmp_path: Path, made: InvoiceDocument, rows: Annexure) -> Any:
    return load_workbook(write_invoice_workbook(tmp_path / "a.xlsx", made, rows))


def test_amounts_below_zero_keep_their_sign_in_every_program(tmp_path: Path) -> None:
    """A format with conditions drops the sign in one program and doubles it in another: each size has its own."""
    made, rows = with_deductions()
    assert rows.round_off < 0
    sheet = book_of(tmp_path, made, rows)["Trips"]
    seen = set()
    for row in sheet.iter_rows(min_row=5):
        for cell in row:
            if isinstance(cell.value, int | float) and cell.value < 0:
                assert cell.number_format == money_format(round(Decimal(str(cell.value)) * 100)), cell.coordinate
                assert ">=" not in cell.number_format
                seen.add(cell.number_format)
    assert seen == set(BELOW_ZERO)
    assert sheet.max_column == len([cell for cell in sheet[4] if cell.value])
    total = next(cell for cell in sheet[4] if cell.value == "Total ₹").column
    last = sheet.cell(sheet.max_row, total)
    assert (last.value, last.number_format) == (rows.round_off / 100, SIGNED)


def test_live_sums_over_deductions_group_by_their_size(tmp_path: Path) -> None:
    made, rows = with_deductions()
    sheet = book_of(tmp_path, made, rows)["Trips"]
    live = {str(area.sqref) for area in sheet.conditional_formatting}
    signed = {cell.coordinate for cell in sheet[3] if cell.number_format == SIGNED}
    assert live == signed
    heads = {sheet.cell(4, sheet[place].column).value for place in signed}
    assert heads == {"Carpool discount", "Period charge", "Taxable ₹", "Tax ₹", "Total ₹"}
    _, plain = sample(3)
    for cell in book_of(tmp_path, *sample(3))["Trips"][3]:
        if "Untaxed" in str(cell.value):
            assert cell.number_format == INDIAN
    assert len(plain) == 3


@pytest.mark.parametrize(
    ("text", "size"),
    [("-0.01", 0), ("-99999.99", 0), ("-100000.00", 1), ("-9999999.99", 1), ("-10000000.00", 2), ("-1234567890.12", 2)],
)
def test_sizes_of_amounts_below_zero(text: str, size: int) -> None:
    assert below_zero(text) == size
    assert money_format(round(Decimal(text) * 100)) == BELOW_ZERO[size]


def test_columns_have_room_for_the_largest_figure(tmp_path: Path) -> None:
    large = document((ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 9_99_99_99_999_99, 1),))
    _, rows = sample(0)
    wide = book_of(tmp_path, large, replace(rows, period_rows=(), round_off=0))["Invoice"].column_dimensions
    usual = book_of(tmp_path, document(), replace(rows, period_rows=(), round_off=0))["Invoice"].column_dimensions
    assert wide["H"].width >= 1.25 * len("₹ 11,79,99,99,999.00") > usual["H"].width
    assert wide["C"].width > len("9,99,99,99,999.99")


@pytest.mark.parametrize(("status", "word"), [(InvoiceStatus.DRAFT, "DRAFT"), (InvoiceStatus.VOID, "VOID")])
def test_every_printed_sheet_of_what_is_not_in_force_is_marked(
    tmp_path: Path, status: InvoiceStatus, word: str
) -> None:
    made, rows = sample(3)
    for sheet in book_of(tmp_path, replace(made, status=status), rows):
        assert sheet.oddHeader.center.text == word
    for sheet in book_of(tmp_path, made, rows):
        assert not sheet.oddHeader.center.text


def test_sheets_are_ready_to_print(tmp_path: Path) -> None:
    """A4, one page wide, head repeated, number of the page; what stands still on screen stands still."""
    for sheet in book_of(tmp_path, *sample(30)):
        pages_high = 1 if sheet.title == "Invoice" else 0  # a short document is one page, everything else may go on
        setup = sheet.page_setup
        assert (setup.paperSize, setup.fitToWidth, setup.fitToHeight) == (9, 1, pages_high)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.orientation == ("landscape" if sheet.title == "Trips" else "portrait")
        footer = sheet.oddFooter
        assert "SLC/26-27/00118" in footer.left.text
        assert footer.right.text == "Page &P of &N"
        if sheet.title in ("Invoice", "Trips"):
            assert sheet.print_title_rows
        if sheet.title != "Invoice":
            assert sheet.freeze_panes


def test_states_of_trips_are_words(tmp_path: Path) -> None:
    made, rows = sample(3)
    rows = replace(rows, statuses=["COMPLETED", "NO_SHOW", "CANCELLED"])
    sheet = book_of(tmp_path, made, rows)["Trips"]
    assert [sheet[f"E{row}"].value for row in range(5, 9)] == ["Completed", "No show", "Cancelled", "Month"]


def test_parties_without_registration_are_a_workbook_too(tmp_path: Path) -> None:
    made, rows = sample(3)
    bare: dict[str, Any] = {"gstin": None, "pan": None, "state_code": None}
    made = replace(made, supplier=replace(made.supplier, **bare), recipient=replace(made.recipient, **bare))
    texts = {cell.value for row in book_of(tmp_path, made, rows)["Invoice"] for cell in row}
    assert "GSTIN not recorded" in texts


def test_untaxed_lines_of_a_note_are_untaxed_rows(tmp_path: Path) -> None:
    """A note against lines has its lines for rows: what was passed on at cost is no taxable value there either."""
    lines = (
        ChargeSum("DISTANCE", PERIOD, 18000, True, 1_000_00, 3),
        ChargeSum("TOLL", PERIOD, 0, False, 65_00, 1),
    )
    made = document(lines, doc_type="CREDIT_NOTE", title="Credit note", corrects_type="INVOICE", rupee=False)
    _, rows = sample(0)
    rows = replace(
        rows,
        charges={},
        period_rows=tuple(
            PeriodRow(line.code, line.description, 0, "", line.percent_milli, line.amount,
                      made.draft.totals.tax if line.is_taxable else 0, "", line.is_taxable)
            for line in made.draft.lines
        ),
        round_off=0,
    )  # fmt: skip
    book = book_of(tmp_path, made, rows)
    sheet = book["Trips"]
    heads = {cell.value: cell.column for cell in sheet[4]}
    found = {
        sheet.cell(row, heads["Trip"]).value: [
            sheet.cell(row, heads[name]).value for name in ("Taxable ₹", "Untaxed ₹")
        ]
        for row in (5, 6)
    }
    assert sorted(found.values(), key=str) == [[1000, None], [None, 65]]
    results = load_workbook(tmp_path / "a.xlsx", data_only=True)["Trips"]
    sums = [results.cell(3, heads[name]).value for name in ("Taxable ₹", "Untaxed ₹", "Total ₹")]
    assert sums == [1000, 65, made.draft.totals.total / 100]
