"""The figures behind the side bar's entries: read in the background when the client, the month or the data change."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from billing.schemas.changes import Changes
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.widgets.rail import Rail

PAUSE_MS = 600
WORK = frozenset({"trips"})
"""Entries whose figure needs somebody before the month can be closed: amber."""
_TABLES = frozenset({"trips", "invoices", "billing_runs", "vendor_disputes", "vendor_bills", "contracts",
                     "contract_versions", "import_batches"})  # fmt: skip


class RailCounts(QObject):
    """Counts for one rail; gone with it."""

    def __init__(self, context: AppContext, rail: Rail) -> None:
        super().__init__(rail)
        self._context, self._rail = context, rail
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.read)
        context.navigator.month_changed.connect(self._later)
        context.navigator.client_changed.connect(self._later)
        context.workers.changes.connect(self._on_changes)
        self._later()

    def read(self) -> None:
        """Count again."""
        session, client, month = self._context.session, self._context.client_id, self._context.month
        if session is None:
            return

        def count() -> dict[str, int]:
            from billing.services.work_counts import count_work

            return count_work(session, client_id=client, month=month)

        self._context.workers.run_query(count, self._show, lambda _error: None, owner=self, key="counts")

    def _show(self, counts: dict[str, int]) -> None:
        for key, figure in counts.items():
            self._rail.set_count(key, figure, needs_work=key in WORK)

    def _later(self, *_what: object) -> None:
        self._pause.start()

    def _on_changes(self, changes: Changes) -> None:
        if _TABLES & {name.rpartition(".")[2] for name in changes.tables}:
            self._later()
