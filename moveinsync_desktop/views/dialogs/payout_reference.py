"""The bank's reference of a payout, entered when the bank has sent it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from billing.schemas.vendor_bills import PayoutRow
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, Form, FormRow, TextField, label


class PayoutReferenceDialog(KeptDialog):
    """`ask()`, then `reference`; the screen stores it and calls `settled()`."""

    def __init__(self, screen: Screen, row: PayoutRow) -> None:
        super().__init__(screen, "Bank reference of this payout", width=520)
        payout = row.payout
        words = f"{row.vendor_name}, {formats.day(payout.paid_on)}, ₹ {formats.money(payout.net)} net"
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._field = TextField(payout.reference, width=260, name="Bank reference")
        self.form = Form(FormRow("Reference", self._field, hint="UTR, as the bank says", key="reference"), inset=0)
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button("Save reference", "primary", on_click=self.accept))
        self.keep_typed(screen.context, str(payout.id), self.form)
        self._field.setFocus()

    @property
    def reference(self) -> str:
        """What was typed."""
        return str(self._field.value or "").strip()

    def accept(self) -> None:
        """Only with a reference."""
        if not self.form.show_errors({} if self.reference else {"reference": "Enter it"}) and self.reference:
            super().accept()

    def ask(self) -> bool:
        """Show it."""
        return self.exec() == QDialog.DialogCode.Accepted
