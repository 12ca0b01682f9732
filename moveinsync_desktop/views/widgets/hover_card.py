"""The dark card that follows the pointer over a chart: heading, then token, name and exact value. A child widget."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets import painting

ROW = 19


class HoverCard(QWidget):
    """Hidden until `show_rows`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = ""
        self._rows: list[tuple[str, str, str]] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_rows(self, title: str, rows: list[tuple[str, str, str]]) -> None:
        """Show these figures."""
        self._title, self._rows = title, rows
        names = max((painting.width(name, 12) for _token, name, _value in rows), default=0)
        values = max((painting.width(value, 12, 600) for _token, _name, value in rows), default=0)
        wide = max(names + values + 50, painting.width(title, 12, 600) + 20)
        self.resize(round(wide), 30 + ROW * len(rows))
        self.show()
        self.raise_()
        self.update()

    def place_near(self, point: QPoint, room: QRect) -> None:
        """Beside the pointer, on the side that has room."""
        left = point.x() + 14
        if left + self.width() > room.right():
            left = point.x() - self.width() - 14
        top = min(max(point.y() - self.height() // 2, 2), max(room.height() - self.height() - 2, 2))
        self.move(max(left, 2), top)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, heading, rows."""
        painter = QPainter(self)
        painting.rounded(painter, self.rect(), theme.active().color("tip"), 6)
        painting.text(painter, QRect(10, 4, self.width() - 20, 22), self._title, "tip_ink", 12, 600, elide=False)
        for at, (token, name, value) in enumerate(self._rows):
            line = QRect(10, 26 + at * ROW, self.width() - 20, ROW)
            if token:
                painting.rounded(painter, QRect(10, line.center().y() - 1, 8, 3), theme.active().color(token), 1)
            painting.text(painter, line.adjusted(14, 0, 0, 0), name, "tip_ink2", 12, elide=False)
            painting.text(painter, line, value, "tip_ink", 12, 600, painting.RIGHT, elide=False)
        painter.end()
