"""Questions about a vendor's bill: why rows are disputed, how a dispute is settled."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QDialog

from billing.schemas.vendor_bills import REASONS, Dispute
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import AmountField, Button, Combo, Form, FormRow, TextField, label

WIDTH = 300


class DisputeDialog(KeptDialog):
    """`ask()`, then reason, note, owner and pay (None: our amount where they ask for more, else nothing).

    `which` tells the rows; whoever stores the dispute calls `settled()` then.
    """

    def __init__(self, screen: Screen, lines: int, theirs: int, *, owner: str, which: str) -> None:
        super().__init__(screen, f"Dispute {formats.plural(lines, 'row')} of theirs?", width=620)
        what = "it" if lines == 1 else "them"
        follows = f"They ask ₹ {formats.money(theirs)} for {what}. The rest of the bill stays payable."
        self.body.addWidget(label(follows, c="ink2", wrap=True))
        self._reason = Combo(list(REASONS.items()), name="Reason")
        self._reason.set_value("RATE")
        self._note, self._owner = TextField(width=WIDTH, name="Note"), TextField(owner, width=WIDTH, name="Owner")
        self._pay = AmountField(name="Payable all the same")
        self.form = Form(
            FormRow("Reason", self._reason, key="reason"),
            FormRow("Note", self._note, key="note"),
            FormRow("Owner", self._owner, key="owner"),
            inset=0,
        )
        if lines == 1:
            self.form.add(FormRow("Payable now", self._pay, hint="else ours, if they ask more", key="pay"))
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button("Raise dispute", "primary", on_click=self.accept))
        self.keep_typed(screen.context, which, self.form)
        self._reason.setFocus()

    def accept(self) -> None:
        """Only a whole form."""
        if self.form.check():
            super().accept()

    def ask(self) -> bool:
        """Show it; True when the dispute is wanted."""
        return self.exec() == QDialog.DialogCode.Accepted

    @property
    def reason(self) -> str:
        """The reason's code."""
        return str(self._reason.value)

    @property
    def note(self) -> str:
        """What was typed."""
        return str(self._note.value or "")

    @property
    def owner(self) -> str:
        """Who sees to it."""
        return str(self._owner.value or "")

    @property
    def pay(self) -> int | None:
        """Paise, or None."""
        return self._pay.value if self._pay.value is not None else None


class ResolveDialog(KeptDialog):
    """`ask()`, then reason and amount (of a split); whoever stores it calls `settled()` then."""

    WORDS: ClassVar[dict[str | None, tuple[str, str, str]]] = {
        "THEIRS": ("Accept theirs?", "What they ask becomes payable.", "Accept theirs"),
        "OURS": (
            "Does ours hold?",
            "What they ask beyond ours is taken off, and can be put on a debit note.",
            "Ours holds",
        ),
        "SPLIT": ("Split the difference?", "The amount agreed lies between ours and theirs.", "Settle at this amount"),
        None: ("Open the dispute again?", "What was settled waits for a decision again.", "Open again"),
    }

    def __init__(self, screen: Screen, dispute: Dispute, resolution: str | None) -> None:
        question, follows, verb = self.WORDS[resolution]
        super().__init__(screen, question, width=620)
        self._needs_amount = resolution == "SPLIT"
        self.body.addWidget(label(follows, c="ink2", wrap=True))
        sides = f"{dispute.ref}: theirs ₹ {formats.money(dispute.theirs)}, ours ₹ {formats.money(dispute.ours)}"
        self.body.addWidget(label(sides, w="500"))
        self._amount, self._reason = AmountField(name="Agreed amount"), TextField(width=WIDTH, name="Reason")
        self.form = Form(inset=0)
        if self._needs_amount:
            self._amount.set_value((dispute.theirs + dispute.ours) // 2)
            self.form.add(FormRow("Agreed", self._amount, hint="before tax", key="amount"))
        self.form.add(FormRow("Reason", self._reason, hint="kept with the dispute", key="reason"))
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button(verb, "primary", on_click=self.accept))
        self.keep_typed(screen.context, f"{dispute.id}:{resolution or 'REOPEN'}", self.form)
        self._reason.setFocus()

    def accept(self) -> None:
        """A reason is always asked for, an amount of a split."""
        errors = {} if self.reason else {"reason": "Say why"}
        if self._needs_amount and self.amount is None:
            errors["amount"] = "Give the agreed amount"
        if not self.form.show_errors(errors) and not errors and self.form.check():
            super().accept()

    def ask(self) -> bool:
        """Show it; True when it is wanted."""
        return self.exec() == QDialog.DialogCode.Accepted

    @property
    def reason(self) -> str:
        """What was typed."""
        return str(self._reason.value or "").strip()

    @property
    def amount(self) -> int | None:
        """Paise of a split."""
        return self._amount.value if self._needs_amount else None
