"""The charge summary: what each charge came to, by code, by contract version and by trip status."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.exchange.book.annexure import status_words
from billing.exchange.book.cells import align, kilometre_format, put_footer, put_money, put_number, put_text
from billing.invoicing.tax import percent_text
from billing.money import half_up
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import ChargeLevel, InvoiceDocument

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SHARE = "0.0%"


def fill_charges_sheet(sheet: Worksheet, document: InvoiceDocument, annexure: Annexure) -> None:
    """Write the summary; every figure is a number, its sums are those of the invoice."""
    put_text(sheet, "A1", "Charge summary", "mis_section")
    sheet.row_dimensions[1].height = 22
    heading = f"{document.supplier.name} for {document.recipient.name}, {document.period_from:%B %Y}"
    put_text(sheet, "A2", heading, "mis_note")
    align(sheet["A2"], wrap_text=False)
    row = _by_code(sheet, document, 4)
    row = _by_version(sheet, document, annexure, row + 2)
    row = _by_status(sheet, annexure, row + 2)
    _per_unit(sheet, document, annexure, row + 2)
    sheet.freeze_panes = "A5"
    put_footer(sheet, f"Charge summary {document.number or 'draft'}")


def _header(sheet: Worksheet, row: int, labels: list[str], first_right: int) -> None:
    for index, label in enumerate(labels):
        style = "mis_head_right" if index >= first_right else "mis_head"
        put_text(sheet, f"{'ABCDEFG'[index]}{row}", label, style)
    sheet.row_dimensions[row].height = 20


def _by_code(sheet: Worksheet, document: InvoiceDocument, row: int) -> int:
    _header(sheet, row, ["Charge", "Charged for", "SAC", "Tax %", "Trips", "Amount ₹", "Share"], 3)
    total = sum(line.amount for line in document.draft.lines)
    for line in document.draft.lines:
        row += 1
        is_trip = line.level is ChargeLevel.TRIP
        put_text(sheet, f"A{row}", line.description, "mis_cell")
        put_text(sheet, f"B{row}", "each trip" if is_trip else "the month", "mis_cell_plain")
        put_text(sheet, f"C{row}", line.sac, "mis_cell_plain")
        rate = percent_text(line.percent_milli) if line.is_taxable else "untaxed"
        put_text(sheet, f"D{row}", rate, "mis_cell_right")
        if is_trip:
            put_number(sheet, f"E{row}", line.count, "mis_cell_number")
        else:
            put_text(sheet, f"E{row}", "", "mis_cell_plain")
        put_money(sheet, f"F{row}", line.amount, "mis_cell_minus" if line.amount < 0 else "mis_cell_money")
        share = _ratio(line.amount, total)
        put_number(sheet, f"G{row}", share, "mis_cell_number", SHARE)
    row += 1
    for column in "ABCDEG":
        sheet[f"{column}{row}"].style = "mis_sum_label"
    put_text(sheet, f"A{row}", "All charges before tax", "mis_sum_label")
    put_money(sheet, f"F{row}", total, "mis_sum")
    return row


def _by_version(sheet: Worksheet, document: InvoiceDocument, annexure: Annexure, row: int) -> int:
    _header(sheet, row, ["Contract version", "From", "", "", "Trips", "Trip charges ₹", "Km"], 4)
    names = {version.number: version for version in document.versions}
    for number in sorted({int(value) for value in annexure.versions.tolist() if value} | set(names)):
        row += 1
        chosen = annexure.versions == number
        version = names.get(number)
        label = f"Version {number}" + (f", {model_name(version.billing_model)}" if version else "")
        put_text(sheet, f"A{row}", label, "mis_cell")
        put_text(sheet, f"B{row}", f"{version.valid_from:%d-%m-%Y}" if version else "", "mis_cell_plain")
        for column in "CD":
            sheet[f"{column}{row}"].style = "mis_cell_plain"
        put_number(sheet, f"E{row}", int(chosen.sum()), "mis_cell_number")
        amount = int(annexure.taxable[chosen].sum()) + int(annexure.non_taxable[chosen].sum())
        put_money(sheet, f"F{row}", amount, "mis_cell_money")
        metres = int(annexure.distances[chosen].sum())
        put_number(sheet, f"G{row}", Decimal(metres).scaleb(-3), "mis_cell_number", kilometre_format([metres]))
    return row


def _by_status(sheet: Worksheet, annexure: Annexure, row: int) -> int:
    _header(sheet, row, ["Trips by status", "", "", "", "Trips"], 4)
    for status, count in sorted(Counter(annexure.statuses).items()):
        row += 1
        put_text(sheet, f"A{row}", status_words(status), "mis_cell")
        for column in "BCD":
            sheet[f"{column}{row}"].style = "mis_cell_plain"
        put_number(sheet, f"E{row}", count, "mis_cell_number")
    return row


def _per_unit(sheet: Worksheet, document: InvoiceDocument, annexure: Annexure, row: int) -> int:
    totals = document.draft.totals
    before_tax = totals.taxable + totals.non_taxable
    metres = int(annexure.distances.sum())
    facts = [
        ("Cost of a trip before tax", before_tax, len(annexure)),
        ("Cost of a kilometre before tax", before_tax * 1000, metres),
    ]
    _header(sheet, row, ["On average", "", "", "", "", "₹"], 5)
    for label, amount, divisor in facts:
        if divisor:
            row += 1
            put_text(sheet, f"A{row}", label, "mis_cell")
            for column in "BCDE":
                sheet[f"{column}{row}"].style = "mis_cell_plain"
            put_money(sheet, f"F{row}", half_up(amount, divisor), "mis_cell_money")
    if totals.incentive:
        row += 2
        put_text(sheet, f"A{row}", "Employee incentives of the month (own statement, not on the invoice)", "mis_text")
        put_money(sheet, f"F{row}", totals.incentive)
    return row


def model_name(model: str) -> str:
    """`FIXED_PACKAGE` as people say it."""
    return {"HYBRID": "hybrid", "PER_TRIP": "per trip", "FIXED_PACKAGE": "fixed package"}.get(
        model, model.replace("_", " ").lower()
    )


def _ratio(part: int, whole: int) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001")) if whole else Decimal(0)
