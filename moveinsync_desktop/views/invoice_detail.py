"""One invoice: its paper, and beside it what it comes to, its history and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from billing.invoicing.doc_types import CREDIT_NOTE, NOTES
from billing.schemas.invoices import InvoiceDocument, InvoiceStatus, InvoiceSummary
from billing.services.einvoices import Registration
from billing.services.replay import Replay
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.invoice_files import InvoiceFiles
from moveinsync_desktop.views.invoice_paper import InvoicePaper
from moveinsync_desktop.views.registration_card import RegistrationCard
from moveinsync_desktop.views.related_documents import RelatedDocuments
from moveinsync_desktop.views.widgets import (
    Button,
    FactList,
    KeyFigure,
    LinkButton,
    StateText,
    clear_layout,
    column,
    frame,
    hline,
    label,
    plain,
    restyle,
    row,
    scrolling,
    stretch,
)

SIDE_WIDTH = 318
_WORDS = {"drafted": "Drafted by a billing run", "approved": "Approved", "issued": "Issued", "voided": "Voided"}
_STATES = {"drafted": "DRAFT", "approved": "APPROVED", "issued": "ISSUED", "voided": "VOID"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What the detail shows."""

    summary: InvoiceSummary
    document: InvoiceDocument
    history: tuple[tuple[datetime, str], ...]
    registration: Registration
    answer: Any = None
    notes: tuple[InvoiceSummary, ...] = ()


