"""What can be done with a contract from its screen: make one, edit its facts, renew, end, solve, look at versions."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.schemas.contracts import ContractVersion
from moveinsync_desktop import formats
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.views.contract_editor import ContractEditor
from moveinsync_desktop.views.contract_effect import EffectPanel
from moveinsync_desktop.views.dialogs.contract_life import DayDialog, RenewDialog
from moveinsync_desktop.views.dialogs.contract_terms import Choices, ContractDialog
from moveinsync_desktop.views.dialogs.moved_trips import MovedTripsDialog
from moveinsync_desktop.views.dialogs.solve_rule import SolveDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.services.contracts import ContractView


class ContractDeeds(Screen):
    """The deeds of the contracts' screen; its pages are in contracts.py.

    Attributes: place ("list", "detail" or "rules"), contract_view (the one looked at), table, editor, effect.
    """

    place: str
    contract_view: ContractView | None
    table: DataTable
    editor: ContractEditor
    effect: EffectPanel

    def _go(self, place: str) -> None:
        """Show a page."""

    @property
    def can_edit(self) -> bool:
        """May this user change contracts? (The database decides again.)"""
        return self.context.may("contracts.draft")

    def _open_version(self, version: ContractVersion) -> None:
        if version.status == "DRAFT":
            self._edit_rules()
        elif self.contract_view is not None:
            from moveinsync_desktop.views.dialogs.contract_version import VersionDialog

            VersionDialog(self, version, self.contract_view).exec()

    def _edit_rules(self) -> None:
        view = self.contract_view or getattr(self.table.current, "view", None)
        if view is None or self.place == "rules":
            return
        self.contract_view = view
        self.editor.open_contract(view)
        self._go("rules")

    def _correct(self, version: ContractVersion) -> None:
        if self.contract_view is not None and self.place == "detail":
            self.editor.open_correction(self.contract_view, version)
            self._go("rules")

    def _renew(self) -> None:
        view = self.contract_view
        current = view.current() if view is not None else None
        if view is None or current is None:
            return
        zone = ZoneInfo(view.client.time_zone)
        ends = current.valid_until.astimezone(zone).date() if current.valid_until is not None else None
        day = view.contract.renews_on or ends or add_months(datetime.now(zone).date().replace(day=1), 1)
        number = 1 + max(version.number for version in view.versions)
        dialog = RenewDialog(self, view.contract.name, number, day=day, percent=view.contract.escalation_percent)
        if dialog.exec():
            self.editor.open_contract(view, percent=dialog.percent or Decimal(0), starts=dialog.day)
            self._go("rules")

    def _end(self) -> None:
        view = self.contract_view
        current = view.current() if view is not None else None
        if view is None or current is None:
            return
        begins = current.valid_from.astimezone(ZoneInfo(view.client.time_zone)).date()
        today = datetime.now(self.context.zone).date()
        dialog = DayDialog(
            self, f"End {view.contract.name}?", "No trip that starts after that day is billed by this contract.",
            "End contract", "Last day", day=max(today, begins), note="Reason", earliest=begins, danger=True,
        )  # fmt: skip
        if not dialog.exec():
            return
        session, contract, until, reason = (
            self.context.signed_in,
            view.contract,
            dialog.day + timedelta(days=1),
            dialog.note,
        )

        def work(_progress: Any) -> Any:
            from billing.services.contracts import end_contract

            return end_contract(session, contract=contract, until=until, reason=reason)

        self.command(work, lambda _saved: self._said(f"{contract.name} ends on {formats.day(dialog.day)}"),
                     title="Ending the contract")  # fmt: skip

    def _new(self) -> None:
        self._with_choices(self._ask_new)

    def _ask_new(self, choices: Choices) -> None:
        dialog = ContractDialog(self, choices)
        if dialog.exec() and dialog.contract is not None and dialog.first_day is not None:
            self.contract_view = None
            self.editor.open_new(dialog.contract, dialog.model, dialog.first_day)
            dialog.settled()  # the editor keeps it from here on
            self._go("rules")

    def _edit_facts(self) -> None:
        self._with_choices(self._ask_facts)

    def _ask_facts(self, choices: Choices) -> None:
        if self.contract_view is None:
            return
        dialog = ContractDialog(self, choices, contract=self.contract_view.contract)
        if not dialog.exec() or dialog.contract is None:
            return
        session, contract = self.context.signed_in, dialog.contract

        def work(_progress: Any) -> Any:
            from billing.services.contracts import update_contract

            return update_contract(session, contract=contract)

        def saved(_result: Any) -> None:
            dialog.settled()
            self._said(f"{contract.name} is saved")

        self.command(work, saved, title="Saving the contract")

    def _with_choices(self, then: Any) -> None:
        session, client = self.context.signed_in, self.context.client_id
        self.query(lambda: read_choices(session, client), then, key="choices")

    def _said(self, words: str) -> None:
        self.context.messages.status(words, "state:tick", "paid")

    def _show_moved(self) -> None:
        if self.effect.effect is not None and self.effect.month is not None:
            MovedTripsDialog(self, self.context, self.effect.month, self.effect.effect, self.editor.number).exec()

    def show_history(self) -> None:
        """The contract's own history: versions with what each changed."""
        if self.contract_view is None:
            self.context.messages.status("Open a contract first: its history is asked for", "history")
        self._show_history()

    def _show_history(self) -> None:
        if self.contract_view is not None:
            from moveinsync_desktop.views.dialogs.contract_history import ContractHistoryDialog

            ContractHistoryDialog(self, self.context, self.contract_view).exec()

    def _solve(self) -> None:
        editor, effect = self.editor, self.effect
        if editor.form is None or editor.base is None or effect.month is None or effect.effect is None:
            return
        if editor.rules.focus_first_error():
            return
        SolveDialog(self, self.context, editor.form, effect.month, effect.effect, editor.base.number).exec()


def read_choices(session: Any, client_id: UUID | None) -> Choices:
    """Clients, sites and vendors that a contract can be made of."""
    from billing.services.parties import list_clients, list_sites, list_vendors_of

    clients = tuple(client for client in list_clients(session) if client_id is None or client.id == client_id)
    sites = {client.id: tuple(list_sites(session, client_id=client.id)) for client in clients}
    vendors = {client.id: tuple(list_vendors_of(session, client_id=client.id)) for client in clients}
    return Choices(clients, sites, vendors)
