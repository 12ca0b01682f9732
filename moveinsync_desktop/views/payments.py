"""Payments: what is open of issued invoices, what was paid, ages, and reminders to copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QStackedWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.payment_rows import (
    AGEING_COLUMNS,
    OPEN_COLUMNS,
    RECEIPT_COLUMNS,
    WRITE_OFF_COLUMNS,
    OpenRow,
)
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.dialogs.record_payment import RecordPayment
from moveinsync_desktop.views.dialogs.write_off import WriteOffDialog
from moveinsync_desktop.views.invoice_files import open_folder
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, DataTable, MenuButton, Tab, TabBar

if TYPE_CHECKING:
    from datetime import date

    from billing.schemas.payments import OpenDocument, Receipt, WriteOff

VIEWS = ("open", "paid", "ageing", "write_offs")


class PaymentsScreen(Screen):
    """Four lists: open invoices, payments, ages by vendor, what was let rest or set off."""

    id = "payments"
    title = "Payments"
    tables = frozenset({"receipts", "receipt_lines", "invoices", "opening_invoices", "write_offs"})

    def build(self) -> None:
        """Header, tabs, lists."""
        context = self.context
        context.navigator.client_changed.connect(self.make_stale)
        self.remind_button = MenuButton(
            "Reminder", [("Copy its text", self._remind), ("Save as text or mail draft…", self._save_reminder)],
            icon="copy", tip="Ctrl R",
        )  # fmt: skip
        self.record_button = Button(
            "Record payment…", "primary", icon="hand-coins", on_click=self._record, tip="Ctrl I"
        )
        self.header.add_right(self.remind_button, self.record_button)
        self.record_button.setVisible(context.may("payments.record"))
        self.tabs = TabBar(
            [Tab("open", "Open invoices"), Tab("paid", "Payments"), Tab("ageing", "Ageing"),
             Tab("write_offs", "Written off")]
        )  # fmt: skip
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
        self.write_offs = RowsModel(WRITE_OFF_COLUMNS)
        self.write_off_table = self._table(self.write_offs, "write_offs", "write-off")
        self.write_off_table.set_empty(
            "state:tick", "Nothing was written off", "What is let rest or set off against a credit stands here."
        )
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
        self.add_action(Action("pay.letter", "Save a reminder…", self._save_reminder, "Ctrl+Shift+R", icon="download"))
        self.add_action(
            Action("pay.rest", "Write off what is open…", self._rest, "Ctrl+Shift+W", icon="ban", needs=need)
        )
        if self.context.may(need):
            self.open_table.add_menu_item("Record payment…", self._record_rows)
            self.open_table.add_menu_item("Write off…", self._rest_rows)
            self.open_table.add_menu_item("Set a credit off against it…", self._set_off_rows)
            self.write_off_table.add_menu_item("Reverse…", self._reverse_write_off)
            self.receipt_table.add_menu_item("Spread the advance", self._spread)
            self.receipt_table.add_menu_item("Reverse…", self._reverse)
        self.open_table.add_menu_item("Copy reminder", self._remind_rows)
        self.open_table.add_menu_item("Open invoice", lambda rows: self._open_invoice(rows[0]) if rows else None)

    def refresh(self) -> None:
        """Read the four lists."""
        session, client = self.context.signed_in, self._client()
        if client is None:
            for model in (self.open_model, self.receipts, self.ages, self.write_offs):
                model.set_rows([])
            return
        day = self._today()

        def read() -> Any:
            from billing.services.payments import list_open, list_receipts, read_ageing
            from billing.services.write_offs import list_write_offs

            opened = [OpenRow(one, day) for one in list_open(session, client=client)]
            aged = read_ageing(session, client=client, day=day)
            return opened, list_receipts(session, client=client), aged, list_write_offs(session, client=client)

        self.query(read, self._show, on_error=self.open_model.set_error)

    def open_with(self, **parameters: Any) -> None:
        """view: one of VIEWS; vendor (a name)."""
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
        opened, receipts, ages, write_offs = found
        self.write_offs.set_rows(write_offs)
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

    def _save_reminder(self) -> None:
        self.open_table.selected(self._save_reminder_rows)

    def _save_reminder_rows(self, rows: list[OpenRow]) -> None:
        """The reminder as a text file, or as a draft that a mail program opens."""
        from billing.exchange.reminder_file import write_reminder

        text, documents = self._reminder(rows)
        if not text:
            return
        name = f"Reminder {documents[0].vendor_code} {formats.day(self._today())}.eml"
        target, _kind = QFileDialog.getSaveFileName(self, "Save the reminder", name, "Mail draft (*.eml);;Text (*.txt)")
        if target:
            path = Path(target)
            self.command(lambda _p: write_reminder(path, text), self._on_saved, title="Saving the reminder")

    def _on_saved(self, path: Path) -> None:
        self.context.messages.toast(
            f"{path.name} saved", str(path.parent), action="Open folder", on_action=lambda: open_folder(path)
        )

    def _remind_rows(self, rows: list[OpenRow]) -> None:
        """The reminder's text to the clipboard."""
        text, documents = self._reminder(rows)
        if text:
            QGuiApplication.clipboard().setText(text)
            words = f"{formats.plural(len(documents), 'invoice')}; paste it into a mail."
            self.context.messages.toast("Reminder copied", words)

    def _reminder(self, rows: list[OpenRow]) -> tuple[str, list[OpenDocument]]:
        """Text and invoices of a reminder: of the rows chosen, else of the current row's vendor."""
        from billing.services.payments import reminder_text

        start = rows[0] if rows else self.open_table.current
        if len(rows) <= 1:
            rows = [row for row in self.open_model.rows if start is not None and row.vendor_name == start.vendor_name]
        rows = [row for row in rows if row.document.open_amount > 0]
        if not self._one_vendor(rows):
            return "", []
        documents = [row.document for row in rows]
        return reminder_text(documents, client_name=self.context.client_name, day=self._today()), documents

    def _rest(self) -> None:
        self.open_table.selected(self._rest_rows)

    def _rest_rows(self, rows: list[OpenRow]) -> None:
        """Write off what is open of one invoice."""
        one, client = rows[0] if rows else self.open_table.current, self._client()
        if one is None or client is None or one.document.open_amount <= 0:
            self.say("Choose an invoice that is open", "info")
            return
        WriteOffDialog(self, one.document, self._today(), client).ask()

    def _set_off_rows(self, rows: list[OpenRow]) -> None:
        """Let what another document was credited beyond its payment pay this one."""
        one, client = rows[0] if rows else self.open_table.current, self._client()
        if one is None or client is None or one.document.open_amount <= 0:
            self.say("Choose an invoice that is open", "info")
            return
        credited = [
            row.document for row in self.open_model.rows
            if row.document.open_amount < 0 and row.document.vendor_id == one.document.vendor_id
        ]  # fmt: skip
        if not credited:
            self.say(f"{one.vendor_name} has no credit left on another invoice", "info")
            return
        WriteOffDialog(self, one.document, self._today(), client, credited).ask()

    def _reverse_write_off(self, rows: list[WriteOff]) -> None:
        from billing.services.write_offs import reverse_write_off

        if not rows or rows[0].reversed_at:
            return
        one = rows[0]
        dialog = ReasonDialog(
            self, "Reverse this write-off?", "What it let rest is open again; it stays on record.", "Reverse",
            danger=True, fact=(one.number, formats.money(one.amount)),
        )  # fmt: skip
        if dialog.ask():
            session, client, key, why = self.context.signed_in, self._client(), str(one.id), dialog.reason
            self.command(lambda _p: reverse_write_off(session, key, reason=why, client=client), title="Reversing")

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
