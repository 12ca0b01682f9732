"""Cyclic garbage is collected in the GUI thread only.

Python collects in whichever thread allocates. A worker that happens to collect a Qt object holds one of Qt's locks
while it waits for the interpreter, the GUI thread holds the interpreter while it waits for that lock, and the program
stands still for ever (seen in a test run: QObject::disconnect against a query on the pool).
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500


class GarbageCollector(QObject):
    """Looks twice a second whether Python would have collected by now, and does it here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [place for place in range(3) if counts[place] > thresholds[place]]
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.enable()
