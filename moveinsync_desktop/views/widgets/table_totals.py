"""The totals bar under a list: sums of all matching rows, under the columns they belong to (LOOK.md 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.selection import writer

if TYPE_CHECKING:
    from moveinsync_desktop.views.widgets.table_view import TableView

HEIGHT = 33


class TotalsBar(QWidget):
    """Painted in step with the header. `words` is the label at the left."""

    def __init__(self, view: TableView) -> None:
        super().__init__(view.parentWidget())
        self._view = view
        self.words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        header = view.horizontalHeader()
        header.sectionResized.connect(lambda *_a: self.update())
        header.sectionMoved.connect(lambda *_a: self.update())
        view.horizontalScrollBar().valueChanged.connect(lambda _at: self.update())

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Hairline, label, and each total right-aligned under its column."""
        painter, tokens, view = QPainter(self), theme.active(), self._view
        painter.fillRect(self.rect(), tokens.color("subtle"))
        painter.fillRect(0, 0, self.width(), 1, tokens.color("line2"))
        model, header, pad = view.table_model, view.horizontalHeader(), view.padding
        if model is None:
            painter.end()
            return
        room = self.width()
        for at, column in enumerate(model.columns):
            value = model.totals.get(column.key)
            if not column.total or value is None or header.isSectionHidden(at):
                continue
            left = header.sectionViewportPosition(at)
            box = QRect(left + pad, 1, header.sectionSize(at) - 2 * pad, HEIGHT - 1)
            words = writer(column)(value)
            room = min(room, box.right() - round(painting.width(words, view.text_size, 600)))
            painting.text(painter, box, words, "ink", view.text_size, 600, painting.RIGHT, elide=False)
        label = QRect(pad, 1, max(room - pad - 12, 0), HEIGHT - 1)
        painting.text(painter, label, self.words, "ink", 12, 600)
        self.setAccessibleName(self.words)
        painter.end()
