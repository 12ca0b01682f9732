"""Paying a vendor out: the statement from what was billed to what is paid, the account, the deed, the paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QDialog, QGridLayout

from billing.exchange.paper.vendor_memos import tds_words
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import Payee
from billing.services.payouts import PayoutView, payee_problems, statement_rows
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, Form, FormRow, NoteLine, SumRow, TextField, hline, label

FIELD = 260


class PayoutDialog(KeptDialog):
    """Opens filled; `payout_button` records what is agreed and not paid yet, `on_preview` shows the paper."""

    def __init__(self, screen: Screen, view: PayoutView, client: str, on_preview: Callable[[], object]) -> None:
        super().__init__(screen, f"Pay {view.bill.vendor_name} out?", width=680)
        self._screen, self._view, self._client = screen, view, client
        self._key = new_id()  # the same intention, however often it is sent
        self.body.addLayout(self._statement())
        self.body.addWidget(SumRow(tds_words(view.proposal), formats.money(-view.proposal.tds)))
        self.body.addWidget(hline())
        self.body.addWidget(SumRow("Net payable", f"₹ {formats.money(view.proposal.net)}", strong=True))
        _, mark, why = view.proposal.tds_reason.partition(": ")
        words = f"Tax deducted at source: {why if mark else view.proposal.tds_reason}. Its base has no GST in it."
        if view.proposal.amount:
            self.body.addWidget(NoteLine("info", words))
        self._account()
        self.payout_button = Button("Record payout", "primary", on_click=self._pay)
        empty = "" if view.proposal.amount + view.proposal.tax > 0 else "Nothing is payable now"
        self.payout_button.wait_for(empty)
        self.foot.addWidget(Button("Preview statement…", icon="printer", on_click=on_preview))
        self.foot.addWidget(label("Ctrl Enter: record payout", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.payout_button)
        self.keep_typed(screen.context, str(view.bill.id), self.form)

    def _statement(self) -> QGridLayout:
        """Words, before tax, GST; sums stand out."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        for place, words in ((1, "Before tax ₹"), (2, "GST ₹")):
            grid.addWidget(label(words, t="sm", c="ink3", right=True), 0, place)
        for at, row in enumerate(statement_rows(self._view), start=1):
            weight = "600" if row.is_sum else ""
            tax = formats.NONE if row.tax is None else formats.money(row.tax)
            for place, text in enumerate((row.words, formats.money(row.amount), tax)):
                cell = label(text, w=weight, right=place > 0)
                cell.setAccessibleName(text if not place else f"{row.words}: {text}")
                grid.addWidget(cell, at, place)
        grid.setColumnStretch(0, 1)
        return grid

    def _account(self) -> None:
        payee = self._view.payee or Payee("", "", "")
        self._fields = {
            "beneficiary": TextField(payee.beneficiary, width=FIELD, name="Beneficiary"),
            "account_no": TextField(payee.account_no, width=FIELD, name="Account number"),
            "ifsc": TextField(payee.ifsc, width=FIELD, name="IFSC"),
        }
        self.reference = TextField(width=FIELD, name="Bank reference")
        self.form = Form(
            FormRow("Beneficiary", self._fields["beneficiary"], key="beneficiary"),
            FormRow("Account number", self._fields["account_no"], key="account_no"),
            FormRow("IFSC", self._fields["ifsc"], key="ifsc", hint="for the bank file"),
            FormRow("Bank reference", self.reference, key="reference", hint="UTR; can follow later"),
            inset=0,
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
        is_given = any((typed.beneficiary, typed.account_no, typed.ifsc))
        problems = payee_problems(typed) if is_given and typed != known else {}
        if problems:
            self.form.show_errors(problems)
            return
        reference, key = str(self.reference.value or ""), self._key

        def write(_progress: Any) -> Any:
            from billing.services.payouts import pay_out, save_payee

            if is_given and typed != known:
                save_payee(session, client=client, vendor=vendor, payee=typed)
            return pay_out(session, bill, payout_id=key, reference=reference)

        self.payout_button.wait_for("Recording the payout")
        self._screen.command(write, self._on_paid, title="Recording the payout", on_error=self._on_error)

    def _on_paid(self, done: Any) -> None:
        self._screen.context.messages.toast("Payout recorded", f"₹ {formats.money(done.payout.net)} net")
        self.settled()
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self.payout_button.wait_for("")
        self.notice.show_message("danger", str(error))

    def ask(self) -> bool:
        """Show it; True when a payout was recorded."""
        return self.exec() == QDialog.DialogCode.Accepted
