"""A list held in memory: small tables (up to some thousand rows) with sorting, filtering and totals in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject

from billing.schemas.lists import ANYWHERE, Condition
from moveinsync_desktop.models import filters
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.table_model import Index, TableModel


class RowsModel(TableModel):
    """Rows given as a sequence: `model.set_rows(records)`. Totals cover the rows that pass the filter."""

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[Any] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(columns, parent)
        self._all: list[Any] = []
        self._shown: list[Any] = []
        self._reader: Callable[[], None] | None = None
        if rows is not None:
            self.set_rows(rows)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows, in the present order and filter."""
        self._all = list(rows)
        self._arrange()

    def set_reader(self, reader: Callable[[], None]) -> None:
        """What `reload` calls: it reads the rows and calls `set_rows` (or `set_error`) when they are there."""
        self._reader = reader

    def set_loading(self) -> None:
        """Rows are on their way."""
        self._set_phase("loading")

    def set_error(self, error: BaseException) -> None:
        """They could not be read."""
        self._set_phase("error", error)

    @property
    def rows(self) -> list[Any]:
        """The rows shown, in their order."""
        return list(self._shown)

    def record(self, row: int) -> Any:
        """The row's record."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows that pass the filter."""
        return 0 if parent.isValid() else len(self._shown)

    def set_order(self, key: str, descending: bool) -> None:
        """Sort; missing values stay last, equal rows keep their order."""
        self.order, self.descending = key, descending
        self._arrange()

    def set_conditions(self, conditions: Mapping[str, Condition]) -> None:
        """Filter."""
        self.conditions = dict(conditions)
        self._arrange()

    def reload(self) -> None:
        """Ask the reader for the rows again."""
        if self._reader is not None:
            self._reader()

    def fetch(self, rows: Sequence[range], then: Callable[[list[Any]], None]) -> None:
        """Everything is here already."""
        then([self._shown[at] for part in rows for at in part if at < len(self._shown)])

    def _says(self, row: Any, words: str) -> bool:
        """Does any column show the words?"""
        return any(words in self.full_text(column, row).lower() for column in self.columns)

    def _arrange(self) -> None:
        pairs = [(self.column_of(key), condition) for key, condition in self.conditions.items()]
        tests = [(column, condition) for column, condition in pairs if column is not None]
        searched = self.conditions.get(ANYWHERE)
        words = str(searched.values[0]).lower() if searched is not None else ""
        self.beginResetModel()
        self._shown = [
            row
            for row in self._all
            if all(filters.matches(col, cond, row) for col, cond in tests) and (not words or self._says(row, words))
        ]
        column = self.column_of(self.order)
        if column is not None:
            filled = [row for row in self._shown if column.value(row) is not None]
            missing = [row for row in self._shown if column.value(row) is None]
            self._shown = sorted(filled, key=column.sort_value, reverse=self.descending) + missing
        self.endResetModel()
        self.totals = {c.key: sum(c.added(row) or 0 for row in self._shown) for c in self.columns if c.total}
        self.totals_changed.emit()
        self._set_phase("ready" if self._shown else "empty")
