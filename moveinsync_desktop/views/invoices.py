"""Invoices: the list of all documents, and one of them opened (pictures 13 and 14)."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from PySide6.QtWidgets import QStackedWidget

from billing.invoicing.doc_types import NOTES, sign_of, title_of
from billing.schemas.invoices import InvoiceStatus, InvoiceSummary
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.invoice_deeds import OPEN_STATES, InvoiceDeeds
from moveinsync_desktop.views.invoice_detail import InvoiceDetail, Opened, read_opened
from moveinsync_desktop.views.invoice_files import MENU, InvoiceFiles
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.settle_page import SettlePage
from moveinsync_desktop.views.widgets import (
    Button,
    DataTable,
    MenuButton,
    ProgressStrip,
    Tab,
    TabBar,
    column,
    plain,
)

LIMIT = 2000
"""Documents read at once: thirty contracts for five years; older ones are found by month from a script."""

NOTES_VIEW, DRAFTS_VIEW, SETTLE_VIEW = "NOTES", "DRAFT", "SETTLE"
VIEWS = (
    Tab("", "All"),
    Tab(DRAFTS_VIEW, "Drafts"),
    Tab("ISSUED", "Issued"),
    Tab(NOTES_VIEW, "Credit and debit notes"),
    Tab("VOID", "Void"),
)
OWED_TIP = "What the document does to the amount owed: a credit note takes away, a draft does nothing yet"


def _owed(row: InvoiceSummary) -> int | None:
    return row.owed if row.status is InvoiceStatus.ISSUED else None


TOTAL_TIP = "In the total a credit note takes away and a void document counts nothing"


def _money(key: str, title: str, width: int, from_width: int = 0) -> Column:
    """Printed positive, summed with the sign of its kind (GST.md 8)."""

    def adds(row: InvoiceSummary) -> int:
        return 0 if row.status is InvoiceStatus.VOID else sign_of(row.doc_type) * int(getattr(row, key))

    return Column(key, title, "money", width, total=True, from_width=from_width, tip=lambda _row: TOTAL_TIP, adds=adds)


COLUMNS = (
    Column("number", "Number", "two", 150, second="corrects_number", get=lambda row: row.number or "Draft"),
    Column("doc_type", "Type", "text", 100, get=lambda row: title_of(row.doc_type, commercial=row.commercial)),
    Column("month", "Month", "month", 118),
    Column("vendor_name", "Vendor and contract", "two", 200, second="contract_name", stretch=True),
    Column("trips", "Trips", "count", 64, total=True, from_width=1320),
    _money("taxable", "Taxable ₹", 112),
    _money("tax", "Tax ₹", 104, from_width=1260),
    _money("total", "Payable ₹", 112),
    Column("owed", "Owed ₹", "money", 118, total=True, get=_owed, tip=lambda _row: OWED_TIP),
    Column("invoice_date", "Date", "date", 104),
    Column("status", "State", "state", 96, get=lambda row: row.status.value),
)


class InvoicesScreen(Screen):
    """A list with views by state; Enter opens a document in its place, the crumb leads back."""

    id = "invoices"
    title = "Invoices"
    tables = frozenset({"invoices", "billing_runs", "einvoices"})

    def build(self) -> None:
        """Header, list, document."""
        self._wanted = ""
        self._rows: list[InvoiceSummary] = []
        self.strip = ProgressStrip()
        self.files = InvoiceFiles(self, self.strip)
        self.export_button = MenuButton("Export", [(words, partial(self._export, kind)) for kind, words in MENU])
        self.preview_button = Button("Preview and print", on_click=self._preview, tip="Preview and print  Ctrl P")
        self.approve_button = Button("Approve…", on_click=self._approve)
        self.issue_button = Button("Issue…", "primary", on_click=self._issue)
        self.header.add_right(self.preview_button, self.export_button, self.approve_button, self.issue_button)
        self.header.crumb_clicked.connect(lambda _at: self.show_list())
        self.body.addWidget(self.strip)
        self.deeds = InvoiceDeeds(self, self.strip, self._save_issued)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._list())
        self.detail = InvoiceDetail(
            self.context,
            on_issue=self._issue,
            on_void=self._void,
            on_trips=self._open_trips,
            on_replay=self._replay,
            on_correct=self._correct,
            on_open=self.open_invoice,
            files=self.files,
        )
        self.stack.addWidget(self.detail)
        self.body.addWidget(self.stack, 1)
        self._offer()
        self.show_list()

    def _offer(self) -> None:
        """What the palette and the keys offer here."""
        self.add_action(
            Action("invoice.correct", "Write a credit or debit note…", self._correct, needs="invoices.note")
        )
        self.add_action(
            Action("invoice.export", "Export the invoice as workbook…", lambda: self._export("xlsx"), "Ctrl+E")
        )
        self.add_action(Action("invoice.preview", "Preview and print the invoice…", self._preview, "Ctrl+P"))
        self.add_action(
            Action(
                "invoice.answers",
                "Read the e-invoice portal's answer…",
                self.files.import_answers,
                "Ctrl+I",
                icon="upload",
                needs="einvoices.record",
            )
        )
        self.add_action(Action("invoice.back", "Back to the list", self.show_list, "Alt+Left", icon="chevron-left"))

    def _list(self) -> Any:
        may_settle = self.context.may("invoices.note")
        self.tabs = TabBar((*VIEWS, Tab(SETTLE_VIEW, "To settle")) if may_settle else VIEWS)
        self.tabs.chosen.connect(lambda _key: self._fill())
        self.model = RowsModel(COLUMNS)
        self.model.set_reader(self.make_stale)
        self.table = DataTable(
            self.model, name="invoices", noun="invoice", settings=self.context.settings,
            messages=self.context.messages, two_lines=True, key="invoice_id",
        )  # fmt: skip
        self.table.set_empty(
            "receipt-indian-rupee", "No invoices yet", "A billing run drafts them.",
            [("Open billing runs", lambda: self.context.open("billing_runs"))] if self._may_write else [],
        )  # fmt: skip
        self.table.opened.connect(lambda row: self.open_invoice(str(row.invoice_id)))
        if self._may_write:
            self.table.add_menu_item("Approve…", self.deeds.approve)
            self.table.add_menu_item("Issue…", self.deeds.issue)
            self.table.add_menu_item("Credit or debit note…", self._correct_rows)
        self.table.add_menu_item("Export…", self.files.export_many)
        self.offer_history(self.table)
        self.lists = QStackedWidget()
        self.lists.addWidget(self.table)
        self.settle = SettlePage(self, self.strip, lambda count: self.tabs.set_count(SETTLE_VIEW, count or None))
        self.lists.addWidget(self.settle)
        return plain(column(self.tabs, self.lists))

    @property
    def _may_write(self) -> bool:
        return self.context.may("invoices.issue")

    @property
    def row_in_hand(self) -> Any:
        """The open document, else the list's row."""
        opened = self.detail.opened if self.stack.currentIndex() == 1 else None
        return opened.summary if opened is not None else self.table.current

    def refresh(self) -> None:
        """Read the list, and the open document, again."""
        from billing.services.invoices import list_invoices

        session = self.context.signed_in
        client = str(self.context.client_id) if self.context.client_id else None
        self.query(
            lambda: list_invoices(session, client=client, limit=LIMIT), self._show_rows, on_error=self.model.set_error
        )
        if self.context.may("invoices.note"):
            self.settle.read()
        if self._wanted:
            self.open_invoice(self._wanted)

    def open_with(self, **parameters: Any) -> None:
        """invoice (id or number), month, or view (a state)."""
        if "invoice" in parameters:
            self.open_invoice(str(parameters["invoice"]))
            return
        self.show_list()
        if isinstance(parameters.get("month"), date):
            self.table.set_filters({})
        self.tabs.set_current(str(parameters.get("view", "")))
        self._fill()

    def show_list(self) -> None:
        """The list in place of a document."""
        if self._wanted:
            self.say("")
        self._wanted = ""
        self.detail.opened = None
        self.stack.setCurrentIndex(0)
        self.header.set_crumbs([], self.title)
        self.header.set_state("")
        self.issue_button.hide()
        self.approve_button.hide()
        self.export_button.hide()
        self.preview_button.hide()

    def open_invoice(self, invoice: str) -> None:
        """A document in place of the list."""
        self._wanted = invoice
        session = self.context.signed_in
        self.query(lambda: read_opened(session, invoice), self._show_opened, key="detail")

    def _show_rows(self, rows: list[InvoiceSummary]) -> None:
        self._rows = rows
        self.tabs.set_count(DRAFTS_VIEW, sum(row.status in OPEN_STATES for row in rows) or None)
        self._fill()

    def _fill(self) -> None:
        chosen = self.tabs.current or ""
        self.lists.setCurrentWidget(self.settle if chosen == SETTLE_VIEW else self.table)
        self.model.set_rows([row for row in self._rows if _is_in(row, chosen)])

    def _show_opened(self, opened: Opened) -> None:
        summary = opened.summary
        if self._wanted not in (str(summary.invoice_id), summary.number):
            return
        self.detail.show_invoice(opened)
        self.stack.setCurrentIndex(1)
        self.header.set_crumbs([self.title], summary.number or f"Draft, {summary.contract_name}")
        self.header.set_state(summary.status.value)
        self.export_button.show()
        self.preview_button.show()
        self._set_buttons(summary)
        words = {
            InvoiceStatus.ISSUED: "Issued, cannot be edited. Corrections are credit or debit notes",
            InvoiceStatus.VOID: "Void, its number stays used",
            InvoiceStatus.APPROVED: "Approved, waits for its number",
        }.get(summary.status, "Draft, replaced by the next run when anything changed")
        self.say(words, "lock" if summary.number else "state:draft")

    def _set_buttons(self, summary: InvoiceSummary) -> None:
        """What may be done with the open document now."""
        is_open = summary.status in OPEN_STATES
        may_approve = is_open and self.context.may("invoices.approve")
        self.approve_button.setVisible(may_approve)
        self.approve_button.set_text("Send back…" if summary.status is InvoiceStatus.APPROVED else "Approve…")
        self.issue_button.setVisible(self._may_write and is_open)

    def _issue(self) -> None:
        opened = self.detail.opened
        if opened is not None:
            self.deeds.issue([opened.summary])

    def _approve(self) -> None:
        opened = self.detail.opened
        if opened is not None and opened.summary.status is InvoiceStatus.APPROVED:
            self.deeds.send_back(opened.summary)
        elif opened is not None:
            self.deeds.approve([opened.summary])

    def _void(self) -> None:
        opened = self.detail.opened
        if opened is not None:
            self.deeds.void(opened.summary)

    def _correct(self) -> None:
        opened = self.detail.opened
        if opened is not None:
            self.deeds.correct(opened.summary)

    def _correct_rows(self, rows: list[InvoiceSummary]) -> None:
        issued = [row for row in rows if row.status is InvoiceStatus.ISSUED and row.doc_type not in NOTES]
        if issued:
            self.deeds.correct(issued[0])

    def _replay(self) -> None:
        from billing.services.replay import replay_invoice

        opened = self.detail.opened
        if opened is not None:
            session, invoice = self.context.signed_in, str(opened.summary.invoice_id)
            self.detail.replay_link.wait_for("Rating the month again")
            self.query(lambda: replay_invoice(session, invoice=invoice), self.detail.show_replay, key="replay")

    def _open_trips(self) -> None:
        opened = self.detail.opened
        if opened is not None:
            self.context.open("trips", month=opened.summary.month, view="billed")

    def _export(self, kind: str) -> None:
        opened = self.detail.opened
        if opened is not None:
            self.files.export(opened.summary, kind)

    def _save_issued(self, numbers: set[str]) -> None:
        """The way out of what was just issued: a workbook of one document, files of several."""
        rows = [row for row in self._rows if row.number in numbers]
        if len(rows) == 1:
            self.files.export(rows[0], "xlsx")
        elif rows:
            self.files.export_many(rows)

    def _preview(self) -> None:
        opened = self.detail.opened
        if opened is not None:
            self.files.preview(opened.summary)


def _is_in(row: InvoiceSummary, view: str) -> bool:
    """Whether a view shows the document."""
    if view == NOTES_VIEW:
        return row.doc_type in NOTES
    if view == DRAFTS_VIEW:
        return row.status in OPEN_STATES
    return not view or row.status.value == view
