"""The tax invoice itself: the first sheet, with every field of GST.md section 3 on one printed page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.exchange.book.cells import (
    DATE,
    align,
    count_of,
    money_format,
    put_date,
    put_footer,
    put_money,
    put_number,
    put_text,
    with_rupee_sign,
)
from billing.invoicing.states import UNION_TERRITORIES, state_label
from billing.invoicing.tax import half_percent_text, percent_text
from billing.schemas.invoices import (
    ChargeLevel,
    InvoiceDocument,
    InvoiceLine,
    InvoiceStatus,
    PartyPrint,
    TaxKind,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FIRST_LINE_ROW = 13
LAST_COLUMN = "H"
_CHARACTERS_OF_ADDRESS = 62
_LINE_HEIGHT = 13.5


def fill_invoice_sheet(sheet: Worksheet, document: InvoiceDocument, trip_count: int) -> dict[str, str]:
    """Write the invoice; gives the places of its figures, for the sheet that checks them."""
    _head(sheet, document)
    _facts(sheet, document)
    row = _lines(sheet, document)
    sheet.row_dimensions[row + 1].height = 9
    places, row = _totals(sheet, document, row + 2)
    _foot(sheet, document, row + 1, trip_count)
    put_footer(sheet, _footer_text(document))
    sheet.print_title_rows = f"{FIRST_LINE_ROW - 1}:{FIRST_LINE_ROW - 1}"
    return places


def _head(sheet: Worksheet, document: InvoiceDocument) -> None:
    supplier = document.supplier
    for row in (1, 2, 3):
        sheet.merge_cells(f"A{row}:E{row}")
        sheet.merge_cells(f"F{row}:H{row}")
    put_text(sheet, "A1", supplier.name, "mis_party")
    put_text(sheet, "A2", supplier.address, "mis_address")
    put_text(sheet, "A3", registration_text(supplier), "mis_text")
    put_text(sheet, "F1", document.title, "mis_title")
    put_text(sheet, "F2", "Original for recipient", "mis_aside")
    align(sheet["F2"], vertical="top")
    state = {
        InvoiceStatus.DRAFT: "Draft, not yet issued",
        InvoiceStatus.APPROVED: "Approved, not yet issued",
        InvoiceStatus.VOID: "VOID",
    }.get(document.status, "")
    put_text(sheet, "F3", state, "mis_warning")
    sheet.row_dimensions[1].height = 27
    sheet.row_dimensions[2].height = _height(supplier.address)
    sheet.row_dimensions[3].height = 16
    for column in "ABCDEFGH":
        sheet[f"{column}4"].style = "mis_rule"
    sheet.row_dimensions[4].height = 6


def _facts(sheet: Worksheet, document: InvoiceDocument) -> None:
    """The buyer on the left, the document's facts on the right, in rows of equal height."""
    for row in range(5, 11):
        for first, last in (("A", "D"), ("E", "F"), ("G", "H")):
            sheet.merge_cells(f"{first}{row}:{last}{row}")
        sheet.row_dimensions[row].height = 17 if row % 2 else 15
    buyer = document.recipient
    street, _, rest = buyer.address.partition("\n")
    state = f"State {state_label(buyer.state_code)}" if buyer.state_code else "State not recorded"
    left = (buyer.name, street, rest.replace("\n", ", "), registration_text(buyer), state)
    put_text(sheet, "A5", "Billed to", "mis_label")
    for row, text in enumerate(left, start=6):
        put_text(sheet, f"A{row}", text, "mis_strong" if row == 6 else "mis_text")
    for column, row, label, value in _fact_values(document):
        put_text(sheet, f"{column}{row}", label, "mis_label")
        cell = put_text(sheet, f"{column}{row + 1}", value, "mis_strong" if row == 5 else "mis_text")
        align(cell, shrink_to_fit=True)
    if document.number:
        put_date(sheet, "G6", document.invoice_date, "mis_strong").number_format = DATE
        align(sheet["G6"], horizontal="left")
    sheet.row_dimensions[5].height = 20
    sheet.row_dimensions[11].height = 10


def _fact_values(document: InvoiceDocument) -> tuple[tuple[str, int, str, str], ...]:
    place = state_label(document.draft.nature.place_of_supply) or "not recorded"
    return (
        ("E", 5, "Invoice number", document.number or "given when issued"),
        ("G", 5, "Invoice date", "given when issued"),
        ("E", 7, "Billing period", f"{document.period_from:%d-%m-%Y} to {document.period_to:%d-%m-%Y}"),
        ("G", 7, "Place of supply", place),
        ("E", 9, "Contract", document.contract_name),
        ("G", 9, "Reverse charge", "Yes" if document.draft.reverse_charge else "No"),
    )


