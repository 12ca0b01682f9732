"""What a client did with a credit note in the portal's invoice management system: recorded here, never sent."""

from __future__ import annotations

from typing import Any

from billing.services.einvoices import Registration
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    DateField,
    Form,
    FormRow,
    MessageBar,
    Segmented,
    TextField,
    clear_layout,
    column,
    frame,
    label,
)

CHOICES = [("ACCEPTED", "Accepted"), ("REJECTED", "Rejected"), ("PENDING", "Pending")]
FOLLOWS = {
    "ACCEPTED": "The client reverses its input tax credit; the supplier's tax is reduced.",
    "REJECTED": "The client keeps its credit: the tax is the supplier's liability again in the next GSTR-3B.",
    "PENDING": "Nothing is reduced until the client accepts the note.",
}


class ImsDialog(PlainDialog):
    """Opens on a credit note of the list; attributes: status, remark, day, save_button."""

    def __init__(self, screen: Screen, note: Registration) -> None:
        super().__init__(screen, f"What the client did with {note.number}", width=600)
        self._screen, self._note, context = screen, note, screen.context
        self.notice = MessageBar()
        self.status = Segmented(CHOICES, "Answer")
        self.status.set_value(note.ims or "ACCEPTED")
        self.day = DateField(context.signed_in.now().astimezone(context.zone).date(), name="On the portal")
        self.remark = TextField(name="Remark", width=250)
        self.remark.setMaxLength(500)
        self.form = Form(
            FormRow("Answer", self.status, key="status"),
            FormRow("On the portal", self.day, key="on"),
            FormRow("Remark", self.remark, key="remark", hint="a rejection says why"),
        )
        self._follows = label("", c="ink2", wrap=True)
        self._before = column(gap=2, margins=(12, 8, 12, 8))
        until = formats.day(note.credit_until) if note.credit_until else ""
        self.body.addWidget(self.notice)
        self.body.addWidget(label(f"{note.recipient}. The note may reduce the tax until {until}.", c="ink2", wrap=True))
        self.body.addWidget(self.form)
        self.body.addWidget(self._follows)
        self.body.addWidget(frame("well", self._before))
        self.save_button = Button("Record answer", "primary", on_click=self._save)
        self.foot.addWidget(label("Every answer is kept.", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.save_button)
        self.save_button.setVisible(screen.context.may("ims.record"))
        for made in self.form.rows:
            made.changed.connect(self._refresh)
        self.form.saved.connect(self._save)
        self.form.left.connect(self.reject)
        self._refresh()
        self._read()

    def _read(self) -> None:
        from billing.services.ims import read_ims

        session, invoice = self._screen.context.signed_in, str(self._note.invoice_id)
        self._screen.query(lambda: read_ims(session, invoice=invoice), self._show, key="ims")

    def _show(self, found: Any) -> None:
        clear_layout(self._before)
        if not found.answers:
            self._before.addWidget(label("No answer is recorded yet.", t="sm", c="ink3"))
        for one in found.answers:
            words = f"{formats.day(one.acted_on)}  {dict(CHOICES)[one.status]}"
            more = f", {one.remark}" if one.remark else ""
            self._before.addWidget(label(f"{words}{more}  ({one.recorded_by})", t="sm", wrap=True))

    def _refresh(self) -> None:
        status = str(self.status.value)
        self._follows.setText(FOLLOWS[status])
        waits = status == "REJECTED" and not self.remark.text().strip()
        self.save_button.wait_for("Say why the client rejected it" if waits else "")

    def _save(self) -> None:
        if not self.save_button.isEnabled() or not self.form.check():
            return
        session, invoice = self._screen.context.signed_in, str(self._note.invoice_id)
        words: dict[str, Any] = {
            "status": str(self.status.value), "remark": self.remark.text().strip(), "on": self.day.value,
        }  # fmt: skip

        def write(_progress: Any) -> Any:
            from billing.services.ims import record_ims

            return record_ims(session, invoice=invoice, **words)

        self.save_button.wait_for("Recording")
        self._screen.command(write, self._on_saved, title="Recording the answer", on_error=self._on_error)

    def _on_saved(self, done: Any) -> None:
        told = dict(CHOICES)[done.answers[-1].status].lower()
        self._screen.context.messages.toast(f"{done.number}: {told} by the client", FOLLOWS[done.answers[-1].status])
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self._refresh()
        self.notice.show_message("danger", str(error))
