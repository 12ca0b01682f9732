"""'How this was computed': the rules, and live formulas that add every figure of the invoice up again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from billing.exchange.book.annexure import FIRST_ROW, Column, place_of
from billing.exchange.book.cells import align, put_footer, put_formula, put_money, put_text
from billing.exchange.book.charges_sheet import model_name
from billing.exchange.paper.content import Figure, figures_of
from billing.invoicing.doc_types import NOTES
from billing.invoicing.tax import percent_text
from billing.schemas.invoices import ChargeLevel, InvoiceDocument, InvoiceLine, TaxKind

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

OK, WRONG = "agrees", "DIFFERS"


@dataclass(slots=True)
class Checks:
    """Where the formulas stand and what they come to, so that a reader without a calculator sees results."""

    sheets: list[tuple[str, int]]
    columns: list[Column]
    results: dict[str, int | str] = field(default_factory=dict)

    def ranges(self, key: str, charge: tuple[str, bool] | None = None) -> list[str]:
        """The range of a column on each annexure sheet."""
        name = place_of(self.columns, key, charge)
        return [f"'{sheet}'!${name}${FIRST_ROW}:${name}${FIRST_ROW + max(rows, 1) - 1}" for sheet, rows in self.sheets]

    def sum_where(
        self, key: str, criteria: Iterable[tuple[str, str]] = (), charge: tuple[str, bool] | None = None
    ) -> str:
        """A SUM or SUMIFS over all annexure sheets."""
        wanted = [(self.ranges(column), value) for column, value in criteria]
        parts = []
        for index, area in enumerate(self.ranges(key, charge)):
            tests = "".join(f",{areas[index]},{value}" for areas, value in wanted)
            parts.append(f"SUMIFS({area}{tests})" if wanted else f"SUM({area})")
        return "+".join(parts)


def fill_computed_sheet(
    sheet: Worksheet, document: InvoiceDocument, checks: Checks, places: dict[str, str], *, adds_up: bool = True
) -> dict[str, int | str]:
    """Write rules and checks; gives the results of the formulas by cell. A note of lines has no rows to add up."""
    put_text(sheet, "A1", "How this was computed", "mis_section")
    sheet.row_dimensions[1].height = 22
    intro = (
        "Every figure of the invoice is added up again below by live formulas over the sheet Trips. "
        "Change a cell there and the check shows it."
    )
    put_text(sheet, "A2", intro, "mis_note")
    align(sheet["A2"], wrap_text=False)
    row = 4
    if adds_up:
        row = _charge_checks(sheet, document, checks, places, row)
        row = _tax_checks(sheet, document, checks, places, row + 2)
        row = _total_check(sheet, document, checks, places, row + 1)
    else:
        put_text(
            sheet, f"A{row}", "The lines of this note are differences; they have no trips of their own.", "mis_note"
        )
    row = _reasons(sheet, document, row + 2)
    _rules(sheet, document, row)
    sheet.freeze_panes = "A4"
    put_footer(sheet, f"How computed {document.number or 'draft'}")
    return checks.results


def _header(sheet: Worksheet, row: int, labels: tuple[str, ...]) -> None:
    for index, label in enumerate(labels):
        style = "mis_head" if index == 0 else "mis_head_centre" if label == "Check" else "mis_head_right"
        put_text(sheet, f"{'ABCDE'[index]}{row}", label, style)
    sheet.row_dimensions[row].height = 20


def _check(sheet: Worksheet, checks: Checks, row: int, label: str, stated: str, amount: int, formula: str) -> None:
    """One row: the figure as invoiced, added up again, the difference, and a word."""
    put_text(sheet, f"A{row}", label, "mis_cell_plain")
    put_formula(sheet, f"B{row}", f"={stated}", "mis_cell_money", amount)
    put_formula(sheet, f"C{row}", f"={formula}", "mis_cell_money", amount)
    put_formula(sheet, f"D{row}", f"=ROUND(B{row}-C{row},2)", "mis_cell_money").number_format = "0.00"
    put_formula(sheet, f"E{row}", f'=IF(D{row}=0,"{OK}","{WRONG}")', "mis_ok")
    checks.results |= {f"B{row}": amount, f"C{row}": amount, f"D{row}": 0, f"E{row}": OK}


def _charge_checks(
    sheet: Worksheet, document: InvoiceDocument, checks: Checks, places: dict[str, str], row: int
) -> int:
    _header(sheet, row, ("Charge", "On the invoice", "Added up again", "Difference", "Check"))
    splits: dict[tuple[str, bool, ChargeLevel], int] = defaultdict(int)
    for line in document.draft.lines:
        splits[(line.code, line.is_taxable, line.level)] += 1
    for line in document.draft.lines:
        row += 1
        several = splits[(line.code, line.is_taxable, line.level)] > 1
        rate = f", {percent_text(line.percent_milli)} %" if several else ""
        stated = f"Invoice!{places[f'line:{line.position}']}"
        _check(sheet, checks, row, line.description + rate, stated, line.amount, _line_formula(line, checks, several))
    return row


def _line_formula(line: InvoiceLine, checks: Checks, several: bool) -> str:
    criteria = [("percent", percent_text(line.percent_milli))] if several and line.is_taxable else []
    if line.level is ChargeLevel.PERIOD:
        label = line.description.replace('"', '""')
        return checks.sum_where("period", [*criteria, ("trip_id", f'"{label}"')])
    return checks.sum_where("charge", criteria, (line.code, line.is_taxable))


def tax_figures(document: InvoiceDocument) -> list[Figure]:
    """The tax of each rate among the document's figures."""
    return [figure for figure in figures_of(document) if ":" in figure.key]


