"""Month inputs: what a month is billed from beside trips, contract by contract; what is missing blocks the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from billing.schemas.ids import new_id
from billing.schemas.usage import FuelPrice, MonthUsage, SlotMonth
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.usage_rows import MONTH_COLUMNS, SlotRow, month_row
from moveinsync_desktop.views.dialogs.month_forms import FuelDialog, Placement, PlacementDialog, SlotDialog
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.month_panel import MonthPanel
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.buttons import MenuButton
from moveinsync_desktop.views.widgets.period_stepper import PeriodStepper
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.services.usage import ContractMonth

SHEETS = "Sheets (*.xlsx *.xls *.csv *.tsv);;All files (*)"


class MonthInputsScreen(Screen):
    """Attributes: model, table, panel."""

    id, title = "month_inputs", "Month inputs"
    tables = frozenset({"month_inputs", "vehicle_slots", "fuel_prices", "contracts", "contract_versions", "employees"})

    def build(self) -> None:
        """The list of contracts and the panel of one."""
        context = self.context
        self._stepper = PeriodStepper(context.month)
        self._stepper.changed.connect(context.set_month)
        context.navigator.month_changed.connect(self._on_month)
        self.header.add_left(self._stepper)
        items = [("Save a sheet to fill in…", self.save_template), ("Take figures from a sheet…", self.take_sheet)]
        self.header.add_right(MenuButton("Sheet", items))
        self.model = RowsModel(MONTH_COLUMNS)
        self.model.set_reader(self.refresh)
        self.table = DataTable(
            self.model, name="month_inputs", noun="contract", settings=context.settings, messages=context.messages
        )
        self.table.set_empty("file-badge", "No contract is in force in this month", "Pick another month, or make one.",
                             [("Open contracts", lambda: self.context.open("contracts"))])  # fmt: skip
        self.table.current_changed.connect(self._show_row)
        self.table.opened.connect(self._show_row)
        self.body.addWidget(self.table, 1)
        self.panel = MonthPanel()
        self.panel.save_wanted.connect(self._save)
        self.panel.slot_wanted.connect(self._edit_slot)
        self.panel.placement_wanted.connect(self._place_vehicle)
        self.panel.fuel_wanted.connect(self._edit_fuel)
        self.panel.stepped.connect(self.table.step)
        self.panel.closed.connect(lambda: self.table.view.mark_row(-1))
        self.set_inspector(self.panel)
        self._wanted: Any = None
        self.add_action(
            Action("month_inputs.sheet", "Take figures from a sheet…", self.take_sheet, "Ctrl+I", icon="upload",
                   needs="inputs.edit")
        )  # fmt: skip

    def refresh(self) -> None:
        """Read the month again; typed figures stay."""
        session, month, client = self.context.signed_in, self.context.month, self.context.client_id

        def read() -> list[ContractMonth]:
            from billing.services.usage import list_contract_months

            return list_contract_months(session, month=month, client_id=client)

        self.query(read, self._on_read, on_error=self.model.set_error)

    def open_with(self, contract: Any = None, month: Any = None, **_more: Any) -> None:
        """Come for one contract's month, as a refused run does."""
        if isinstance(month, date):
            self.context.set_month(month)
        self._wanted = contract
        self.make_stale()

    def _on_month(self, month: date) -> None:
        self._stepper.set_month(month)
        self.panel.hide()
        self.model.set_loading()
        self.make_stale()

    def _on_read(self, found: list[ContractMonth]) -> None:
        self.model.set_rows([month_row(one) for one in found])
        shown = self.panel.found
        again = next((one for one in found if shown and one.view.contract.id == shown.view.contract.id), None)
        if self.panel.isVisible() and again is not None and shown is not None and again.month == shown.month:
            self.panel.show_month(again, keep_typed=again.usage.rev == shown.usage.rev)
        elif self.panel.isVisible():
            self.panel.hide()
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.table.select_where(lambda record: record.id == wanted)

    def _show_row(self, shown: Any) -> None:
        if shown is not None:
            self.table.view.mark_row(self.table.view.currentIndex().row())
            self.panel.show_month(shown.found)

    # -- deeds

    def _store(self, usage: MonthUsage, reason: str) -> Any:
        from billing.services.usage import save_usage

        return save_usage(self.context.signed_in, usage=usage, reason=reason)[1]

    def _reason(self) -> str | None:
        """Why inputs of an invoiced month change; "" where it is not invoiced, None where the user thought better."""
        found = self.panel.found
        if found is None or not found.invoice:
            return ""
        follows = (
            f"{found.invoice} stays as it is. Settle the month afterwards (Invoices, To settle): the difference goes "
            "onto a note."
        )
        question = f"Change inputs of {formats.month(found.month)}?"
        dialog = ReasonDialog(self, question, follows, "Change inputs", fact=(found.view.contract.name, found.invoice))
        return dialog.reason if dialog.ask() else None

    def _save(self, usage: MonthUsage) -> None:
        reason = self._reason()
        if reason is not None:
            self.command(
                lambda _progress: self._store(usage, reason), lambda _changes: self._on_saved(), title="Saving inputs"
            )

    def _on_saved(self) -> None:
        found = self.panel.found
        if found is not None and found.invoice:
            self.context.messages.toast(
                "Inputs of an invoiced month changed", "Settle it: the difference goes onto a note.",
                action="To settle", on_action=lambda: self.context.open("invoices", view="SETTLE"),
            )  # fmt: skip
        self.context.messages.status(f"Inputs of {formats.month(self.context.month)} saved", "state:tick")

    def _edit_slot(self, shown: SlotRow | None) -> None:
        slot = shown.record if shown is not None else SlotMonth("")
        reason = self._reason()
        if reason is None:
            return

        def save(typed: SlotMonth) -> Any:
            usage = self.panel.typed()
            others = tuple(one for one in usage.slots if one.slot != slot.slot)
            return self._store(replace(usage, slots=(*others, typed)), reason)

        SlotDialog(self, slot, save).exec()

    def _place_vehicle(self) -> None:
        from billing.services.usage import put_vehicle_in_slot

        found = self.panel.found
        if found is None:
            return
        session, contract = self.context.signed_in, found.view.contract

        def save(typed: Placement) -> Any:
            return put_vehicle_in_slot(
                session,
                client_id=contract.client_id,
                contract_id=contract.id,
                slot=typed.slot,
                vehicle_no=typed.vehicle_no,
                first_day=typed.first_day or found.month,
            )

        PlacementDialog(self, Placement("", "", found.month), save).exec()

    def _edit_fuel(self) -> None:
        from billing.services.usage import set_fuel_price

        found = self.panel.found
        if found is None:
            return
        session = self.context.signed_in
        price = FuelPrice(new_id(), found.view.contract.client_id, found.month, found.fuel_paise or 0)
        FuelDialog(self, price, lambda typed: set_fuel_price(session, price=typed)).exec()

    def save_template(self) -> None:
        """Write the sheet of the contract that is shown."""
        found = self.panel.found if self.panel.isVisible() else None
        if found is None:
            self._ask_for_contract()
            return
        name, _kind = QFileDialog.getSaveFileName(
            self, "Sheet to fill in", f"{found.view.contract.name} {found.month:%Y-%m}.xlsx", "Excel (*.xlsx)"
        )
        if not name:
            return
        from billing.exchange.usage_sheet import template_rows, write_template

        rows = template_rows(found.usage, found.slots, found.asked)
        self.command(
            lambda _progress: write_template(Path(name), rows),
            lambda _none: self.context.messages.status(f"{Path(name).name} saved", "state:tick"),
        )

    def take_sheet(self) -> None:
        """Take the figures of a sheet for the contract that is shown."""
        if self.panel.found is None or not self.panel.isVisible():
            self._ask_for_contract()
            return
        usage = self.panel.typed()
        name, _kind = QFileDialog.getOpenFileName(self, "Figures from a sheet", "", SHEETS)
        reason = self._reason() if name else None
        if reason is None:
            return

        def take() -> Any:
            from billing.exchange.usage_sheet import read_sheet

            return self._store(read_sheet(Path(name)).applied_to(usage), reason)

        self.command(lambda _progress: take(), lambda _changes: self._on_saved(), title="Reading the sheet")

    def _ask_for_contract(self) -> None:
        self.context.messages.toast("Choose a contract first", "A sheet belongs to one contract's month.", tone="info")
