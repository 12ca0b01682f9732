"""The strip above a list's vertical scroll bar, which Qt would leave white."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets.table_view import TableView


class HeaderCap(QWidget):
    """The strip above the vertical scroll bar, painted like the header."""

    def __init__(self, view: TableView, flush: bool) -> None:
        super().__init__(view)
        self._view = view
        self._flush = flush
        view.addScrollBarWidget(self, Qt.AlignmentFlag.AlignTop)

    def sizeHint(self) -> QSize:
        """As tall as the header."""
        return QSize(12, self._view.filter_header.height())

    def place(self) -> None:
        """Follow the header's height."""
        if self.height() != self._view.filter_header.height():
            self.setFixedHeight(self._view.filter_header.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Same ground, same hairline."""
        painter, tokens = QPainter(self), theme.active()
        painter.fillRect(self.rect(), tokens.color("surface" if self._flush else "subtle"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.color("line2"))
        painter.end()