def _tax_checks(sheet: Worksheet, document: InvoiceDocument, checks: Checks, places: dict[str, str], row: int) -> int:
    _header(sheet, row, ("Tax, rounded once", "On the invoice", "Computed again", "Difference", "Check"))
    taxes = tax_figures(document)
    # the last part of a line takes what is left of its tax, so a note's tax may be a paisa off its rate (GST.md 8)
    for figure in () if document.doc_type in NOTES else taxes:
        row += 1
        percent = int(figure.key.split(":")[1])
        base = checks.sum_where("taxable", [("percent", percent_text(percent))])
        halves = 200 if document.draft.nature.kind is TaxKind.CGST_SGST else 100
        rate = "0" if document.draft.reverse_charge else f"ROUND(({base})*{percent_text(percent)}/{halves},2)"
        _check(sheet, checks, row, figure.label, f"Invoice!{places[figure.key]}", figure.amount, rate)
    row += 1
    tax = document.draft.totals.tax
    stated = "+".join(f"Invoice!{places[figure.key]}" for figure in taxes) or "0"
    _check(sheet, checks, row, "Tax spread over the rows of Trips", stated, tax, checks.sum_where("tax"))
    return row


def _total_check(sheet: Worksheet, document: InvoiceDocument, checks: Checks, places: dict[str, str], row: int) -> int:
    totals = document.draft.totals
    _check(
        sheet, checks, row, "Taxable value", f"Invoice!{places['taxable']}", totals.taxable, checks.sum_where("taxable")
    )
    row += 1
    _check(sheet, checks, row, "Total payable", f"Invoice!{places['total']}", totals.total, checks.sum_where("total"))
    return row


def _reasons(sheet: Worksheet, document: InvoiceDocument, row: int) -> int:
    """How the month's own charges came about, in the engine's words."""
    if not document.reasons:
        return row
    for column, label in (("A", "Charge of the month"), ("B", "How it came about")):
        put_text(sheet, f"{column}{row}", label, "mis_head")
    for column in "CD":
        sheet[f"{column}{row}"].style = "mis_head"
    put_text(sheet, f"E{row}", "₹", "mis_head_right")
    sheet.row_dimensions[row].height = 20
    for name, text, amount in document.reasons:
        row += 1
        put_text(sheet, f"A{row}", name, "mis_cell")
        sheet.merge_cells(f"B{row}:D{row}")
        put_text(sheet, f"B{row}", text, "mis_cell")
        put_money(sheet, f"E{row}", amount, "mis_cell_money")
        sheet.row_dimensions[row].height = 15 * (1 + max(len(text) // 56, len(name) // 46))
    return row + 2


def _rules(sheet: Worksheet, document: InvoiceDocument, row: int) -> None:
    for version in document.versions:
        until = f" until before {version.valid_until:%d-%m-%Y}" if version.valid_until else ""
        title = f"Contract version {version.number}, {model_name(version.billing_model)}, "
        put_text(sheet, f"A{row}", f"{title}from {version.valid_from:%d-%m-%Y}{until}", "mis_section")
        sheet.row_dimensions[row].height = 24
        row += 1
        for column, label in (("A", "Rule"), ("B", "Agreed value")):
            put_text(sheet, f"{column}{row}", label, "mis_head")
        for column in "CDE":
            sheet[f"{column}{row}"].style = "mis_head"
        for key, value in version.rules:
            row += 1
            put_text(sheet, f"A{row}", key, "mis_cell_plain")
            sheet.merge_cells(f"B{row}:E{row}")
            put_text(sheet, f"B{row}", value, "mis_cell")
        row += 2
    put_text(sheet, f"A{row}", f"Times are local time of {document.time_zone}.", "mis_note")
    if document.engine_version:
        put_text(sheet, f"A{row + 1}", f"Rated by engine version {document.engine_version}.", "mis_note")
