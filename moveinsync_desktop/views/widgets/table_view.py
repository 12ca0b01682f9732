"""The QTableView under `DataTable`: hover, current row, keys, column fitting. Use `DataTable`, not this."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.models.table_model import TableModel
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.selection import writer
from moveinsync_desktop.views.widgets.table_delegate import TableDelegate
from moveinsync_desktop.views.widgets.table_header import TableHeader


class TableView(QTableView):
    """Signals: copied(bool with headers), opened(int row), left() on Esc."""

    copied = Signal(bool)
    opened = Signal(int)

    def __init__(self, *, two_lines: bool = False, has_filters: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hover_row = -1
        self.marked_row = -1
        self.two_lines = two_lines
        self._has_key_focus = False
        self.is_arranged = False
        self.first_column = 0
        header = TableHeader(self, has_filters=has_filters)
        self.setHorizontalHeader(header)
        self.filter_header = header
        self.setItemDelegate(TableDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        side = self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.apply_density()
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    @property
    def row_height(self) -> int:
        """Height of all rows."""
        return 44 if self.two_lines else theme.row_height()

    @property
    def text_size(self) -> int:
        """Text in cells, in pixels."""
        return 13 if theme.density() == "comfortable" else 12

    @property
    def padding(self) -> int:
        """Left and right of a cell's content."""
        return 10 if theme.density() == "comfortable" else 7

    @property
    def table_model(self) -> TableModel | None:
        """The model, when there is one."""
        model = self.model()
        return model if isinstance(model, TableModel) else None

    def apply_density(self) -> None:
        """Take the row height from the theme."""
        self.verticalHeader().setMinimumSectionSize(20)
        self.verticalHeader().setDefaultSectionSize(self.row_height)
        self.viewport().update()

    def show_model(self, model: TableModel) -> None:
        """Set the model and what Qt needs set after it."""
        self.setModel(model)
        # WORKAROUND QT-header-select-all: the header asks row by row whether a column is selected (1.8 s per 100,000
        # rows); with a selection model of its own it has nothing to ask.
        self.filter_header.setSelectionModel(QItemSelectionModel(model, self))
        self.filter_header.build_cells()
        for at, column in enumerate(model.columns):
            self.setColumnHidden(at, column.hidden)
            self.setColumnWidth(at, column.width)

    def find_first_column(self) -> int:
        """The leftmost visible column; -1 when there is none."""
        header = self.filter_header
        order = (header.logicalIndex(visual) for visual in range(header.count()))
        return next((section for section in order if not header.isSectionHidden(section)), -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Look once a repaint which column carries the marks of a row."""
        self.first_column = self.find_first_column()
        super().paintEvent(event)

    def shows_ring(self, row: int, column: int) -> bool:
        """The current cell is ringed while the table has the keyboard."""
        index = self.currentIndex()
        return self._has_key_focus and row == index.row() and column == index.column()

    def mark_row(self, row: int) -> None:
        """Mark the row that the inspector shows (-1: none)."""
        if row != self.marked_row:
            self.marked_row = row
            self.viewport().update()

    def fit_columns(self) -> None:
        """Figures are never cut: widen numeric columns to their totals, give free room to the stretch column."""
        model = self.table_model
        if model is None:
            return
        for at, column in enumerate(model.columns):
            if column.kind == "id" and not column.stretch and not self.isColumnHidden(at):
                self.setColumnWidth(at, max(self.columnWidth(at), self._widest(at)))
            if column.kind in ("stamp", "date") and not self.isColumnHidden(at):
                sample = "00-00-0000 00:00" if column.kind == "stamp" else "00-00-0000"
                need = round(painting.width(sample, self.text_size)) + 2 * self.padding + 6
                self.setColumnWidth(at, max(self.columnWidth(at), need))
            if column.is_right and not self.isColumnHidden(at):
                need = (
                    2 * self.padding
                    + round(painting.width(column.title, 12, 600))
                    + (16 if model.order == column.key else 0)
                )
                value = model.totals.get(column.key)
                if column.total and value is not None:
                    words = writer(column)(value)
                    need = max(need, 2 * self.padding + round(painting.width(words, self.text_size, 600)) + 2)
                if self.columnWidth(at) < need:
                    self.setColumnWidth(at, need)
        self._stretch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wide lists show more columns; the stretch column fills the rest."""
        super().resizeEvent(event)
        self.show_by_width()
        self._stretch()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer with the hover row."""
        super().mouseMoveEvent(event)
        self.set_hover(self.rowAt(int(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        """No hover outside."""
        super().leaveEvent(event)
        self.set_hover(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for keyboard focus; a first row becomes current."""
        super().focusInEvent(event)
        self._has_key_focus = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        model = self.model()
        if self._has_key_focus and not self.currentIndex().isValid() and model is not None and model.rowCount():
            self.selectionModel().setCurrentIndex(
                model.index(0, self.filter_header.logicalIndex(0)), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring goes."""
        super().focusOutEvent(event)
        self._has_key_focus = False
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, open, and walk to the ends with Home and End by rows."""
        key, mods = event.key(), event.modifiers()
        control = Qt.KeyboardModifier.ControlModifier
        shift = Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_C and mods & control:
            self.copied.emit(bool(mods & shift))
            return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid() and not mods:
            self.opened.emit(self.currentIndex().row())
            return
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End) and not mods & control:
            self._to_end(key == Qt.Key.Key_End, bool(mods & shift))
            return
        super().keyPressEvent(event)
        if not self._has_key_focus and key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._has_key_focus = True
            self.viewport().update()

    def show_by_width(self) -> None:
        """Columns that need room come and go with it, until the user chooses columns."""
        model = self.table_model
        if model is None or self.is_arranged:
            return
        for at, column in enumerate(model.columns):
            if column.from_width:
                is_hidden = self.viewport().width() < column.from_width
                if is_hidden != self.isColumnHidden(at):
                    self.setColumnHidden(at, is_hidden)

    def _widest(self, at: int) -> int:
        """What the first rows need, so that identifiers are read whole."""
        model = self.table_model
        if model is None:
            return 0
        column, widest = model.columns[at], 0.0
        for row in range(min(model.rowCount(), 40)):
            record = model.record(row)
            if record is not None:
                widest = max(widest, painting.width(column.text(record), self.text_size, 500))
        return min(round(widest) + 2 * self.padding + 2, 220)

    def _to_end(self, last: bool, extend: bool) -> None:
        model = self.model()
        if model is None or not model.rowCount():
            return
        index = model.index(model.rowCount() - 1 if last else 0, max(self.currentIndex().column(), 0))
        flags = QItemSelectionModel.SelectionFlag.Rows | (
            QItemSelectionModel.SelectionFlag.SelectCurrent
            if extend
            else QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self.selectionModel().setCurrentIndex(index, flags)

    def set_hover(self, row: int) -> None:
        """Tint the row under the pointer (-1: none)."""
        if row != self.hover_row:
            self.hover_row = row
            self.viewport().update()

    def _stretch(self) -> None:
        model = self.table_model
        if model is None:
            return
        wide = next((at for at, c in enumerate(model.columns) if c.stretch and not self.isColumnHidden(at)), None)
        if wide is None:  # words at the right end may take the rest; figures stay under their header
            shown = [at for at in range(len(model.columns)) if not self.isColumnHidden(at)]
            if not shown or model.columns[shown[-1]].is_right:
                return
            wide = shown[-1]
        others = sum(
            self.columnWidth(at) for at in range(len(model.columns)) if at != wide and not self.isColumnHidden(at)
        )
        room = self.viewport().width() - others
        width = max(model.columns[wide].width, room)
        if width != self.columnWidth(wide):
            self.setColumnWidth(wide, width)

    def index_of(self, row: int) -> QModelIndex:
        """The first cell of a row."""
        model = self.model()
        return model.index(row, 0) if model is not None else QModelIndex()
