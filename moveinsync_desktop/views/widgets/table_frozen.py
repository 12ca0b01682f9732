"""The first column stays in sight while a wide list is scrolled sideways: a second view over the first one."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.table_delegate import TableDelegate
from moveinsync_desktop.views.widgets.table_header import TITLE_HEIGHT
from moveinsync_desktop.views.widgets.table_view import TableView


class FrozenColumn(QTableView):
    """Shows only the first column of `view`, on the same model and selection; hidden while nothing is scrolled."""

    def __init__(self, view: TableView) -> None:
        super().__init__(view)
        self._view = view
        self._title = _FrozenTitle(view)
        self.setModel(view.model())
        self.setSelectionModel(view.selectionModel())
        self.setItemDelegate(TableDelegate(view))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        side = self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setAccessibleName("")
        view.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(view.verticalScrollBar().setValue)
        view.horizontalScrollBar().valueChanged.connect(lambda _at: self.place())
        view.filter_header.sectionResized.connect(lambda *_a: self.place())
        view.filter_header.sectionMoved.connect(lambda *_a: self.place())
        self.doubleClicked.connect(lambda index: view.opened.emit(index.row()))
        self.hide()

    def place(self) -> None:
        """Show or hide, and lie exactly over the first column."""
        view, first = self._view, self._view.find_first_column()
        is_needed = first >= 0 and view.horizontalScrollBar().value() > 0
        self.setVisible(is_needed)
        self._title.setVisible(is_needed)
        if not is_needed:
            return
        for section in range(len(view.table_model.columns) if view.table_model is not None else 0):
            self.setColumnHidden(section, section != first)
        self.verticalHeader().setMinimumSectionSize(20)
        self.verticalHeader().setDefaultSectionSize(view.row_height)
        width, top = view.columnWidth(first), view.filter_header.height()
        self.setColumnWidth(first, width)
        self.setGeometry(0, top, width, view.viewport().height())
        self._title.show_title(first, QRect(0, 0, width, top))
        self.verticalScrollBar().setValue(view.verticalScrollBar().value())
        self.raise_()
        self._title.raise_()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The hover row is one for both."""
        super().mouseMoveEvent(event)
        self._view.set_hover(self.rowAt(int(event.position().y())))
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The column, and a hairline that parts it from what slides under it."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        right = self.viewport().width() - 1
        painter.fillRect(right, 0, 1, self.viewport().height(), theme.active().color("line2"))
        painter.end()


class _FrozenTitle(QWidget):
    """The title over the frozen column."""

    def __init__(self, view: TableView) -> None:
        super().__init__(view)
        self._view = view
        self._words = ""
        self.hide()

    def show_title(self, section: int, box: QRect) -> None:
        model = self._view.table_model
        self._words = model.columns[section].title if model is not None else ""
        self.setGeometry(box)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.active()
        painter.fillRect(self.rect(), tokens.color("subtle"))
        area = QRect(self._view.padding, 0, self.width() - 2 * self._view.padding, TITLE_HEIGHT)
        painting.text(painter, area, self._words, "ink3", 12, 500)
        painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.color("line2"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), tokens.color("line2"))
        painter.end()
