"""Tells within seconds when the server does not answer any more, and when it does again.

A statement on a dead line waits in silence. So as soon as something has waited for a moment, the server is asked beside
it over a connection of its own. No answer: the window says so; none again: the connections are cut, what waited gets
its error, and whoever asks next is told at once. When the server answers, the open screen reads again by itself.
"""

from __future__ import annotations

import contextlib
import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from billing.errors import UnavailableError
from billing.store.session import Session
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext

LOOK_MS = 1000
PATIENCE_S = 4.0
"""How long something may wait for the server before it is asked whether it is there."""
ANSWER_S = 5
"""How long the server may take for the first word."""
AGAIN_S = 3.0
CUT_AFTER = 2
"""So many questions without an answer are no accident: the connections are given up."""
READ_ONLY = (
    "This server is a read-only copy (a standby): everything can be looked at, nothing can be saved. "
    "Sign in at the primary server to go on working."
)


class LineWatch(QObject):
    """Signals: told(str) what stays true of the line ("" when all is well), back() when the server answers again."""

    told = Signal(str)
    back = Signal()
    _answered = Signal(object, bool)

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._misses = 0
        self._since = ""
        self._is_asking = False
        self._is_suspect = False
        self._is_read_only = False
        self._asked_at = 0.0
        self._answered.connect(self._on_answer, Qt.ConnectionType.QueuedConnection)
        context.workers.failed.connect(self._on_failed)
        context.workers.changes.connect(self._on_changes)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def stop(self) -> None:
        """The window closes."""
        self._timer.stop()

    def forget(self) -> None:
        """Somebody else signs in, or nobody: nothing is known of the line."""
        self._misses, self._is_suspect, self._is_read_only, self._asked_at = 0, False, False, 0.0
        self.told.emit("")

    def look(self) -> None:
        """Ask the server where something has waited for it, or where it did not answer before."""
        session = self._context.session
        if session is None or session.profile.embedded or self._is_asking or not self._should_ask():
            return  # a database of this computer is started again by whoever asks it, there is no line
        self._is_asking, self._asked_at = True, time.monotonic()
        threading.Thread(target=self._ask, args=(session,), name="line", daemon=True).start()

    def _should_ask(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at < AGAIN_S:
            return False
        if self._misses or self._is_suspect:
            return True
        waits = any(now - job.started > PATIENCE_S for job in self._context.workers.running)
        return waits and now - self._asked_at > PATIENCE_S

    def _ask(self, session: Session) -> None:
        answered = session.answers(ANSWER_S)
        with contextlib.suppress(RuntimeError):  # the window was closed while the server was asked
            self._answered.emit(session, answered)

    def _on_answer(self, session: Session, answered: bool) -> None:
        self._is_asking = False
        if session is not self._context.session:
            return
        if answered:
            was_away, self._misses, self._is_suspect = bool(self._misses), 0, False
            session.line.is_dead = False
            if was_away:
                self.told.emit("")
                self.back.emit()
            return
        self._misses += 1
        if self._misses == 1:
            self._since = formats.clock(session.now(), self._context.zone)
        if self._misses >= CUT_AFTER:
            session.line.is_dead = True
            session.line.hang_up()
        self.told.emit(
            f"The database has not answered since {self._since}. What is open stays; the program tries again by itself."
        )

    def _on_failed(self, error: Exception) -> None:
        """Something failed in a worker: is it the line?"""
        if not isinstance(error, UnavailableError):
            return
        if error.code == "READ_ONLY":
            self._is_read_only = True
            self.told.emit(READ_ONLY)
        elif error.code == "CONNECTION_LOST":
            self._is_suspect = True

    def _on_changes(self, _changes: object) -> None:
        """Something was saved: the server is no copy any more."""
        if self._is_read_only:
            self._is_read_only = False
            self.told.emit("")
