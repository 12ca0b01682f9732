"""The history of a contract: who did what and when, from the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.contract_history import COLUMNS, HistoryLine, history_lines
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.services.contracts import ContractView


class ContractHistoryDialog(PlainDialog):
    """Attributes: table."""

    def __init__(self, parent: QWidget | None, context: AppContext, view: ContractView) -> None:
        super().__init__(parent, f"History of {view.contract.name}", width=900)
        self.body.addWidget(label("From the audit log, newest first; entries cannot be changed.", c="ink2"))
        self._model = RowsModel(COLUMNS)
        kept = context.settings
        self.table = DataTable(self._model, name="contract_history", noun="entry", settings=kept, totals=False)
        self.table.set_empty("history", "Nothing is recorded yet")
        self.table.setMinimumHeight(380)
        self.body.addWidget(self.table, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        session, zone = context.signed_in, ZoneInfo(view.client.time_zone)
        numbers = {version.id: version.number for version in view.versions}
        models = {version.id: version.billing_model for version in view.versions}
        contract = view.contract

        def read() -> list[HistoryLine]:
            from billing.services.audit import read_history

            found = read_history(session, client_id=contract.client_id, entity="contract", entity_id=contract.id)
            for version in numbers:
                found += read_history(
                    session, client_id=contract.client_id, entity="contract_version", entity_id=version
                )
            return history_lines(found, numbers, models, zone)

        context.workers.run_query(read, self._model.set_rows, self._model.set_error, owner=self, key="history")
