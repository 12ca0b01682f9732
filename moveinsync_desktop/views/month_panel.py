"""The panel of one contract's month: figures of the whole contract, its vehicle slots, what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from billing.schemas.usage import MonthUsage
from billing.services.usage import ContractMonth
from moveinsync_desktop import formats
from moveinsync_desktop.models.party_rows import saved_words
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.usage_rows import SLOT_COLUMNS, slot_rows
from moveinsync_desktop.views.widgets.basics import label, plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.facts import NoteLine, clear_layout
from moveinsync_desktop.views.widgets.fields import NumberField
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.inspector import Inspector
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.table import DataTable

WIDTH = 452


class MonthPanel(Inspector):
    """Signals: save_wanted(MonthUsage), slot_wanted(SlotRow or None), placement_wanted(), fuel_wanted()."""

    save_wanted = Signal(object)
    slot_wanted = Signal(object)
    placement_wanted = Signal()
    fuel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(WIDTH, parent=parent)
        self.found: ContractMonth | None = None
        self.notice = MessageBar()
        self.breaches = NumberField(unit="in the month", whole=True, name="SLA breaches", width=170)
        self.vehicles = NumberField(unit="vehicles", whole=True, name="Vehicles", width=170)
        self.form = Form(
            FormRow("SLA breaches", self.breaches, key="sla_breaches", label_width=110, hint="0 if none", inset=0),
            FormRow("Vehicles", self.vehicles, key="vehicles_count", label_width=110, hint="empty: the slots", inset=0),
        )
        self.form.changed.connect(lambda _row: self._refresh_button())
        self.form.saved.connect(self._save)
        self.slots = RowsModel(SLOT_COLUMNS, [])
        self.table = DataTable(self.slots, noun="slot", filters=False, totals=False, flush=True)
        self.table.setMinimumHeight(190)
        self.table.set_empty("car", "No vehicle slots", "A package without slots is one slot that takes every trip.")
        self.table.opened.connect(self.slot_wanted.emit)
        self._fuel = label("", c="ink2")
        self._employees = label("", c="ink2")
        self._notes = plain(row())
        self.save_button = Button("Save figures", "primary", on_click=self._save)
        self._words = label("", t="sm", c="ink3")
        self.add_foot(self._words, self.save_button)
        self._build()

    def _build(self) -> None:
        slots = row(
            label("Vehicle slots", t="h2"),
            stretch(),
            LinkButton("Put vehicle in…", on_click=self.placement_wanted.emit),
            LinkButton("Enter figures…", on_click=lambda: self.slot_wanted.emit(None)),
        )
        heading = label("Fuel")
        heading.setFixedWidth(120)
        fuel = row(heading, self._fuel, stretch(), LinkButton("Enter price…", on_click=self.fuel_wanted.emit),
                   margins=(0, 8, 0, 4))  # fmt: skip
        for widget in (self.notice, self.form, plain(fuel), self._employees):
            self.body.addWidget(widget)
        self.body.addSpacing(14)
        self.body.addWidget(plain(slots))
        self.body.addWidget(self.table, 1)
        self._saved = plain(row())
        self.body.addWidget(self._saved)

    def show_month(self, found: ContractMonth, *, keep_typed: bool = False) -> None:
        """Show a contract's month; `keep_typed` leaves the fields as they are."""
        self.found = found
        usage = found.usage
        if not keep_typed:
            self.form.set_values({"sla_breaches": usage.sla_breaches, "vehicles_count": usage.vehicles_count})
        self.slots.set_rows(slot_rows(found))
        price = "the rules' own price is used" if found.fuel_paise is None else f"₹ {formats.money(found.fuel_paise)}"
        self._fuel.setText(price if "fuel" in found.asked else "not asked for")
        self._fuel.setToolTip(f"On {formats.day(found.month)}")
        count = formats.plural(len(usage.employees), "employee")
        from_list = "Employees: from the list of employees" if "employees" in found.asked else ""
        self._employees.setText(f"{count} entered for this month" if usage.employees else from_list)
        self._employees.setVisible(bool(self._employees.text()))
        words = [one.message for one in found.missing]
        if words:
            self.notice.show_message("warning", f"{words[0]}{f' And {len(words) - 1} more.' if words[1:] else ''}")
        elif found.invoice:
            self.notice.show_message("info", f"Invoiced as {found.invoice}: figures change with a reason, then settle.")
        else:
            self.notice.hide()
        self._show_saved(usage)
        self.show_record(found.view.contract.name, "NEEDS_REVIEW" if words else "READY" if found.asked else "")
        self._refresh_button()

    def typed(self) -> MonthUsage:
        """The month's inputs with the figures in the fields."""
        if self.found is None:
            raise RuntimeError("no contract is shown")
        values: dict[str, Any] = self.form.values()
        return replace(self.found.usage, **values)

    def _show_saved(self, usage: MonthUsage) -> None:
        layout = self._saved.layout()
        if layout is not None:
            clear_layout(layout)  # type: ignore[arg-type]
            if saved_words(usage):
                layout.addWidget(NoteLine("history", saved_words(usage)))

    def _refresh_button(self) -> None:
        differs = self.found is not None and self.form.check() and self.typed() != self.found.usage
        self.save_button.wait_for("" if differs else "Nothing differs from what is stored")
        self._words.setText("Not saved yet" if differs else "")

    def _save(self) -> None:
        if self.save_button.isEnabled() and self.form.check():
            self.save_wanted.emit(self.typed())
