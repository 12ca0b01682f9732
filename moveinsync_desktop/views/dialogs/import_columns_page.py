"""Second page of the import: which column is which, with values from the file beside each choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from billing.exchange.sheets.fields import BY_NAME, FIELDS, REQUIRED, unit_in
from billing.exchange.sheets.look import SheetLook
from moveinsync_desktop.views.widgets.basics import Card, column, frame, scrolling, stretch
from moveinsync_desktop.views.widgets.choices import Check, Combo, Segmented
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.notices import MessageBar

NONE = "Not in the file"
LABELS = {name: BY_NAME[name].label[0].upper() + BY_NAME[name].label[1:] for name in BY_NAME}
# Where a sheet has dates and times apart, these complete start and end.
_BESIDE = ("date", "start_date", "start_time", "end_date", "end_time", "open_km", "close_km")


class ColumnsPage(QFrame):
    """Attributes: message. Signals: changed()."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self._look: SheetLook | None = None
        self._combos: dict[str, Combo] = {}
        self._rows: dict[str, FormRow] = {}
        self._chosen_by_hand: set[str] = set()
        self.message = MessageBar()
        self.derive = Check("Make trip ids from each row's own content")
        self.unit = Segmented([(None, "As the header says"), ("km", "km"), ("mile", "miles")], "Distance unit")
        self.order = Segmented(
            [(None, "As the dates prove"), ("day_first", "Day first"), ("month_first", "Month first")], "Dates"
        )
        self.saved = Combo([(None, "None")], name="Saved columns")
        self.save_as = TextField()
        self.save_as.setFixedWidth(280)
        self.saved.setFixedWidth(280)
        self.saved.chosen.connect(self._use_saved)
        self._mappings: dict[str, dict[str, str]] = {}
        needed = [spec.name for spec in FIELDS if spec.name in REQUIRED or spec.name in _BESIDE]
        cards = (
            self._card("Needed for every trip", needed),
            self._card("Used where the file has them", [spec.name for spec in FIELDS if spec.name not in needed]),
            self._settings(),
        )
        content = frame(
            "plain", column(self.message, cards[2], *cards[:2], stretch(), gap=12, margins=(24, 16, 24, 16))
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolling(content))

    def set_look(self, look: SheetLook) -> None:
        """Offer the columns of this sheet; what was recognised is chosen."""
        self._look = look
        self._chosen_by_hand.clear()
        choices: list[tuple[Any, str]] = [(None, NONE), *((text, text) for text in dict.fromkeys(look.headers) if text)]
        for name, combo in self._combos.items():
            combo.set_choices(choices)
            combo.set_value(look.mapping.get(name))
            self._show_sample(name)

    def set_saved(self, mappings: dict[str, dict[str, str]]) -> None:
        """Offer mappings saved for the vendor."""
        self._mappings = mappings
        choices: list[tuple[Any, str]] = [(None, "None"), *((name, name) for name in mappings)]
        self.saved.set_choices(choices)

    @property
    def mapping(self) -> dict[str, str]:
        """Fields whose column was chosen by hand or by a saved mapping; "" is a field the file does not have."""
        return {name: combo.value or "" for name, combo in self._combos.items() if name in self._chosen_by_hand}

    @property
    def shown(self) -> dict[str, str]:
        """All columns as they are chosen now."""
        return {name: combo.value for name, combo in self._combos.items() if combo.value}

    def problems(self, *, has_client: bool, has_vendor: bool) -> dict[str, str]:
        """What is missing, by field; empty when the file can be checked."""
        shown = self.shown
        missing = {
            "trip_id": "trip_id" not in shown and not self.derive.isChecked(),
            "client": "client" not in shown and not has_client,
            "vendor": "vendor" not in shown and not has_vendor,
            "start": not {"start", "start_date", "start_time", "date"} & shown.keys(),
            "end": not {"end", "end_date", "end_time"} & shown.keys(),
            "distance": "distance" not in shown and not {"open_km", "close_km"} <= shown.keys(),
        }
        return {name: _SAY.get(name, "Choose its column") for name, is_missing in missing.items() if is_missing}

    def show_problems(self, problems: dict[str, str]) -> None:
        """At their fields."""
        for name, row in self._rows.items():
            row.set_error(problems.get(name, ""))

    def _card(self, title: str, names: Sequence[str]) -> Card:
        card, form = Card(title), Form()
        for name in names:
            combo = Combo([(None, NONE)], name=f"Column of {LABELS[name].lower()}")
            combo.setFixedWidth(280)
            combo.chosen.connect(lambda _value, name=name: self._on_chosen(name))
            self._combos[name] = combo
            self._rows[name] = form.add(FormRow(LABELS[name], combo, key=name))
        card.add(form)
        return card

    def _settings(self) -> Card:
        card, form = Card("How to read it"), Form()
        form.add(FormRow("Saved columns", self.saved, hint="Kept for the vendor"))
        form.add(FormRow("Dates", self.order))
        form.add(FormRow("Distance unit", self.unit))
        form.add(FormRow("No trip ids", self.derive))
        form.add(FormRow("Keep columns as", self.save_as, hint="A name; the vendor's next file is read the same way"))
        card.add(form)
        return card

    def _on_chosen(self, name: str) -> None:
        self._chosen_by_hand.add(name)
        self._show_sample(name)
        self._rows[name].set_error("")
        self.changed.emit()

    def _show_sample(self, name: str) -> None:
        combo, row = self._combos[name], self._rows[name]
        if self._look is None or combo.value is None:
            row.set_hint("")
            return
        values = self._look.samples[self._look.headers.index(combo.value)]
        unit = unit_in(combo.value) if BY_NAME[name].kind == "distance" else None
        row.set_hint(", ".join(values)[:70] + (f" ({unit})" if unit else ""))

    def _use_saved(self, name: Any) -> None:
        for field, text in self._mappings.get(name, {}).items():
            combo = self._combos.get(field)
            if combo is not None:
                combo.set_value(text)
                self._on_chosen(field)


_SAY = {
    "trip_id": "Choose its column, or tick No trip ids",
    "client": "Choose its column, or the client on the first page",
    "vendor": "Choose its column, or the vendor on the first page",
}
