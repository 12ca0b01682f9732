"""Tells the open screens when another workstation saved a contract: they read again, what is typed stays.

What arrives is only a hint (SECURITY.md R18): nothing is taken from it, the screens ask the database.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from billing.schemas.changes import Changes
from moveinsync_desktop.context import AppContext

EVERY_MS = 3000
TABLES = frozenset({"contracts", "contract_versions"})


class ContractWatch(QObject):
    """Looks at what has arrived every three seconds while somebody is signed in; never waits for the server."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._seen: int | None = None
        self._is_joining = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Somebody signed in."""
        self._seen, self._is_joining = None, False
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """The window closes."""
        self._timer.stop()

    def look(self) -> None:
        """Take what has arrived; begin to listen, in a worker, where nobody does."""
        session = self._context.session
        if session is None:
            return
        hints = session.contracts_in_force.hints_so_far()
        if hints is None:
            self._join()
            return
        if self._seen is not None and hints > self._seen:
            self._context.workers.changes.emit(Changes(TABLES))
        self._seen = hints

    def _join(self) -> None:
        if self._is_joining:
            return
        self._is_joining = True
        session = self._context.signed_in
        self._context.workers.run_query(session.contracts_in_force.listen, self._on_joined, self._on_joined, owner=self)

    def _on_joined(self, _outcome: object) -> None:
        self._is_joining = False
