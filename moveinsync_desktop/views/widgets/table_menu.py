"""The menu of a table's cell, and copying rows to the clipboard as cells that paste into a sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from moveinsync_desktop import formats
from moveinsync_desktop.messages import MessageBus

if TYPE_CHECKING:
    from moveinsync_desktop.views.widgets.table import DataTable

MenuItems = Sequence[tuple[str, Callable[[list[Any]], object]]]


def cell_menu(table: DataTable, items: MenuItems, at: QPoint) -> QMenu:
    """What the screen offers for the selected rows, filters by or without the cell's value, copy, columns."""
    menu = QMenu(table)
    for text, handler in items:
        menu.addAction(text).triggered.connect(lambda *_a, run=handler: table.selected(run))
    if items:
        menu.addSeparator()
    _offer_filters(table, menu, at)
    menu.addAction("Copy\tCtrl+C").triggered.connect(lambda *_a: table.copy())
    menu.addAction("Copy with headers\tCtrl+Shift+C").triggered.connect(lambda *_a: table.copy(with_headers=True))
    menu.addSeparator()
    menu.addAction("Columns…").triggered.connect(lambda *_a: table.choose_columns(table.view.mapToGlobal(at)))
    return menu


def _offer_filters(table: DataTable, menu: QMenu, at: QPoint) -> None:
    index = table.view.indexAt(at)
    record = table.model.record(index.row()) if index.isValid() else None
    if record is None or not table.view.filter_header.has_filters:
        return
    column = table.model.columns[index.column()]
    words = column.raw(record) if column.filter_kind != "date" else formats.day(column.value(record))
    if column.filter_kind != "none" and words:
        set_text = table.view.filter_header.set_filter_text
        menu.addAction(f"Only {words}").triggered.connect(lambda *_a: set_text(column.key, f"={words}"))
        menu.addAction(f"All but {words}").triggered.connect(lambda *_a: set_text(column.key, f"!{words}"))
        menu.addSeparator()


def put_on_clipboard(
    table: DataTable, records: Sequence[Any], *, with_headers: bool, messages: MessageBus | None
) -> None:
    """The shown columns of the rows, tab by tab: plain numbers and dates, the titles first if wanted."""
    header, columns = table.view.filter_header, table.model.columns
    order = [header.logicalIndex(visual) for visual in range(header.count())]
    shown = [columns[at] for at in order if not header.isSectionHidden(at)]
    lines = ["\t".join(column.title for column in shown)] if with_headers else []
    lines += ["\t".join(column.raw(record) for column in shown) for record in records]
    QGuiApplication.clipboard().setText("\n".join(lines) + ("\n" if len(lines) > 1 else ""))
    if messages is not None:
        extra = " with headers" if with_headers else ""
        messages.status(f"{formats.plural(len(records), 'row')} copied{extra}", "copy")
