"""Letting rest what is open of an invoice, or letting the credit of another one pay it; both with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QDialog

from billing.schemas.ids import new_id
from billing.schemas.payments import WRITE_OFFS, OpenDocument
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import AmountField, Button, Combo, DateField, Form, FormRow, TextField, label


class WriteOffDialog(KeptDialog):
    """`ask()` is True when it was recorded. With `credited` the credit left of those documents pays the invoice."""

    def __init__(
        self, screen: Screen, one: OpenDocument, today: date, client: str, credited: Sequence[OpenDocument] = ()
    ) -> None:
        title = f"Set a credit off against {one.number}?" if credited else f"Write off what is open of {one.number}?"
        super().__init__(screen, title, width=600)
        self._screen, self._document, self._client = screen, one, client
        self._key = new_id()
        words = f"{one.vendor_name}: ₹ {formats.money(one.open_amount)} open. It stays on record and can be reversed."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        choices = [(str(x.id), f"{x.number}, ₹ {formats.money(-x.open_amount)} left") for x in credited]
        self.why = Combo(choices or list(WRITE_OFFS.items()), name="Credit of" if credited else "Reason")
        self.why.set_value(choices[0][0] if choices else "SHORT_PAID")
        self.amount = AmountField(name="Amount")
        most = min(one.open_amount, -credited[0].open_amount) if credited else one.open_amount
        self.amount.set_value(most)
        self.day, self.note = DateField(today, name="Date"), TextField(width=300, name="Note")
        self._is_set_off = bool(credited)
        self.form = Form(
            FormRow("Credit of" if credited else "Reason", self.why, key="why"),
            FormRow("Amount", self.amount, key="amount"),
            FormRow("Date", self.day, key="date"),
            FormRow("Note", self.note, key="note", hint="" if credited else "needed for Other"),
            inset=0,
        )
        self.form.saved.connect(self._save)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        self.save_button = Button("Set off" if credited else "Write off", "primary", on_click=self._save)
        self.foot.addWidget(label("Ctrl Enter: record it", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.save_button)
        self.keep_typed(screen.context, f"{one.id}:{self._is_set_off}", self.form)
        self.why.setFocus()

    def _save(self) -> None:
        errors = {} if self.amount.value else {"amount": "Give the amount"}
        if self.day.value is None:
            errors["date"] = "Give the day"
        if not self.save_button.isEnabled() or self.form.show_errors(errors) or errors or not self.form.check():
            return
        session, number, why = self._screen.context.signed_in, str(self._document.id), str(self.why.value)
        words: dict[str, Any] = {
            "written_on": self.day.value, "amount": self.amount.value, "note": str(self.note.value or ""),
            "client": self._client,
        }  # fmt: skip
        is_set_off, key = self._is_set_off, self._key

        def write(_progress: Any) -> Any:
            from billing.services.write_offs import set_off, write_off

            if is_set_off:
                return set_off(session, why, number, set_off_id=key, **words)
            return write_off(session, number, reason=why, write_off_id=key, **words)

        self.save_button.wait_for("Recording it")
        self._screen.command(write, self._on_saved, title="Recording", on_error=self._on_error)

    def _on_saved(self, _changes: Any) -> None:
        self.settled()
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self.save_button.wait_for("")
        self.notice.show_message("danger", str(error))

    def ask(self) -> bool:
        """Show it."""
        return self.exec() == QDialog.DialogCode.Accepted
