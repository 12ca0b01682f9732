"""An invoice as it will be printed, on screen: flush with its margins, figures in columns (pictures 13 and 14).

The words and figures are those of PDF and workbook (billing.exchange.paper.content); the look is the window's.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from billing.exchange.paper.content import Figure, Printed, PrintedLine, PrintedParty, content_of
from billing.exchange.paper.html import QR_SIZE, logo_size
from billing.exchange.paper.qr import qr_png
from billing.schemas.invoices import InvoiceDocument, Letterhead
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
        """Show this document."""
        clear_layout(self._box)
        content = content_of(document, trips)
        self._letterhead(document.letterhead)
        self._head(content)
        self._facts(content)
        for text in content.warnings:
            self._box.addWidget(label(text, c="overdue", w="500", wrap=True))
        self._lines(content)
        self._totals(content)
        self._foot(content)
        self.setAccessibleName(f"{document.title} {document.number or 'draft'}")

    def _letterhead(self, head: Letterhead | None) -> None:
        if head is None or not (head.image or head.headline):
            return
        logo, picture = QLabel(), QPixmap()
        if picture.loadFromData(head.image):
            logo.setPixmap(picture.scaled(*logo_size(head), mode=Qt.TransformationMode.SmoothTransformation))
        self._box.addLayout(row(logo, stretch(), label(head.headline, t="sm", c="ink3")))
        self._box.addSpacing(12)

    def _head(self, content: Printed) -> None:
        supplier = content.supplier
        left = column(label(supplier.name, t="h2", wrap=True), *_small(supplier), gap=2)
        asides = [text for text in (content.subtitle, content.copy) if text]
        number = content.facts[0][1]
        right = column(
            label(content.title, t="h1", right=True),
            label(number, w="600", right=True),
            *(label(text, t="sm", c="ink3", right=True) for text in asides),
            gap=2,
        )
        right.addStretch(1)
        self._box.addLayout(row(left, stretch(), right))
        self._box.addSpacing(14)
        self._box.addWidget(hline())
        self._box.addSpacing(14)

    def _facts(self, content: Printed) -> None:
        buyer = content.recipient
        name = label(buyer.name, w="600", wrap=True)
        name.setMinimumWidth(250)
        left = column(label(buyer.heading, t="sm", c="ink3"), name, *_small(buyer), gap=2)
        left.addStretch(1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(26)
        grid.setVerticalSpacing(2)
        for at, (words, value) in enumerate(content.facts[1:]):
            line, place = divmod(at, 2)
            shown = label(value, t="sm", wrap=len(value) > 26)
            shown.setMinimumWidth(150)
            grid.addWidget(label(words, t="sm", c="ink3"), line * 3, place)
            grid.addWidget(shown, line * 3 + 1, place)
            grid.setRowMinimumHeight(line * 3 + 2, 6)
        grid.setRowStretch(3 * len(content.facts), 1)
        self._box.addLayout(row(left, stretch(), plain(grid), gap=24))
        self._box.addSpacing(14)

    def _lines(self, content: Printed) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        heads = (("#", False), ("Description", False), ("SAC", False), ("Quantity", True), ("Tax %", True))
        for place, (words, is_right) in enumerate((*heads, ("Amount ₹", True))):
            grid.addWidget(label(words, t="sm", c="ink3", w="500", right=is_right), 0, place)
        self._rule(grid, 1, "hline2")
        for at, line in enumerate(content.lines):
            self._line(grid, 2 + 2 * at, line)
        if not content.lines:
            grid.addWidget(label("Nothing was charged in this period.", c="ink3"), 2, 1)
        self._box.addLayout(grid)
        self._box.addSpacing(10)

    @staticmethod
    def _rule(grid: QGridLayout, at: int, role: str) -> None:
        grid.addWidget(hline(role), at, 0, 1, 6)

    def _line(self, grid: QGridLayout, at: int, line: PrintedLine) -> None:
        quantity = "" if line.quantity is None else f"{formats.count(line.quantity)} {line.unit}"
        cells: tuple[QLabel, ...] = (
            label(str(line.position), c="ink3"),
            label(line.description),
            label(line.sac, c="ink2"),
            label(quantity, c="ink2", right=True),
            label(line.percent or formats.NONE, c="ink2", right=True),
            _amount(line.amount),
        )
        for place, cell in enumerate(cells):
            cell.setMinimumHeight(25)
            grid.addWidget(cell, at, place)
        self._rule(grid, at + 1, "hline")

    def _totals(self, content: Printed) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        for at, figure in enumerate(content.figures):
            self._figure(grid, at, figure)
        last = len(content.figures)
        grid.addWidget(hline("hline2"), last, 0, 1, 2)
        grid.addWidget(label(content.total.label, t="h2"), last + 1, 0)
        grid.addWidget(label(f"₹ {formats.money(content.total.amount)}", t="total", right=True), last + 1, 1)
        for at, figure in enumerate(content.memo, start=last + 2):
            self._figure(grid, at, figure)
        left = column(plain(self._tax_table(content)), 10, self._words(content.words))
        left.addStretch(1)
        self._box.addLayout(row(left, stretch(), plain(grid), gap=24))
        self._box.addSpacing(14)
        self._box.addWidget(hline())
        self._box.addSpacing(8)

    @staticmethod
    def _figure(grid: QGridLayout, at: int, figure: Figure) -> None:
        grid.addWidget(label(figure.label, c="ink2"), at, 0)
        grid.addWidget(_amount(figure.amount), at, 1)

    @staticmethod
    def _words(text: str) -> QLabel:
        shown = label(text, t="sm", c="ink2", wrap=True)
        shown.setMaximumWidth(380)
        shown.setMinimumWidth(300)
        return shown

    @staticmethod
    def _tax_table(content: Printed) -> QGridLayout:
        """Taxable value and tax of each SAC and rate."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        taxes = [f"{name} ₹" for name in content.tax_names]
        if not taxes:
            return grid
        for place, name in enumerate(("SAC", "Rate", "Taxable ₹", *taxes)):
            grid.addWidget(label(name, t="sm", c="ink3", w="500", right=place > 0), 0, place)
        for at, tax in enumerate(content.tax_rows, start=1):
            grid.addWidget(label(tax.sac, t="sm", c="ink2"), at, 0)
            grid.addWidget(label(f"{tax.percent} %", t="sm", c="ink2", right=True), at, 1)
            for place, amount in enumerate((tax.taxable, *(amount for _, _, amount in tax.taxes)), start=2):
                grid.addWidget(label(formats.money(amount), t="sm", right=True), at, place)
        return grid

    def _foot(self, content: Printed) -> None:
        notes = [f"Bank: {content.bank}"] if content.bank else []
        for note in (*notes, *content.declarations, ". ".join(content.signature)):
            self._box.addWidget(label(note, t="sm", c="ink3", wrap=True))
        if content.registration:
            self._box.addSpacing(10)
            self._box.addLayout(row(self._qr(content.qr), plain(self._registration(content)), stretch(), gap=16))
        for text in (content.anchor, content.footer):
            if text:
                self._box.addWidget(label(text, t="sm", c="ink3", wrap=True))
        self._box.addStretch(1)

    @staticmethod
    def _qr(text: str) -> QLabel:
        shown, picture = QLabel(), QPixmap()
        if text and picture.loadFromData(qr_png(text)):
            shown.setPixmap(picture.scaled(QR_SIZE, QR_SIZE))
            shown.setAccessibleName("QR code of the e-invoice")
        return shown

    @staticmethod
    def _registration(content: Printed) -> QVBoxLayout:
        lines = [label(f"{words}: {value}", t="sm", c="ink2", wrap=True) for words, value in content.registration]
        for line in lines:
            line.setMinimumWidth(420)
        return column(*lines, gap=2)


def _small(party: PrintedParty) -> list[QWidget]:
    return [label(text, t="sm", c="ink2") for text in (*party.address, *party.registration)]


def _amount(paise: int) -> QLabel:
    shown = label(formats.money(paise), c="overdue" if paise < 0 else "ink")
    shown.setAlignment(_RIGHT)
    return shown
