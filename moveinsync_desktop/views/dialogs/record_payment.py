"""Recording a payment: how much, when, what for; how it is spread is shown while one types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QDialog

from billing.errors import BadInputError
from billing.schemas.ids import new_id
from billing.schemas.payments import MODES, WRITE_OFFS, OpenDocument
from billing.services.payments import spread
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    AmountField,
    Button,
    Combo,
    DateField,
    Form,
    FormRow,
    SumRow,
    TextField,
    clear_layout,
    column,
    frame,
    label,
)

SHOWN = 6


class RecordPayment(KeptDialog):
    """Opens on documents of one vendor; `ask()` is True when the payment was recorded."""

    def __init__(self, screen: Screen, documents: Sequence[OpenDocument], today: date, client: str) -> None:
        first = documents[0]
        super().__init__(screen, f"Record a payment to {first.vendor_name}", width=620)
        self._screen, self._client, self._vendor = screen, client, first.vendor_code
        self._documents = [one for one in documents if one.open_amount > 0]
        self._key = new_id()  # the same intention, however often it is sent
        open_sum = sum(one.open_amount for one in self._documents)
        count = formats.plural(len(self._documents), "invoice")
        words = f"{count}, ₹ {formats.money(open_sum)} open. Oldest due date first."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self.amount, self.tds = AmountField(name="Amount paid"), AmountField(name="TDS withheld")
        self.amount.set_value(open_sum)
        self.day = DateField(today, name="Date")
        self.mode = Combo(list(MODES.items()), name="By")
        self.mode.set_value("BANK")
        self.short = Combo([("", "Stays open"), *WRITE_OFFS.items()], name="What is short")
        self.short.set_value("")
        self.reference, self.note = TextField(width=220, name="Reference"), TextField(width=300, name="Note")
        self.form = Form(
            FormRow("Amount paid", self.amount, key="amount"),
            FormRow("TDS withheld", self.tds, hint="beside the payment", key="tds"),
            FormRow("Date", self.day, key="date"),
            FormRow("By", self.mode, key="mode"),
            FormRow("Reference", self.reference, hint="UTR or cheque number", key="reference"),
            FormRow("What is short", self.short, key="short", hint="or is written off because"),
            FormRow("Note", self.note, key="note"),
            inset=0,
        )
        for row in self.form.rows:
            row.changed.connect(self._show_spread)
        self.form.saved.connect(self._save)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        self._spread = column(gap=0, margins=(12, 8, 12, 8))
        self.body.addWidget(frame("well", self._spread))
        self.save_button = Button("Record payment", "primary", on_click=self._save)
        self.foot.addWidget(label("It is never changed; it can be reversed.", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.save_button)
        which = ":".join(sorted(str(one.id) for one in self._documents))
        self.keep_typed(screen.context, f"{first.vendor_id}:{which}", self.form)
        self._show_spread()

    def _show_spread(self) -> None:
        """What the figures typed do to the invoices."""
        clear_layout(self._spread)
        amount, tds = self.amount.value or 0, self.tds.value or 0
        try:
            lines = spread(self._documents, amount, tds)
        except BadInputError as error:
            self.save_button.wait_for(error.message)
            self._spread.addWidget(label(error.message, c="overdue"))
            return
        self.save_button.wait_for("" if amount > 0 else "Give the amount")
        for line in lines[:SHOWN]:
            extra = f", TDS {formats.money(line.tds)}" if line.tds else ""
            self._spread.addWidget(SumRow(f"{line.number}{extra}", formats.money(line.amount)))
        if len(lines) > SHOWN:
            rest = sum(line.amount for line in lines[SHOWN:])
            self._spread.addWidget(SumRow(f"{len(lines) - SHOWN} more", formats.money(rest)))
        advance = amount - sum(line.amount for line in lines)
        self._spread.addWidget(SumRow("Left over as an advance", formats.money(advance), medium=True))

    def _save(self) -> None:
        if not self.save_button.isEnabled() or not self.form.check():
            return
        if self.day.value is None:
            self.form.show_errors({"date": "Give the day"})
            return
        session, vendor, client = self._screen.context.signed_in, self._vendor, self._client
        words = {
            "amount": self.amount.value, "received_on": self.day.value, "tds": self.tds.value or 0,
            "mode": str(self.mode.value), "reference": str(self.reference.value or ""),
            "note": str(self.note.value or ""), "short": str(self.short.value or ""),
            "invoices": [str(one.id) for one in self._documents],
        }  # fmt: skip

        def write(_progress: Any) -> Any:
            from billing.services.payments import record_payment

            return record_payment(session, vendor=vendor, client=client, receipt_id=self._key, **words)

        self.save_button.wait_for("Recording the payment")
        self._screen.command(write, self._on_saved, title="Recording the payment", on_error=self._on_error)

    def _on_saved(self, done: Any) -> None:
        receipt = done.receipt
        advance = f", advance {formats.money(receipt.advance)}" if receipt.advance else ""
        words = f"{formats.plural(len(receipt.lines), 'invoice')}{advance}"
        self._screen.context.messages.toast(f"Payment of ₹ {formats.money(receipt.amount)} recorded", words)
        self.settled()
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self.save_button.wait_for("")
        self.notice.show_message("danger", str(error))

    def ask(self) -> bool:
        """Show it."""
        return self.exec() == QDialog.DialogCode.Accepted
