"""Weekday by hour as squares: `HeatMap().set_cells([[0] * 24 for _ in range(7)])`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting


class HeatMap(QWidget):
    """Weekday by hour; darker is more. Painted, no pyqtgraph."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[list[int]] = []
        self.setMinimumHeight(150)
        self.setMouseTracking(True)

    def set_cells(self, cells: Sequence[Sequence[int]]) -> None:
        """Seven rows (Monday first) of 24 counts."""
        self._cells = [list(line) for line in cells]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, weekday names, every other hour."""
        painter = QPainter(self)
        most = max((count for line in self._cells for count in line), default=0) or 1
        wide = (self.width() - 44) / 24
        high = (self.height() - 22) / 7
        for row, line in enumerate(self._cells):
            top = round(row * high)
            painting.text(painter, QRect(0, top, 40, round(high)), formats.WEEKDAYS[row], "ink2", 11)
            for hour, count in enumerate(line):
                box = QRect(44 + round(hour * wide), top, round(wide) - 2, round(high) - 2)
                fill = theme.active().alpha("f1", 0.06 + 0.94 * count / most)
                painting.rounded(painter, box, fill, 2)
        for hour in range(0, 24, 2):
            box = QRect(44 + round(hour * wide), self.height() - 18, round(wide * 2), 18)
            painting.text(painter, box, f"{hour:02d}", "ink2", 11)
        painter.end()
