"""The history of a client, site, vendor, employee or vehicle: who changed what and when, from the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtWidgets import QWidget

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.party_history import COLUMNS, HistoryLine, history_lines
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.table import DataTable

Source = tuple[UUID | None, str, UUID]
"""The client whose chain it is in (None: the workspace's), the entity, the record's id."""


class PartyHistoryDialog(PlainDialog):
    """Attributes: model."""

    def __init__(self, parent: QWidget | None, context: AppContext, name: str, sources: Sequence[Source]) -> None:
        super().__init__(parent, f"History of {name}", width=900)
        self.body.addWidget(label("From the audit log, newest first; entries cannot be changed.", c="ink2"))
        self.model = RowsModel(COLUMNS)
        table = DataTable(self.model, name="party_history", noun="entry", settings=context.settings, totals=False)
        table.set_empty("history", "Nothing is recorded yet", "")
        table.setMinimumHeight(380)
        self.body.addWidget(table, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        session = context.signed_in

        def read() -> list[HistoryLine]:
            from billing.services.audit import read_history

            found = []
            for client_id, entity, record_id in sources:
                found += read_history(session, client_id=client_id, entity=entity, entity_id=record_id)
            return history_lines(found)

        context.workers.run_query(read, self.model.set_rows, self.model.set_error, owner=self, key="history")
