"""What every list model has in common; `rows.RowsModel` holds its rows, `paged.PagedModel` reads them page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from billing.schemas.lists import Condition
from moveinsync_desktop.models.columns import Column

Phase = Literal["loading", "ready", "empty", "error"]
Index = QModelIndex | QPersistentModelIndex

DISPLAY = int(Qt.ItemDataRole.DisplayRole)
TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_WANTED = frozenset({DISPLAY, TOOLTIP, ACCESSIBLE, ALIGNMENT})


class TableModel(QAbstractTableModel):
    """Rows in columns.

    Attributes: columns, phase, error (of the last failure), totals (by column key, over all matching rows),
    order (column key), descending, conditions (by column key).
    Signals: phase_changed(str), totals_changed(), rows_arrived(int first, int last).
    """

    phase_changed = Signal(str)
    totals_changed = Signal()
    rows_arrived = Signal(int, int)

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column, ...] = tuple(columns)
        self.phase: Phase = "loading"
        self.error: BaseException | None = None
        self.totals: Mapping[str, int] = {}
        self.order = ""
        self.descending = False
        self.conditions: dict[str, Condition] = {}

    def record(self, row: int) -> Any:
        """The row's record, None while it is not loaded."""
        return None

    def set_order(self, key: str, descending: bool) -> None:
        """Sort by a column."""
        self.order, self.descending = key, descending

    def set_conditions(self, conditions: Mapping[str, Condition]) -> None:
        """Filter by columns."""
        self.conditions = dict(conditions)

    def reload(self) -> None:
        """Read again with the same order and filter."""

    def fetch(self, rows: Sequence[range], then: Callable[[list[Any]], None]) -> None:
        """Give all records of these rows, reading those that are not loaded; `then` runs on the GUI thread."""
        then([record for part in rows for at in part if (record := self.record(at)) is not None])

    def column_of(self, key: str) -> Column | None:
        """The column with this key."""
        return next((column for column in self.columns if column.key == key), None)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As many as there are column specs."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        """Text for assistive technology, copy and tooltips; the delegate paints from `record` instead."""
        if role not in _WANTED or not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == ALIGNMENT:
            return _RIGHT if column.is_right else None
        record = self.record(index.row())
        if record is None:
            return "…" if role != TOOLTIP else None
        if role == TOOLTIP:
            return column.tip(record) if column.tip is not None else self.full_text(column, record)
        return self.full_text(column, record)

    def full_text(self, column: Column, record: Any) -> str:
        """All that the cell says, in words."""
        text = column.text(record)
        second = column.second_text(record)
        if not second:
            return text
        joint = {"route": " to ", "was": ", was "}.get(column.kind, ", ")
        return f"{text}{joint}{second}"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        """Titles across; nothing down the side."""
        if orientation == Qt.Orientation.Horizontal and role in (DISPLAY, ACCESSIBLE) and section < len(self.columns):
            return self.columns[section].title
        return None

    def _set_phase(self, phase: Phase, error: BaseException | None = None) -> None:
        self.error = error
        if phase != self.phase:
            self.phase = phase
            self.phase_changed.emit(phase)
        elif phase == "error":
            self.phase_changed.emit(phase)
