"""The session clock: minutes left, a warning five minutes before the end, sign-in again over the open form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, QTimer, Signal

WARN_BEFORE = timedelta(minutes=5)
TICK_MS = 15_000
Source = datetime | Callable[[], datetime] | None


class SessionClock(QObject):
    """Watches when a token ends. Signals: ticked(int minutes left), ending(), ended()."""

    ticked = Signal(int)
    ending = Signal()
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: Source = None
        self._has_warned = False
        self._has_ended = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    def watch(self, source: Source) -> None:
        """Follow a token that ends at this (aware) time, or at what the function says now; None stops."""
        self._source, self._has_warned, self._has_ended = source, False, False
        if source is None:
            self._timer.stop()
        else:
            self._timer.start()
            self.tick()

    @property
    def _ends(self) -> datetime | None:
        return self._source() if callable(self._source) else self._source

    def minutes_left(self, now: datetime | None = None) -> int:
        """Whole minutes until the end, never negative."""
        ends = self._ends
        return max(0, int((ends - (now or datetime.now(UTC))).total_seconds() // 60)) if ends is not None else 0

    def tick(self, now: datetime | None = None) -> None:
        """Compare with the clock and tell what has come."""
        ends = self._ends
        if ends is None:
            return
        left = ends - (now or datetime.now(UTC))
        self._has_warned = self._has_warned and left <= WARN_BEFORE
        self.ticked.emit(self.minutes_left(now))
        if left <= timedelta(0) and not self._has_ended:
            self._has_ended = True
            self.ended.emit()
        elif timedelta(0) < left <= WARN_BEFORE and not self._has_warned:
            self._has_warned = True
            self.ending.emit()
