"""Payments: what is open of issued invoices, what was paid, ages, and reminders to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.payment_rows import AGEING_COLUMNS, OPEN_COLUMNS, RECEIPT_COLUMNS, OpenRow
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.dialogs.record_payment import RecordPayment
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, DataTable, Tab, TabBar

if TYPE_CHECKING:
    from datetime import date

    from billing.schemas.payments import Receipt

VIEWS = ("open", "paid", "ageing")


class PaymentsScreen(Screen):
    """Three lists: open invoices, payments, ages by vendor."""

    id = "payments"
    title = "Payments"
    tables = frozenset({"receipts", "receipt_lines", "invoices", "opening_invoices"})

    def build(self) -> None:
        """Header, tabs, lists."""
        context = self.context
        context.navigator.client_changed.connect(self.make_stale)
        self.remind_button = Button("Copy reminder", icon="copy", on_click=self._remind, tip="Ctrl R")
        self.record_button = Button(
            "Record payment…", "primary", icon="hand-coins", on_click=self._record, tip="Ctrl I"
        )
        self.header.add_right(self.remind_button, self.record_button)
        self.record_button.setVisible(context.may("payments.record"))
        self.tabs = TabBar([Tab("open", "Open invoices"), Tab("paid", "Payments"), Tab("ageing", "Ageing")])
        self.tabs.chosen.connect(self._on_tab)
        self.body.addWidget(self.tabs)
        self.stack = QStackedWidget()
        self.open_model, self.receipts = RowsModel(OPEN_COLUMNS), RowsModel(RECEIPT_COLUMNS)
        self.ages = RowsModel(AGEING_COLUMNS)
        self.open_table = self._table(self.open_model, "open_invoices", "invoice", two_lines=True)
        self.open_table.set_empty("state:paid", "Nothing is open", "Issued invoices that are not paid stand here.")
        self.open_table.opened.connect(self._open_invoice)
        self.receipt_table = self._table(self.receipts, "receipts", "payment")
        self.receipt_table.set_empty("hand-coins", "No payments yet", "Record one from the open invoices.")
        self.age_table = self._table(self.ages, "ageing", "vendor", key="vendor_code")
        self.age_table.set_empty("clock", "Nothing is open", "What is open by days after the due date.")
        self.age_table.opened.connect(lambda row: self._show_vendor(row.vendor_name))
        self.body.addWidget(self.stack, 1)
        self._offer()

    def _table(self, model: RowsModel, name: str, noun: str, *, two_lines: bool = False, key: str = "id") -> DataTable:
        model.set_reader(self.refresh)
        table = DataTable(
            model, name=name, noun=noun, settings=self.context.settings, messages=self.context.messages,
            two_lines=two_lines, key=key,
        )  # fmt: skip
        self.stack.addWidget(table)
        return table

    def _offer(self) -> None:
        need = "payments.record"
        self.add_action(
            Action("pay.record", "Record a payment…", self._record, "Ctrl+I", icon="hand-coins", needs=need)
        )
        self.add_action(Action("pay.remind", "Copy a reminder", self._remind, "Ctrl+R", icon="copy"))
        if self.context.may(need):
            self.open_table.add_menu_item("Record payment…", self._record_rows)
            self.receipt_table.add_menu_item("Spread the advance", self._spread)
            self.receipt_table.add_menu_item("Reverse…", self._reverse)
        self.open_table.add_menu_item("Copy reminder", self._remind_rows)
        self.open_table.add_menu_item("Open invoice", lambda rows: self._open_invoice(rows[0]) if rows else None)

    def refresh(self) -> None:
        """Read the three lists."""
        session, client = self.context.signed_in, self._client()
        if client is None:
            for model in (self.open_model, self.receipts, self.ages):
                model.set_rows([])
            return
        day = self._today()

        def read() -> Any:
            from billing.services.payments import list_open, list_receipts, read_ageing

            opened = [OpenRow(one, day) for one in list_open(session, client=client)]
            return opened, list_receipts(session, client=client), read_ageing(session, client=client, day=day)

        self.query(read, self._show, on_error=self.open_model.set_error)

    def open_with(self, **parameters: Any) -> None:
        """view: open, paid or ageing; vendor (a name)."""
        view = parameters.get("view")
        if view in VIEWS:
            self.tabs.set_current(view)
            self._on_tab(view)
        if parameters.get("vendor"):
            self._show_vendor(str(parameters["vendor"]))

    def _client(self) -> str | None:
        return str(self.context.client_id) if self.context.client_id else None

    def _today(self) -> date:
        return self.context.signed_in.now().astimezone(self.context.zone).date()

    def _show(self, found: Any) -> None:
        opened, receipts, ages = found
        self.open_model.set_rows(opened)
        self.receipts.set_rows(receipts)
        self.ages.set_rows(ages)
        late = sum(row.overdue is not None for row in opened)
        self.tabs.set_count("open", len(opened))
        words = f"{formats.plural(late, 'invoice')} overdue" if late else "Nothing is overdue"
        self.say(words, "state:overdue" if late else "state:tick")

    def _on_tab(self, key: str) -> None:
        self.stack.setCurrentIndex(VIEWS.index(key))
        self.remind_button.setVisible(key == "open")

    def _show_vendor(self, name: str) -> None:
        self.tabs.set_current("open")
        self._on_tab("open")
        self.open_table.set_filters({"vendor_name": f"={name}"})

    def _open_invoice(self, row: OpenRow) -> None:
        if row.document.is_opening:
            self.context.messages.status("An invoice of the program before; it has no page here", "info")
        else:
            self.context.open("invoices", invoice=str(row.document.id))

    def _record(self) -> None:
        self.open_table.selected(self._record_rows)

    def _record_rows(self, rows: list[OpenRow]) -> None:
        """For the rows chosen, of one vendor; else for all that is open of the current row's vendor."""
        client = self._client()
        current = self.open_table.current
        if len(rows) <= 1:
            start = rows[0] if rows else current
            rows = [row for row in self.open_model.rows if start is None or row.vendor_name == start.vendor_name]
            rows = [start] if start is not None and len(rows) == 1 else rows
        if not self._one_vendor(rows) or client is None:
            return
        documents = sorted((row.document for row in rows), key=lambda one: (one.due_date, one.invoice_date, one.number))
        RecordPayment(self, documents, self._today(), client).ask()

    def _one_vendor(self, rows: list[OpenRow]) -> bool:
        names = {row.vendor_name for row in rows}
        if len(names) != 1:
            words = "Choose invoices of one vendor" if names else "Nothing is open"
            self.context.messages.status(words, "info")
        return len(names) == 1

    def _remind(self) -> None:
        self.open_table.selected(self._remind_rows)

    def _remind_rows(self, rows: list[OpenRow]) -> None:
        """The reminder's text to the clipboard: of the rows chosen, else of the current row's vendor."""
        from billing.services.payments import reminder_text

        start = rows[0] if rows else self.open_table.current
        if len(rows) <= 1:
            rows = [row for row in self.open_model.rows if start is not None and row.vendor_name == start.vendor_name]
        if not self._one_vendor(rows):
            return
        documents = [row.document for row in rows]
        text = reminder_text(documents, client_name=self.context.client_name, day=self._today())
        QGuiApplication.clipboard().setText(text)
        self.context.messages.toast("Reminder copied", f"{formats.plural(len(rows), 'invoice')}; paste it into a mail.")

    def _spread(self, rows: list[Receipt]) -> None:
        from billing.services.payments import spread_advance

        if rows and rows[0].advance:
            session, client, key = self.context.signed_in, self._client(), str(rows[0].id)
            self.command(lambda _p: spread_advance(session, key, client=client), title="Spreading the advance")

    def _reverse(self, rows: list[Receipt]) -> None:
        from billing.services.payments import reverse_payment

        if not rows or rows[0].reversed_at:
            return
        one = rows[0]
        dialog = ReasonDialog(
            self, "Reverse this payment?", "Its invoices are open again; the payment stays on record.",
            "Reverse payment", danger=True, fact=(one.reference or one.vendor_name, formats.money(one.amount)),
        )  # fmt: skip
        if dialog.ask():
            session, client, key, why = self.context.signed_in, self._client(), str(one.id), dialog.reason
            self.command(lambda _p: reverse_payment(session, key, reason=why, client=client), title="Reversing")
