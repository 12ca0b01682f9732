"""Terms of the client: when invoices are due, how closely vendors' bills are compared, how withheld tax is rounded."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from billing.money import group_indian
from billing.services.client_terms import TERMS, Term, Value
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, label
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.fields import AmountField, NumberField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

ROUNDED = {"NEAREST_RUPEE": "to the nearest rupee", "UP_TO_RUPEE": "up to the next rupee"}


class TermsDialog(KeptDialog):
    """Attributes: form, changed (the terms that the user set)."""

    def __init__(self, screen: Screen, found: dict[str, Value]) -> None:
        super().__init__(screen, "Terms and tolerances", width=660)
        self._found = found
        words = "Open invoices follow them; bills already compared and payouts already made stay as they are."
        self.body.addWidget(label(words, c="ink2"))
        self.form = Form(
            *(FormRow(term.words, _field(term), key=name, hint=term.hint) for name, term in TERMS.items()), inset=0
        )
        self.form.set_values(dict(found))
        self.body.addWidget(self.form)
        self.keep_typed(screen.context, str(screen.context.client_id), self.form)
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button("Save terms", "primary", on_click=self.accept))

    @property
    def changed(self) -> dict[str, Value]:
        """What differs from what was stored."""
        now = self.form.values()
        return {name: value for name, value in now.items() if value is not None and value != self._found[name]}

    def accept(self) -> None:
        """Every term is needed, within its limits."""
        if not self.form.check():
            return
        values: dict[str, Any] = self.form.values()
        missing = {name: "is needed" for name, value in values.items() if value is None}
        high = {
            name: f"at most ₹{group_indian(term.most // 100)}"
            for name, term in TERMS.items()
            if term.unit == "paise" and (values[name] or 0) > term.most
        }
        if missing or high:
            self.form.show_errors(missing | high)
            return
        super().accept()


def _field(term: Term) -> QWidget:
    if term.choices:
        made = Combo([(choice, ROUNDED[choice]) for choice in term.choices], name=term.words)
        made.setFixedWidth(220)
        return made
    if term.unit == "paise":
        return AmountField(name=term.words)
    return NumberField(unit=term.unit, whole=True, most=term.most, name=term.words)
