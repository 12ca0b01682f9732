"""The base of the forms of parties: fields by record field, saved on a worker, wrong fields told in place.

A failed save keeps the form. When somebody saved the record meanwhile, the form says who, marks the fields that
differ, and the next save counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from billing.errors import EditConflictError, KnownError
from billing.invoicing.gstin import Verdict, check_character, pan_failure, verify
from billing.invoicing.pins import pin_warning
from billing.invoicing.states import STATE_NAMES
from billing.schemas.parties import GSTIN_STATUSES
from billing.services.checks import InvalidFieldsError
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Check, Combo, Segmented
from moveinsync_desktop.views.widgets.fields import DateField, TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

FIELD = 240
GSTIN_LENGTH, PAN_LENGTH = 15, 10
Save = Callable[[Any], Any]
OPTIONAL = frozenset({"pan", "gstin", "state_code", "pin", "gstin_status", "lut_no", "authority_ref"})
"""Fields that are stored as "not known" when nothing is typed; other text is stored empty."""


class PartyDialog(KeptDialog):
    """Attributes: record (as stored or as begun), form, save_button. `rows()` and `typed()` are what a kind adds."""

    def __init__(self, screen: Screen, title: str, verb: str, record: Any, save: Save, *, width: int = 720) -> None:
        super().__init__(screen, title, width=width)
        self._screen, self._save = screen, save
        self.record = record
        self.form = Form(inset=0)
        for made in self.rows():
            self.form.add(made)
            made.undone.connect(lambda made=made: self._take_stored(made))
        self.add_scrolling(self.form)
        self.save_button = Button(verb, "primary", on_click=self.accept)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.save_button)
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.form.set_values(self.values_of(record))
        self.keep_typed(screen.context, self._which(), self.form)
        if self.form.rows:
            self.form.rows[0].field.setFocus()

    def _which(self) -> str:
        """Which record the draft is of."""
        record = self.record
        if getattr(record, "rev", 0):
            return str(getattr(record, "id", None) or (record.client_id, record.vendor_id))
        return getattr(record, "slot", "") or "new"

    def rows(self) -> list[FormRow]:
        """The rows of the form, each with a field of the record as key; every kind has its own."""
        return []

    def values_of(self, record: Any) -> dict[str, Any]:
        """What the fields show of a record."""
        return {made.key: getattr(record, made.key, None) for made in self.form.rows}

    def typed(self) -> Any:
        """The record as it was typed."""
        return replace(self.record, **self.filled(self.record))

    def filled(self, record: Any) -> dict[str, Any]:
        """The typed values of the record's own fields; empty text stays text where the record has text."""
        return {
            key: "" if value is None and isinstance(getattr(record, key), str) and key not in OPTIONAL else value
            for key, value in self.form.values().items()
            if hasattr(record, key)
        }

    def accept(self) -> None:
        """Save on the worker; the dialog closes when it is stored."""
        if not self.save_button.isEnabled() or not self.form.check():
            return
        record = self.typed()
        self.save_button.wait_for("Saving")
        self._screen.command(lambda _progress: self._save(record), self._on_saved, on_error=self._on_failed)

    def _on_saved(self, _result: object) -> None:
        self.save_button.wait_for("")
        self.settled()
        super().accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.wait_for("")
        if isinstance(error, InvalidFieldsError):
            self._show_problems({problem.field: problem.message for problem in error.problems})
        elif isinstance(error, EditConflictError):
            self._show_conflict(error)
        elif isinstance(error, KnownError) and error.where in {made.key for made in self.form.rows}:
            self._show_problems({error.where: error.message})
        elif isinstance(error, KnownError):
            self.notice.show_message("danger", error.message)
        else:
            self._screen.context.messages.error(error)

    def _show_problems(self, problems: Mapping[str, str]) -> None:
        left = self.form.show_errors(dict(problems))
        if left:
            self.notice.show_message("danger", " ".join(problems[key] for key in left))

    def _show_conflict(self, error: EditConflictError) -> None:
        typed = self.typed()
        self.record = self.rebased(error.current)
        stored = self.values_of(error.current)
        for made in self.form.rows:
            differs = hasattr(typed, made.key) and stored.get(made.key) != getattr(typed, made.key)
            made.set_was(self._words(stored.get(made.key)) if differs else "")
        who, when = error.current.updated_by or "Somebody else", formats.clock(error.current.updated_at)
        self.notice.show_message("warning", f"{who} saved this at {when}. What differs is marked, Save keeps yours.")

    def rebased(self, current: Any) -> Any:
        """The record to edit from now on, after a conflict."""
        return current

    def _take_stored(self, made: FormRow) -> None:
        made.field.set_value(self.values_of(self.record).get(made.key))
        made.set_was("")

    @staticmethod
    def _words(value: Any) -> str:
        return ", ".join(value) if isinstance(value, tuple) else str(value) if value not in (None, "") else "empty"


