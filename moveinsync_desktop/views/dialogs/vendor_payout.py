"""Paying a vendor out: the statement from what was billed to what is paid, the account, and the deed."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog

from billing.schemas.vendor_bills import Payee
from billing.services.vendor_settling import PayoutView, statement_lines
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    Form,
    FormRow,
    MessageBar,
    NoteLine,
    SumRow,
    TextField,
    hline,
    label,
)

FIELD = 260


class PayoutDialog(PlainDialog):
    """Opens filled; `payout_button` records what is agreed and not paid yet. Signals of the screen tell the rest."""

    def __init__(self, screen: Screen, view: PayoutView, client: str) -> None:
        super().__init__(screen, f"Pay {view.bill.vendor_name} out?", width=640)
        self._screen, self._view, self._client = screen, view, client
        self.notice = MessageBar()
        self.body.addWidget(self.notice)
        lines = statement_lines(view)
        for name, paise in lines[:-1]:
            self.body.addWidget(SumRow(name, formats.money(paise), medium=name.startswith(("Agreed", "This payout"))))
        self.body.addWidget(hline())
        self.body.addWidget(SumRow(lines[-1][0], f"₹ {formats.money(lines[-1][1])}", strong=True))
        why = view.proposal.tds_reason
        self.body.addWidget(NoteLine("info", f"Tax deducted at source: {why}. Its base has no GST in it."))
        self._account()
        self.payout_button = Button("Record payout", "primary", on_click=self._pay)
        empty = "" if view.proposal.amount + view.proposal.tax > 0 else "Nothing is payable now"
        self.payout_button.wait_for(empty)
        self.foot.addWidget(label("Ctrl Enter: record payout", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.payout_button)

    def _account(self) -> None:
        payee = self._view.payee or Payee("", "", "")
        self._fields = {
            "beneficiary": TextField(payee.beneficiary, width=FIELD, name="Beneficiary"),
            "account_no": TextField(payee.account_no, width=FIELD, name="Account number"),
            "ifsc": TextField(payee.ifsc, width=FIELD, name="IFSC"),
        }
        self.form = Form(
            FormRow("Beneficiary", self._fields["beneficiary"], key="beneficiary"),
            FormRow("Account number", self._fields["account_no"], key="account_no"),
            FormRow("IFSC", self._fields["ifsc"], key="ifsc", hint="for the bank file"),
        )
        self.form.saved.connect(self._pay)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)

    def _typed(self) -> Payee:
        return Payee(*(str(field.value or "") for field in self._fields.values()))

    def _pay(self) -> None:
        """Save the account if it was changed, then record; a failure keeps the dialog."""
        if not self.payout_button.isEnabled():
            return
        session, bill, client = self._screen.context.signed_in, str(self._view.bill.id), self._client
        vendor, typed, known = self._view.bill.vendor_code, self._typed(), self._view.payee

        def write(_progress: Any) -> Any:
            from billing.services.vendor_settling import pay_out, save_payee

            if any((typed.beneficiary, typed.account_no, typed.ifsc)) and typed != known:
                save_payee(session, client=client, vendor=vendor, payee=typed)
            return pay_out(session, bill)

        self.payout_button.wait_for("Recording the payout")
        self._screen.command(write, self._on_paid, title="Recording the payout", on_error=self._on_error)

    def _on_paid(self, done: Any) -> None:
        self._screen.context.messages.toast("Payout recorded", f"₹ {formats.money(done.payout.net)} net")
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self.payout_button.wait_for("")
        self.notice.show_message("danger", str(error))

    def ask(self) -> bool:
        """Show it; True when a payout was recorded."""
        return self.exec() == QDialog.DialogCode.Accepted
