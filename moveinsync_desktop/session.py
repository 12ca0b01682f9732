"""The session clock: minutes left, a warning five minutes before the end, sign-in again over the open form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, QTimer, Signal

WARN_BEFORE = timedelta(minutes=5)
TICK_MS = 15_000


class SessionClock(QObject):
    """Watches when a token ends. Signals: ticked(int minutes left), ending(), ended()."""

    ticked = Signal(int)
    ending = Signal()
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._expires_at: datetime | None = None
        self._has_warned = False
        self._has_ended = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    def watch(self, expires_at: datetime | None) -> None:
        """Follow a token that ends at this (aware) time; None stops."""
        self._expires_at, self._has_warned, self._has_ended = expires_at, False, False
        if expires_at is None:
            self._timer.stop()
        else:
            self._timer.start()
            self.tick()

    def minutes_left(self, now: datetime | None = None) -> int:
        """Whole minutes until the end, never negative."""
        if self._expires_at is None:
            return 0
        return max(0, int((self._expires_at - (now or datetime.now(UTC))).total_seconds() // 60))

    def tick(self, now: datetime | None = None) -> None:
        """Compare with the clock and tell what has come."""
        if self._expires_at is None:
            return
        left = self._expires_at - (now or datetime.now(UTC))
        self.ticked.emit(self.minutes_left(now))
        if left <= timedelta(0) and not self._has_ended:
            self._has_ended = True
            self.ended.emit()
        elif timedelta(0) < left <= WARN_BEFORE and not self._has_warned:
            self._has_warned = True
            self.ending.emit()
