"""A signed line a day: where the audit chains stood, in a file that the administrator keeps elsewhere.

It is written while a super admin is signed in, once on each Indian day; what fails is said in the status bar and tried
again later.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from PySide6.QtCore import QObject

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.settings import Options


class DailyAnchor(QObject):
    """Looks at each tick of the session clock whether today's line is still missing."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._done: tuple[date, str] | None = None
        context.clock.ticked.connect(lambda _minutes: self.look())

    def look(self) -> None:
        """Write today's line if the user may, a file is chosen and nobody wrote it yet."""
        chosen = self._context.settings.get(Options.ANCHOR_FILE)
        wanted = (datetime.now(formats.INDIA).date(), chosen)
        if not chosen or wanted == self._done or not self._context.may("audit.verify"):
            return
        self._done = wanted
        session, target = self._context.signed_in, Path(chosen)

        def work() -> int:
            from billing.services.anchors import write_daily

            return write_daily(session, target)

        self._context.workers.run_query(work, self._on_written, self._on_error, owner=self, key="anchor")

    def _on_written(self, chains: int) -> None:
        if chains:
            words = f"Audit log anchored: {formats.plural(chains, 'chain')}"
            self._context.messages.status(words, "shield-check", "paid")

    def _on_error(self, error: Exception) -> None:
        self._context.messages.status(f"The audit log was not anchored today: {error}", "circle-alert", "review")
