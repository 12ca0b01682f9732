"""What a refresh of a table keeps: scroll, cursor and selection, as far as the rows are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel

from moveinsync_desktop.models.columns import read

if TYPE_CHECKING:
    from moveinsync_desktop.views.widgets.table import DataTable

KEEP_LIMIT = 500
"""A larger selection is not kept row by row."""
SEARCH_LIMIT = 100_000


class TableMemory:
    """Rows are known again by the value of the table's key."""

    def __init__(self, table: DataTable) -> None:
        self._table = table
        self._cursor: Any = None
        self._selected: set[Any] = set()
        self._top = 0

    def remember(self) -> None:
        """The model is about to be filled anew."""
        table, current = self._table, self._table.current
        self._cursor = read(current, table.key) if current is not None else None
        self._top = table.view.verticalScrollBar().value()
        loaded = getattr(table.model, "loaded", table.model.record)
        rows = (at for part in table.selected_ranges() for at in part) if table.selected_count() <= KEEP_LIMIT else ()
        records = (loaded(row) for row in rows)
        self._selected = {read(record, table.key) for record in records if record is not None}

    def recall(self) -> None:
        """It is filled: everything where it was."""
        table, wanted, selected = self._table, self._cursor, self._selected
        table.view.verticalScrollBar().setValue(self._top)
        table.view.hover_row = -1
        if wanted is not None and not table.select_where(lambda record: read(record, table.key) == wanted):
            table.current_changed.emit(None)
        if len(selected) > 1:
            self._select_again(selected)
        table.view.verticalScrollBar().setValue(self._top)

    def _select_again(self, keys: set[Any]) -> None:
        table, chosen = self._table, QItemSelection()
        loaded = getattr(table.model, "loaded", table.model.record)
        for row in range(min(table.model.rowCount(), SEARCH_LIMIT)):
            record = loaded(row)
            if record is not None and read(record, table.key) in keys:
                chosen.select(table.view.index_of(row), table.view.index_of(row))
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        table.view.selectionModel().select(chosen, flags)
