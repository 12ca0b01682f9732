"""The document itself: the first sheet, with every field of GST.md section 3, from the same content as the PDF."""

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
from billing.exchange.book.pictures import put_picture
from billing.exchange.paper.content import Figure, Printed, PrintedLine, PrintedParty, TaxRow, content_of
from billing.exchange.paper.html import QR_SIZE, logo_size
from billing.money import format_inr
from billing.schemas.invoices import InvoiceDocument

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LAST_COLUMN = "H"
_LINE_HEIGHT = 13.5
_ONE_PAGE = 14
"""So many charges and what stands around them are printed on one page."""

_PIXELS_A_POINT = 96 / 72
_WIDE, _LEFT_WIDE, _FACT_WIDE = 104, 62, 27
"""Characters that fit into the whole width, the left part and a fact, at 10 points."""

_NAME_WIDE = 40
"""Characters of a name at 14 points."""


def fill_invoice_sheet(sheet: Worksheet, document: InvoiceDocument, trip_count: int) -> dict[str, str]:
    """Write the document; gives the places of its figures, for the sheet that checks them."""
    content = content_of(document, trip_count)
    row = _letterhead(sheet, document, content, 1)
    row = _head(sheet, content, row)
    row = _facts(sheet, document, content, row)
    row = _warnings(sheet, content, row)
    places, row = _lines(sheet, content, row)
    sheet.row_dimensions[row].height = 9
    more, row = _totals(sheet, content, row + 1)
    row = _foot(sheet, content, row + 1)
    last = _registration(sheet, content, row + 1)
    _widen(sheet, content)
    if len(content.lines) <= _ONE_PAGE:
        sheet.page_setup.fitToHeight = 1  # a few notes alone on a second page help nobody
    sheet.print_area = f"A1:{LAST_COLUMN}{last}"  # text that runs over a cell's edge would else shrink the page
    put_footer(sheet, f"{document.title} {document.number or 'draft'}")
    return places | more


def _widen(sheet: Worksheet, content: Printed) -> None:
    """Room for the largest figures: a spreadsheet shows ### in a column that is too narrow."""
    total = 1.3 * len(f"₹ {format_inr(content.total.amount)}")
    amounts = [figure.amount for figure in (*content.figures, *content.memo)] + [line.amount for line in content.lines]
    wanted = {LAST_COLUMN: [total, *(_room(amount) for amount in amounts)]}
    wanted["C"] = [_room(tax.taxable) for tax in content.tax_rows]
    for column, place in (("D", 0), ("E", 1)):
        wanted[column] = [_room(tax.taxes[place][2]) for tax in content.tax_rows if place < len(tax.taxes)]
    for column, widths in wanted.items():
        dimension = sheet.column_dimensions[column]
        dimension.width = max([dimension.width, *widths])


def _room(amount: int) -> float:
    return 1.05 * len(format_inr(amount)) + 1


def _merge(sheet: Worksheet, row: int, *spans: str) -> None:
    for span in spans:
        first, last = span.split(":")
        sheet.merge_cells(f"{first}{row}:{last}{row}")


def _letterhead(sheet: Worksheet, document: InvoiceDocument, content: Printed, row: int) -> int:
    head = document.letterhead
    if head is None or not (head.image or head.headline):
        return row
    _merge(sheet, row, "A:D", "E:H")
    if head.image:
        width, height = logo_size(head)
        put_picture(sheet, f"A{row}", head.image, head.kind, width, height)
        sheet.row_dimensions[row].height = height / _PIXELS_A_POINT + 6
    cell = put_text(sheet, f"E{row}", content.headline, "mis_aside")
    align(cell, vertical="top", wrap_text=True)
    return row + 1


def _head(sheet: Worksheet, content: Printed, row: int) -> int:
    """The supplier on the left, what the document is on the right."""
    registration = [*content.supplier.registration, ""][:2]
    left = [content.supplier.name, "\n".join(content.supplier.address), *registration]
    right = [(content.title, "mis_title"), (content.subtitle or content.copy, "mis_aside")]
    right += [(content.copy if content.subtitle else "", "mis_aside"), (content.state, "mis_warning")]
    styles = ("mis_party", "mis_address", "mis_text", "mis_text")
    for offset, (text, style) in enumerate(zip(left, styles, strict=True)):
        place = row + offset
        _merge(sheet, place, "A:E", "F:H")
        align(put_text(sheet, f"A{place}", text, style), wrap_text=True)
        words, kind = right[offset]
        align(put_text(sheet, f"F{place}", words, kind), vertical="top")
        sheet.row_dimensions[place].height = (
            _height(text, _LEFT_WIDE) if offset else 9 + 1.4 * _height(text, _NAME_WIDE)
        )
    row += len(left)
    for column in "ABCDEFGH":
        sheet[f"{column}{row}"].style = "mis_rule"
    sheet.row_dimensions[row].height = 6
    return row + 1


