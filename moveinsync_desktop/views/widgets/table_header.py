"""The header of a list: titles with the sort arrow, and under them the filter row. Owns the filter editors."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLineEdit, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.table_model import TableModel
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import restyle

TITLE_HEIGHT = 30
FILTER_HEIGHT = 30
DEBOUNCE_MS = 200
HINT = ">500   100..500   =x   !x   a;b   ..27-10-2026   empty"


class FilterCell(QLineEdit):
    """One cell of the filter row."""

    def __init__(self, column: Column, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "filter")
        self.setProperty("used", "false")
        self.setAccessibleName(f"Filter {column.title}")
        self.setToolTip(HINT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if column.is_right:
            self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties the cell."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.textEdited.emit("")
            return
        super().keyPressEvent(event)

    def set_used(self, used: bool, problem: str = "") -> None:
        """Show whether it filters, or why it cannot."""
        self.setToolTip(problem or HINT)
        restyle(self, used="true" if used else "false", state="error" if problem else "")


class TableHeader(QHeaderView):
    """Signals: order_wanted(int section), filter_edited(str key, str text) 200 ms after the last key.

    resized(); arranged() when widths or order may have been changed by hand.
    """

    order_wanted = Signal(int)
    filter_edited = Signal(str, str)
    resized = Signal()
    arranged = Signal()

    def __init__(self, parent: QWidget | None = None, *, has_filters: bool = True) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.has_filters = has_filters
        self.flush = False
        self.hidden_cell = -1
        self._cells: dict[str, FilterCell] = {}
        self._waiting: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._tell)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(36)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setMouseTracking(True)
        self.sectionResized.connect(lambda *_a: self.place_cells())
        self.sectionMoved.connect(lambda *_a: self.place_cells())
        self.sectionClicked.connect(self.order_wanted)

    @property
    def table_model(self) -> TableModel | None:
        """The list's model."""
        model = self.model()
        return model if isinstance(model, TableModel) else None

    def build_cells(self) -> None:
        """One filter cell for every column that can be filtered."""
        for cell in self._cells.values():
            cell.deleteLater()
        self._cells.clear()
        model = self.table_model
        if model is None or not self.has_filters:
            return
        for column in model.columns:
            if column.filter_kind == "none":
                continue
            cell = FilterCell(column, self.viewport())
            cell.textEdited.connect(lambda text, key=column.key: self._edited(key, text))
            cell.returnPressed.connect(self._tell_now)
            cell.show()
            self._cells[column.key] = cell
        self.place_cells()

    def cell(self, key: str) -> FilterCell | None:
        """The filter cell of a column."""
        return self._cells.get(key)

    def set_filter_text(self, key: str, text: str) -> None:
        """Fill a cell (saved views, "filter by this value") and tell at once."""
        cell = self._cells.get(key)
        if cell is not None:
            cell.setText(text)
        self._waiting[key] = text
        self._tell_now()

    def clear_filters(self) -> None:
        """Empty all cells and tell once."""
        for key, cell in self._cells.items():
            if cell.text():
                cell.clear()
                self._waiting[key] = ""
        self._tell_now()

    def filter_texts(self) -> dict[str, str]:
        """What stands in the cells."""
        return {key: cell.text() for key, cell in self._cells.items() if cell.text()}

    def sizeHint(self) -> QSize:
        """Titles and, if wanted, the filter row."""
        return QSize(super().sizeHint().width(), TITLE_HEIGHT + (FILTER_HEIGHT if self.has_filters else 0) + 1)

    def place_cells(self) -> None:
        """Put the cells under their titles."""
        model = self.table_model
        if model is None:
            return
        for at, column in enumerate(model.columns):
            cell = self._cells.get(column.key)
            if cell is None:
                continue
            cell.setVisible(not self.isSectionHidden(at))
            left = self.sectionViewportPosition(at)
            cell.setGeometry(left + 4, TITLE_HEIGHT + 1, max(self.sectionSize(at) - 7, 20), 24)

    def updateGeometries(self) -> None:
        """Qt moved the header: follow."""
        super().updateGeometries()
        self.place_cells()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, titles, and one hairline under all."""
        painter, tokens = QPainter(self.viewport()), theme.active()
        painter.fillRect(self.viewport().rect(), tokens.color("surface" if self.flush else "subtle"))
        for visual in range(self.count()):
            section = self.logicalIndex(visual)
            if self.isSectionHidden(section):
                continue
            left, wide = self.sectionViewportPosition(section), self.sectionSize(section)
            if left < self.viewport().width() and left + wide > 0:
                self._paint_title(painter, QRect(left, 0, wide, TITLE_HEIGHT), section)
        bottom = self.viewport().height() - 1
        painter.fillRect(0, bottom, self.viewport().width(), 1, tokens.color("line2"))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The filter row is no place to sort."""
        if event.position().y() < TITLE_HEIGHT:
            super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Whoever sits beside the header moves along."""
        super().resizeEvent(event)
        self.place_cells()
        self.resized.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Widths and order may have been changed by hand."""
        super().mouseReleaseEvent(event)
        self.arranged.emit()

    def viewportEvent(self, event: QEvent) -> bool:
        """Scrolling moves the cells too."""
        done = super().viewportEvent(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.place_cells()
        return done

    def _paint_title(self, painter: QPainter, box: QRect, section: int) -> None:
        model = self.table_model
        if model is None or section >= len(model.columns):
            return
        column = model.columns[section]
        is_sorted = bool(model.order) and model.order == column.key
        pad = 10 if theme.density() == "comfortable" else 7
        area = box.adjusted(pad, 0, -pad, 0)
        token = "ink" if is_sorted else "ink3"
        weight = 600 if is_sorted else 500
        room = area.width() - (18 if is_sorted else 0)
        shown = painting.elided(column.title, max(room, 8), 12, weight)
        wide = round(painting.width(shown, 12, weight))
        arrow = "arrow-down" if model.descending else "arrow-up"
        if column.is_right:
            words = area.adjusted(0, 0, -16 if is_sorted else 0, 0)
            painting.text(painter, words, shown, token, 12, weight, painting.RIGHT, elide=False)
            left = area.right() - 13
        else:
            painting.text(painter, area, shown, token, 12, weight, elide=False)
            left = area.x() + wide + 4
        if is_sorted:
            icons.paint(painter, arrow, QRect(left, box.y(), 14, box.height()), "ink", 13)

    def _edited(self, key: str, text: str) -> None:
        self._waiting[key] = text
        self._timer.start()

    def _tell_now(self) -> None:
        self._timer.stop()
        self._tell()

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for key, text in waiting.items():
            self.filter_edited.emit(key, text)
