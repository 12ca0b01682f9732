"""The table in which slabs, zones, vehicle types and penalty bands are typed, with old figures and real use beside.

    view = RuleTableView(RuleTable(form, ("slabs", "bands"), columns), "Km slabs", add_words="Add slab")
Enter or a key edits a cell, Enter on the last row adds one, Del takes the row away, Tab leaves the table.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from moveinsync_desktop import theme
from moveinsync_desktop.models.rule_columns import NAME, OVER, USAGE
from moveinsync_desktop.models.rule_table import ERROR_ROLE, SHARE_ROLE, WAS_ROLE, RuleTable
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import column, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button

Index = QModelIndex | QPersistentModelIndex
ROW, HEAD, PAD = 30, 30, 10
WIDTHS = {OVER: 76, NAME: 150, "upto": 88}
FIGURE = 118


class RuleDelegate(QStyledItemDelegate):
    """Paints a cell: new figure in weight, old one struck before it, a bar for real use, an underline for an error."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        view = self.parent()
        model = index.model()
        if not isinstance(view, RuleGrid) or not isinstance(model, RuleTable):
            return
        box: QRect = option.rect
        tokens, spec = theme.active(), model.columns[index.column()]
        if model.is_row_changed(index.row()):
            painter.fillRect(box, tokens.color("changed_soft"))
            if index.column() == 0:
                painter.fillRect(QRect(box.x(), box.y(), 2, box.height()), tokens.color("changed"))
        painter.fillRect(QRect(box.x(), box.bottom(), box.width(), 1), tokens.color("rowline"))
        if spec.id == USAGE:
            self._paint_usage(painter, box, index)
        else:
            self._paint_value(painter, box, index, is_right=spec.is_right, can_edit=spec.can_edit)
        error = index.data(ERROR_ROLE)
        if error:
            painter.fillRect(QRect(box.x() + 4, box.bottom() - 2, box.width() - 8, 2), tokens.color("danger_mark"))
        if view.hasFocus() and view.currentIndex() == index:
            painting.rounded(painter, box.adjusted(1, 1, -1, -1), None, 3, tokens.color("accent"), 2)

    def _paint_value(self, painter: QPainter, box: QRect, index: Index, *, is_right: bool, can_edit: bool) -> None:
        text, was = str(index.data() or ""), str(index.data(WAS_ROLE) or "")
        inner = box.adjusted(PAD, 0, -PAD, 0)
        weight = 600 if was else 400
        token = "ink3" if text in ("no limit", "–") or not can_edit else "ink"
        align = painting.RIGHT if is_right else painting.LEFT
        wide = painting.text(painter, inner, text, token, 13, weight, align)
        if not was or was == "not set":
            return
        painter.setFont(theme.font(13, 400, strike=True))
        painter.setPen(theme.active().color("ink3"))
        room = inner.adjusted(0, 0, -round(wide) - 8, 0) if is_right else inner.adjusted(round(wide) + 8, 0, 0, 0)
        painter.drawText(room, align, was)

    def _paint_usage(self, painter: QPainter, box: QRect, index: Index) -> None:
        share = index.data(SHARE_ROLE) or Decimal(0)
        figures = QRect(box.right() - 90, box.y(), 90 - PAD, box.height())
        room = max(0, figures.x() - box.x() - 2 * PAD)
        if share:
            wide = max(3, int(room * share))
            bar = QRect(box.x() + PAD, box.center().y() - 3, wide, 8)
            painting.rounded(painter, bar, theme.active().color("f1"), 2)
        text = str(index.data() or "–")
        painting.text(painter, figures, text, "ink" if text != "–" else "ink3", 13, 400, painting.RIGHT)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One row."""
        return QSize(80, ROW)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A bare line in the cell."""
        editor = QLineEdit(parent)
        editor.setProperty("role", "cell")
        model = index.model()
        if isinstance(model, RuleTable):
            spec = model.columns[index.column()]
            editor.setAccessibleName(f"{spec.title}, row {index.row() + 1}")
            if spec.is_right:
                editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """The figure as it stands, selected."""
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(int(Qt.ItemDataRole.EditRole)) or ""))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:
        """Give what was typed to the rows, if it is something else."""
        if isinstance(editor, QLineEdit) and editor.text() != str(index.data(int(Qt.ItemDataRole.EditRole)) or ""):
            model.setData(index, editor.text(), int(Qt.ItemDataRole.EditRole))

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """The editor fills the cell."""
        editor.setGeometry(option.rect.adjusted(1, 1, -1, -2))


class RuleHead(QHeaderView):
    """Column titles on the card's own surface."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFixedHeight(HEAD)
        self.setSectionsClickable(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the titles and the line under them."""
        painter, tokens, model = QPainter(self.viewport()), theme.active(), self.model()
        painter.fillRect(self.viewport().rect(), tokens.color("surface"))
        for at in range(self.count()):
            if self.isSectionHidden(at):
                continue
            box = QRect(self.sectionViewportPosition(at) + PAD, 0, self.sectionSize(at) - 2 * PAD, HEAD - 1)
            align = painting.LEFT
            if isinstance(model, RuleTable) and model.columns[at].is_right:
                align = painting.RIGHT
            title = str(model.headerData(at, Qt.Orientation.Horizontal, int(Qt.ItemDataRole.DisplayRole)) or "")
            painting.text(painter, box, title, "ink3", 12, 500, align)
        painter.fillRect(QRect(0, HEAD - 1, self.length(), 1), tokens.color("line2"))
        painter.end()


