"""An invoice as it will be printed, on screen: flush with its margins, figures in columns (pictures 13 and 14)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from billing.exchange.book.invoice_sheet import registration_text, tax_rows
from billing.invoicing.states import state_label
from billing.invoicing.tax import percent_text
from billing.money import words
from billing.schemas.invoices import ChargeLevel, InvoiceDocument, InvoiceLine, PartyPrint, TaxKind
from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets import clear_layout, column, hline, label, plain, row, stretch

PAPER_WIDTH = 792
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class InvoicePaper(QFrame):
    """`show_document(document, trips)`; empty before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setMaximumWidth(PAPER_WIDTH)
        self.setMinimumWidth(560)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(34, 28, 34, 24)
        self._box.setSpacing(0)

    def show_document(self, document: InvoiceDocument, trips: int) -> None:
        """Show this invoice."""
        clear_layout(self._box)
        self._head(document)
        self._facts(document)
        self._lines(document)
        self._totals(document)
        self._foot(document, trips)
        self.setAccessibleName(f"{document.title} {document.number or 'draft'}")

    def _head(self, document: InvoiceDocument) -> None:
        supplier = document.supplier
        registration = label(registration_text(supplier), t="sm", c="ink2")
        left = column(label(supplier.name, t="h2"), *_address(supplier), registration, gap=2)
        right = column(
            label(document.title, t="h1", right=True),
            label(document.number or "No number yet", w="600", right=True),
            label("Original for recipient", t="sm", c="ink3", right=True),
            gap=2,
        )
        right.addStretch(1)
        self._box.addLayout(row(left, stretch(), right))
        self._box.addSpacing(14)
        self._box.addWidget(hline())
        self._box.addSpacing(14)

    def _facts(self, document: InvoiceDocument) -> None:
        buyer = document.recipient
        left = column(
            label("Billed to", t="sm", c="ink3"),
            label(buyer.name, w="600"),
            *_address(buyer),
            label(registration_text(buyer), t="sm", c="ink2"),
            gap=2,
        )
        left.addStretch(1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(26)
        grid.setVerticalSpacing(2)
        nature = document.draft.nature
        facts = (
            ("Invoice date", formats.day(document.invoice_date) if document.number else "when issued"),
            ("Period", formats.month(document.period_from)),
            ("Place of supply", state_label(nature.place_of_supply) or "not recorded"),
            ("Reverse charge", "Yes" if document.draft.reverse_charge else "No"),
            ("Contract", document.contract_name),
        )
        for at, (name, value) in enumerate(facts):
            line, place = divmod(at, 2)
            span = 2 if at == len(facts) - 1 else 1
            grid.addWidget(label(name, t="sm", c="ink3"), line * 3, place, 1, span)
            grid.addWidget(label(value, t="sm"), line * 3 + 1, place, 1, span)
            grid.setRowMinimumHeight(line * 3 + 2, 6)
        grid.setRowStretch(9, 1)
        self._box.addLayout(row(left, stretch(), plain(grid), gap=24))
        self._box.addSpacing(14)

    def _lines(self, document: InvoiceDocument) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        for place, (words_, is_right) in enumerate(
            (
                ("#", False),
                ("Description", False),
                ("SAC", False),
                ("Quantity", True),
                ("Tax %", True),
                ("Amount ₹", True),
            )
        ):
            grid.addWidget(label(words_, t="sm", c="ink3", w="500", right=is_right), 0, place)
        self._rule(grid, 1, "hline2")
        for at, line in enumerate(document.draft.lines):
            self._line(grid, 2 + 2 * at, line)
        if not document.draft.lines:
            grid.addWidget(label("Nothing was charged in this month.", c="ink3"), 2, 1)
        self._box.addLayout(grid)
        self._box.addSpacing(10)

    @staticmethod
    def _rule(grid: QGridLayout, at: int, role: str) -> None:
        grid.addWidget(hline(role), at, 0, 1, 6)

    def _line(self, grid: QGridLayout, at: int, line: InvoiceLine) -> None:
        is_trip = line.level is ChargeLevel.TRIP
        quantity = formats.plural(line.count, "trip") if is_trip else "month" if line.code == "MONTHLY_FEE" else ""
        cells: tuple[QLabel, ...] = (
            label(str(line.position), c="ink3"),
            label(line.description),
            label(line.sac, c="ink2"),
            label(quantity, c="ink2", right=True),
            label(percent_text(line.percent_milli) if line.is_taxable else formats.NONE, c="ink2", right=True),
            _amount(line.amount),
        )
        for place, cell in enumerate(cells):
            cell.setMinimumHeight(25)
            grid.addWidget(cell, at, place)
        self._rule(grid, at + 1, "hline")

    def _totals(self, document: InvoiceDocument) -> None:
        totals = document.draft.totals
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        rows = [("Taxable value", totals.taxable), *((name, amount) for _, name, amount in tax_rows(document))]
        if totals.non_taxable:
            rows.append(("Untaxed, at cost", totals.non_taxable))
        if totals.round_off:
            rows.append(("Round off", totals.round_off))
        for at, (name, amount) in enumerate(rows):
            grid.addWidget(label(name, c="ink2"), at, 0)
            grid.addWidget(_amount(amount), at, 1)
        grid.addWidget(hline("hline2"), len(rows), 0, 1, 2)
        grid.addWidget(label("Payable", t="h2"), len(rows) + 1, 0)
        grid.addWidget(label(f"₹ {formats.money(totals.total)}", t="total", right=True), len(rows) + 1, 1)
        left = column(plain(self._tax_table(document)), 10, self._words(totals.total))
        left.addStretch(1)
        self._box.addLayout(row(left, stretch(), plain(grid), gap=24))
        self._box.addSpacing(14)
        self._box.addWidget(hline())
        self._box.addSpacing(8)

    @staticmethod
    def _words(total: int) -> QLabel:
        shown = label(words(total), t="sm", c="ink2", wrap=True)
        shown.setMaximumWidth(380)
        shown.setMinimumWidth(300)
        return shown

    @staticmethod
    def _tax_table(document: InvoiceDocument) -> QGridLayout:
        """Taxable value and tax of each rate."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        kind = document.draft.nature.kind
        taxes = {TaxKind.CGST_SGST: ("CGST ₹", "SGST ₹"), TaxKind.IGST: ("IGST ₹",)}.get(kind, ("Tax ₹",))
        for place, name in enumerate(("SAC", "Rate", "Taxable ₹", *taxes)):
            grid.addWidget(label(name, t="sm", c="ink3", w="500", right=place > 0), 0, place)
        for at, group in enumerate(document.draft.tax_groups, start=1):
            halves = (group.cgst, group.sgst) if kind is TaxKind.CGST_SGST else (group.tax,)
            grid.addWidget(label(document.sac, t="sm", c="ink2"), at, 0)
            grid.addWidget(label(f"{percent_text(group.percent_milli)} %", t="sm", c="ink2", right=True), at, 1)
            for place, amount in enumerate((group.taxable, *halves), start=2):
                grid.addWidget(label(formats.money(amount), t="sm", right=True), at, place)
        return grid

    def _foot(self, document: InvoiceDocument, trips: int) -> None:
        notes = [*document.notes, f"Annexure of {formats.plural(trips, 'trip')} attached"]
        if document.draft.reverse_charge:
            notes.insert(0, "Tax on this supply is payable by the recipient under reverse charge.")
        for note in notes:
            self._box.addWidget(label(note, t="sm", c="ink3", wrap=True))
        self._box.addStretch(1)


def _address(party: PartyPrint) -> list[QWidget]:
    return [label(part, t="sm", c="ink2") for part in party.address.split("\n") if part]


def _amount(paise: int) -> QLabel:
    shown = label(formats.money(paise), c="overdue" if paise < 0 else "ink")
    shown.setAlignment(_RIGHT)
    return shown
