"""The session clock: minutes left, a warning five minutes before the end, sign-in again over the open form.

It counts steady seconds, so a wrong or changed clock of this computer neither ends a session nor keeps it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from shiboken6 import isValid

from billing.steady import steady

WARN_BELOW_S = 5 * 60.0
TICK_MS = 15_000
Left = Callable[[], float]
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.InputMethod,
    }
)


class SessionClock(QObject):
    """Watches when a token ends and whether anybody is there.

    Signals: ticked(int minutes left), ending(), ended(), idled() when nobody touched a window for the time agreed.
    """

    ticked = Signal(int)
    ending = Signal()
    ended = Signal()
    idled = Signal()

    def __init__(self, parent: QObject | None = None, now: Callable[[], float] = steady) -> None:
        super().__init__(parent)
        self._now = now
        self._left: Left | None = None
        self._idle_s: float | None = None
        self._touched = now()
        self._has_warned = False
        self._has_ended = False
        self._handle: QWindow | None = None
        self._is_listening = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    def watch(self, left: Left | None, idle_minutes: int | None = None) -> None:
        """Follow a token that has so many seconds left; None stops. `idle_minutes`: lock after so long; None: never."""
        self._left, self._has_warned, self._has_ended = left, False, False
        self._idle_s = None if idle_minutes is None else idle_minutes * 60.0
        self.touch()
        self._listen(left is not None)
        if left is None:
            self._timer.stop()
        else:
            self._timer.start()
            self.tick()

    def touch(self) -> None:
        """Somebody is there."""
        self._touched = self._now()

    def minutes_left(self) -> int:
        """Whole minutes until the end, never negative."""
        return max(0, int(self._left() // 60)) if self._left is not None else 0

    def tick(self) -> None:
        """Look at the clock and tell what has come."""
        if self._left is None:
            return
        left = self._left()
        self._has_warned = self._has_warned and left <= WARN_BELOW_S
        self.ticked.emit(self.minutes_left())
        if left <= 0 and not self._has_ended:
            self._has_ended = True
            self.ended.emit()
        elif self._idle_s is not None and self._now() - self._touched >= self._idle_s and not self._has_ended:
            self.idled.emit()
        elif 0 < left <= WARN_BELOW_S and not self._has_warned:
            self._has_warned = True
            self.ending.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Input of the window that has the focus; nothing is taken away from it."""
        if event.type() in _INPUT:
            self._touched = self._now()
        return False

    def _listen(self, wanted: bool) -> None:
        """Input reaches a window's handle first, whatever widget it is for; dialogs have handles of their own."""
        app = QGuiApplication.instance()
        if not isinstance(app, QGuiApplication) or wanted == self._is_listening:
            return
        self._is_listening = wanted
        if wanted:
            app.focusWindowChanged.connect(self._follow)
            self._follow(app.focusWindow())
        else:
            app.focusWindowChanged.disconnect(self._follow)
            self._follow(None)

    def _follow(self, window: QWindow | None) -> None:
        if self._handle is not None and isValid(self._handle):
            self._handle.removeEventFilter(self)
        self._handle = window
        if window is not None:
            window.installEventFilter(self)
