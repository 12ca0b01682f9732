"""A debit note to a vendor: which rows of its bill it takes off, what for; the sums before it gets its number."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog

from billing.schemas.ids import new_id
from billing.services.debit_notes import KINDS, OPEN, SETTLED, UNDISPUTED, Notable
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    Form,
    FormRow,
    SumRow,
    TextField,
    clear_layout,
    column,
    frame,
    label,
)
from moveinsync_desktop.views.widgets.choices import Check

WORDS = {
    SETTLED: "Settled disputes",
    OPEN: "Open disputes, settled at our amount",
    UNDISPUTED: "Other rows that ask more, settled at our amount",
}


class DebitNoteDialog(KeptDialog):
    """`ask()` is True when a note was issued; `number` is its number."""

    def __init__(self, screen: Screen, notable: Notable) -> None:
        super().__init__(screen, f"Debit note to {notable.bill.vendor_name}?", width=700)
        self._screen, self._notable = screen, notable
        self._key = new_id()  # the same intention, however often it is sent
        self.number = ""
        words = "It gets its number now and is not changed afterwards; it can be voided. It is no tax document."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self.checks = {kind: Check(WORDS[kind], checked=kind == SETTLED) for kind in KINDS}
        self.reason = TextField(width=330, name="Reason")
        self.form = Form(inset=0)
        for at, (kind, check) in enumerate(self.checks.items()):
            rows = notable.rows(kind)
            check.setEnabled(bool(rows))
            check.setChecked(bool(rows) and kind == SETTLED)
            worth = f"{formats.plural(rows, 'row')}, ₹ {formats.money(notable.taken_off(kind))}" if rows else "none"
            self.form.add(FormRow("Takes off" if not at else "", check, key=kind, hint=worth))
        self.form.add(FormRow("Reason", self.reason, hint="printed on it", key="reason"))
        for row in self.form.rows:
            row.changed.connect(self._show_sums)
        self.form.saved.connect(self._issue)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        self._sums = column(gap=0, margins=(12, 8, 12, 8))
        self.body.addWidget(frame("well", self._sums))
        self.issue_button = Button("Issue debit note", "primary", on_click=self._issue)
        self.foot.addWidget(label("Ctrl Enter: issue", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.issue_button)
        self.keep_typed(screen.context, str(notable.bill.id), self.form)
        self._show_sums()
        self.reason.setFocus()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of rows that are ticked."""
        return tuple(kind for kind, check in self.checks.items() if check.value and self._notable.rows(kind))

    def _show_sums(self, *_changed: Any) -> None:
        clear_layout(self._sums)
        for kind in self.kinds:
            rows = formats.plural(self._notable.rows(kind), "row")
            self._sums.addWidget(SumRow(f"{WORDS[kind]}, {rows}", formats.money(self._notable.taken_off(kind))))
        total = sum(self._notable.taken_off(kind) for kind in self.kinds)
        self._sums.addWidget(SumRow("Taken off before tax", formats.money(total), strong=True))
        empty = "" if self.kinds else "No row is chosen"
        self.issue_button.wait_for(empty or ("" if self.reason.value else "Say what it is for"))

    def _issue(self) -> None:
        if not self.issue_button.isEnabled():
            return
        session, bill = self._screen.context.signed_in, str(self._notable.bill.id)
        kinds, reason, key = self.kinds, str(self.reason.value or ""), self._key

        def write(_progress: Any) -> Any:
            from billing.services.debit_notes import issue_debit_note

            return issue_debit_note(session, bill, reason=reason, kinds=kinds, note_id=key)

        self.issue_button.wait_for("Issuing the debit note")
        self._screen.command(write, self._on_issued, title="Issuing the debit note", on_error=self._on_error)

    def _on_issued(self, done: Any) -> None:
        self.number = done.note.number
        self.settled()
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self.issue_button.wait_for("")
        self.notice.show_message("danger", str(error))

    def ask(self) -> bool:
        """Show it."""
        return self.exec() == QDialog.DialogCode.Accepted
