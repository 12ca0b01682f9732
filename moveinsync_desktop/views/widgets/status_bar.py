"""The status bar, 27 px: what just happened, figures of the selection, an alarm in red, zone and database."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from moveinsync_desktop.messages import Figures, Status
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import label, restyle, vline
from moveinsync_desktop.views.widgets.buttons import LinkButton
from moveinsync_desktop.views.widgets.placeholder import Glyph


class _FiguresLine(QWidget):
    """Words, then pairs of grey label and figure in 600, painted right-aligned."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._figures: Figures = ()
        self.setFixedHeight(26)

    def set_figures(self, words: str, figures: Figures) -> None:
        self._words, self._figures = words, figures
        self.setAccessibleName(words + " " + ", ".join(f"{name} {value}" for name, value in figures))
        wide = round(painting.width(words, 12, 400)) + 4
        for name, value in figures:
            wide += round(painting.width(name, 12, 400) + painting.width(value, 12, 600)) + 24
        self.setFixedWidth(wide if words else 0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, left = QPainter(self), 0
        for words, token, weight, gap in self._runs():
            box = QRect(left, 0, self.width(), 26)
            left += round(painting.text(painter, box, words, token, 12, weight, elide=False)) + gap
        painter.end()

    def _runs(self) -> list[tuple[str, str, int, int]]:
        runs = [(self._words, "ink2", 400, 4)]
        for name, value in self._figures:
            runs += [(name, "ink2", 400, 6), (value, "ink", 600, 18)]
        return runs


class StatusBar(QFrame):
    """Left, middle-right, right. Signal: alarm_opened(), the alarm was pressed."""

    alarm_opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "status")
        self.setFixedHeight(27)
        self.setAccessibleName("Status")
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 0, 14, 0)
        box.setSpacing(8)
        self._glyph = Glyph("", "ink2", 14)
        self._words = label("", t="sm", c="ink2")
        self._figures = _FiguresLine()
        self._line = vline(27)
        self._place = label("", t="sm", c="ink2")
        self._alarm_glyph = Glyph("circle-alert", "overdue", 14)
        self.alarm = LinkButton("", on_click=self.alarm_opened.emit, tip="Open the settings of backups")
        restyle(self.alarm, alarm="true")
        box.addWidget(self._glyph)
        box.addWidget(self._words, 1)
        box.addWidget(self._figures)
        box.addWidget(self._line)
        box.addSpacing(8)
        box.addWidget(self._alarm_glyph)
        box.addWidget(self.alarm)
        box.addSpacing(4)
        box.addWidget(self._place)
        self._glyph.hide()
        self.set_alarm("")
        self.set_selection("", ())

    def set_status(self, status: Status) -> None:
        """What just happened."""
        self._words.setText(status.text)
        self._words.setAccessibleName(status.text)
        self._glyph.setVisible(bool(status.icon))
        token = "paid" if status.icon == "state:tick" and status.token == "ink2" else status.token
        self._glyph.set_icon(status.icon, token)

    def set_selection(self, words: str, figures: Figures) -> None:
        """Figures of the selected rows."""
        self._figures.set_figures(words, figures)
        self._line.setVisible(bool(words))

    def set_place(self, words: str) -> None:
        """Zone and database."""
        self._place.setText(words)

    def set_alarm(self, words: str) -> None:
        """What is wrong and stays so, in red; no words: nothing is."""
        self.alarm.set_text(words)
        self.alarm.setAccessibleName(f"Alarm: {words}" if words else "")
        self.alarm.setVisible(bool(words))
        self._alarm_glyph.setVisible(bool(words))
