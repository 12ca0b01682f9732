"""Weekday by hour as squares: `HeatMap().set_cells([[0] * 24 for _ in range(7)])`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting


class HeatMap(QWidget):
    """Weekday by hour; darker is more. Painted, no pyqtgraph."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[list[int]] = []
        self.setMinimumHeight(150)
        self.setMouseTracking(True)
        self.setAccessibleName("Trips by weekday and hour")

    def set_cells(self, cells: Sequence[Sequence[int]]) -> None:
        """Seven rows (Monday first) of 24 counts."""
        self._cells = [list(line) for line in cells]
        self.setAccessibleDescription(self._busiest())
        self.update()

    def cell_text(self, x: float, y: float) -> str:
        """What stands under a point: "Tue 07:00 to 08:00, 123 trips"; empty beside the cells."""
        row = int(y / ((self.height() - 22) / 7))
        hour = int((x - 44) / ((self.width() - 44) / 24))
        if x < 44 or not 0 <= row < len(self._cells) or not 0 <= hour < len(self._cells[row]):
            return ""
        return self._words(row, hour)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the hour and its trips under the pointer."""
        at = event.position()
        QToolTip.showText(event.globalPosition().toPoint(), self.cell_text(at.x(), at.y()), self)

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

    def _words(self, row: int, hour: int) -> str:
        trips = formats.plural(self._cells[row][hour], "trip")
        return f"{formats.WEEKDAYS[row]} {hour:02d}:00 to {(hour + 1) % 24:02d}:00, {trips}"

    def _busiest(self) -> str:
        spots = [(count, -row, -hour) for row, line in enumerate(self._cells) for hour, count in enumerate(line)]
        count, row, hour = max(spots, default=(0, 0, 0))
        return f"Busiest: {self._words(-row, -hour)}" if count else "No trips"