class AliasField(TextField):
    """Several names with commas between them; the value is a tuple."""

    @property
    def value(self) -> Any:
        """The names."""
        return tuple(word.strip() for word in self.text().replace(";", ",").split(",") if word.strip())

    def set_value(self, value: Any) -> None:
        """Show the names."""
        super().set_value(", ".join(value or ()))


def text(name: str, *, width: int = FIELD, placeholder: str = "") -> TextField:
    """A field for a line of text."""
    return TextField(name=name, width=width, placeholder=placeholder)


def state_combo() -> Combo:
    """The GST states, found by typing any part."""
    choices = [(code, f"{code} {name}") for code, name in STATE_NAMES.items() if code != "96"]
    made = Combo(choices, name="State", placeholder="from the GSTIN", search=True)
    made.setFixedWidth(FIELD)
    return made


def _short(verdict: Verdict) -> str:
    """What is wrong with a GSTIN, in few words beside its field; "" when nothing is."""
    if verdict.code == "CHECK":
        return f"last character must be {check_character(verdict.value[:14])}"
    return verdict.message or ""


def pan_row() -> FormRow:
    """A PAN, judged as it is typed: what is wrong is named once it is whole or left."""
    field = text("PAN", width=150)
    row = FormRow("PAN", field, key="pan")

    def look(typed: str, *, is_whole: bool) -> None:
        row.set_error(pan_failure(typed) if typed.strip() and is_whole else "")

    field.textEdited.connect(lambda typed: look(typed, is_whole=len(typed.strip()) >= PAN_LENGTH))
    field.editingFinished.connect(lambda: look(str(field.value or ""), is_whole=True))
    return row


def duty_rows() -> list[FormRow]:
    """How a branch issues: its bank, whether it owes e-invoices, whether its tax is in whole rupees."""
    return [
        FormRow("Bank", text("Bank"), key="bank", hint="printed on invoices"),
        FormRow("", Check("Must issue e-invoices"), key="einvoice_liable"),
        FormRow("", Check("Charges tax in whole rupees"), key="round_tax_to_rupee"),
    ]


def place_rows() -> list[FormRow]:
    """GSTIN, state and address of a site or branch; the GSTIN is checked while it is typed and fills the state."""
    gstin, state = text("GSTIN"), state_combo()
    row = FormRow("GSTIN", gstin, key="gstin", hint="empty: not registered")

    def look() -> None:
        if not gstin.value:
            row.set_error("")
            return
        verdict = verify(gstin.value)
        row.set_error(_short(verdict))
        if verdict.valid and state.value is None:
            state.set_value(verdict.value[:2])
        is_other = verdict.valid and state.value != verdict.value[:2]
        other = STATE_NAMES.get(verdict.value[:2], "")
        state_row.set_error(f"the GSTIN is of {other}" if is_other else "")

    def look_while_typing(typed: str) -> None:
        """A whole number is judged at once; while it grows, only what is wrong already."""
        if len(typed.strip()) >= GSTIN_LENGTH:
            look()
        elif typed.strip():
            row.set_error("")

    def look_at_pin() -> None:
        pin_row.set_hint(pin_warning(pin.value, state.value))

    state_row = FormRow("State", state, key="state_code")
    pin = text("PIN", width=110)
    pin_row = FormRow("PIN", pin, key="pin")
    pin.editingFinished.connect(look_at_pin)
    pin.textEdited.connect(lambda typed: pin_row.set_hint(pin_warning(typed.strip(), state.value)))
    state.chosen.connect(lambda _code: look_at_pin())
    state.chosen.connect(lambda _code: look())
    gstin.editingFinished.connect(look)
    gstin.textEdited.connect(look_while_typing)
    return [
        row,
        state_row,
        FormRow("Legal name", text("Legal name"), key="legal_name", hint="as on invoices"),
        FormRow("Address", text("Address"), key="address_1"),
        FormRow("", text("Address, second line"), key="address_2"),
        FormRow("City", text("City"), key="city"),
        pin_row,
    ]


def registration_rows() -> list[FormRow]:
    """What the portal says of the GSTIN, and when somebody looked."""
    states = Segmented([(None, "Not looked up"), *((code, code.capitalize()) for code in GSTIN_STATUSES)], "On portal")
    return [
        FormRow("On the portal", states, key="gstin_status"),
        FormRow("Looked up on", DateField(name="Looked up on"), key="gstin_checked_on"),
    ]