class InvoiceDetail(QWidget):
    """`show_invoice(opened)`. The screen gives the deeds: on_issue, on_void, on_trips."""

    def __init__(
        self,
        context: AppContext,
        *,
        on_issue: Callable[[], object],
        on_void: Callable[[], object],
        on_trips: Callable[[], object],
        on_replay: Callable[[], object],
        on_correct: Callable[[], object],
        on_open: Callable[[str], object],
        files: InvoiceFiles,
    ) -> None:
        super().__init__()
        self._context = context
        self.opened: Opened | None = None
        self._on_replay, self._on_open, self._files = on_replay, on_open, files
        self.paper = InvoicePaper()
        holder = column(row(stretch(), self.paper, stretch()), stretch(), margins=(16, 16, 16, 16))
        canvas = frame("canvas", column(scrolling(plain(holder))))
        side = frame("panel")
        side.setFixedWidth(SIDE_WIDTH)
        box = QVBoxLayout(side)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._side = column(gap=0, margins=(16, 16, 16, 16))
        box.addWidget(scrolling(plain(self._side)), 1)
        self.void_button = Button("Void…", "danger", icon="ban", on_click=on_void)
        self.trips_button = Button("Trips", on_click=on_trips, tip="Open its trips")
        self.issue_button = Button("Issue…", "primary", on_click=on_issue)
        self.correct_button = Button("Correct…", on_click=on_correct, tip="Credit or debit note")
        buttons = row(self.void_button, stretch(), self.correct_button, self.trips_button, margins=(16, 8, 16, 8))
        foot = frame("panelfoot", buttons)
        box.addWidget(foot)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(canvas, 1)
        outer.addWidget(side)

    def show_invoice(self, opened: Opened) -> None:
        """Show paper and side."""
        self.opened = opened
        summary = opened.summary
        self.paper.show_document(opened.document, summary.trips)
        may_void = self._context.may("invoices.void")
        self.void_button.setVisible(may_void and summary.status is InvoiceStatus.ISSUED)
        self.trips_button.setVisible(summary.trips > 0)
        may_correct = self._context.may("invoices.note") and summary.doc_type not in NOTES
        self.correct_button.setVisible(may_correct and summary.status is InvoiceStatus.ISSUED)
        self._fill_side(opened)

    def _fill_side(self, opened: Opened) -> None:
        clear_layout(self._side)
        summary, totals = opened.summary, opened.document.draft.totals
        box = self._side
        figure = KeyFigure("Credit" if summary.doc_type == CREDIT_NOTE else "Payable", rupee=True)
        figure.set_figure(formats.money(summary.total))
        figure.setFixedHeight(58)
        box.addWidget(figure)
        if totals.tds:
            words = f"TDS {formats.money(totals.tds)}, net {formats.money(summary.total - totals.tds)}"
            box.addWidget(label(words, t="sm", c="ink2"))
        related = RelatedDocuments(summary, opened.notes, self._on_open)
        if not related.isHidden():
            self._rule()
            box.addWidget(related)
        self._rule()
        box.addWidget(self._facts(opened))
        box.addSpacing(10)
        self._add_links()
        self._rule()
        box.addWidget(self._registration(opened))
        self._rule()
        self._add_history(opened)

    @staticmethod
    def _facts(opened: Opened) -> FactList:
        """Whose document it is, for what."""
        summary, totals = opened.summary, opened.document.draft.totals
        facts = FactList(84)
        facts.set_facts(
            [
                ("Vendor", f"{summary.vendor_name} ({summary.vendor_code})"),
                ("Contract", summary.contract_name),
                ("Month", formats.month(summary.month)),
                ("Trips", formats.count(summary.trips) if summary.trips else ""),
                ("Before tax", formats.money(totals.taxable + totals.non_taxable)),
                ("Tax", formats.money(totals.tax)),
                ("Incentives", f"{formats.money(totals.incentive)}, outside" if totals.incentive else ""),
                ("Rules", ", ".join(f"version {version.number}" for version in opened.document.versions)),
            ]
        )
        return facts

    def _add_links(self) -> None:
        """Where the total comes from, and whether it comes again."""
        box = self._side
        self.drill_link = LinkButton(
            "How the total came about…", on_click=self._drill, tip="Charges, their trips, the rules of every line"
        )
        box.addLayout(row(self.drill_link, stretch()))
        box.addSpacing(6)
        self.replay_link = LinkButton("Rate again and compare", on_click=self._on_replay)
        self.replay_words = label("", t="sm", wrap=True)
        self.replay_words.hide()
        box.addLayout(row(self.replay_link, stretch()))
        box.addWidget(self.replay_words)

    def _rule(self) -> None:
        self._side.addSpacing(10)
        self._side.addWidget(hline())
        self._side.addSpacing(10)

    def _add_history(self, opened: Opened) -> None:
        box = self._side
        box.addWidget(label("History", w="600"))
        for moment, what in reversed(opened.history):
            box.addSpacing(8)
            box.addLayout(row(StateText(_STATES[what]), stretch()))
            words = self._words_of(what, opened)
            box.addWidget(label(words, t="sm", c="ink2", wrap=True))
            box.addWidget(label(formats.stamp(moment, self._context.zone), t="sm", c="ink3"))
        box.addStretch(1)

    def _registration(self, opened: Opened) -> RegistrationCard:
        summary, files = opened.summary, self._files
        card = RegistrationCard(
            on_import=files.import_answers,
            on_export=lambda: files.export(summary, "einvoice"),
            on_cancel=lambda until: files.cancel_irn(summary.number or "", summary.invoice_id, until),
            may_write=self._context.may("einvoices.record"),
        )
        card.show_registration(opened.registration, opened.answer)
        return card

    def _drill(self) -> None:
        from moveinsync_desktop.views.dialogs.bill_drill import drill_into_invoice

        if self.opened is not None:
            summary = self.opened.summary
            title = summary.number or f"the draft of {summary.contract_name}"
            drill_into_invoice(self, self._context, str(summary.invoice_id), title).exec()

    def show_replay(self, replay: Replay) -> None:
        """What rating the month again gave."""
        if replay.is_same:
            words = f"Replays to the same paisa, {formats.plural(replay.trips, 'trip')} compared"
        else:
            words = "Comes out otherwise: " + "; ".join(replay.differences)
            words += "" if replay.is_same_engine else ". It was made by an older engine"
        self.replay_words.setText(words)
        restyle(self.replay_words, c="paid" if replay.is_same else "overdue")
        self.replay_words.show()
        self.replay_link.hide()

    @staticmethod
    def _words_of(what: str, opened: Opened) -> str:
        words = _WORDS[what]
        if what == "issued":
            by = f" by {opened.document.issued_by}" if opened.document.issued_by else ""
            return f"{words} as {opened.summary.number}{by}"
        if what == "voided":
            return f"{words}: {opened.summary.void_reason}"
        if what == "approved":
            return words
        return (
            f"{words}, {formats.plural(opened.summary.trips, 'trip')}" if not opened.summary.corrects_id else "Drafted"
        )


def read_opened(session: Any, invoice: str) -> Opened:
    """The invoice with document, history and registration; run in a worker."""
    from billing.services.einvoices import read_registration
    from billing.services.invoices import notes_of, open_invoice

    summary, document, history = open_invoice(session, invoice=invoice)
    registration, answer = read_registration(session, invoice=invoice)
    notes = () if summary.corrects_id else tuple(notes_of(session, invoice=invoice))
    return Opened(summary, document, tuple(history), registration, answer, notes)