def _party_lines(party: PrintedParty) -> list[tuple[str, str]]:
    rest = [*party.address, *party.registration]
    return [(party.heading, "mis_label"), (party.name, "mis_strong"), *((text, "mis_text") for text in rest)]


def _facts(sheet: Worksheet, document: InvoiceDocument, content: Printed, first: int) -> int:
    """The buyer on the left, the document's facts on the right, in pairs of label and value."""
    left = _party_lines(content.recipient)
    rows = max(len(left), 2 * -(-len(content.facts) // 2))
    for row in range(first, first + rows):
        _merge(sheet, row, "A:D", "E:F", "G:H")
        sheet.row_dimensions[row].height = 16
    for offset, (text, style) in enumerate(left):
        cell = put_text(sheet, f"A{first + offset}", text, style)
        align(cell, wrap_text=True, vertical="top" if style != "mis_label" else "bottom")
        if len(text) > _LEFT_WIDE - 12:
            sheet.row_dimensions[first + offset].height = _height(text, _LEFT_WIDE - 12)
    for place, (name, value) in enumerate(content.facts):
        row, column = first + 2 * (place // 2), "EG"[place % 2]
        put_text(sheet, f"{column}{row}", name, "mis_label")
        cell = put_text(sheet, f"{column}{row + 1}", value, "mis_strong" if place < 2 else "mis_text")
        align(cell, wrap_text=True, vertical="top")
        wanted = _height(value, _FACT_WIDE)
        sheet.row_dimensions[row + 1].height = max(sheet.row_dimensions[row + 1].height, wanted)
    if document.number:
        put_date(sheet, f"G{first + 1}", document.invoice_date, "mis_strong").number_format = DATE
        align(sheet[f"G{first + 1}"], horizontal="left", vertical="top")
    sheet.row_dimensions[first + rows].height = 8
    return first + rows + 1


def _warnings(sheet: Worksheet, content: Printed, row: int) -> int:
    for text in content.warnings:
        _merge(sheet, row, "A:H")
        align(put_text(sheet, f"A{row}", text, "mis_warning"), horizontal="left")
        sheet.row_dimensions[row].height = 18
        row += 1
    return row


def _lines(sheet: Worksheet, content: Printed, header: int) -> tuple[dict[str, str], int]:
    """The charges under their head, which is repeated on every printed page."""
    _merge(sheet, header, "B:D")
    for column, label in (("A", "#"), ("B", "Description of service"), ("E", "SAC")):
        put_text(sheet, f"{column}{header}", label, "mis_head")
    for column in "CD":
        sheet[f"{column}{header}"].style = "mis_head"
    for column, label in (("F", "Quantity"), ("G", "Tax %"), ("H", "Amount ₹")):
        put_text(sheet, f"{column}{header}", label, "mis_head_right")
    sheet.row_dimensions[header].height = 20
    sheet.print_title_rows = f"{header}:{header}"
    places = {}
    for line in content.lines:
        row = header + line.position
        _line(sheet, row, line)
        places[f"line:{line.position}"] = f"{LAST_COLUMN}{row}"
    if not content.lines:
        put_text(sheet, f"B{header + 1}", "Nothing was charged in this period", "mis_cell")
    return places, header + max(len(content.lines), 1) + 1


def _line(sheet: Worksheet, row: int, line: PrintedLine) -> None:
    _merge(sheet, row, "B:D")
    put_number(sheet, f"A{row}", line.position, "mis_cell_plain")
    align(sheet[f"A{row}"], horizontal="left")
    put_text(sheet, f"B{row}", line.description, "mis_cell")
    for column in "CD":
        sheet[f"{column}{row}"].style = "mis_cell"
    put_text(sheet, f"E{row}", line.sac, "mis_cell_plain")
    if line.quantity is None:
        put_text(sheet, f"F{row}", "", "mis_cell_right")
    else:
        put_number(sheet, f"F{row}", line.quantity, "mis_cell_number", count_of(line.unit))
    put_text(sheet, f"G{row}", line.percent or "–", "mis_cell_right")
    put_money(sheet, f"H{row}", line.amount, "mis_cell_minus" if line.amount < 0 else "mis_cell_money")
    sheet.row_dimensions[row].height = 18


def _totals(sheet: Worksheet, content: Printed, first: int) -> tuple[dict[str, str], int]:
    """The figures on the right, the tax by SAC and rate on the left."""
    row, places = first, {}
    for figure in content.figures:
        _figure(sheet, row, figure, "mis_minus" if figure.amount < 0 else "mis_money")
        places[figure.key] = f"{LAST_COLUMN}{row}"
        row += 1
    _merge(sheet, row, "F:G")
    put_text(sheet, f"F{row}", content.total.label, "mis_grand_label")
    sheet[f"G{row}"].style = "mis_grand_label"
    amount = content.total.amount
    put_money(sheet, f"H{row}", amount, "mis_grand").number_format = with_rupee_sign(money_format(amount))
    sheet.row_dimensions[row].height = 22
    places["total"] = f"{LAST_COLUMN}{row}"
    for figure in content.memo:
        row += 1
        _figure(sheet, row, figure, "mis_money")
    return places, max(row, _tax_table(sheet, content, first)) + 1


def _figure(sheet: Worksheet, row: int, figure: Figure, style: str) -> None:
    _merge(sheet, row, "F:G")
    put_text(sheet, f"F{row}", figure.label, "mis_total_label")
    put_money(sheet, f"H{row}", figure.amount, style)
    sheet.row_dimensions[row].height = 16


def _tax_table(sheet: Worksheet, content: Printed, row: int) -> int:
    """The tax by SAC and rate; none on a document without tax. Gives the last row."""
    if not content.tax_names:
        return row
    _merge(sheet, row, "A:B")
    put_text(sheet, f"A{row}", "SAC and rate", "mis_head")
    sheet[f"B{row}"].style = "mis_head"
    put_text(sheet, f"C{row}", "Taxable ₹", "mis_head_right")
    for column, place in (("D", 0), ("E", 1)):
        name = content.tax_names[place] if place < len(content.tax_names) else ""
        put_text(sheet, f"{column}{row}", f"{name} ₹" if name else "", "mis_head_right")
    for tax in content.tax_rows:
        row += 1
        _tax_row(sheet, row, tax)
    return row


def _tax_row(sheet: Worksheet, row: int, tax: TaxRow) -> None:
    _merge(sheet, row, "A:B")
    rates = " + ".join(f"{name} {percent} %" for name, percent, _ in tax.taxes)
    align(put_text(sheet, f"A{row}", f"{tax.sac}, {rates}", "mis_cell_plain"), shrink_to_fit=True)
    sheet[f"B{row}"].style = "mis_cell_plain"
    put_money(sheet, f"C{row}", tax.taxable, "mis_cell_money")
    for column, place in (("D", 0), ("E", 1)):
        if place < len(tax.taxes):
            put_money(sheet, f"{column}{row}", tax.taxes[place][2], "mis_cell_money")
        else:
            sheet[f"{column}{row}"].style = "mis_cell_plain"


def _foot(sheet: Worksheet, content: Printed, row: int) -> int:
    """Amount in words, bank, declarations on the left; who issues it on the right."""
    _merge(sheet, row, "A:H")
    put_text(sheet, f"A{row}", "Amount in words", "mis_label")
    _merge(sheet, row + 1, "A:H")
    put_text(sheet, f"A{row + 1}", content.words, "mis_words")
    sheet.row_dimensions[row + 1].height = _height(content.words, _WIDE - 12)
    row += 3
    sheet.merge_cells(f"F{row}:H{row + 3}")
    align(put_text(sheet, f"F{row}", "\n".join(content.signature), "mis_aside"), wrap_text=True, vertical="top")
    bank = (f"Bank: {content.bank}",) if content.bank else ()
    notes = [*bank, *content.declarations, *([content.footer] if content.footer else [])]
    notes.append("The sheet How computed adds every figure up again.")
    notes += [""] * (4 - len(notes))
    for text in notes:
        _merge(sheet, row, "A:E")
        put_text(sheet, f"A{row}", text, "mis_note")
        sheet.row_dimensions[row].height = _height(text, _LEFT_WIDE + 24)
        row += 1
    return row


def _registration(sheet: Worksheet, content: Printed, row: int) -> int:
    """The portal's answer with its QR code, and the entry of the audit log."""
    from billing.exchange.paper.qr import qr_png

    if content.qr:
        put_picture(sheet, f"A{row}", qr_png(content.qr), "png", QR_SIZE, QR_SIZE)
    rows = max(2 * len(content.registration), 8 if content.qr else 0)
    for offset, (name, value) in enumerate(content.registration):
        for place, text, style in ((row + 2 * offset, name, "mis_label"), (row + 2 * offset + 1, value, "mis_text")):
            _merge(sheet, place, "C:H")
            align(put_text(sheet, f"C{place}", text, style), shrink_to_fit=style == "mis_text")
    if content.anchor:
        row += rows
        _merge(sheet, row, "A:H")
        align(put_text(sheet, f"A{row}", content.anchor, "mis_label"), shrink_to_fit=True, horizontal="left")
        return row
    return row + rows


def _height(text: str, width: int) -> float:
    lines = sum(1 + len(part) // width for part in text.split("\n"))
    return _LINE_HEIGHT * max(lines, 1) + 2