def _lines(sheet: Worksheet, document: InvoiceDocument) -> int:
    header = FIRST_LINE_ROW - 1
    sheet.merge_cells(f"B{header}:D{header}")
    for column, label in (("A", "#"), ("B", "Description of service"), ("E", "SAC")):
        put_text(sheet, f"{column}{header}", label, "mis_head")
    for column in "CD":
        sheet[f"{column}{header}"].style = "mis_head"
    for column, label in (("F", "Quantity"), ("G", "Tax %"), ("H", "Amount ₹")):
        put_text(sheet, f"{column}{header}", label, "mis_head_right")
    sheet.row_dimensions[header].height = 20
    for line in document.draft.lines:
        _line(sheet, FIRST_LINE_ROW + line.position - 1, line)
    if not document.draft.lines:
        put_text(sheet, f"B{FIRST_LINE_ROW}", "Nothing was charged in this period", "mis_cell")
        return FIRST_LINE_ROW
    return FIRST_LINE_ROW + len(document.draft.lines) - 1


def _line(sheet: Worksheet, row: int, line: InvoiceLine) -> None:
    sheet.merge_cells(f"B{row}:D{row}")
    put_number(sheet, f"A{row}", line.position, "mis_cell_plain")
    align(sheet[f"A{row}"], horizontal="left")
    put_text(sheet, f"B{row}", line.description, "mis_cell")
    for column in "CD":
        sheet[f"{column}{row}"].style = "mis_cell"
    put_text(sheet, f"E{row}", line.sac, "mis_cell_plain")
    if line.level is ChargeLevel.TRIP:
        put_number(sheet, f"F{row}", line.count, "mis_cell_number", count_of("trip" if line.count == 1 else "trips"))
    else:
        put_text(sheet, f"F{row}", "month" if line.code == "MONTHLY_FEE" else "", "mis_cell_right")
    rate = percent_text(line.percent_milli) if line.is_taxable else "–"
    put_text(sheet, f"G{row}", rate, "mis_cell_right")
    put_money(sheet, f"H{row}", line.amount, "mis_cell_minus" if line.amount < 0 else "mis_cell_money")
    sheet.row_dimensions[row].height = 18


def tax_rows(document: InvoiceDocument) -> list[tuple[str, str, int]]:
    """The tax of each rate as printed: (key of the figure, label, amount)."""
    kind = document.draft.nature.kind
    state = document.supplier.state_code or ""
    second = "UTGST" if state in UNION_TERRITORIES else "SGST"
    rows: list[tuple[str, str, int]] = []
    for group in document.draft.tax_groups:
        whole, half = percent_text(group.percent_milli), half_percent_text(group.percent_milli)
        if kind is TaxKind.CGST_SGST:
            rows.append((f"cgst:{group.percent_milli}", f"CGST {half} %", group.cgst))
            rows.append((f"sgst:{group.percent_milli}", f"{second} {half} %", group.sgst))
        else:
            name = "IGST" if kind is TaxKind.IGST else "GST"
            rows.append((f"igst:{group.percent_milli}", f"{name} {whole} %", group.tax))
    return rows


def _totals(sheet: Worksheet, document: InvoiceDocument, row: int) -> tuple[dict[str, str], int]:
    totals = document.draft.totals
    figures = [("taxable", "Taxable value", totals.taxable), *tax_rows(document)]
    if totals.non_taxable:
        figures.append(("non_taxable", "Untaxed, at cost", totals.non_taxable))
    if totals.round_off:
        figures.append(("round_off", "Round off", totals.round_off))
    first = row
    places: dict[str, str] = {}
    for key, label, amount in figures:
        sheet.merge_cells(f"F{row}:G{row}")
        put_text(sheet, f"F{row}", label, "mis_total_label")
        put_money(sheet, f"H{row}", amount, "mis_minus" if amount < 0 else "mis_money")
        places[key] = f"H{row}"
        sheet.row_dimensions[row].height = 16
        row += 1
    sheet.merge_cells(f"F{row}:G{row}")
    put_text(sheet, f"F{row}", "Total payable", "mis_grand_label")
    sheet[f"G{row}"].style = "mis_grand_label"
    put_money(sheet, f"H{row}", totals.total, "mis_grand").number_format = with_rupee_sign(money_format(totals.total))
    sheet.row_dimensions[row].height = 22
    places["total"] = f"H{row}"
    _tax_table(sheet, document, first)
    return places, max(_memo(sheet, document, row + 1), first + 1 + len(document.draft.tax_groups))


