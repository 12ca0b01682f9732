"""Paints every cell of every list: column kinds, row states, hairlines. The only delegate there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from moveinsync_desktop import formats, icons, theme
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.table_model import TableModel
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.states import paint_state, state_of

if TYPE_CHECKING:
    from moveinsync_desktop.views.widgets.table_view import TableView

SELECTED = QStyle.StateFlag.State_Selected
SKELETON = (0.72, 0.5, 0.86)
_MARK_TOKENS = {
    "danger": ("overdue_soft", "danger_mark", "overdue"),
    "disputed": ("disputed_soft", "disputed", "disputed"),
    "changed": ("changed_soft", "changed", "review"),
}


class TableDelegate(QStyledItemDelegate):
    """Draws from the model's records, not from its roles: one Python call a cell."""

    def __init__(self, view: TableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows have one height; columns keep their width."""
        return QSize(80, self._view.row_height)

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        """Lists are not edited in place."""
        return None  # type: ignore[return-value]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background and hairline, then the content of the column's kind."""
        model = index.model()
        if not isinstance(model, TableModel):
            return
        row, box, view, tokens = index.row(), option.rect, self._view, theme.active()
        is_selected = bool(option.state & SELECTED)
        is_current = row == view.marked_row
        fill = "select_hover" if is_current else "select" if is_selected else "hover" if row == view.hover_row else ""
        if fill:
            painter.fillRect(box, tokens.color(fill))
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, tokens.color("rowline"))
        if (is_current or is_selected) and index.column() == view.first_column:
            painter.fillRect(box.x(), box.y(), 4 if is_current else 2, box.height(), tokens.color("accent"))
        record, column = model.record(row), model.columns[index.column()]
        pad = view.padding
        area = QRect(box.x() + pad, box.y(), box.width() - 2 * pad, box.height() - 1)
        if record is None:
            self._skeleton(painter, area, index.column())
            return
        self._content(painter, area, box, column, record, is_current)
        if view.shows_ring(row, index.column()):
            painting.rounded(painter, box.adjusted(1, 1, -1, -2), None, 3, tokens.color("accent"), 2)

    def _content(
        self, painter: QPainter, area: QRect, box: QRect, column: Column, record: Any, is_current: bool
    ) -> None:
        size, tokens = self._view.text_size, theme.active()
        token = column.tone(record) if column.tone is not None else ""
        mark = column.mark(record) if column.mark is not None else ""
        if mark:
            soft, line, token = _MARK_TOKENS[mark]
            painter.fillRect(box.adjusted(2, 1, -2, -2), tokens.color(soft))
            painter.fillRect(box.x() + 2, box.bottom() - 2, box.width() - 4, 2, tokens.color(line))
        if is_current and token in ("ink3", "void"):
            token = "ink2"
        kind = column.kind
        if kind == "money" or column.is_right:
            self._figure(painter, area, column, record, token, size)
        elif kind == "state":
            self._state(painter, area, column, record, token, size, is_current)
        elif kind == "stamp":
            self._stamp(painter, area, column, record, token, size)
        elif kind == "route":
            self._route(painter, area, column, record, token, size)
        elif kind == "icons":
            self._icons(painter, area, column, record, token)
        elif kind == "two":
            self._two(painter, area, column, record, token, size)
        elif kind == "bar":
            self._bar(painter, area, column, record)
        else:
            words = column.text(record)
            is_none = words == formats.NONE
            weight = 500 if kind in ("id", "link") else 400
            token = token or ("ink3" if is_none and not is_current else "accent_text" if kind == "link" else "ink")
            painting.text(painter, area, words, token, size, weight)

    def _figure(self, painter: QPainter, area: QRect, column: Column, record: Any, token: str, size: int) -> None:
        words = column.text(record)
        if not token:
            token = "ink3" if words == formats.NONE else "ink"
            if column.kind in ("money", "was") and words.startswith(formats.MINUS):
                token = "overdue"
            elif column.kind in ("percent", "change"):
                token = "ink2"
        old = column.second_text(record) if column.kind == "was" else ""
        weight = 600 if old and old != words else 400
        wide = painting.text(painter, area, words, token, size, weight, painting.RIGHT, elide=False)
        if old and old != words:
            painter.setFont(theme.font(size, 400, strike=True))
            painter.setPen(theme.active().color("ink3"))
            painter.drawText(area.adjusted(0, 0, -round(wide) - 8, 0), painting.RIGHT, old)

    def _state(
        self, painter: QPainter, area: QRect, column: Column, record: Any, token: str, size: int, is_current: bool
    ) -> None:
        code = column.value(record)
        if not code:
            painting.text(painter, area, formats.NONE, "ink3", size)
            return
        state = state_of(str(code))
        if is_current and state.token == "void":
            token = "ink2"
        paint_state(painter, area, state, column.show(code) if column.show is not None else "", size, token)

    def _stamp(self, painter: QPainter, area: QRect, column: Column, record: Any, token: str, size: int) -> None:
        value = column.value(record)
        if value is None:
            painting.text(painter, area, formats.NONE, "ink3", size)
            return
        wide = painting.text(painter, area, formats.day(value), token or "ink", size)
        rest = area.adjusted(round(wide) + 8, 0, 0, 0)
        painting.text(painter, rest, formats.clock(value), token or "ink2", size, elide=False)

    def _route(self, painter: QPainter, area: QRect, column: Column, record: Any, token: str, size: int) -> None:
        start, end = column.text(record), column.second_text(record)
        room = area.width()
        if not end or end == formats.NONE:
            painting.text(painter, area, start, token or "ink", size)
            return
        first = painting.elided(start, max(room - 60, 40), size)
        wide = round(painting.text(painter, area, first, token or "ink", size))
        icons.paint(painter, "arrow-right", QRect(area.x() + wide + 4, area.y(), 14, area.height()), "ink3", 13)
        painting.text(painter, area.adjusted(wide + 22, 0, 4, 0), end, token or "ink", size)

    def _icons(self, painter: QPainter, area: QRect, column: Column, record: Any, token: str) -> None:
        for at, name in enumerate(column.value(record) or ()):
            if name:
                icons.paint(painter, name, QRect(area.x() + at * 20, area.y(), 14, area.height()), token or "ink2", 14)

    def _two(self, painter: QPainter, area: QRect, column: Column, record: Any, token: str, size: int) -> None:
        second = column.second_text(record)
        if self._view.row_height < 40 or not second:
            wide = painting.text(painter, area, column.text(record), token or "ink", size, 500)
            if second:
                rest = area.adjusted(round(wide) + 8, 0, 0, 0)
                if rest.width() > 24:
                    painting.text(painter, rest, second, "ink3", 12)
            return
        middle = area.y() + area.height() // 2
        upper = QRect(area.x(), middle - 18, area.width(), 18)
        painting.text(painter, upper, column.text(record), token or "ink", size, 500)
        painting.text(painter, upper.translated(0, 18), second, "ink3", 12)

    def _bar(self, painter: QPainter, area: QRect, column: Column, record: Any) -> None:
        share = column.value(record)
        if share:
            wide = max(3, round(area.width() * min(1.0, float(share))))
            box = QRect(area.x(), area.center().y() - 3, wide, 7)
            painting.rounded(painter, box, theme.active().color("f1"), 2)

    def _skeleton(self, painter: QPainter, area: QRect, column: int) -> None:
        wide = max(12, round(area.width() * SKELETON[column % 3]))
        box = QRect(area.x(), area.center().y() - 4, min(wide, area.width()), 8)
        painting.rounded(painter, box, theme.active().color("sunken"), 4)
