"""The legend of a chart, at the right of its card's head: a bar, a line or a diamond, and words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets import painting


class Legend(QWidget):
    """`set_series([("f1", "bar", "October"), ("s2", "line", "September")])`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: list[tuple[str, str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_series(self, series: Sequence[tuple[str, str, str]]) -> None:
        """Token, shape and words of each series."""
        self._series = list(series)
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName(", ".join(words for _token, _shape, words in series))
        self.update()

    def sizeHint(self) -> QSize:
        """All in one line."""
        return QSize(sum(round(painting.width(words, 12)) + 38 for _t, _s, words in self._series), 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Marks and words."""
        painter, tokens, left = QPainter(self), theme.active(), 0
        for token, shape, words in self._series:
            if shape == "line":
                painter.fillRect(QRect(left, 10, 15, 2), tokens.color(token))
            else:
                painting.rounded(painter, QRect(left + 2, 6, 10, 10), tokens.color(token), 2)
            painting.text(painter, QRect(left + 21, 0, 400, 22), words, "ink2", 12, elide=False)
            left += round(painting.width(words, 12)) + 38
        painter.end()