def _tax_table(sheet: Worksheet, document: InvoiceDocument, row: int) -> None:
    """Taxable value and tax per SAC and rate, beside the totals."""
    kind = document.draft.nature.kind
    names = {TaxKind.CGST_SGST: ("CGST ₹", "SGST ₹"), TaxKind.IGST: ("IGST ₹", "")}.get(kind, ("Tax ₹", ""))
    sheet.merge_cells(f"A{row}:B{row}")
    put_text(sheet, f"A{row}", "SAC and rate", "mis_head")
    sheet[f"B{row}"].style = "mis_head"
    for column, label in (("C", "Taxable ₹"), ("D", names[0]), ("E", names[1])):
        put_text(sheet, f"{column}{row}", label, "mis_head_right")
    for offset, group in enumerate(document.draft.tax_groups, start=1):
        place = row + offset
        sheet.merge_cells(f"A{place}:B{place}")
        put_text(sheet, f"A{place}", f"{document.sac}, {percent_text(group.percent_milli)} %", "mis_cell_plain")
        sheet[f"B{place}"].style = "mis_cell_plain"
        put_money(sheet, f"C{place}", group.taxable, "mis_cell_money")
        put_money(sheet, f"D{place}", group.cgst if kind is TaxKind.CGST_SGST else group.tax, "mis_cell_money")
        if kind is TaxKind.CGST_SGST:
            put_money(sheet, f"E{place}", group.sgst, "mis_cell_money")
        else:
            sheet[f"E{place}"].style = "mis_cell_plain"


def _memo(sheet: Worksheet, document: InvoiceDocument, row: int) -> int:
    """What does not change the total: reverse charge, tax withheld."""
    totals = document.draft.totals
    memo = []
    if document.draft.reverse_charge:
        memo.append(("Tax payable by recipient", totals.rcm_tax))
    if totals.tds:
        memo += [("TDS deductible", totals.tds), ("Net payable after TDS", totals.total - totals.tds)]
    for label, amount in memo:
        sheet.merge_cells(f"F{row}:G{row}")
        put_text(sheet, f"F{row}", label, "mis_total_label")
        put_money(sheet, f"H{row}", amount, "mis_money")
        row += 1
    return row


def _foot(sheet: Worksheet, document: InvoiceDocument, row: int, trip_count: int) -> None:
    from billing.money import words

    sheet.merge_cells(f"A{row}:H{row}")
    put_text(sheet, f"A{row}", "Amount in words", "mis_label")
    sheet.merge_cells(f"A{row + 1}:H{row + 1}")
    text = words(document.draft.totals.total)
    put_text(sheet, f"A{row + 1}", text, "mis_words")
    sheet.row_dimensions[row + 1].height = 16 if len(text) < 95 else 30
    row += 3
    notes = [*document.notes, _annexure_note(trip_count)]
    if document.draft.reverse_charge:
        notes.insert(0, "Tax on this supply is payable by the recipient under reverse charge.")
    for note in notes:
        sheet.merge_cells(f"A{row}:E{row}")
        put_text(sheet, f"A{row}", note, "mis_note")
        sheet.row_dimensions[row].height = _LINE_HEIGHT * (1 + len(note) // 78)
        row += 1
    _signature(sheet, document, row - len(notes))


def _signature(sheet: Worksheet, document: InvoiceDocument, row: int) -> None:
    sheet.merge_cells(f"F{row}:H{row + 3}")
    text = f"For {document.supplier.name}"
    if document.status is InvoiceStatus.ISSUED:
        text += "\nIssued electronically, valid without signature\n(Information Technology Act, 2000)"
    cell = put_text(sheet, f"F{row}", text, "mis_aside")
    align(cell, wrap_text=True, vertical="top")


def _annexure_note(trip_count: int) -> str:
    trips = f"{trip_count} trip{'' if trip_count == 1 else 's'}"
    return f"Annexure: {trips} on the sheet Trips. The sheet How computed adds every figure up again."


def registration_text(party: PartyPrint) -> str:
    """GSTIN and PAN in one line; a missing GSTIN is said, because it decides what the document is."""
    parts = [f"GSTIN {party.gstin}" if party.gstin else "GSTIN not recorded"]
    pan = party.pan or (party.gstin[2:12] if party.gstin else None)
    if pan:
        parts.append(f"PAN {pan}")
    return "   ".join(parts)


def _footer_text(document: InvoiceDocument) -> str:
    return f"{document.title} {document.number or 'draft'}"


def _height(text: str) -> float:
    lines = sum(1 + len(part) // _CHARACTERS_OF_ADDRESS for part in text.split("\n"))
    return _LINE_HEIGHT * max(lines, 1) + 2
