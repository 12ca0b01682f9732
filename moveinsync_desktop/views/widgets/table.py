"""The list of this product: one widget for two rows or ten million.

    model = RowsModel(COLUMNS, rows)                 # small, in memory
    model = PagedModel(COLUMNS, workers, make_query) # any length, from the database
    table = DataTable(model, name="trips", settings=context.settings, messages=context.messages, noun="trip")
    table.current_changed.connect(self._show_in_inspector)     # record or None
    table.opened.connect(self._open)                           # Enter or double click: record
    table.set_empty("route", "No trips yet", "Import a vendor's trip sheet.", [("Import trips…", fn)])
    table.add_menu_item("Open in calculator", fn_with_list_of_records)
    table.selected(then)                                       # then(list of records), also those not loaded
    table.select_where(lambda record: record.id == wanted); table.step(+1)   # Alt+Up/Down of the inspector
    table.filters_changed.connect(lambda count: ...); table.clear_filters(); table.set_filters({"distance_m": ">20"})

It has: sort by header (in SQL for paged models), filter row, totals of all matching rows, figures of the selection in
the status bar, Ctrl+C (cells) and Ctrl+Shift+C (with headers), column chooser, and it keeps order, widths, hidden
columns and sorting under `name`. In a card: DataTable(model, noun=..., filters=False, totals=False, flush=True).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from billing.schemas.lists import ANYWHERE, Condition
from moveinsync_desktop import formats, theme
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.models import filters
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.table_model import TableModel
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.widgets import selection
from moveinsync_desktop.views.widgets.placeholder import Actions, Placeholder
from moveinsync_desktop.views.widgets.table_cap import HeaderCap
from moveinsync_desktop.views.widgets.table_frozen import FrozenColumn
from moveinsync_desktop.views.widgets.table_layout import TableLayout
from moveinsync_desktop.views.widgets.table_memory import TableMemory
from moveinsync_desktop.views.widgets.table_menu import cell_menu, put_on_clipboard
from moveinsync_desktop.views.widgets.table_totals import TotalsBar
from moveinsync_desktop.views.widgets.table_view import TableView

SUM_DELAY_MS = 150
COPY_LIMIT = 100_000
SUM_LIMIT = 50_000


class DataTable(QWidget):
    """Signals: current_changed(record or None), opened(record), filters_changed(int), loaded()."""

    current_changed = Signal(object)
    opened = Signal(object)
    filters_changed = Signal(int)
    loaded = Signal()

    def __init__(
        self,
        model: TableModel,
        *,
        name: str = "",
        noun: str = "row",
        settings: Settings | None = None,
        messages: MessageBus | None = None,
        filters: bool = True,
        totals: bool = True,
        two_lines: bool = False,
        flush: bool = False,
        key: str = "id",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model, self.name, self.noun, self.key = model, name, noun, key
        self._settings, self._messages = settings, messages
        self._menu_items: list[tuple[str, Callable[[list[Any]], object]]] = []
        self._empty: tuple[str, str, str, Actions] = ("search", f"No {noun}s here", "", ())
        self._memory = TableMemory(self)
        self.view = TableView(two_lines=two_lines, has_filters=filters, parent=self)
        self.view.filter_header.flush = flush
        self.view.setAccessibleName(f"{noun.capitalize()}s")
        self.view.show_model(model)
        self.totals_bar = TotalsBar(self.view) if totals else None
        self.placeholder = Placeholder(self.view, row_height=self.view.row_height)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.view, 1)
        if self.totals_bar is not None:
            box.addWidget(self.totals_bar)
        self._cap = HeaderCap(self.view, flush)
        self.frozen = FrozenColumn(self.view)
        self.layout_keeper = TableLayout(self.view, name, settings)
        self._sum_timer = self._make_timer()
        self._connect()
        self.layout_keeper.restore()
        self._on_phase(model.phase)
        self._on_totals()

    def _make_timer(self) -> QTimer:
        """Figures of the selection come a moment after the last change."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(SUM_DELAY_MS)
        timer.timeout.connect(self._sum)
        return timer

    @property
    def current(self) -> Any:
        """The record under the cursor, None when there is none."""
        index = self.view.currentIndex()
        return self.model.record(index.row()) if index.isValid() else None

    def set_empty(self, icon: str, title: str, text: str = "", actions: Actions = ()) -> None:
        """What to say when the list is empty and no filter is in use."""
        self._empty = (icon, title, text, actions)
        if self.model.phase == "empty":
            self._on_phase("empty")

    def add_menu_item(self, text: str, handler: Callable[[list[Any]], object]) -> None:
        """Add to the context menu; the handler gets the selected records."""
        self._menu_items.append((text, handler))

    def selected_ranges(self) -> list[range]:
        """Selected rows as ranges (cheap for any number)."""
        found = [range(part.top(), part.bottom() + 1) for part in self.view.selectionModel().selection().toList()]
        return sorted(set(found), key=lambda part: part.start)

    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(len(part) for part in self.selected_ranges())

    def selected(self, then: Callable[[list[Any]], None]) -> None:
        """Give the selected records, reading those that are not loaded."""
        self.model.fetch(self.selected_ranges(), then)

    def step(self, rows: int) -> None:
        """Move the cursor (Alt+Up/Down of the inspector)."""
        self.select_row(min(max(self.view.currentIndex().row() + rows, 0), self.model.rowCount() - 1))

    def select_row(self, row: int) -> None:
        """Put the cursor on a row and select it."""
        if 0 <= row < self.model.rowCount():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().setCurrentIndex(self.view.index_of(row), flags)
            self.view.scrollTo(self.view.index_of(row))

    def select_where(self, test: Callable[[Any], bool]) -> bool:
        """Put the cursor on the first loaded row that passes; False when none does."""
        loaded = getattr(self.model, "loaded", self.model.record)
        for row in range(min(self.model.rowCount(), COPY_LIMIT)):
            record = loaded(row)
            if record is not None and test(record):
                self.select_row(row)
                return True
        return False

    def set_filters(self, texts: Mapping[str, str]) -> None:
        """Replace all filters by these (saved views)."""
        header = self.view.filter_header
        for key in set(header.filter_texts()) | set(texts):
            header.set_filter_text(key, texts.get(key, ""))

    def filter_texts(self) -> dict[str, str]:
        """The filters in use, as typed."""
        return self.view.filter_header.filter_texts()

    def clear_filters(self) -> None:
        """Show everything again."""
        self.search("")
        self.view.filter_header.clear_filters()

    @property
    def search_text(self) -> str:
        """What the list is searched for, "" when it is not."""
        condition = self.model.conditions.get(ANYWHERE)
        return str(condition.values[0]) if condition is not None else ""

    def search(self, text: str) -> None:
        """Only rows that show this text in any column (SearchField asks)."""
        words = text.strip()
        if words != self.search_text:
            wanted = {key: kept for key, kept in self.model.conditions.items() if key != ANYWHERE}
            if words:
                wanted[ANYWHERE] = Condition(ANYWHERE, "contains", (words,))
            self.model.set_conditions(wanted)
            self.filters_changed.emit(len(wanted))

    def choose_columns(self, at: QPoint | None = None) -> None:
        """The column chooser as a menu."""
        self.layout_keeper.show_menu(at or self.mapToGlobal(QPoint(self.width() - 220, 0)))

    def copy(self, *, with_headers: bool = False) -> None:
        """Selected rows (or the current one) to the clipboard as tab-separated cells."""
        ranges = self.selected_ranges()
        if not ranges and self.view.currentIndex().isValid():
            ranges = [range(self.view.currentIndex().row(), self.view.currentIndex().row() + 1)]
        count = sum(len(part) for part in ranges)
        if count > COPY_LIMIT and self._messages is not None:
            self._messages.toast(
                f"{formats.count(count)} rows are too many for the clipboard",
                f"Copy up to {formats.count(COPY_LIMIT)}, or export the list.",
                tone="warning",
            )
            return
        if count:
            messages = self._messages

            def put(records: list[Any]) -> None:
                put_on_clipboard(self, records, with_headers=with_headers, messages=messages)

            self.model.fetch(ranges, put)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what covers the rows in its place."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """The theme or the density changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_cap"):
            self.view.apply_density()
            self._place()

    def _connect(self) -> None:
        view, model, header = self.view, self.model, self.view.filter_header
        header.resized.connect(self._place)
        header.order_wanted.connect(self._on_order_wanted)
        header.filter_edited.connect(self._on_filter_edited)
        model.phase_changed.connect(self._on_phase)
        model.totals_changed.connect(self._on_totals)
        model.rows_arrived.connect(self._on_rows_arrived)
        model.modelAboutToBeReset.connect(self._memory.remember)
        model.modelReset.connect(self._memory.recall)
        model.modelReset.connect(self._sum_timer.start)
        view.selectionModel().selectionChanged.connect(self._on_selection)
        view.selectionModel().currentRowChanged.connect(lambda *_a: self.current_changed.emit(self.current))
        view.selectionModel().currentColumnChanged.connect(lambda *_a: self._sum_timer.start())
        view.copied.connect(lambda with_headers: self.copy(with_headers=with_headers))
        view.opened.connect(self._on_opened)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        theme.signals().changed.connect(view.apply_density)

    def _on_opened(self, row: int) -> None:
        record = self.model.record(row)
        if record is not None:
            self.opened.emit(record)

    def _on_order_wanted(self, section: int) -> None:
        column = self.model.columns[section]
        if column.sortable and column.kind not in ("icons", "bar"):
            descending = not self.model.descending if self.model.order == column.key else column.is_right
            self.model.set_order(column.key, descending)
            self.layout_keeper.save_order()
            self.view.fit_columns()
            self.view.filter_header.viewport().update()

    def _on_filter_edited(self, key: str, text: str) -> None:
        column, cell = self.model.column_of(key), self.view.filter_header.cell(key)
        if column is None:
            return
        try:
            condition = filters.parse(column, text)
        except filters.FilterError as error:
            if cell is not None:
                cell.set_used(False, str(error))
            return
        if cell is not None:
            cell.set_used(condition is not None)
        wanted = {name: kept for name, kept in self.model.conditions.items() if name != key}
        if condition is not None:
            wanted[key] = condition
        if wanted != self.model.conditions:
            self.model.set_conditions(wanted)
            self.filters_changed.emit(len(wanted))

    def _on_phase(self, phase: str) -> None:
        if phase == "ready":
            self.placeholder.clear()
            self.loaded.emit()
        elif phase == "loading":
            if self.model.rowCount() == 0:
                self.placeholder.show_loading()
        elif phase == "error" and self.model.error is not None:
            self.placeholder.show_error(self.model.error, self.model.reload)
        elif self.model.conditions:
            words = f"No {self.noun} matches the filters"
            self.placeholder.show_empty("list-filter", words, "", [("Clear the filters", self.clear_filters)])
        else:
            self.placeholder.show_empty(*self._empty)
        self._place()

    def _on_totals(self) -> None:
        if self.totals_bar is not None:
            rows = self.model.rowCount()
            matching = "matching " if self.model.conditions else ""
            all_ = "All " if rows != 1 else ""
            self.totals_bar.words = f"{all_}{formats.count(rows)} {matching}{self.noun}{'' if rows == 1 else 's'}"
            self.totals_bar.update()
        self.view.fit_columns()

    def _on_rows_arrived(self, first: int, last: int) -> None:
        if first <= self.view.currentIndex().row() <= last:
            self.current_changed.emit(self.current)

    def _on_selection(self, _on: QItemSelection, _off: QItemSelection) -> None:
        self._sum_timer.start()

    def _sum(self) -> None:
        if self._messages is None:
            return
        count = self.selected_count()
        columns = selection.summed_columns(self.model.columns, self.view.currentIndex().column())
        if count < 2:
            self._messages.selection("")
        elif not columns:
            self._messages.selection(f"{formats.count(count)} selected")
        elif count > SUM_LIMIT:
            self._messages.selection(*selection.of_many(count, columns[0], self.model))
        else:
            self.model.fetch(self.selected_ranges(), lambda records: self._show_sum(count, columns, records))

    def _show_sum(self, count: int, columns: list[Column], records: list[Any]) -> None:
        if self._messages is not None and count == self.selected_count():
            self._messages.selection(*selection.of_records(count, columns, records))

    def menu_at(self, at: QPoint) -> QMenu:
        """The menu of a cell: what the screen offers, filter by or without this value, copy, columns."""
        return cell_menu(self, self._menu_items, at)

    def _show_menu(self, at: QPoint) -> None:
        menu = self.menu_at(at)
        menu.exec(self.view.viewport().mapToGlobal(at))
        menu.deleteLater()

    def _place(self) -> None:
        header = self.view.filter_header.height()
        self.placeholder.setGeometry(QRect(0, header, self.view.width(), max(self.view.height() - header, 0)))
        self._cap.place()
        self.frozen.place()
