"""What a document has to do with others: its original, its notes with what they come to, what it replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from billing.invoicing.doc_types import NOTES, title_of
from billing.schemas.invoices import InvoiceStatus, InvoiceSummary
from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets import LinkButton, StateText, column, label, row, stretch


class RelatedDocuments(QWidget):
    """Links to what this document corrects, is corrected by, replaces or is replaced by; hidden without any."""

    def __init__(
        self, summary: InvoiceSummary, notes: Sequence[InvoiceSummary], on_open: Callable[[str], object]
    ) -> None:
        super().__init__()
        self._on_open = on_open
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)
        if summary.doc_type in NOTES:
            self._add_original(summary)
        for words, number in (
            ("Replaces the void", summary.replaces_number),
            ("Replaced by", summary.replaced_by_number),
        ):
            if number:
                self._link(words, number, number)
        if notes:
            self._add_notes(summary, notes)
        self.setVisible(bool(self._box.count()))

    def _link(self, words: str, shown: str, invoice: str) -> None:
        link = LinkButton(shown, on_click=lambda: self._on_open(invoice))
        self._box.addLayout(row(label(words, t="sm", c="ink3"), link, stretch(), gap=6))

    def _add_original(self, summary: InvoiceSummary) -> None:
        number = summary.corrects_number or ""
        self._link(f"{title_of(summary.doc_type, commercial=summary.commercial)} to", number, number)
        self._box.addWidget(label(summary.note_reason or "", t="sm", wrap=True))
        if summary.commercial:
            words = "A commercial credit: it does not change the tax"
        elif summary.credit_until is not None:
            words = f"It reduces the tax if declared until {formats.day(summary.credit_until)}"
        else:
            words = "It adds to the value and the tax of the invoice"
        self._box.addWidget(label(words, t="sm", c="ink2", wrap=True))

    def _add_notes(self, summary: InvoiceSummary, notes: Sequence[InvoiceSummary]) -> None:
        self._box.addWidget(label("Notes to this invoice", w="600"))
        for note in notes:
            name = note.number or f"Draft {title_of(note.doc_type).lower()}"
            link = LinkButton(name, on_click=self._opener(str(note.invoice_id)))
            amount = note.owed if note.status is InvoiceStatus.ISSUED else 0
            shown = formats.money(amount) if amount else ""
            token = "overdue" if amount < 0 else "ink"
            state = StateText(note.status.value)
            self._box.addLayout(row(link, stretch(), label(shown, c=token) if shown else state))
        if summary.notes_total:
            words = column(row(label("After notes", c="ink2"), stretch(), label(_rupees(summary.net_total), w="600")))
            self._box.addLayout(words)

    def _opener(self, invoice: str) -> Callable[[], object]:
        return lambda: self._on_open(invoice)


def _rupees(paise: int) -> str:
    return f"₹ {formats.money(paise)}"
