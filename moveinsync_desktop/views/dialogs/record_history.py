"""The history of a record: who changed what and when, from the audit log. One dialog for every kind of record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.record_history import COLUMNS, HistoryLine, Record, history_lines, record_of
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from typing import Any


class RecordHistoryDialog(PlainDialog):
    """Attributes: model."""

    def __init__(self, parent: QWidget | None, context: AppContext, record: Record) -> None:
        super().__init__(parent, f"History of {record.name}", width=980)
        self.body.addWidget(label("From the audit log, newest first; entries cannot be changed.", c="ink2"))
        self.model = RowsModel(COLUMNS)
        table = DataTable(self.model, name="record_history", noun="entry", settings=context.settings, totals=False)
        table.set_empty("history", "Nothing is recorded yet", "Changes from now on will be listed here.")
        table.setMinimumHeight(380)
        self.body.addWidget(table, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        session = context.signed_in

        def read() -> list[HistoryLine]:
            from billing.services.audit import read_history

            found = []
            for one in record.sources:
                found += read_history(session, client_id=one.client_id, entity=one.entity, entity_id=one.entity_id)
            return history_lines(found)

        context.workers.run_query(read, self.model.set_rows, self.model.set_error, owner=self, key="history")


def show_history(parent: QWidget, context: AppContext, row: Any) -> None:
    """Open the history of a list's row; says why where there is none."""
    record = record_of(row, workspace=context.sees_every_client) if row is not None else None
    if not context.may("audit.read"):
        context.messages.status(context.why_not("audit.read"), "ban")
    elif record is None:
        context.messages.status("Choose a record first: its history is asked for", "history")
    else:
        RecordHistoryDialog(parent, context, record).exec()
