"""Recording that an IRN was cancelled on the portal: its reason and remark, as the portal wants them."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from billing.services.einvoices import REASONS
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow


class CancelIrnDialog(PlainDialog):
    """Attributes: reason ("1" to "4"), remark."""

    def __init__(self, parent: QWidget | None, number: str, until: str) -> None:
        super().__init__(parent, f"The IRN of {number} was cancelled on the portal", width=560)
        words = f"The portal cancels until {until}, its time. Here nothing is sent: this records what was done there."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._reason = Combo([(code, f"{code}  {text}") for code, text in REASONS.items()], name="Reason")
        self._reason.set_value("2")
        self._remark = TextField(name="Remark", width=280)
        self._remark.setMaxLength(100)
        self.form = Form(FormRow("Reason", self._reason), FormRow("Remark", self._remark, hint="up to 100 characters"))
        self.body.addWidget(self.form)
        self._record = Button("Record cancellation", "primary", on_click=self.accept)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self._record)
        self._remark.textChanged.connect(lambda _text: self._refresh())
        self._refresh()

    @property
    def reason(self) -> str:
        """The portal's number of the reason."""
        return str(self._reason.value)

    @property
    def remark(self) -> str:
        """What was typed."""
        return self._remark.text().strip()

    def ask(self) -> bool:
        """Show it; True when it shall be recorded."""
        return self.exec() == QDialog.DialogCode.Accepted

    def _refresh(self) -> None:
        self._record.wait_for("" if self.remark else "Write the remark first")