class RuleGrid(QTableView):
    """The rows; as tall as they are, so that the page scrolls and not the table."""

    def __init__(self, table: RuleTable, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = table
        self.setModel(table)
        self.setItemDelegate(RuleDelegate(self))
        head = RuleHead(self)
        self.setHorizontalHeader(head)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        triggers = QAbstractItemView.EditTrigger
        self.usual_triggers = triggers.AnyKeyPressed | triggers.DoubleClicked | triggers.SelectedClicked
        self.is_read_only = False
        self.setEditTriggers(self.usual_triggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.clicked.connect(self._on_clicked)
        for signal in (table.modelReset, table.rowsInserted, table.rowsRemoved):
            signal.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter edits, or adds after the last row; Del takes the row away."""
        at = self.currentIndex()
        if self.is_read_only:
            super().keyPressEvent(event)
        elif self.state() == QAbstractItemView.State.EditingState:
            # the editor lets Enter through after it has asked for its figure to be taken
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                QTimer.singleShot(0, self, self._advance)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.edit_or_add(at)
        elif event.key() == Qt.Key.Key_Delete and at.isValid():
            place, where = at.row(), at.column()
            self.table.remove_row(place)
            self.setCurrentIndex(self.table.index(min(place, self.table.rowCount() - 1), where))
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def edit_or_add(self, at: QModelIndex) -> None:
        """Edit the current cell; on the first cell that cannot be edited go to the next."""
        if not at.isValid():
            self.add_row()
        elif self.table.columns[at.column()].can_edit:
            self.edit(at)
        else:
            self._edit_first(at.row())

    def add_row(self) -> None:
        """A new row, its first field open for typing."""
        place = self.table.add_row()
        self._fit()
        self._edit_first(place)

    def closeEditor(self, editor: QWidget, hint: Any) -> None:
        """The keyboard comes back to the table."""
        super().closeEditor(editor, hint)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Widths: fixed for figures, the rest for real use or the last column."""
        super().resizeEvent(event)
        columns = self.table.columns
        widths = [WIDTHS.get(spec.id, FIGURE) for spec in columns]
        for at, spec in enumerate(columns):
            widths[at] = max(widths[at], round(painting.width(spec.title, 12, 500)) + 2 * PAD + 4)
        if columns and columns[-1].id == USAGE:
            widths[-1] = max(200, self.viewport().width() - sum(widths[:-1]))
        for at, wide in enumerate(widths):
            self.setColumnWidth(at, wide)

    def _advance(self) -> None:
        """On to the next cell that can be typed; after the last one the cursor stays."""
        at = self.currentIndex()
        cells = [
            (place, column)
            for place in range(self.table.rowCount())
            for column, spec in enumerate(self.table.columns)
            if spec.can_edit
        ]
        later = [cell for cell in cells if cell > (at.row(), at.column())]
        if later:
            self.setCurrentIndex(self.table.index(*later[0]))

    def _edit_first(self, place: int) -> None:
        first = next((at for at, spec in enumerate(self.table.columns) if spec.can_edit), 0)
        index = self.table.index(place, first)
        self.setCurrentIndex(index)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit(index)

    def _on_clicked(self, index: QModelIndex) -> None:
        if self.table.columns[index.column()].can_edit and not self.is_read_only:
            self.edit(index)

    def _fit(self) -> None:
        bar = self.horizontalScrollBar()
        extra = 12 if bar.maximum() > 0 else 0
        self.setFixedHeight(HEAD + ROW * self.table.rowCount() + 2 + extra)


class RuleTableView(QWidget):
    """The rows with what can be done under them. Attributes: grid, table."""

    def __init__(
        self, table: RuleTable, name: str, *, add_words: str = "Add row", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = table
        self.grid = RuleGrid(table, name)
        self._more: QWidget | None = None
        self.add_button = Button(add_words, "quiet", icon="plus", on_click=self.grid.add_row)
        self.error_label = label("", t="sm", c="overdue", wrap=True)
        self.error_label.hide()
        self.doubt_label = label("", t="sm", c="review", wrap=True)
        self.doubt_label.hide()
        self._help = label("Enter adds a row, Del removes it", t="sm", c="ink3")
        self._foot = row(self.add_button, stretch(), self._help)
        self.setLayout(column(self.grid, self.error_label, self.doubt_label, 4, self._foot, margins=(14, 0, 18, 6)))
        table.setParent(self)  # rows that nobody sees must not go on listening to the form
        table.dataChanged.connect(self.refresh)
        table.modelReset.connect(self.refresh)
        self.refresh()

    def add_foot(self, button: QWidget) -> None:
        """Something more that can be done with the rows, beside "Add"."""
        self._foot.insertWidget(1, button)
        self._more = button

    def set_read_only(self, read_only: bool) -> None:
        """Show without letting anything be changed."""
        if self._more is not None:
            self._more.setVisible(not read_only)
        self.add_button.setVisible(not read_only)
        self._help.setVisible(not read_only)
        self.grid.is_read_only = read_only
        triggers = QAbstractItemView.EditTrigger
        self.grid.setEditTriggers(triggers.NoEditTriggers if read_only else self.grid.usual_triggers)

    def refresh(self) -> None:
        """Say in words what the underlined cells mean."""
        errors = []
        for place in range(self.table.rowCount()):
            for at, spec in enumerate(self.table.columns):
                sentence = self.table.index(place, at).data(ERROR_ROLE)
                if sentence:
                    name = str(self.table.index(place, 0).data() or "") if spec.id == NAME else ""
                    errors.append(f"{name or f'Row {place + 1}, {spec.title.lower()}'}: {sentence}")
        self.error_label.setText("\n".join(errors[:3]))
        self.error_label.setVisible(bool(errors))
        doubts = self.table.doubts()
        self.doubt_label.setText("\n".join(doubts[:3]))
        self.doubt_label.setVisible(bool(doubts))
